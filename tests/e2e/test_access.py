"""Tokens, roles, and who gets an answer at all."""

import http.client
import re
import stat

import pytest

from support.api import Api
from support.events import event, events
from support.people import Person
from support.receiver import Answer
from support.sign_on import Signer
from support.walk import paths_of

NO_TOKEN_NEEDED = ["/healthz", "/readyz"]
ROUTES = [  # method, path, the least role
    ("POST", "/events", "ingest"), ("GET", "/events", "view"), ("GET", "/events/x", "view"),
    ("GET", "/event-names", "view"), ("GET", "/event-names/x/fields", "view"),
    ("POST", "/rules/preview", "view"), ("POST", "/rules/dry-run", "view"),
    ("GET", "/sites", "view"), ("POST", "/sites", "manage"), ("PATCH", "/sites/1", "manage"),
    ("DELETE", "/sites/1", "manage"), ("POST", "/sites/1/code", "manage"),
    ("GET", "/connector/subscriptions", "ingest"), ("PUT", "/connector/catalogue", "ingest"),
    ("POST", "/connector/import", "ingest"),
    ("POST", "/privacy/export", "ingest"), ("POST", "/privacy/erase", "ingest"),
    ("GET", "/services", "view"), ("GET", "/services/x", "view"), ("POST", "/services", "manage"),
    ("PUT", "/services/x", "manage"), ("PATCH", "/services/x", "manage"),
    ("DELETE", "/services/x", "manage"), ("POST", "/services/x/circuit/reset", "manage"),
    ("POST", "/circuits/reset", "manage"), ("POST", "/services/x/test", "manage"),
    ("GET", "/services/x/operations", "manage"),
    ("GET", "/transports", "view"),
    ("GET", "/rules", "view"), ("GET", "/rules/1", "view"), ("POST", "/rules", "manage"),
    ("PUT", "/rules/1", "manage"), ("PATCH", "/rules/1", "manage"),
    ("DELETE", "/rules/1", "manage"), ("GET", "/deliveries", "view"),
    ("GET", "/deliveries/x", "view"), ("POST", "/deliveries/x/retry-now", "manage"),
    ("POST", "/deliveries/x/cancel", "manage"), ("GET", "/dead-letters", "view"),
    ("GET", "/dead-letters/1", "view"), ("POST", "/dead-letters/replay", "manage"),
    ("POST", "/dead-letters/delete", "manage"), ("GET", "/jobs/x", "view"),
    ("GET", "/log", "view"), ("POST", "/log/clear", "manage"), ("GET", "/stats/summary", "view"),
    ("GET", "/stats/series", "view"), ("HEAD", "/stream", "view"),
    ("GET", "/settings", "view"), ("PATCH", "/settings", "manage"),
    ("GET", "/secrets", "manage"), ("GET", "/secrets/x", "manage"), ("PUT", "/secrets/x", "manage"),
    ("DELETE", "/secrets/x", "manage"),
]
LOCAL_ONLY = [  # people of this hub and its command line alone
    ("GET", "/tokens"), ("POST", "/tokens"), ("DELETE", "/tokens/1"), ("GET", "/users"),
    ("POST", "/users"), ("PATCH", "/users/9"), ("DELETE", "/users/9"), ("GET", "/audit"),
]
CALLERS = ["nobody", "ingest", "view", "manage", "signed-on view", "signed-on manage",
           "account view", "account manage", "admin socket"]


@pytest.mark.parametrize("role", ["nobody", "ingest", "view", "manage"])
def test_every_route_asks_for_its_role(hub, role):
    api = hub.stranger if role == "nobody" else hub.api(role)
    wrong = []
    for method, path, least in ROUTES:
        reply = api.request(method, path, {} if method in ("POST", "PUT", "PATCH") else None)
        # view does not include ingest; manage includes both
        may = role == "manage" or role == least
        refused = reply.status in (401, 403)
        if refused == may or (not may and reply.status != (401 if role == "nobody" else 403)):
            wrong.append((method, path, reply.status))
    assert not wrong


