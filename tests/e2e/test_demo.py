"""mih demo: what a newcomer sees first."""

import re

from support.hub import run_mih


def test_the_demo_shows_deliveries_and_ends_by_itself(scratch):
    result = run_mih("demo", "--seconds", 8, timeout=90, cwd=scratch, env={"TMPDIR": str(scratch)})
    assert result.returncode == 0, (result.stdout[-3000:], result.stderr[-3000:])
    shown = result.stdout + result.stderr
    assert re.search(r"http://127\.0\.0\.1:\d+", shown)
    for word in ("accepted", "delivered", "failed", "p50", "p99"):
        assert word in shown, word
    assert [path.name for path in scratch.iterdir()] == []  # a throwaway hub


def test_the_demo_refuses_nonsense():
    assert run_mih("demo", "--seconds", "x").returncode == 2
