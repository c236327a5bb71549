"""Sites: connecting, the subscription list, and calls to Moodle when the list changes."""

import hashlib
import hmac
import json
import time

import pytest

from support.api import Api
from support.hub import wait_until
from support.moodle import Moodle

CREATED = "\\core\\event\\user_created"
DELETED = "\\core\\event\\user_deleted"


@pytest.fixture
def moodle(hub, receiver):
    return Moodle(hub, receiver)


def captured(hub, rule_id: int) -> dict:
    rule = hub.admin.get(f"/rules/{rule_id}").expect(200).json
    return {name: rule[name] for name in ("active_since", "waiting_for")}


def test_a_code_connects_once(hub, moodle):
    code = hub.admin.post("/sites", {"name": "main"}).expect(201).json["code"]
    moodle.connect_with(code)
    again = hub.stranger.post("/connector/connect", {"code": code, "wwwroot": "http://x.example"})
    again.expect_problem(403, "forbidden")
    site, = hub.admin.all("/sites")
    assert site["connected"] is True and site["moodle_version"] == "4.5.5"
    assert site["callback_url"] == moodle.receiver.url + "/local/integrationhub/callback.php"


def test_connecting_again_withdraws_the_token_before(hub, moodle):
    first = moodle.connect()
    code = hub.admin.post(f"/sites/{moodle.id}/code").expect(201).json["code"]
    second = moodle.connect_with(code)
    assert first["token"] != second["token"] and first["callback_key"] != second["callback_key"]
    Api(hub.address, first["token"]).get("/connector/subscriptions").expect(401)
    moodle.ask()


def test_events_of_a_site_carry_its_name(hub, moodle, receivers):
    moodle.connect()
    target = receivers()
    hub.add_service("crm", target.url)
    hub.add_rule("crm", CREATED)
    moodle.api.post("/events", {"eventname": CREATED, "id": "a"}).expect(202)
    assert json.loads(target.wait_for(1)[0].body)["site"] == "main"
    wrong = moodle.api.post("/events", {"eventname": CREATED, "site": "other"}).expect(400).json
    assert wrong["rejected"][0]["code"] == "wrong_site"


def test_a_new_rule_is_told_to_moodle_at_once_and_signed(hub, moodle):
    moodle.connect()
    hub.add_service("crm", "http://127.0.0.1:9")
    hub.add_rule("crm", CREATED)
    call = moodle.wait_for_call(CREATED)
    assert json.loads(call.body)["action"] == "subscriptions"
    parts = dict(part.split("=") for part in call.headers["mih-signature"].split(","))
    assert abs(int(parts["t"]) - time.time()) < 120
    signed = f"{parts['t']}.{parts['n']}.".encode() + call.body
    assert parts["v1"] == hmac.new(moodle.key.encode(), signed, hashlib.sha256).hexdigest()
    assert len(parts["n"]) == 32 and call.path == "/local/integrationhub/callback.php"


def test_a_rule_is_active_once_moodle_has_acknowledged(hub, moodle):
    moodle.connect()
    moodle.up = False
    hub.add_service("crm", "http://127.0.0.1:9")
    rule = hub.add_rule("crm", CREATED)["id"]
    moodle.wait_for_call(CREATED, times=2)  # it is repeated
    assert captured(hub, rule) == {"active_since": None, "waiting_for": ["main"]}
    moodle.up = True
    wait_until(lambda: captured(hub, rule)["active_since"], "the rule is active")
    assert captured(hub, rule)["waiting_for"] == []


def test_the_site_may_fetch_the_list_itself(hub, moodle):
    """When the hub cannot call it, the plugin's task is the backstop."""
    moodle.connect()
    moodle.up = False
    hub.add_service("crm", "http://127.0.0.1:9")
    rule = hub.add_rule("crm", CREATED)["id"]
    answer = moodle.ask(outbox_rows=12, plugin_version="7")
    assert answer.json["patterns"] == [CREATED]
    assert answer.headers["mih-subscriptions"] == str(answer.json["version"])
    moodle.version = answer.json["version"]
    moodle.ask()
    assert captured(hub, rule)["waiting_for"] == []
    site, = hub.admin.all("/sites")
    assert site["outbox_rows"] == 12 and site["plugin_version"] == "7"
    assert site["last_seen"] > time.time() - 120


