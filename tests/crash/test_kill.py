"""kill -9 under load, again and again on the same data directory."""

import json
import os
import random
import threading

import pytest

from support.fleet import Fleet
from support.receiver import Received
from support.world import World, expect_order, reconcile

KILLS = int(os.environ.get("MIH_KILLS", "20"))
SEED = int(os.environ.get("MIH_SEED", random.SystemRandom().randrange(1 << 32)))
PIECE = 25  # kills on one data directory; a long run goes on with `-k` and the seed it printed


@pytest.mark.parametrize("piece", range(-(-KILLS // PIECE)))
def test_no_acknowledged_event_is_lost(start_hub, receivers, piece):
    kills = min(PIECE, KILLS - piece * PIECE)
    print(f"\nMIH_SEED={SEED} MIH_KILLS={KILLS} piece {piece}: {kills} kills")
    chance = random.Random(SEED + 1000 * piece)
    world = World(receivers, SEED + 1000 * piece)
    hub = start_hub()
    world.furnish(hub)
    fleet = Fleet(hub).start()
    try:
        moment = threading.Event()
        for _ in range(kills):
            fleet.go(hub)
            fleet.wait_for(len(fleet.acknowledged) + chance.randrange(1, 700))
            moment.wait(chance.uniform(0, 0.02))  # not always right after an answer
            hub.kill()
            hub.start()
            hub.summary()
        fleet.go(hub)
        fleet.end()
    finally:
        fleet.give_up()
    repeats = world.reckon(hub, fleet.acknowledged)
    print(f"{kills} kills, {len(fleet.acknowledged)} events acknowledged, "
          f"{3 * len(fleet.acknowledged)} deliveries, none missing, {repeats} repeats")


def received(event_id: str, webhook_id: str, key: int = 1, n: int = 1) -> Received:
    body = json.dumps({"id": event_id, "key": key, "n": n}).encode()
    return Received(0, "POST", "/", {"webhook-id": webhook_id}, body, 1)


def test_the_reconciliation_finds_a_loss():
    requests = [received("a", "d_1"), received("b", "d_2"), received("a", "d_1")]
    reconcile({"a", "b"}, requests)
    with pytest.raises(AssertionError, match="never arrived"):
        reconcile({"a", "b", "c"}, requests)
    with pytest.raises(AssertionError, match="another webhook-id"):
        reconcile({"a", "b"}, [*requests, received("a", "d_3")])
    with pytest.raises(AssertionError, match="of two events"):
        reconcile({"a", "b"}, [*requests, received("c", "d_1")])


def test_the_reconciliation_finds_a_wrong_order():
    first, second, other = (received("a", "d_1", n=1), received("b", "d_2", n=2),
                            received("c", "d_3", key=2, n=1))
    expect_order([first, other, second, first])
    with pytest.raises(AssertionError, match="1 came after 2"):
        expect_order([second, other, first])
