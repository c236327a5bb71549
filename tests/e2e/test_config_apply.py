"""Services and rules as a file: mih config export and apply."""

import json

import pytest

from support.hub import run_mih

USER_CREATED = "\\core\\event\\user_created"
TEMPLATE = '{\n  "id": {{objectid}},\n  "price": 129.95\n}'


@pytest.fixture
def file(tmp_path):
    return tmp_path / "hub.yaml"


def fill(hub) -> None:
    hub.add_service("legacy", "http://127.0.0.1:9/wsdl", type="soap", timeout=2.5)
    hub.add_service("crm", "https://crm.example/v1", auth_type="bearer", auth_token="planted-1",
                    headers={"X-Tenant": "5", "Authorization": "planted-2"},
                    retry_on=["5xx", "409"], response_queue="yes")
    hub.add_service("broker", "amqp://mih:planted-3@mq.example/%2F?exchange=a", type="amqp")
    hub.add_rule("crm", USER_CREATED, name="new users", payload_template=TEMPLATE,
                 filter={"courseid": {"$in": [5, "7"]}}, http_method="PUT", endpoint="/people")
    hub.add_rule("broker", "*", name="all: of it", enabled=False)
    hub.admin.patch("/settings", {"max_log_entries": 77}).expect(200)


VARIABLES = {"CRM_AUTH_TOKEN": "planted-1", "CRM_HEADER_AUTHORIZATION": "planted-2",
             "BROKER_BASE_URL_PASSWORD": "planted-3"}


def export(hub, file) -> str:
    done = hub.cli("config", "export", file)
    assert done.returncode == 0, done.stderr
    return file.read_text()


def apply(hub, file, *flags, env=VARIABLES, code=0) -> str:
    done = hub.cli("config", "apply", file, *flags, env=env)
    assert done.returncode == code, done.stdout + done.stderr
    assert "planted" not in done.stdout + done.stderr
    return done.stdout + done.stderr


def test_another_hub_becomes_the_same(start_hub, file, tmp_path):
    one = start_hub(name="one")
    fill(one)
    text = export(one, file)
    assert "planted" not in text and "${env:CRM_AUTH_TOKEN}" in text
    assert "payload_template: |-\n      {\n" in text, "several lines stay several lines"
    assert "max_concurrency" not in text and "timecreated" not in text
    two = start_hub(name="two")
    shown = apply(two, file)
    for name in ("crm", "legacy", "broker", "new users", "all: of it"):
        assert name in shown
    assert export(two, tmp_path / "again.yaml") == text
    fields = ("name", "type", "base_url", "headers", "retry_on", "response_queue", "timeout",
              "max_concurrency", "auth_type")
    for name in ("crm", "legacy", "broker"):
        assert {f: one.service(name)[f] for f in fields} == {f: two.service(name)[f]
                                                             for f in fields}
    assert two.admin.get("/settings").json["max_log_entries"] == 77
    assert "no changes" in apply(two, file) and "no changes" in apply(one, file)


def test_secrets_arrive(hub, receiver, file):
    file.write_text(f"""
services:
  crm:
    base_url: {receiver.url}
    auth_type: bearer
    auth_token: ${{file:token.txt}}
""")
    (file.parent / "token.txt").write_text("from a file\n")
    apply(hub, file)
    hub.admin.post("/services/crm/request", {}).expect(200)
    assert receiver.requests[0].headers["authorization"] == "Bearer from a file"
    assert "no changes" in apply(hub, file)
    (file.parent / "token.txt").write_text("another\n")
    shown = apply(hub, file)
    assert "auth_token" in shown and "another" not in shown
    assert "no changes" in apply(hub, file)
    hub.admin.post("/services/crm/request", {}).expect(200)
    assert receiver.requests[1].headers["authorization"] == "Bearer another"
    # A secret that the file does not name stays.
    file.write_text(file.read_text().replace("    auth_token: ${file:token.txt}\n", ""))
    assert "no changes" in apply(hub, file)


def test_the_differences_come_first(hub, file):
    fill(hub)
    text = export(hub, file)
    file.write_text(text.replace("timeout: 2.5", "timeout: 9").replace("    http_method: PUT\n", ""))
    tried = apply(hub, file, "--dry-run")
    assert "~ service legacy" in tried and "timeout: 2.5 -> 9" in tried
    assert "~ rule new users" in tried and 'http_method: "PUT" -> "POST"' in tried
    assert hub.service("legacy")["timeout"] == 2.5
    done = json.loads(hub.cli("config", "apply", file, "--json", env=VARIABLES).stdout)
    assert done["applied"] is True
    assert {(c["kind"], c["name"], c["action"]) for c in done["changes"]} == {
        ("service", "legacy", "update"), ("rule", "new users", "update")}
    assert hub.service("legacy")["timeout"] == 9
    assert hub.admin.all("/rules")[-1]["http_method"] == "POST"


