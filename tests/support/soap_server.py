"""Starts SOAP servers that are not ours, on free ports."""

import json
import os
import socket
import subprocess
import threading
from pathlib import Path

SERVERS = Path(__file__).resolve().parents[1] / "integration" / "soap"
WSDL = Path(__file__).resolve().parents[1] / "data" / "wsdl"
START_TIMEOUT_S = 60


class SoapServer:
    """A process with SOAP services at `url`, and what it has seen."""

    def __init__(self, scratch: Path, name: str):
        self.seen_file = scratch / f"{name}.seen"
        self.log_file = scratch / f"{name}.log"
        self.url = ""
        self.process: subprocess.Popen | None = None

    @property
    def seen(self) -> list[dict]:
        if not self.seen_file.exists():
            return []
        return [json.loads(line) for line in self.seen_file.read_text().splitlines()]

    @property
    def calls(self) -> list[dict]:
        return [entry for entry in self.seen if "called" in entry]

    @property
    def loads(self) -> list[str]:
        return [entry["loaded"] for entry in self.seen if "loaded" in entry]

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(START_TIMEOUT_S)
            self.process.stdout.close()
            self.process = None

    def _start(self, command: list, starts_with: str, **environment: str) -> str:
        """Starts it and returns its first line of output that starts so."""
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment})
        timer = threading.Timer(START_TIMEOUT_S, self.process.kill)
        timer.start()
        output = []
        for line in self.process.stdout:
            output.append(line)
            if starts_with in line:
                break
        timer.cancel()
        assert output and starts_with in output[-1], f"{command} did not start: {output}"
        threading.Thread(target=self._drain, args=(self.process.stdout,), daemon=True).start()
        return output[-1].rstrip("\n")

    def _drain(self, output) -> None:
        try:
            with open(self.log_file, "a", encoding="utf-8") as log:
                for line in output:
                    log.write(line)
        except ValueError:
            pass  # closed


class PhpServer(SoapServer):
    """PHP's SoapServer with the descriptions of tests/data/wsdl."""

    def __init__(self, scratch: Path, password: str = ""):
        super().__init__(scratch, "php")
        self._password = password

    def start(self) -> "PhpServer":
        for attempt in range(5):
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            try:
                self._start(["php", "-d", "display_errors=stderr", "-S", f"127.0.0.1:{port}",
                             SERVERS / "server.php"], "started", SOAP_WSDL=str(WSDL),
                            SOAP_SEEN=str(self.seen_file), SOAP_PASSWORD=self._password)
                self.url = f"http://127.0.0.1:{port}"
                return self
            except AssertionError:
                self.stop()
                if attempt == 4:
                    raise
        return self


class SpyneServer(SoapServer):
    """Services of Python's spyne."""

    def __init__(self, scratch: Path):
        super().__init__(scratch, "spyne")

    def start(self) -> "SpyneServer":
        self.url = self._start(["/usr/bin/python3", SERVERS / "server.py", self.seen_file],
                               "http://")
        return self
