"""The document of the API says what the hub answers, and the hub answers what it says."""

import json
import re
import time

import pytest

from support.api import Api, Reply
from support.events import event, events
from support.hub import ROOT, wait_until
from support.inbound import SECRET, standard_signature
from support.openapi import CheckedApi, Document
from support.receiver import Answer, Gate
from support.stream import StreamReader

CREATED = "\\core\\event\\user_created"
PASSWORD = "a long password"
FILE = ROOT / "docs/api/openapi.json"
SUMMARY = {"$ref": "#/components/schemas/Summary"}
WSDL = (ROOT / "tests/data/wsdl/crm.wsdl").read_bytes()
# What the interfaces promise. `busy` and `starting` come of a race; the unit tests have them.
PROMISED_CODES = {
    400: {"invalid_json"}, 401: {"unauthorized"}, 403: {"forbidden"},
    404: {"not_found", "service_not_found"}, 405: {"method_not_allowed"},
    409: {"name_taken", "service_disabled", "not_waiting", "conflict"}, 412: {"changed"},
    413: {"too_large"}, 415: {"unsupported_media_type"},
    422: {"validation_failed", "template_invalid", "filter_invalid"}, 429: {"rate_limited"},
    503: {"circuit_open", "disk_full"}}


class World:
    """A hub with something of everything in it, made through answers that are looked at."""

    def __init__(self, hub, receivers):
        self.hub = hub
        self.document = Document(json.loads(FILE.read_text()))
        self.admin = CheckedApi(self.document, hub.data / "admin.sock")
        self.stranger = CheckedApi(self.document, hub.address)
        self.gate = Gate()
        self.target = receivers(self._answer)
        self.moodle = receivers(self._moodle)
        self.values: dict[str, list[str]] = {}

    def _answer(self, request) -> Answer:
        if request.path.startswith("/wsdl"):
            return Answer(200, {"Content-Type": "text/xml"}, WSDL)
        if request.path.startswith("/held"):
            return Answer(gate=self.gate)
        if request.path.startswith("/no"):
            return Answer(400, {"Content-Type": "text/plain"}, b"no\xff")
        if request.path.startswith("/fail"):
            return Answer(500)
        return Answer(200, {"Content-Type": "application/json"}, b'{"ok": true}')

    @staticmethod
    def _moodle(request) -> Answer:
        called = json.loads(request.body)
        if called["action"] == "subscriptions":
            return Answer(200, {}, json.dumps({"version": called["version"]}).encode())
        return Answer(200, {}, b'{"taken": true, "duplicate": false}')

    def token(self, role: str, **fields) -> CheckedApi:
        made = self.admin.post("/tokens", {"role": role, "name": f"test {role}", **fields})
        return CheckedApi(self.document, self.hub.address, made.expect(201).json["token"])

    def fill(self) -> None:
        self.services()
        self.rules()
        self.site()
        self.traffic()
        self.people()
        self.trials()

    def services(self) -> None:
        add = lambda **fields: self.admin.post("/services", fields).expect(201)
        add(name="crm", type="rest", base_url=self.target.url, auth_type="basic",
            basic_user="u", auth_token="secret", headers={"X-A": "b"}, max_retries=0,
            retry_on=["5xx"], reject_on=["409"], signing_secret=SECRET, cloudevents="binary",
            inbound_enabled=True, inbound_secret=SECRET)
        add(name="queue", type="amqp", base_url="amqp://guest:guest@127.0.0.1:9",
            cb_failure_threshold=1, cb_cooldown=86400)
        add(name="legacy", type="soap", base_url=self.target.url + "/wsdl")
        add(name="failing", type="rest", base_url=self.target.url + "/fail", max_retries=5,
            retry_backoff=3600, cb_failure_threshold=0)
        add(name="paused", type="rest", base_url=self.target.url)
        add(name="held", type="rest", base_url=self.target.url + "/held", timeout=300)
        add(name="off", type="rest", base_url=self.target.url, enabled=False)
        add(name="gone", type="rest", base_url=self.target.url)
        self.admin.post("/services/paused/pause").expect(200)
        changed = self.admin.put("/services/gone", {
            "name": "gone", "type": "rest", "base_url": self.target.url, "timeout": 7.5})
        changed.expect(200)
        self.admin.patch("/services/gone", {"timeout": 8, "proxy": "http://127.0.0.1:9"})
        self.admin.delete("/services/gone", dry_run="true").expect(200)
        self.admin.delete("/services/gone").expect(200)

    def rules(self) -> None:
        for service in ("crm", "queue", "failing", "paused", "held"):
            made = self.admin.post("/rules", {
                "name": f"to {service}", "eventname": CREATED, "service": service,
                "endpoint": "/x", "http_method": "POST", "enabled": True,
                "payload_template": '{"id": {{userid}}}', "headers": {"X-Id": "{{objectid}}"},
                "filter": {"userid": 2} if service == "held" else None}).expect(201).json
        self.rule = self.admin.post("/rules", {
            "name": "to no", "eventname": CREATED, "service": "crm", "endpoint": "/no",
            "dedupe_window": 0.5, "dedupe_key": "{{id}}"}).expect(201).json["id"]
        self.admin.put(f"/rules/{self.rule}", {
            "name": "to no", "eventname": CREATED, "service": "crm", "endpoint": "/no"}).expect(200)
        self.admin.patch(f"/rules/{self.rule}", {"ordering_key": "{{userid}}"}).expect(200)
        other = self.admin.post("/rules", {"name": "other", "eventname": "\\mod_*\\event\\*",
                                           "service": "crm"}).expect(201).json["id"]
        spare = self.admin.post("/rules", {"name": "spare", "eventname": "*",
                                           "service": "off"}).expect(201).json["id"]
        self.admin.delete(f"/rules/{spare}").expect(204)
        self.values["/api/v1/rules/{id}"] = [str(self.rule), str(other), str(made["id"])]

    def site(self) -> None:
        made = self.admin.post("/sites", {"name": "main"}).expect(201).json
        self.admin.post(f"/sites/{made['id']}/code").expect(201)
        made = self.admin.post(f"/sites/{made['id']}/code").expect(201).json
        given = self.stranger.post("/connector/connect", {
            "code": made["code"], "wwwroot": self.moodle.url, "plugin_version": "2026112300",
            "moodle_version": "4.5.5", "outbox_rows": 0}).expect(200).json
        self.connector = CheckedApi(self.document, self.hub.address, given["token"])
        self.connector.get("/connector/subscriptions").expect(200)
        self.connector.put("/connector/catalogue", {"events": [
            {"eventname": CREATED, "title": "User created", "component": "core",
             "objecttable": "user", "crud": "c"}]}).expect(204)
        other = self.admin.post("/sites", {"name": "other", "wwwroot": "https://o.example"})
        number = other.expect(201).json["id"]
        self.admin.patch(f"/sites/{number}", {"callback_url": ""}).expect(200)
        self.admin.delete(f"/sites/{number}").expect(204)
        self.admin.post("/sites", {"name": "waiting"}).expect(201)

    def traffic(self) -> None:
        item = event()
        self.admin.post("/events", [item, {"eventname": "", "id": "bad"}]).expect(202)
        self.admin.post("/events", item).expect(202)
        self.admin.post("/events", {"nothing": 1}).expect(400)
        self.connector.post("/events", [event(), event(eventname="\\mod_quiz\\event\\x")]) \
            .expect(202)
        self.admin.post("/services/crm/enqueue", {"endpoint": "/no", "payload": {"x": 1},
                                                  "headers": {"X-A": "1"}}).expect(202)
        self.admin.post("/services/crm/enqueue", {"endpoint": "/", "id": "call-1"}).expect(202)
        for call in ({"endpoint": "/no", "method": "POST", "payload": [1]},
                     {"endpoint": "/", "method": "GET", "payload": {"a": 1}, "timeout": 5}):
            self.admin.post("/services/crm/request", call).expect(200)
        self.admin.post("/services/crm/test", {"endpoint": "/", "method": "GET"}).expect(200)
        self.admin.post("/services/queue/test", {"payload": {"a": 1}}).expect(200)
        self.admin.post("/services/legacy/test", {"endpoint": "query"}).expect(200)
        body, stamp = b'{"grade": 9.5}', int(time.time())
        self.stranger.post("/inbound/crm", body, base="", headers={
            "webhook-id": "m-1", "webhook-timestamp": str(stamp),
            "webhook-signature": standard_signature("m-1", stamp, body)}).expect(202)
        self.hub.wait_for_dead_letters(3)
        self.wait_for_states("delivered", "dead", "parked", "retrying", "sending")
        self.event_id = item["id"]

    def wait_for_states(self, *states: str) -> None:
        def all_there():
            rows = self.hub.admin.all("/deliveries")
            return rows if {row["state"] for row in rows} >= set(states) else None
        rows = wait_until(all_there, f"deliveries that are {states}")
        by_state = {row["state"]: row["id"] for row in rows}
        self.values["/api/v1/deliveries/{id}"] = [
            *by_state.values(), *(row["id"] for row in rows if row["rule_id"] is None)]
        retrying = by_state["retrying"]
        self.admin.post(f"/deliveries/{retrying}/retry-now").expect(200)
        parked = [row["id"] for row in rows if row["parked_because"] == "paused"]
        self.admin.post(f"/deliveries/{parked[0]}/cancel").expect(200)

    def people(self) -> None:
        made = self.admin.post("/users", {"name": "ada", "role": "manage",
                                          "password": PASSWORD}).expect(201).json
        login = self.stranger.post("/session", {"name": "ada", "password": PASSWORD}).expect(201)
        headers = {"Cookie": login.headers["set-cookie"].split(";")[0],
                   "X-CSRF-Token": login.json["csrf_token"]}
        changed = self.stranger.put("/session/password", {
            "password": PASSWORD, "new_password": PASSWORD + "!"}, headers=headers).expect(200)
        headers = {"Cookie": changed.headers["set-cookie"].split(";")[0],
                   "X-CSRF-Token": changed.json["csrf_token"]}
        self.stranger.get("/services", headers=headers).expect(200)
        self.stranger.delete("/session", headers=headers).expect(204)
        self.admin.patch(f"/users/{made['id']}", {"role": "view"}).expect(200)
        self.admin.delete(f"/users/{made['id']}/sessions").expect(200)
        spare = self.admin.post("/users", {"name": "eve", "role": "view",
                                           "password": PASSWORD}).expect(201).json
        self.admin.delete(f"/users/{spare['id']}").expect(204)
        self.admin.put("/secrets/spare", {"value": "x"}).expect(200)
        self.admin.put("/secrets/key", {"value": "x"}).expect(200)
        self.admin.delete("/secrets/spare").expect(204)
        token = self.admin.post("/tokens", {"role": "ingest"}).expect(201).json
        self.admin.post("/tokens", {"role": "ingest", "name": "x", "site": "main"}).expect(201)
        self.admin.delete(f"/tokens/{token['id']}").expect(204)

    def trials(self) -> None:
        for event_of in ({"event_id": self.event_id}, {"sample": True}, {"event": event()}):
            self.admin.post("/rules/preview", {"rule_id": self.rule, **event_of}).expect(200)
        self.admin.post("/rules/preview", {"sample": True, "rule": {
            "eventname": "\\x\\event\\y", "service": "crm"}}).expect(200)
        self.admin.post("/rules/dry-run", {"rule_id": self.rule, "limit": 100}).expect(200)
        settings = self.admin.get("/settings").expect(200).json
        self.admin.patch("/settings", dict([next(iter(settings.items()))])).expect(200)
        self.admin.post("/connector/import", {"local_integrationhub_svc": [
            {"id": 9, "name": "Süd", "type": "rest", "base_url": self.target.url},
            {"id": 10, "name": "bad", "type": "ftp", "base_url": "x"}],
            "local_integrationhub_rules": [
                {"id": 1, "serviceid": 9, "eventname": CREATED, "payload_template": "{{"},
                {"id": 2, "serviceid": 77, "eventname": CREATED}]}).expect(200)
        self.connector.post("/privacy/export", {"userid": 2}).expect(200)
        self.connector.post("/privacy/erase", {"userid": 99}).expect(202)
        letters = self.hub.admin.all("/dead-letters")
        self.admin.post("/dead-letters/replay", {"all": True, "dry_run": True}).expect(200)
        job = self.admin.post("/dead-letters/replay", {"ids": [letters[0]["id"]]}).expect(202).json
        self.hub.wait_for_job(job["job_id"])
        other = self.admin.post("/dead-letters/delete", {"ids": [letters[1]["id"]]}).expect(202)
        self.hub.wait_for_job(other.json["job_id"])
        self.values["/api/v1/jobs/{id}"] = [job["job_id"], other.json["job_id"]]
        self.admin.post("/dead-letters/delete", {"all": True, "dry_run": True}).expect(200)

    def ask_everything(self) -> None:
        """Every GET, by everybody who may and by a caller who may only view."""
        letters = self.hub.admin.all("/dead-letters")
        self.values |= {
            "/api/v1/services/{name}": ["crm", "queue", "legacy", "failing", "paused", "off"],
            "/api/v1/services/{name}/operations": ["legacy"],
            "/api/v1/dead-letters/{id}": [str(letter["id"]) for letter in letters],
            "/api/v1/events/{id}": [self.event_id],
            "/api/v1/event-names/{name}/fields": ["%5Ccore%5Cevent%5Cuser_created",
                                                  "%5Cmod_forum%5Cevent%5Cpost_created"],
            "/api/v1/secrets/{name}": ["key"], "/assets/{name}": assets(self.hub)}
        view = self.token("view")
        for method, template in sorted(self.document.operations()):
            if method != "GET" or template == "/api/v1/stream":
                continue
            role = self.document.paths[template]["get"]["x-role"]
            for value in self.values.get(template, ["-"]):
                path = re.sub(r"\{\w+\}", value, template)
                if template == "/api/v1/stats/series":
                    path += "?metric=accepted"
                if template == "/api/v1/connector/subscriptions":
                    self.connector.get(path, base="").expect(200)
                    continue
                self.admin.get(path, base="").expect(200)
                if role in ("none", "view"):
                    view.get(path, base="").expect(200)
        self.listen()

    def listen(self) -> None:
        """The stream has no end, so it is not asked like the others."""
        stream = StreamReader(self.hub.admin)
        answer = stream.response
        self.document.check("GET", "/api/v1/stream", None, Reply(
            answer.status, {k.lower(): v for k, v in answer.getheaders()}, b"not at its end"))
        self.document.findings += [f"counters of the stream: {fault}" for fault in
                                   self.document.faults(SUMMARY, stream.next("counters"))]
        stream.close()

    def end(self) -> None:
        """What takes away what the others show."""
        for path in ("/services/paused/resume", "/services/queue/circuit/reset", "/circuits/reset"):
            self.admin.post(path).expect(200)
        self.admin.post("/log/clear").expect(204)
        self.admin.post("/key/rotate").expect(204)
        self.gate.open()


