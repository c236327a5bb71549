"""Secrets: encrypted where they are kept, never shown, readable again with their key alone."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import stat

import pytest

from support.events import event
from support.hub import Hub, run_mih
from support.receiver import Answer
from support.walk import paths_of

MARKER = "planted-marker"
ENCODED = base64.b64encode(MARKER.encode()).decode()[:16]  # as it is inside of a whsec_ secret
SECRETS = "components/schemas/ServiceFields/properties"


def secret_fields(hub) -> dict[str, str]:
    """Every field of a service that holds a secret, and how: from the description of the fields."""
    schema = hub.admin.get("/openapi.json").expect(200).json
    for part in SECRETS.split("/"):
        schema = schema[part]
    found = {name: field["x-secret"] for name, field in schema.items() if "x-secret" in field}
    assert {"auth_token", "base_url", "client_key", "signing_secret"} <= set(found)
    return found


def planted(hub, url: str) -> dict:
    """A service's fields with a marker in each secret one; `url` is where its calls go."""
    fields = {}
    for name, kind in secret_fields(hub).items():
        marker = f"{MARKER}-{name}"
        fields[name] = marker if kind == "whole" else f"http://user:{marker}@127.0.0.1:1/"
        if name.startswith("signing"):
            fields[name] = "whsec_" + base64.b64encode(marker.encode()).decode()
    fields["base_url"] = url.replace("http://", f"http://user:{MARKER}-base_url@")
    return {"auth_type": "bearer", **fields}


def files_with(marker: str, directory) -> list:
    return [path for path in directory.rglob("*")
            if path.is_file() and marker.encode() in path.read_bytes()]


def test_a_secret_is_in_no_answer_log_metric_error_or_file(start_hub, receivers):
    receiver = receivers()
    receiver.answer = Answer(500, body=b"no")
    hub = start_hub("--log-level", "debug")
    seen = []

    def note(reply):
        seen.append((reply.status, reply.body + repr(reply.headers).encode()))
        return reply

    fields = planted(hub, receiver.url)
    for name in ("proxy", "signing_secret", "signing_secret_old"):
        fields.pop(name)  # the other service has them: this one's calls must arrive
    note(hub.admin.post("/services", {"name": "crm", "type": "rest", "max_retries": 0, **fields}))
    dead = planted(hub, "http://127.0.0.1:1")
    note(hub.admin.post("/services", {"name": "dead", "type": "rest", "max_retries": 0, **dead}))
    assert [status for status, _ in seen] == [201, 201]
    note(hub.admin.put("/services/crm", {"type": "rest", "name": "crm", "max_retries": 0,
                                         **fields}))
    for service in ("crm", "dead"):
        hub.add_rule(service)
        note(hub.admin.post(f"/services/{service}/test", {"endpoint": "/x", "method": "POST",
                                                          "payload": {}}))
        note(hub.admin.post(f"/services/{service}/request", {"endpoint": "/x", "payload": {}}))
    note(hub.admin.patch("/services/crm", {"auth_token": MARKER * 100_000}))
    note(hub.admin.patch("/services/crm", {"base_url": f"http://u:{MARKER}@", "timeout": -1}))
    note(hub.admin.patch("/services/crm", b'{"auth_token": "' + MARKER.encode()))
    item = event()
    hub.send([item])
    letters = hub.wait_for_dead_letters(1)
    rule = hub.admin.get("/rules").json["items"][0]["id"]
    note(hub.admin.post("/rules/preview", {"rule_id": rule, "event_id": item["id"]}))
    assert len(receiver.requests) >= 3, "the secrets were really used"
    assert any(f"{MARKER}-auth_token" in repr(request.headers) for request in receiver.requests)
    values = {"id": str(letters[0]["id"]), "name": "crm",
              "/api/v1/events/{id}{id}": item["id"],
              "/api/v1/deliveries/{id}{id}": letters[0]["delivery_id"],
              "/api/v1/rules/{id}{id}": str(rule)}
    asked = paths_of(hub, **values)
    assert len(asked) > 15
    for path in asked:
        note(hub.admin.get(path, base=""))
        if path.startswith("/api"):
            note(hub.api("view").get(path, base=""))
    for command in (("service", "list"), ("service", "show", "crm"), ("log", "list")):
        done = hub.cli(*command, "--json")
        seen.append((done.returncode, (done.stdout + done.stderr).encode()))
    for status, body in seen:
        assert MARKER.encode() not in body, (status, body[:3000])
        assert ENCODED.encode() not in body, (status, body[:3000])
    for marker in (MARKER, ENCODED):
        assert marker not in hub.log
        assert not files_with(marker, hub.data)
    hub.stop()
    for marker in (MARKER, ENCODED):
        assert not files_with(marker, hub.data)


