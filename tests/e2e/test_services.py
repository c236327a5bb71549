"""Services through the API: fields, defaults, bounds, secrets, changes."""

import pytest

from support.api import segment
from support.events import events
from support.receiver import Answer

DEFAULTS = {
    "type": "rest", "auth_type": "none", "auth_token": "", "timeout": 5, "max_retries": 3,
    "retry_backoff": 1, "cb_failure_threshold": 5, "cb_cooldown": 30, "response_queue": "",
    "enabled": True, "retry_jitter": 0, "max_age": 259200, "max_concurrency": 8, "rate_limit": 0,
    "max_backlog": 5000000, "cb_mode": "consecutive", "cb_rate": 0.5, "cb_window": 60,
    "cb_min_calls": 20, "cb_slow_ms": 0, "retry_on": [], "reject_on": [],
    "follow_redirects": False, "apikey_header": "X-API-Key", "inbound_enabled": False,
    "cloudevents": "off", "wsse_mode": "text",
}
SMALL = {"name": "crm", "type": "rest", "base_url": "http://127.0.0.1:9/v1"}
MASK = "********"


def test_a_new_service_has_the_documented_defaults(hub):
    made = hub.admin.post("/services", SMALL).expect(201)
    assert made.headers["location"].endswith("/api/v1/services/crm")
    shown = hub.service("crm")
    assert made.json["id"] == shown["id"]
    assert {name: shown[name] for name in DEFAULTS} == DEFAULTS
    assert shown["circuit"] == {"state": "closed", "failure_count": 0, "retry_in_s": None}
    assert shown["backlog"] == 0 and shown["errors_24h"] == 0
    assert shown["timecreated"] > 1_700_000_000


def test_put_resets_what_is_omitted_and_patch_does_not(hub):
    hub.admin.post("/services", {**SMALL, "timeout": 9.5, "max_retries": 7,
                                 "auth_type": "bearer", "auth_token": "s3cret"}).expect(201)
    patched = hub.admin.patch("/services/crm", {"max_retries": 2}).expect(200).json
    assert (patched["timeout"], patched["max_retries"]) == (9.5, 2)
    put = hub.admin.put("/services/crm", SMALL).expect(200).json
    assert (put["timeout"], put["max_retries"], put["auth_type"]) == (5, 3, "none")
    assert put["auth_token"] == MASK  # secrets stay


def test_secrets_never_come_back_and_the_mask_changes_nothing(hub, receiver):
    made = hub.admin.post("/services", {**SMALL, "base_url": receiver.url, "auth_type": "bearer",
                                        "auth_token": "s3cret"}).expect(201)
    assert made.json["auth_token"] == MASK
    whole = hub.service("crm")
    assert whole["auth_token"] == MASK
    hub.admin.patch("/services/crm", {"auth_token": MASK, "timeout": 6}).expect(200)
    hub.add_rule("crm")
    hub.send(events(1))
    assert receiver.wait_for(1)[0].headers["authorization"] == "Bearer s3cret"
    for page in ("/services", "/services/crm"):
        assert b"s3cret" not in hub.admin.get(page).body


