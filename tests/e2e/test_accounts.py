"""Users and passwords: the first login, sessions, the command line, what is slowed down."""

import json
import stat

import pytest

from support.api import Api
from support.people import Person

PASSWORD = "a long password"


def one_time_password(hub) -> str:
    return (hub.data / "admin-password").read_text().strip()


def add_user(hub, name: str, role: str, password: str = PASSWORD) -> dict:
    return hub.admin.post("/users", {"name": name, "role": role, "password": password}) \
        .expect(201).json


def test_a_new_hub_has_an_admin_with_a_one_time_password(hub):
    file = hub.data / "admin-password"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    password = one_time_password(hub)
    assert len(password) >= 16
    assert password not in hub.log
    admin = Person(hub.address, "admin", password)
    login = admin.reply.expect(201).json
    assert login["role"] == "manage" and login["must_change_password"] is True
    assert not file.exists()
    Person(hub.address, "admin", password).reply.expect_problem(401, "unauthorized")
    changed = admin.request("PUT", "/session/password", {"new_password": PASSWORD}).expect(200)
    admin.take(changed)
    admin.get("/tokens").expect(200)
    hub.stop()
    hub.start()
    assert not file.exists()
    again = Person(hub.address, "admin", PASSWORD).reply.expect(201).json
    assert again["must_change_password"] is False


def test_the_one_time_password_outlives_a_restart(hub):
    password = one_time_password(hub)
    hub.kill()
    hub.start()
    assert one_time_password(hub) == password
    Person(hub.address, "admin", password).reply.expect(201)


def test_a_session_is_a_cookie_and_a_token_for_changes(hub):
    add_user(hub, "ada", "manage")
    ada = Person(hub.address, "ada", PASSWORD)
    cookie = ada.reply.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Secure" not in cookie
    ada.get("/services").expect(200)
    ada.post("/circuits/reset").expect(200)
    stranger = Api(hub.address)
    for headers in ({"Cookie": ada.cookie}, {"Cookie": ada.cookie, "X-CSRF-Token": "0" * 64}):
        stranger.post("/circuits/reset", headers=headers).expect_problem(403, "forbidden")
    stranger.post("/circuits/reset", headers={"X-CSRF-Token": ada.csrf_token}) \
        .expect_problem(401, "unauthorized")


def test_only_people_and_the_command_line_reach_tokens_users_and_audit(hub):
    add_user(hub, "ada", "manage")
    add_user(hub, "bob", "view")
    ada, bob = (Person(hub.address, name, PASSWORD) for name in ("ada", "bob"))
    for path in ("/tokens", "/users", "/audit"):
        ada.get(path).expect(200)
        hub.admin.get(path).expect(200)
        bob.get(path).expect_problem(403, "forbidden")
        hub.api("manage").get(path).expect_problem(403, "forbidden")
    made = ada.post("/tokens", {"role": "view", "name": "mine"}).expect(201).json
    Api(hub.address, made["token"]).get("/services").expect(200)


def test_signing_out_ends_the_session(hub):
    add_user(hub, "ada", "view")
    here, there = (Person(hub.address, "ada", PASSWORD) for _ in range(2))
    third = Person(hub.address, "ada", PASSWORD)
    here.request("DELETE", "/session").expect(204)
    here.get("/services").expect_problem(401, "unauthorized")
    there.request("DELETE", "/session?everywhere=true").expect(204)
    third.get("/services").expect_problem(401, "unauthorized")


@pytest.mark.parametrize("command", [["user", "sign-out", "ada"], ["user", "delete", "ada"],
                                     ["user", "role", "ada", "manage"]])
def test_the_command_line_ends_sessions(hub, command):
    add_user(hub, "ada", "view")
    ada = Person(hub.address, "ada", PASSWORD)
    ada.get("/services").expect(200)
    done = hub.cli(*command)
    assert done.returncode == 0, done.stderr
    ada.get("/services").expect_problem(401, "unauthorized")


def test_users_by_command_line(hub):
    done = hub.cli("user", "add", "ada", "--role", "view", stdin=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    listed = json.loads(hub.cli("user", "list", "--json").stdout)["items"]
    assert [user["name"] for user in listed] == ["ada", "admin"]
    done = hub.cli("user", "password", "ada", stdin="another password\n")
    assert done.returncode == 0, done.stderr
    Person(hub.address, "ada", PASSWORD).reply.expect(401)
    Person(hub.address, "ada", "another password").reply.expect(201)
    done = hub.cli("user", "add", "eve", "--role", "view", stdin="short\n")
    assert done.returncode == 1 and "12 characters" in done.stderr
    assert hub.cli("user", "delete", "nobody").returncode == 1


def test_a_forgotten_password_is_replaced_by_command_line(hub):
    one_time_password(hub)
    done = hub.cli("user", "password", "admin", stdin=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert not (hub.data / "admin-password").exists()
    Person(hub.address, "admin", PASSWORD).reply.expect(201)


def test_guessing_is_slowed_down(hub):
    add_user(hub, "ada", "manage")
    codes = [Person(hub.address, "ada", f"guess {n}").reply.status for n in range(8)]
    assert codes[:5] == [401] * 5
    assert codes[-1] == 429
    refused = Person(hub.address, "ada", PASSWORD).reply
    refused.expect_problem(429, "rate_limited")
    assert int(refused.headers["retry-after"]) >= 1


def test_passwords_are_in_no_file(hub):
    add_user(hub, "ada", "view", "planted-marker-password")
    Person(hub.address, "ada", "planted-marker-password").reply.expect(201)
    Person(hub.address, "ada", "planted-marker-guess").reply.expect(401)
    for path in hub.data.rglob("*"):
        if path.is_file():
            assert b"planted-marker" not in path.read_bytes(), path
    assert "planted-marker" not in hub.log


def test_sessions_end_by_themselves_as_configured(start_hub):
    refused = start_hub  # the bounds are those of the configuration
    with pytest.raises(AssertionError, match="session_idle|session-idle"):
        refused("--session-idle", "1", name="short")