def test_headers_and_keys_in_addresses_are_in_no_file(hub, receiver, scratch):
    """Who may manage sees them; a thief of the data, a viewer and the log do not."""
    receiver.answer = Answer(400, body=b"no")
    hub.admin.post("/services", {
        "name": "crm", "type": "rest", "base_url": f"{receiver.url}/v1?key={MARKER}-query",
        "headers": {"Ocp-Key": f"{MARKER}-header"}, "max_retries": 0,
        "cb_failure_threshold": 0}).expect(201)
    hub.add_service("soap", f"{receiver.url}/wsdl?key={MARKER}-wsdl", type="soap", max_retries=0,
                    cb_failure_threshold=0,
                    soap_headers=f"<k xmlns='urn:k'>{MARKER}-soap</k>",
                    headers={"Ocp-Key": f"{MARKER}-header"})
    hub.add_rule("crm", headers={"X-Key": f"{MARKER}-rule"}, endpoint="/contacts")
    hub.add_rule("soap", endpoint="operation")
    item = event()
    hub.send([item])
    letter = hub.wait_for_dead_letters(1, service="crm")[0]
    for service in ("crm", "soap"):
        body = {"endpoint": "/x", "method": "POST", "payload": {}}
        hub.admin.post(f"/services/{service}/test", body).expect(200)
        hub.admin.post(f"/services/{service}/request", body).expect(200)
    sent = receiver.wait_for(1, where=lambda request: request.path.startswith("/v1/contacts"))[0]
    assert sent.path == f"/v1/contacts?key={MARKER}-query"
    assert sent.headers["ocp-key"] == f"{MARKER}-header" and sent.headers["x-key"]

    seen = [hub.admin.get(path).expect(200).body for path in ("/log", "/audit")]
    viewer = hub.api("view")
    values = {"id": str(letter["id"]), "name": "crm", "/api/v1/events/{id}{id}": item["id"],
              "/api/v1/deliveries/{id}{id}": letter["delivery_id"]}
    seen += [viewer.get(path, base="").body for path in paths_of(hub, **values)
             if path.startswith("/api")]
    for body in seen:
        assert MARKER.encode() not in body, body[max(0, body.find(MARKER.encode()) - 200):]
    assert MARKER not in hub.log and not files_with(MARKER, hub.data)
    assert hub.cli("backup", scratch / "backup").returncode == 0
    assert hub.cli("key", "rotate").returncode == 0
    hub.stop()
    assert not files_with(MARKER, hub.data)
    assert MARKER.encode() not in (scratch / "backup").read_bytes()

    hub.start()
    receiver.answer = Answer()
    hub.admin.post("/dead-letters/replay", {"ids": [letter["id"]], "mode": "as_sent"}).expect(202)
    again = receiver.wait_for(2, where=lambda request: request.path == sent.path)[-1]
    assert (again.path, again.headers["ocp-key"], again.headers["x-key"]) == (
        sent.path, sent.headers["ocp-key"], sent.headers["x-key"])


