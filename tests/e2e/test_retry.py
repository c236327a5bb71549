"""The retry schedule and what each kind of answer leads to."""

import email.utils
import time

import pytest

from support.events import event, events
from support.hub import wait_until
from support.receiver import Answer, in_turn

EARLY_S = 0.05  # how much earlier than planned an attempt may seem to arrive (clock steps)


def one_delivery(hub, receiver, **service):
    hub.add_service("crm", receiver.url, **service)
    hub.add_rule("crm")
    hub.send([event()])


def test_500_gets_four_attempts_and_then_a_dead_letter(hub, receiver):
    receiver.answer = Answer(500, body=b"boom")
    one_delivery(hub, receiver)
    requests = receiver.wait_for(4, timeout=60)
    waits = [later.time - earlier.time for earlier, later in zip(requests, requests[1:])]
    for wait, planned in zip(waits, (1, 2, 4)):
        assert wait >= planned - EARLY_S
    assert waits == sorted(waits)

    letter = hub.wait_for_dead_letters(1)[0]
    assert letter["reason"] == "exhausted"
    assert (letter["http_status"], letter["attempt_count"]) == (500, 4)
    assert len({request.webhook_id for request in requests}) == 1
    assert letter["delivery_id"] == requests[0].webhook_id
    detail = hub.admin.get(f"/dead-letters/{letter['id']}").expect(200).json
    assert [attempt["n"] for attempt in detail["attempts"]] == [1, 2, 3, 4]
    assert {attempt["http_status"] for attempt in detail["attempts"]} == {500}
    assert not any(attempt["probe"] for attempt in detail["attempts"])
    assert hub.wait_until_done() == {"created": 1, "delivered": 0, "dead": 1, "open": 0}
    assert len(receiver.requests) == 4
    assert hub.circuit("crm")["state"] == "closed"


def test_the_attempt_that_succeeds_ends_it(hub, receiver):
    receiver.answer = in_turn(Answer(500), Answer(500))
    one_delivery(hub, receiver, retry_backoff=0.1)
    assert hub.wait_until_done() == {"created": 1, "delivered": 1, "dead": 0, "open": 0}
    assert len(receiver.requests) == 3


def test_a_restart_keeps_attempts_and_waits(hub, receiver):
    receiver.answer = Answer(500)
    one_delivery(hub, receiver, max_retries=1, retry_backoff=3)
    first = receiver.wait_for(1)[0]

    def is_waiting():
        items = hub.admin.all("/deliveries")
        return items and items[0]["state"] == "retrying"
    wait_until(is_waiting, "the delivery waits for its second attempt")
    hub.stop()
    hub.start()
    second = receiver.wait_for(2)[1]
    assert second.time - first.time >= 3 - EARLY_S
    assert second.webhook_id == first.webhook_id
    assert hub.wait_for_dead_letters(1)[0]["attempt_count"] == 2
    assert len(receiver.requests) == 2


@pytest.mark.parametrize("retries, attempts", [(0, 1), (2, 3)])
def test_max_retries(hub, receiver, retries, attempts):
    receiver.answer = Answer(500)
    one_delivery(hub, receiver, max_retries=retries, retry_backoff=0.05)
    assert hub.wait_for_dead_letters(1)[0]["attempt_count"] == attempts
    assert len(receiver.requests) == attempts


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 410, 418, 422, 425, 500, 501])
def test_what_an_answer_leads_to(hub, receiver, status):
    """Refused for good at once, or tried again; nothing in between."""
    rejected = status in (400, 404, 409, 410, 418, 422)
    receiver.answer = in_turn(Answer(status))
    one_delivery(hub, receiver, retry_backoff=0.05)
    counts = hub.wait_until_done()
    if rejected:
        letter = hub.wait_for_dead_letters(1)[0]
        assert (letter["reason"], letter["http_status"]) == ("rejected", status)
        assert letter["attempt_count"] == 1
        assert len(receiver.requests) == 1
    else:
        assert counts == {"created": 1, "delivered": 1, "dead": 0, "open": 0}
        assert len(receiver.requests) == 2


def test_a_rejection_shows_that_the_service_is_alive(hub, receiver):
    receiver.answer = Answer(404)
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    hub.send(events(12))
    hub.wait_for_dead_letters(12)
    assert hub.circuit("crm") == {"state": "closed", "failure_count": 0, "retry_in_s": None}


def test_429_pauses_the_lane_and_costs_no_attempt(hub, receiver):
    receiver.answer = in_turn(*[Answer(429, {"Retry-After": "1"})] * 3)
    one_delivery(hub, receiver, max_retries=0)
    requests = receiver.wait_for(4)
    for earlier, later in zip(requests, requests[1:]):
        assert later.time - earlier.time >= 1 - EARLY_S
    assert hub.wait_until_done() == {"created": 1, "delivered": 1, "dead": 0, "open": 0}
    assert hub.circuit("crm")["state"] == "closed"


def test_a_timeout_is_a_failed_attempt(hub, receiver):
    receiver.answer = in_turn(Answer(delay=30))
    one_delivery(hub, receiver, timeout=0.3, retry_backoff=0.1)
    requests = receiver.wait_for(2)
    assert requests[1].time - requests[0].time >= 0.4 - EARLY_S
    assert hub.wait_until_done()["delivered"] == 1


