"""Starts and stops the real binary."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.api import Api, segment
from support.events import as_ndjson

ROOT = Path(__file__).resolve().parents[2]
MIH = Path(os.environ.get("MIH_BINARY", ROOT / "build/release/bin/mih"))
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 40
POLL_S = 0.03


def environment(**extra: str) -> dict[str, str]:
    """The caller's environment without its MIH_ variables; loopback receivers are allowed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MIH_")}
    return {**clean, "MIH_ALLOWED_PRIVATE": "127.0.0.0/8", **extra}


def run_mih(*arguments: Any, timeout: float = 60, env: dict | None = None,
            stdin: str | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess:
    """Runs one command of the command line to its end."""
    return subprocess.run([str(MIH), *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, env=environment(**(env or {})), check=False, cwd=cwd,
                          **({"input": stdin} if stdin is not None
                             else {"stdin": subprocess.DEVNULL}))


def wait_until(condition: Callable[[], Any], what: str, timeout: float = 30) -> Any:
    """What `condition` returns as soon as it is true. For states that only asking can tell."""
    never = threading.Event()
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if result := condition():
            return result
        never.wait(POLL_S)
    raise AssertionError(f"after {timeout} s still not so: {what}")


class Hub:
    """`mih serve` on a free port with the data directory `data`."""

    def __init__(self, data: Path, *flags: Any, env: dict[str, str] | None = None,
                 preexec: Callable[[], None] | None = None):
        self.data = data
        self.flags = [str(flag) for flag in flags]
        self.env = env or {}
        self.preexec = preexec
        self.process: subprocess.Popen | None = None
        self.first_line = ""
        self.log_file = data.parent / f"{data.name}.log"

    def start(self) -> "Hub":
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [str(MIH), "serve", "--data", str(self.data), "--listen", "127.0.0.1:0",
                 *self.flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                text=True, env=environment(**self.env), preexec_fn=self.preexec)
        timer = threading.Timer(START_TIMEOUT_S, self.process.kill)
        timer.start()
        self.first_line = self.process.stdout.readline().rstrip("\n")
        timer.cancel()
        if not self.first_line:
            code = self.process.wait(STOP_TIMEOUT_S)
            raise AssertionError(f"mih serve ended with {code}:\n{self.log[-3000:]}")
        says, _, address = self.first_line.partition("://")
        assert says in ("listening on http", "listening on https"), self.first_line
        host, _, port = address.rpartition(":")
        self.address = (host, int(port))
        return self

    def stop(self) -> None:
        """Stops as an operator does; the hub must end with 0."""
        code = self.end(signal.SIGTERM)
        assert code == 0, f"mih serve ended with {code}:\n{self.log[-3000:]}"

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def end(self, with_signal: int) -> int:
        self.process.send_signal(with_signal)
        return self.wait()

    def wait(self) -> int:
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"mih serve did not end within {STOP_TIMEOUT_S} s") from None
        finally:
            self.process.stdout.close()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    @property
    def url(self) -> str:
        return f"http://{self.address[0]}:{self.address[1]}"

    @property
    def admin(self) -> Api:
        """The admin socket: counts as manage without a token."""
        return Api(self.data / "admin.sock")

    @property
    def stranger(self) -> Api:
        return Api(self.address)

    def create_token(self, role: str, **fields) -> dict:
        made = self.admin.post("/tokens", {"role": role, "name": f"test {role}", **fields})
        return made.expect(201).json

    def api(self, role: str, **fields) -> Api:
        """A client over TCP with a new token of that role."""
        return Api(self.address, self.create_token(role, **fields)["token"])

    def cli(self, *arguments: Any, **options) -> subprocess.CompletedProcess:
        return run_mih(*arguments, "--data", self.data, **options)

    def add_service(self, name: str, url: str, **fields) -> dict:
        return self.admin.post("/services", {"name": name, "type": "rest", "base_url": url,
                                             **fields}).expect(201).json

    def add_rule(self, service: str, eventname: str = "*", **fields) -> dict:
        return self.admin.post("/rules", {"name": f"to {service}", "eventname": eventname,
                                          "service": service, **fields}).expect(201).json

    def send(self, events: list[dict]) -> dict:
        """Posts events as NDJSON; all of them must be taken."""
        answer = self.admin.post("/events", as_ndjson(events),
                                 content_type="application/x-ndjson").expect(202).json
        assert answer["rejected"] == []
        return answer

    def service(self, name: str) -> dict:
        return self.admin.get(f"/services/{segment(name)}").expect(200).json

    def circuit(self, name: str) -> dict:
        return self.service(name)["circuit"]

    def summary(self) -> dict:
        """The totals, after checking that they add up."""
        summary = self.admin.get("/stats/summary").expect(200).json
        counts = summary["deliveries"]
        assert counts["created"] == counts["delivered"] + counts["dead"] + counts["open"], counts
        return summary

    def wait_for_circuit(self, service: str, state: str) -> dict:
        def there():
            circuit = self.circuit(service)
            return circuit if circuit["state"] == state else None
        return wait_until(there, f"the circuit of {service} is {state}")

    def wait_until_done(self, timeout: float = 60) -> dict:
        """The deliveries' counts as soon as none is open."""
        def done():
            counts = self.summary()["deliveries"]
            return counts if counts["open"] == 0 else None
        return wait_until(done, "no delivery is open", timeout)

    def wait_for_dead_letters(self, count: int, timeout: float = 30, **query) -> list[dict]:
        def enough():
            items = self.admin.all("/dead-letters", **query)
            return items if len(items) >= count else None
        return wait_until(enough, f"{count} dead letters", timeout)

    def wait_for_job(self, job_id: str) -> dict:
        def done():
            job = self.admin.get(f"/jobs/{job_id}").expect(200).json
            return job if job["state"] != "running" else None
        return wait_until(done, "the job is done")
