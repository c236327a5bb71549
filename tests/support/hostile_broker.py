"""A broker that says whatever a test tells it to: AMQP 0-9-1 by hand, its rules kept only where the
test wants it."""

import socket
import struct
import threading
from collections.abc import Callable

from support.listener import LOOPBACK, Listener

METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
PUBLISHING, CONSUMING = 1, 2  # the hub's channels
END = b"\xce"


def frame(kind: int, channel: int, payload: bytes, size: int | None = None,
          end: bytes = END) -> bytes:
    size = len(payload) if size is None else size
    return struct.pack(">BHI", kind, channel, size) + payload + end


def method(channel: int, class_id: int, method_id: int, arguments: bytes = b"") -> bytes:
    return frame(METHOD, channel, struct.pack(">HH", class_id, method_id) + arguments)


def short(text: bytes) -> bytes:
    return bytes([len(text)]) + text


def long(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


def start(mechanisms: bytes = b"PLAIN", properties: bytes = b"") -> bytes:
    return method(0, 10, 10, b"\0\x09" + long(properties) + long(mechanisms) + long(b"en_US"))


def tune(channel_max: int = 2047, frame_max: int = 131072, heartbeat: int = 60) -> bytes:
    return method(0, 10, 30, struct.pack(">HIH", channel_max, frame_max, heartbeat))


def closing(channel: int, code: int, text: bytes) -> bytes:
    """Of the connection on channel 0, else of the channel."""
    kind = (10, 50) if channel == 0 else (20, 40)
    return method(channel, *kind, struct.pack(">H", code) + short(text) + b"\0\0\0\0")


def ack(tag: int, multiple: bool = False, nack: bool = False) -> bytes:
    return method(PUBLISHING, 60, 120 if nack else 80, struct.pack(">QB", tag, int(multiple)))


def returned(code: int, text: bytes) -> bytes:
    return method(PUBLISHING, 60, 50, struct.pack(">H", code) + short(text) + 2 * short(b""))


def delivered(tag: int, channel: int = CONSUMING) -> bytes:
    return method(channel, 60, 60, short(b"mih") + struct.pack(">QB", tag, 0) + short(b"")
                  + short(b"queue"))


def content(channel: int, body: bytes, properties: bytes = b"\0\0",
            says: int | None = None) -> bytes:
    """Header and body frames; `says` is the size that the header tells."""
    size = len(body) if says is None else says
    header = struct.pack(">HHQ", 60, 0, size) + properties
    pieces = [frame(BODY, channel, body[at:at + 100_000]) for at in range(0, len(body), 100_000)]
    return frame(HEADER, channel, header) + b"".join(pieces)


class Peer:
    """One connection of the hub."""

    def __init__(self, connection: socket.socket):
        self.socket = connection
        self._buffer = b""

    def send(self, *pieces: bytes) -> None:
        self.socket.sendall(b"".join(pieces))

    def read(self, count: int) -> bytes:
        while len(self._buffer) < count:
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionError("the hub has closed")
            self._buffer += piece
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def frame(self) -> tuple[int, int, bytes]:
        kind, channel, size = struct.unpack(">BHI", self.read(7))
        payload = self.read(size)
        assert self.read(1) == END
        return kind, channel, payload

    def method(self) -> tuple[int, int, int, bytes]:
        """The next method: channel, class, method, arguments. What is no method is skipped."""
        while True:
            kind, channel, payload = self.frame()
            if kind == METHOD:
                return channel, *struct.unpack(">HH", payload[:4]), payload[4:]

    def log_in(self, **tuning) -> None:
        """The hub's connection is open when this returns."""
        assert self.read(8) == b"AMQP\0\0\x09\x01"
        self.send(start())
        self.method()
        self.send(tune(**tuning))
        while self.method()[1:3] != (10, 40):  # what comes before is tune-ok
            pass
        self.send(method(0, 10, 41, short(b"")))

    def serve(self, published: Callable[["Peer", int], None] | None = None,
              consumed: Callable[["Peer"], None] | None = None) -> None:
        """Keeps the rules: opens channels, declares, confirms; `published` instead of a confirm,
        `consumed` once there is a subscription."""
        tag = 0
        while True:
            channel, class_id, method_id, _ = self.method()
            answers = {(20, 10): (20, 11, long(b"")), (85, 10): (85, 11, b""),
                       (60, 10): (60, 11, b""), (60, 20): (60, 21, short(b"mih")),
                       (50, 10): (50, 11, short(b"q") + bytes(8)), (20, 40): (20, 41, b""),
                       (10, 50): (10, 51, b"")}
            if answer := answers.get((class_id, method_id)):
                self.send(method(channel, *answer))
            if (class_id, method_id) == (60, 20) and consumed:
                consumed(self)
            if (class_id, method_id) == (60, 40):
                tag += 1
                if published:
                    published(self, tag)
                else:
                    self.send(ack(tag))

    def wait_for_end(self) -> None:
        """Until the hub closes the connection; what it says before is of no interest."""
        while self.socket.recv(65536):
            pass


class HostileBroker(Listener):
    """Listens on a free port; `play` is what it does with each connection. A connection that the
    hub ends is no fault; `connections` counts them, `ended` those whose play is over."""

    def __init__(self, play: Callable[[Peer], None]):
        self.play = play
        self.connections = 0
        self.ended = threading.Semaphore(0)
        self.faults: list[BaseException] = []
        super().__init__(self._converse)

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{LOOPBACK}:{self.port}/?exchange=x"

    def _converse(self, connection: socket.socket) -> None:
        self.connections += 1
        try:
            self.play(Peer(connection))
        except OSError:
            raise
        except BaseException as fault:  # pylint: disable=broad-exception-caught
            self.faults.append(fault)
        finally:
            self.ended.release()
