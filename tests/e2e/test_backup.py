"""Backup and restore: one file, made while the hub works, from which another hub goes on."""

import fcntl
import json
import os
import pty
import shutil
import sqlite3
import stat
import subprocess

import pytest

from support.events import events
from support.fleet import Fleet
from support.hub import MIH, run_mih, wait_until
from support.receiver import Answer, Gate

MARK_BYTES = 512
EVENTS = "SELECT id FROM local_integrationhub_eventid"


def backup(hub, file, *flags) -> dict:
    done = hub.cli("backup", file, "--json", *flags)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def restore(file, data, *flags) -> dict:
    done = run_mih("restore", file, "--data", data, "--json", *flags)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def take_key(hub, data) -> None:
    """The key is kept apart from backups; this is the operator's copy of it."""
    data.mkdir(exist_ok=True)
    shutil.copy2(hub.data / "mih.key", data / "mih.key")


def ids_in(database) -> set[str]:
    with sqlite3.connect(database) as db:
        found = {row[0] for row in db.execute(EVENTS)}
    db.close()
    return found


def refused(result, code: int) -> str:
    assert result.returncode == code, (result.returncode, result.stderr)
    assert result.stdout == ""
    return result.stderr


@pytest.fixture
def filled(hub, receiver):
    """A hub with a service that is down, five open deliveries and a secret."""
    receiver.down()
    hub.add_service("crm", receiver.url, auth_type="bearer", auth_token="token-1", cb_cooldown=1)
    hub.add_rule("crm")
    hub.send(events(5))
    return hub


@pytest.fixture
def saved(filled, scratch):
    file = scratch / "hub.backup"
    backup(filled, file)
    return file


def test_under_load_all_that_was_acknowledged_before_is_in_it(hub, receiver, start_hub, scratch):
    receiver.answer = Answer(gate=(gate := Gate()))
    hub.add_service("crm", receiver.url, max_concurrency=4)
    hub.add_rule("crm", payload_template='{"id": {{id}}}')
    fleet = Fleet(hub).start()
    try:
        fleet.go(hub)
        fleet.wait_for(2000)
        copies = []
        for number in range(3):
            before = set(fleet.acknowledged)
            made = backup(hub, scratch / f"{number}.backup")
            copies.append((before, made))
            fleet.wait_for(len(fleet.acknowledged) + 500)
        fleet.end()
    finally:
        fleet.give_up()
        gate.open()
    for number, (before, made) in enumerate(copies):
        data = scratch / f"restored{number}"
        take_key(hub, data)
        restore(scratch / f"{number}.backup", data)
        kept = ids_in(data / "mih.db")
        assert before <= kept <= fleet.acknowledged
        assert made["events_accepted"] == len(kept)
    assert hub.wait_until_done(120)["delivered"] == len(fleet.acknowledged)
    first = {request.webhook_id for request in receiver.requests}
    seen = len(receiver.requests)

    hub.stop()
    restored = start_hub(name="restored2")
    assert restored.summary()["events_accepted"] == len(kept)
    counts = restored.wait_until_done(120)
    assert counts == {"created": len(kept), "delivered": len(kept), "dead": 0, "open": 0}
    again = receiver.requests[seen:]
    assert {json.loads(request.body)["id"] for request in again} <= kept
    assert {request.webhook_id for request in again} <= first, "repeats keep their ids"


def test_what_was_open_goes_on_in_the_restored_hub_with_the_same_ids(
        filled, saved, receiver, start_hub, scratch):
    open_then = {item["id"] for item in filled.admin.all("/deliveries")}
    assert len(open_then) == 5
    filled.kill()
    take_key(filled, scratch / "second")
    told = restore(saved, scratch / "second")
    assert (told["deliveries_open"], told["services"], told["rules"]) == (5, 1, 1)
    assert (told["key"], told["kept"]) == ("present", None)
    second = start_hub(name="second")
    receiver.up()
    assert second.wait_until_done()["delivered"] == 5
    assert {request.webhook_id for request in receiver.requests} == open_then
    assert {request.headers["authorization"] for request in receiver.requests} == {"Bearer token-1"}
    second.stop()
    filled.start()  # the first one knows nothing of it: at least once, under the same ids
    assert filled.wait_until_done()["delivered"] == 5
    assert {request.webhook_id for request in receiver.requests} == open_then


