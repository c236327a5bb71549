"""What the hub has of a person: exported, and erased from the files too."""

from pathlib import Path

import pytest

from support.api import Api
from support.events import as_ndjson, event
from support.hub import wait_until
from support.receiver import Answer, Gate

MARKER = "marker-of-ada-lovelace"
ADA = 4_711_000  # more than there are numbers in a run, which events have as objectid
GRACE = 4_712_000


def of(user: int, **fields) -> dict:
    return event(userid=user, other={"name": MARKER if user == ADA else "somebody else"}, **fields)


def site_api(hub, site: str) -> Api:
    """A client with the token of a connected Moodle, which does not listen."""
    code = hub.admin.post("/sites", {"name": site}).expect(201).json["code"]
    connected = hub.stranger.post("/connector/connect", {
        "code": code, "wwwroot": f"http://127.0.0.1:9/{site}"}).expect(200).json
    return Api(hub.address, connected["token"])


def send(api: Api, items: list[dict]) -> None:
    api.post("/events", as_ndjson(items), content_type="application/x-ndjson").expect(202)


def in_files(hub, text: str) -> list[str]:
    return [path.name for path in Path(hub.data).rglob("*")
            if path.is_file() and text.encode() in path.read_bytes()]


def export(api: Api, user: int, **fields) -> dict:
    """All pages as one."""
    found: dict = {"events": [], "calls": [], "samples": [], "dead_letters": [], "log": [],
                   "inbound": []}
    cursor: dict = {}
    while True:
        page = api.post("/privacy/export", {"userid": user, **fields, **cursor}).expect(200).json
        for part in found:
            found[part] += page[part]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def job_of(hub, answer) -> str:
    job = answer.expect(202).json["job_id"]
    assert answer.headers["location"] == f"/api/v1/jobs/{job}"
    return job


def add_service(hub, receiver, **fields) -> None:
    hub.add_service("crm", receiver.url, max_retries=0, **fields)
    hub.add_rule("crm", payload_template='{"who": {{userid}}, "name": {{other.name}}}')


def test_exports_what_there_is_of_a_person_and_of_nobody_else(hub, receiver):
    add_service(hub, receiver)
    main = site_api(hub, "main")
    mine = [of(ADA), event(relateduserid=ADA), event(userid=3, objectid=ADA)]
    send(main, [*mine, of(GRACE), event(userid=3, objecttable="course", objectid=ADA,
                                       eventname="\\core\\event\\course_viewed")])
    send(site_api(hub, "other"), [of(ADA)])
    hub.wait_until_done()
    receiver.answer = Answer(400, body=b"no")
    refused = of(ADA)
    send(main, [refused])
    hub.wait_for_dead_letters(1)
    found = export(main, ADA)
    assert {one["id"] for one in found["events"]} == {one["id"] for one in [*mine, refused]}
    assert all(one["deliveries"] and one["event"] for one in found["events"])
    assert [one["payload"] for one in found["dead_letters"]] \
        == [f'{{"who": {ADA}, "name": "{MARKER}"}}']
    assert len(found["log"]) == len(mine) + 2  # the refused one is on two pages
    assert not any(export(main, 999).values())


def test_pages_of_many_events(hub):
    main = site_api(hub, "main")
    send(main, [of(ADA if number % 7 == 0 else GRACE) for number in range(1200)])
    assert len(export(main, ADA)["events"]) == 172


def test_erases_from_lists_and_files_and_leaves_the_totals(hub, receiver):
    add_service(hub, receiver)
    main = site_api(hub, "main")
    send(main, [of(ADA), of(GRACE)])
    hub.wait_until_done()
    receiver.answer = Answer(400, body=MARKER.encode())
    send(main, [of(ADA), of(GRACE)])
    hub.wait_for_dead_letters(2)
    before = hub.summary()
    assert in_files(hub, MARKER)

    job = job_of(hub, main.post("/privacy/erase", {"userid": ADA}))
    done = hub.wait_for_job(job)
    assert done["state"] == "done" and done["kind"] == "erase" and done["succeeded"] == 3
    assert export(main, ADA)["events"] == []
    kept = export(main, GRACE)
    assert len(kept["events"]) == 2 and len(kept["dead_letters"]) == 1
    # The answer to the other's delivery is not about her, whatever is in it.
    letter = kept["dead_letters"][0]
    hub.admin.post("/dead-letters/delete", {"ids": [letter["id"]]}).expect(202)
    hub.wait_for_job(job_of(hub, main.post("/privacy/erase", {"userid": ADA})))
    assert in_files(hub, MARKER) == []
    after = hub.summary()
    assert after["deliveries"] == before["deliveries"]
    assert after["events_accepted"] == before["events_accepted"]


def test_what_is_still_open_goes_when_it_has_ended(hub, receiver):
    """The message that somebody is gone must still reach those who have to forget them too."""
    add_service(hub, receiver)
    gate = Gate()
    receiver.answer = Answer(200, gate=gate)
    main = site_api(hub, "main")
    send(main, [of(ADA)])
    receiver.wait_for(1)
    job = job_of(hub, main.post("/privacy/erase", {"userid": ADA}))
    wait_until(lambda: hub.admin.get(f"/jobs/{job}").expect(200).json["total"] == 1, "it waits")
    assert hub.admin.get(f"/jobs/{job}").json["state"] == "running"
    gate.open()
    hub.wait_until_done()
    assert hub.wait_for_job(job)["succeeded"] == 1
    assert in_files(hub, MARKER) == []