class Callers:
    """Everybody who may call, each with one way to send a request."""

    def __init__(self, hub):
        self.hub = hub
        made = hub.admin.post("/sites", {"name": "main"}).expect(201).json
        self.key = hub.stranger.post("/connector/connect", {
            "code": made["code"], "wwwroot": "https://moodle.example", "plugin_version": "1",
            "moodle_version": "4.5", "outbox_rows": 0}).expect(200).json["signon_key"]
        self.people = {}
        for role in ("view", "manage"):
            hub.admin.post("/users", {"name": role, "role": role,
                                      "password": "a long password"}).expect(201)
            self.people[role] = Person(hub.address, role, "a long password")
        self.tokens = {role: hub.api(role) for role in ("ingest", "view", "manage")}

    def send(self, caller: str, method: str, path: str, body: bytes | None):
        if caller == "nobody":
            return self.hub.stranger.request(method, path, body, base="")
        if caller == "admin socket":
            return self.hub.admin.request(method, path, body, base="")
        kind, _, role = caller.rpartition(" ")
        if kind == "account":
            return self.people[role].request(method, path, body, base="")
        if kind == "signed-on":
            headers = Signer("main", self.key, role).for_request(method, path, body or b"")
            return self.hub.stranger.request(method, path, body, base="", headers=headers)
        return self.tokens[role].request(method, path, body, base="")


def may(caller: str, role: str, reach: str) -> bool:
    kind, _, own = caller.rpartition(" ")
    own = "manage" if caller == "admin socket" else own
    if role != "none" and own not in (role, "manage"):
        return False
    return {"anywhere": True, "local": True, "not_signed_on": kind != "signed-on",
            "local_login": kind in ("account", "admin"),
            "admin_socket": caller == "admin socket"}[reach]


@pytest.mark.parametrize("caller", CALLERS)
def test_every_route_of_the_table_as_everybody(hub, caller):
    callers = Callers(hub)
    document = hub.admin.get("/openapi.json").expect(200).json
    routes = [(method.upper(), path, item["x-role"], item["x-reach"])
              for path, methods in document["paths"].items() for method, item in methods.items()]
    assert len(routes) > 60
    wrong = []
    # Signing out comes last: it ends what the others need.
    for method, path, role, reach in sorted(
            routes, key=lambda route: route[:2] == ("DELETE", "/api/v1/session")):
        filled = re.sub(r"\{\w+\}", "999", path)
        body = b"{}" if method in ("POST", "PUT", "PATCH") else None
        if path == "/api/v1/stream":
            method = "HEAD"  # its answer has no end
        status = callers.send(caller, method, filled, body).status
        refused = status in (401, 403)
        allowed = may(caller, role, reach)
        # These ask for a code, a password or a secret of their own.
        own_proof = path in ("/api/v1/session", "/api/v1/connector/connect", "/inbound/{service}")
        if status >= 500 or (refused == allowed and not (own_proof and allowed)):
            wrong.append((method, path, role, reach, status))
        if not allowed and status != (401 if caller == "nobody" else 403):
            wrong.append((method, path, role, reach, status))
    assert not wrong


def test_tokens_users_and_audit_are_for_people_and_the_command_line(hub):
    callers = Callers(hub)
    for method, path in LOCAL_ONLY:
        body = b"{}" if method in ("POST", "PATCH") else None
        for caller in CALLERS:
            status = callers.send(caller, method, "/api/v1" + path, body).status
            may_not = 401 if caller == "nobody" else 403
            if caller in ("account manage", "admin socket"):
                assert status not in (401, 403), (caller, method, path)
            else:
                assert status == may_not, (caller, method, path)


def test_401_says_how(hub):
    for api in (hub.stranger, Api(hub.address, "mih_wrong"), Api(hub.address, "")):
        reply = api.get("/services")
        reply.expect_problem(401, "unauthorized")
        assert "bearer" in reply.headers["www-authenticate"].lower()


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic abc", "nonsense", "Bearer a b",
                                    pytest.param("Bearer " + "x" * 5000, id="long")])
