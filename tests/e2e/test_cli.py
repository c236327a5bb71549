"""The command line, which uses the admin socket of the data directory."""

import json
import subprocess

import pytest

from support.events import as_ndjson, event, events
from support.hub import MIH, run_mih, wait_until
from support.receiver import Answer


def ok(result):
    assert result.returncode == 0, (result.stdout, result.stderr)
    return result


def as_json(result):
    return json.loads(ok(result).stdout)


@pytest.fixture
def crm(hub, receiver):
    ok(hub.cli("service", "add", "crm", "--type", "rest", "--base-url", receiver.url))
    return hub


@pytest.mark.parametrize("command", [
    [], ["serve"], ["demo"], ["service"], ["service", "add"], ["rule"], ["rule", "add"], ["event"],
    ["event", "send"], ["delivery"], ["dlq"], ["dlq", "replay"], ["log"], ["token"],
    ["token", "create"], ["settings"], ["config"], ["bench"],
])
def test_help_everywhere(command):
    result = ok(run_mih(*command, "--help"))
    assert "usage" in result.stdout.lower()


def test_version():
    assert ok(run_mih("--version")).stdout.strip()


@pytest.mark.parametrize("command", [["nonsense"], ["service", "nonsense"], [],
                                     ["service", "add"], ["rule", "add", "--colour", "red"],
                                     ["service", "set", "crm", "--timeout", "soon"],
                                     ["log", "list", "--limit", "all"]])
def test_wrong_usage_is_2(scratch, command):
    result = run_mih(*command)
    assert result.returncode == 2, (result.stdout, result.stderr)
    assert result.stderr


def test_without_a_daemon_it_fails_and_says_so(scratch):
    result = run_mih("service", "list", "--data", scratch)
    assert result.returncode == 1
    assert "admin.sock" in result.stderr or "mih serve" in result.stderr


def test_service_rule_event_from_the_readme(crm, receiver, scratch):
    template = scratch / "t.json"
    template.write_text('{"id": {{userid}}}')
    ok(crm.cli("rule", "add", "--event", r"\core\event\user_created", "--service", "crm",
               "--template-file", template))
    sent = scratch / "events.ndjson"
    sent.write_bytes(as_ndjson(events(3)))
    ok(crm.cli("event", "send", sent))
    assert [request.body for request in receiver.wait_for(3)] == [b'{"id": 2}'] * 3


def test_json_is_the_body_of_the_api(crm):
    listed = as_json(crm.cli("service", "list", "--json"))
    assert listed == crm.admin.get("/services").json
    shown = crm.cli("service", "show", "crm", "--json")
    assert as_json(shown) == crm.service("crm")


def test_tables_are_for_people(crm):
    table = ok(crm.cli("service", "list")).stdout
    assert "crm" in table and "rest" in table and not table.lstrip().startswith("{")


def test_a_service_and_a_rule_are_changed(crm):
    for verb, seconds in (("set", 7), ("update", 8)):
        ok(crm.cli("service", verb, "crm", "--timeout", seconds))
        assert crm.service("crm")["timeout"] == seconds
    added = ok(crm.cli("rule", "add", "--event", r"\core\event\user_craeted", "--service", "crm"))
    assert "Did you mean \\core\\event\\user_created?" in added.stderr
    rule, = crm.admin.all("/rules")
    for verb, name in (("set", "a"), ("update", "b")):
        ok(crm.cli("rule", verb, rule["id"], "--name", name))
        assert crm.admin.get(f"/rules/{rule['id']}").json["name"] == name


def test_secrets_come_from_files(hub, receiver, scratch):
    secret = scratch / "token"
    secret.write_text("s3cret\n")
    ok(hub.cli("service", "add", "crm", "--type", "rest", "--base-url", receiver.url,
               "--auth-type", "bearer", "--auth-token-file", secret))
    ok(hub.cli("rule", "add", "--event", "*", "--service", "crm"))
    hub.send(events(1))
    assert receiver.wait_for(1)[0].headers["authorization"] == "Bearer s3cret"


def test_errors_of_the_api_are_1_and_say_which_field(crm):
    result = crm.cli("service", "add", "crm", "--type", "rest", "--base-url", "http://x.example")
    assert result.returncode == 1 and "crm" in result.stderr
    result = crm.cli("service", "add", "b", "--type", "rest", "--base-url", "no url")
    assert result.returncode in (1, 2) and "base_url" in result.stderr.replace("-", "_")
    result = crm.cli("rule", "add", "--event", "*", "--service", "unknown")
    assert result.returncode == 1 and "unknown" in result.stderr
    assert crm.cli("service", "show", "nothing").returncode == 1


def test_bad_templates_name_the_place(crm, scratch):
    template = scratch / "t.json"
    template.write_text('{"id":\n {{usreid}}}')
    result = crm.cli("rule", "add", "--event", "*", "--service", "crm", "--template-file", template)
    assert result.returncode == 1
    assert "2" in result.stderr and "userid" in result.stderr


