"""The audit trail: every change by whom, from where, what; secrets masked."""

import json

from support.events import event
from support.people import Person
from support.sign_on import Signer


def trail(hub) -> list[dict]:
    return hub.admin.all("/audit")


def test_every_kind_of_caller_is_named(hub):
    made = hub.admin.post("/sites", {"name": "main"}).expect(201).json
    site = hub.stranger.post("/connector/connect", {
        "code": made["code"], "wwwroot": "https://moodle.example", "plugin_version": "1",
        "moodle_version": "4.5", "outbox_rows": 0}).expect(200).json
    hub.admin.post("/users", {"name": "ada", "role": "manage", "password": "a long password"}) \
        .expect(201)
    hub.api("manage").post("/circuits/reset").expect(200)
    Person(hub.address, "ada", "a long password").post("/circuits/reset").expect(200)
    signer = Signer("main", site["signon_key"], "manage", "Grace Hopper")
    hub.stranger.post("/circuits/reset", headers=signer.for_request(
        "POST", "/api/v1/circuits/reset")).expect(200)
    hub.admin.post("/circuits/reset").expect(200)
    entries = [entry for entry in trail(hub) if entry["action"] == "POST /circuits/reset"]
    assert [entry["who"].split(" (")[0] for entry in entries] == \
        ["command line", "Grace Hopper", "ada", "token test manage"]
    assert "Moodle user 5 of main" in entries[1]["who"]
    assert entries[0]["address"].startswith("uid ")
    assert {entry["address"] for entry in entries[1:]} == {"127.0.0.1"}
    assert all(entry["timecreated"] > 1_700_000_000 for entry in entries)


def test_what_was_changed_is_there_and_secrets_are_not(hub):
    hub.add_service("crm", "https://user:planted-marker@crm.example", auth_type="bearer",
                    auth_token="planted-marker", headers={"X-Api-Key": "planted-marker"})
    hub.admin.patch("/services/crm", {"timeout": 7}).expect(200)
    hub.admin.put("/secrets/x", {"value": "planted-marker"}).expect(200)
    hub.admin.post("/users", {"name": "ada", "role": "view", "password": "planted-marker"}) \
        .expect(201)
    hub.admin.patch("/services/crm", {"timeout": -7}).expect(422)
    hub.send([event()])
    entries = trail(hub)
    assert [entry["action"] for entry in entries] == [
        "POST /users", "PUT /secrets/x", "PATCH /services/crm", "POST /services"]
    assert entries[2]["what"] == {"timeout": 7}
    assert entries[3]["what"]["auth_token"] == "********"
    assert entries[3]["what"]["base_url"] == "https://user:********@crm.example"
    assert "planted-marker" not in json.dumps(entries)


def test_the_trail_outlives_a_crash_and_is_shown_by_command_line(hub):
    hub.admin.patch("/settings", {"max_log_entries": 77}).expect(200)
    hub.kill()
    hub.start()
    assert trail(hub)[0]["what"] == {"max_log_entries": 77}
    done = hub.cli("log", "audit")
    assert done.returncode == 0 and "PATCH /settings" in done.stdout


def test_refused_logins_are_in_the_trail(hub):
    Person(hub.address, "admin", "planted-marker").reply.expect(401)
    entry = trail(hub)[0]
    assert entry["action"] == "POST /session refused" and entry["who"] == "admin"
    assert "planted-marker" not in json.dumps(entry)


def test_what_only_looks_is_no_change(hub):
    hub.add_service("crm", "http://127.0.0.1:9")
    before = len(trail(hub))
    dry = {"dry_run": "true"}
    hub.admin.patch("/services/crm", {"timeout": 7}, **dry) \
        .expect(200)
    hub.admin.delete("/services/crm", **dry).expect(200)
    for action in ("replay", "delete"):
        hub.admin.post(f"/dead-letters/{action}", {"all": True, "dry_run": True}).expect(200)
    assert len(trail(hub)) == before
    hub.admin.delete("/services/crm").expect(200)
    assert trail(hub)[0]["action"] == "DELETE /services/crm"
