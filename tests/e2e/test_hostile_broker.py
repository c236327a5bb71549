"""A broker that means harm: what it says costs the hub a connection, never memory without end, a
thread or a message of somebody else."""

import json
import re
import struct
import threading
from pathlib import Path

import pytest

from support import hostile_broker as amqp
from support.hostile_broker import HostileBroker
from support.hub import wait_until
from support.inbound import Moodle

LONGEST_ERROR = 1000
MIB = 1 << 20
DEEP = b"[" * 100_000 + b"]" * 100_000
ESCAPES = b"\x1b[2J\r\n\xff\xfe\xe2\x80\xae"


@pytest.fixture
def broker():
    """Makes a broker that plays something to each connection."""
    made: list[HostileBroker] = []

    def make(play) -> HostileBroker:
        made.append(HostileBroker(play))
        return made[-1]

    yield make
    for one in made:
        one.stop()
        assert one.faults == []


def call(hub, timeout: float = 3, service: str = "mq") -> dict:
    answer = hub.admin.post(f"/services/{service}/request",
                            {"endpoint": "key", "payload": {"a": 1}, "timeout": timeout})
    return answer.expect(200).json


def add_broker(hub, broker: HostileBroker, name: str = "mq", **fields) -> None:
    fields = {"max_retries": 0, "cb_failure_threshold": 0, "timeout": 3, **fields}
    hub.add_service(name, broker.url, type="amqp", **fields)


