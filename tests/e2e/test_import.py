"""Taking over what the original plugin had: POST /connector/import and mih import."""

import json

import pytest

from support.api import Api, segment
from support.hub import wait_until
from support.receiver import Answer
from support.sign_on import Signer

USER_CREATED = "\\core\\event\\user_created"
OLD_NAME = "CRM Süd/2"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
TASK = "\\local_integrationhub\\task\\dispatch_event_task"


def service(number: int, name: str, base_url: str, **columns) -> dict:
    """A row of the second generation, as a JSON export of a database has it: numbers as text."""
    return {"id": str(number), "name": name, "type": "rest", "base_url": base_url,
            "auth_type": "bearer", "auth_token": "", "timeout": "5", "max_retries": "0",
            "retry_backoff": "1", "cb_failure_threshold": "5", "cb_cooldown": "30",
            "response_queue": None, "enabled": "1", "timecreated": "1700000000",
            "timemodified": "1700000000", **columns}


def rule(number: int, serviceid: int, **columns) -> dict:
    return {"id": str(number), "eventname": USER_CREATED, "serviceid": str(serviceid),
            "endpoint": "/people", "http_method": "PUT",
            "payload_template": '{"id": {{objectid}}, "who": {{relateduserid}}}', "enabled": "1",
            "timecreated": "1700000000", "timemodified": "1700000000", **columns}


def letter(number: int, serviceid: int, **columns) -> dict:
    return {"id": str(number), "eventname": USER_CREATED, "serviceid": str(serviceid),
            "payload": '{"id": 7, "price": 129.95}', "error_message": "HTTP 500",
            "timecreated": "1700000000", **columns}


def task(number: int, ruleid: int, objectid: int = 7) -> dict:
    data = {"ruleid": str(ruleid), "attempts": 2, "eventcontextid": 1,
            "eventdata": {"eventname": USER_CREATED, "objectid": str(objectid), "userid": "2",
                          "relateduserid": None, "other": [], "timecreated": 1700000000}}
    return {"id": str(number), "classname": TASK, "customdata": json.dumps(data),
            "faildelay": "60", "nextruntime": "1700000060"}


def tables(url: str) -> dict:
    return {"local_integrationhub_svc": [service(3, "crm", url), service(4, OLD_NAME, url + "/s")],
            "local_integrationhub_rules": [rule(5, 3), rule(6, 4)],
            "local_integrationhub_cb": [{"id": 1, "serviceid": 3, "state": "open"}],
            "local_integrationhub_log": [{"id": 1, "serviceid": 3}],
            "local_integrationhub_dlq": [letter(8, 3)],
            "task_adhoc": [task(12, 5)]}


def take(hub, document: dict, **query) -> dict:
    return hub.admin.post("/connector/import", document, **query).expect(200).json


def counts(report: dict) -> list[tuple]:
    return [(report[kind]["created"], report[kind]["unchanged"], len(report[kind]["refused"]))
            for kind in ("services", "rules", "dead_letters", "deliveries")]


def test_everything_comes_over_and_goes_on(hub, receiver):
    report = take(hub, tables(receiver.url))
    assert counts(report) == [(2, 0, 0), (2, 0, 0), (1, 0, 0), (1, 0, 0)]
    assert report["services"]["renamed"] == [{"from": OLD_NAME, "to": "CRM-Sud-2"}]
    crm = hub.service("crm")
    assert (crm["timeout"], crm["max_retries"], crm["auth_type"]) == (5, 0, "none")
    made = {item["service"]: item for item in hub.admin.all("/rules")}
    assert made["crm"] == {**made["crm"], "eventname": USER_CREATED, "endpoint": "/people",
                           "http_method": "PUT", "enabled": True}
    # The queued event is delivered by its own rule, and by no other.
    hub.wait_until_done()
    seen, = receiver.requests
    assert (seen.method, seen.path) == ("PUT", "/people")
    assert json.loads(seen.body) == {"id": 7, "who": None}
    shown = hub.admin.get(f"/deliveries/{seen.webhook_id}").expect(200).json
    assert (shown["rule_id"], shown["event_id"]) == (made["crm"]["id"], "original-task-12")


def test_the_same_import_changes_nothing(hub, receiver):
    take(hub, tables(receiver.url))
    hub.wait_until_done()
    hub.admin.patch("/services/crm", {"timeout": 9}).expect(200)
    before = (hub.admin.all("/services"), hub.admin.all("/rules"), hub.summary()["deliveries"])
    again = take(hub, tables(receiver.url))
    assert counts(again) == [(0, 2, 0), (0, 2, 0), (0, 1, 0), (0, 1, 0)]
    assert again["services"]["renamed"] == [{"from": OLD_NAME, "to": "CRM-Sud-2"}]
    assert again["notices"] == []
    assert (hub.admin.all("/services"), hub.admin.all("/rules"),
            hub.summary()["deliveries"]) == before
    hub.stop()
    hub.start()
    assert counts(take(hub, tables(receiver.url)))[3] == (0, 1, 0)
    assert len(receiver.requests) == 1


