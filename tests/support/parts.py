#!/usr/bin/python3
"""Runs the parts of ./test and counts: parts.py [PART]...

The last line is always "N passed, N failed". `--plan` prints what has to be built first instead.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

import fuzzing
import mutations

ROOT = Path(__file__).resolve().parents[2]
BINARY_TIMEOUT_S = 900
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:check_initialization_order=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "ASAN_SYMBOLIZER_PATH": "/usr/lib/llvm-19/bin/llvm-symbolizer",
}


@dataclass
class Counts:
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def add(self, other: "Counts") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def read_junit(path: Path, name: str) -> Counts:
    """Counts of a JUnit-like report as GoogleTest and pytest write it."""
    counts = Counts()
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return counts
    for case in cases:
        title = f"{name}: {case.get('classname', '')}.{case.get('name', '')}"
        tags = {child.tag for child in case}
        if tags & {"failure", "error"}:
            counts.failed.append(title)
        elif "skipped" in tags or case.get("status") == "notrun":
            counts.skipped.append(title)
        else:
            counts.passed += 1
    return counts


def unit_tests() -> list[dict]:
    listing = subprocess.run(
        ["ctest", "--test-dir", str(ROOT / "build/asan"), "--show-only=json-v1"],
        check=True, capture_output=True, text=True)
    return [test for test in json.loads(listing.stdout)["tests"] if "command" in test]


def run_unit_test(name: str, command: list[str], report: Path) -> Counts:
    try:
        run = subprocess.run(
            [*command, f"--gtest_output=xml:{report}", "--gtest_brief=1"], cwd=report.parent,
            env={**os.environ, **SANITIZERS}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", timeout=BINARY_TIMEOUT_S,
            check=False)
        output, code = run.stdout, run.returncode
    except subprocess.TimeoutExpired as late:
        output, code = str(late), -1
    except OSError as error:
        output, code = str(error), -1
    counts = read_junit(report, name)
    if code != 0 and not counts.failed:
        counts.failed.append(f"{name}: ended with {code}")
    if counts.passed == 0 and not counts.failed:
        counts.failed.append(f"{name}: ran no test")
    if counts.failed:
        print(output, flush=True)
    print(f"   {name}: {counts.passed} passed, {len(counts.failed)} failed", flush=True)
    return counts


def run_ctest(wanted) -> Counts:
    counts = Counts()
    with tempfile.TemporaryDirectory(prefix="mih-unit-") as directory:
        for test in unit_tests():
            if wanted(test["name"]):
                report = Path(directory) / f"{test['name']}.xml"
                counts.add(run_unit_test(test["name"], test["command"], report))
    if not (counts.passed or counts.failed):
        counts.failed.append("no test found")
    return counts


def run_pytest(folder: str, *options: str) -> Counts:
    with tempfile.TemporaryDirectory(prefix="mih-pytest-") as directory:
        report = Path(directory) / "report.xml"
        code = subprocess.run(
            ["/usr/bin/python3", "-B", "-m", "pytest", f"tests/{folder}", "-c",
             "tests/pytest.ini", f"--junitxml={report}", *options],
            cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode
        counts = read_junit(report, folder)
    if code != 0 and not counts.failed:
        counts.failed.append(f"{folder}: pytest ended with {code}")
    return counts


def run_fuzz() -> Counts:
    return Counts(*fuzzing.run_all(fuzzing.Places(), fuzzing.targets(), fuzzing.minutes()))


def is_simulation(name: str) -> bool:
    return name.startswith("simulation")


def run_simulation() -> Counts:
    counts = run_ctest(is_simulation)
    counts.add(run_pytest("simulation"))
    return counts


def run_mutations() -> Counts:
    caught, faults = mutations.run_all()
    return Counts(caught, faults)


# A file of tests in each of two processes; most of the time they wait for a hub.
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")

PARTS = {
    "checks": ("asan-configured", lambda: run_pytest("checks")),
    "unit": ("asan", lambda: run_ctest(lambda name: not is_simulation(name))),
    "simulation": ("asan-simulation release release-simulation", run_simulation),
    "e2e": ("release", lambda: run_pytest("e2e", *SIDE_BY_SIDE)),
    "integration": ("release", lambda: run_pytest("integration")),
    "web": ("release", lambda: run_pytest("web")),
    "crash": ("release", lambda: run_pytest("crash")),
    "fuzz": ("asan-fuzz", run_fuzz),
    # The plugin against a stand-in; with MOODLE_DIR the real hub against that Moodle too.
    "moodle": ("release" if os.environ.get("MOODLE_DIR") else "", lambda: run_pytest("moodle")),
}
ON_REQUEST = {"mutations": ("", run_mutations)}


def exists(part: str) -> bool:
    """Whether this version of the project has such tests."""
    folder = ROOT / "tests" / part
    known = part in PARTS or part in ON_REQUEST
    return part in ("unit", "fuzz") or (known and folder.is_dir() and any(folder.iterdir()))


def main(arguments: list[str]) -> int:
    planning = "--plan" in arguments
    parts = PARTS | ON_REQUEST
    wanted = [part for part in arguments if part != "--plan"] or [p for p in PARTS if exists(p)]
    if planning:
        steps = {step for part in wanted if exists(part) for step in parts[part][0].split()}
        if "asan" in steps:
            steps -= {"asan-configured", "asan-fuzz", "asan-simulation"}
        print("\n".join(sorted(steps)))
        return 0

    total = Counts()
    took = {"set-up and builds": float(os.environ.get("MIH_SETUP_S", "0"))}
    for part in wanted:
        print(f"== {part}", flush=True)
        start = time.monotonic()
        if exists(part):
            total.add(parts[part][1]())
        else:
            print(f"   This version has no '{part}' tests: that part of the project is not built "
                  "yet.")
            total.failed.append(f"{part}: not there yet")
        took[part] = time.monotonic() - start
    print("took     " + ", ".join(f"{what} {seconds:.0f} s" for what, seconds in took.items()))
    for title in total.skipped:
        print(f"skipped  {title}")
    if os.environ.get("CI") == "true":
        total.failed += [f"{title} (skipped)" for title in total.skipped]
    for title in total.failed:
        print(f"FAILED   {title}")
    print(f"{total.passed} passed, {len(total.failed)} failed", flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
