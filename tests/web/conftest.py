"""A hub, a receiver and a browser, which scripts of web/tests/browser drive."""

import json
import subprocess

import pytest

from support.hub import ROOT

SCRIPT_TIMEOUT_S = 300


@pytest.fixture
def browse():
    """Runs a script in Node; it gets `given` and prints one JSON document."""
    def run(script: str, **given):
        done = subprocess.run(
            ["node", f"tests/browser/{script}", json.dumps(given)], cwd=ROOT / "web",
            capture_output=True, text=True, timeout=SCRIPT_TIMEOUT_S, check=False,
            stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return json.loads(done.stdout)
    return run