@pytest.mark.parametrize("fields, wrong", [
    ({"name": None}, "name"), ({"name": ""}, "name"), ({"name": "-x"}, "name"),
    ({"name": "a b"}, "name"), ({"name": "x" * 256}, "name"), ({"type": "ftp"}, "type"),
    ({"base_url": ""}, "base_url"), ({"base_url": "no url"}, "base_url"),
    ({"base_url": "ftp://x.example"}, "base_url"), ({"base_url": 5}, "base_url"),
    ({"base_url": "http://"}, "base_url"), ({"base_url": "https:///v1"}, "base_url"),
    ({"base_url": "http://x.example/a b"}, "base_url"), ({"base_url": "http://u@:80"}, "base_url"),
    ({"base_url": "http://x.example:65536/"}, "base_url"),
    ({"base_url": "http://[::1/"}, "base_url"), ({"base_url": "http://x.example:/"}, "base_url"),
    ({"retry_on": ["abc"]}, "retry_on"), ({"retry_on": ["600"]}, "retry_on"),
    ({"reject_on": ["5xx", ""]}, "reject_on"), ({"reject_on": "4xx"}, "reject_on"),
    ({"timeout": 0}, "timeout"), ({"timeout": 301}, "timeout"), ({"timeout": "5"}, "timeout"),
    ({"max_retries": -1}, "max_retries"), ({"max_retries": 101}, "max_retries"),
    ({"max_retries": 1.5}, "max_retries"), ({"retry_backoff": 3601}, "retry_backoff"),
    ({"cb_failure_threshold": 1001}, "cb_failure_threshold"),
    ({"cb_cooldown": 0}, "cb_cooldown"), ({"cb_cooldown": 86401}, "cb_cooldown"),
    ({"enabled": "yes"}, "enabled"), ({"retry_jitter": 1.1}, "retry_jitter"),
    ({"max_concurrency": 0}, "max_concurrency"), ({"max_concurrency": 1025}, "max_concurrency"),
    ({"auth_type": "magic"}, "auth_type"), ({"colour": "red"}, "colour"),
    ({"base_url": "http://127.0.0.1:9/\r\nX: y"}, "base_url"),
    ({"base_url": "http://"}, "base_url"),
    ({"auth_token": "token\n"}, "auth_token"), ({"basic_user": "a:b"}, "basic_user"),
    ({"basic_user": "a\x1b[2J"}, "basic_user"), ({"wsse_user": "a\r"}, "wsse_user"),
    ({"oauth2_token_url": "file:///etc/passwd"}, "oauth2_token_url"),
    ({"oauth2_token_url": "https://u:p@login.example/"}, "oauth2_token_url"),
    ({"oauth2_client_id": "a\nb"}, "oauth2_client_id"), ({"oauth2_scope": "a\0b"}, "oauth2_scope"),
    ({"proxy": "file:///etc/passwd"}, "proxy"), ({"proxy": "127.0.0.1:3128"}, "proxy"),
    ({"proxy": "http://p/\r\nX: y"}, "proxy"), ({"apikey_header": "X Key"}, "apikey_header"),
    ({"apikey_header": "Host"}, "apikey_header"),
    ({"apikey_header": "Content-Length"}, "apikey_header"),
    ({"auth_type": "apikey", "apikey_header": ""}, "apikey_header"),
    ({"headers": {"Transfer-Encoding": "chunked"}}, "headers"),
    ({"headers": {"Host": "x"}}, "headers"),
    ({"headers": {"X-A": "a\x07"}}, "headers"), ({"headers": {"X-A": "a" * 70_000}}, "headers"),
])
def test_bad_fields_are_422_and_named(hub, fields, wrong):
    problem = hub.admin.post("/services", {**SMALL, **fields})
    problem = problem.expect_problem(422, "validation_failed")
    assert wrong in [entry["field"] for entry in problem["errors"]]
    assert all(entry["message"] for entry in problem["errors"])
    assert hub.admin.all("/services") == []


def test_all_faults_are_named_at_once(hub):
    problem = hub.admin.post("/services", {**SMALL, "timeout": 0, "colour": 1, "type": "x"})
    fields = {entry["field"] for entry in problem.expect_problem(422)["errors"]}
    assert fields >= {"timeout", "colour", "type"}


@pytest.mark.parametrize("body", ["", "[]", "5", "null", "{", "nonsense"])
def test_a_body_that_is_no_object(hub, body):
    assert hub.admin.post("/services", body).status in (400, 422)
    hub.admin.post("/services", "{").expect_problem(400, "invalid_json")


@pytest.mark.parametrize("url", [
    "http://x.example", "https://x.example:8443/v1?key=1", "http://[2001:db8::1]:80/", "http://a_b/",
    "http://user:p%40ss@x.example/", "https://b\u00fccher.example/"])
def test_allowed_addresses(hub, url):
    hub.admin.post("/services", {**SMALL, "base_url": url}).expect(201)


def test_allowed_outcomes(hub):
    wanted = {"retry_on": ["5xx", "409", "timeout"], "reject_on": ["4XX", "dns", "reset", "tls"]}
    made = hub.admin.post("/services", {**SMALL, **wanted}).expect(201).json
    assert {field: made[field] for field in wanted} == wanted


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "x" * 255])
def test_allowed_names(hub, name):
    hub.admin.post("/services", {**SMALL, "name": name}).expect(201)
    assert hub.service(name)["name"] == name


def test_null_auth_type_reads_as_none(hub):
    for value in (None, ""):
        shown = hub.admin.put("/services/crm", {**SMALL, "auth_type": value}) \
            if hub.admin.get("/services/crm").status == 200 \
            else hub.admin.post("/services", {**SMALL, "auth_type": value})
        assert shown.json["auth_type"] == "none"


def test_names_are_unique_and_case_sensitive(hub):
    hub.admin.post("/services", SMALL).expect(201)
    hub.admin.post("/services", SMALL).expect_problem(409, "name_taken")
    hub.admin.post("/services", {**SMALL, "name": "CRM"}).expect(201)
    hub.admin.patch("/services/CRM", {"name": "crm"}).expect_problem(409, "name_taken")


def test_renaming_takes_the_rules_along(hub, receiver):
    hub.add_service("old", receiver.url)
    rule = hub.add_rule("old")
    hub.admin.patch("/services/old", {"name": "new"}).expect(200)
    hub.admin.get("/services/old").expect_problem(404, "service_not_found")
    assert hub.admin.get(f"/rules/{rule['id']}").expect(200).json["service"] == "new"
    hub.send(events(1))
    receiver.wait_for(1)


def test_unknown_services_are_404(hub):
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        hub.admin.request(method, "/services/none", {} if method[0] == "P" else None) \
            .expect_problem(404, "service_not_found")
    hub.admin.get("/services/" + segment("a/b")).expect_problem(404)


