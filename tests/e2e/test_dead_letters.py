"""Dead letters: what they keep, replay, delete."""

import json

import pytest

from support.events import event, events
from support.hub import wait_until
from support.receiver import Answer, Gate


def bury(hub, receiver, count=1, status=422, **service):
    """Makes `count` dead letters; oldest first."""
    receiver.answer = Answer(status, body=b"no such contact")
    hub.add_service("crm", receiver.url + "/v1", **service)
    hub.add_rule("crm", endpoint="/contacts", payload_template='{"id": {{objectid}}}',
                 name="contacts")
    hub.send(events(count))
    letters = hub.wait_for_dead_letters(count)
    return sorted(letters, key=lambda letter: letter["id"])


def replay(hub, body) -> dict:
    answer = hub.admin.post("/dead-letters/replay", body).expect(202).json
    job = hub.wait_for_job(answer["job_id"])
    assert job["total"] == answer["count"]
    return job


def test_a_dead_letter_keeps_what_is_needed_to_understand_it(hub, receiver):
    letter = bury(hub, receiver, auth_type="bearer", auth_token="s3cret")[0]
    request = receiver.requests[0]
    assert letter["service"] == "crm" and letter["rule"] == "contacts"
    assert letter["reason"] == "rejected" and letter["http_status"] == 422
    assert letter["delivery_id"] == request.webhook_id
    assert letter["attempt_count"] == 1 and "422" in letter["error_message"]
    detail = hub.admin.get(f"/dead-letters/{letter['id']}").expect(200).json
    assert detail["payload"].encode() == request.body
    assert (detail["method"], detail["url"]) == ("POST", receiver.url + "/v1/contacts")
    assert detail["response"] == "no such contact"
    assert detail["state"] == "dead"
    stored = detail["event"] if isinstance(detail["event"], dict) else json.loads(detail["event"])
    assert stored["eventname"] == letter["eventname"]
    assert detail["attempts"][0]["http_status"] == 422
    assert "s3cret" not in json.dumps(detail)


