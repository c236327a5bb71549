"""The stand-in returns what real Moodles returned. Where they differ the real one is right."""

import json
from pathlib import Path

import pytest

PROBES = Path(__file__).parent / "probes.php"
RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.json"))


def test_there_are_recordings():
    assert RECORDED


@pytest.mark.parametrize("recording", RECORDED, ids=lambda path: path.stem)
def test_the_stand_in_behaves_as_moodle_does(site, recording):
    real = json.loads(recording.read_text())
    ours = site.run(f"answer(require '{PROBES}');", web=False).answer
    assert ours.keys() == real.keys()
    for group in real:
        assert ours[group] == real[group], group
