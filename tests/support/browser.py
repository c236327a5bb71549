"""Runs scripts of web/tests/browser, which drive Debian's chromium."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

from support.hub import ROOT
from support.receiver import Answer, Received, Receiver

SCRIPT_TIMEOUT_S = 300
WHOLE_WAY = ["service", "tested", "rule", "delivered", "dead letter", "circuit open", "mended",
             "replayed"]


def browse(script: str, timeout: float = SCRIPT_TIMEOUT_S, **given: Any) -> Any:
    """Runs a script in Node; it gets `given` and prints one JSON document."""
    done = subprocess.run(
        ["node", f"tests/browser/{script}", json.dumps(given)], cwd=ROOT / "web",
        capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(done.stdout)


class Control:
    """Takes the orders of a script: how `service` answers from now on, that an event is to
    happen, which `happen` does, and `orders` by their names."""

    def __init__(self, receiver: Receiver, service: Receiver,
                 happen: Callable[[], None] = lambda: None, **orders: Callable[[], None]):
        self.url = receiver.url
        self.status = 200
        self.happen = happen
        self.orders = orders
        receiver.answer = self.obey
        service.answer = lambda request: Answer(status=self.status)

    def obey(self, request: Received) -> Answer:
        order = request.path.strip("/").split("/")
        if order[0] == "answer":
            self.status = int(order[1])
        else:
            self.orders.get(order[0], self.happen)()
        return Answer()
