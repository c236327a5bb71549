"""Messages that services send to Moodle, from the webhook to the callback."""

import hashlib
import hmac
import http.client
import json
import threading
import time

import pytest

from support.hub import wait_until
from support.inbound import SECRET, Moodle, open_inbound, post, refusal, standard_signature
from support.receiver import Answer

EVENT = "\\local_integrationhub\\event\\webhook_received"


@pytest.fixture
def moodle(hub, receiver):
    made = Moodle(hub, receiver)
    open_inbound(hub)
    return made


def waiting(hub) -> int:
    return hub.summary()["inbound_waiting"]


def wait_until_empty(hub) -> None:
    wait_until(lambda: waiting(hub) == 0, "no message waits")


def test_a_message_reaches_moodle_once(hub, moodle):
    taken = post(hub, '{"grade": 9.50}', webhook_id="m-1").expect(202).json
    assert taken["duplicate"] is False
    message, = moodle.hand_overs(1)
    assert message["id"] == taken["id"] and message["payload"] == {"grade": 9.5}
    assert message["servicename"] == "crm" and message["source"] == "webhook"
    assert message["serviceid"] == hub.service("crm")["id"]
    assert b'"payload":{"grade": 9.50}' in moodle.receiver.requests[-1].body
    repeat = post(hub, '{"grade": 9.50}', webhook_id="m-1").expect(202).json
    assert repeat == {"id": taken["id"], "duplicate": True}
    wait_until_empty(hub)
    assert len(moodle.hand_overs(1)) == 1
    row, = hub.admin.all("/log", direction="inbound")
    assert row["kind"] == "inbound" and row["success"] is True and row["http_status"] == 200
    assert row["service"] == "crm" and row["endpoint"] == "/inbound/crm"
    assert row["delivery_id"] == taken["id"] and row["eventname"] == EVENT
    assert "grade" not in json.dumps(row) and "9.50" not in hub.log


@pytest.mark.parametrize("header", ["webhook-id", "X-GitHub-Delivery", "Idempotency-Key"])
def test_repeats_are_known_by_the_senders_ids_over_a_restart(hub, moodle, header):
    headers = {header.replace("-", "_"): "same"}
    first = post(hub, "[1]", **headers).expect(202).json
    hub.kill()
    hub.start()
    assert post(hub, "[1]", **headers).expect(202).json == {"id": first["id"], "duplicate": True}
    other = post(hub, "[1]").expect(202).json
    assert other["id"] != first["id"] and not other["duplicate"]


def test_the_four_ways_to_prove_oneself(hub, moodle):
    body, now = b'{"a": 1}', int(time.time())
    signature = standard_signature("w-1", now, body)
    hexed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    for headers in ({"Authorization": f"Bearer {SECRET}"}, {"X_API_Key": SECRET},
                    {"webhook_id": "w-1", "webhook_timestamp": now,
                     "webhook_signature": f"v1,AAAA {signature}"},
                    {"X_Hub_Signature_256": f"sha256={hexed}"}):
        post(hub, body, **headers).expect(202)


def test_what_does_not_prove_anything(hub, moodle):
    body, now = b'{"a": 1}', int(time.time())
    old = now - 301
    for headers in (
            {"Authorization": "Bearer wrong"}, {"X_API_Key": "wrong"},
            {"webhook_id": "w-1", "webhook_timestamp": old,
             "webhook_signature": standard_signature("w-1", old, body)},
            {"webhook_id": "w-2", "webhook_timestamp": now,
             "webhook_signature": standard_signature("w-1", now, body)},
            {"X_Hub_Signature_256": "sha256=" + "0" * 64}):
        post(hub, body, **headers).expect_problem(401, "unauthorized")
    assert moodle.taken == {}


def test_a_stranger_cannot_tell_services_apart(hub, moodle):
    hub.add_service("closed", "http://127.0.0.1:9", inbound_enabled=True)
    open_inbound(hub, "off", inbound_enabled=False)
    answers = {post(hub, "{}", service, X_API_Key="wrong").expect(401).body
               for service in ("crm", "closed", "off", "nobody")}
    assert len(answers) == 1
    post(hub, "{}", "closed").expect(401)  # without a secret it is closed, not open
    post(hub, "{}", "closed", X_API_Key="").expect(401)
    post(hub, "{}", "off").expect_problem(403, "forbidden")
    hub.admin.patch("/services/crm", {"enabled": False}).expect(200)
    post(hub, "{}").expect_problem(403, "forbidden")


def test_other_refusals(hub, moodle):
    post(hub, "{").expect_problem(400, "invalid_json")
    post(hub, "").expect_problem(400, "invalid_json")
    post(hub, b'"\xff"').expect_problem(400, "invalid_json")
    post(hub, '"' + "x" * (1 << 20) + '"').expect_problem(413, "too_large")
    post(hub, '"' + "x" * ((1 << 20) - 2) + '"').expect(202)
    refused = hub.stranger.request("GET", "/inbound/crm", base="")
    refused.expect_problem(405)
    assert refused.headers["allow"] == "POST"


def test_guessing_is_slowed_down(hub, moodle):
    def guess():
        return post(hub, "{}", X_API_Key="guess").status
    wait_until(lambda: guess() == 429, "guesses are refused")
    answer = post(hub, "{}")
    answer.expect_problem(429, "rate_limited")
    assert int(answer.headers["retry-after"]) >= 1


