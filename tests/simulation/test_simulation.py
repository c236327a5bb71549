"""The release build of the simulation: what it is made of, and 20,000 seeds in two processes."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import mutations, tree

BUILD = tree.ROOT / "build/release"
RUN = BUILD / "bin/simulation_run"
SHARED = {"src/delivery/libmih_delivery.a", "src/engine/libmih_engine.a",
          "src/core/libmih_core.a", "src/store/libmih_store.a", "src/ingest/libmih_ingest.a"}
SEEDS = [(1, 10_000), (10_001, 20_000)]
TIMEOUT_S = 600


def link_inputs(target: str, build: str) -> set[str]:
    """What ninja hands to the linker for `target`."""
    rule = re.search(rf"^build {re.escape(target)}: \S+ (.*?)(?=\n  |\n\n)", build,
                     re.MULTILINE | re.DOTALL)
    assert rule, target
    return {word for word in rule[1].replace("$\n", " ").split() if word.endswith((".a", ".o"))}


def closure(target: str, build: str) -> set[str]:
    """All archives and objects that become part of an executable."""
    found = link_inputs(target, build)
    for archive in [name for name in found if name.endswith(".a")]:
        found |= link_inputs(archive, build)
    return found


def sources_of(names: set[str]) -> set[str]:
    return {re.sub(r"CMakeFiles/[^/]+\.dir/", "", name).removesuffix(".o")
            for name in names if name.endswith(".o")}


def test_the_simulation_is_made_of_the_same_objects_as_the_binary():
    build = (BUILD / "build.ninja").read_text()
    simulation, binary = closure("bin/simulation_run", build), closure("bin/mih", build)
    assert SHARED <= simulation & binary
    ours = {name for name in sources_of(simulation - binary)}
    assert ours and all(name.startswith("tests/simulation/") for name in ours), ours


def test_an_object_of_its_own_would_be_found():
    build = ("build bin/x: LINK a/CMakeFiles/x.dir/own.cpp.o | lib/l.a || lib/l.a\n  FLAGS =\n\n"
             "build lib/l.a: AR src/CMakeFiles/l.dir/lane.cpp.o\n  FLAGS =\n\n")
    assert sources_of(closure("bin/x", build)) == {"a/own.cpp", "src/lane.cpp"}


def run(seeds: tuple[int, int]) -> subprocess.CompletedProcess:
    return subprocess.run([RUN, "--seeds", f"{seeds[0]}..{seeds[1]}"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


def test_twenty_thousand_seeds_hold():
    with ThreadPoolExecutor(len(SEEDS)) as pool:
        runs = list(pool.map(run, SEEDS))
    for done in runs:
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_run_says_what_it_was_asked_and_what_it_cannot_do():
    one = subprocess.run([RUN, "--seed", "7", "--trace"], capture_output=True, text=True,
                         timeout=TIMEOUT_S, check=False)
    assert one.returncode == 0
    assert "the hub starts" in one.stdout and "seed 7 holds" in one.stdout
    wrong = subprocess.run([RUN, "--seeds", "9..3"], capture_output=True, text=True,
                           timeout=TIMEOUT_S, check=False)
    assert wrong.returncode == 2 and "Usage" in wrong.stderr


def applies(patch: Path) -> bool:
    return subprocess.run(["git", "apply", "--check", str(patch)], cwd=tree.ROOT,
                          capture_output=True, check=False).returncode == 0


def test_every_mutation_applies_and_says_by_what_it_is_caught():
    chosen = mutations.mutations()
    assert len(chosen) >= 15
    assert not [mutation.name for mutation in chosen if not applies(mutation.path)]


def test_a_mutation_that_cannot_be_used_is_found(tmp_path):
    stale = tmp_path / "stale.patch"
    stale.write_text("--- a/VERSION\n+++ b/VERSION\n@@ -1 +1 @@\n-no such version\n+1\n")
    assert not applies(stale)
    with pytest.raises(ValueError):
        mutations.read(stale)