def test_a_request_is_not_repeated_behind_the_hubs_back(hub, receiver):
    """An HTTP library may repeat a POST by itself when a kept connection is cut."""
    receiver.answer = in_turn(Answer(), Answer(reset=True))
    hub.add_service("crm", receiver.url, max_concurrency=1, retry_backoff=1)
    hub.add_rule("crm")
    hub.send(events(1))
    receiver.wait_for(1)
    hub.wait_until_done()
    hub.send(events(1))
    requests = receiver.wait_for(3)
    assert requests[2].time - requests[1].time >= 1 - EARLY_S
    assert hub.wait_until_done()["delivered"] == 2
    assert len(receiver.requests) == 3


def test_a_huge_answer_is_delivered_and_cut(hub, receiver):
    receiver.answer = Answer(200, body=b"x" * (3 << 20))
    one_delivery(hub, receiver)
    assert hub.wait_until_done()["delivered"] == 1


def test_retry_now_is_kept_over_a_crash(hub, receiver):
    receiver.answer = in_turn(Answer(500), then=Answer(200))
    one_delivery(hub, receiver, retry_backoff=3600)
    row = wait_until(lambda: next((entry for entry in hub.admin.all("/deliveries")
                                   if entry["state"] == "retrying"), None), "it waits")
    hub.admin.post("/services/crm/pause").expect(200)
    shown = hub.admin.post(f"/deliveries/{row['id']}/retry-now").expect(200).json
    assert shown["next_attempt"] <= time.time()
    hub.kill()
    hub.start()
    hub.admin.post("/services/crm/resume").expect(200)
    assert hub.wait_until_done()["delivered"] == 1


def test_retry_now_and_cancel(hub, receiver):
    receiver.answer = in_turn(Answer(500), then=Answer(200))
    one_delivery(hub, receiver, retry_backoff=3600)
    receiver.wait_for(1)
    row = wait_until(lambda: next((entry for entry in hub.admin.all("/deliveries")
                                   if entry["state"] == "retrying"), None), "it waits")
    hub.admin.post(f"/deliveries/{row['id']}/retry-now").expect(200)
    assert hub.wait_until_done()["delivered"] == 1

    receiver.answer = Answer(500)
    hub.send([event()])
    row = wait_until(lambda: next((entry for entry in hub.admin.all("/deliveries")
                                   if entry["state"] == "retrying"), None), "it waits")
    hub.admin.post(f"/deliveries/{row['id']}/cancel").expect(200)
    letter = hub.wait_for_dead_letters(1)[0]
    assert (letter["reason"], letter["delivery_id"]) == ("cancelled", row["id"])
    problem = hub.admin.post("/deliveries/d_unknown/retry-now")
    problem.expect_problem(404, "not_found")


def test_retry_after_may_be_a_date(hub, receiver):
    date = int(time.time()) + 4
    receiver.answer = in_turn(
        Answer(503, {"Retry-After": email.utils.formatdate(date, usegmt=True)}))
    one_delivery(hub, receiver, max_retries=0, cb_failure_threshold=1)
    receiver.wait_for(2)
    assert time.time() >= date - 1 - EARLY_S  # what is left of it is counted in whole seconds
    assert hub.wait_until_done()["delivered"] == 1
    assert hub.circuit("crm")["failure_count"] == 0


def test_a_pause_that_was_asked_for_survives_a_restart(hub, receiver):
    receiver.answer = in_turn(Answer(429, {"Retry-After": "3600"}))
    one_delivery(hub, receiver)
    first = receiver.wait_for(1)[0]
    wait_until(lambda: hub.admin.all("/deliveries")[0]["state"] == "retrying", "it waits")
    due = hub.admin.all("/deliveries")[0]["next_attempt"]
    hub.kill()
    hub.start()
    hub.send([event()])
    problem = hub.admin.post("/services/crm/request", {"timeout": 0.2}).expect(200).json
    assert (problem["error"], problem["attempts"]) == ("rate_limited", 0)
    waiting = {row["id"]: row for row in hub.admin.all("/deliveries")}
    assert len(waiting) == 2 and waiting[first.webhook_id]["next_attempt"] == due
    assert len(receiver.requests) == 1


def test_only_what_waits_is_tried_now(hub, receiver):
    one_delivery(hub, receiver)
    hub.wait_until_done()
    done = hub.admin.all("/deliveries")[0]
    assert done["state"] == "delivered"
    for action in ("retry-now", "cancel"):
        hub.admin.post(f"/deliveries/{done['id']}/{action}").expect_problem(409, "not_waiting")


def test_slow_answers_open_the_circuit(hub, receiver):
    receiver.answer = Answer(delay=0.2)
    hub.add_service("crm", receiver.url, cb_slow_ms=50, cb_failure_threshold=2, cb_cooldown=86400)
    hub.add_rule("crm")
    hub.send(events(2))
    assert hub.wait_until_done()["delivered"] == 2
    hub.wait_for_circuit("crm", "open")


def test_lists_of_the_service_override_the_table(hub, receiver):
    answers = {"/busy": 409, "/broken": 501}
    receiver.answer = lambda request: Answer(answers[request.path])
    hub.add_service("crm", receiver.url, retry_on=["4xx"], reject_on=["501"], max_retries=1,
                    retry_backoff=0.05)
    for path in answers:
        hub.add_rule("crm", endpoint=path)
    hub.send([event()])
    letters = {letter["http_status"]: letter for letter in hub.wait_for_dead_letters(2)}
    assert (letters[409]["reason"], letters[409]["attempt_count"]) == ("exhausted", 2)
    assert (letters[501]["reason"], letters[501]["attempt_count"]) == ("rejected", 1)