def test_the_first_generation_lacks_some_columns(hub, receiver):
    old_service = {key: value for key, value in service(3, "crm", receiver.url).items()
                   if key not in ("type", "response_queue")}
    old_rule = {key: value for key, value in rule(5, 3).items() if key != "http_method"}
    document = {"local_integrationhub_svc": [{**old_service, "id": 3, "timeout": 7}],
                "local_integrationhub_rules": [{**old_rule, "payload_template": None}],
                "task_adhoc": [{**task(1, 5), "customdata": json.loads(task(1, 5)["customdata"])}]}
    assert counts(take(hub, document))[:2] == [(1, 0, 0), (1, 0, 0)]
    assert hub.service("crm")["timeout"] == 7
    hub.wait_until_done()
    seen, = receiver.requests
    assert seen.method == "POST" and json.loads(seen.body)["eventname"] == USER_CREATED


def test_calls_by_the_old_name_still_work(hub, receiver):
    take(hub, tables(receiver.url))
    plugin = hub.api("ingest")
    path = f"/services/{segment(OLD_NAME)}"

    def call():
        return plugin.post(path + "/request", {"endpoint": "/now"})
    assert call().expect(200).json["success"] is True
    plugin.post(path + "/enqueue", {"endpoint": "/later", "id": "c1"}).expect(202)
    hub.wait_until_done()
    assert {"/s/now", "/s/later"} <= {seen.path for seen in receiver.requests}
    hub.admin.get(path).expect_problem(404, "service_not_found")
    hub.admin.patch("/services/CRM-Sud-2", {"name": "south"}).expect(200)
    call().expect(200)
    assert hub.service("south")["aliases"] == [OLD_NAME]
    hub.stop()
    hub.start()
    Api(hub.address, hub.create_token("ingest")["token"]).post(path + "/request", {}).expect(200)
    hub.admin.delete("/services/south").expect(200)
    hub.api("ingest").post(path + "/request", {}).expect_problem(404, "service_not_found")


def test_an_alias_never_hides_a_service(hub, receiver):
    hub.add_service("CRM-Sud-2", receiver.url + "/other")
    report = take(hub, tables(receiver.url))
    assert report["services"]["renamed"] == [{"from": OLD_NAME, "to": "CRM-Sud-2-2"}]
    hub.api("ingest").post("/services/CRM-Sud-2/request", {"endpoint": "/x"}).expect(200)
    assert receiver.requests[-1].path == "/other/x"


def test_a_service_that_is_there_stays_as_it_is(hub, receiver):
    hub.add_service("crm", receiver.url, timeout=2)
    document = tables(receiver.url)
    report = take(hub, document)
    assert counts(report)[0] == (1, 1, 0) and hub.service("crm")["timeout"] == 2
    assert any("crm" in notice for notice in report["notices"])
    # Another system under this name must not get this one's data.
    document["local_integrationhub_svc"] = [service(3, "crm", "https://crm.other.example")]
    report = hub.admin.post("/connector/import", document, site="other").expect(200).json
    assert report["services"]["refused"][0]["name"] == "crm"
    assert len(report["rules"]["refused"]) == 2 and report["rules"]["created"] == 0


def test_a_template_that_cannot_be_used_is_kept_and_shown(hub, receiver):
    bad = '{"name": "{{objectid}}", "who": {{nonsense'
    document = tables(receiver.url)
    document["local_integrationhub_rules"] = [rule(5, 3, payload_template=bad)]
    report = take(hub, document)
    disabled, = report["rules"]["disabled"]
    assert "payload_template" in disabled["error"] and report["rules"]["created"] == 1
    assert counts(report)[3] == (0, 0, 1), "its queued event is not sent half"
    assert take(hub, document)["rules"]["disabled"] == [disabled], "as long as it is so"
    shown = hub.admin.get(f"/rules/{disabled['id']}").expect(200).json
    assert shown["enabled"] is False and shown["payload_template"] == bad
    hub.admin.patch(f"/rules/{disabled['id']}", {"enabled": True}) \
       .expect_problem(422, "template_invalid")
    hub.admin.patch(f"/rules/{disabled['id']}", {
        "enabled": True, "payload_template": '{"id": {{objectid}}}'}).expect(200)
    assert counts(take(hub, document))[3] == (1, 0, 0), "nothing was lost"
    hub.wait_until_done()
    assert json.loads(receiver.requests[0].body) == {"id": 7}


