"""Fixtures of the connector's tests."""

import os
import sys
from pathlib import Path

import pytest

# Needs a tree of Moodle, which nobody has by chance.
collect_ignore = [] if os.environ.get("MOODLE_DIR") else ["test_real.py"]

sys.path.insert(0, str(Path(__file__).parent))

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
