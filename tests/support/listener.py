"""A TCP server of threads, for tests that say by hand what it sends."""

import socket
import ssl
import threading
from collections.abc import Callable

LOOPBACK = "127.0.0.1"


class Listener:
    """Listens on a port of an address (0 = a free one) and runs `serve` in a thread of its own with
    each connection, over TLS with `context`, and closes it afterwards. A connection that the other
    side ends is no fault: an OSError of `serve` is its end."""

    def __init__(self, serve: Callable[[socket.socket], None], host: str = LOOPBACK,
                 port: int = 0, context: ssl.SSLContext | None = None):
        self._serve = serve
        self._context = context
        self._connections: list[socket.socket] = []
        self._socket = socket.create_server((host, port))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Closes the connections too."""
        for one in [self._socket, *self._connections]:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._connections.append(connection)
            self._serve(connection)
        except OSError:
            pass
        finally:
            connection.close()
