"""A service that means harm with its answers: it gets no more than the time and the memory of one
attempt, and nobody else notices."""

import gzip
import itertools
import json
import re
import struct
from pathlib import Path

import pytest

from support import hostile_receiver as http2
from support.certificates import Authority
from support.hostile_receiver import HostileReceiver
from support.receiver import Answer

MIB = 1 << 20
TIMEOUT_S = 2
LONG_S = 30  # for what must succeed
LONGEST_ERROR = 1000
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def hostile():
    made: list[HostileReceiver] = []

    def make(play, **options) -> HostileReceiver:
        made.append(HostileReceiver(play, **options))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def memory(hub) -> int:
    status = Path(f"/proc/{hub.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def call(hub, service: str = "crm", timeout: float = TIMEOUT_S) -> dict:
    return hub.admin.post(f"/services/{service}/request", {
        "endpoint": "/x", "payload": {"a": 1}, "timeout": timeout}).expect(200).json


def endless(*pieces: bytes, first: bytes = b""):
    """A play that says the pieces for ever."""
    said = b"".join(pieces)
    said *= max(1, 60_000 // max(1, len(said)))
    return lambda: itertools.chain([first], itertools.repeat(said))


def once(*pieces: bytes):
    return lambda: pieces


HTTP1 = {
    "interim answers without end": endless(b"HTTP/1.1 102 Processing\r\n\r\n"),
    "interim answers with headers": endless(b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"),
    "headers without end": endless(b"X-A: b\r\n", first=HEAD),
    "one header without end": endless(b"x" * 60_000, first=HEAD + b"X-A: "),
    "a status line without end": endless(b"x" * 60_000, first=b"HTTP/1.1 200 "),
    "a body without end": endless(b"x" * 60_000, first=HEAD + b"\r\n"),
    "chunks without end": endless(b"5\r\nhello\r\n", first=HEAD
                                  + b"Transfer-Encoding: chunked\r\n\r\n"),
    "a chunk size without end": endless(b"0" * 60_000, first=HEAD
                                        + b"Transfer-Encoding: chunked\r\n\r\n"),
    "trailers without end": endless(b"X-A: b\r\n", first=HEAD
                                    + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"),
    "a chunk of 2^64": once(HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nx"),
    "a negative length": once(HEAD + b"Content-Length: -5\r\n\r\n"),
    "a length of 10^30": once(HEAD + b"Content-Length: 1" + b"0" * 30 + b"\r\n\r\nx"),
    "two lengths": once(HEAD + b"Content-Length: 1\r\nContent-Length: 30\r\n\r\nx"),
    "no length that is a number": once(HEAD + b"Content-Length: 1e9\r\n\r\nx"),
    "length and chunks": once(HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
                              b"0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "packed chunks": once(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "HTTP/0.9": once(b"hello\r\n" * 10), "HTTP/9.9": once(b"HTTP/9.9 200 OK\r\n\r\n"),
    "a status of no class": once(b"HTTP/1.1 000 \r\nContent-Length: 0\r\n\r\n"),
    "a status too long": once(b"HTTP/1.1 99999999999 \r\nContent-Length: 0\r\n\r\n"),
    "another protocol": once(b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n"
                             b"Connection: Upgrade\r\n\r\n"),
    "HTTP/2 unasked": once(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2.frame(4, stream=0)),
    "a zero byte": once(HEAD + b"X-A: \0\r\nContent-Length: 0\r\n\r\n"),
    "silence": once(),
}


def has_done_no_harm(hub, answer: dict, before: int) -> None:
    assert len(answer["error"] or "") <= LONGEST_ERROR
    assert "\x1b" not in str(answer) and "\n" not in (answer["error"] or "")
    assert memory(hub) - before < 60 * MIB
    assert call(hub, "other", LONG_S)["success"]


@pytest.fixture
def other(hub, receiver) -> int:
    """A service that must not notice anything; and the memory of the hub before."""
    hub.add_service("other", receiver.url)
    assert call(hub, "other", LONG_S)["success"]
    return memory(hub)


def test_answers_that_are_none(hub, hostile, other):
    for number, (name, play) in enumerate(HTTP1.items()):
        print(name)
        hub.add_service(f"crm-{number}", hostile(play).url, max_retries=0)
        has_done_no_harm(hub, call(hub, f"crm-{number}"), other)


def test_nothing_is_unpacked(hub, hostile, other):
    """A body of a kilobyte could become a gigabyte."""
    bomb = gzip.compress(b"0" * (64 * MIB))
    packed = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    service = hostile(once(packed + bomb))
    hub.add_service("crm", service.url, max_retries=0)
    answer = call(hub)
    assert answer["success"] and len(answer["body"]) < MIB
    assert b"accept-encoding" not in service.requests[0].lower()
    has_done_no_harm(hub, answer, other)


def test_an_answer_leaves_nothing_behind(hub, hostile):
    """No cookie, no other place, no login of another kind."""
    service = hostile(once(
        b"HTTP/1.1 401 \x1b[2J\r\nSet-Cookie: a=b; Path=/\r\nAlt-Svc: h2=\"127.0.0.1:1\"\r\n"
        b"WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Digest realm=\"a\", nonce=\"b\"\r\n"
        b"Strict-Transport-Security: max-age=99999\r\nContent-Length: 0\r\n\r\n"))
    hub.add_service("crm", service.url, max_retries=0, cb_failure_threshold=0)
    for _ in range(2):
        assert call(hub)["http_status"] == 401
    first, second = service.requests
    assert first == second and b"cookie" not in second.lower()


def pings(count: int) -> bytes:
    return http2.frame(http2.PING, stream=0, payload=bytes(8)) * count


def headers(block: bytes, flags: int = http2.END_HEADERS, stream: int = 1) -> bytes:
    return http2.frame(http2.HEADERS, flags, stream, block)


def setting(number: int, value: int) -> bytes:
    return http2.frame(http2.SETTINGS, stream=0, payload=struct.pack(">HI", number, value))


# A header of 4000 bytes goes into the table once, and comes out of it with each byte that follows.
BOMB = (http2.OK + b"\x40\x01a\x7f" + bytes([(4000 - 127) & 0x7F | 0x80, (4000 - 127) >> 7])
        + b"x" * 4000 + b"\xbe" * 12_000)

HTTP2 = {
    "resets": once(http2.frame(http2.RST, payload=struct.pack(">I", 8)) * 10_000),
    "resets of streams that are none": once(*(
        http2.frame(http2.RST, stream=n, payload=struct.pack(">I", 8))
        for n in range(1, 20_000, 2))),
    "continuations without end": endless(
        http2.frame(http2.CONTINUATION, payload=http2.literal(b"a", b"x" * 100) * 100),
        first=headers(http2.OK, 0)),
    "empty continuations without end": endless(http2.frame(http2.CONTINUATION),
                                               first=headers(http2.OK, 0)),
    "a bomb of headers": once(headers(BOMB)), "bombs of headers": endless(headers(BOMB)),
    "interim answers without end": endless(headers(http2.literal(b":status", b"103"))),
    "going away at once": once(http2.frame(http2.GOAWAY, stream=0, payload=bytes(8))),
    "going away in the answer": once(
        headers(http2.OK), http2.frame(http2.DATA, payload=b"{"),
        http2.frame(http2.GOAWAY, stream=0, payload=struct.pack(">II", 1, 2))),
    "going away without end": endless(
        http2.frame(http2.GOAWAY, stream=0, payload=struct.pack(">II", 1, 0) + b"x" * 1000)),
    "a body without end": endless(http2.frame(http2.DATA, payload=b"x" * 10_000),
                                  first=headers(http2.OK)),
    "empty data without end": endless(http2.frame(http2.DATA), first=headers(http2.OK)),
    "pings without end": endless(pings(100)), "settings without end": endless(setting(4, 65535)),
    "window updates without end": endless(
        http2.frame(http2.WINDOW, stream=0, payload=struct.pack(">I", 1))),
    "a window that overflows": once(
        http2.frame(http2.WINDOW, stream=0, payload=struct.pack(">I", 0x7FFFFFFF)) * 2),
    "a promise": once(http2.frame(http2.PUSH, http2.END_HEADERS,
                                  payload=struct.pack(">I", 2) + http2.OK)),
    "a frame larger than allowed": once(http2.frame(http2.DATA, payload=b"x" * 100_000)),
    "a frame of 16 MiB": once(http2.frame(http2.DATA, payload=b"x", size=0xFFFFFF)),
    "a length that is wrong": once(
        headers(http2.OK + http2.literal(b"content-length", b"5")),
        http2.frame(http2.DATA, http2.END_STREAM, payload=b"too much")),
    "a length that is none": once(headers(http2.OK + http2.literal(b"content-length", b"-5"))),
    "a broken header": once(headers(http2.OK + http2.literal(b"x-a", b"a\r\nX: b\0"))),
    "a name in capitals": once(headers(http2.OK + http2.literal(b"X-A", b"b"))),
    "no status": once(headers(http2.literal(b"a", b"b"), 5)),
    "a status that is none": once(headers(http2.literal(b":status", b"abc"), 5)),
    "a table index that is none": once(headers(b"\xff\xff\xff\xff\xff\x7f", 5)),
    "headers on a stream of its own": once(headers(http2.OK, 5, stream=2)),
    "a table of 4 GiB": once(setting(1, 0xFFFFFFFF), headers(b"\x3f\xe1\xff\xff\xff\x0f", 5)),
    "no window": once(setting(4, 0)), "silence": once(),
}


@pytest.fixture
def authority(scratch):
    return Authority(scratch)


def test_answers_of_http2_that_are_none(hub, hostile, other, authority):
    fine, certificate = once(headers(http2.OK, 5)), authority.issue("server")
    for number, (name, play) in enumerate(HTTP2.items()):
        print(name)
        service = hostile(fine, certificate=certificate, http2=True)
        crm = f"crm-{number}"
        hub.add_service(crm, service.url, ca_file=str(authority.file), max_retries=0,
                        cb_failure_threshold=0)
        assert call(hub, crm, LONG_S)["http_status"] == 200, "it is HTTP/2 that is spoken"
        service.play = play
        answer = call(hub, crm)
        assert answer["attempts"] == 1
        has_done_no_harm(hub, answer, other)


TOKENS = {
    "line breaks": {"access_token": "a\r\nX-Evil: 1"}, "a zero byte": {"access_token": "a\0b"},
    "a number": {"access_token": 5}, "a giant": {"access_token": "x" * 60_000},
    "null": {"access_token": None}, "empty": {"access_token": ""},
    "another type": {"access_token": "t", "token_type": "mac"},
}


def test_tokens_that_are_none(hub, receivers):
    tokens, target = receivers(), receivers()
    for number, (name, said) in enumerate(TOKENS.items()):
        tokens.answer = Answer(200, body=json.dumps(said).encode())
        hub.add_service(name := f"crm-{number}", target.url, auth_type="oauth2", max_retries=0,
                        oauth2_token_url=tokens.url, oauth2_client_id=name, auth_token="secret")
        answer = call(hub, name, LONG_S)
        assert answer["success"] is (len(str(said)) > 1000), said
        assert len(answer["error"] or "") < LONGEST_ERROR
    assert len(target.requests) == 1, "the giant one"


def test_lifetimes_of_tokens(hub, receivers):
    for number, lifetime in enumerate([-1, 0, 1e300, 2**63 - 1, -2**63, 2**64, "3600", None, [1]]):
        body = json.dumps({"access_token": "t", "expires_in": lifetime}).encode()
        tokens, target = receivers(Answer(200, body=body)), receivers()
        hub.add_service(name := f"crm-{number}", target.url, auth_type="oauth2", max_retries=0,
                        oauth2_token_url=tokens.url, oauth2_client_id="hub", auth_token="secret")
        for _ in range(2):
            assert call(hub, name, LONG_S)["success"]
        assert 1 <= len(tokens.requests) <= 2 and len(target.requests) == 2


TOKEN_ANSWERS = {
    "giant": endless(b"x" * 60_000, first=HEAD + b"\r\n{\"access_token\":\""),
    "deep": endless(b"[" * 60_000, first=HEAD + b"\r\n"),
    "headers": endless(b"X-A: b\r\n", first=HEAD),
    "deep and whole": once(HEAD + b"Content-Length: 100000\r\n\r\n" + b"[" * 100_000),
    "silence": once(),
}


def test_a_token_endpoint_without_end(hub, hostile, other, receivers):
    target = receivers()
    for number, (name, play) in enumerate(TOKEN_ANSWERS.items()):
        print(name)
        crm = f"crm-{number}"
        hub.add_service(crm, target.url, auth_type="oauth2", oauth2_token_url=hostile(play).url,
                        oauth2_client_id="hub", auth_token="secret", max_retries=0)
        answer = call(hub, crm)
        assert answer["success"] is False and target.requests == []
        has_done_no_harm(hub, answer, other)
