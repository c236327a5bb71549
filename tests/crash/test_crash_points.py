"""A crash at each named place of the binary, then a restart: nothing is lost, everything adds up."""

import http.client
import os
import random
import re
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from support import tree
from support.crash import ERASURE_POINTS, IMPORT_POINTS
from support.events import events
from support.fleet import Fleet
from support.hub import Hub, run_mih
from support.inbound import CRASH_POINTS
from support.world import World

LIST = tree.ROOT / "src/base/crash_point.hpp"
SEED = int(os.environ.get("MIH_SEED", random.SystemRandom().randrange(1 << 32)))
DOOMED_EVENT = r"\core\event\course_deleted"
DOOMED = 5


def listed() -> dict[str, str]:
    """The places: enumerator -> name."""
    return dict(re.findall(r'\{CrashPoint::(k\w+), "(\w+)"\}', LIST.read_text()))


def unused_points(points: dict[str, str], paths: list[Path]) -> set[str]:
    text = "\n".join(path.read_text() for path in paths if path != LIST)
    return {name for enumerator, name in points.items()
            if f"crash_point(CrashPoint::{enumerator})" not in text}


def nothing(_: Hub) -> None:
    """The load of the senders is enough."""


def terminate(hub: Hub) -> None:
    hub.process.send_signal(signal.SIGTERM)


def asking(method: str, path: str, body: dict | None = None) -> Callable[[Hub], None]:
    def ask(hub: Hub) -> None:
        try:
            hub.admin.request(method, path, body)
        except (OSError, http.client.HTTPException):
            assert hub.process.wait(10) == -signal.SIGKILL  # it crashed instead of answering
    return ask


def replay_all(hub: Hub) -> None:
    hub.wait_for_dead_letters(1)
    asking("POST", "/dead-letters/replay", {"all": True})(hub)


def delete_all(hub: Hub) -> None:
    hub.wait_for_dead_letters(1)
    asking("POST", "/dead-letters/delete", {"all": True})(hub)


def delete_the_doomed_rule(hub: Hub) -> None:
    rule, = [rule for rule in hub.admin.all("/rules") if rule["service"] == "doomed"]
    asking("DELETE", f"/rules/{rule['id']}")(hub)


@dataclass
class Scene:
    act: Callable[[Hub], None] = nothing
    passes: int = 1      # the crash is at one of the first so many passes
    first: bool = False  # at the first start of all
    doomed: bool = False  # a further service that is down, with deliveries that wait
    deletes: bool = False  # dead letters, also after the restart
    filler: int = 0      # bytes in each event, so that the log of the database grows


OFTEN = Scene(passes=40)
SCENES = {
    "in_migration": Scene(first=True),
    "secrets_sealed": Scene(first=True),
    "store_made": Scene(first=True),
    "store_named": Scene(first=True),
    "in_recovery": Scene(),
    "window_loaded": Scene(passes=3),
    "intake_taken": OFTEN,
    "in_intake_commit": OFTEN,
    "committed": OFTEN,
    "intake_committed": OFTEN,
    "dispatched": OFTEN,
    "answered": OFTEN,
    "before_send": OFTEN,
    "request_under_way": OFTEN,
    "reply_arrived": OFTEN,
    "reply_decided": OFTEN,
    "in_outcome_commit": OFTEN,
    "outcome_committed": OFTEN,
    "in_circuit_commit": Scene(passes=3),
    "circuit_committed": Scene(passes=3),
    "service_saved": Scene(asking("PATCH", "/services/plain", {"max_retries": 19})),
    "service_removed": Scene(asking("DELETE", "/services/doomed"), doomed=True),
    "rule_removed": Scene(delete_the_doomed_rule, doomed=True),
    "job_started": Scene(replay_all),
    "in_replay": Scene(replay_all),
    "job_step_committed": Scene(replay_all),
    "in_dead_letter_removal": Scene(delete_all, deletes=True),
    "key_added": Scene(asking("POST", "/key/rotate")),
    "key_changed": Scene(asking("POST", "/key/rotate")),
    "in_prune": Scene(),
    "in_journal_write": Scene(passes=3),
    "before_checkpoint": Scene(filler=30_000),
    "after_checkpoint": Scene(filler=30_000),
    "stopping": Scene(terminate),
    "before_last_flush": Scene(terminate),
}