def test_4_kib_of_the_response_are_kept(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    receiver.answer = Answer(400, body=b"x" * 100_000)
    hub.send(events(1))
    letter = hub.wait_for_dead_letters(1)[0]
    assert hub.admin.get(f"/dead-letters/{letter['id']}").json["response"] == "x" * 4096


def test_replay_delivers_with_the_same_id_and_clears_the_entry(hub, receiver):
    letters = bury(hub, receiver, 3)
    receiver.answer = Answer()
    job = replay(hub, {"ids": [letter["id"] for letter in letters[:2]]})
    assert (job["state"], job["succeeded"], job["skipped"]) == ("done", 2, 0)
    requests = receiver.wait_for(5)[3:]
    assert {request.webhook_id for request in requests} == {
        letter["delivery_id"] for letter in letters[:2]}
    wait_until(lambda: len(hub.admin.all("/dead-letters")) == 1, "delivered entries are gone")
    assert hub.admin.all("/dead-letters")[0]["id"] == letters[2]["id"]
    assert hub.summary()["dead_letters"] == 1


def test_replay_renders_anew_from_the_rule_as_it_is(hub, receiver):
    bury(hub, receiver)
    rule = hub.admin.all("/rules")[0]
    hub.admin.patch(f"/rules/{rule['id']}", {"payload_template": '{"new": {{objectid}}}',
                                             "endpoint": "/other"}).expect(200)
    receiver.answer = Answer()
    replay(hub, {"all": True})
    request = receiver.wait_for(2)[1]
    assert request.path == "/v1/other" and "new" in json.loads(request.body)


def test_a_replay_that_fails_updates_its_entry(hub, receiver):
    letter = bury(hub, receiver)[0]
    receiver.answer = Answer(404)
    replay(hub, {"ids": [letter["id"]]})
    receiver.wait_for(2)

    def updated():
        detail = hub.admin.get(f"/dead-letters/{letter['id']}").expect(200).json
        return detail if detail["http_status"] == 404 and detail["state"] == "dead" else None
    wait_until(updated, "the entry shows the new failure")
    assert len(hub.admin.all("/dead-letters")) == 1


def test_while_it_replays_it_is_neither_replayed_nor_deleted(hub, receiver):
    letter = bury(hub, receiver)[0]
    gate = Gate()
    receiver.answer = Answer(gate=gate)
    replay(hub, {"ids": [letter["id"]]})
    receiver.wait_for(2)
    assert hub.admin.get(f"/dead-letters/{letter['id']}").json["state"] == "replaying"
    again = replay(hub, {"ids": [letter["id"]]})
    assert (again["succeeded"], again["skipped"]) == (0, 1)
    gate.open()
    wait_until(lambda: hub.admin.all("/dead-letters") == [], "it is delivered")
    assert len(receiver.requests) == 2


def test_a_replay_survives_a_kill(hub, receiver):
    letter = bury(hub, receiver)[0]
    receiver.answer = Answer(gate=Gate())
    replay(hub, {"ids": [letter["id"]]})
    receiver.wait_for(2)
    hub.kill()
    receiver.answer = Answer()
    hub.start()
    wait_until(lambda: hub.admin.all("/dead-letters") == [], "it is delivered")
    assert {request.webhook_id for request in receiver.requests} == {letter["delivery_id"]}


def test_replay_needs_its_rule(hub, receiver):
    letter = bury(hub, receiver)[0]
    rule = hub.admin.all("/rules")[0]
    hub.admin.delete(f"/rules/{rule['id']}").expect(204)
    job = replay(hub, {"ids": [letter["id"]]})
    assert (job["succeeded"], job["skipped"]) == (0, 1) and job["errors"]
    assert len(hub.admin.all("/dead-letters")) == 1


def test_a_replay_of_many_has_no_cap(hub, receiver):
    bury(hub, receiver, 1200)
    receiver.answer = Answer()
    job = replay(hub, {"filter": {"service": "crm", "reason": "rejected"}})
    assert job["total"] == job["succeeded"] == 1200
    wait_until(lambda: hub.summary()["dead_letters"] == 0, "all are delivered", 60)
    assert len({request.webhook_id for request in receiver.wait_for(2400)}) == 1200


def test_a_dry_run_only_counts(hub, receiver):
    bury(hub, receiver, 3)
    answer = hub.admin.post("/dead-letters/replay", {"all": True, "dry_run": True})
    assert answer.status in (200, 202) and answer.json["count"] == 3
    assert len(receiver.requests) == 3
    assert len(hub.admin.all("/dead-letters")) == 3


@pytest.mark.parametrize("body", [
    {}, {"ids": []}, {"filter": {}}, {"ids": "all"}, {"all": False}, {"ids": [1], "mode": "magic"},
    {"filter": {"colour": "red"}}, {"filter": {"reason": "boredom"}},
    {"filter": {"service": ""}}, {"filter": {"text": None, "rule_id": 0}}, {"filter": {"reason": ""}},
])
@pytest.mark.parametrize("action", ["replay", "delete"])
def test_a_bulk_action_must_say_what_it_means(hub, receiver, body, action):
    bury(hub, receiver)
    hub.admin.post(f"/dead-letters/{action}", body).expect_problem(422)
    assert len(hub.admin.all("/dead-letters")) == 1


def test_delete(hub, receiver):
    letters = bury(hub, receiver, 3)
    gone = letters[0]["id"]
    answer = hub.admin.post("/dead-letters/delete", {"ids": [gone]})
    assert answer.status in (200, 202)
    wait_until(lambda: hub.admin.get(f"/dead-letters/{gone}").status == 404, "it is gone")
    assert [letter["id"] for letter in hub.admin.all("/dead-letters")] == [
        letters[2]["id"], letters[1]["id"]]
    hub.admin.post("/dead-letters/delete", {"all": True})
    wait_until(lambda: hub.admin.all("/dead-letters") == [], "all are gone")
    # A delivery that ended as a dead letter stays counted as dead.
    assert hub.summary()["deliveries"] == {"created": 3, "delivered": 0, "dead": 3, "open": 0}


def test_the_list_is_filtered_and_paged(hub, receiver):
    bury(hub, receiver, 7)
    hub.add_service("erp", receiver.url + "/erp")
    hub.add_rule("erp", r"\core\event\course_created")
    receiver.answer = Answer(400)
    hub.send([event(r"\core\event\course_created")])
    hub.wait_for_dead_letters(9)  # one for each of the two rules that match
    ids = [letter["id"] for letter in hub.admin.all("/dead-letters", limit=3)]
    assert ids == sorted(ids, reverse=True) and len(ids) == 9  # newest first
    count = lambda **query: len(hub.admin.all("/dead-letters", **query))
    assert count(service="crm") == 8
    assert count(service="erp", reason="rejected") == 1
    assert count(service="erp", reason="exhausted") == 0
    assert count(eventname=r"\core\event\course_created") == 2
    assert count(text="422") == 7
    hub.admin.get("/dead-letters", reason="boredom").expect_problem(422)
    hub.admin.get("/dead-letters/999999").expect_problem(404, "not_found")


def test_deleting_the_service_keeps_its_dead_letters(hub, receiver):
    bury(hub, receiver, 2)
    planned = {"rules_disabled": 1, "pending_dead": 0, "dead_letters_kept": 2}
    assert hub.admin.delete("/services/crm").expect(200).json == planned
    assert len(hub.admin.all("/dead-letters")) == 2


def test_a_replay_as_sent_repeats_the_stored_request(hub, receiver):
    letter = bury(hub, receiver, auth_type="bearer", auth_token="old")[0]
    sent = receiver.requests[0]
    rule = hub.admin.get("/rules").json["items"][0]
    hub.admin.patch(f"/rules/{rule['id']}", {"payload_template": '{"new": true}',
                                             "endpoint": "/new"}).expect(200)
    hub.admin.patch("/services/crm", {"auth_token": "fresh"}).expect(200)
    receiver.answer = Answer()
    assert replay(hub, {"ids": [letter["id"]], "mode": "as_sent"})["succeeded"] == 1
    hub.wait_until_done()
    again = receiver.requests[-1]
    assert (again.method, again.path, again.body) == (sent.method, sent.path, sent.body)
    assert again.webhook_id == sent.webhook_id
    assert again.headers["authorization"] == "Bearer fresh"
    assert hub.admin.get("/dead-letters").json["items"] == []


def test_what_was_never_sent_is_skipped_as_sent(hub, receiver):
    hub.add_service("crm", receiver.url, enabled=False)
    rule = hub.add_rule("crm")
    hub.send(events(1))
    hub.admin.delete(f"/rules/{rule['id']}").expect(204)
    letter = hub.wait_for_dead_letters(1)[0]
    job = replay(hub, {"ids": [letter["id"]], "mode": "as_sent"})
    assert (job["succeeded"], job["skipped"]) == (0, 1) and "never sent" in job["errors"][0]


def test_a_bulk_replay_goes_on_after_a_kill(hub, receiver):
    count = 3000
    bury(hub, receiver, count)
    receiver.answer = Answer()
    answer = hub.admin.post("/dead-letters/replay", {"all": True}).expect(202).json
    assert answer["count"] == count
    hub.kill()
    hub.start()
    job = hub.wait_for_job(answer["job_id"])
    assert (job["total"], job["done"], job["succeeded"]) == (count, count, count)
    counts = hub.wait_until_done()
    assert (counts["delivered"], counts["dead"]) == (count, 0)
    assert hub.summary()["dead_letters"] == 0


def test_the_list_is_filtered_by_rule_text_and_time(hub, receiver):
    letter = bury(hub, receiver, 3)[1]
    other = hub.add_rule("crm", r"\core\event\course_created", payload_template='{"n": "Needle"}',
                         name="special")
    hub.send([event(r"\core\event\course_created")])
    hub.wait_for_dead_letters(5)  # one for each of the two rules that match
    count = lambda **query: len(hub.admin.all("/dead-letters", **query))
    assert count(rule_id=other["id"]) == 1
    assert count(text="needle") == 1, "in the payload, whatever the case"
    assert count(text="haystack") == 0
    assert count(rule=other["name"]) == 1 and count(rule="nobody") == 0
    assert count(text=letter["delivery_id"].upper()) == 1
    made = letter["timecreated"]
    assert count(**{"from": made}) >= 4 and count(to=made + 3600) == 5
    assert count(**{"from": made + 3600}) == 0 and count(to=made - 3600) == 0
    body = {"filter": {"text": "Needle", "rule_id": other["id"], "rule": other["name"],
                       "from": made - 3600},
            "dry_run": True}
    assert hub.admin.post("/dead-letters/delete", body).json["count"] == 1


def test_one_that_replays_cannot_be_deleted(hub, receiver):
    letter = bury(hub, receiver)[0]
    gate = Gate()
    receiver.answer = Answer(gate=gate)
    replay(hub, {"ids": [letter["id"]]})
    receiver.wait_for(2)
    hub.admin.post("/dead-letters/delete", {"ids": [letter["id"]]}).expect_problem(409, "conflict")
    gate.open()
    wait_until(lambda: hub.admin.all("/dead-letters") == [], "it is delivered")


def test_a_cancelled_delivery_keeps_the_last_response(hub, receiver):
    receiver.answer = Answer(500, body=b"quota exceeded")
    hub.add_service("crm", receiver.url, retry_backoff=3600)
    hub.add_rule("crm")
    hub.send(events(1))
    row = wait_until(lambda: next((entry for entry in hub.admin.all("/deliveries")
                                   if entry["state"] == "retrying"), None), "it waits")
    hub.stop()
    hub.start()
    hub.admin.post(f"/deliveries/{row['id']}/cancel").expect(200)
    letter = hub.wait_for_dead_letters(1)[0]
    detail = hub.admin.get(f"/dead-letters/{letter['id']}").expect(200).json
    assert (detail["reason"], detail["response"]) == ("cancelled", "quota exceeded")
    assert (detail["method"], detail["url"]) == ("POST", receiver.url)
    assert json.loads(detail["payload"])["id"] == row["event_id"]


def test_letters_of_a_deleted_service_are_served_by_a_new_one_of_its_name(hub, receiver):
    hub.add_service("crm", receiver.url, enabled=False)
    rule = hub.add_rule("crm", name="contacts")
    hub.send(events(2))
    hub.admin.delete("/services/crm").expect(200)
    letters = hub.wait_for_dead_letters(2)
    assert {(letter["reason"], letter["service"], letter["rule"]) for letter in letters} \
        == {("service_deleted", "crm", "contacts")}
    job = replay(hub, {"filter": {"service": "crm"}})
    assert (job["succeeded"], job["skipped"]) == (0, 2) and "service" in job["errors"][0]
    hub.add_service("crm", receiver.url)
    assert replay(hub, {"filter": {"service": "crm"}})["succeeded"] == 2
    wait_until(lambda: hub.admin.all("/dead-letters") == [], "both are delivered")
    hub.admin.delete(f"/rules/{rule['id']}").expect(204)


def test_a_letter_of_a_deleted_rule_names_it(hub, receiver):
    hub.add_service("crm", receiver.url, enabled=False)
    rule = hub.add_rule("crm", name="contacts")
    hub.send(events(1))
    hub.admin.delete(f"/rules/{rule['id']}").expect(204)
    letter = hub.wait_for_dead_letters(1)[0]
    assert (letter["reason"], letter["rule"], letter["service"]) \
        == ("rule_deleted", "contacts", "crm")