def test_a_backup_of_a_stopped_and_of_a_killed_hub(filled, receiver, scratch, start_hub):
    filled.kill()
    assert (filled.data / "mih.db-wal").stat().st_size > 0
    assert backup(filled, scratch / "killed")["deliveries_open"] == 5
    filled.start()
    filled.stop()
    assert backup(filled, scratch / "stopped")["deliveries_open"] == 5
    filled.start()
    receiver.up()
    assert filled.wait_until_done()["delivered"] == 5


def test_the_file_is_private_whole_and_a_database(saved, filled):
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert not list(saved.parent.glob("*.part*"))
    assert ids_in(saved) == ids_in(filled.data / "mih.db")
    assert b"token-1" not in saved.read_bytes()
    key = (filled.data / "mih.key").read_text().splitlines()[-1]
    assert key.encode() not in saved.read_bytes(), "the key is not in it"


def test_what_was_deleted_is_not_in_it(hub, receiver, scratch):
    """A database keeps it in its free pages until they are used again."""
    hub.admin.patch("/settings", {"event_retention_count": 10}).expect(200)
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    hub.send(events(200, other="planted-person"))
    hub.wait_until_done()
    hub.send(events(50))
    hub.wait_until_done()
    wait_until(lambda: len(hub.admin.all("/events")) <= 10, "old events are pruned")
    files = [path.read_bytes() for path in hub.data.glob("mih.db*")]
    assert any(b"planted-person" in content for content in files)
    backup(hub, scratch / "file")
    assert b"planted-person" not in (scratch / "file").read_bytes()


def test_people_are_told_what_is_in_it_and_where_the_key_is(filled, scratch):
    done = filled.cli("backup", scratch / "file")
    assert done.returncode == 0, done.stderr
    for text in (str(scratch / "file"), "1 service", "5 open deliveries",
                 str(filled.data / "mih.key"), "not in it"):
        assert text in done.stdout, text
    assert done.stderr == "", "no bar where there is no terminal"
    told = run_mih("restore", scratch / "file", "--data", scratch / "second")
    assert told.returncode == 0, told.stderr
    for text in ("5 open deliveries", "cannot start yet",
                 f"{scratch / 'second/mih.key'} is missing"):
        assert text in told.stdout, text


def test_without_a_secret_no_key_is_needed(hub, receiver, start_hub, scratch):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    hub.send(events(3))
    hub.wait_until_done()
    assert backup(hub, scratch / "file")["key_id"] is None
    assert "no secret" in hub.cli("backup", scratch / "again").stdout
    told = restore(scratch / "file", scratch / "second")
    assert told["key"] == "not_needed"
    second = start_hub(name="second")
    assert second.summary()["events_accepted"] == 3
    second.admin.patch("/services/crm", {"auth_type": "bearer", "auth_token": "t-1"}).expect(200)
    second.stop()
    second.start()
    second.admin.post("/services/crm/request", {}).expect(200)
    assert receiver.requests[-1].headers["authorization"] == "Bearer t-1"
    second.stop()
    (second.data / "mih.key").unlink()
    refused(second.cli("serve", "--listen", "127.0.0.1:0"), 2)


def test_a_file_is_replaced_only_when_that_is_said(filled, saved):
    content = saved.read_bytes()
    message = refused(filled.cli("backup", saved), 1)
    assert str(saved) in message and "--force" in message
    assert saved.read_bytes() == content
    filled.send(events(1))
    assert backup(filled, saved, "--force")["deliveries_open"] == 6
    assert len(ids_in(saved)) == 6


def test_where_a_backup_cannot_be(filled, scratch):
    (scratch / "directory").mkdir()
    for place, text in ((scratch / "missing/file", "no directory"),
                        (scratch / "directory", "is a directory"),
                        (filled.data / "mih.db", "data directory"),
                        (filled.data / "copy", "data directory")):
        message = refused(filled.cli("backup", place, "--force"), 1)
        assert str(place) in message or str(place.parent) in message
        assert text in message
    assert not (filled.data / "copy").exists()
    filled.send(events(1))
    assert filled.summary()["deliveries"]["open"] == 6


