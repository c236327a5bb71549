"""What somebody tried who has one thing and wants another."""

import json
import os
import time

import pytest

from support.events import event
from support.hub import run_mih
from support.receiver import Answer

MARKER = "marker-of-ada-lovelace"


def took(hub, name: str) -> float:
    """The seconds that a refused login takes."""
    begin = time.monotonic()
    hub.stranger.post("/session", {"name": name, "password": "wrong wrong wrong"}).expect(401)
    return time.monotonic() - begin


def test_a_viewer_finds_no_payload_by_searching_for_it(hub, receiver):
    """Each answer to "is this in it?" would tell a little, and many all of it."""
    receiver.answer = Answer(400)
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", payload_template='{"name": {{other.name}}}')
    hub.send([event(other={"name": MARKER})])
    hub.wait_for_dead_letters(1)
    view, manage = hub.api("view"), hub.api("manage")
    assert manage.get("/dead-letters", text=MARKER).expect(200).json["items"]
    assert view.get("/dead-letters", text=MARKER).expect(200).json["items"] == []
    assert view.get("/dead-letters", text="http 400").expect(200).json["items"]


@pytest.mark.parametrize("call", ["request", "enqueue"])
def test_a_caller_sends_no_credentials_to_another_host_of_the_address(hub, receiver, call):
    """Behind one address may be many customers of a host."""
    hub.add_service("crm", receiver.url, auth_type="bearer", auth_token="secret")
    body = {"endpoint": "/x", "headers": {"hOST": "evil.example"}}
    problem = hub.api("ingest").post(f"/services/crm/{call}", body).expect_problem(
        422, "validation_failed")
    assert [fault["field"] for fault in problem["errors"]] == ["headers"]
    assert receiver.requests == []


@pytest.mark.parametrize("what", ["export", "erase"])
@pytest.mark.parametrize("site", ["", "main"])
def test_who_only_sends_events_reads_and_erases_nobody(hub, what, site):
    token = {"site": site} if site else {}
    program = hub.api("ingest", **token)
    program.post("/events", event(userid=77, other={"name": MARKER})).expect(202)
    answer = program.post(f"/privacy/{what}", {"userid": 77})
    answer.expect_problem(409, "conflict")
    assert MARKER.encode() not in answer.body


def test_a_refused_login_does_not_tell_that_the_one_time_password_waits(hub):
    took(hub, "nobody")  # the first one prepares something
    nobody = min(took(hub, "nobody") for _ in range(2))
    admin = min(took(hub, "admin") for _ in range(2))
    assert admin > nobody / 4


@pytest.mark.parametrize("scheme,field", [
    ("https", "ca_file"), ("https", "client_cert"), ("amqps", "ca_file")])
def test_a_file_without_end_keeps_nobody_waiting(hub, receiver, scratch, field, scheme):
    """Who may name a file could else stop every call with it."""
    os.mkfifo(scratch / "pipe")
    hub.add_service("other", receiver.url)
    path_of_it = "/" if scheme == "https" else "/?exchange=x"
    address = receiver.url.replace("http:", f"{scheme}:") + path_of_it
    for number, path in enumerate(["/dev/zero", scratch / "pipe", "/proc/version", scratch]):
        name = f"crm-{number}"
        mtls = {"auth_type": "mtls", "client_key": "x"} if field == "client_cert" else {}
        hub.add_service(name, address, type="rest" if scheme == "https" else "amqp",
                        max_retries=0, timeout=5, **mtls, **{field: str(path)})
        answer = hub.admin.post(f"/services/{name}/request", {"endpoint": "x"}).expect(200).json
        assert f"{field} {path} is not a regular file" in answer["error"]
        assert hub.admin.post("/services/other/request", {}).expect(200).json["success"]


def test_sql_writes_no_file_and_sends_a_terminal_no_commands(hub, scratch):
    for query in (f"VACUUM INTO '{scratch}/copy.db'", f"ATTACH '{scratch}/copy.db' AS x"):
        result = hub.cli("sql", "--read-only", query)
        assert result.returncode == 1 and "copy.db" not in [one.name for one in scratch.iterdir()]
    shown = hub.cli("sql", "--read-only", "SELECT x'9b33316d', char(27), 'a' || char(8238)").stdout
    assert shown.splitlines()[-1] == "(4 bytes)\t\ufffd\ta\ufffd"


@pytest.mark.parametrize("endpoint", ["../admin", "/a/../../x", "/%2e%2E/x", "/.", "/a/./b?c"])
def test_a_caller_does_not_leave_the_path_of_the_service(hub, receiver, endpoint):
    hub.add_service("crm", receiver.url + "/tenant/5")
    api = hub.api("ingest")
    for call in ("request", "enqueue"):
        problem = api.post(f"/services/crm/{call}", {"endpoint": endpoint}).expect_problem(
            422, "validation_failed")
        assert "'..'" in problem["detail"]
    api.post("/services/crm/request", {"endpoint": "/a..b/.c?d=/../e"}).expect(200)
    assert [one.path for one in receiver.requests] == ["/tenant/5/a..b/.c?d=/../e"]


