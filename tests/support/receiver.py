"""An external service for the tests: an HTTP server that logs and answers as it is told."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"


class Gate:
    """Holds answers back until it is opened."""

    def __init__(self):
        self._opened = False
        self._waiting: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def then(self, action: Callable[[], None]) -> None:
        with self._lock:
            if not self._opened:
                self._waiting.append(action)
                return
        action()

    def open(self) -> None:
        with self._lock:
            self._opened = True
            waiting, self._waiting = self._waiting, []
        for action in waiting:
            action()


@dataclass
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    delay: float = 0          # seconds before the answer
    reset: bool = False       # drop the connection instead
    gate: Gate | None = None  # answer only when it opens
    answered: Callable[[], None] | None = None  # called when it is on its way


@dataclass
class Received:
    time: float  # monotonic
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    connection: int

    @property
    def webhook_id(self) -> str:
        return self.headers.get("webhook-id", "")


class _Connection(asyncio.Protocol):
    def __init__(self, receiver: "Receiver", number: int):
        self._receiver = receiver
        self._number = number
        self._buffer = bytearray()

    def connection_made(self, transport):
        self.transport = transport
        self._receiver._connections.add(self)

    def connection_lost(self, exc):
        self._receiver._connections.discard(self)

    def data_received(self, data):
        self._buffer += data
        while (request := self._take()) is not None:
            self._answer(request, self._receiver._record(request))

    def _take(self) -> Received | None:
        """The next whole request of the buffer, if there is one."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip()
                   for name, _, value in (line.partition(":") for line in lines[1:])}
        if "chunked" in headers.get("transfer-encoding", ""):
            raise AssertionError("the hub sends bodies with a length")
        if headers.get("expect", "").lower() == "100-continue":
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        size = end + 4 + int(headers.get("content-length", 0))
        if len(self._buffer) < size:
            return None
        method, path, _ = lines[0].split(" ", 2)
        body = bytes(self._buffer[end + 4:size])
        del self._buffer[:size]
        return Received(time.monotonic(), method, path, headers, body, self._number)

    def _answer(self, request: Received, answer: Answer) -> None:
        loop = self._receiver._loop
        if answer.gate:
            answer.gate.then(lambda: loop.call_soon_threadsafe(self._write, answer))
        elif answer.delay:
            loop.call_later(answer.delay, self._write, answer)
        else:
            self._write(answer)

    def _write(self, answer: Answer) -> None:
        if self.transport.is_closing():
            return
        if answer.answered:
            answer.answered()
        if answer.reset:
            self.transport.abort()
            return
        headers = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        self.transport.write(f"HTTP/1.1 {answer.status} Test\r\nContent-Length: {len(answer.body)}"
                             f"\r\n{headers}\r\n".encode() + answer.body)


class Receiver:
    """Listens on a free port of its own, which stays reserved while it is down.

    `answer` decides each answer: an Answer, or a function of the request. It is called on the
    receiver's thread, after the request was logged.
    """

    def __init__(self, answer: "Answer | Callable[[Received], Answer] | None" = None,
                 up: bool = True):
        self.answer = answer or Answer()
        self._changed = threading.Condition()
        self._requests: list[Received] = []
        self._connections: set[_Connection] = set()
        self._accepted = 0
        self._server = None
        self._holder = self._bind(0)
        self.port = self._holder.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        if up:
            self.up()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def up(self) -> None:
        """From now on connections are taken."""
        self._call(self._open())

    def down(self) -> None:
        """From now on connections are refused, and existing ones are cut."""
        self._call(self._close())

    def stop(self) -> None:
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._holder.close()

    @property
    def requests(self) -> list[Received]:
        with self._changed:
            return list(self._requests)

    def wait_for(self, count: int, timeout: float = 30,
                 where: Callable[[Received], bool] = lambda request: True) -> list[Received]:
        """The requests that `where` picks, as soon as there are `count` of them."""
        with self._changed:
            def enough():
                return sum(map(where, self._requests)) >= count
            arrived = self._changed.wait_for(enough, timeout)
            picked = [request for request in self._requests if where(request)]
        assert arrived, f"{len(picked)} of {count} requests arrived within {timeout} s"
        return picked

    def _record(self, request: Received) -> Answer:
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()
        return self.answer(request) if callable(self.answer) else self.answer

    def _bind(self, port: int) -> socket.socket:
        # A bound socket that does not listen keeps the port and refuses connections.
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind((LOOPBACK, port))
        return made

    async def _open(self) -> None:
        def connection():
            self._accepted += 1
            return _Connection(self, self._accepted)
        self._server = await self._loop.create_server(connection, sock=self._bind(self.port),
                                                      backlog=1024)

    async def _close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.transport.abort()

    def _call(self, coroutine) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def in_turn(*answers: Answer, then: Answer | None = None) -> Callable[[Received], Answer]:
    """Gives the answers one after another, then `then` for ever (default: 200)."""
    left = list(answers)
    return lambda request: left.pop(0) if left else then or Answer()
