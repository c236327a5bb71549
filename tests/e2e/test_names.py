"""Names that lead to several addresses, or to others than a moment before: the outgoing guard judges
the address that is dialled."""

import shutil
import subprocess

import pytest

from support.hostile_broker import HostileBroker
from support.listener import Listener
from support.tree import ROOT

ALLOWED, FORBIDDEN = "127.0.0.1", "127.0.0.2"
COMPILER = shutil.which("cc") or shutil.which("clang-19")


class Trap(Listener):
    """What must not be reached: listens at the forbidden address, on the port of the real thing."""

    def __init__(self, port: int):
        self.caught = 0
        super().__init__(self._catch, FORBIDDEN, port)

    def _catch(self, _) -> None:
        self.caught += 1


@pytest.fixture
def traps():
    made: list[Trap] = []

    def make(port: int) -> Trap:
        made.append(Trap(port))
        return made[-1]

    yield make
    for trap in made:
        trap.stop()


@pytest.fixture
def names(scratch):
    """The file of names, which the hub reads anew each time."""
    return scratch / "names"


@pytest.fixture
def hub(start_hub, scratch, names):
    library = scratch / "names.so"
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", str(library),
                    str(ROOT / "tests/support/names.c"), "-ldl"], check=True)
    return start_hub(env={"LD_PRELOAD": str(library), "MIH_TEST_NAMES": str(names),
                          "MIH_ALLOWED_PRIVATE": ALLOWED})


def call(hub, service: str = "crm") -> dict:
    return hub.admin.post(f"/services/{service}/request", {
        "endpoint": "x", "payload": {"a": 1}, "timeout": 5}).expect(200).json


@pytest.mark.parametrize("addresses", [
    f"{FORBIDDEN} {ALLOWED}", f"{ALLOWED} {FORBIDDEN}", f"10.0.0.1 169.254.169.254 {ALLOWED}"])
def test_of_several_addresses_the_allowed_one_is_dialled(hub, receiver, traps, names, addresses):
    trap = traps(receiver.port)
    names.write_text(f"crm.test {addresses}\n")
    hub.add_service("crm", f"http://crm.test:{receiver.port}")
    answer = call(hub)
    assert answer["success"], answer
    assert trap.caught == 0
    assert receiver.requests[0].headers["host"] == f"crm.test:{receiver.port}"


def test_a_name_that_turns_is_not_followed(hub, receivers, traps, names):
    """As a name does whose owner has the guard see one address, and the connection another."""
    for number in range(4):
        receiver = receivers()
        trap = traps(receiver.port)
        name = f"turns-{number}.test"
        hub.add_service(name, f"http://{name}:{receiver.port}")
        names.write_text(f"{name} {FORBIDDEN}\n" if number % 2 else f"{name} {ALLOWED}\n")
        answer = call(hub, name)
        assert answer["success"] is (number % 2 == 0)
        names.write_text(f"{name} {ALLOWED}\n" if number % 2 else f"{name} {FORBIDDEN}\n")
        receiver.down()  # so that a new connection is needed
        call(hub, name)
        assert trap.caught == 0
        if number % 2:
            assert "may not be reached" in answer["error"] and FORBIDDEN in answer["error"]


def test_a_broker_is_dialled_at_allowed_addresses_alone(hub, traps, names):
    def play(peer):
        peer.log_in()
        peer.serve()
    broker = HostileBroker(play)
    try:
        trap = traps(broker.port)
        names.write_text(f"mq.test {FORBIDDEN} {ALLOWED}\nbad.test {FORBIDDEN}\n")
        for name in ("mq", "bad"):
            hub.add_service(name, f"amqp://{name}.test:{broker.port}/?exchange=x", type="amqp",
                            max_retries=0)
        assert call(hub, "mq")["success"]
        refused = call(hub, "bad")
        assert refused["success"] is False and "may not be reached" in refused["error"]
        assert trap.caught == 0
    finally:
        broker.stop()


def test_a_proxy_gets_no_name_that_leads_to_a_forbidden_address_too(hub, receivers, traps, names):
    """It would choose by itself."""
    proxy, target = receivers(), receivers()
    trap = traps(target.port)
    names.write_text(f"crm.test {ALLOWED} {FORBIDDEN}\ngood.test {ALLOWED}\n"
                     f"proxy.test {FORBIDDEN}\n")
    for name, through in (("crm", proxy.url), ("good", proxy.url),
                          ("lost", f"http://proxy.test:{proxy.port}")):
        target_name = "good" if name == "lost" else name
        hub.add_service(name, f"http://{target_name}.test:{target.port}", proxy=through)
    assert call(hub, "good")["success"] and len(proxy.requests) == 1
    for name in ("crm", "lost"):
        answer = call(hub, name)
        assert answer["success"] is False and "may not be reached" in answer["error"], answer
    assert len(proxy.requests) == 1 and trap.caught == 0 and target.requests == []
