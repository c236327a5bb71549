"""Services in the dashboard, in a real browser; the hub says what came of it."""

import json

import pytest

from support.browser import Control, browse
from support.events import event, events
from support.hub import wait_until
from support.receiver import Answer
from support.soap_server import PhpServer

USER_UPDATED = r"\core\event\user_updated"
USER_DELETED = r"\core\event\user_deleted"
COURSE_CREATED = r"\core\event\course_created"


@pytest.fixture
def php(scratch):
    server = PhpServer(scratch).start()
    yield server
    server.stop()


def test_services_paused_reset_and_deleted(hub, receiver, receivers, manager):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", USER_UPDATED)
    hub.add_service("doomed", receivers(Answer(status=422)).url)
    hub.add_rule("doomed", USER_DELETED)
    away = receivers()
    control = Control(receivers(), away, lambda: hub.send([event(USER_UPDATED)]))
    control.status = 503
    for n in (1, 2, 3):
        hub.add_service(f"away-{n}", away.url, max_retries=0, cb_failure_threshold=1,
                        cb_cooldown=3600)
        hub.add_rule(f"away-{n}", COURSE_CREATED)
    hub.send([event(USER_DELETED), event(COURSE_CREATED)])
    hub.wait_for_dead_letters(1)
    for n in (1, 2, 3):
        hub.wait_for_circuit(f"away-{n}", "open")
    hub.admin.post("/services/doomed/pause").expect(200)
    hub.send(events(2, eventname=USER_DELETED))
    wait_until(lambda: hub.service("doomed")["backlog"] == 2, "two deliveries wait")

    found = browse("services.mjs", **manager, control=control.url, services=5)
    assert found["steps"] == ["paused and resumed", "one reset", "all reset", "deleted"]
    assert found["left"] == 2 and sorted(found["named"]) == ["away-2", "away-3"]
    assert found["lost"] == ["One rule is disabled.", "2 waiting deliveries become dead letters.",
                             "One dead letter is kept."]
    assert not found["early"]
    receiver.wait_for(1)
    hub.admin.get("/services/doomed").expect(404)
    assert all(hub.circuit(f"away-{n}")["state"] == "closed" for n in (1, 2, 3))


def test_the_address_of_a_broker_is_made_of_its_parts_and_taken_apart(hub, manager):
    found = browse("amqp.mjs", **manager)
    wanted = found["wanted"]
    assert found["typed"] == wanted
    query = "routing_key=events.%23&queue_declare=inbox&dlq=refused"
    assert found["made"] == ("amqps://moodle%40school:p%40ss%2Fw%3Ard%3F@broker.example:5673"
                             f"/my%2Fhost?exchange=moodle%20%26%20more&{query}")
    assert found["veiled"] == found["made"].replace("p%40ss%2Fw%3Ard%3F", "********")
    assert found["read"] == wanted | {"Password": "********"} and found["tls"]
    assert hub.service("broker")["base_url"] == (
        f"amqps://moodle%40school:********@broker.example:5673/my%2Fhost?exchange=other&{query}")
    assert {name: value for name, value in found["pasted"].items() if value} == {
        "Host": "[::1]", "User": "guest", "Password": "secret", "Virtual host": "/v",
        "Exchange": "e", "Dead letter queue": "d"}
    assert found["ipv6"] == "amqp://guest:secret@[::2]/%2Fv?exchange=e&dlq=d"


def test_the_operations_of_a_soap_service(hub, php, manager):
    hub.add_service("registry", f"{php.url}/bare.wsdl", type="soap")
    found = browse("soap.mjs", **manager)
    assert found["faults"] == []
    assert found["names"] == found["offered"] == ["Check", "Pay", "Ping"]
    assert "line" in found["takes"] and "currency" in found["takes"]
    assert "sku" in json.loads(found["example"])["line"][0]
    assert json.loads(found["answer"]) == {"IsValid": True}
    assert (found["rule"]["service"], found["rule"]["operation"]) == ("registry", "Pay")
    assert json.loads(found["rule"]["payload"]) == json.loads(found["example"])
    assert [call["called"] for call in php.calls] == ["Check"]
