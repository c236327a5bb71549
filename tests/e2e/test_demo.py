"""mih demo: what a newcomer sees first."""

import os
import pty
import re
import subprocess

from support.hub import MIH, run_mih


def test_the_demo_shows_deliveries_and_ends_by_itself(scratch):
    result = run_mih("demo", "--seconds", 8, timeout=90, cwd=scratch, env={"TMPDIR": str(scratch)})
    assert result.returncode == 0, (result.stdout[-3000:], result.stderr[-3000:])
    shown = result.stdout + result.stderr
    assert re.search(r"http://127\.0\.0\.1:\d+", shown)
    assert re.search(r"as admin with the one-time password in \S+/admin-password", shown)
    for word in ("accepted", "delivered", "failed", "p50", "p99"):
        assert word in shown, word
    assert [path.name for path in scratch.iterdir()] == []  # a throwaway hub


def test_the_demo_refuses_nonsense():
    assert run_mih("demo", "--seconds", "x").returncode == 2


def test_a_terminal_is_told_the_password(scratch):
    ours, theirs = pty.openpty()
    with subprocess.Popen([MIH, "demo", "--seconds", "3"], cwd=scratch, stdout=theirs,
                          stderr=subprocess.DEVNULL,
                          env={**os.environ, "TMPDIR": str(scratch)}) as demo:
        os.close(theirs)
        shown = b""
        try:
            while more := os.read(ours, 4096):
                shown += more
        except OSError:  # the other end is closed
            pass
        assert demo.wait(60) == 0
    os.close(ours)
    assert re.search(rb"as admin with the one-time password [A-Za-z0-9-]{12,}\r?\n", shown), shown
