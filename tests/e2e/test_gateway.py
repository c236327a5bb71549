"""The gateway: synchronous calls and enqueued ones."""

import json

import pytest

from support.hub import wait_until
from support.receiver import Answer, Gate


@pytest.fixture
def plugin(hub, receiver):
    """A client as the connector is, and a service `crm` with quick retries."""
    hub.add_service("crm", receiver.url + "/v1", retry_backoff=0.05, max_retries=2,
                    auth_type="bearer", auth_token="s3cret")
    return hub.api("ingest")


def request(plugin, **call):
    return plugin.post("/services/crm/request", call).expect(200).json


def test_a_call_comes_back_with_the_real_answer(hub, receiver, plugin):
    receiver.answer = Answer(201, body=b'{"id": 7}')
    answer = request(plugin, endpoint="/users", method="PUT", payload={"name": "Zoë"},
                     headers={"X-Trace": "abc"})
    assert answer["success"] is True and answer["http_status"] == 201
    assert answer["body"] == '{"id": 7}' and answer["error"] is None
    assert answer["attempts"] == 1 and answer["latency_ms"] >= 0
    seen = receiver.requests[0]
    assert (seen.method, seen.path) == ("PUT", "/v1/users")
    assert json.loads(seen.body) == {"name": "Zoë"}
    assert seen.headers["x-trace"] == "abc"
    assert seen.headers["authorization"] == "Bearer s3cret"
    row = hub.admin.get("/log").expect(200).json["items"][0]
    assert row["kind"] == "gateway" and row["success"] is True and row["endpoint"] == "/users"


def test_a_get_has_its_payload_in_the_query(receiver, plugin):
    request(plugin, endpoint="users", method="GET", payload={"q": "a b", "n": 1})
    assert receiver.requests[0].path == "/v1/users?q=a%20b&n=1"
    assert receiver.requests[0].body == b""


def test_what_no_url_can_hold_is_encoded_in_an_endpoint(receiver, plugin):
    request(plugin, endpoint="/a b/é?q=x y", method="GET", payload={"n": 1})
    request(plugin, endpoint="/c\r\nd/%41%zz", method="PUT")
    assert [seen.path for seen in receiver.requests] == [
        "/v1/a%20b/%C3%A9?q=x%20y&n=1", "/v1/c%0D%0Ad/%41%25zz"]


def test_failures_are_retried_and_counted(receiver, plugin):
    receiver.answer = Answer(500, body=b"oh")
    answer = request(plugin)
    assert answer == {**answer, "success": False, "http_status": 500, "body": "oh", "attempts": 3}
    receiver.answer = Answer(404, body=b"none")
    answer = request(plugin)
    assert answer["success"] is False and answer["attempts"] == 1 and answer["body"] == "none"
    receiver.answer = Answer(429, headers={"Retry-After": "1"})
    answer = request(plugin)
    assert answer["http_status"] == 429 and answer["success"] is False and answer["attempts"] == 1


def test_the_timeout_bounds_the_whole_call(receiver, plugin):
    gate = Gate()
    receiver.answer = Answer(gate=gate)
    answer = request(plugin, timeout=0.3)
    gate.open()
    assert answer["success"] is False and answer["http_status"] is None
    assert answer["body"] is None and answer["error"]


def test_an_open_circuit_answers_at_once(hub, receiver, plugin):
    hub.admin.patch("/services/crm", {"cb_failure_threshold": 1, "max_retries": 0}).expect(200)
    receiver.answer = Answer(500)
    assert request(plugin)["http_status"] == 500
    before = len(receiver.requests)
    reply = plugin.post("/services/crm/request", {})
    reply.expect_problem(503, "circuit_open")
    assert 1 <= int(reply.headers["retry-after"]) <= 30
    assert len(receiver.requests) == before
    used = hub.admin.get("/services/crm").expect(200).json
    assert used["errors_24h"] == 1, "a call that was not made is no error of the service"
    row = wait_until(lambda: next((row for row in hub.admin.all("/log")
                                   if row["error_message"].startswith("circuit_open")), None),
                     "it is in the log")
    assert (row["kind"], row["success"], row["attempt_count"]) == ("gateway", False, 0)


def test_a_body_over_1_mib_is_cut(receiver, plugin):
    receiver.answer = Answer(body=b"x" * ((1 << 20) + 5))
    answer = request(plugin)
    assert answer["truncated"] is True and len(answer["body"]) == 1 << 20


