"""The circuit breaker, and outages: they cost time, not events."""

import pytest

from support.events import events
from support.hub import wait_until
from support.receiver import Answer, Gate, Receiver, in_turn

EARLY_S = 0.05


def test_five_failures_open_it_and_one_probe_goes_out_after_the_cooldown(hub, receiver):
    first, second = Gate(), Gate()
    receiver.answer = in_turn(*[Answer(500)] * 5, Answer(500, gate=first), Answer(gate=second))
    hub.add_service("crm", receiver.url, max_retries=0, max_concurrency=1, cb_cooldown=1)
    hub.add_rule("crm")
    hub.send(events(20))

    circuit = hub.wait_for_circuit("crm", "open")
    assert 0 <= circuit["retry_in_s"] <= 1
    requests = receiver.wait_for(6)
    # The fifth failure opened it and cost its delivery nothing; the four before it ran out.
    assert len(hub.wait_for_dead_letters(4)) == 4
    assert requests[5].time - requests[4].time >= 1 - EARLY_S
    assert hub.wait_for_circuit("crm", "halfopen")["retry_in_s"] is None
    hub.send(events(5))  # more deliveries that want to go
    assert len(receiver.requests) == 6
    first.open()  # the probe fails: a new cooldown

    requests = receiver.wait_for(7)
    assert len(requests) == 7
    assert requests[6].time - requests[5].time >= 1 - EARLY_S
    hub.send(events(1))
    assert len(receiver.requests) == 7
    second.open()  # the probe succeeds: everything that waited goes

    assert hub.wait_until_done() == {"created": 26, "delivered": 22, "dead": 4, "open": 0}
    assert len(receiver.requests) == 5 + 1 + 22
    assert hub.circuit("crm") == {"state": "closed", "failure_count": 0, "retry_in_s": None}
    succeeded = [request.webhook_id for request in receiver.requests[6:]]
    assert len(set(succeeded)) == 22


def test_a_success_resets_the_count(hub, receiver):
    receiver.answer = in_turn(*[Answer(500)] * 4, Answer(), *[Answer(500)] * 4)
    hub.add_service("crm", receiver.url, max_retries=0, max_concurrency=1)
    hub.add_rule("crm")
    hub.send(events(12))
    assert hub.wait_until_done() == {"created": 12, "delivered": 4, "dead": 8, "open": 0}
    assert hub.circuit("crm")["state"] == "closed"


def test_threshold_zero_switches_it_off(hub, receiver):
    receiver.answer = Answer(500)
    hub.add_service("crm", receiver.url, max_retries=0, cb_failure_threshold=0)
    hub.add_rule("crm")
    hub.send(events(12))
    assert hub.wait_until_done()["dead"] == 12
    assert hub.circuit("crm")["state"] == "closed"


def refuse(receiver: Receiver) -> None:
    receiver.down()


def answer_with(answer: Answer):
    def fail(receiver: Receiver) -> None:
        receiver.answer = answer
    return fail


@pytest.mark.parametrize("fail", [
    pytest.param(refuse, id="refused"),
    pytest.param(answer_with(Answer(503)), id="503"),
    pytest.param(answer_with(Answer(502)), id="502"),
    pytest.param(answer_with(Answer(401)), id="expired-token"),
    pytest.param(answer_with(Answer(reset=True)), id="reset"),
    pytest.param(answer_with(Answer(delay=60)), id="timeout"),
])
@pytest.mark.parametrize("threshold", [5, 1000])
def test_an_outage_longer_than_all_retries_loses_nothing(hub, receiver, fail, threshold):
    fail(receiver)
    hub.add_service("crm", receiver.url, timeout=0.3, max_retries=2, retry_backoff=0.1,
                    cb_cooldown=1, cb_failure_threshold=threshold)
    hub.add_rule("crm")
    batch = events(15)
    hub.send(batch)
    hub.wait_for_circuit("crm", "open")

    def probed_more_than_any_retry_allows():
        attempts = [hub.admin.get(f"/deliveries/{row['id']}").expect(200).json["attempts"]
                    for row in hub.admin.all("/deliveries", service="crm")]
        return sum(attempt["probe"] for listed in attempts for attempt in listed) >= 4
    wait_until(probed_more_than_any_retry_allows, "four probes failed", 60)
    rows = hub.admin.all("/deliveries", service="crm")
    assert len(rows) == 15
    assert {row["state"] for row in rows} <= {"parked", "sending", "retrying", "pending"}
    assert "circuit_open" in {row["parked_because"] for row in rows}
    hub.send(events(5))  # accepted as ever

    hub.admin.patch("/services/crm", {"timeout": 60}).expect(200)  # this machine may be busy
    before = len(receiver.requests)
    receiver.answer = Answer()
    if fail is refuse:
        receiver.up()
    assert hub.wait_until_done() == {"created": 20, "delivered": 20, "dead": 0, "open": 0}
    delivered = [request.webhook_id for request in receiver.requests[before:]]
    assert len(set(delivered)) >= 20
    assert hub.admin.all("/dead-letters") == []


