"""Clients that mean harm, while others go on with their work: each test sends events all the time,
over a connection each, and at the end all that were taken must have been delivered."""

import gzip
import json
import re
import resource
import socket
import threading

import pytest

from support.events import event
from support.hub import wait_until

CROWD = 10_000
SLOW = 1_500
DEEP = "[" * 100_000
NOT_UTF8 = b'{"eventname": "\\\\core\\\\event\\\\user_created", "other": "\xff\xfe\xc0\xaf"}'


class Work:
    """Sends events one by one until stopped."""

    def __init__(self, hub):
        self.api = hub.api("ingest")
        self.sent = 0
        self.trouble = ""
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        try:
            while not self.over.is_set():
                self.api.post("/events", event(id=f"work-{self.sent}")).expect(202)
                self.sent += 1
        except Exception as error:  # pylint: disable=broad-except
            self.trouble = f"after {self.sent} events: {error!r}"

    def wait_for_more(self, count: int = 20) -> None:
        wanted = self.sent + count
        wait_until(lambda: self.sent >= wanted or self.trouble, f"{count} more are taken", 120)
        assert not self.trouble

    def stop(self) -> None:
        self.over.set()
        self.thread.join()


@pytest.fixture
def work(hub, receiver):
    """Events on their way through the hub; checked at the end."""
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", payload_template='{"event": "{{id}}"}')
    sending = Work(hub)
    try:
        sending.wait_for_more(1)
        yield sending
        sending.wait_for_more()
    finally:
        sending.stop()
    assert hub.running
    hub.wait_until_done()
    arrived = {json.loads(request.body)["event"] for request in receiver.requests}
    assert arrived == {f"work-{number}" for number in range(sending.sent)}


@pytest.fixture
def connect(hub):
    """Opens connections to the hub; they are closed at the end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    opened: list[socket.socket] = []

    def make(data: bytes = b"") -> socket.socket:
        opened.append(socket.create_connection(hub.address, timeout=60))
        if data:
            opened[-1].sendall(data)
        return opened[-1]

    yield make
    for one in opened:
        one.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def answer_of(connection: socket.socket) -> bytes:
    """All that comes until the hub ends the connection."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def statuses(answer: bytes) -> list[int]:
    """Of all answers on one connection."""
    return [int(found) for found in re.findall(rb"^HTTP/1\.1 (\d{3}) ", answer, re.MULTILINE)]


def test_ten_thousand_silent_connections_keep_nobody_out(work, connect):
    for number in range(min(CROWD, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500)):
        connect()
        if number % 2_000 == 0:
            work.wait_for_more()


def test_slow_headers_keep_nobody_out(work, connect):
    slow = [connect(b"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\n") for _ in range(SLOW)]
    for round_number in range(3):
        for one in slow:
            try:
                one.sendall(b"X-Slow: %d\r\n" % round_number)
            except OSError:
                pass  # it had to make room
        work.wait_for_more()


def test_slow_bodies_of_strangers_keep_nobody_out(work, connect):
    head = b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for number in range(SLOW):
        connect(head + b"Content-Length: 100\r\n\r\n{")
        if number % 500 == 0:
            work.wait_for_more()


def test_who_reads_no_answers_harms_nobody(work, connect):
    greedy = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200
    for number in range(200):
        one = connect()
        one.setblocking(False)
        try:
            one.send(greedy)
        except BlockingIOError:
            pass
        if number % 50 == 0:
            work.wait_for_more()


def test_what_is_too_large_is_refused_before_it_is_held(hub, work, connect):
    token = hub.create_token("ingest")["token"]
    head = (f"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/x-ndjson\r\n").encode()
    announced = connect(head + b"Content-Length: 99999999999\r\n\r\n")
    assert statuses(announced.recv(65536)) == [413]

    endless = connect(head + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    try:
        for _ in range(64):
            endless.sendall(chunk)
    except OSError:
        pass
    else:
        assert statuses(answer_of(endless)) == [413]

    bomb = gzip.compress(b"\n" * (200 << 20))
    length = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    zipped = connect(head + length + bomb)
    assert statuses(zipped.recv(65536)) == [413]

    for header in (b"X: " + b"a" * (1 << 20) + b"\r\n", b"X: a\r\n" * 50_000):
        try:
            wide = connect(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + header)
        except OSError:
            continue  # it was refused while it was sent
        assert statuses(answer_of(wide)) == [431]


SMUGGLED = "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n" \
           "Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n{body}"

FRAMINGS = {
    "length and chunked": "Content-Length: {n}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": "Content-Length: 2\r\nContent-Length: {n}\r\n\r\n[]",
    "a list of lengths": "Content-Length: 2, {n}\r\n\r\n[]",
    "a signed length": "Content-Length: +2\r\n\r\n[]",
    "a negative length": "Content-Length: -2\r\n\r\n[]",
    "a length in hexadecimal": "Content-Length: 0x2\r\n\r\n[]",
    "a length too large for a number": "Content-Length: 18446744073709551618\r\n\r\n[]",
    "a space before the colon": "Content-Length : 2\r\n\r\n[]",
    "an unknown coding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked is not last": "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a coding behind a control character": "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a folded header": "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a size of chunk that overflows":
        "Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\n[]\r\n0\r\n\r\n",
    "a chunk without its end": "Transfer-Encoding: chunked\r\n\r\n2\r\n[]XX0\r\n\r\n",
    "a header with NUL": "X: a\x00b\r\nContent-Length: 2\r\n\r\n[]",
    "a header with a lone CR": "X: a\rContent-Length: 2\r\n\r\n[]",
}


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_request_cannot_hide_another(hub, work, connect, framing):
    """Whatever the framing means: where the hub and a proxy before it could differ about the end of
    the first request, it must be refused and the connection closed."""
    token = hub.create_token("ingest")["token"]
    body = json.dumps(event(id="smuggled"))
    hidden = SMUGGLED.format(token=token, size=len(body), body=body)
    first = (f"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
             "Content-Type: application/json\r\n")
    text = first + FRAMINGS[framing].format(n=len(hidden) + 5) + hidden
    connection = connect(text.encode("latin-1"))
    assert statuses(answer_of(connection)) == [400]
    assert hub.admin.get("/events/smuggled").status == 404


@pytest.mark.parametrize("path", ["/events", "/services", "/rules", "/rules/preview", "/session",
                                  "/dead-letters/replay", "/settings"])
@pytest.mark.parametrize("body", [DEEP.encode(), NOT_UTF8, b'{"a":' * 50_000, b"\x00" * 1000,
                                  b'"' + b"\\ud800" * 1000 + b'"'],
                         ids=["deep array", "not UTF-8", "deep object", "zeros", "surrogates"])
def test_bodies_that_are_none_are_refused(hub, path, body):
    method = "PATCH" if path == "/settings" else "POST"
    answer = hub.admin.request(method, path, body, content_type="application/json")
    assert answer.status in (400, 401, 422), answer.text
    assert hub.running
