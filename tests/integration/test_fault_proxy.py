"""The proxy that other tests rely on fails as it says."""

import socket
import threading
import time

import pytest

from support.fault_proxy import FaultProxy
from support.listener import Listener


def echo(connection: socket.socket) -> None:
    """Sends back what it gets."""
    while data := connection.recv(65536):
        connection.sendall(data)


@pytest.fixture
def proxy():
    server = Listener(echo)
    with FaultProxy(server.port) as made:
        yield made
    server.stop()


def connect(proxy: FaultProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=30)


def read(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := client.recv(size - len(data))):
        data += more
    return data


def ask(client: socket.socket, data: bytes = b"hello") -> bytes:
    client.sendall(data)
    return read(client, len(data))


def test_forwards_in_both_directions(proxy):
    with connect(proxy) as client:
        assert ask(client) == b"hello"
        large = bytes(range(256)) * 4096
        sender = threading.Thread(target=client.sendall, args=(large,))
        sender.start()
        assert read(client, len(large)) == large
        sender.join()
    proxy.wait_for_bytes(5 + len(large))
    assert proxy.accepted == 1


def test_delay(proxy):
    with connect(proxy) as client:
        proxy.delay(0.2)
        start = time.monotonic()
        assert ask(client) == b"hello"
        assert time.monotonic() - start >= 0.4
        proxy.heal()
        assert ask(client) == b"hello"


def test_slow(proxy):
    with connect(proxy) as client:
        proxy.slow(10_000)
        start = time.monotonic()
        assert ask(client, b"x" * 3000) == b"x" * 3000
        assert time.monotonic() - start >= 0.3


def test_cut(proxy):
    with connect(proxy) as client:
        assert ask(client) == b"hello"
        assert proxy.open == 1
        assert proxy.cut() == 1
        assert proxy.open == 0
        assert client.recv(1) == b""
    with connect(proxy) as client:
        assert ask(client) == b"hello"


def test_reset(proxy):
    with connect(proxy) as client:
        assert ask(client) == b"hello"
        assert proxy.reset() == 1
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_cut_after_some_bytes(proxy):
    with connect(proxy) as client:
        proxy.cut_after(3)
        client.sendall(b"hello")
        assert len(read(client, 5)) <= 3
    with connect(proxy) as client:
        assert ask(client) == b"hello"


def test_half_open(proxy):
    with connect(proxy) as client:
        assert ask(client) == b"hello"
        proxy.half_open()
        client.sendall(b"lost")
        with connect(proxy) as late:
            late.sendall(b"lost too")
            for lost in (client, late):
                lost.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    lost.recv(1)
            proxy.heal()
            for lost in (client, late):
                lost.settimeout(30)
                assert lost.recv(1) == b""
    with connect(proxy) as client:
        assert ask(client) == b"hello"


def test_down_and_up(proxy):
    with connect(proxy) as client:
        assert ask(client) == b"hello"
        proxy.down()
        assert client.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
    proxy.up()
    with connect(proxy) as client:
        assert ask(client) == b"hello"
    assert proxy.accepted == 2


def test_a_server_that_is_away_closes_the_connection():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        with FaultProxy(holder.getsockname()[1]) as proxy, connect(proxy) as client:
            assert client.recv(1) == b""
            proxy.wait_for_connections(1)