@pytest.fixture
def hub(scratch):
    made = Hub(scratch / "data")
    yield made
    if made.running:
        made.stop()


def start_to_crash(hub: Hub, point: str, number: int) -> None:
    """It may be over before it listens."""
    hub.env = {"MIH_CRASH_AT": f"{point}:{number}"}
    try:
        hub.start()
    except AssertionError:
        assert hub.process.returncode == -signal.SIGKILL, hub.log[-3000:]


def make_a_past(hub: Hub, world: World, scene: Scene) -> Fleet:
    """A hub that was killed under load, with deliveries that wait."""
    hub.start()
    hub.admin.patch("/settings", {"event_retention_count": 100}).expect(200)
    world.furnish(hub)
    fleet = Fleet(hub, filler=scene.filler)
    if scene.doomed:
        hub.add_service("doomed", "http://127.0.0.1:1", cb_failure_threshold=1, cb_cooldown=3600)
        hub.add_rule("doomed", DOOMED_EVENT)
        batch = events(DOOMED, eventname=DOOMED_EVENT, userid=1000)
        hub.send(batch)
        fleet.acknowledged |= {item["id"] for item in batch}
    world.plain.down()
    fleet.start().go(hub)
    fleet.wait_for(200)
    hub.kill()
    world.plain.up()
    return fleet


@pytest.mark.parametrize("point", [name for name, scene in SCENES.items() if not scene.first])
def test_a_crash_loses_nothing(hub, receivers, point):
    scene = SCENES[point]
    chance = random.Random(f"{SEED} {point}")
    number = chance.randint(1, scene.passes)
    print(f"\nMIH_SEED={SEED} {point}:{number}")
    world = World(receivers, chance.randrange(1 << 32))
    fleet = make_a_past(hub, world, scene)
    try:
        start_to_crash(hub, point, number)
        if hub.running:
            fleet.go(hub)
            scene.act(hub)
            assert hub.process.wait(60) == -signal.SIGKILL, hub.log[-3000:]
        hub.env = {}
        hub.start()
        fleet.go(hub)
        fleet.wait_for(len(fleet.acknowledged) + 100)
        fleet.end()
    finally:
        fleet.give_up()
    world.reckon(hub, fleet.acknowledged, doomed=DOOMED if scene.doomed else 0,
                 letters_kept=not scene.deletes)


@pytest.mark.parametrize("point", [name for name, scene in SCENES.items() if scene.first])
def test_a_crash_at_the_first_start_leaves_a_store_or_none(hub, receiver, point):
    start_to_crash(hub, point, 1)
    assert not hub.running
    hub.env = {}
    hub.start()
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    hub.send(events(3))
    assert hub.wait_until_done() == {"created": 3, "delivered": 3, "dead": 0, "open": 0}


def test_every_listed_place_is_used_and_crashed_at():
    elsewhere = {*CRASH_POINTS, *ERASURE_POINTS, *IMPORT_POINTS}
    assert set(listed().values()) == set(SCENES) | elsewhere
    assert not unused_points(listed(), tree.cpp_files())


def test_an_unused_place_is_found(tmp_path):
    source = tmp_path / "x.cpp"
    source.write_text("crash_point(CrashPoint::kHere);")
    assert unused_points({"kHere": "here", "kThere": "there"}, [source]) == {"there"}


@pytest.mark.parametrize("value", ["nowhere", "answered:0", "answered:x", ""])
def test_a_place_that_is_not_listed_is_refused(scratch, value):
    result = run_mih("serve", "--data", scratch / "data", env={"MIH_CRASH_AT": value})
    assert result.returncode == 2
    assert "MIH_CRASH_AT" in result.stderr
    assert not (scratch / "data").exists()