def test_deleting_a_service(hub, receiver):
    receiver.answer = Answer(503)
    hub.add_service("crm", receiver.url, max_retries=0, cb_cooldown=86400)
    rule = hub.add_rule("crm")
    hub.send(events(4))
    hub.wait_for_circuit("crm", "open")
    planned = {"rules_disabled": 1, "pending_dead": 4, "dead_letters_kept": 0}
    assert hub.admin.delete("/services/crm", dry_run="true").expect(200).json == planned
    assert hub.service("crm")["backlog"] == 4
    assert hub.admin.delete("/services/crm").expect(200).json == planned
    letters = hub.wait_for_dead_letters(4)
    assert {letter["reason"] for letter in letters} == {"service_deleted"}
    shown = hub.admin.get(f"/rules/{rule['id']}").expect(200).json
    assert (shown["enabled"], shown["service"]) == (False, "crm")
    assert hub.wait_until_done() == {"created": 4, "delivered": 0, "dead": 4, "open": 0}

    receiver.answer = Answer()
    hub.add_service("crm", receiver.url)
    hub.admin.patch(f"/rules/{rule['id']}", {"enabled": True}).expect(200)
    hub.send(events(1))
    assert hub.wait_until_done()["delivered"] == 1


def test_a_disabled_service_keeps_its_deliveries(hub, receiver):
    hub.add_service("crm", receiver.url, enabled=False)
    hub.add_rule("crm")
    hub.send(events(3))
    assert hub.summary()["deliveries"]["open"] == 3
    rows = hub.admin.all("/deliveries", service="crm")
    assert {(row["state"], row["parked_because"]) for row in rows} == {("parked", "disabled")}
    hub.admin.patch("/services/crm", {"enabled": True}).expect(200)
    assert hub.wait_until_done()["delivered"] == 3
    assert len(receiver.requests) == 3


def test_services_are_listed_page_by_page(hub):
    names = [f"s{number:02d}" for number in range(23)]
    for name in names:
        hub.admin.post("/services", {**SMALL, "name": name}).expect(201)
    assert sorted(item["name"] for item in hub.admin.all("/services", limit=5)) == names
    for bad in ({"limit": 0}, {"limit": 501}, {"limit": "x"}, {"cursor": "nonsense"}):
        hub.admin.get("/services", **bad).expect_problem(422)


def test_services_survive_a_restart(hub):
    hub.admin.post("/services", {**SMALL, "timeout": 1.5, "auth_token": "s"}).expect(201)
    before = hub.service("crm")
    hub.stop()
    hub.start()
    assert hub.service("crm") == before


def test_the_test_call(hub, receiver):
    receiver.answer = Answer(202, body=b"hello")
    hub.add_service("crm", receiver.url, auth_type="bearer", auth_token="s3cret")
    answer = hub.admin.post("/services/crm/test", {}).expect(200)
    assert b"hello" in answer.body and b"s3cret" not in answer.body
    assert answer.json["request"]["headers"]["Authorization"] == "Bearer ********"
    assert receiver.wait_for(1)[0].headers["authorization"] == "Bearer s3cret"


def test_test_calls_are_in_the_log(hub, receiver):
    hub.add_service("crm", receiver.url)
    for status in (200, 404):
        receiver.answer = Answer(status)
        hub.admin.post("/services/crm/test", {"endpoint": "/ping"}).expect(200)
    failed, passed = hub.admin.get("/log").expect(200).json["items"]
    assert (passed["kind"], passed["success"], passed["http_status"]) == ("test", True, 200)
    assert (failed["kind"], failed["success"], failed["http_status"]) == ("test", False, 404)
    assert passed["endpoint"] == "/ping" and passed["http_method"] == "GET"


def test_a_dry_run_counts_what_deleting_does(hub, receiver):
    receiver.answer = Answer(422)
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", enabled=False)
    hub.add_rule("crm")
    hub.send(events(2))
    hub.wait_for_dead_letters(2)
    planned = hub.admin.delete("/services/crm", dry_run="true").expect(200).json
    assert planned == {"rules_disabled": 1, "pending_dead": 0, "dead_letters_kept": 2}
    assert hub.admin.delete("/services/crm").expect(200).json == planned


def test_a_new_name_changes_nothing_for_what_is_queued(hub, receiver):
    hub.add_service("old", receiver.url, enabled=False)
    hub.add_rule("old")
    hub.send(events(2))
    call = hub.api("ingest").post("/services/old/enqueue", {"id": "c1"}).expect(202).json
    hub.admin.patch("/services/old", {"name": "new"}).expect(200)
    waiting = {row["id"]: row["service"] for row in hub.admin.all("/deliveries")}
    assert set(waiting.values()) == {"new"} and call["delivery_id"] in waiting
    hub.kill()
    hub.start()
    hub.admin.patch("/services/new", {"enabled": True}).expect(200)
    assert hub.wait_until_done()["delivered"] == 3
    assert {request.webhook_id for request in receiver.requests} == set(waiting)