def test_secrets_work_after_a_restart_and_with_another_key(hub, receiver):
    hub.add_service("crm", receiver.url, auth_type="bearer", auth_token="token-1")

    def sent() -> str:
        hub.admin.post("/services/crm/request", {"endpoint": "/", "payload": {}}).expect(200)
        return receiver.requests[-1].headers["authorization"]

    assert sent() == "Bearer token-1"
    key = (hub.data / "mih.key").read_bytes()
    assert stat.S_IMODE((hub.data / "mih.key").stat().st_mode) == 0o600
    done = hub.cli("key", "rotate")
    assert done.returncode == 0, done.stderr
    assert (hub.data / "mih.key").read_bytes() != key
    assert sent() == "Bearer token-1"
    hub.stop()
    between = (hub.data / "mih.key").read_bytes()
    done = hub.cli("key", "rotate")
    assert done.returncode == 0, done.stderr
    assert (hub.data / "mih.key").read_bytes() != between
    hub.start()
    assert sent() == "Bearer token-1"


def test_only_the_admin_socket_changes_the_key(hub):
    hub.api("manage").post("/key/rotate").expect_problem(403, "forbidden")


@pytest.mark.parametrize("spoil", ["missing", "other", "readable", "damaged"])
def test_without_its_key_the_hub_does_not_start_and_loses_nothing(hub, receiver, spoil):
    hub.add_service("crm", receiver.url, auth_type="bearer", auth_token="token-1")
    hub.stop()
    key, aside = hub.data / "mih.key", hub.data.parent / "aside"
    shutil.copy2(key, aside)
    if spoil == "missing":
        key.unlink()
    elif spoil == "other":
        key.write_text("ab" * 32 + "\n")
    elif spoil == "readable":
        key.chmod(0o644)
    else:
        key.write_text("rubbish\n")
    database = (hub.data / "mih.db").read_bytes()
    done = hub.cli("serve", "--listen", "127.0.0.1:0")
    assert done.returncode == 2
    assert str(key) in done.stderr and "key_file" in done.stderr
    assert (hub.data / "mih.db").read_bytes() == database
    assert key.exists() == (spoil != "missing")
    shutil.copy2(aside, key)
    hub.start()
    hub.admin.post("/services/crm/request", {"endpoint": "/", "payload": {}}).expect(200)
    assert receiver.requests[-1].headers["authorization"] == "Bearer token-1"


def test_the_key_may_be_kept_elsewhere(scratch, receiver):
    place = scratch / "keys"
    place.mkdir()
    hub = Hub(scratch / "data", "--key-file", place / "hub.key").start()
    try:
        hub.add_service("crm", receiver.url, auth_type="bearer", auth_token="token-1")
        assert (place / "hub.key").exists() and not (hub.data / "mih.key").exists()
    finally:
        hub.stop()
    done = run_mih("key", "rotate", "--data", hub.data, "--key-file", place / "hub.key")
    assert done.returncode == 0, done.stderr
    hub.start()
    hub.stop()


def test_a_key_is_not_changed_where_there_is_no_store(scratch):
    done = run_mih("key", "rotate", "--data", scratch / "nothing")
    assert done.returncode != 0 and "no store" in done.stderr
    assert not (scratch / "nothing").exists()


SIGNED = '{"user": {{userid}}, "mac": {{userid | hmac_sha256("key-of-crm")}}}'


