"""A network that fails as it is told: a TCP proxy on loopback between a client and a real server."""

import asyncio
import socket
import struct
import threading

LOOPBACK = "127.0.0.1"
CHUNK = 64 * 1024


class _Pair:
    """One connection of a client and the one to the server that belongs to it."""

    def __init__(self, client: asyncio.StreamWriter):
        self.client = client
        self.server: asyncio.StreamWriter | None = None
        self.tasks: list[asyncio.Task] = []

    @property
    def writers(self) -> list[asyncio.StreamWriter]:
        return [writer for writer in (self.client, self.server) if writer]

    def close(self, reset: bool) -> None:
        for task in self.tasks:
            task.cancel()
        for writer in self.writers:
            if reset:
                sock = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            else:
                writer.close()


class FaultProxy:
    """Listens on a free port and forwards to `port`. All methods may be called from any thread and
    take effect before they return."""

    def __init__(self, port: int, host: str = LOOPBACK):
        self._target = (host, port)
        self._delay = 0.0
        self._rate = 0
        self._swallows = False
        self._cut_after: int | None = None
        self._accepted = 0
        self._forwarded = 0
        self._changed = threading.Condition()
        self._pairs: set[_Pair] = set()
        self._server: asyncio.Server | None = None
        self._holder = self._bind(0)
        self.port = self._holder.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.up()

    # What goes wrong with bytes, in both directions, on old and new connections.

    def delay(self, seconds: float) -> None:
        """Holds each piece of data back for so long."""
        self._set("_delay", seconds)

    def slow(self, bytes_per_second: int) -> None:
        """Forwards no more than that for each direction of each connection; 0 = no limit."""
        self._set("_rate", bytes_per_second)

    def half_open(self) -> None:
        """Connections stay open, and what is sent on them gets lost: nobody is told that the other
        side is gone. New connections are taken and lead nowhere."""
        self._set("_swallows", True)

    def heal(self) -> None:
        """Forwards as before. Connections that lost bytes are cut: they make no sense any more."""
        def healed():
            if self._swallows:
                self._close_all(reset=False)
            self._delay, self._rate, self._swallows, self._cut_after = 0.0, 0, False, None
        self._call(healed)

    # What goes wrong with connections.

    def cut(self) -> int:
        """Closes all connections; returns how many there were."""
        return self._call(lambda: self._close_all(reset=False))

    def reset(self) -> int:
        """Resets all connections (RST); returns how many there were."""
        return self._call(lambda: self._close_all(reset=True))

    def cut_after(self, bytes_to_server: int) -> None:
        """Cuts all connections when so many further bytes went to the server, in the middle of
        whatever that is; later connections are forwarded."""
        self._set("_cut_after", bytes_to_server)

    def down(self) -> None:
        """Refuses new connections and cuts those that are there."""
        def closed():
            if self._server:
                self._server.close()
                self._server = None
            self._close_all(reset=False)
        self._call(closed)

    def up(self) -> None:
        async def opened():
            if not self._server:
                self._server = await asyncio.start_server(self._serve, sock=self._bind(self.port))
        asyncio.run_coroutine_threadsafe(opened(), self._loop).result(10)

    # What has happened so far.

    @property
    def accepted(self) -> int:
        """Connections taken."""
        with self._changed:
            return self._accepted

    @property
    def open(self) -> int:
        """Connections that are there now."""
        return self._call(lambda: len(self._pairs))

    @property
    def forwarded(self) -> int:
        """Bytes forwarded to the server."""
        with self._changed:
            return self._forwarded

    def wait_for_connections(self, count: int, timeout: float = 30) -> None:
        with self._changed:
            enough = self._changed.wait_for(lambda: self._accepted >= count, timeout)
            assert enough, f"{self._accepted} of {count} connections within {timeout} s"

    def wait_for_bytes(self, count: int, timeout: float = 30) -> None:
        """Until so many bytes were forwarded to the server."""
        with self._changed:
            enough = self._changed.wait_for(lambda: self._forwarded >= count, timeout)
            assert enough, f"{self._forwarded} of {count} bytes within {timeout} s"

    def stop(self) -> None:
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._holder.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _bind(self, port: int) -> socket.socket:
        # A bound socket that does not listen keeps the port and refuses connections.
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind((LOOPBACK, port))
        return made

    def _call(self, action):
        async def done():
            return action()
        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(10)

    def _set(self, name: str, value) -> None:
        self._call(lambda: setattr(self, name, value))

    def _close_all(self, reset: bool) -> int:
        pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            pair.close(reset)
        return len(pairs)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pair = _Pair(writer)
        self._pairs.add(pair)
        with self._changed:
            self._accepted += 1
            self._changed.notify_all()
        pair.tasks = [asyncio.current_task()]
        try:
            if self._swallows:
                while await reader.read(CHUNK):
                    pass
                return
            server_reader, pair.server = await asyncio.open_connection(*self._target)
            pair.tasks += [asyncio.ensure_future(self._forward(reader, pair.server, True)),
                           asyncio.ensure_future(self._forward(server_reader, writer, False))]
            await asyncio.wait(pair.tasks[1:], return_when=asyncio.FIRST_COMPLETED)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._pairs.discard(pair)
            pair.close(reset=False)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
                       to_server: bool) -> None:
        try:
            while data := await reader.read(min(CHUNK, self._rate) or CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                if self._rate:
                    await asyncio.sleep(len(data) / self._rate)
                if self._swallows:
                    continue
                if to_server and self._cut_after is not None:
                    self._cut_after -= len(data)
                    if self._cut_after <= 0:
                        writer.write(data[:len(data) + self._cut_after])
                        self._cut_after = None
                        self._close_all(reset=False)
                        return
                writer.write(data)
                await writer.drain()
                if to_server:
                    with self._changed:
                        self._forwarded += len(data)
                        self._changed.notify_all()
        except OSError:
            pass