def test_what_the_file_lacks_is_told_and_only_pruned_on_demand(hub, file):
    fill(hub)
    file.write_text("services:\n  crm:\n    base_url: https://crm.example/v1\n")
    shown = apply(hub, file)
    assert "service legacy is not in the file" in shown and "rule" not in shown
    assert len(hub.admin.all("/services")) == 3
    shown = apply(hub, file, "--prune", "--dry-run")
    assert "- service legacy" in shown and len(hub.admin.all("/services")) == 3
    apply(hub, file, "--prune")
    assert [item["name"] for item in hub.admin.all("/services")] == ["crm"]
    assert len(hub.admin.all("/rules")) == 2, "a section that is not there is not managed"
    file.write_text("rules: {}\n")
    apply(hub, file, "--prune")
    assert hub.admin.all("/rules") == []


def test_nothing_changes_when_anything_is_wrong(hub, file):
    file.write_text("""services:
  good:
    base_url: https://good.example
  bad:
    base_url: https://bad.example
    timeout: 900
    colour: red
rules:
  lost:
    eventname: '*'
    service: nowhere
  broken:
    eventname: '*'
    service: good
    payload_template: |-
      {"a": 1,
       "b": {{nonsense
      }
settings:
  max_log_entries: -1
""")
    told = apply(hub, file, code=1)
    for place in (":6: service bad: timeout", ":7: service bad: colour", ":11: rule lost: service",
                  ":15: rule broken: payload_template", ":20: settings: max_log_entries"):
        assert file.name + place in told, (place, told)
    assert "Nothing was changed" in told
    assert hub.admin.all("/services") == [] and hub.admin.all("/rules") == []


@pytest.mark.parametrize("text, says", [
    ("services: [", "1: it is not YAML"), ("servces: {}", "servces"), ("- a", "must be a map"),
    ("services:\n  crm:\n    auth_token: ${env:MIH_NOT_SET}\n", ":3: the environment has no"),
    ("services:\n  crm:\n    auth_token: ${file:none}\n", ":3: "),
    ("services:\n  crm: {base_url: 'http://a'}\n  crm: {base_url: 'http://b'}\n", ":3: "),
    ("version: 7\n", ":1: version"),
])
def test_faults_of_the_file_are_told_with_their_line(hub, file, text, says):
    file.write_text(text)
    assert says in apply(hub, file, code=2)


def test_names_must_be_unique(hub, file):
    hub.add_service("crm", "https://crm.example")
    for name in ("twin", "twin", ""):
        hub.add_rule("crm", name=name)
    done = hub.cli("config", "export", file)
    assert done.returncode == 1 and not file.exists()
    assert done.stderr.count("mih rule set") == 3
    file.write_text("rules:\n  twin:\n    eventname: '*'\n    service: crm\n")
    assert "twin" in apply(hub, file, code=1)


def test_over_http_with_a_token(hub, file):
    fill(hub)
    export(hub, file)
    token = hub.create_token("manage")["token"]
    over_http = ("--url", hub.url, "--token", token)
    done = run_mih("config", "export", *over_http)
    assert done.returncode == 0 and done.stdout == file.read_text()
    assert "CRM_AUTH_TOKEN" in done.stderr
    done = run_mih("config", "apply", "-", *over_http, env=VARIABLES, stdin=done.stdout)
    assert done.returncode == 0 and "no changes" in done.stdout, done.stderr


def test_a_dry_run_of_the_api_saves_nothing(hub):
    body = {"name": "crm", "type": "rest", "base_url": "https://crm.example"}
    made = hub.admin.post("/services", body, dry_run="true").expect(200).json
    assert "base_url" in made["changed"] and hub.admin.all("/services") == []
    hub.add_service("crm", "https://crm.example", auth_token="a", auth_type="bearer")
    hub.admin.post("/services", body, dry_run="true").expect_problem(409, "name_taken")
    for token, changed in (("a", []), ("********", []), ("b", ["auth_token"])):
        answer = hub.admin.patch("/services/crm", {"auth_token": token}, dry_run="true")
        assert answer.expect(200).json == {"changed": changed}
    rule = {"name": "r", "eventname": "*", "service": "crm", "filter": {"a": 1}}
    hub.admin.post("/rules", {**rule, "eventname": "?"}, dry_run="true").expect_problem(422)
    assert hub.admin.post("/rules", rule, dry_run="true").expect(200).json["changed"]
    assert hub.admin.all("/rules") == []
    made = hub.admin.post("/rules", rule).expect(201).json
    spaced = '{"name": "r", "eventname": "*", "service": "crm", "filter": { "a" : 1 }}'
    answer = hub.admin.put(f"/rules/{made['id']}", spaced, dry_run="true").expect(200)
    assert answer.json == {"changed": []}
