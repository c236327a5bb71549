"""The data directory: one daemon at a time, never silently recreated, and what a full disk does."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import threading
from pathlib import Path

import pytest

from support.events import as_ndjson, events
from support.hub import Hub, run_mih, wait_until
from support.receiver import Answer

MAGIC = b"SQLite format 3\0"


def databases(data: Path) -> list[Path]:
    found = [path for path in data.iterdir() if path.is_file()
             and path.read_bytes()[:len(MAGIC)] == MAGIC]
    assert found, f"no database in {data}"
    return found


def filled(hub, receiver, count=200):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    hub.send(events(count))
    hub.wait_until_done()


def start_refused(data: Path) -> subprocess.CompletedProcess:
    result = run_mih("serve", "--data", data, "--listen", "127.0.0.1:0", timeout=60)
    assert result.stdout == ""
    return result


def test_a_second_daemon_on_the_same_directory_is_refused(hub):
    result = start_refused(hub.data)
    assert result.returncode == 3
    assert str(hub.data) in result.stderr
    hub.stranger.get("/healthz", base="").expect(200)
    hub.admin.get("/services").expect(200)  # its sockets are untouched


def test_the_lock_ends_with_its_daemon(hub):
    hub.kill()
    hub.start()


def overwrite_header(path: Path) -> None:
    with open(path, "r+b") as file:
        file.write(os.urandom(4096))


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty_it(path: Path) -> None:
    os.truncate(path, 0)


@pytest.mark.parametrize("damage", [overwrite_header, cut_in_half, empty_it])
def test_a_damaged_store_is_refused_and_left_alone(hub, receiver, damage):
    filled(hub, receiver)
    hub.stop()
    for path in databases(hub.data):
        damage(path)
    before = {path: path.read_bytes() for path in hub.data.iterdir() if path.is_file()
              and path.suffix != ".log"}
    result = start_refused(hub.data)
    assert result.returncode == 3, result.stderr
    assert str(hub.data) in result.stderr
    for path, content in before.items():
        if path.name.endswith((".sqlite", ".db", ".sqlite3")):
            assert path.read_bytes() == content, path


def test_a_store_newer_than_the_binary_is_refused(hub):
    hub.stop()
    for path in databases(hub.data):
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version = 1000000")
        db.close()
    result = start_refused(hub.data)
    assert result.returncode == 3, result.stderr
    assert "newer" in result.stderr.lower()


def test_a_directory_that_cannot_be_made(scratch):
    (scratch / "file").write_text("")
    assert start_refused(scratch / "file" / "data").returncode in (1, 2, 3)


def test_intake_is_refused_while_the_disk_is_nearly_full(hub, receiver):
    receiver.down()
    hub.add_service("crm", receiver.url, retry_backoff=0.2, cb_cooldown=1)
    hub.add_rule("crm")
    hub.send(events(5))
    hub.stop()
    hub.flags = ["--min-free-disk", "1024GiB"]
    hub.start()
    reply = hub.admin.post("/events", events(1))
    reply.expect_problem(503, "disk_full")
    ready = hub.stranger.get("/readyz", base="").expect(503)
    assert ready.json == {"reasons": ["disk_full"]}
    assert int(reply.headers["retry-after"]) >= 1
    receiver.up()  # deliveries go on
    assert hub.wait_until_done() == {"created": 5, "delivered": 5, "dead": 0, "open": 0}
    assert hub.summary()["events_accepted"] == 5


@pytest.fixture
def small_disk(scratch):
    """A file system of 24 MiB of its own; where mounting is not allowed, None."""
    place = scratch / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    mounted = bool(shutil.which("mount")) and subprocess.run(
        command, capture_output=True, check=False).returncode == 0
    yield place if mounted else None
    if mounted:
        subprocess.run(["umount", "-l", str(place)], check=False)


def limit_files() -> None:
    """Every file may grow to 6 MiB only, for whoever may not mount: writing fails in the same way,
    but is not reported as a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6 << 20, 6 << 20))


