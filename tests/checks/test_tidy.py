"""clang-tidy over everything that the build compiles, except the tests themselves.

Slow, so it runs on all cores and remembers what was clean: the key is the content of the file and
of all that it includes from here, the command, the configuration, the versions of tool and
libraries.
"""

import functools
import hashlib
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support import tree

BUILD = tree.ROOT / "build/asan"
CACHE = tree.ROOT / "build/tidy-cache"
TIMEOUT_S = 600


@functools.cache
def environment_key() -> str:
    """Whatever else decides the result: configuration, tool, installed libraries."""
    packages = subprocess.run(["dpkg-query", "-W", "clang-tidy-19", "libstdc++-12-dev", "lib*-dev"],
                              capture_output=True, text=True, check=False).stdout
    return (tree.ROOT / ".clang-tidy").read_text() + packages


@functools.cache
def closure(path: Path) -> frozenset[Path]:
    """A file and all files of ours that it includes, directly or not."""
    found: set[Path] = set()
    waiting = [path]
    while waiting:
        current = waiting.pop()
        if current in found or not current.exists():
            continue
        found.add(current)
        waiting += [tree.ROOT / folder / name for folder in ("src", "tests")
                    for name in tree.project_includes(current.read_text(errors="replace"))]
    return frozenset(found)


def key_of(entry: dict) -> str:
    digest = hashlib.sha256((environment_key() + entry["command"]).encode())
    for path in sorted(closure(Path(entry["file"]))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def tidy(entry: dict) -> str:
    """The findings in one file; "" when it is clean."""
    mark = CACHE / key_of(entry)
    if mark.exists():
        mark.touch()
        return ""
    try:
        run = subprocess.run(
            ["clang-tidy-19", "--quiet", "-p", str(BUILD), entry["file"]], cwd=tree.ROOT,
            capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return f"{entry['file']}: clang-tidy took longer than {TIMEOUT_S} s"
    if run.returncode == 0:
        mark.touch()
        return ""
    return run.stdout or run.stderr


def entries() -> list[dict]:
    database = json.loads((BUILD / "compile_commands.json").read_text())
    ours = {entry["file"]: entry for entry in database
            if Path(entry["file"]).is_relative_to(tree.ROOT / "src")
            and not tree.is_test(Path(entry["file"]))}
    return [ours[name] for name in sorted(ours)]


def test_clang_tidy_finds_nothing():
    CACHE.mkdir(parents=True, exist_ok=True)
    work = entries()
    assert work
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        findings = [text for text in pool.map(tidy, work) if text]
    assert not findings, "\n".join(findings)
