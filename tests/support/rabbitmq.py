"""A RabbitMQ of the tests' own: Debian's rabbitmq-server with its own node name, data, epmd and free
ports, on loopback alone. Needs nothing of the system's service and leaves it alone."""

import json
import logging
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import quote

import pika
import pika.exceptions

LOOPBACK = "127.0.0.1"
logging.getLogger("pika").setLevel(logging.CRITICAL)  # the tests bring its errors about
BIN = Path("/usr/lib/rabbitmq/bin")
START_TIMEOUT_S = 240
POLL_S = 0.1
ATTEMPTS = 3  # to start: a port that was free may be taken meanwhile

CONFIGURATION = """\
listeners.tcp.default = 127.0.0.1:{port}
listeners.ssl.default = 127.0.0.1:{tls_port}
ssl_options.cacertfile = {certificates}/ca.pem
ssl_options.certfile = {certificates}/server.pem
ssl_options.keyfile = {certificates}/server.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
disk_free_limit.absolute = 1MB
load_definitions = {definitions}
log.console = false
log.file.level = info
"""
VHOST = "moodle/events & more"
USER, PASSWORD = "hub@moodle", "p:a/s%s#w?rd"


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for made in sockets:
        made.bind((LOOPBACK, 0))
    ports = [made.getsockname()[1] for made in sockets]
    for made in sockets:
        made.close()
    return ports


def definitions() -> dict:
    """Users and vhosts: the usual guest, and names that a URL must encode."""
    def login(name: str, password: str) -> dict:
        return {"name": name, "password": password, "tags": ""}

    def permission(user: str, vhost: str) -> dict:
        return {"user": user, "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"}
    return {"users": [login("guest", "guest"), login(USER, PASSWORD)],
            "vhosts": [{"name": "/"}, {"name": VHOST}],
            "permissions": [permission("guest", "/"), permission("guest", VHOST),
                            permission(USER, VHOST)]}


class Certificates:
    """An authority, and what it has signed: `server` for the name localhost, `client`."""

    def __init__(self, directory: Path):
        self.directory = directory
        directory.mkdir()
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out",
                      "ca.pem", "-days", "2", "-subj", "/CN=authority of the tests")
        self._sign("server", "subjectAltName=DNS:localhost")
        self._sign("client", "extendedKeyUsage=clientAuth")

    @property
    def ca_file(self) -> Path:
        return self.directory / "ca.pem"

    def text(self, name: str) -> str:
        return (self.directory / name).read_text()

    def _sign(self, name: str, extension: str) -> None:
        (self.directory / f"{name}.ext").write_text(extension)
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out",
                      f"{name}.csr", "-subj", f"/CN={name}")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                      "-CAcreateserial", "-days", "2", "-out", f"{name}.pem", "-extfile",
                      f"{name}.ext")

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.directory, check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)


