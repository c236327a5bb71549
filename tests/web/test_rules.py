"""Rules in the dashboard, in a real browser; the hub says what came of it."""

import json

from support.browser import browse
from support.events import USER_CREATED, event

ORDER_PAID = r"\local_shop\event\order_paid"
TEMPLATE = '{"id": {{objectid}}}'


def test_rules_are_duplicated_exported_and_imported(hub, receiver, manager):
    hub.add_service("crm", receiver.url)
    rule = hub.add_rule("crm", USER_CREATED, name="users", payload_template=TEMPLATE,
                        filter={"objectid": {"$gt": 1}}, endpoint="/users")
    found = browse("rules.mjs", **manager)
    assert found["steps"] == ["duplicated", "exported", "imported"]
    assert found["offered"] == "Copy of users" and found["nothing"]
    assert found["known"] == [False, False]
    exported = json.loads(found["file"])
    assert exported["kind"] == "mih-rules" and "id" not in exported["rules"][0]
    first, refused, *reason, last = "\n".join(found["outcomes"]).splitlines()
    assert (first, refused, last) == ("Imported: taken over", "Not imported: lost",
                                      "Imported: taken too")
    assert "elsewhere" in " ".join(reason), reason
    rules = {one.pop("name"): one for one in hub.admin.all("/rules")}
    assert set(rules) == {"users", "users again", "taken over", "taken too"}
    for name in ("eventname", "service", "payload_template", "filter", "endpoint", "enabled"):
        assert {json.dumps(one[name]) for one in rules.values()} == {json.dumps(rule[name])}, name


def test_the_editor_of_a_rule_offers_what_there_is_and_tries_the_rule(hub, receiver, manager):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    hub.send([event(ORDER_PAID), *(event(objectid=n, other={"shop": "north"}) for n in (1, 2, 3))])
    receiver.wait_for(4)
    found = browse("rule_editor.mjs", **manager)
    assert found["steps"] == ["names", "fields", "placeholders", "preview", "dry run",
                              "refused", "mended", "asked", "left"]
    assert found["completed"] == '{"shop": {{other.shop}}}'
    assert "objectid" in found["whyNot"]
    assert found["looked"].startswith("4 events since"), found["looked"]
    assert "3 with such a name" in found["looked"]
    assert found["count"] == 2 and json.loads(found["payload"]) == {"shop": "north"}
    assert len(receiver.requests) == 4