def test_rejected_events_are_1(crm, scratch):
    sent = scratch / "events.ndjson"
    sent.write_text('{"userid": 5}\n')
    result = crm.cli("event", "send", sent)
    assert result.returncode == 1
    assert "eventname" in result.stderr + result.stdout


def test_token_create_and_use_over_tcp(hub):
    made = as_json(hub.cli("token", "create", "--role", "view", "--name", "eyes", "--json"))
    assert made["role"] == "view" and made["token"].startswith("mih_")
    remote = run_mih("service", "list", "--json", "--url", hub.url, "--token", made["token"])
    assert as_json(remote)["items"] == []
    refused = run_mih("service", "list", "--url", hub.url, "--token", "mih_wrong")
    assert refused.returncode == 1
    ok(hub.cli("token", "delete", made["id"]))
    assert run_mih("service", "list", "--url", hub.url, "--token", made["token"]).returncode == 1


def test_dead_letters_from_the_command_line(crm, receiver):
    receiver.answer = Answer(422)
    ok(crm.cli("rule", "add", "--event", "*", "--service", "crm", "--name", "all"))
    crm.send(events(3))
    crm.wait_for_dead_letters(3)
    listed = as_json(crm.cli("dlq", "list", "--json"))["items"]
    assert len(listed) == 3
    assert "422" in ok(crm.cli("dlq", "list")).stdout
    shown = as_json(crm.cli("dlq", "show", listed[0]["id"], "--json"))
    assert shown["reason"] == "rejected"
    receiver.answer = Answer()
    ok(crm.cli("dlq", "replay", "--service", "crm", "--all"))
    wait_until(lambda: crm.admin.all("/dead-letters") == [], "all are delivered")
    assert len(receiver.requests) == 6


def test_circuits_from_the_command_line(crm, receiver):
    receiver.answer = Answer(503)
    crm.admin.patch("/services/crm", {"max_retries": 0, "cb_cooldown": 86400}).expect(200)
    crm.add_rule("crm")
    crm.send(events(1))
    crm.wait_for_circuit("crm", "open")
    assert "open" in ok(crm.cli("service", "list")).stdout
    receiver.answer = Answer()
    ok(crm.cli("service", "reset-circuit", "--all"))
    assert crm.wait_until_done()["delivered"] == 1


def test_settings_and_log(crm):
    ok(crm.cli("settings", "set", "max_log_entries", 20))
    assert crm.admin.get("/settings").json["max_log_entries"] == 20
    assert as_json(crm.cli("settings", "show", "--json"))["max_log_entries"] == 20
    assert as_json(crm.cli("log", "list", "--json"))["items"] == []


def test_terminal_escapes_of_strangers_are_not_printed(crm, receiver):
    """Names and answers may come from anybody; a terminal must not obey them."""
    receiver.answer = Answer(400, body=b"\x1b]0;owned\x07\x1b[31m")
    crm.add_rule("crm", name="evil \x1b[31m name")
    crm.send(events(1))
    letter = crm.wait_for_dead_letters(1)[0]
    for command in (["dlq", "list"], ["dlq", "show", letter["id"]], ["rule", "list"]):
        assert "\x1b[31m" not in ok(crm.cli(*command)).stdout


def test_event_tail_shows_what_was_and_follows(hub):
    hub.send([event(id="old-1"), event(id="old-2")])
    with subprocess.Popen([str(MIH), "event", "tail", "-n", "1", "--data", str(hub.data), "--json"],
                          stdout=subprocess.PIPE, text=True) as tail:
        try:
            assert json.loads(tail.stdout.readline())["id"] == "old-2"
            hub.send([event(id=f"new-{number}") for number in range(700)])
            seen = [json.loads(tail.stdout.readline())["id"] for _ in range(700)]
        finally:
            tail.terminate()
    assert seen == [f"new-{number}" for number in range(700)]


def test_event_tail_ends_with_the_hub(start_hub):
    hub = start_hub()
    with subprocess.Popen([str(MIH), "event", "tail", "-n", "0", "--data", str(hub.data)],
                          stderr=subprocess.PIPE, text=True) as tail:
        hub.send([event()])
        hub.stop()
        assert tail.wait(60) == 1
        assert "mih serve" in tail.stderr.read()


@pytest.mark.parametrize("command", [["nonsense"], ["service", "nonsense"]])
def test_a_word_that_is_no_command_is_named(command):
    result = run_mih(*command)
    assert result.returncode == 2
    assert "there is no command nonsense" in result.stderr


def test_sql_on_a_damaged_store_is_3(scratch):
    (scratch / "data").mkdir()
    (scratch / "data/mih.db").write_bytes(b"garbage" * 1000)
    result = run_mih("sql", "--read-only", "--data", scratch / "data",
                     "SELECT 1 FROM sqlite_schema")
    assert result.returncode == 3, result.stderr
    assert "not a database" in result.stderr
