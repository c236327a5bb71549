"""How the hub proves who it is to HTTP services, and how it reaches them: signatures, OAuth, client
certificates, HTTP/2, a proxy."""

import hashlib
import hmac
import json
import shutil
import ssl
import subprocess
import threading
from base64 import b64decode, b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support.certificates import Authority
from support.events import event
from support.receiver import Answer

HTTP2_SERVER = """
const http2 = require('http2'), fs = require('fs');
const [cert, key] = process.argv.slice(1).map(name => fs.readFileSync(name));
const server = http2.createSecureServer({cert, key});
server.on('stream', (stream, headers) => {
  let body = '';
  stream.on('data', part => body += part);
  stream.on('end', () => {
    stream.respond({':status': 200});
    stream.end(JSON.stringify({protocol: stream.session.alpnProtocol, body,
                               id: headers['webhook-id'] || null}));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
"""


def secret(text: str) -> str:
    return "whsec_" + b64encode(text.encode()).decode()


def call(hub, service: str = "crm", **fields) -> dict:
    return hub.admin.post(f"/services/{service}/request",
                          {"endpoint": "/x", "payload": {"a": 1}, **fields}).expect(200).json


def expected_signature(request, key: str) -> str:
    """By the specification, with Python's hmac: independent of the hub's code."""
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
    mac = hmac.new(b64decode(key.removeprefix("whsec_")), signed + request.body, hashlib.sha256)
    return "v1," + b64encode(mac.digest()).decode()


def test_deliveries_are_signed_with_both_secrets_during_a_rotation(hub, receiver):
    new, old = secret("the new key of twenty-four"), secret("the old key of twenty-four")
    hub.add_service("crm", receiver.url, signing_secret=new, signing_secret_old=old)
    hub.add_rule("crm")
    hub.send([event()])
    first, = receiver.wait_for(1)
    assert first.webhook_id.startswith("d_")
    assert first.headers["webhook-signature"].split() == [
        expected_signature(first, new), expected_signature(first, old)]
    hub.admin.patch("/services/crm", {"signing_secret_old": ""}).expect(200)
    assert call(hub)["success"]
    second = receiver.wait_for(2)[-1]
    assert second.headers["webhook-signature"] == expected_signature(second, new)
    shown = hub.service("crm")
    assert shown["signing_secret"] == "********" and shown["signing_secret_old"] == ""


def test_oauth_tokens_are_fetched_kept_and_renewed(hub, receivers):
    valid = ["t1"]

    def grant(request):
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(
            {"access_token": valid[0], "token_type": "bearer", "expires_in": 3600}).encode())

    def serve(request):
        return Answer(200 if request.headers.get("authorization") == f"Bearer {valid[0]}" else 401)

    endpoint, target = receivers(grant), receivers(serve)
    hub.add_service("crm", target.url, auth_type="oauth2", oauth2_token_url=endpoint.url + "/token",
                    oauth2_client_id="client", oauth2_scope="a b", auth_token="s3cret")
    for _ in range(3):
        assert call(hub)["http_status"] == 200
    asked, = endpoint.requests
    assert asked.path == "/token" and asked.body == b"grant_type=client_credentials&scope=a+b"
    assert asked.headers["authorization"] == "Basic " + b64encode(b"client:s3cret").decode()
    valid[0] = "t2"
    assert call(hub)["http_status"] == 200
    assert len(endpoint.requests) == 2 and len(target.requests) == 5


def test_without_a_token_deliveries_wait(hub, receivers):
    endpoint, target = receivers(Answer(400, {}, b'{"error":"invalid_client"}')), receivers()
    hub.add_service("crm", target.url, auth_type="oauth2", oauth2_token_url=endpoint.url,
                    oauth2_client_id="client", auth_token="s3cret", max_retries=1,
                    retry_backoff=0.1, cb_cooldown=1)
    hub.add_rule("crm")
    hub.send([event()])
    hub.wait_for_circuit("crm", "open")
    assert target.requests == []
    endpoint.answer = Answer(200, {}, b'{"access_token":"t","expires_in":60}')
    assert hub.wait_until_done()["delivered"] == 1
    assert target.requests[0].headers["authorization"] == "Bearer t"


@pytest.fixture
def authority(scratch):
    return Authority(scratch)


@pytest.fixture
def strict_server(authority):
    """An HTTPS server that wants a certificate of its authority; tells whose it got."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            subject = dict(part[0] for part in self.connection.getpeercert()["subject"])
            seen.append(subject["commonName"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("server"))
    context.load_verify_locations(authority.file)
    context.verify_mode = ssl.CERT_REQUIRED
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server.seen = seen
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_client_certificate_proves_who_the_hub_is(hub, authority, strict_server):
    url = f"https://127.0.0.1:{strict_server.server_port}"
    one, two = authority.issue("one"), authority.issue("two")
    hub.add_service("crm", url, auth_type="mtls", ca_file=str(authority.file),
                    client_cert=one[0].read_text(), client_key=one[1].read_text())
    hub.add_service("files", url, auth_type="mtls", ca_file=str(authority.file),
                    client_cert=str(two[0]), client_key=str(two[1]))
    hub.add_service("nobody", url, ca_file=str(authority.file))
    for _ in range(2):
        for service in ("crm", "files"):
            answer = call(hub, service)
            assert answer["http_status"] == 200, answer
    assert strict_server.seen == ["one", "two"] * 2
    assert call(hub, "nobody", timeout=2)["success"] is False
    assert len(strict_server.seen) == 4
    shown = hub.service("crm")
    assert shown["client_key"] == "********" and "BEGIN CERTIFICATE" in shown["client_cert"]


def test_mtls_without_a_key_sends_nothing(hub, authority, strict_server):
    hub.add_service("crm", f"https://127.0.0.1:{strict_server.server_port}", auth_type="mtls",
                    ca_file=str(authority.file))
    answer = call(hub, timeout=2)
    assert answer["success"] is False and "client_cert" in answer["error"]


@pytest.mark.skipif(not shutil.which("node"), reason="the HTTP/2 server is Node's")
def test_http2_is_spoken_where_tls_negotiates_it(hub, authority):
    certificate, key = authority.issue("server")
    with subprocess.Popen(["node", "-e", HTTP2_SERVER, str(certificate), str(key)],
                          stdout=subprocess.PIPE, text=True) as server:
        try:
            port = int(server.stdout.readline())
            hub.add_service("crm", f"https://127.0.0.1:{port}", ca_file=str(authority.file))
            for _ in range(3):
                answer = call(hub)
                assert answer["http_status"] == 200, answer
                assert json.loads(answer["body"]) == {"protocol": "h2", "body": '{"a": 1}',
                                                      "id": None}
        finally:
            server.kill()


def test_a_proxy_is_asked_only_for_targets_that_are_allowed(start_hub, receivers):
    hub = start_hub(env={"MIH_ALLOWED_PRIVATE": "127.0.0.1"})
    proxy = receivers(Answer(200, {}, b"proxied"))
    target = receivers()
    hub.add_service("crm", target.url, proxy=proxy.url)
    hub.add_service("inner", "http://127.0.0.2:8080", proxy=proxy.url)
    answer = call(hub)
    assert answer["success"] and answer["body"] == "proxied" and target.requests == []
    assert proxy.requests[0].path == target.url + "/x"
    refused = call(hub, "inner", timeout=2)
    assert refused["success"] is False and "127.0.0.2" in refused["error"]
    assert len(proxy.requests) == 1