class RabbitMq:
    def __init__(self, directory: Path):
        self.directory = directory
        self.certificates = Certificates(directory / "certificates")
        self._epmd: subprocess.Popen | None = None
        self._server: subprocess.Popen | None = None

    def start(self) -> "RabbitMq":
        for attempt in range(ATTEMPTS):
            self._choose_ports()
            try:
                return self.start_again()
            except AssertionError:
                self.stop()
                if attempt + 1 == ATTEMPTS:
                    raise
        raise AssertionError("not reached")

    def _choose_ports(self) -> None:
        self.port, self.tls_port, distribution, epmd = free_ports(4)
        (self.directory / "rabbitmq.conf").write_text(CONFIGURATION.format(
            port=self.port, tls_port=self.tls_port, certificates=self.certificates.directory,
            definitions=self.directory / "definitions.json"))
        (self.directory / "definitions.json").write_text(json.dumps(definitions()))
        (self.directory / "enabled_plugins").write_text("[].\n")
        self.node = f"mih-{os.getpid()}-{self.port}@localhost"
        self._env = {
            **{name: value for name, value in os.environ.items()
               if not name.startswith(("RABBITMQ_", "ERL_"))},
            "HOME": str(self.directory),  # for the Erlang cookie
            "ERL_EPMD_PORT": str(epmd), "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_NODENAME": self.node, "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_CONFIG_FILE": str(self.directory / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(self.directory / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.directory / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.directory / "data"),
            "RABBITMQ_LOG_BASE": str(self.directory / "log"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none",
            "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the server: one process to stop
        }
        self._epmd = subprocess.Popen(["epmd", "-port", str(epmd), "-address", LOOPBACK],
                                      env=self._env, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start_again(self) -> "RabbitMq":
        """With the same data, on the same ports; a connection of somebody may have one meanwhile."""
        for _ in range(ATTEMPTS - 1):
            try:
                return self._start_once()
            except AssertionError:
                if "already_used" not in self.log[-3000:]:
                    raise
        return self._start_once()

    def _start_once(self) -> "RabbitMq":
        with open(self.directory / "server.log", "ab") as log:
            self._server = subprocess.Popen(
                [str(BIN / "rabbitmq-server")], env=self._env, cwd=self.directory,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        never = threading.Event()
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            assert self._server.poll() is None, f"rabbitmq-server ended:\n{self.log[-3000:]}"
            try:
                self.connect().close()
                return self
            except pika.exceptions.AMQPError:
                never.wait(POLL_S)
        raise AssertionError(f"rabbitmq-server is not there after {START_TIMEOUT_S} s:\n"
                             f"{self.log[-3000:]}")

    @property
    def log(self) -> str:
        return (self.directory / "server.log").read_text(errors="replace")

    def shut_down(self) -> None:
        """In an orderly way; start_again() brings it back."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, with_signal: int) -> None:
        if self._server and self._server.poll() is None:
            self._server.send_signal(with_signal)
            try:
                self._server.wait(60)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()

    def stop(self) -> None:
        self.kill()
        if self._epmd:
            self._epmd.kill()
            self._epmd.wait()

    def control(self, *arguments: str) -> str:
        """rabbitmqctl; slow (it starts an Erlang of its own)."""
        run = subprocess.run([str(BIN / "rabbitmqctl"), "--quiet", "-n", self.node, *arguments],
                             env=self._env, capture_output=True, text=True, timeout=120,
                             stdin=subprocess.DEVNULL, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def url(self, query: str = "", port: int | None = None, vhost: str = "",
            user: str = "guest", password: str = "guest") -> str:
        login = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return f"amqp://{login}@{LOOPBACK}:{port or self.port}/{quote(vhost, safe='')}?{query}"

    # What an independent client sees.

    def connect(self, vhost: str = "/") -> pika.BlockingConnection:
        return pika.BlockingConnection(pika.ConnectionParameters(
            LOOPBACK, self.port, vhost, heartbeat=0, blocked_connection_timeout=30))

    def declare(self, queue: str, **arguments) -> None:
        """A durable queue; names of arguments with _ for -."""
        named = {name.replace("_", "-"): value for name, value in arguments.items()}
        self.do(lambda channel: channel.queue_declare(queue, durable=True, arguments=named))

    def do(self, action, vhost: str = "/"):
        """What `action` returns for a channel."""
        with self.connect(vhost) as connection:
            return action(connection.channel())

    def depth(self, queue: str) -> int:
        return self.do(lambda channel: channel.queue_declare(queue, passive=True)
                       .method.message_count)

    def take_all(self, queue: str, vhost: str = "/") -> list[tuple[pika.BasicProperties, bytes]]:
        """Takes all messages out of the queue."""
        def taken(channel):
            messages = []
            while True:
                method, properties, body = channel.basic_get(queue, auto_ack=True)
                if method is None:
                    return messages
                messages.append((properties, body))
        return self.do(taken, vhost)