def assets(hub) -> list[str]:
    page = hub.stranger.get("/", base="").body.decode()
    return sorted(set(re.findall(r"assets/([^\"']+)", page)))


@pytest.fixture
def world(hub, receivers):
    made = World(hub, receivers)
    yield made
    made.gate.open()


def test_the_hub_shows_the_document(hub):
    assert hub.stranger.get("/openapi.json").expect(200).json == json.loads(FILE.read_text())


def test_every_answer_is_as_the_document_says(world):
    world.fill()
    world.ask_everything()
    world.end()
    assert not world.document.findings, "\n".join(sorted(set(world.document.findings)))
    succeeded = {(method, path) for method, path, status in world.document.validated
                 if status < 300}
    assert not world.document.operations() - succeeded, "no answer of these was looked at"


def test_every_problem_is_as_the_document_says(world, start_hub):
    codes = {}
    document = world.document

    def problem(reply):
        codes.setdefault(reply.status, set()).add(reply.json["code"])
        assert reply.headers["content-type"] == "application/problem+json"

    admin, stranger = world.admin, world.stranger
    service = {"name": "crm", "type": "rest", "base_url": world.target.url}
    admin.post("/services", service).expect(201)
    tag = admin.get("/services/crm").headers["etag"]
    admin.patch("/services/crm", {"timeout": 9}).expect(200)
    admin.post("/services", {**service, "name": "off", "enabled": False}).expect(201)
    admin.post("/services", {**service, "name": "open", "base_url": world.target.url + "/fail",
                             "cb_failure_threshold": 1, "max_retries": 0}).expect(201)
    admin.post("/services/open/request", {"method": "POST"}).expect(200)
    world.hub.wait_for_circuit("open", "open")
    item = event()
    rule = {"eventname": "*", "service": "crm", "endpoint": "/no"}
    admin.post("/rules", rule).expect(201)
    admin.post("/events", item).expect(202)
    letter = world.hub.wait_for_dead_letters(1)[0]
    for reply in (
            admin.post("/services", "{"), admin.post("/events", "[{"),
            stranger.get("/services"), CheckedApi(document, world.hub.address, "x").get("/rules"),
            world.token("ingest").get("/services"), world.token("view").post("/log/clear"),
            admin.get("/nothing"), admin.get("/rules/999"), admin.get("/jobs/x"),
            admin.post("/services/x/request", {}), admin.post("/services/x/enqueue", {}),
            admin.request("PUT", "/events", {}), admin.post("/services", service),
            admin.post("/services/off/request", {}), admin.post("/services/open/request", {}),
            admin.post(f"/deliveries/{letter['delivery_id']}/cancel"),
            admin.post(f"/deliveries/{letter['delivery_id']}/retry-now"),
            world.token("ingest").put("/connector/catalogue", {"events": []}),
            admin.patch("/services/crm", {"timeout": 8}, headers={"If-Match": tag}),
            admin.post("/events", b"[" + b" " * (17 << 20) + b"]"),
            admin.post("/services", "x", content_type="text/plain"),
            admin.post("/events", "x", content_type="text/plain"),
            admin.post("/services", {**service, "name": "/", "colour": 1}),
            admin.get("/services", cursor="x"), admin.get("/deliveries", limit="0"),
            admin.post("/dead-letters/replay", {"ids": []}),
            admin.post("/rules", {**rule, "payload_template": "{\n{{"}),
            admin.post("/rules", {**rule, "filter": {"a": {"$gr": 5}}})):
        problem(reply)
    for _ in range(9):
        problem(stranger.post("/session", {"name": "ada", "password": "a guess"}))
    full = start_hub("--min-free-disk", "1024GiB", name="full")
    problem(CheckedApi(document, full.data / "admin.sock").post("/events", events(1)))
    missing = {status: wanted - codes.get(status, set())
               for status, wanted in PROMISED_CODES.items()}
    assert not any(missing.values()), missing
    assert not document.findings, "\n".join(sorted(set(document.findings)))


def test_what_the_document_does_not_say_is_found(hub):
    """The check itself: it sees a member too many, a wrong type, a missing one, a status."""
    document = Document(json.loads(FILE.read_text()))
    api = Api(hub.address)
    reply = api.get("/healthz", base="")
    document.check("GET", "/healthz", None, reply)
    assert not document.findings
    for body in ({"status": "ok", "colour": 1}, {"status": 1}):
        reply.body = json.dumps(body).encode()
        document.check("GET", "/healthz", None, reply)
    reply.status = 418
    document.check("GET", "/healthz", None, reply)
    assert len(document.findings) == 3
