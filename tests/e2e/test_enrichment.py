"""Templates that speak of people and courses: the hub asks the event's Moodle."""

import json

import pytest

from support.hub import wait_until
from support.moodle import Moodle, course, user

VIEWED = "\\core\\event\\course_viewed"
UPDATED = "\\core\\event\\user_updated"
DELETED = "\\core\\event\\user_deleted"
TEMPLATE = ('{"mail": {{user.email}}, "name": {{relateduser.fullname}}, '
            '"course": "{{course.shortname}}", "id": {{id}}}')


@pytest.fixture
def moodle(hub, receivers):
    moodle = Moodle(hub, receivers())
    moodle.users = {number: user(number) for number in range(2, 20)}
    moodle.courses = {5: course(5)}
    moodle.connect()
    return moodle


@pytest.fixture
def crm(hub, receiver):
    hub.add_service("crm", receiver.url, retry_backoff=0.1)
    hub.add_rule("crm", "\\core\\event\\*", payload_template=TEMPLATE)
    return receiver


def viewed(number: int, **fields) -> dict:
    return {"id": f"e{number}", "eventname": VIEWED, "userid": number, "relateduserid": None,
            "courseid": 5, **fields}


def bodies(receiver) -> list[dict]:
    return [json.loads(request.body) for request in receiver.requests]


def test_people_and_courses_are_looked_up_together(hub, moodle, crm):
    moodle.send(*[viewed(number, relateduserid=number + 1) for number in range(2, 12)])
    hub.wait_until_done()
    assert sorted(bodies(crm), key=lambda body: body["id"]) == sorted(
        [{"mail": f"user{number}@example.org", "name": f"U {number + 1}", "course": "c5",
          "id": f"e{number}"} for number in range(2, 12)], key=lambda body: body["id"])
    calls = moodle.calls("look_up")
    assert len(calls) < 5, "batches"
    assert sorted({one for call in calls for one in call["users"]}) == list(range(2, 13))
    asked = len(calls)
    moodle.send(viewed(3, id="again"))
    hub.wait_until_done()
    assert len(moodle.calls("look_up")) == asked, "it is known"


def test_who_is_not_there_is_null(hub, moodle, crm):
    moodle.send(viewed(99, relateduserid=0, courseid=98))
    hub.wait_until_done()
    assert bodies(crm) == [{"mail": None, "name": None, "course": "", "id": "e99"}]
    moodle.send(viewed(99, id="again", relateduserid=0, courseid=98))
    hub.wait_until_done()
    assert len(moodle.calls("look_up")) == 1, "that there is none is known too"


def test_while_moodle_is_away_deliveries_are_parked(hub, moodle, crm, receivers):
    plain = receivers()
    hub.add_service("plain", plain.url)
    hub.add_rule("plain")
    hub.add_rule("crm", payload_template='{"plain": {{id}}}')
    moodle.up = False
    moodle.send(viewed(2), viewed(3))
    plain.wait_for(2)
    crm.wait_for(2)
    assert {"plain"} == {name for body in bodies(crm) for name in body}

    def parked():
        items = hub.admin.all("/deliveries", state="parked")
        return items if len(items) == 2 else None
    items = wait_until(parked, "two deliveries are parked")
    assert {item["parked_because"] for item in items} == {"enrichment"}
    assert {item["attempt_count"] for item in items} == {0}
    moodle.wait_for_look_up(times=2)  # it is asked again and again

    hub.kill()
    hub.start()
    wait_until(parked, "they are parked after a restart too")
    moodle.up = True
    hub.wait_until_done()
    sent = [body for body in bodies(crm) if "mail" in body]
    assert {body["mail"] for body in sent} == {"user2@example.org", "user3@example.org"}
    done = hub.admin.all("/deliveries", state="delivered")
    assert {item["attempt_count"] for item in done} == {1}


