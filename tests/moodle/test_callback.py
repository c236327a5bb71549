"""The callback: only the hub may call it, and each call counts once."""

import json
import time

import pytest

PING = {"action": "ping"}


def test_a_signed_call_is_answered(connected):
    assert connected.call_back(PING) == (200, {"version": 100})


def test_a_call_counts_once(connected):
    nonce = "ab" * 16
    assert connected.call_back(PING, nonce=nonce)[0] == 200
    assert connected.call_back(PING, nonce=nonce)[0] == 403
    connected.purge_caches()
    assert connected.call_back(PING, nonce=nonce)[0] == 403


@pytest.mark.parametrize("call", [
    {"key": "another-key"}, {"at": 1}, {"at": int(time.time()) + 3600}])
def test_a_wrong_signature_is_refused(connected, call):
    assert connected.call_back(PING, **call)[0] == 403


@pytest.mark.parametrize("signature", ["", "t=1", "t=1,n=00,v1=00", "v1=", "t=x,n=y,v1=z"])
def test_a_malformed_signature_is_refused(connected, signature):
    assert connected.call_back_raw(json.dumps(PING), signature)[0] == 403


def test_a_changed_body_is_refused(connected, monkeypatch):
    seen = {}
    monkeypatch.setattr(connected, "call_back_raw",
                        lambda body, signature, **more: seen.update(s=signature) or (0, {}))
    connected.call_back(PING)
    monkeypatch.undo()
    assert connected.call_back_raw('{"action":"ping" }', seen["s"])[0] == 403
    assert connected.call_back_raw(json.dumps(PING), seen["s"])[0] == 200


def test_other_methods_and_actions_are_refused(connected):
    assert connected.call_back_raw("", "", method="GET")[0] == 405
    assert connected.call_back({"action": "format_disk"})[0] == 400
    assert connected.call_back({})[0] == 400


def test_a_long_body_is_refused_before_it_is_read(connected):
    assert connected.call_back_raw("x" * 100, "")[0] == 403


def test_a_site_that_is_not_connected_refuses(site):
    assert site.call_back(PING)[0] == 403


def test_used_signatures_are_forgotten_when_they_have_expired(connected):
    connected.call_back(PING)
    connected.task()
    count = "answer($DB->count_records('local_integrationhub_nonce'));"
    assert connected.run(count).answer == 1
    connected.run("$DB->set_field_select('local_integrationhub_nonce', 'timecreated', "
                  "time() - 601, '1 = 1');")
    connected.task()
    assert connected.run(count).answer == 0


PEOPLE = """foreach ([[5, 0, 'ana'], [6, 1, 'gone']] as [$id, $deleted, $name]) {
    $DB->insert_record('user', (object) ['username' => $name, 'deleted' => $deleted,
        'idnumber' => '007', 'email' => "$name@example.com", 'firstname' => 'Ana',
        'lastname' => 'Ñandú', 'lang' => 'es']);
    $DB->set_field_select('user', 'id', $id, 'username = ?', [$name]);
}
$DB->insert_record('course', (object) ['shortname' => 'm1', 'fullname' => 'Maths & more',
    'idnumber' => '', 'category' => 3]);
$DB->set_field_select('course', 'id', 12, 'shortname = ?', ['m1']);
"""


def test_people_and_courses_are_looked_up(connected):
    connected.run(PEOPLE)
    assert connected.call_back({"action": "look_up", "users": [5], "courses": [12]}) == (200, {
        "users": {"5": {"id": 5, "username": "ana", "email": "ana@example.com",
                        "firstname": "Ana", "lastname": "Ñandú", "fullname": "Ana Ñandú",
                        "idnumber": "007", "lang": "es"}},
        "courses": {"12": {"id": 12, "shortname": "m1", "fullname": "Maths & more",
                           "idnumber": "", "category": 3}}})


def test_who_is_not_there_is_left_out(connected):
    connected.run(PEOPLE)
    status, found = connected.call_back(
        {"action": "look_up", "users": [6, 7, -1, "5", None], "courses": [13]})
    assert status == 200 and not found["users"] and not found["courses"]


def test_a_look_up_of_nobody_asks_nothing(connected):
    assert connected.call_back({"action": "look_up"})[0] == 200


MESSAGE = {"id": "in_1", "serviceid": 3, "servicename": "crm", "source": "webhook",
           "payload": {"a": [1, 2.5, None], "b": "x"}}
OBSERVED = """\\core\\event\\manager::add_observer(function ($event) {
    global $DB;
    $what = json_encode([$event->eventname, $event->other]);
    $DB->insert_record('happened', (object) ['what' => $what]);
%s}, %s, 1);
"""
HAPPENED = "answer(array_column($DB->get_records('happened'), 'what'));"


def take(site, message: dict, before: str = "") -> tuple[int, dict]:
    return site.call_back({"action": "inbound", "message": message}, before=before)


def happened(site) -> list:
    return [json.loads(what) for what in site.run(HAPPENED).answer]


def test_a_message_becomes_an_event_once(connected):
    before = OBSERVED % ("", "false")
    assert take(connected, MESSAGE, before) == (200, {"taken": True, "duplicate": False})
    assert take(connected, MESSAGE, before) == (200, {"taken": True, "duplicate": True})
    other = {name: value for name, value in MESSAGE.items() if name != "id"}
    assert happened(connected) == [["\\local_integrationhub\\event\\webhook_received", other]]


def test_a_message_whose_observer_breaks_after_the_commit_is_taken(connected):
    """Its event has happened; to send it again would make another."""
    before = OBSERVED % ("throw new Error('broken');", "false")
    assert take(connected, MESSAGE, before)[0] == 200
    assert len(happened(connected)) == 1
    assert take(connected, MESSAGE)[1]["duplicate"] is True


def test_a_message_whose_event_breaks_inside_the_transaction_is_not_taken(connected):
    before = OBSERVED % ("throw new Error('broken');", "true")
    assert take(connected, MESSAGE, before)[0] == 500
    assert happened(connected) == []
    assert take(connected, MESSAGE)[1] == {"taken": True, "duplicate": False}


@pytest.mark.parametrize("fault", [
    {"id": ""}, {"id": "x" * 65}, {"id": "a b"}, {"serviceid": "3"}, {"servicename": None},
    {"source": "mail"}])
def test_what_is_no_message_is_refused(connected, fault):
    status, answer = take(connected, {**MESSAGE, **fault})
    assert status == 422 and answer["status"] == 422 and "no message" in answer["detail"]


def test_ids_of_messages_are_known_for_a_week(connected):
    take(connected, MESSAGE)
    connected.task()
    count = "answer($DB->count_records('local_integrationhub_inbound'));"
    assert connected.run(count).answer == 1
    connected.run("$DB->set_field_select('local_integrationhub_inbound', 'timecreated', "
                  "time() - 7 * 86400 - 1, '1 = 1');")
    connected.task()
    assert connected.run(count).answer == 0
