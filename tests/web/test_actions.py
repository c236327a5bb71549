"""What people do with the dashboard, page by page, in a real browser; the hub says what came of
it."""

import csv
import io
import json

from support.browser import Control, browse
from support.events import event, events
from support.hub import wait_until
from support.receiver import Answer

USER_UPDATED = r"\core\event\user_updated"
USER_DELETED = r"\core\event\user_deleted"
COURSE_CREATED = r"\core\event\course_created"


def test_the_queue(hub, receiver, receivers, manager):
    control = Control(receivers(), receiver)
    hub.add_service("crm", receiver.url, retry_backoff=3600, cb_failure_threshold=0)
    hub.add_rule("crm")
    control.status = 422
    hub.send(events(4, eventname=USER_DELETED) + events(3, eventname=COURSE_CREATED))
    hub.wait_for_dead_letters(7)
    control.status = 503
    hub.send([event(), event(USER_UPDATED)])
    wait_until(lambda: len(hub.admin.all("/deliveries", state="retrying")) == 2, "both wait")

    found = browse("queue.mjs", **manager, service="crm", control=control.url)
    assert found["steps"] == ["tried again", "cancelled", "replayed", "deleted",
                              "deleted by filter", "one replayed"]
    assert found["progress"] == 1
    assert json.loads(found["payload"])["eventname"] == USER_DELETED
    assert json.loads(found["response"]) == {}
    left, = hub.admin.all("/dead-letters")
    assert (left["eventname"], left["reason"]) == (USER_UPDATED, "cancelled")
    assert hub.wait_until_done()["delivered"] == 4


def test_events_as_they_come_in_and_the_way_of_one(hub, receiver, receivers, manager):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    hub.add_rule("crm", r"\core\event\user_*", name="of one course",
                 filter={"courseid": {"$eq": 5}})
    hub.add_rule("crm", r"\core\event\course_*", name="of courses")
    sent = iter([event(courseid=7), event(courseid=8), event(courseid=9)])
    control = Control(receivers(), receiver, lambda: hub.send([next(sent)]))
    found = browse("events.mjs", **manager, control=control.url)
    assert found["steps"] == ["live", "stopped", "its way", "why not"]
    _, newest, first = (one["id"] for one in hub.admin.all("/events"))
    assert found["live"]["newest"].endswith(newest) and found["live"]["first"].endswith(first)
    assert not found["live"]["reloaded"]
    (near,), (other,) = found["near"], found["others"]
    assert near.startswith("of one course") and "courseid" in near, near
    assert other.startswith("of courses"), other


def test_the_log(hub, receiver, receivers, manager):
    refusing = receivers(Answer(status=422))
    hub.add_service("up", receiver.url)
    hub.add_service("refusing", refusing.url)
    hub.add_rule("up", USER_DELETED, endpoint="/list;=1+1")
    hub.add_rule("refusing", COURSE_CREATED)
    hub.add_rule("refusing", USER_UPDATED)
    hub.send(events(60, eventname=USER_DELETED) + events(2, eventname=USER_UPDATED)
             + [event(COURSE_CREATED)])
    hub.wait_until_done()
    found = browse("log.mjs", **manager)
    assert found["steps"] == ["pages", "filters", "cleared"]
    every = list(csv.DictReader(io.StringIO(found["all"], newline="")))
    one, = csv.DictReader(io.StringIO(found["filtered"], newline=""))
    assert len(every) == 63 and one in every
    assert (one["service"], one["http_status"], one["success"]) == ("refusing", "422", "false")
    assert one["eventname"] == COURSE_CREATED and one["endpoint"] == "/"
    formulas = [row["endpoint"] for row in every if "1+1" in row["endpoint"]]
    assert formulas == ["/list;'=1+1"] * 60
    assert hub.admin.all("/log") == []
    assert len(hub.admin.all("/dead-letters")) == 3


def test_the_focus_stays_near_what_has_gone(hub, receiver, receivers, manager):
    control = Control(receivers(), receiver)
    control.status = 503
    hub.add_service("crm", receiver.url, retry_backoff=3600, cb_failure_threshold=0)
    hub.add_service("doomed", receiver.url)
    hub.add_rule("crm")
    hub.send(events(2))
    wait_until(lambda: len(hub.admin.all("/deliveries", state="retrying")) == 2, "both wait")
    found = browse("focus.mjs", **manager)
    assert found == {"disabled": "Enable: crm", "deleted": "Services", "row": "Queue",
                     "page": "main"}
