"""Breaks the hub on purpose, one patch at a time, and sees that a test notices.

tests/mutations/NNN_name.patch is a text that says what is broken, a line `Caught by: ...` and
a diff. The patch is applied to a copy of the sources under build/mutations, the one program that
is to notice it is built and run, and must fail. `Caught by: simulation` is simulation_run over
the first seeds, anything else a test binary with a filter of GoogleTest: `store_test AnswerTest.*`.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATCHES = ROOT / "tests/mutations"
WORK = ROOT / "build/mutations"
COPY = WORK / "tree"
BUILD = WORK / "build"
COPIED = ("CMakeLists.txt", "VERSION", "cmake", "packaging", "src", "tests")
SEEDS = "1..10000"
BUILD_TIMEOUT_S = 3600
RUN_TIMEOUT_S = 600


@dataclass
class Mutation:
    path: Path
    program: str
    arguments: list[str]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def command(self) -> list[str]:
        return [str(BUILD / "bin" / self.program), *self.arguments]


def read(path: Path) -> Mutation:
    text = path.read_text()
    caught_by = re.search(r"^Caught by: (\S+)(?: (\S+))?$", text, re.MULTILINE)
    if not caught_by:
        raise ValueError(f"{path.name} does not say by what it is caught")
    if caught_by[1] == "simulation":
        return Mutation(path, "simulation_run", ["--seeds", SEEDS])
    return Mutation(path, caught_by[1], ["--gtest_brief=1", f"--gtest_filter={caught_by[2]}"])


def mutations() -> list[Mutation]:
    return [read(path) for path in sorted(PATCHES.glob("*.patch"))]


def run(command: list[str], timeout: int, **options) -> tuple[int, str]:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=timeout, check=False, **options)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired:
        return -1, f"{command[0]} took longer than {timeout} s"


def synchronise() -> None:
    """Makes the copy equal to the sources; leaves alone what is equal, so that little is built."""
    wanted = set()
    for name in COPIED:
        source = ROOT / name
        for path in [source] if source.is_file() else source.rglob("*"):
            if not path.is_file() or "__pycache__" in path.parts:
                continue
            target = COPY / path.relative_to(ROOT)
            wanted.add(target)
            if not target.exists() or target.read_bytes() != path.read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    for path in [path for path in COPY.rglob("*") if path.is_file() and path not in wanted]:
        path.unlink()


def configure() -> tuple[int, str]:
    return run(["cmake", "-S", str(COPY), "-B", str(BUILD), "-G", "Ninja",
                "-DCMAKE_CXX_COMPILER=clang++-19", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache",
                "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1"], BUILD_TIMEOUT_S)


def build(programs: list[str]) -> tuple[int, str]:
    return run(["ninja", "-C", str(BUILD), *programs], BUILD_TIMEOUT_S)


def apply(mutation: Mutation) -> str:
    """Applies the patch to the copy; returns why it cannot be applied."""
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(WORK)}
    code, output = run(["git", "apply", "-p1", str(mutation.path)], RUN_TIMEOUT_S, cwd=COPY,
                       env=environment)
    return output or "git apply failed" if code else ""


def fault_of(mutation: Mutation) -> str:
    """Why this mutation proves nothing; "" when it was caught."""
    if refused := apply(mutation):
        return f"the patch does not apply: {refused.strip()}"
    code, output = build([mutation.program])
    if code:
        return f"does not build:\n{output[-2000:]}"
    code, output = run(mutation.command, RUN_TIMEOUT_S)
    if code == 0:
        return f"nobody noticed it: {' '.join(mutation.command)}"
    return ""


def run_all() -> tuple[int, list[str]]:
    """How many were caught, and what went wrong with the others."""
    chosen = mutations()
    programs = sorted({mutation.program for mutation in chosen})
    synchronise()
    print(f"   building {', '.join(programs)} without a mutation", flush=True)
    for code, output in (configure(), build(programs)):
        if code:
            return 0, [f"mutations: the copy does not build:\n{output[-4000:]}"]
    caught, faults = 0, []
    for mutation in chosen:
        synchronise()
        fault = fault_of(mutation)
        print(f"   {mutation.name}: {fault or 'caught'}", flush=True)
        if fault:
            faults.append(f"mutation {mutation.name}: {fault}")
        else:
            caught += 1
    synchronise()
    code, output = build(programs)
    for command in sorted({tuple(mutation.command) for mutation in chosen}):
        if not code:
            code, output = run(list(command), RUN_TIMEOUT_S)
        if code:
            faults.append(f"mutations: fails without any: {' '.join(command)}\n{output[-2000:]}")
    return caught, faults
