"""A receiver that answers with whatever bytes a test wants, over HTTP/1.1 or HTTP/2."""

import socket
import ssl
import struct
from collections.abc import Callable, Iterable

from support.listener import LOOPBACK, Listener

# Frames of HTTP/2 (RFC 9113, section 6).
DATA, HEADERS, PRIORITY, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
END_STREAM, END_HEADERS, ACK = 1, 4, 1
OK = b"\x88"  # :status 200 of HPACK's static table


def frame(kind: int, flags: int = 0, stream: int = 1, payload: bytes = b"",
          size: int | None = None) -> bytes:
    size = len(payload) if size is None else size
    return struct.pack(">I", size)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name: bytes, value: bytes) -> bytes:
    """A header as HPACK writes it without any table; up to 126 bytes each."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


class HostileReceiver(Listener):
    """Listens on a free port, over TLS with `certificate` (file, key). To each request it says the
    pieces that `play` gives, until the hub closes; `requests` has what was asked."""

    def __init__(self, play: Callable[[], Iterable[bytes]], certificate=None, http2: bool = False):
        self.play = play
        self.requests: list[bytes] = []
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            context.set_alpn_protocols(["h2"] if http2 else ["http/1.1"])
        self._scheme = "https" if context else "http"
        super().__init__(self._answer_http2 if http2 else self._answer, context=context)

    @property
    def url(self) -> str:
        return f"{self._scheme}://{LOOPBACK}:{self.port}"

    def _answer(self, connection: socket.socket) -> None:
        buffer = b""
        while True:
            while b"\r\n\r\n" not in buffer:
                buffer += self._more(connection)
            head, _, buffer = buffer.partition(b"\r\n\r\n")
            size = int(next((line.split(b":")[1] for line in head.lower().split(b"\r\n")
                             if line.startswith(b"content-length:")), b"0"))
            while len(buffer) < size:
                buffer += self._more(connection)
            buffer = buffer[size:]
            self._say(connection, head)

    def _answer_http2(self, connection: socket.socket) -> None:
        connection.sendall(frame(SETTINGS, stream=0))
        seen = b""
        while not self._has_request(seen):
            seen += self._more(connection)
        connection.sendall(frame(SETTINGS, ACK, 0))
        self._say(connection, seen)
        while True:
            self._more(connection)

    @staticmethod
    def _has_request(seen: bytes) -> bool:
        """Whether a whole request, on the first stream, stands behind the preface."""
        at = 24
        while len(seen) >= at + 9:
            size = int.from_bytes(seen[at:at + 3], "big")
            kind, flags = seen[at + 3], seen[at + 4]
            at += 9 + size
            if kind in (DATA, HEADERS) and flags & END_STREAM and len(seen) >= at:
                return True
        return False

    def _say(self, connection: socket.socket, request: bytes) -> None:
        self.requests.append(request)
        for piece in self.play():
            connection.sendall(piece)

    @staticmethod
    def _more(connection: socket.socket) -> bytes:
        piece = connection.recv(65536)
        if not piece:
            raise OSError("the hub has closed")
        return piece