def test_an_update_that_passes_through_is_noticed(hub, moodle, crm):
    moodle.send(viewed(2))
    hub.wait_until_done()
    moodle.users[2] = user(2, email="new@example.org")
    moodle.send({"id": "update", "eventname": UPDATED, "crud": "u", "objecttable": "user",
                 "objectid": "2", "userid": 2, "relateduserid": 2, "courseid": 0})
    hub.wait_until_done()
    moodle.send(viewed(2, id="after"))
    hub.wait_until_done()
    assert {body["id"]: body["mail"] for body in bodies(crm)} == {
        "e2": "user2@example.org", "update": "new@example.org", "after": "new@example.org"}


def test_a_deleted_user_is_what_the_event_has_of_it(hub, moodle, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", DELETED, http_method="DELETE", endpoint="/people/{{relateduser.username}}",
                 payload_template='{"who": {{relateduser}}, "by": {{user.username}}}')
    moodle.send({"id": "gone", "eventname": DELETED, "crud": "d", "objecttable": "user",
                 "objectid": 7, "relateduserid": 7, "userid": 2, "courseid": 0,
                 "other": {"username": "seven", "email": "s@example.org", "idnumber": "7",
                           "picture": 0, "mnethostid": 1}})
    hub.wait_until_done()
    request, = receiver.requests
    assert request.path == "/people/seven"
    assert json.loads(request.body) == {"by": "user2", "who": {
        "id": 7, "username": "seven", "email": "s@example.org", "firstname": None,
        "lastname": None, "fullname": None, "idnumber": "7", "lang": None}}
    assert moodle.calls("look_up") == [{"action": "look_up", "users": [2], "courses": []}]


def test_nobody_is_looked_up_for_an_anonymous_event(hub, moodle, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", payload_template='{"mail": {{user.email}}, "course": {{course}}}')
    hub.add_rule("crm", include_anonymous=True,
                 payload_template='{"id": {{userid}}, "mail": {{user.email}}}')
    moodle.send(viewed(2, anonymous=1))
    hub.wait_until_done()
    assert sorted(map(str, bodies(receiver))) == sorted(
        map(str, [{"mail": None, "course": None}, {"id": 2, "mail": None}]))
    assert moodle.calls("look_up") == []


def test_an_enrichment_that_cannot_be_had_is_a_dead_letter(hub, crm):
    hub.send([viewed(2)])
    letter, = hub.wait_for_dead_letters(1)
    assert letter["reason"] == "template" and "There is no site default" in letter["error_message"]
    assert crm.requests == []


def test_an_ordering_key_waits_for_the_look_up(hub, moodle, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", ordering_key="all",
                 payload_template='{"id": {{id}}, "mail": {{user.email}}}')
    moodle.up = False
    moodle.send(viewed(2), viewed(0), viewed(3))
    moodle.wait_for_look_up()
    moodle.up = True
    hub.wait_until_done()
    assert [body["id"] for body in bodies(receiver)] == ["e2", "e0", "e3"]


def test_a_preview_asks_moodle(hub, moodle, crm):
    rule = {"eventname": VIEWED, "service": "crm", "name": "x", "payload_template": TEMPLATE}
    event = viewed(2, site="main")
    shown = hub.admin.post("/rules/preview", {"rule": rule, "event": event}).expect(200).json
    assert json.loads(shown["payload"]) == {"mail": "user2@example.org", "name": None,
                                            "course": "c5", "id": "e2"}
    assert shown["warnings"] == []
    moodle.up = False
    shown = hub.admin.post("/rules/preview", {"rule": rule, "event": event}).expect(200).json
    assert json.loads(shown["payload"])["mail"] is None
    assert "cannot be asked" in shown["warnings"][0]


def test_keys_are_made_before_anybody_is_looked_up(hub, crm):
    for field in ("ordering_key", "dedupe_key"):
        refused = hub.admin.post("/rules", {"name": "x", "eventname": "*", "service": "crm",
                                            field: "{{user.email}}"})
        problem = refused.expect_problem(422, "template_invalid")
        assert problem["errors"][0]["field"] == field


def test_unknown_fields_of_people_are_refused(hub, crm):
    refused = hub.admin.post("/rules", {"name": "x", "eventname": "*", "service": "crm",
                                        "payload_template": '{"a": {{user.phone}}}'})
    problem = refused.expect_problem(422, "template_invalid")
    assert "user.email" in problem["errors"][0]["message"]