def test_a_disk_that_is_really_full_loses_nothing(start_hub, receiver, scratch, small_disk):
    receiver.down()
    if small_disk:
        hub = Hub(small_disk / "data", "--min-free-disk", 0)
    else:
        hub = Hub(scratch / "data", "--min-free-disk", 0, preexec=limit_files)
    hub.start()
    try:
        hub.add_service("crm", receiver.url, retry_backoff=0.2, cb_cooldown=1)
        hub.add_rule("crm", payload_template='{"id": {{id}}}')
        acknowledged: list[str] = []
        refused = 0
        refusal = (503, "disk_full") if small_disk else (500, "store_failed")
        while refused < 3:
            batch = events(200, other="x" * 500)
            reply = hub.admin.post("/events", as_ndjson(batch),
                                   content_type="application/x-ndjson")
            if reply.status == 202:
                acknowledged += [item["id"] for item in batch]
            else:
                reply.expect_problem(*refusal)
                assert not small_disk or int(reply.headers["retry-after"]) >= 1
                refused += 1
            assert len(acknowledged) < 200_000, "the disk was never full"
        assert acknowledged
        hub.stranger.get("/healthz", base="").expect(200)
        assert hub.summary()["events_accepted"] == len(acknowledged)

        if small_disk:  # more room: everything goes on
            subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
        else:
            hub.kill()
            hub.preexec = None
            hub.start()
        receiver.up()
        counts = hub.wait_until_done(120)
        assert counts["delivered"] == counts["created"] == len(acknowledged)
        arrived = {request.body for request in receiver.requests}
        assert arrived == {b'{"id": "%s"}' % id.encode() for id in acknowledged}
        hub.send(events(1))
        hub.stop()
    finally:
        if hub.running:
            hub.kill()


def test_two_daemons_started_at_once(scratch, start_hub):
    """Exactly one of them gets the directory."""
    data = scratch / "contested"
    results: list[str] = []

    def contend():
        hub = Hub(data)
        hub.log_file = scratch / f"{threading.get_ident()}.log"
        try:
            hub.start()
            started.append(hub)
            results.append("started")
        except AssertionError as refused:
            results.append("refused" if "ended with 3" in str(refused) else str(refused))
    started: list[Hub] = []
    threads = [threading.Thread(target=contend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for hub in started:
        hub.stop()
    assert sorted(results) == ["refused"] * 3 + ["started"]


def test_history_does_not_grow_without_end(hub, receiver):
    """Delivered events are kept up to event_retention_count."""
    receiver.answer = Answer()
    hub.admin.patch("/settings", {"event_retention_count": 100}).expect(200)
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    hub.send(events(1000))
    hub.wait_until_done()
    wait_until(lambda: len(hub.admin.all("/events")) <= 100, "old events are pruned", 60)
    assert hub.summary()["deliveries"]["delivered"] == 1000


@pytest.mark.parametrize("before, after", [(0o755, 0o750), (0o770, 0o750), (0o700, 0o700)])
def test_a_directory_that_was_there_is_closed_to_others(start_hub, scratch, before, after):
    (scratch / "data").mkdir()
    (scratch / "data").chmod(before)
    start_hub()
    assert (scratch / "data").stat().st_mode & 0o7777 == after


def test_a_directory_with_other_things_in_it_is_left_as_it_is(start_hub, scratch):
    (scratch / "data").mkdir()
    (scratch / "data").chmod(0o755)
    (scratch / "data" / "index.html").touch()
    start_hub()
    assert (scratch / "data").stat().st_mode & 0o7777 == 0o755


def test_there_is_no_image_of_the_memory(start_hub):
    """It would have the key and all secrets in it."""
    hub = start_hub()
    limits = Path(f"/proc/{hub.process.pid}/limits").read_text().splitlines()
    core, = [line for line in limits if line.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"]
