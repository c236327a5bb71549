"""What somebody tried who has one thing and wants another."""

import json

import pytest

from support.events import event
from support.receiver import Answer

MARKER = "marker-of-ada-lovelace"


def test_a_viewer_finds_no_payload_by_searching_for_it(hub, receiver):
    """Each answer to "is this in it?" would tell a little, and many all of it."""
    receiver.answer = Answer(400)
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", payload_template='{"name": {{other.name}}}')
    hub.send([event(other={"name": MARKER})])
    hub.wait_for_dead_letters(1)
    view, manage = hub.api("view"), hub.api("manage")
    assert manage.get("/dead-letters", text=MARKER).expect(200).json["items"]
    assert view.get("/dead-letters", text=MARKER).expect(200).json["items"] == []
    assert view.get("/dead-letters", text="http 400").expect(200).json["items"]


@pytest.mark.parametrize("call", ["request", "enqueue"])
def test_a_caller_sends_no_credentials_to_another_host_of_the_address(hub, receiver, call):
    """Behind one address may be many customers of a host."""
    hub.add_service("crm", receiver.url, auth_type="bearer", auth_token="secret")
    body = {"endpoint": "/x", "headers": {"hOST": "evil.example"}}
    problem = hub.api("ingest").post(f"/services/crm/{call}", body).expect_problem(
        422, "validation_failed")
    assert [fault["field"] for fault in problem["errors"]] == ["headers"]
    assert receiver.requests == []


@pytest.mark.parametrize("what", ["export", "erase"])
@pytest.mark.parametrize("site", ["", "main"])
def test_who_only_sends_events_reads_and_erases_nobody(hub, what, site):
    token = {"site": site} if site else {}
    program = hub.api("ingest", **token)
    program.post("/events", event(userid=77, other={"name": MARKER})).expect(202)
    answer = program.post(f"/privacy/{what}", {"userid": 77})
    answer.expect_problem(409, "conflict")
    assert MARKER.encode() not in answer.body


@pytest.mark.parametrize("endpoint", ["../admin", "/a/../../x", "/%2e%2E/x", "/.", "/a/./b?c"])
def test_a_caller_does_not_leave_the_path_of_the_service(hub, receiver, endpoint):
    hub.add_service("crm", receiver.url + "/tenant/5")
    api = hub.api("ingest")
    for call in ("request", "enqueue"):
        problem = api.post(f"/services/crm/{call}", {"endpoint": endpoint}).expect_problem(
            422, "validation_failed")
        assert "'..'" in problem["detail"]
    api.post("/services/crm/request", {"endpoint": "/a..b/.c?d=/../e"}).expect(200)
    assert [one.path for one in receiver.requests] == ["/tenant/5/a..b/.c?d=/../e"]


def test_a_viewer_sees_no_header_that_says_who_the_hub_is(hub, receiver):
    hub.add_service("crm", receiver.url, headers={"Ocp-Key": MARKER, "Authorization": MARKER})
    rule = hub.add_rule("crm", headers={"X-Api-Key": MARKER, "X-Kind": "{{action}}"})
    body = {"rule_id": rule["id"], "event": event()}
    view, manage = hub.api("view"), hub.api("manage")
    for method, path, sent in [("GET", "/services", None), ("GET", "/services/crm", None),
                               ("GET", "/rules", None), ("GET", f"/rules/{rule['id']}", None),
                               ("POST", "/rules/preview", body)]:
        answer = view.request(method, path, sent).expect(200)
        assert MARKER.encode() not in answer.body, path
    assert view.get("/services/crm").json["headers"]["Ocp-Key"] == "********"
    assert view.get(f"/rules/{rule['id']}").json["headers"]["X-Kind"] == "{{action}}"
    assert manage.get("/services/crm").json["headers"]["Ocp-Key"] == MARKER