def test_a_viewer_sees_no_header_that_says_who_the_hub_is(hub, receiver):
    hub.add_service("crm", receiver.url, headers={"Ocp-Key": MARKER, "Authorization": MARKER})
    rule = hub.add_rule("crm", headers={"X-Api-Key": MARKER, "X-Kind": "{{action}}"})
    body = {"rule_id": rule["id"], "event": event()}
    view, manage = hub.api("view"), hub.api("manage")
    for method, path, sent in [("GET", "/services", None), ("GET", "/services/crm", None),
                               ("GET", "/rules", None), ("GET", f"/rules/{rule['id']}", None),
                               ("POST", "/rules/preview", body)]:
        answer = view.request(method, path, sent).expect(200)
        assert MARKER.encode() not in answer.body, path
    assert view.get("/services/crm").json["headers"]["Ocp-Key"] == "********"
    assert view.get(f"/rules/{rule['id']}").json["headers"]["X-Kind"] == "{{action}}"
    assert manage.get("/services/crm").json["headers"]["Ocp-Key"] == MARKER


def test_a_directory_that_everybody_may_write_is_not_used(scratch):
    data = scratch / "data"
    data.mkdir()
    data.chmod(0o777)
    result = run_mih("serve", "--data", data, "--listen", "127.0.0.1:0")
    assert result.returncode != 0 and "chmod 750" in result.stderr
    assert list(data.iterdir()) == []


def test_a_token_endpoint_puts_no_text_of_its_own_into_the_log(hub, receivers):
    """It has just been told the secret, which who reads the log may not know."""
    tokens, target = receivers(), receivers()
    hub.add_service("crm", target.url, auth_type="oauth2", oauth2_token_url=tokens.url,
                    oauth2_client_id="hub", auth_token=MARKER, max_retries=0)
    for error, shown in [(f"{MARKER} " + "x" * 10_000, "HTTP 400"),
                         ("invalid_client", "HTTP 400: invalid_client")]:
        tokens.answer = Answer(400, body=json.dumps({"error": error}).encode())
        answer = hub.admin.post("/services/crm/request", {}).expect(200).json
        assert answer["error"].endswith(shown)
    assert MARKER not in str(hub.api("view").get("/log").expect(200).json)


WSDL = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t"
    xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:x="http://www.w3.org/2001/XMLSchema"
    targetNamespace="urn:t">
  <types><x:schema targetNamespace="urn:t"><x:element name="e"><x:complexType/></x:element>
  </x:schema></types>
  <message name="m"><part name="p" element="t:e"/></message>
  <portType name="P"><operation name="op"><input message="t:m"/></operation></portType>
  <binding name="B" type="t:P">
    <s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="op"><s:operation soapAction=""/><input><s:body use="literal"/></input>
    </operation></binding>
  <service name="S"><port name="p" binding="t:B"><s:address location="URL/call"/></port></service>
</definitions>"""
FAULT = """<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><Fault>
  <faultcode>CODE</faultcode><faultstring>TEXT</faultstring></Fault></Body></Envelope>"""


def test_a_fault_fills_no_log(hub, receiver):
    """The text of an error is kept with every attempt, longer than answers are."""
    fault = FAULT.replace("CODE", "c" * 100_000).replace("TEXT", "t" * 500_000)
    receiver.answer = lambda request: Answer(
        500 if request.path == "/call" else 200, headers={"Content-Type": "text/xml"},
        body=(fault if request.path == "/call" else WSDL.replace("URL", receiver.url)).encode())
    hub.add_service("soap", receiver.url + "/wsdl", type="soap", max_retries=0)
    answer = hub.admin.post("/services/soap/request", {"endpoint": "op"}).expect(200).json
    assert answer["error"].startswith("SOAP Fault ccc") and len(answer["error"]) < 2000
    assert len(answer["body"]) > 600_000


def test_who_has_a_network_of_ipv6_has_no_more_tries(start_hub):
    hub = start_hub("--trusted-proxies", "127.0.0.0/8")

    def tried(address: str, number: int) -> int:
        return hub.stranger.post("/session", {"name": f"user{number}", "password": "x" * 12},
                                 headers={"X-Forwarded-For": address}).status
    assert [tried(f"2001:db8:1:2::{number:x}", number) for number in range(6)] == [401] * 5 + [429]
    assert tried("2001:db8:1:3::1", 7) == 401
    hub.stop()
