"""Runs the libFuzzer targets of fuzz/ (built with the preset `asan`).

Each target first replays its committed corpus, then runs on from it: by default for a fixed number
of executions from a fixed seed, so that a run repeats; with minutes given, for that time from a new
seed, and what it learned is kept for the next long run. An input that fails is left in
build/fuzz/findings.
"""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXECUTIONS = {"amqp_fuzz": 100_000, "event_fuzz": 80_000, "filter_fuzz": 100_000,
              "http_fuzz": 10_000, "json_fuzz": 250_000, "soap_fuzz": 20_000,
              "template_fuzz": 40_000}
MOST_BYTES = {"soap_fuzz": 16_384}  # of an input; a description is longer than the rest
SEED = int(os.environ.get("MIH_SEED", "1"))
HANG_S = 120
DEADLINE_S = 1800


@dataclass
class Places:
    """Where targets and inputs are; a test has others."""

    binaries: Path = ROOT / "build/asan/bin"
    corpus: Path = ROOT / "fuzz/corpus"
    findings: Path = ROOT / "build/fuzz/findings"
    learned: Path = ROOT / "build/fuzz/learned"


def targets() -> list[str]:
    return sorted(path.stem for path in (ROOT / "fuzz").glob("*_fuzz.cpp"))


def minutes() -> float | None:
    """How long `./test fuzz --minutes N` is to search; None: the fixed number of executions."""
    wanted = os.environ.get("MIH_FUZZ_MINUTES")
    return float(wanted) if wanted else None


def start(places: Places, target: str, *arguments: str, deadline_s: float = DEADLINE_S) -> str:
    """What went wrong in one run of a target; "" if nothing did."""
    places.findings.mkdir(parents=True, exist_ok=True)
    try:
        run = subprocess.run(
            [str(places.binaries / target), f"-timeout={HANG_S}",
             f"-max_len={MOST_BYTES.get(target, 4096)}",
             f"-artifact_prefix={places.findings}/{target}-", "-print_final_stats=1", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", timeout=deadline_s, check=False)
    except subprocess.TimeoutExpired:
        return f"did not end within {deadline_s:.0f} s"
    except OSError as error:
        return str(error)
    if run.returncode != 0:
        return f"{run.stdout[-6000:]}\nended with {run.returncode}"
    if "stat::number_of_executed_units: 0" in run.stdout or "stat::" not in run.stdout:
        return f"{run.stdout[-2000:]}\nran nothing"
    return ""


def replay(places: Places, target: str) -> str:
    inputs = sorted((places.corpus / target).glob("*"))
    if not inputs:
        return f"there is no corpus in {places.corpus / target}"
    return start(places, target, "-runs=0", str(places.corpus / target))


def search(places: Places, target: str, limit_min: float | None) -> str:
    corpus = str(places.corpus / target)
    if limit_min is None:
        with tempfile.TemporaryDirectory(prefix="mih-fuzz-") as new_inputs:
            return start(places, target, f"-runs={EXECUTIONS[target]}", f"-seed={SEED}", new_inputs,
                         corpus)
    learned = places.learned / target
    learned.mkdir(parents=True, exist_ok=True)
    seconds = max(1, round(limit_min * 60))
    return start(places, target, f"-max_total_time={seconds}", str(learned), corpus,
                 deadline_s=seconds + DEADLINE_S)


def run_all(places: Places, names: list[str], limit_min: float | None) -> tuple[int, list[str]]:
    """How many of the runs were clean, and the names of those that were not."""
    each = None if limit_min is None else limit_min / len(names)
    passed, failed = 0, []
    for target in names:
        for what, run in (("corpus", replay), ("search", lambda at, it: search(at, it, each))):
            trouble = run(places, target)
            print(f"   {target}: {what} {'FAILED' if trouble else 'passed'}", flush=True)
            if trouble:
                print(trouble, flush=True)
                failed.append(f"fuzz: {target} {what} (an input that fails is in {places.findings})")
            else:
                passed += 1
    return passed, failed