def test_a_disabled_rule_leaves_the_list(hub, moodle):
    moodle.connect()
    hub.add_service("crm", "http://127.0.0.1:9")
    rule = hub.add_rule("crm", CREATED)["id"]
    hub.add_rule("crm", DELETED)
    first = wait_until(lambda: moodle.ask().json["patterns"] == [CREATED, DELETED]
                       and moodle.ask().json["version"], "both patterns are listed")
    hub.admin.patch(f"/rules/{rule}", {"enabled": False}).expect(200)
    after = moodle.ask().json
    assert after["patterns"] == [DELETED] and after["version"] > first
    assert captured(hub, rule) == {"active_since": None, "waiting_for": []}


def test_without_sites_a_rule_is_active_at_once(hub):
    hub.add_service("crm", "http://127.0.0.1:9")
    rule = hub.add_rule("crm", CREATED)
    assert captured(hub, rule["id"])["active_since"] >= rule["timecreated"]


def test_the_list_survives_a_restart(hub, moodle):
    moodle.connect()
    hub.add_service("crm", "http://127.0.0.1:9")
    rule = hub.add_rule("crm", CREATED)["id"]
    wait_until(lambda: captured(hub, rule)["active_since"], "the rule is active")
    before = captured(hub, rule), moodle.ask().json
    calls = len(moodle.receiver.requests)
    hub.stop()
    hub.start()
    moodle.api = Api(hub.address, moodle.token)
    assert (captured(hub, rule), moodle.ask().json) == before
    assert len(moodle.receiver.requests) == calls


def test_a_hub_older_than_its_sites_outgrows_them(hub, moodle):
    """After a restored backup the site knows a newer list than the hub."""
    moodle.connect()
    moodle.version = newer = int(time.time() * 1000) + 10**9
    assert moodle.ask().json["version"] == newer + 1


def test_a_removed_site_is_not_waited_for_and_its_token_is_void(hub, moodle):
    moodle.connect()
    moodle.up = False
    hub.add_service("crm", "http://127.0.0.1:9")
    rule = hub.add_rule("crm", CREATED)["id"]
    assert captured(hub, rule)["waiting_for"] == ["main"]
    hub.admin.delete(f"/sites/{moodle.id}").expect(204)
    assert captured(hub, rule)["active_since"] is not None
    moodle.api.get("/connector/subscriptions").expect(401)


def test_the_callback_passes_the_guard_and_services_do_not(start_hub, receiver):
    hub = start_hub(env={"MIH_ALLOWED_PRIVATE": ""})
    moodle = Moodle(hub, receiver)
    moodle.connect()
    moodle.wait_for_call()
    hub.add_service("crm", receiver.url)
    # Nor over the connection that the call to Moodle has opened.
    refused = hub.admin.post("/services/crm/test", {}).expect(200).json
    assert refused["success"] is False and "address" in refused["error"]
    hub.add_rule("crm", CREATED)
    moodle.wait_for_call(CREATED)
    assert {request.path for request in receiver.requests} == \
        {"/local/integrationhub/callback.php"}


def test_a_catalogue_is_taken(hub, moodle):
    moodle.connect()
    moodle.api.put("/connector/catalogue", {"events": [{"eventname": CREATED}]}).expect(204)
    hub.api("ingest").put("/connector/catalogue", {"events": []}).expect_problem(409, "conflict")


def test_the_command_line_manages_sites(hub):
    made = hub.cli("site", "add", "main", "--json")
    assert made.returncode == 0 and len(json.loads(made.stdout)["code"]) == 32
    assert "main" in hub.cli("site", "list").stdout
    assert hub.cli("site", "code", "main").returncode == 0
    assert hub.cli("site", "code", "nobody").returncode == 1
    assert hub.cli("site", "remove", "main").returncode == 0
    assert hub.admin.all("/sites") == []


def test_connecting_needs_the_plugin(hub, scratch):
    ran = hub.cli("moodle", "connect", "--moodle", scratch)
    assert ran.returncode == 1 and "local_integrationhub" in ran.stderr


@pytest.mark.parametrize("wwwroot", [
    "", "javascript:alert(1)", "ftp://x.example", "https://x.example; script-src *", "https://",
    "https:///x", "moodle.example"])
def test_what_is_no_address_of_a_site_connects_nothing(hub, wwwroot):
    code = hub.admin.post("/sites", {"name": "main"}).expect(201).json["code"]
    refused = hub.stranger.post("/connector/connect", {"code": code, "wwwroot": wwwroot})
    assert refused.expect_problem(422, "validation_failed")["errors"][0]["field"] == "wwwroot"
    hub.stranger.post("/connector/connect", {
        "code": code, "wwwroot": "https://moodle.example/m"}).expect(200)
