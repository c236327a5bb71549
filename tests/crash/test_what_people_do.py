"""A crash within what people ask for in many steps: said again, or by itself, it comes to its end."""

import http.client
import json
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from support.crash import ERASURE_POINTS, EVENT_POINTS, IMPORT_POINTS
from support.events import USER_CREATED, event
from support.hub import Hub, wait_until
from support.receiver import Answer

MARKER = "marker-of-ada-lovelace"
ADA, GRACE = 4_711_000, 4_712_000  # more than there are numbers in a run
TASK = "\\local_integrationhub\\task\\dispatch_event_task"


def ask_until_it_crashes(hub: Hub, path: str, body: dict) -> None:
    with suppress(OSError, http.client.HTTPException):
        hub.admin.post(path, body)
    assert hub.process.wait(30) == -signal.SIGKILL, hub.log[-3000:]


def of(user: int, **fields) -> dict:
    return event(userid=user, other={"name": MARKER if user == ADA else "grace"}, **fields)


def in_files(hub: Hub, text: str) -> list[str]:
    return [path.name for path in Path(hub.data).rglob("*")
            if path.is_file() and text.encode() in path.read_bytes()]


@pytest.mark.parametrize("point", [*ERASURE_POINTS, "in_erasure:2", "in_erasure:3"])
def test_an_erasure_comes_to_its_end(start_hub, receiver, point):
    hub = start_hub()
    hub.add_service("crm", receiver.url, max_retries=0)
    hub.add_rule("crm", payload_template='{"who": {{userid}}, "name": {{other.name}}}')
    hub.send([of(ADA), of(GRACE)] + [of(user) | {"sample": True} for user in (ADA, GRACE)])
    hub.wait_until_done()
    receiver.answer = Answer(400, body=b"no")
    hub.send([of(ADA), of(GRACE)])
    hub.wait_for_dead_letters(2)
    before = hub.summary()
    hub.stop()
    assert in_files(hub, MARKER)
    hub.env = {"MIH_CRASH_AT": point}
    hub.start()
    ask_until_it_crashes(hub, "/privacy/erase", {"userid": ADA})
    hub.env = {}
    hub.start()
    job = hub.admin.post("/privacy/erase", {"userid": ADA}).expect(202).json["job_id"]
    hub.wait_for_job(job)
    for other in range(1, int(job[1:])):
        assert hub.wait_for_job(f"e{other}")["state"] == "done"
    wait_until(lambda: in_files(hub, MARKER) == [], "nothing of it is in the files")
    page = hub.admin.post("/privacy/export", {"userid": ADA}).expect(200).json
    assert page["events"] == page["samples"] == page["dead_letters"] == page["log"] == []
    page = hub.admin.post("/privacy/export", {"userid": GRACE}).expect(200).json
    assert (len(page["events"]), len(page["samples"])) == (2, 1)
    assert hub.summary()["deliveries"] == before["deliveries"]


def original_tables(url: str) -> dict:
    def queued(number: int) -> dict:
        data = {"ruleid": 5, "attempts": 1, "eventdata": {
            "eventname": USER_CREATED, "objectid": number, "userid": 2, "timecreated": 1700000000}}
        return {"id": number, "classname": TASK, "customdata": json.dumps(data)}

    return {"local_integrationhub_svc": [
                {"id": number, "name": f"crm-{number}", "type": "rest", "base_url": url,
                 "auth_type": "bearer", "auth_token": "t", "timeout": 5, "max_retries": 0,
                 "enabled": 1} for number in (3, 4)],
            "local_integrationhub_rules": [
                {"id": number, "eventname": USER_CREATED, "serviceid": number - 2,
                 "endpoint": "/people", "http_method": "PUT",
                 "payload_template": '{"id": {{objectid}}}', "enabled": 1} for number in (5, 6)],
            "local_integrationhub_dlq": [
                {"id": number, "eventname": USER_CREATED, "serviceid": 3, "payload": '{"id": 1}',
                 "error_message": "HTTP 500", "timecreated": 1700000000} for number in (8, 9)],
            "task_adhoc": [queued(number) for number in range(12, 15)]}


@pytest.mark.parametrize("point", IMPORT_POINTS + EVENT_POINTS)
def test_a_repeated_import_has_everything_once(start_hub, receiver, scratch, point):
    file = scratch / "original.json"
    file.write_text(json.dumps(original_tables(receiver.url)))
    hub = start_hub(env={"MIH_CRASH_AT": point})
    made = hub.cli("import", file)
    assert made.returncode != 0 and made.stderr
    assert hub.process.wait(30) == -signal.SIGKILL, hub.log[-3000:]
    hub.env = {}
    hub.start()
    if point == "in_import":
        assert hub.admin.all("/services") == [], "all of it or nothing"
    for _ in range(2):
        again = hub.cli("import", file)
        assert again.returncode == 0, again.stderr
    hub.wait_until_done()
    assert sorted(item["name"] for item in hub.admin.all("/services")) == ["crm-3", "crm-4"]
    assert [item["service"] for item in hub.admin.all("/rules")].count("crm-3") == 1
    assert len(hub.admin.all("/rules")) == 2
    assert len(hub.admin.all("/dead-letters")) == 2
    delivered = {request.webhook_id: json.loads(request.body) for request in receiver.requests}
    assert sorted(body["id"] for body in delivered.values()) == [12, 13, 14]
    assert hub.summary()["deliveries"] == {"created": 5, "delivered": 3, "dead": 2, "open": 0}
