"""What an installed hub runs as: the unit and the user of packaging/."""

import re
import subprocess

import pytest

from support import tree

UNIT = tree.ROOT / "packaging/mih.service"
WORST_EXPOSURE = 2.0  # of 10; systemd calls up to 2.9 "OK"


@pytest.fixture
def root(tmp_path):
    """A system with the hub installed, as `cmake --install` places it."""
    units = tmp_path / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    text = UNIT.read_text(encoding="utf-8")
    program = tmp_path / re.search(r"^ExecStart=/(\S+)", text, re.MULTILINE)[1]
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (units / UNIT.name).write_text(text)
    for target in set(re.findall(r"\S+\.target", text)) | {"sysinit.target", "shutdown.target",
                                                           "basic.target"}:
        (units / target).write_text("[Unit]\nDescription=of every system\n")
    return tmp_path


def analyze(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(["systemd-analyze", *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, check=False, env={"PATH": "/usr/bin", "LC_ALL": "C.UTF-8"})


def test_the_unit_is_right(root):
    done = analyze("verify", f"--root={root}", "--man=no", UNIT.name)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_mistake_in_the_unit_is_seen(root):
    unit = root / "usr/lib/systemd/system" / UNIT.name
    unit.write_text(unit.read_text().replace("NoNewPrivileges=", "NoNewPrivilege="))
    assert "NoNewPrivilege" in analyze("verify", f"--root={root}", "--man=no", UNIT.name).stderr


def test_the_service_is_in_a_sandbox():
    done = analyze("security", "--offline=true", UNIT)
    exposure = float(re.search(r"exposure level for \S+: (\d+\.\d+)", done.stdout)[1])
    assert exposure < WORST_EXPOSURE, done.stdout


def test_the_user_of_the_unit_is_the_one_that_is_made():
    user = re.search(r"^User=(\w+)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)[1]
    made = subprocess.run(
        ["systemd-sysusers", "--dry-run", "--inline",
         (UNIT.parent / "mih.sysusers").read_text(encoding="utf-8").strip()],
        capture_output=True, text=True, timeout=60, check=False)
    assert made.returncode == 0, made.stderr
    assert f"Creating user '{user}'" in made.stderr
