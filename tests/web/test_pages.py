"""The dashboard in a real browser, against a real hub."""

import gzip
import signal
import subprocess

import pytest

from support.browser import WHOLE_WAY, Control, browse
from support.events import event, events
from support.hub import ROOT, wait_until
from support.receiver import Answer

PAGES = ["", "services", "services/up", "services/up/edit", "services?add=rest",
         "services?add=amqp", "rules", "rules/new", "rules/1", "queue", "queue/dead-letters",
         "queue/dead-letters/1", "events", "log", "settings", "settings/sites", "settings/secrets",
         "settings/tokens", "settings/users", "settings/audit", "settings/about"]
MAX_FIRST_VIEW = 250_000


@pytest.fixture
def full_hub(start_hub, receivers):
    """A hub with something on every page: a service that works, one that refuses, one that is
    away."""
    hub = start_hub()
    up, refusing, away = receivers(), receivers(Answer(status=422)), receivers(up=False)
    hub.add_service("up", up.url)
    hub.add_service("refusing", refusing.url)
    hub.add_service("away", away.url, max_retries=1, retry_backoff=0)
    for name in ("up", "refusing", "away"):
        hub.add_rule(name, payload_template='{"id": {{userid}}, "what": "{{eventname}}"}')
    hub.send(events(3))
    up.wait_for(3)
    hub.wait_for_dead_letters(3)
    hub.wait_for_circuit("away", "open")
    return hub


def test_unit_tests_of_the_page():
    done = subprocess.run(["npm", "test"], cwd=ROOT / "web", capture_output=True, text=True,
                          timeout=300, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


def test_no_page_scrolls_sideways_at_400_percent(full_hub):
    token = full_hub.create_token("manage")["token"]
    found = browse("narrow.mjs", url=full_hub.url, token=token, pages=PAGES)
    assert found["wide"] == []


def test_keys_alone_reach_everything(full_hub):
    token = full_hub.create_token("manage")["token"]
    found = browse("keyboard.mjs", url=full_hub.url, token=token, first="away")
    assert found["steps"] == ["skipped", "opened", "asked", "back"]


def test_a_phone_hides_nothing(full_hub, receivers):
    full_hub.admin.patch("/settings", {"alert_open_s": 1}).expect(200)
    away = receivers(up=False)
    for n in range(5):
        full_hub.add_service(f"zzz-{n}", away.url, max_retries=0, cb_failure_threshold=1)
        full_hub.add_rule(f"zzz-{n}")
    full_hub.send([event()])
    wait_until(lambda: len(full_hub.summary()["alerts"]) == 7, "all alerts")
    token = full_hub.create_token("manage")["token"]
    found = browse("phone.mjs", url=full_hub.url, token=token,
                   lists=["services", "rules", "queue", "queue/dead-letters", "events", "log",
                          "settings/users", "settings/tokens"])
    letters, circuits = sorted(found["alerts"])
    assert circuits.startswith("Open circuit: ") and ", 2 more" in circuits
    assert "Deliveries wait; see what was answered last." in circuits
    assert letters.startswith("New dead letters: refusing")
    assert found["byName"][:3] == ["away", "refusing", "up"]
    assert not {found["up"], found["down"]} & {"up", "refusing"}
    assert found["hidden"] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_is_accessible(full_hub, language, theme):
    token = full_hub.create_token("manage")["token"]
    found = browse("accessible.mjs", url=full_hub.url, token=token, language=language,
                   theme=theme, pages=PAGES)
    assert found["errors"] == []
    assert found["violations"] == []
    assert found["visited"] == len(PAGES) + found["extra"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_viewer_changes_nothing_and_sees_no_payload(full_hub, language):
    token = full_hub.create_token("view")["token"]
    found = browse("viewer.mjs", url=full_hub.url, token=token, language=language, pages=PAGES)
    assert found["changing"] == [] and found["untitled"] == []
    assert found["payloads"] == 0
    assert found["language"] == language


def test_from_adding_a_service_to_replaying_a_dead_letter(hub, receiver, receivers):
    token = hub.create_token("manage")["token"]
    control = Control(receivers(), receiver, lambda: hub.send([event()]))
    found = browse("whole_way.mjs", url=hub.url, token=token, receiver=receiver.url,
                   control=control.url)
    assert found["steps"] == WHOLE_WAY


def test_the_first_sign_in_asks_for_a_password_of_ones_own(hub):
    once = (hub.data / "admin-password").read_text().strip()
    found = browse("first_password.mjs", url=hub.url, password=once, next="a password of my own")
    assert found == {"charts": 0, "signed_in": True}


def test_the_ways_in(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.admin.post("/users", {"name": "ada", "password": "a password of ada",
                              "role": "manage"}).expect(201)
    tokens = {role: hub.create_token(role)["token"] for role in ("ingest", "view", "manage")}
    found = browse("signing_in.mjs", url=hub.url, user="ada", password="a password of ada",
                   tokens=tokens)
    assert found["steps"] == ["told why not", "another tab", "left in both",
                              "in spite of an error", "nowhere"]
    assert found["before"] == [] and found["kept"] is None and found["asked"] == 0
    assert not hub.service("crm")["enabled"]
    changes = {call for call in found["calls"] if not call.startswith("GET ")}
    assert changes == {"POST /api/v1/session", "DELETE /api/v1/session"}
    assert not [call for call in found["calls"] if call.endswith("/openapi.json")]


def test_managers_look_after_users_and_everybody_after_oneself(hub):
    hub.admin.post("/users", {"name": "ada", "password": "a password of ada",
                              "role": "manage"}).expect(201)
    found = browse("people.mjs", url=hub.url,
                   admin={"name": "ada", "password": "a password of ada", "next": "new one of ada"},
                   helper={"name": "ben", "password": "a password of ben",
                           "next": "new one of ben"})
    assert found["steps"] == ["added", "signed out", "changed", "own password", "deleted", "left"]


def test_it_says_when_the_hub_is_away_and_recovers(full_hub, receivers):
    send = full_hub.process.send_signal
    control = Control(receivers(), receivers(), freeze=lambda: send(signal.SIGSTOP),
                      thaw=lambda: send(signal.SIGCONT))
    token = full_hub.create_token("manage")["token"]
    pages = ["", "services", "settings", "settings/about"]
    found = browse("lost.mjs", url=full_hub.url, token=token, control=control.url, pages=pages)
    assert found["steps"] == [*pages, "told at once", "fetched later", "hung"]
    assert found["faults"] == []


def test_inside_a_frame_it_speaks_as_moodle_wants(full_hub):
    token = full_hub.create_token("manage")["token"]
    found = browse("framed.mjs", url=full_hub.url, token=token)
    assert found["language"] == "es"
    assert found["sesskeys"] == ["secret"]
    assert found["on_reads"] == 0 and found["streams"] == 0
    assert found["outside"] == []


def test_the_first_view_is_small(full_hub):
    token = full_hub.create_token("manage")["token"]
    found = browse("size.mjs", url=full_hub.url, token=token)
    assert 50_000 < found["bytes"] < MAX_FIRST_VIEW, found


def test_the_page_is_served_with_its_policy(hub):
    page = hub.stranger.request("GET", "/", base="")
    page.expect(200)
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert "<script>" not in page.body.decode() and "style=" not in page.body.decode()
    packed = hub.stranger.request("GET", "/", base="", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body) == page.body
    again = hub.stranger.request("GET", "/", base="",
                                 headers={"If-None-Match": packed.headers["etag"]})
    assert again.status == 304