def test_dead_letters_can_be_replayed(hub, receiver):
    document = tables(receiver.url)
    document["task_adhoc"] = []
    document["local_integrationhub_dlq"] = [letter(8, 3), letter(9, 4), letter(10, 99)]
    report = take(hub, document)
    assert counts(report)[2] == (2, 0, 1)
    assert hub.summary()["dead_letters"] == 2
    items = {item["service"]: item for item in hub.admin.all("/dead-letters")}
    assert items["crm"] == {**items["crm"], "eventname": USER_CREATED, "reason": "exhausted",
                            "error_message": "HTTP 500", "timecreated": 1700000000}
    detail = hub.admin.get(f"/dead-letters/{items['crm']['id']}").expect(200).json
    assert detail["payload"] == '{"id": 7, "price": 129.95}' and detail["method"] == "PUT"
    for mode in ("current", "as_sent"):
        letters = [items["crm" if mode == "current" else "CRM-Sud-2"]["id"]]
        job = hub.admin.post("/dead-letters/replay", {"ids": letters, "mode": mode}).expect(202)
        assert hub.wait_for_job(job.json["job_id"])["succeeded"] == 1
        hub.wait_until_done()
    assert [(seen.method, seen.path) for seen in receiver.requests] == [
        ("PUT", "/people"), ("PUT", "/s/people")]
    assert all(seen.body == b'{"id": 7, "price": 129.95}' for seen in receiver.requests)
    assert hub.summary()["dead_letters"] == 0
    assert counts(take(hub, document))[2] == (0, 2, 1)


def test_a_replay_that_fails_is_a_dead_letter_again(hub, receiver):
    take(hub, {**tables(receiver.url), "task_adhoc": []})
    receiver.answer = Answer(422)
    job = hub.admin.post("/dead-letters/replay", {"all": True}).expect(202).json
    hub.wait_for_job(job["job_id"])
    hub.wait_until_done()
    item, = hub.admin.all("/dead-letters")
    assert (item["http_status"], item["eventname"]) == (422, USER_CREATED)


def test_what_was_disabled_stays_so(hub, receiver):
    document = tables(receiver.url)
    document["local_integrationhub_rules"][0]["enabled"] = "0"
    document["local_integrationhub_svc"][1]["enabled"] = "0"
    document["task_adhoc"] = [task(12, 5), task(13, 6)]
    report = take(hub, document)
    assert counts(report)[3] == (0, 0, 2) and receiver.requests == []
    assert all("disabled" in row["error"] for row in report["deliveries"]["refused"])
    assert hub.service("CRM-Sud-2")["enabled"] is False


def test_values_are_clamped_and_tokens_open_nothing(hub, receiver):
    document = {"local_integrationhub_svc": [
        service(1, "crm", receiver.url, auth_token="s3cret", timeout=9000, max_retries="500")]}
    report = take(hub, document)
    crm = hub.service("crm")
    assert (crm["timeout"], crm["max_retries"], crm["auth_type"]) == (300, 100, "bearer")
    assert crm["inbound_enabled"] is False and crm["inbound_secret"] == ""
    text = " ".join(report["notices"])
    assert "timeout" in text and "max_retries" in text and "inbound" in text
    assert "s3cret" not in json.dumps(report)
    hub.stranger.post("/inbound/crm", {}, base="", headers={"Authorization": "Bearer s3cret"}) \
       .expect_problem(401)


def test_a_dry_run_changes_nothing(hub, receiver, tmp_path):
    report = take(hub, tables(receiver.url), dry_run="true")
    assert counts(report) == [(2, 0, 0), (2, 0, 0), (1, 0, 0), (1, 0, 0)]
    assert report["dry_run"] is True
    assert hub.admin.all("/services") == [] and hub.admin.all("/rules") == []
    assert hub.summary()["deliveries"]["created"] == 0
    audit = hub.admin.all("/audit")
    assert not [entry for entry in audit if "import" in entry["action"]]


def test_in_parts(hub, receiver):
    whole = tables(receiver.url)
    for table in ("local_integrationhub_svc", "local_integrationhub_rules",
                  "local_integrationhub_dlq", "task_adhoc"):
        report = take(hub, {table: whole[table]})
        assert sum(made for made, _, _ in counts(report)) == len(whole[table])
    hub.wait_until_done()
    assert len(receiver.requests) == 1
    assert hub.admin.get("/dead-letters/1").expect(200).json["method"] == "PUT"


def test_each_object_is_in_the_audit_trail(hub, receiver):
    take(hub, tables(receiver.url))
    actions = [entry["action"] for entry in hub.admin.all("/audit") if "import" in entry["action"]]
    for what in ("service crm", "service CRM-Sud-2", "rule ", "1 dead letters", "1 deliveries"):
        assert [action for action in actions if what in action], (what, actions)


