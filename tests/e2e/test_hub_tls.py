"""The hub speaks TLS with a certificate of its own."""

import http.client
import shutil
import ssl
import subprocess

import pytest

from support.hub import run_mih

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")


@pytest.fixture
def certificate(scratch):
    """A certificate for 127.0.0.1 and its key."""
    made = scratch / "cert.pem", scratch / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=hub",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-out", made[0], "-keyout", made[1]],
                   check=True, capture_output=True, timeout=60)
    return made


def connection(hub, certificate, version=None) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(certificate[0]))
    if version:
        context.minimum_version = context.maximum_version = version
    return http.client.HTTPSConnection(*hub.address, timeout=20, context=context)


@pytest.fixture
def hub(start_hub, certificate):
    return start_hub("--tls-certificate", certificate[0], "--tls-key", certificate[1])


def test_requests_and_logins_are_encrypted(hub, certificate):
    assert hub.first_line.startswith("listening on https://127.0.0.1:")
    hub.admin.post("/users", {"name": "ada", "role": "view", "password": "a long password"}) \
        .expect(201)
    client = connection(hub, certificate)
    for _ in range(3):
        client.request("POST", "/api/v1/session",
                       b'{"name": "ada", "password": "a long password"}')
        answer = client.getresponse()
        answer.read()
        assert answer.status == 201
        assert "; Secure" in answer.headers["Set-Cookie"]
        assert answer.headers["Strict-Transport-Security"]
    big = b'{"name": "' + b"x" * 300_000 + b'"}'
    client.request("POST", "/api/v1/session", big)
    answer = client.getresponse()
    assert answer.status == 422
    client.close()


def test_old_versions_and_plain_text_are_refused(hub, certificate):
    with pytest.raises(OSError):
        connection(hub, certificate, ssl.TLSVersion.TLSv1_1).request("GET", "/healthz")
    plain = http.client.HTTPConnection(*hub.address, timeout=20)
    with pytest.raises((OSError, http.client.HTTPException)):
        plain.request("GET", "/healthz")
        plain.getresponse()
    modern = connection(hub, certificate, ssl.TLSVersion.TLSv1_3)
    modern.request("GET", "/healthz")
    assert modern.getresponse().status == 200


def test_the_command_line_trusts_no_unknown_certificate(hub):
    token = hub.create_token("view")["token"]
    done = run_mih("service", "list", "--url", f"https://127.0.0.1:{hub.address[1]}", "--token",
                   token)
    assert done.returncode == 1 and "certificate" in done.stderr
    assert token not in done.stderr


@pytest.mark.parametrize("flags, says", [
    (["--tls-certificate", "missing.pem", "--tls-key", "missing.pem"], "missing.pem"),
    (["--tls-certificate", "missing.pem"], "belong together"),
    (["--listen", "0.0.0.0:0"], "insecure"),
])
def test_a_bad_set_up_does_not_start(scratch, flags, says):
    done = run_mih("serve", "--data", scratch / "data", *(["--listen", "127.0.0.1:0"]
                   if "--listen" not in flags else []), *flags)
    assert done.returncode == 2 and says in done.stderr


def test_a_key_of_another_certificate_does_not_start(scratch, certificate):
    other = scratch / "other.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-out", other], check=True,
                   capture_output=True, timeout=60)
    done = run_mih("serve", "--data", scratch / "data", "--listen", "127.0.0.1:0",
                   "--tls-certificate", certificate[0], "--tls-key", other)
    assert done.returncode == 2 and "key" in done.stderr
