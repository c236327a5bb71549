"""The description of services' fields."""

from support import tree
from support.transports import reference

PAGE = tree.ROOT / "docs/service-fields.md"


def transports(hub) -> list[dict]:
    return hub.api("view").get("/transports").expect(200).json["items"]


def test_every_type_describes_its_fields(hub):
    items = {item["type"]: {field["name"]: field for field in item["fields"]}
             for item in transports(hub)}
    assert list(items) == ["rest", "amqp", "soap"]
    assert items["rest"]["timeout"]["default"] == 5 and items["rest"]["timeout"]["maximum"] == 300
    assert items["amqp"]["max_concurrency"]["default"] == 256
    assert "response_queue" in items["amqp"] and "response_queue" not in items["rest"]
    assert "oauth2" in items["rest"]["auth_type"]["choices"]
    assert "wsse" in items["soap"]["auth_type"]["choices"]
    assert items["rest"]["signing_secret"]["secret"] is True
    for fields in items.values():
        for field in fields.values():
            assert field["help"]["en"] and field["help"]["es"], field


def test_what_is_described_is_what_a_service_has(hub):
    hub.add_service("crm", "http://127.0.0.1:9")
    shown = hub.service("crm")
    described = {field["name"]: field for field in transports(hub)[0]["fields"]}
    for name, field in described.items():
        if name not in ("name", "base_url"):
            assert shown[name] == field["default"], name


def test_the_reference_page_is_up_to_date(hub):
    """What the comparison shows as expected is what the page has to be."""
    assert PAGE.read_text() == reference(transports(hub))
