"""Files that a crash, or somebody, left in a bad state."""

import os
import random
import shutil
import subprocess

import pytest

from support.events import events
from support.fleet import Fleet
from support.hub import Hub, run_mih
from support.world import World

DATABASE = "mih.db"
LOG = "mih.db-wal"
PAGE = 8192
FRAME = PAGE + 24
HEADER = 32


def append_garbage(path):
    with open(path, "ab") as file:
        file.write(random.Random(1).randbytes(3 * FRAME + 100))


def append_half_a_frame(path):
    """A frame whose write was cut short: its beginning is that of the one before."""
    with open(path, "r+b") as file:
        file.seek(HEADER)
        frame = file.read(FRAME)
        file.seek(0, os.SEEK_END)
        file.write(frame[:FRAME // 2])


@pytest.mark.parametrize("damage", [append_garbage, append_half_a_frame])
def test_a_torn_end_of_the_log_is_normal(start_hub, receivers, damage):
    world = World(receivers, 1)
    hub = start_hub()
    world.furnish(hub)
    fleet = Fleet(hub).start()
    try:
        fleet.go(hub)
        fleet.wait_for(200)
        hub.kill()
        log = hub.data / LOG
        # The size of a log that was begun anew is no boundary of what it holds: no junk in between.
        assert log.stat().st_size > HEADER
        damage(log)
        hub.start()
        fleet.go(hub)
        fleet.wait_for(len(fleet.acknowledged) + 100)
        fleet.end()
    finally:
        fleet.give_up()
    world.reckon(hub, fleet.acknowledged)


def test_a_log_that_lost_its_end_gives_a_consistent_past(start_hub, receivers):
    """Not what a crash does, since the log is synced: what is left must still fit together."""
    hub = start_hub()
    receiver = receivers()
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    for _ in range(30):
        hub.send(events(5))
    hub.kill()
    log = hub.data / LOG
    frames = (log.stat().st_size - HEADER) // FRAME
    os.truncate(log, HEADER + frames * 2 // 3 * FRAME + 1000)
    hub.start()
    counts = hub.wait_until_done()
    assert 0 < hub.summary()["events_accepted"] < 150
    assert counts["delivered"] == counts["created"] == hub.summary()["events_accepted"]


def filled(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    hub.send(events(300, other="x" * 2000))
    hub.wait_until_done()
    hub.stop()


def refused(hub, code: int = 3) -> str:
    result = run_mih("serve", "--data", hub.data, "--listen", "127.0.0.1:0")
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    return result.stderr


def test_overwritten_pages_are_found_at_the_start_and_nothing_is_changed(hub, receiver):
    filled(hub, receiver)
    database = hub.data / DATABASE
    content = bytearray(database.read_bytes())
    pages = len(content) // PAGE
    content[PAGE * (pages // 3):PAGE * (pages // 3 * 2)] = random.Random(2).randbytes(
        PAGE * (pages // 3 * 2 - pages // 3))
    database.write_bytes(content)
    message = refused(hub)
    assert "damaged" in message and str(database) in message and "backup" in message
    assert database.read_bytes() == content
    assert not (hub.data / LOG).exists()


def test_a_missing_database_is_not_made_anew(hub, receiver):
    filled(hub, receiver)
    (hub.data / DATABASE).rename(hub.data.parent / "moved")
    assert "missing" in refused(hub)
    assert not (hub.data / DATABASE).exists()
    (hub.data.parent / "moved").rename(hub.data / DATABASE)
    hub.start()
    assert hub.summary()["events_accepted"] == 300


def mount(*arguments) -> bool:
    return bool(shutil.which("mount")) and subprocess.run(
        ["mount", *map(str, arguments)], capture_output=True, check=False).returncode == 0


@pytest.fixture
def lockable(scratch):
    """A directory, and functions that make it read-only and writable again. The superuser may write
    where permissions say no, so it needs a file system of its own."""
    place = scratch / "place"
    place.mkdir()
    mounted = mount("-t", "tmpfs", "tmpfs", place)

    def lock(read_only: bool) -> None:
        if mounted:
            assert mount("-o", "remount,ro" if read_only else "remount,rw", place)
        else:
            (place / "data").chmod(0o500 if read_only else 0o700)
    if not mounted and os.geteuid() == 0:
        pytest.skip("neither mounting nor permissions can make a directory read-only here")
    yield place, lock
    if mounted:
        subprocess.run(["umount", "-l", str(place)], check=False)
    else:
        lock(False)


def test_a_read_only_directory_is_refused_and_keeps_everything(lockable, receiver):
    place, lock = lockable
    hub = Hub(place / "data")
    hub.log_file = place.parent / "hub.log"
    hub.start()
    receiver.down()
    hub.add_service("crm", receiver.url, cb_cooldown=1)
    hub.add_rule("crm")
    hub.send(events(20))
    hub.kill()
    lock(True)
    assert str(hub.data) in refused(hub, code=1)
    lock(False)
    receiver.up()
    hub.start()
    assert hub.wait_until_done() == {"created": 20, "delivered": 20, "dead": 0, "open": 0}
    hub.stop()
