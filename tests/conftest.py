"""Fixtures of the black-box tests."""

import shutil
import tempfile
from pathlib import Path

import pytest

from support.hub import Hub
from support.receiver import Receiver


@pytest.fixture
def scratch():
    """A directory with a short path: the sockets' names are limited to 107 bytes."""
    directory = Path(tempfile.mkdtemp(prefix="mih-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def start_hub(scratch, receivers):
    """Starts hubs; at the end those that still run must stop in an orderly way."""
    started: list[Hub] = []

    def start(*flags, name: str = "data", **options) -> Hub:
        hub = Hub(scratch / name, *flags, **options)
        started.append(hub)
        return hub.start()

    yield start
    running = [hub for hub in started if hub.running]
    try:
        for hub in running:
            hub.stop()
    finally:
        for hub in started:
            if hub.running:
                hub.kill()


@pytest.fixture
def receivers():
    """Makes receivers; they outlive the hub."""
    made: list[Receiver] = []

    def make(*arguments, **options) -> Receiver:
        made.append(Receiver(*arguments, **options))
        return made[-1]

    yield make
    for receiver in made:
        receiver.stop()


@pytest.fixture
def receiver(receivers):
    return receivers()


@pytest.fixture
def hub(start_hub):
    """A running hub with nothing in it."""
    return start_hub()
