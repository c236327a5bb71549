"""The wall clock set forward and back while the hub runs, and while it is stopped."""

import random
from pathlib import Path

import pytest

from support.events import events
from support.fleet import Fleet
from support.hub import Hub, wait_until
from support.receiver import Answer, in_turn
from support.world import World

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
DAY_S = 86_400
EARLY_S = 0.05


class Clock:
    """The wall clock of a hub, away from the true one by some seconds. Its monotonic one stays."""

    def __init__(self, file: Path):
        self._file = file
        self.set(0)
        self.environment = {"LD_PRELOAD": LIBRARY, "DONT_FAKE_MONOTONIC": "1",
                            "FAKETIME_NO_CACHE": "1", "FAKETIME_TIMESTAMP_FILE": str(file)}

    def set(self, seconds: int) -> None:
        written = self._file.with_suffix(".new")
        written.write_text(f"{seconds:+d}")
        written.rename(self._file)  # it is read at any moment


@pytest.fixture
def clock(scratch):
    return Clock(scratch / "clock")


@pytest.fixture
def hub(scratch, clock):
    made = Hub(scratch / "data", env=clock.environment).start()
    yield made
    if made.running:
        made.stop()


both_ways = pytest.mark.parametrize("jump", [DAY_S, -DAY_S], ids=["forward", "back"])


@both_ways
def test_the_hub_sees_the_jump(hub, clock, jump):
    def accepted() -> int:
        hub.send(events(1))
        return hub.admin.get("/events", limit=1).json["items"][0]["accepted"]
    before = accepted()
    clock.set(jump)
    assert abs(accepted() - before - jump) < 3600


@both_ways
def test_a_retry_keeps_its_wait(hub, clock, receiver, jump):
    receiver.answer = in_turn(Answer(500))
    hub.add_service("crm", receiver.url, retry_backoff=3)
    hub.add_rule("crm")
    hub.send(events(1))
    receiver.wait_for(1)
    clock.set(jump)
    first, second = receiver.wait_for(2)
    assert second.time - first.time >= 3 - EARLY_S
    assert hub.wait_until_done()["delivered"] == 1


@both_ways
def test_a_cooldown_keeps_its_length(hub, clock, receiver, jump):
    receiver.answer = in_turn(Answer(503))
    hub.add_service("crm", receiver.url, max_retries=0, cb_failure_threshold=1, cb_cooldown=3)
    hub.add_rule("crm")
    hub.send(events(1))
    hub.wait_for_circuit("crm", "open")
    clock.set(jump)
    hub.admin.post("/events", events(1)).expect(202)
    assert hub.circuit("crm")["retry_in_s"] <= 3
    first, second = receiver.wait_for(2)
    assert second.time - first.time >= 3 - EARLY_S
    assert hub.wait_until_done()["delivered"] == 2


@both_ways
def test_persisted_times_are_bounded_when_the_clock_moved_while_it_was_stopped(hub, clock, receiver,
                                                                               jump):
    """Set back, nothing waits for a day; set forward beyond max_age, all get an attempt first."""
    receiver.answer = Answer(503)
    hub.add_service("crm", receiver.url, max_retries=0, cb_failure_threshold=1, cb_cooldown=2,
                    max_age=3600)
    hub.add_rule("crm")
    hub.send(events(5))
    hub.wait_for_circuit("crm", "open")
    hub.stop()
    clock.set(jump)
    receiver.answer = Answer()
    hub.start()
    assert (hub.circuit("crm")["retry_in_s"] or 0) <= 2
    for row in hub.admin.all("/deliveries"):  # set back, a retry may wait for another minute
        hub.admin.post(f"/deliveries/{row['id']}/retry-now")
    assert hub.wait_until_done() == {"created": 5, "delivered": 5, "dead": 0, "open": 0}


def test_kills_and_jumps_under_load_lose_nothing(hub, clock, receivers):
    chance = random.Random(7)
    world = World(receivers, 7)
    world.furnish(hub)
    fleet = Fleet(hub).start()
    try:
        # No restart right after a jump back: retries would wait for a minute.
        for jump, killed in ((-DAY_S, False), (-3600, True), (3600, True), (6, False), (0, False),
                             (DAY_S, True)):
            fleet.go(hub)
            fleet.wait_for(len(fleet.acknowledged) + chance.randrange(1, 200))
            clock.set(jump)
            fleet.wait_for(len(fleet.acknowledged) + chance.randrange(1, 200))
            if killed:
                hub.kill()
                hub.start()
        fleet.go(hub)
        fleet.end()
    finally:
        fleet.give_up()
    world.reckon(hub, fleet.acknowledged)
    wait_until(lambda: hub.circuit("flapping")["state"] == "closed", "the circuit is closed")