def test_a_call_goes_before_queued_deliveries(hub, receiver, plugin):
    hub.admin.patch("/services/crm", {"max_concurrency": 1}).expect(200)
    hub.add_rule("crm", endpoint="/queued")
    gate = Gate()
    receiver.answer = Answer(gate=gate)
    hub.send([{"eventname": "\\core\\event\\user_created", "userid": n} for n in range(20)])
    wait_until(lambda: receiver.requests, "the first delivery is under way")
    receiver.answer = Answer()
    gate.open()
    request(plugin, endpoint="/now")
    hub.wait_until_done()
    paths = [seen.path for seen in receiver.requests]
    assert paths.index("/v1/now") < 20


def test_an_enqueued_call_is_delivered_once_whatever_happens(hub, start_hub, receiver, plugin):
    receiver.down()
    answer = plugin.post("/services/crm/enqueue",
                         {"endpoint": "/later", "payload": {"a": 1}, "id": "c-1"}).expect(202).json
    again = plugin.post("/services/crm/enqueue", {"endpoint": "/other", "id": "c-1"})
    assert again.expect(202).json == answer
    assert hub.summary()["events_accepted"] == 0
    shown = hub.admin.get(f"/deliveries/{answer['delivery_id']}").expect(200).json
    assert shown["rule_id"] is None and shown["service"] == "crm" and shown["event_id"] == "c-1"
    hub.kill()
    receiver.up()
    hub.start()
    hub.wait_until_done()
    for seen in receiver.requests:
        assert (seen.path, json.loads(seen.body)) == ("/v1/later", {"a": 1})
        assert seen.webhook_id == answer["delivery_id"]
    assert receiver.requests
    assert hub.admin.get("/events").expect(200).json["items"] == []


def test_enqueued_calls_wait_for_a_disabled_service(hub, receiver, plugin):
    hub.admin.patch("/services/crm", {"enabled": False}).expect(200)
    plugin.post("/services/crm/request", {}).expect_problem(409, "service_disabled")
    made = plugin.post("/services/crm/enqueue", {"payload": {"a": 1}}).expect(202).json
    row = hub.admin.get(f"/deliveries/{made['delivery_id']}").expect(200).json
    assert (row["state"], row["parked_because"]) == ("parked", "disabled")
    hub.admin.patch("/services/crm", {"enabled": True}).expect(200)
    hub.wait_until_done()
    assert len(receiver.requests) == 1


def test_a_refused_call_is_a_dead_letter_and_can_be_replayed(hub, receiver, plugin):
    receiver.answer = Answer(422)
    plugin.post("/services/crm/enqueue", {"endpoint": "/x", "payload": [1]}).expect(202)
    letter = hub.wait_for_dead_letters(1)[0]
    assert letter["rule"] is None and letter["eventname"] is None
    detail = hub.admin.get(f"/dead-letters/{letter['id']}").expect(200).json
    assert detail["payload"] == "[1]" and detail["url"] == receiver.url + "/v1/x"
    receiver.answer = Answer()
    job = hub.admin.post("/dead-letters/replay", {"all": True}).expect(202).json
    assert hub.wait_for_job(job["job_id"])["succeeded"] == 1
    hub.wait_until_done()
    assert hub.summary()["dead_letters"] == 0
    assert {seen.webhook_id for seen in receiver.requests} == {letter["delivery_id"]}


def test_without_a_slot_or_token_in_time_no_attempt_is_made(hub, receiver, plugin):
    hub.admin.patch("/services/crm", {"max_concurrency": 1, "timeout": 60}).expect(200)
    hub.add_rule("crm", endpoint="/queued")
    gate = Gate()
    receiver.answer = Answer(gate=gate)
    hub.send([{"eventname": "\\core\\event\\user_created"}])
    receiver.wait_for(1)
    answer = request(plugin, timeout=0.2)
    assert answer == {**answer, "success": False, "error": "busy", "attempts": 0,
                      "http_status": None, "body": None}
    gate.open()
    hub.wait_until_done()
    receiver.answer = Answer()
    hub.admin.patch("/services/crm", {"rate_limit": 0.01}).expect(200)
    assert request(plugin)["success"] is True
    answer = request(plugin, timeout=0.2)
    assert answer == {**answer, "success": False, "error": "rate_limited", "attempts": 0}
    assert len(receiver.requests) == 2
