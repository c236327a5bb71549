"""Servers that the tests of this part share. Each is started by the first test that needs it."""

import shutil
import tempfile
from pathlib import Path

import pytest

from support.fault_proxy import FaultProxy
from support.rabbitmq import RabbitMq


@pytest.fixture(scope="session")
def rabbitmq():
    directory = Path(tempfile.mkdtemp(prefix="mih-rabbitmq-"))
    server = RabbitMq(directory)
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def network(rabbitmq):
    """A network between the hub and RabbitMQ that fails as it is told."""
    with FaultProxy(rabbitmq.port) as proxy:
        yield proxy


@pytest.fixture
def queue(rabbitmq, request):
    """A queue that no other test has; its name."""
    name = request.node.name
    rabbitmq.declare(name)
    yield name
    rabbitmq.do(lambda channel: channel.queue_delete(name))