def peak_memory(hub) -> int:
    """The most bytes that the hub has held in memory so far."""
    status = Path(f"/proc/{hub.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def says_before_login(*pieces: bytes):
    def play(peer):
        peer.read(8)
        peer.send(*pieces)
        peer.wait_for_end()
    return play


def says_to_the_first(*pieces: bytes):
    """Keeps the rules up to the first message, then says this and keeps silent."""
    def publishes(peer, _tag):
        peer.send(*pieces)
        peer.wait_for_end()

    def play(peer):
        peer.log_in()
        peer.serve(publishes)
    return play


BEFORE_LOGIN = {
    "nonsense": b"\0" * 100, "text": b"220 smtp.example ready\r\n",
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n", "another version": b"AMQP\0\1\0\0",
    "a frame of 4 GiB": struct.pack(">BHI", 1, 0, 0xFFFFFFFF) + b"x" * 200_000,
    "no end mark": amqp.frame(1, 0, b"\0\x0a\0\x0a", end=b"\0"),
    "a frame type that is none": amqp.frame(4, 0, b""),
    "an empty method": amqp.frame(1, 0, b""),
    "a method cut short": amqp.method(0, 10, 10, b"\0\x09"),
    "a length beyond the frame": amqp.method(0, 10, 10, b"\0\x09" + b"\xff" * 4),
    "no known mechanism": amqp.start(b"X" * 100_000),
    "a mechanism with escapes": amqp.start(ESCAPES * 1000),
    "tuning at once": amqp.tune(), "an open at once": amqp.method(0, 10, 41, amqp.short(b"")),
    "unknown methods": amqp.method(0, 99, 99) * 1000, "content at once": amqp.content(1, b"x"),
    "start twice": amqp.start() * 2,
    "a refusal with escapes": amqp.start() + amqp.closing(0, 403, ESCAPES),
    "giant properties": amqp.start(properties=b"x" * 131_000),
    "tuned twice": amqp.start() + amqp.tune() * 2,
    "the end of another channel": amqp.closing(7, 404, b"what"),
}


def test_what_is_said_before_the_login_costs_an_attempt(hub, broker, receiver):
    hub.add_service("crm", receiver.url)
    for number, (name, said) in enumerate(BEFORE_LOGIN.items()):
        print(name)
        add_broker(hub, broker(says_before_login(said)), name=f"mq-{number}")
        answer = call(hub, service=f"mq-{number}")
        assert answer["success"] is False and 0 < len(answer["error"]) <= LONGEST_ERROR
        assert hub.admin.post("/services/crm/request", {}).expect(200).json["success"]


def test_whatever_is_negotiated_messages_go(hub, broker):
    for number, tuning in enumerate([
            {"frame_max": 0xFFFFFFFF, "channel_max": 0xFFFF, "heartbeat": 0xFFFF},
            {"frame_max": 0, "channel_max": 0, "heartbeat": 0}, {"frame_max": 1},
            {"heartbeat": 1}]):
        def play(peer, tuning=tuning):
            peer.log_in(**tuning)
            peer.serve()
        add_broker(hub, broker(play), name=f"mq-{number}")
        for _ in range(3):
            assert call(hub, service=f"mq-{number}")["success"], tuning


GIANT_TABLE = struct.pack(">H", 1 << 13) + amqp.long(b"\x01aS" + amqp.long(b"x" * 120_000))
TO_THE_FIRST = {
    "a confirm of what was never sent": amqp.ack(5000), "of all up to it": amqp.ack(2, True),
    "of the greatest tag": amqp.ack(0xFFFFFFFFFFFFFFFF, True),
    "unknown methods": amqp.method(1, 7, 7),
    "a delivery on the publishing channel": amqp.delivered(1, channel=1),
    "a delivery nobody asked for": amqp.delivered(1), "content of nothing": amqp.content(1, b"x"),
    "content on another channel": amqp.content(9, b"x"),
    "opened again": amqp.method(1, 20, 11, bytes(4)),
    "cut off": amqp.frame(1, 1, b"\0"), "a return without its content": amqp.returned(312, b"x") * 2
               + amqp.ack(1),
    "silence": b"", "a close with escapes": amqp.closing(1, 404, ESCAPES),
    "the connection's close with escapes": amqp.closing(0, 320, ESCAPES),
    "a nack": amqp.ack(1, nack=True),
    "a return with giant headers and a long body": amqp.returned(312, b"NO_ROUTE" + ESCAPES)
    + amqp.content(1, b"x" * (8 * MIB), GIANT_TABLE) + amqp.ack(1),
    "a return whose content does not end": amqp.returned(312, b"x")
    + amqp.content(1, b"x" * MIB, says=1 << 62),
    "blocked with escapes": amqp.method(0, 10, 60, amqp.short(ESCAPES)),
}


def test_what_is_said_to_a_message_decides_about_it_alone(hub, broker, receiver):
    hub.add_service("crm", receiver.url)
    for number, (name, said) in enumerate(TO_THE_FIRST.items()):
        print(name)
        add_broker(hub, broker(says_to_the_first(said)), name=f"mq-{number}")
        answer = call(hub, 2, f"mq-{number}")
        assert "success" in answer and len(answer["error"] or "") <= LONGEST_ERROR
        assert hub.admin.post("/services/crm/request", {}).expect(200).json["success"]


def test_confirms_come_in_any_order_and_more_than_once(hub, broker):
    def publishes(peer, tag):
        if tag == 4:
            peer.send(*(amqp.ack(n) for n in (4, 3, 4, 2, 2, 1, 1, 3)), amqp.ack(4, True) * 3)

    def play(peer):
        peer.log_in()
        peer.serve(publishes)
    add_broker(hub, broker(play))
    hub.add_rule("mq")
    hub.send([{"eventname": "\\core\\event\\course_viewed", "timecreated": 1, "id": f"e{n}"}
              for n in range(4)])
    assert hub.wait_until_done()["delivered"] == 4


def floods(*pieces: bytes, until: threading.Event):
    """Says it without an end, and never listens."""
    said = b"".join(pieces)
    said *= max(1, 100_000 // len(said))

    def play(peer, *_):
        while not until.is_set():
            peer.send(said)
    return play


@pytest.mark.parametrize("said", [
    amqp.method(1, 20, 20, b"\1"), amqp.closing(2, 404, b"x"),
    amqp.delivered(1) + amqp.content(2, b"{}"),
], ids=["flow", "close", "messages"])
def test_answers_to_who_does_not_listen_do_not_fill_the_memory(hub, broker, receiver, said):
    """The connection is given up, and another one may be made."""
    Moodle(hub, receiver)
    stop = threading.Event()
    flood = floods(said, until=stop)

    def play(peer):
        peer.log_in()
        peer.serve(consumed=flood)
    listening = broker(play)
    add_broker(hub, listening, response_queue="answers")
    try:
        wait_until(lambda: listening.connections >= 2, "the flood is cut off", 120)
        assert peak_memory(hub) < 400 * MIB
        hub.admin.get("/services/mq").expect(200)
    finally:
        stop.set()


def strange_messages() -> list[bytes]:
    every_type = b"".join(
        b"\x01" + bytes([65 + n]) + kind + value for n, (kind, value) in enumerate([
            (b"t", b"\1"), (b"b", b"\1"), (b"B", b"\1"), (b"s", b"\0\1"), (b"u", b"\0\1"),
            (b"I", bytes(4)), (b"i", bytes(4)), (b"l", bytes(8)), (b"f", bytes(4)),
            (b"d", bytes(8)),
            (b"D", bytes(5)), (b"S", amqp.long(b"x")), (b"x", amqp.long(b"\0\xff")),
            (b"A", amqp.long(b"t\1")), (b"T", bytes(8)), (b"F", amqp.long(b"")), (b"V", b"")]))
    plain = struct.pack(">H", 0)
    bad_id = struct.pack(">H", 1 << 7) + amqp.short(b"\xff\x00\x1b[2J" * 40)
    more_flags = struct.pack(">HHH", (1 << 15) | 1, 1, 0) + amqp.short(b"application/json")
    return [amqp.content(2, b'{"n": 1}', properties) for properties in (
        struct.pack(">H", 1 << 13) + amqp.long(every_type), plain, plain, bad_id, more_flags)] + [
        amqp.content(2, body) for body in (
            b"", DEEP, b'{"a":' * 60 + b"1" + b"}" * 60, b"\xff\xfe", b"1" * 2 * MIB, b'"\\ud800"')]


def test_strange_messages_are_kept_and_block_nothing(hub, broker, receiver):
    moodle = Moodle(hub, receiver)
    messages = strange_messages()

    def consumed(peer):
        peer.send(*(amqp.delivered(n + 1) + one for n, one in enumerate(messages)))
        peer.send(amqp.delivered(99), amqp.content(2, json.dumps({"last": 1}).encode()))

    def play(peer):
        peer.log_in()
        peer.serve(consumed=consumed)
    listening = broker(play)
    add_broker(hub, listening, response_queue="answers")
    # Five with JSON and headers, sixty levels, a lone surrogate, the last one.
    wait_until(lambda: len(moodle.taken) >= 7, "all that is JSON is taken")
    letters = hub.wait_for_dead_letters(4, reason="inbound")
    assert len(moodle.taken) + len(letters) == len(messages) + 1
    assert {"last": 1} in [message["payload"] for message in moodle.taken.values()]
    assert listening.connections == 1


def test_a_message_of_a_hundred_mebibytes_is_cut(hub, broker, receiver):
    moodle = Moodle(hub, receiver)
    piece = b"x" * 100_000

    def consumed(peer):
        peer.send(amqp.delivered(1),
                  amqp.frame(amqp.HEADER, 2, struct.pack(">HHQH", 60, 0, 100 * MIB, 0)))
        for at in range(0, 100 * MIB, len(piece)):
            peer.send(amqp.frame(amqp.BODY, 2, piece[:100 * MIB - at]))
        peer.send(amqp.delivered(2), amqp.content(2, b"{}"))

    def play(peer):
        peer.log_in()
        peer.serve(consumed=consumed)
    before = peak_memory(hub)
    add_broker(hub, broker(play), response_queue="answers")
    letter, = hub.wait_for_dead_letters(1, timeout=60, reason="inbound")
    assert f"{100 * MIB} bytes" in letter["error_message"]
    wait_until(lambda: moodle.taken, "the next message is taken")
    assert peak_memory(hub) - before < 200 * MIB


def test_what_a_broker_says_reaches_no_terminal_as_it_is(hub, broker, receiver):
    Moodle(hub, receiver)

    def play(peer):
        peer.log_in()
        peer.method()
        peer.send(amqp.closing(2, 404, b"\x1b[2J\n forged line \xff"))
        peer.wait_for_end()
    add_broker(hub, broker(play), response_queue="answers")
    wait_until(lambda: hub.summary()["alerts"], "the alert is raised", 60)
    for shown in (hub.cli("stats").stdout, hub.log):
        assert "forged" in shown or "cannot be consumed" not in shown
        assert "\x1b" not in shown and "\n forged" not in shown
