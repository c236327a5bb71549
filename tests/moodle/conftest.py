"""Fixtures of the connector's tests."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

# Needs a tree of Moodle, which nobody has by chance.
WITH_MOODLE = bool(os.environ.get("MOODLE_DIR"))
collect_ignore = [] if WITH_MOODLE else [
    "test_real.py", "test_real_enrichment.py", "test_real_pages.py"]

sys.path.insert(0, str(Path(__file__).parent))

from real_world import CHOSEN, World  # noqa: E402
from site_and_hub import FakeHub, Site  # noqa: E402


@pytest.fixture
def fake_hub():
    """A scripted hub that wants all events."""
    hub = FakeHub()
    yield hub
    hub.receiver.stop()


@pytest.fixture
def site(scratch):
    """A Moodle that is not connected."""
    return Site(scratch / "site")


@pytest.fixture
def connected(site, fake_hub):
    """A Moodle that is connected with the scripted hub, in fast mode."""
    site.connect(fake_hub)
    return site


@pytest.fixture
def safe(site, fake_hub):
    """A Moodle that is connected with the scripted hub, in safe mode."""
    site.connect(fake_hub, capturemode="safe")
    return site


@pytest.fixture(scope="session", params=CHOSEN if WITH_MOODLE else [])
def world(request):
    """A real Moodle with its hub; installed once for each database."""
    directory = Path(tempfile.mkdtemp(prefix="mih-moodle-"))
    made = World(request.param, directory)
    yield made
    made.stop()
    shutil.rmtree(directory, ignore_errors=True)
