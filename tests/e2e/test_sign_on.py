"""Users whom a connected Moodle signs on: what they reach, and what no assertion may do."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from support.api import BASE
from support.sign_on import Signer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site(hub):
    made = hub.admin.post("/sites", {"name": "main"}).expect(201).json
    return hub.stranger.post("/connector/connect", {
        "code": made["code"], "wwwroot": "https://moodle.example", "plugin_version": "1",
        "moodle_version": "4.5", "outbox_rows": 0}).expect(200).json


def send(hub, signer: Signer, method: str, path: str, body=None):
    sent = b"" if body is None else json.dumps(body).encode()
    headers = signer.for_request(method, BASE + path, sent)
    return hub.stranger.request(method, path, sent if body is not None else None, headers=headers)


def test_the_role_is_the_assertions(hub, site):
    manager = Signer("main", site["signon_key"], "manage")
    viewer = Signer("main", site["signon_key"], "view")
    service = {"name": "crm", "type": "rest", "base_url": "https://crm.example"}
    send(hub, viewer, "POST", "/services", service).expect_problem(403, "forbidden")
    send(hub, manager, "POST", "/services", service).expect(201)
    assert send(hub, viewer, "GET", "/services?limit=1").expect(200).json["items"]


@pytest.mark.parametrize("path", ["/sites", "/tokens"])
def test_what_belongs_to_the_hub_is_out_of_reach(hub, site, path):
    manager = Signer("main", site["signon_key"], "manage")
    send(hub, manager, "GET", path).expect_problem(403, "forbidden")
    send(hub, manager, "POST", path, {"name": "x", "role": "view"}).expect_problem(403, "forbidden")


def test_an_assertion_is_good_for_one_request_once(hub, site):
    signer = Signer("main", site["signon_key"], "manage")
    headers = signer.for_request("GET", BASE + "/services")
    hub.stranger.get("/rules", headers=headers).expect_problem(401, "unauthorized")
    hub.stranger.get("/services", headers=headers).expect(200)
    hub.stranger.get("/services", headers=headers).expect_problem(401, "unauthorized")
    headers = signer.for_request("PATCH", BASE + "/settings", b'{"max_log_entries": 10}')
    hub.stranger.patch("/settings", b'{"max_log_entries": 11}', headers=headers) \
        .expect_problem(401, "unauthorized")
    assert hub.admin.get("/settings").json["max_log_entries"] == 500


def test_a_restart_forgets_no_use(hub, site):
    signer = Signer("main", site["signon_key"], "view")
    headers = signer.for_request("GET", BASE + "/services")
    hub.stranger.get("/services", headers=headers).expect(200)
    hub.kill()
    hub.start()
    hub.stranger.get("/services", headers=headers).expect_problem(401, "unauthorized")
    send(hub, signer, "GET", "/services").expect(200)


def test_only_the_key_of_that_site_signs(hub, site):
    for signer in (Signer("main", "guess", "manage"), Signer("main", "", "manage"),
                   Signer("main", site["callback_key"], "manage"),
                   Signer("other", site["signon_key"], "manage")):
        send(hub, signer, "GET", "/services").expect_problem(401, "unauthorized")
    hub.admin.delete(f"/sites/{hub.admin.get('/sites').json['items'][0]['id']}").expect(204)
    send(hub, Signer("main", site["signon_key"], "manage"), "GET", "/services") \
        .expect_problem(401, "unauthorized")


@pytest.mark.skipif(shutil.which("php") is None, reason="needs php")
def test_the_example_of_the_documentation_signs_on(hub, site):
    page = (ROOT / "docs/api/sign-on.md").read_text()
    code = page.split("```php\n")[1].split("```")[0]
    code = code.replace("sign_on($signonkey", "echo sign_on($argv[1]")
    done = subprocess.run(["php", "-r", code, "--", site["signon_key"]], capture_output=True,
                          text=True, check=True, timeout=60)
    name, _, value = done.stdout.partition(": ")
    hub.stranger.get("/services?limit=50", headers={name: value}).expect(200)