def test_an_outage_survives_restarts(hub, receiver):
    receiver.down()
    hub.add_service("crm", receiver.url, max_retries=0, cb_cooldown=2)
    hub.add_rule("crm")
    hub.send(events(10))
    hub.wait_for_circuit("crm", "open")
    hub.stop()
    hub.start()
    assert hub.circuit("crm")["state"] in ("open", "halfopen")
    hub.kill()
    hub.start()
    assert hub.summary()["deliveries"]["open"] == 10
    receiver.up()
    assert hub.wait_until_done() == {"created": 10, "delivered": 10, "dead": 0, "open": 0}
    assert len({request.webhook_id for request in receiver.requests}) == 10


def test_a_dead_service_does_not_slow_another(hub, receivers):
    gate = Gate()
    dead, slow, alive = receivers(up=False), receivers(Answer(gate=gate)), receivers()
    for name, target in (("dead", dead), ("slow", slow), ("alive", alive)):
        hub.add_service(name, target.url, timeout=300)
        hub.add_rule(name)
    hub.send(events(300))
    assert len({request.webhook_id for request in alive.wait_for(300)}) == 300
    wait_until(lambda: hub.service("alive")["backlog"] == 0, "nothing waits for the living one")
    wait_until(lambda: hub.service("dead")["backlog"] == 300, "all wait for the dead one")
    assert len(slow.wait_for(8)) == 8  # max_concurrency
    slow.answer = Answer()
    gate.open()
    slow.wait_for(300)


def test_reset_by_hand(hub, receiver):
    receiver.answer = Answer(503)
    for name in ("one", "two"):
        hub.add_service(name, f"{receiver.url}/{name}", max_retries=0, cb_cooldown=86400)
        hub.add_rule(name)
    hub.send(events(3))
    for name in ("one", "two"):
        hub.wait_for_circuit(name, "open")
    receiver.answer = Answer()
    hub.admin.post("/services/one/circuit/reset").expect(200)
    wait_until(lambda: hub.service("one")["backlog"] == 0, "the deliveries of one are gone")
    assert hub.circuit("one")["state"] == "closed"
    assert hub.circuit("two")["state"] == "open"
    hub.admin.post("/circuits/reset").expect(200)
    assert hub.wait_until_done() == {"created": 6, "delivered": 6, "dead": 0, "open": 0}
    hub.admin.post("/services/none/circuit/reset").expect_problem(404)


def test_people_see_how_the_circuit_came_to_this_and_how_often_a_rule_was_hit(hub, receiver):
    receiver.answer = lambda request: Answer(500)
    hub.add_service("crm", receiver.url, max_retries=0, cb_failure_threshold=2, cb_cooldown=600)
    rule = hub.add_rule("crm")
    assert (rule["hits"], rule["last_hit"]) == (0, None)
    assert hub.service("crm")["circuit_changes"] == []
    hub.send(events(3))
    hub.wait_for_circuit("crm", "open")

    service = hub.service("crm")
    assert [change["state"] for change in service["circuit_changes"]] == ["open"]
    assert service["last_failure"]["error"] == "HTTP 500"
    hub.admin.post("/services/crm/circuit/reset").expect(200)
    hub.wait_for_circuit("crm", "closed")
    assert hub.service("crm")["circuit_changes"][0]["state"] == "closed"
    def after_three():
        shown = hub.admin.get(f"/rules/{rule['id']}").expect(200).json
        return shown["hits"] == 3 and shown

    hit = wait_until(after_three, "it was hit three times")
    assert hit["last_hit"] >= service["last_failure"]["time"] - 60
    assert hub.admin.get("/rules").expect(200).json["items"][0]["hits"] == 3
    hub.admin.put(f"/rules/{rule['id']}", hit).expect(200)  # its own answer is a good body
    hub.admin.put("/services/crm", hub.service("crm")).expect(200)