def test_a_refusal_of_the_connector_is_a_dead_letter_that_can_be_replayed(hub, moodle):
    moodle.answer = lambda message: refusal(422)
    taken = post(hub, '{"n": 1}').expect(202).json
    letter, = hub.wait_for_dead_letters(1, reason="inbound")
    assert letter["service"] == "crm" and letter["http_status"] == 422
    assert letter["eventname"] == EVENT and letter["rule"] is None
    detail = hub.admin.get(f"/dead-letters/{letter['id']}").expect(200).json
    assert detail["payload"] == '{"n": 1}' and detail["url"] == "/inbound/crm"
    assert [attempt["http_status"] for attempt in detail["attempts"]] == [422]
    row, = hub.admin.all("/log", direction="inbound")
    assert row["success"] is False and "422" in row["error_message"]
    assert hub.summary()["deliveries"] == {"created": 0, "delivered": 0, "dead": 0, "open": 0}
    moodle.answer = None
    job = hub.admin.post("/dead-letters/replay", {"ids": [letter["id"]]}).expect(202).json
    assert hub.wait_for_job(job["job_id"])["succeeded"] == 1
    wait_until(lambda: hub.admin.all("/dead-letters") == [], "the letter is gone")
    assert moodle.taken[taken["id"]]["payload"] == {"n": 1}


def test_what_is_no_word_of_the_connector_is_an_outage(hub, moodle):
    answers = [Answer(404), Answer(500), Answer(200, {}, b"<html>")]
    moodle.answer = lambda message: answers.pop(0) if answers else None
    taken = post(hub, "[]").expect(202).json
    assert [message["id"] for message in moodle.hand_overs(4, 60)] == [taken["id"]] * 4
    wait_until_empty(hub)
    assert hub.admin.all("/dead-letters") == []
    row, = hub.admin.all("/log", direction="inbound")
    assert row["attempt_count"] == 4


def test_nothing_is_lost_while_moodle_is_away_and_the_hub_is_killed(hub, moodle):
    moodle.receiver.down()
    sent = {post(hub, json.dumps(n), Idempotency_Key=f"n{n}").expect(202).json["id"]: n
            for n in range(40)}
    assert waiting(hub) == 40
    metrics = hub.stranger.get("/metrics", base="").expect(200).body.decode()
    assert 'mih_inbound_waiting{service="crm"} 40' in metrics
    hub.kill()
    hub.start()
    assert waiting(hub) == 40
    moodle.receiver.up()
    wait_until(lambda: len(moodle.taken) == 40, "all are taken", 60)
    hub.kill()
    hub.start()
    wait_until_empty(hub)
    assert {id: message["payload"] for id, message in moodle.taken.items()} == sent
    assert hub.admin.all("/dead-letters") == []


def test_kills_under_load_lose_nothing(hub, moodle):
    """Senders repeat what was not acknowledged; in the end each message was taken, once by its
    id."""
    acknowledged: dict[str, int] = {}
    lock, end = threading.Lock(), threading.Event()

    def send(first: int) -> None:
        n = first
        while not end.is_set():
            try:
                answer = post(hub, json.dumps(n), Idempotency_Key=f"n{n}")
            except (OSError, http.client.HTTPException):
                continue
            if answer.status == 202:
                with lock:
                    acknowledged[answer.json["id"]] = n
                n += 4

    senders = [threading.Thread(target=send, args=(first,)) for first in range(4)]
    for sender in senders:
        sender.start()
    for goal in (60, 120, 180):
        wait_until(lambda goal=goal: len(acknowledged) >= goal, f"{goal} are acknowledged", 60)
        hub.kill()
        hub.start()
    end.set()
    for sender in senders:
        sender.join()
    wait_until_empty(hub)
    assert len(set(acknowledged.values())) == len(acknowledged)
    taken = {id: message["payload"] for id, message in moodle.taken.items()}
    assert acknowledged.items() <= taken.items()
    # What was committed but not acknowledged came too, under one id for each number.
    assert len(set(taken.values())) == len(taken)


def test_the_site_is_chosen_by_the_service(hub, receivers):
    main, other = Moodle(hub, receivers(), "main"), Moodle(hub, receivers(), "other")
    open_inbound(hub, "crm")
    open_inbound(hub, "lms", inbound_site="other")
    post(hub, "1", "crm").expect(202)
    post(hub, "2", "lms").expect(202)
    assert other.hand_overs(1)[0]["payload"] == 2
    assert waiting(hub) == 1 and main.taken == {}
    hub.admin.patch("/services/crm", {"inbound_site": "main"}).expect(200)
    assert main.hand_overs(1)[0]["payload"] == 1


def test_one_message_that_fails_holds_up_no_other(hub, moodle):
    moodle.answer = lambda message: Answer(500) if message["payload"] == "bad" else None
    post(hub, '"bad"').expect(202)
    for n in range(5):
        post(hub, str(n)).expect(202)
    wait_until(lambda: len(moodle.taken) == 5, "the others are taken", 60)
    assert waiting(hub) == 1


def test_a_viewer_does_not_see_the_content(hub, moodle):
    moodle.answer = lambda message: refusal(400)
    post(hub, '{"secret": "text"}').expect(202)
    letter, = hub.wait_for_dead_letters(1)
    shown = hub.api("view").get(f"/dead-letters/{letter['id']}").expect(200)
    assert shown.json["redacted"] is True and b"text" not in shown.body