def test_odd_credentials_are_401(hub, header):
    reply = hub.stranger.get("/services", headers={"Authorization": header})
    assert reply.status in (401, 431)


def test_tokens_are_shown_once(hub):
    made = hub.create_token("view")
    assert made["token"].startswith("mih_") and len(made["token"]) >= 40
    assert made["role"] == "view" and made["name"] == "test view"
    listed = hub.admin.get("/tokens").expect(200)
    assert made["token"].encode() not in listed.body
    assert made["id"] in [token["id"] for token in listed.json["items"]]


def test_a_deleted_token_is_refused_at_once(hub):
    made = hub.create_token("view")
    api = Api(hub.address, made["token"])
    api.get("/services").expect(200)
    hub.admin.delete(f"/tokens/{made['id']}").expect(204)
    api.get("/services").expect_problem(401)


def test_tokens_survive_a_restart_and_are_not_stored_in_clear(hub):
    made = hub.create_token("ingest")
    hub.stop()
    for path in hub.data.rglob("*"):
        if path.is_file():
            assert made["token"].encode() not in path.read_bytes(), path
    hub.start()
    Api(hub.address, made["token"]).post("/events", event()).expect(202)


@pytest.mark.parametrize("body", [{"role": "king", "name": "x"}, {"name": "x"}, {},
                                  {"role": "view", "name": "x", "colour": 1}])
def test_bad_tokens_are_422(hub, body):
    hub.admin.post("/tokens", body).expect_problem(422)


def test_a_token_makes_no_tokens(hub):
    hub.api("manage").post("/tokens", {"role": "view", "name": "x"}).expect_problem(403)


def test_the_second_socket_trusts_nobody(hub):
    connector = Api(hub.data / "mih.sock")
    connector.get("/services").expect_problem(401)
    token = hub.create_token("view")["token"]
    Api(hub.data / "mih.sock", token).get("/services").expect(200)


def test_personal_data_is_for_manage(hub, receiver):
    receiver.answer = Answer(400, body=b"answer about ada@example.org")
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    item = event(other={"email": "ada@example.org"})
    hub.send([item])
    letter = hub.wait_for_dead_letters(1)[0]
    paths = [f"/dead-letters/{letter['id']}", f"/events/{item['id']}",
             f"/deliveries/{letter['delivery_id']}"]
    view, manage = hub.api("view"), hub.api("manage")
    for path in [*paths, "/dead-letters", "/events", "/deliveries", "/log"]:
        assert b"ada@example.org" not in view.get(path).expect(200).body, path
    for path in paths[:2]:
        assert b"ada@example.org" in manage.get(path).expect(200).body, path
        assert view.get(path).json["redacted"] is True


def test_nothing_that_view_can_read_holds_personal_data(hub, receiver):
    """Every GET of the API, with events, calls and dead letters full of marked data."""
    receiver.answer = Answer(400, body=b"planted-marker in the answer")
    hub.add_service("crm", receiver.url)
    rule = hub.add_rule("crm", headers={"X-User": "{{other.email}}"},
                        payload_template='{"email": {{other.email}}}')["id"]
    item = event(other={"email": "planted-marker"})
    hub.send([item])
    hub.admin.post("/services/crm/enqueue", {"endpoint": "/", "payload": {"x": "planted-marker"},
                                             "headers": {"X-User": "planted-marker"}}).expect(202)
    letters = hub.wait_for_dead_letters(2)
    values = {"name": "crm", "id": str(rule)}
    for letter in letters:
        ids = {**values, "/api/v1/dead-letters/{id}{id}": str(letter["id"]),
               "/api/v1/deliveries/{id}{id}": letter["delivery_id"],
               "/api/v1/events/{id}{id}": item["id"]}
        paths = paths_of(hub, **ids)
        seen = b"".join(hub.api("manage").get(path, base="").body for path in paths)
        assert b"planted-marker" in seen, "the data is there"
        for path in paths:
            assert b"planted-marker" not in hub.api("view").get(path, base="").body, path
    shown = hub.api("view").post("/rules/preview", {"rule_id": rule, "event_id": item["id"]})
    assert b"planted-marker" not in shown.expect(200).body and shown.json["redacted"] is True