def test_goes_on_after_a_crash(start_hub, receiver):
    hub = start_hub()
    add_service(hub, receiver, enabled=False)
    main = site_api(hub, "main")
    send(main, [of(ADA)])
    job = job_of(hub, main.post("/privacy/erase", {"userid": ADA}))
    hub.kill()
    hub = start_hub()
    assert hub.admin.get(f"/jobs/{job}").expect(200).json["state"] == "running"
    hub.admin.patch("/services/crm", {"enabled": True}).expect(200)
    hub.wait_until_done()
    assert hub.wait_for_job(job)["succeeded"] == 1
    assert in_files(hub, MARKER) == []
    assert len(receiver.requests) >= 1


FIELDS = "/event-names/%5Ccore%5Cevent%5Cuser_created/fields"


def test_reaches_the_samples_and_what_was_learned(start_hub):
    hub = start_hub()
    main = site_api(hub, "main")
    send(main, [of(GRACE) | {"sample": True}, of(ADA) | {"sample": True}])
    send(main, [of(GRACE)])
    send(main, [of(ADA, ip="192.0.2.77")])
    assert MARKER in hub.admin.get(FIELDS).body.decode()
    wait_until(lambda: len(export(main, ADA)["samples"]) == 1, "the sample is in the store")
    assert export(main, ADA)["samples"][0]["event"]["userid"] == ADA
    hub.wait_for_job(job_of(hub, main.post("/privacy/erase", {"userid": ADA})))
    for _ in range(2):
        assert in_files(hub, MARKER) == []
        assert MARKER not in hub.admin.get(FIELDS).body.decode()
        assert export(hub.admin, ADA, site="main")["samples"] == []
        assert len(export(hub.admin, GRACE, site="main")["samples"]) == 1
        shown = hub.admin.all("/event-names", text="user_created")[0]
        assert (shown["seen"], shown["samples"]) == (2, 1)
        hub.stop()
        hub.start()


def test_what_is_known_from_others_stays(hub):
    main = site_api(hub, "main")
    send(main, [of(ADA) | {"nickname": "ada"}])
    send(main, [of(GRACE)])
    hub.wait_for_job(job_of(hub, main.post("/privacy/erase", {"userid": ADA})))
    found = hub.admin.get(FIELDS).expect(200).json
    fields = {field["path"]: field["example"] for field in found["items"]}
    assert found["source"] == "recorded"
    assert (fields["userid"], fields["other.name"]) == (GRACE, "somebody else")
    assert "nickname" not in fields
    send(main, [of(GRACE) | {"nickname": "grace"}])
    fields = {field["path"]: field["example"]
              for field in hub.admin.get(FIELDS).expect(200).json["items"]}
    assert fields["nickname"] == "grace", "it is learned again at once"


def test_several_at_once_are_all_done(hub):
    main = site_api(hub, "main")
    send(main, [of(user) for user in range(ADA, ADA + 20)])
    jobs = [job_of(hub, main.post("/privacy/erase", {"userid": user}))
            for user in range(ADA, ADA + 20)]
    assert [hub.wait_for_job(job)["succeeded"] for job in jobs] == [1] * 20
    assert in_files(hub, MARKER) == [] and in_files(hub, "somebody else") == []


@pytest.mark.parametrize("body,field", [
    ({}, "userid"), ({"userid": 0}, "userid"), ({"userid": "x"}, "userid"),
    ({"userid": 5, "site": "other"}, "site"), ({"userid": 5, "who": 1}, "who")])
@pytest.mark.parametrize("what", ["export", "erase"])
def test_a_bad_request_says_what(hub, what, body, field):
    problem = site_api(hub, "main").post(f"/privacy/{what}", body).expect_problem(
        422, "validation_failed")
    assert field in [fault["field"] for fault in problem["errors"]]


def test_only_of_the_site_of_the_token(hub):
    main, other = site_api(hub, "main"), site_api(hub, "other")
    send(other, [of(ADA)])
    assert export(main, ADA)["events"] == []
    hub.wait_for_job(job_of(hub, main.post("/privacy/erase", {"userid": ADA})))
    assert len(export(other, ADA)["events"]) == 1
    assert len(export(hub.admin, ADA, site="other")["events"]) == 1
    hub.api("view").post("/privacy/erase", {"userid": ADA}).expect_problem(403, "forbidden")


def test_the_audit_trail_says_that_but_not_of_whom(hub):
    main = site_api(hub, "main")
    job = job_of(hub, main.post("/privacy/erase", {"userid": ADA}))
    hub.wait_for_job(job)
    entry = hub.admin.all("/audit")[0]
    assert entry["action"] == "POST /privacy/erase" and job in str(entry["what"])
    assert str(ADA) not in str(entry)


def test_calls_of_plugins_are_exported_too(hub, receiver):
    hub.add_service("crm", receiver.url)
    main = site_api(hub, "main")
    for user in (ADA, GRACE):
        main.post("/services/crm/enqueue", {
            "endpoint": "/x", "payload": {"userid": user}, "id": f"call-{user}"}).expect(202)
    hub.wait_until_done()
    call, = export(main, ADA)["calls"]
    assert (call["id"], call["service"]) == (f"call-{ADA}", "crm")
    assert call["call"]["payload"] == {"userid": ADA}
    assert [one["state"] for one in call["deliveries"]] == ["delivered"]
