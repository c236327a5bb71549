"""The set-up of ./run and ./test on a machine that has none of the packages yet."""

import os
import subprocess

from support import tree

# Like the real ones: dpkg-query complains and fails when it does not know a package.
PROGRAMS = {
    "dpkg-query": 'echo "installed git"; echo "no packages found matching cmake" >&2; exit 1',
    "apt-get": 'echo "$@" >>"$APT_LOG"',
    "sudo": 'exec "$@"',
}


def test_missing_packages_are_named_and_installed(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    (tmp_path / "tools").symlink_to(tree.ROOT / "tools")
    log = tmp_path / "apt.log"

    run = subprocess.run(
        ["bash", "-c", "set -euo pipefail; . tools/setup.sh; need_packages build"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "APT_LOG": str(log)})

    assert run.returncode == 0, run.stderr
    assert "cmake" in run.stdout and "clang-19" in run.stdout
    asked = log.read_text().split()
    assert asked[0] == "install" and "cmake" in asked and "git" not in asked