def test_files_of_the_data_directory_are_private(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.send(events(1))
    assert stat.S_IMODE(hub.data.stat().st_mode) == 0o750
    for path in hub.data.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        expected = 0o660 if path.name == "mih.sock" else 0o600
        if path.is_dir():
            assert mode & 0o007 == 0, path
        else:
            assert mode == expected, (path, oct(mode))


def test_health_needs_no_token(hub):
    for path in NO_TOKEN_NEEDED:
        hub.stranger.get(path, base="").expect(200)


def test_an_open_circuit_is_no_reason_not_to_be_ready(hub, receiver):
    receiver.down()
    hub.add_service("crm", receiver.url, max_retries=0)
    hub.add_rule("crm")
    hub.send(events(1))
    hub.wait_for_circuit("crm", "open")
    hub.stranger.get("/readyz", base="").expect(200)


def test_unknown_paths_and_methods(hub):
    hub.admin.get("/nothing").expect_problem(404, "not_found")
    hub.admin.get("/", base="/api/v2").expect_problem(404)
    for method, path in (("DELETE", "/events"), ("PUT", "/services"), ("POST", "/stats/summary")):
        hub.admin.request(method, path).expect_problem(405)
    for path in ("/services/..%2f..%2fetc", "/%00", "/services/%zz", "/" + "x" * 4000):
        assert 400 <= hub.admin.get(path).status < 500


def raw(hub, data: bytes) -> bytes:
    """Sends bytes and reads what comes until the hub closes or answers."""
    connection = http.client.HTTPConnection(*hub.address, timeout=20)
    connection.connect()
    try:
        connection.sock.sendall(data)
        return connection.sock.recv(65536)
    except ConnectionError:
        return b""
    finally:
        connection.close()


@pytest.mark.parametrize("data", [
    b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    b"POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999999\r\n\r\n",
    b"POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
], ids=["no-http", "version", "tls", "long-header", "negative", "too-long", "bad-chunk"])
def test_hostile_requests_harm_nobody(hub, data):
    answer = raw(hub, data)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4", b"HTTP/1.1 5")), answer
    hub.stranger.get("/healthz", base="").expect(200)


def test_a_client_that_stops_in_the_middle_holds_up_nobody(hub):
    waiting = []
    for _ in range(50):
        connection = http.client.HTTPConnection(*hub.address, timeout=20)
        connection.connect()
        connection.sock.sendall(b"POST /api/v1/events HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        waiting.append(connection)
    hub.admin.post("/events", event()).expect(202)
    for connection in waiting:
        connection.close()
    assert hub.summary()["events_accepted"] == 1


def test_pipelined_requests_are_answered_in_order(hub):
    one = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    last = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    connection = http.client.HTTPConnection(*hub.address, timeout=20)
    connection.connect()
    connection.sock.sendall(one * 3 + last)
    answer = b""
    while part := connection.sock.recv(65536):
        answer += part
    connection.close()
    assert answer.count(b"HTTP/1.1 200") == 4


def test_the_api_describes_itself(hub):
    document = hub.admin.get("/openapi.json").expect(200).json
    assert document["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, item in document["paths"].items()
                 for method in item}
    described |= {("HEAD", path) for method, path in described if method == "GET"}
    for method, path, _ in ROUTES:
        generic = path.replace("/x", "/{}").replace("/1", "/{}")
        assert any(m == method and _same(p, generic) for m, p in described), (method, path)


def _same(described: str, generic: str) -> bool:
    parts = described.removeprefix("/api/v1").split("/")
    wanted = generic.split("/")
    return len(parts) == len(wanted) and all(
        part == want or (want == "{}" and part.startswith("{"))
        for part, want in zip(parts, wanted))
