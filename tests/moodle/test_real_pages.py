"""The plugin's pages in a real Moodle, as a manager, as somebody who may look, as a student."""

import json

import pytest

from real_moodle import Browser

HUB = "/local/integrationhub/hub.php"
DASHBOARD = "/local/integrationhub/dashboard.php"


def embedding(browser: Browser) -> dict:
    status, headers, body = browser.fetch(HUB + "/embed.json")
    assert (status, headers["cache-control"]) == (200, "no-store")
    return json.loads(body)


def test_the_dashboard_is_under_server(people):
    page = people["manager"].get("/admin/category.php", category="server")
    assert DASHBOARD in page and "Integration Hub" in page
    for name in ("manager", "viewer"):
        assert f'src="{people[name].url}{HUB}/#/"' in people[name].get(DASHBOARD)


@pytest.mark.parametrize("old, place", [
    ("index", ""), ("rules", "rules"), ("queue", "queue"), ("events", "events"), ("logs", "log")])
def test_the_addresses_of_the_original_lead_there(people, old, place):
    page = people["manager"].get(f"/local/integrationhub/{old}.php")
    assert f'src="{people["manager"].url}{HUB}/#/{place}"' in page


def test_the_relay_knows_who_it_is_for(people, world):
    for name, role in [("manager", "manage"), ("viewer", "view")]:
        about = embedding(people[name])
        assert about == {"sesskey": people[name].sesskey, "role": role, "language": "en"}
    assert people["student"].fetch(HUB + "/embed.json")[0] == 403
    assert world.moodle.browser().fetch(HUB + "/embed.json")[0] == 401


def test_the_page_comes_with_the_hubs_policy(people, world):
    wanted = world.hub.stranger.request("GET", "/", base="")
    status, headers, body = people["viewer"].fetch(HUB + "/")
    assert (status, body) == (wanted.status, wanted.body)
    assert headers["content-security-policy"] == wanted.headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_a_manager_can(people):
    manager = people["manager"]
    service = {"name": "by-manager", "type": "rest", "base_url": "http://127.0.0.1:9"}
    made = post(manager, "/services", service)
    assert made[0] == 201, made
    status, headers, body = manager.fetch(HUB + "/api/v1/services/by-manager")
    assert (status, json.loads(body)["base_url"]) == (200, "http://127.0.0.1:9")
    assert headers["content-type"].startswith("application/json")
    deleted = manager.fetch(HUB + "/api/v1/services/by-manager", "DELETE",
                            X_Sesskey=manager.sesskey)
    assert deleted[0] == 200


def post(browser: Browser, path: str, value: dict) -> tuple[int, dict, bytes]:
    return browser.fetch(f"{HUB}/api/v1{path}", "POST", json.dumps(value).encode(),
                         Content_Type="application/json", X_Sesskey=browser.sesskey)


def test_who_may_look_sees_no_payloads_and_changes_nothing(people, world):
    event = {"id": "seen", "eventname": "\\core\\event\\user_created", "userid": 2,
             "other": {"secret": "personal"}}
    world.hub.api("ingest", site="main").post("/events", event).expect(202)
    viewer = people["viewer"]
    status, _, body = viewer.fetch(HUB + "/api/v1/events/seen")
    assert status == 200 and json.loads(body)["redacted"] and b"personal" not in body
    assert b"personal" in people["manager"].fetch(HUB + "/api/v1/events/seen")[2]
    assert post(viewer, "/services", {"name": "x"})[0] == 403


def test_students_and_strangers_are_refused(people, world):
    for path in ("/", "/api/v1/services", "/assets/x.js"):
        assert people["student"].fetch(HUB + path)[0] == 403
        assert world.moodle.browser().fetch(HUB + path)[0] == 401
    assert "login" in world.moodle.browser().get(DASHBOARD)
    status, _, page = people["student"].fetch(DASHBOARD)
    assert HUB.encode() + b"/#" not in page


def test_changes_need_the_sessions_key(people):
    body = json.dumps({"name": "x"}).encode()
    for headers in ({}, {"X_Sesskey": "another"}):
        status, _, answer = people["manager"].fetch(
            HUB + "/api/v1/services", "POST", body, Content_Type="application/json", **headers)
        assert (status, json.loads(answer)["code"]) == (403, "sesskey_invalid")


def test_looking_does_not_prolong_the_session(people, world):
    aged = """$DB->set_field_select('sessions', 'timemodified', time() - 3000,
        'userid = (SELECT id FROM {user} WHERE username = ?)', ['theviewer']);
        report($DB->get_field_sql('SELECT MAX(s.timemodified) FROM {sessions} s
            JOIN {user} u ON u.id = s.userid WHERE u.username = ?', ['theviewer']));"""
    before = world.moodle.php(aged)
    assert people["viewer"].fetch(HUB + "/embed.json")[0] == 200
    after = world.moodle.php("""report($DB->get_field_sql('SELECT MAX(s.timemodified)
        FROM {sessions} s JOIN {user} u ON u.id = s.userid WHERE u.username = ?',
        ['theviewer']));""")
    assert after == before


def test_the_settings_page_shows_the_state(people, world):
    for browser in (people["manager"], world.moodle.browser().log_in()):
        page = browser.get("/admin/settings.php", section="local_integrationhub")
        assert "Address of the hub" in page and "The hub at" in page and "answers." in page
        assert "Capture mode" in page and "Events that are never sent" in page
        assert "connect.php" in page
    refused = people["viewer"].fetch("/admin/settings.php?section=local_integrationhub")
    assert b"Address of the hub" not in refused[2]


def test_a_one_time_code_connects_the_site_again(people, world):
    code = world.hub.cli("site", "code", "main", "--json")
    assert code.returncode == 0, code.stderr
    hub = f"unix:{world.hub.data}/mih.sock"
    asked = {"hub": hub, "code": json.loads(code.stdout)["code"]}
    page = people["manager"].submit("/local/integrationhub/connect.php", "code", {},
                                    submitbutton="Connect", **asked)
    assert f"Connected with the hub at {hub}" in page
    page = people["manager"].submit("/local/integrationhub/connect.php", "code", {},
                                    submitbutton="Connect", **asked)
    assert "The hub did not accept the connection" in page
    checks = json.loads(world.hub.cli("moodle", "check", "--moodle", world.moodle.root,
                                      "--json").stdout)
    assert {check["status"] for check in checks} == {"ok"}, checks
    refused = people["viewer"].fetch("/local/integrationhub/connect.php")
    assert b"One-time code" not in refused[2]


def test_a_hub_that_is_away_is_said_to_be_away(people, world):
    world.hub.stop()
    try:
        status, _, body = people["manager"].fetch(HUB + "/api/v1/services")
        assert (status, json.loads(body)["code"]) == (502, "hub_away")
        assert "does not answer" in people["manager"].get(
            "/admin/settings.php", section="local_integrationhub")
    finally:
        world.hub.start()