def test_there_must_be_a_store(scratch):
    message = refused(run_mih("backup", scratch / "file", "--data", scratch / "nothing"), 1)
    assert "no store" in message
    assert not (scratch / "nothing").exists() and not (scratch / "file").exists()


def test_a_wrong_command_line(scratch):
    assert run_mih("backup", "--data", scratch).returncode == 2
    assert run_mih("restore", "", "--data", scratch).returncode == 2
    assert run_mih("backup", scratch / "file", "--listen", "nonsense").returncode == 2


@pytest.fixture
def small_disk(scratch):
    place = scratch / "disk"
    place.mkdir()
    mounted = bool(shutil.which("mount")) and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)],
        capture_output=True, check=False).returncode == 0
    if not mounted:
        pytest.skip("mounting is not allowed here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


def test_a_disk_that_is_too_small_keeps_the_last_backup(filled, saved, small_disk):
    old = small_disk / "hub.backup"
    shutil.copy2(saved, old)
    content = old.read_bytes()
    filled.send(events(1000, other="x" * 5000))
    message = refused(filled.cli("backup", old, "--force"), 1)
    assert "room" in message and str(small_disk) in message
    assert os.listdir(small_disk) == ["hub.backup"] and old.read_bytes() == content

    big = saved.parent / "big.backup"
    backup(filled, big)
    message = refused(run_mih("restore", big, "--data", small_disk / "data"), 1)
    assert "room" in message
    assert not (small_disk / "data/mih.db").exists()


def test_a_backup_leaves_the_disk_that_the_hub_needs(filled, scratch):
    message = refused(filled.cli("backup", scratch / "file", "--min-free-disk", "1024GiB"), 1)
    assert "min_free_disk" in message
    assert not (scratch / "file").exists()


def test_a_damaged_store_gives_no_backup(filled, scratch):
    filled.stop()
    database = filled.data / "mih.db"
    content = bytearray(database.read_bytes())
    middle = len(content) // 8192 // 2 * 8192
    content[middle:middle + 8192 * 4] = os.urandom(8192 * 4)
    database.write_bytes(content)
    message = refused(filled.cli("backup", scratch / "file"), 3)
    assert "damaged" in message
    assert not (scratch / "file").exists() and not (scratch / "file.part").exists()


def cut_off(content: bytes) -> bytes:
    return content[:len(content) // 2]


def cut_off_mark(content: bytes) -> bytes:
    return content[:-MARK_BYTES]


def flip_a_bit(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:]


def flip_the_time(content: bytes) -> bytes:
    return content[:-MARK_BYTES] + content[-MARK_BYTES:].replace(b'"made":1', b'"made":2')


def append(content: bytes) -> bytes:
    return content + b"x"


def something_else(content: bytes) -> bytes:
    return b"PK\x03\x04" + content[4:]


def nothing(_content: bytes) -> bytes:
    return b""


def newer_store(content: bytes) -> bytes:
    return content[:60] + (1_000_000).to_bytes(4, "big") + content[64:]


def newer_form(content: bytes) -> bytes:
    return content[:-MARK_BYTES] + content[-MARK_BYTES:].replace(b"mih backup 1", b"mih backup 2")


@pytest.mark.parametrize("spoil,says", [
    (cut_off, "not complete"), (cut_off_mark, "not complete"), (flip_a_bit, "damaged"),
    (flip_the_time, "damaged"), (append, "behind its end"), (something_else, "no backup"),
    (nothing, "no backup"), (newer_store, "newer"), (newer_form, "newer")])
def test_a_bad_file_is_refused_and_changes_nothing(filled, saved, spoil, says):
    filled.kill()
    content = saved.read_bytes()
    bad = saved.parent / "bad"
    bad.write_bytes(spoil(content))
    assert bad.read_bytes() != content
    before = {path.name: path.read_bytes() for path in filled.data.iterdir() if path.is_file()}
    for data, flags in ((filled.data, ["--force"]), (saved.parent / "new", [])):
        message = refused(run_mih("restore", bad, "--data", data, *flags), 3)
        assert str(bad) in message and says in message, message
    after = {path.name: path.read_bytes() for path in filled.data.iterdir() if path.is_file()}
    assert {**after, "lock": b""} == {**before, "lock": b""}
    assert not list(filled.data.glob("before-restore-*"))
    assert not (saved.parent / "new/mih.db").exists()


def test_a_file_that_is_not_there_and_a_directory(scratch):
    assert "cannot be read" in refused(run_mih("restore", scratch / "file", "--data",
                                               scratch / "new"), 1)
    assert "not a file" in refused(run_mih("restore", scratch, "--data", scratch / "new"), 3)
    assert not (scratch / "new").exists()


def test_a_running_hub_is_left_alone(filled, saved):
    message = refused(filled.cli("restore", saved, "--force"), 3)
    assert str(filled.process.pid) in message
    filled.send(events(1))
    assert filled.summary()["deliveries"]["open"] == 6


def test_a_store_that_is_there_is_kept_aside(filled, saved, receiver):
    filled.send(events(3))  # after the backup
    filled.kill()
    message = refused(filled.cli("restore", saved), 1)
    assert str(filled.data) in message and "--force" in message
    told = restore(saved, filled.data, "--force")
    assert told["key"] == "present", "the key stays where it is"
    kept = filled.data / told["kept"]
    assert kept.parent == filled.data and stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert len(ids_in(kept / "mih.db")) == 8, "with what was in its log only"
    for path in filled.data.glob("mih.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    receiver.up()
    filled.start()
    assert filled.wait_until_done() == {"created": 5, "delivered": 5, "dead": 0, "open": 0}
    filled.stop()
    again = restore(saved, filled.data, "--force")
    assert again["kept"] != told["kept"] and len(ids_in(kept / "mih.db")) == 8


def test_an_interrupted_restore_is_seen_and_can_be_done_again(filled, saved, receiver):
    filled.kill()
    aside = filled.data / "before-restore-interrupted"
    aside.mkdir()
    (filled.data / "mih.db").rename(aside / "mih.db")  # as far as it came
    (filled.data / "mih.db.new").write_bytes(b"half")
    message = refused(run_mih("serve", "--data", filled.data, "--listen", "127.0.0.1:0"), 3)
    assert "missing" in message and "backup" in message
    assert (filled.data / "mih.db-wal").exists()
    restore(saved, filled.data, "--force")
    receiver.up()
    filled.start()
    assert filled.wait_until_done()["delivered"] == 5


def test_the_hub_says_which_key_a_restored_store_needs(filled, saved, scratch, receiver):
    filled.stop()
    old = (filled.data / "mih.key").read_text()
    assert filled.cli("key", "rotate").returncode == 0
    told = restore(saved, filled.data, "--force")
    assert told["key"] == "other"
    message = refused(filled.cli("serve", "--listen", "127.0.0.1:0"), 2)
    assert told["key_id"] in message
    (filled.data / "mih.key").write_text(old)
    receiver.up()
    filled.start()
    assert filled.wait_until_done()["delivered"] == 5

    elsewhere = restore(saved, scratch / "second", "--key-file", filled.data / "mih.key")
    assert elsewhere["key"] == "present"


def test_root_gives_the_files_to_the_owner_of_the_directory(filled, saved, scratch):
    if os.geteuid() != 0:
        pytest.skip("only root can restore for another user")
    data = scratch / "second"
    data.mkdir()
    os.chown(data, 12345, 12345)
    restore(saved, data)
    assert {path.stat().st_uid for path in data.iterdir()} == {12345}


def test_a_second_backup_into_the_same_file_does_not_disturb_the_first(filled, scratch):
    with open(scratch / "file.part", "wb") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        part.write(b"half of it")
        part.flush()
        message = refused(filled.cli("backup", scratch / "file"), 1)
        assert "another mih backup" in message
        assert (scratch / "file.part").read_bytes() == b"half of it"
    backup(filled, scratch / "file")  # what an interrupted one left is no obstacle
    assert not (scratch / "file.part").exists()


def test_a_terminal_shows_how_far_it_is(filled, scratch):
    leader, follower = pty.openpty()
    result = subprocess.run([str(MIH), "backup", str(scratch / "file"), "--data", str(filled.data)],
                            stderr=follower, stdout=subprocess.PIPE, check=True, timeout=60)
    os.close(follower)
    shown = os.read(leader, 65536)
    os.close(leader)
    assert b"copying" in shown and b"%" in shown and b"checking" in shown
    assert b"\x1b" not in result.stdout and b"1 service" in result.stdout