def mac_of(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_a_named_secret_signs_and_is_never_shown(hub, receiver):
    hub.add_service("crm", receiver.url)
    rule = hub.add_rule("crm", payload_template=SIGNED)["id"]
    done = hub.cli("secret", "set", "key-of-crm", stdin="planted-marker-1\n")
    assert done.returncode == 0, done.stderr
    hub.send([event(userid=5)])
    assert json.loads(receiver.wait_for(1)[0].body)["mac"] == mac_of("planted-marker-1", "5")
    hub.admin.put("/secrets/key-of-crm", {"value": "planted-marker-2"}).expect(200)
    item = event(userid=6)
    hub.send([item])
    assert json.loads(receiver.wait_for(2)[1].body)["mac"] == mac_of("planted-marker-2", "6")
    hub.wait_until_done()

    ask = {"rule_id": rule, "event": item}
    shown = hub.admin.post("/rules/preview", ask).expect(200).json["payload"]
    assert json.loads(shown)["mac"] == mac_of("planted-marker-2", "6")
    hidden = hub.api("view").post("/rules/preview", ask).expect(200).json["payload"]
    assert json.loads(hidden)["mac"] == "<hmac>"

    for path in ("/secrets", "/secrets/key-of-crm", "/audit"):
        assert b"planted-marker" not in hub.admin.get(path).expect(200).body
    hub.api("view").get("/secrets").expect_problem(403, "forbidden")
    assert not files_with("planted-marker", hub.data)
    assert "planted-marker" not in hub.log
    hub.kill()
    hub.start()
    hub.send([event(userid=7)])
    assert json.loads(receiver.wait_for(3)[2].body)["mac"] == mac_of("planted-marker-2", "7")


def test_a_missing_secret_makes_a_dead_letter(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", payload_template=SIGNED)
    hub.admin.put("/secrets/key-of-crm", {"value": "x"}).expect(200)
    assert hub.cli("secret", "delete", "key-of-crm").returncode == 0
    hub.send([event(userid=5)])
    letter = hub.wait_for_dead_letters(1)[0]
    assert letter["reason"] == "template" and "key-of-crm" in letter["error_message"]
    assert not receiver.requests
    hub.admin.put("/secrets/key-of-crm", {"value": "x"}).expect(200)
    hub.admin.post("/dead-letters/replay", {"all": True}).expect(202)
    assert json.loads(receiver.wait_for(1)[0].body)["mac"] == mac_of("x", "5")


def test_the_mask_sent_back_leaves_a_named_secret_as_it_is(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", payload_template=SIGNED)
    hub.admin.put("/secrets/key-of-crm", {"value": "********"}) \
        .expect_problem(422, "validation_failed")
    hub.admin.put("/secrets/key-of-crm", {"value": "planted"}).expect(200)
    assert hub.admin.put("/secrets/key-of-crm", {"value": "********"}).expect(200).json["name"] \
        == "key-of-crm"
    hub.send([event(userid=5)])
    assert json.loads(receiver.wait_for(1)[0].body)["mac"] == mac_of("planted", "5")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for another user")
def test_a_key_that_root_changes_stays_that_of_its_owner(hub):
    hub.stop()
    key = hub.data / "mih.key"
    os.chown(key, 4711, 4712)
    done = run_mih("key", "rotate", "--data", hub.data)
    assert done.returncode == 0, done.stderr
    assert (key.stat().st_uid, key.stat().st_gid, key.stat().st_mode & 0o777) == (4711, 4712, 0o600)


def test_a_key_that_was_changed_while_the_hub_was_stopped_is_in_the_audit_trail(hub):
    hub.stop()
    assert run_mih("key", "rotate", "--data", hub.data).returncode == 0
    hub.start()
    entry = hub.admin.all("/audit")[0]
    assert (entry["action"], entry["who"]) == ("POST /key/rotate", "command line")
    assert entry["address"] == "the hub was stopped"


def echo(request) -> Answer:
    return Answer(500, body=json.dumps(dict(request.headers)).encode())


@pytest.mark.parametrize("fields", [
    {"auth_type": "bearer", "auth_token": "planted-marker"},
    {"auth_type": "basic", "basic_user": "ada", "auth_token": "planted-marker"}])
def test_a_server_that_answers_with_the_request_gives_nothing_away(hub, receivers, fields):
    hub.add_service("crm", receivers(echo).url, max_retries=0, cb_failure_threshold=0, **fields)
    hub.add_rule("crm")
    hub.send([event()])
    letter = hub.wait_for_dead_letters(1)[0]
    tested = hub.admin.post("/services/crm/test").expect(200).json
    kept = hub.admin.get(f"/dead-letters/{letter['id']}").expect(200).json["response"]
    for shown in (kept, tested["response"]["body"]):
        assert "********" in json.loads(shown)["authorization"]
    planted = ("planted-marker", base64.b64encode(b"ada:planted-marker").decode())
    assert not any(text in kept + json.dumps(tested) for text in planted)
    assert not any(files_with(text, hub.data) for text in planted)