def test_import_survives_a_kill_at_once(hub, receiver):
    receiver.down()
    take(hub, tables(receiver.url))
    hub.kill()
    receiver.up()
    hub.start()
    hub.wait_until_done()
    assert hub.summary()["dead_letters"] == 1 and len(receiver.requests) >= 1
    assert {seen.webhook_id for seen in receiver.requests} == {receiver.requests[0].webhook_id}


@pytest.mark.parametrize("body, status, code", [
    ("{", 400, "invalid_json"), ("[]", 422, "validation_failed"),
    ('{"services": []}', 422, "validation_failed"),
    ('{"local_integrationhub_svc": {}}', 422, "validation_failed"),
    (json.dumps({"task_adhoc": [{}] * 10_001}), 200, None),
    (json.dumps({"task_adhoc": [task(n, 1) for n in range(1, 10_002)]}), 413, "too_large"),
    ('{"local_integrationhub_svc": ["' + "x" * (17 << 20) + '"]}', 413, "too_large"),
], ids=["no-json", "array", "other-tables", "no-rows", "odd-rows", "too-many", "too-large"])
def test_bad_documents_say_what_is_wrong(hub, body, status, code):
    reply = hub.admin.post("/connector/import", body)
    if code is None:
        assert len(reply.expect(status).json["deliveries"]["refused"]) == 10_001
    else:
        assert reply.expect_problem(status, code)["detail"]


class Site(Api):
    """A connected Moodle."""

    def __init__(self, address, made: dict):
        super().__init__(address, made["token"])
        self.made, self.key = made, made["signon_key"]

    def move(self, hub) -> "Site":
        return Site(hub.address, self.made)


def connect(hub, name: str) -> Site:
    code = hub.admin.post("/sites", {"name": name}).expect(201).json["code"]
    return Site(hub.address, hub.stranger.post("/connector/connect", {
        "code": code, "wwwroot": f"https://{name}.example", "plugin_version": "1",
        "moodle_version": "4.5", "outbox_rows": 0}).expect(200).json)


def test_a_site_may_import_right_after_it_was_connected(hub, receiver):
    site = connect(hub, "main")
    assert counts(site.post("/connector/import", tables(receiver.url)).expect(200).json)[0][0] == 2
    site.post("/connector/import", {}, site="other").expect_problem(403, "forbidden")
    hub.api("ingest").post("/connector/import", {}).expect_problem(409, "conflict")
    hub.api("view").post("/connector/import", {}).expect_problem(403)
    hub.stranger.post("/connector/import", {}).expect_problem(401)
    # Whoever finds the token later can make nothing with it; a manager who is signed on can.
    hub.stop()
    hub.env = {"LD_PRELOAD": FAKETIME, "FAKETIME": "+2h"}
    hub.start()
    document = tables(receiver.url)
    site.move(hub).post("/connector/import", document).expect_problem(403, "forbidden")
    rules = {"local_integrationhub_rules": document["local_integrationhub_rules"]}
    site.move(hub).post("/connector/import", rules).expect_problem(403, "forbidden")
    # What is queued there is like an event: the token is enough.
    late = site.move(hub).post("/connector/import", {"task_adhoc": [task(77, 5)]})
    assert counts(late.expect(200).json)[3] == (1, 0, 0)
    hub.api("manage").post("/connector/import", {}).expect(200)


def test_a_manager_of_moodle_may_import_at_any_time(hub, receiver):
    site = connect(hub, "main")
    body = json.dumps(tables(receiver.url)).encode()
    path = "/api/v1/connector/import"
    for role, status in (("view", 403), ("manage", 200)):
        headers = Signer("main", site.key, role).for_request("POST", path, body)
        hub.stranger.post(path, body, base="", headers=headers).expect(status)
    assert any("Ada Lovelace" in entry["who"] for entry in hub.admin.all("/audit")
               if "service crm" in entry["action"])


def test_the_command_line(hub, receiver, tmp_path):
    file = tmp_path / "tables.json"
    file.write_text(json.dumps(tables(receiver.url)))
    tried = hub.cli("import", file, "--dry-run")
    assert tried.returncode == 0 and "Nothing was changed" in tried.stdout, tried.stderr
    assert hub.admin.all("/services") == []
    done = hub.cli("import", file)
    assert done.returncode == 0 and "CRM-Sud-2" in done.stdout, done.stderr
    again = hub.cli("import", file, "--json")
    assert counts(json.loads(again.stdout)) == [(0, 2, 0), (0, 2, 0), (0, 1, 0), (0, 1, 0)]
    file.write_text(json.dumps({"local_integrationhub_rules": [rule(50, 77)]}))
    refused = hub.cli("import", file)
    assert refused.returncode == 1 and "service 77" in refused.stdout
    file.write_text("{")
    assert hub.cli("import", file).returncode == 1
    assert hub.cli("import", tmp_path / "none.json").returncode == 2
    wait_until(lambda: len(receiver.requests) == 1, "the queued event arrived once")
