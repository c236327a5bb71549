"""The runner of the fuzz targets tells clean runs from others."""

import pytest

from support import fuzzing

CLEAN = """#!/bin/sh
echo stat::number_of_executed_units: 7
"""
CRASHES = """#!/bin/sh
for argument; do
  case $argument in
    -artifact_prefix=*) prefix=${argument#*=} ;;
    -runs=0) echo stat::number_of_executed_units: 7; exit 0 ;;
  esac
done
echo bad >"${prefix}crash-1"
exit 77
"""


@pytest.fixture
def places(tmp_path):
    made = fuzzing.Places(tmp_path / "bin", tmp_path / "corpus", tmp_path / "findings",
                          tmp_path / "learned")
    made.binaries.mkdir()
    (made.corpus / "json_fuzz").mkdir(parents=True)
    (made.corpus / "json_fuzz/input").write_text("{}")
    return made


def run(places, script, limit_min=None):
    target = places.binaries / "json_fuzz"
    target.write_text(script)
    target.chmod(0o755)
    return fuzzing.run_all(places, ["json_fuzz"], limit_min)


def test_a_clean_target_passes_twice(places):
    assert run(places, CLEAN) == (2, [])
    assert run(places, CLEAN, limit_min=0.1) == (2, [])


def test_a_crash_is_a_failure_and_leaves_its_input(places):
    passed, failed = run(places, CRASHES)
    assert passed == 1 and len(failed) == 1
    assert (places.findings / "json_fuzz-crash-1").read_text() == "bad\n"


@pytest.mark.parametrize("script", [
    "#!/bin/sh\nexit 0\n", "#!/bin/sh\necho stat::number_of_executed_units: 0\n", "no program"])
def test_a_target_that_runs_nothing_fails(places, script):
    assert run(places, script)[0] == 0


def test_a_target_without_corpus_fails(places):
    (places.corpus / "json_fuzz/input").unlink()
    assert run(places, CLEAN)[0] == 1


def test_every_target_has_a_number_of_executions_and_a_corpus():
    assert fuzzing.targets() == sorted(fuzzing.EXECUTIONS)
    assert all(any((fuzzing.Places().corpus / name).iterdir()) for name in fuzzing.targets())
