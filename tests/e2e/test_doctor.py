"""`mih doctor`: a healthy hub is all ok, and each trouble is named with what to do."""

import json
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess

import pytest

from support.certificates import Authority
from support.events import events
from support.hub import Hub, run_mih, wait_until
from support.receiver import Answer, Gate

CHECKS = ["version", "configuration", "data directory", "files", "disk", "hub", "listen address",
          "certificate", "allowed hosts", "store", "key", "clock", "services", "circuits", "queue",
          "dead letters", "inbound", "sites", "open files"]


class Report:
    def __init__(self, done: subprocess.CompletedProcess):
        self.code = done.returncode
        self.errors = done.stderr
        body = json.loads(done.stdout)
        self.status = body["status"]
        self.checks = body["checks"]

    def of(self, check: str, status: str) -> str:
        """What is said about a check, which must be of that status."""
        found = [item for item in self.checks if item["check"] == check
                 and item["status"] == status]
        assert len(found) == 1, self.checks
        assert (found[0]["advice"] != "") == (status != "ok"), "advice where it is needed"
        return found[0]["summary"]

    def only(self, check: str, status: str) -> str:
        """The same, and everything else is well."""
        troubles = [item for item in self.checks if item["status"] != "ok"]
        assert [item["check"] for item in troubles] == [check], troubles
        assert self.status == status and self.code == (1 if status == "problem" else 0)
        return self.of(check, status)


def doctor(data, *flags, **options) -> Report:
    done = run_mih("doctor", "--data", data, "--json", *flags, **options)
    assert done.stdout, done.stderr
    return Report(done)


def stopped(data, *flags) -> Report:
    """Of a hub that does not run, which is a warning of its own."""
    report = doctor(data, "--listen", "127.0.0.1:0", *flags)
    report.of("hub", "warning")
    report.checks = [item for item in report.checks if item["check"] != "hub"]
    if report.status == "warning" and all(item["status"] == "ok" for item in report.checks):
        report.status = "ok"
    return report


@pytest.fixture
def busy(hub, receiver):
    """A hub that has done something."""
    hub.add_service("crm", receiver.url, max_retries=0)
    hub.add_rule("crm")
    hub.send(events(5))
    hub.wait_until_done()
    return hub


def test_all_is_well_with_a_running_hub(busy):
    report = doctor(busy.data)
    assert (report.code, report.status) == (0, "ok"), report.checks
    assert [item["check"] for item in report.checks] == CHECKS
    assert {item["status"] for item in report.checks} == {"ok"}
    assert str(busy.process.pid) in report.of("hub", "ok")
    assert report.of("listen address", "ok") == busy.url


def test_a_stopped_hub_is_a_warning_and_all_else_is_looked_at(busy):
    busy.stop()
    report = doctor(busy.data, "--listen", "127.0.0.1:0")
    assert "no hub" in report.only("hub", "warning")
    assert [item["check"] for item in report.checks] == CHECKS
    busy.start()
    busy.kill()
    assert "no hub" in doctor(busy.data, "--listen", "127.0.0.1:0").only("hub", "warning")


def test_for_people(busy):
    busy.data.chmod(0o755)
    done = run_mih("doctor", "--data", busy.data)
    assert done.returncode == 1 and done.stderr == ""
    assert re.search(r"^ok +version +mih ", done.stdout, re.MULTILINE)
    assert re.search(r"^problem +data directory +.*0755\)\n +-> chmod 750 ", done.stdout,
                     re.MULTILINE)


def test_nothing_is_changed_and_the_hub_is_not_disturbed(busy):
    def state():
        return {path.name: path.read_bytes() for path in busy.data.iterdir()
                if path.is_file() and not path.name.endswith("-shm")}
    busy.stop()
    before = state()
    doctor(busy.data)
    after = state()
    after.pop("mih.db-wal", None)  # an empty one may be made
    assert after == before
    busy.start()
    busy.send(events(1))


def test_a_wrong_configuration(scratch):
    done = run_mih("doctor", "--data", scratch, "--listen", "nonsense", "--json")
    assert done.returncode == 2 and "listen" in done.stderr and done.stdout == ""


def test_a_variable_that_is_no_setting(busy):
    report = doctor(busy.data, env={"MIH_LISTENN": "x"})
    assert "MIH_LISTENN" in report.only("configuration", "warning")


def test_a_directory_without_a_hub(scratch):
    report = doctor(scratch / "nothing", "--listen", "127.0.0.1:0")
    assert report.code == 1
    assert str(scratch / "nothing") in report.of("data directory", "problem")
    assert "no store" in report.of("store", "problem")
    assert not (scratch / "nothing").exists()
    (scratch / "file").write_text("")
    assert "not a directory" in doctor(scratch / "file").of("data directory", "problem")


def test_files_that_others_may_read(busy):
    busy.data.chmod(0o777)
    assert "0777" in doctor(busy.data).only("data directory", "problem")
    busy.data.chmod(0o750)
    (busy.data / "mih.db").chmod(0o644)
    (busy.data / "listen").chmod(0o640)
    assert "listen, mih.db" in doctor(busy.data).only("files", "problem")


def test_files_of_another_user(busy):
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(busy.data / "mih.db.created", 12345, -1)
    says = doctor(busy.data).only("files", "problem")
    assert "mih.db.created" in says and str(busy.data.stat().st_uid) in says


def test_a_disk_that_gets_full(busy):
    disk = os.statvfs(busy.data)
    free = disk.f_bavail * disk.f_frsize
    report = doctor(busy.data, "--min-free-disk", "1024GiB")
    assert "min_free_disk" in report.only("disk", "problem")
    report = doctor(busy.data, "--min-free-disk", str(free * 3 // 4))
    assert "free" in report.only("disk", "warning")


def test_a_hub_that_does_not_answer(busy):
    os.kill(busy.process.pid, signal.SIGSTOP)
    try:
        report = doctor(busy.data)
    finally:
        os.kill(busy.process.pid, signal.SIGCONT)
    says = report.only("hub", "problem")
    assert str(busy.process.pid) in says and "does not answer" in says


def test_a_hub_that_takes_nothing_says_why(busy, receiver):
    """It is stopping, and an attempt still has time."""
    receiver.answer = Answer(gate=(gate := Gate()))
    busy.admin.patch("/services/crm", {"timeout": 60}).expect(200)
    busy.send(events(1))
    receiver.wait_for(6)
    busy.process.send_signal(signal.SIGTERM)
    report = wait_until(lambda: next((one for one in [doctor(busy.data)]
                                      if "stopping" in str(one.checks)), None), "it is stopping")
    assert "takes nothing: stopping" in report.of("hub", "problem")
    gate.open()
    assert busy.wait() == 0


def test_an_address_that_is_taken(busy):
    busy.stop()
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        report = doctor(busy.data, "--listen", address)
        says = report.of("listen address", "problem")
        assert address in says and "in use" in says and report.code == 1


@pytest.mark.parametrize("days,status", [(365, "ok"), (5, "warning"), (0, "problem")])
def test_a_certificate_that_ends(busy, scratch, days, status):
    certificate, key = Authority(scratch).issue("hub", days)
    flags = ["--tls-certificate", certificate, "--tls-key", key]
    report = doctor(busy.data, *flags)
    assert str(certificate) in report.of("certificate", status)
    assert report.status == status


def test_a_certificate_that_cannot_be_used(busy, scratch):
    authority = Authority(scratch)
    certificate, _key = authority.issue("hub")
    _other, other_key = authority.issue("other")
    for key, says in ((other_key, "mismatch"), (scratch / "missing.key", "missing.key")):
        report = doctor(busy.data, "--tls-certificate", certificate, "--tls-key", key)
        assert says in report.only("certificate", "problem")


def test_a_hub_for_other_machines(busy):
    report = doctor(busy.data, "--listen", "0.0.0.0:0", "--insecure-listen")
    assert "other machines" in report.of("certificate", "warning")
    assert "no name" in report.of("allowed hosts", "warning")
    report = doctor(busy.data, "--listen", "0.0.0.0:0", "--insecure-listen", "--allowed-hosts",
                    "hub.example")
    assert report.of("allowed hosts", "ok") == "hub.example"
    report = doctor(busy.data, "--trusted-proxies", "10.0.0.0/8")
    assert "no name" in report.only("allowed hosts", "warning")


def test_a_damaged_store(busy):
    busy.stop()
    database = busy.data / "mih.db"
    content = bytearray(database.read_bytes())
    middle = len(content) // 8192 // 2 * 8192
    content[middle:middle + 8192 * 4] = os.urandom(8192 * 4)
    database.write_bytes(content)
    report = stopped(busy.data)
    assert report.code == 3
    assert "damaged" in report.of("store", "problem")
    assert "mih restore" in next(item["advice"] for item in report.checks
                                 if item["check"] == "store")
    database.unlink()
    report = stopped(busy.data)
    assert report.code == 3 and "missing" in report.of("store", "problem")


def set_version(database, version) -> None:
    with sqlite3.connect(database) as db:
        db.execute(f"PRAGMA user_version = {version}")
    db.close()


def test_a_store_of_another_version(busy):
    busy.stop()
    set_version(busy.data / "mih.db", 1_000_000)
    report = stopped(busy.data)
    assert report.code == 3 and "newer" in report.of("store", "problem")
    set_version(busy.data / "mih.db", 3)
    report = stopped(busy.data)
    assert (report.code, report.status) == (0, "ok")
    assert "up to date" in report.of("store", "ok")


@pytest.mark.parametrize("spoil,says", [
    ("missing", "is missing"), ("other", "not the key of this store"),
    ("readable", "other users"), ("damaged", "damaged")])
def test_a_key_that_does_not_fit(busy, spoil, says):
    key = busy.data / "mih.key"
    content = key.read_text()
    if spoil == "missing":
        key.unlink()
    elif spoil == "other":
        key.write_text("ab" * 32 + "\n")
    elif spoil == "readable":
        key.chmod(0o644)
    else:
        key.write_text("rubbish\n")
    report = doctor(busy.data)
    found = report.of("key", "problem")
    assert str(key) in found and says in found and report.code == 1
    key.write_text(content)
    key.chmod(0o600)
    assert doctor(busy.data).status == "ok"


def test_a_key_beside_a_backup(busy, scratch):
    assert busy.cli("backup", scratch / "hub.backup").returncode == 0
    shutil.copy2(busy.data / "mih.key", scratch / "hub.key")
    report = doctor(busy.data, "--key-file", scratch / "hub.key")
    says = report.only("key", "warning")
    assert str(scratch / "hub.backup") in says and str(scratch / "hub.key") in says


def test_events_of_the_future(busy):
    busy.stop()
    with sqlite3.connect(busy.data / "mih.db") as db:
        db.execute("UPDATE local_integrationhub_event SET accepted_ms = accepted_ms + 7200000")
    db.close()
    assert re.search(r"1(19|20) minutes", stopped(busy.data).only("clock", "problem"))


def test_services_that_fail_or_wait(hub, receiver):
    receiver.down()
    hub.add_service("crm", receiver.url, cb_failure_threshold=1, cb_cooldown=3600)
    hub.add_service("erp", receiver.url, enabled=False)
    hub.add_rule("crm")
    hub.send(events(3))
    hub.wait_for_circuit("crm", "open")
    report = doctor(hub.data)
    assert report.code == 0, "a service that is away is no fault of the hub"
    assert "erp" in report.of("services", "warning")
    assert "crm" in report.of("circuits", "warning")
    assert "3 deliveries wait" in report.of("queue", "ok")
    hub.stop()
    assert "crm" in stopped(hub.data).of("circuits", "warning")
    with sqlite3.connect(hub.data / "mih.db") as db:
        db.execute("UPDATE local_integrationhub_event SET accepted_ms = accepted_ms - 3600000")
    db.close()
    assert "60 minutes" in stopped(hub.data).of("queue", "warning")


def test_dead_letters(busy, receiver):
    receiver.answer = Answer(400)
    busy.send(events(2))
    busy.wait_for_dead_letters(2)
    assert doctor(busy.data).only("dead letters", "warning") == "2 of crm"


def plant_site(hub, **columns) -> None:
    """A connected site in the state that `columns` say, written where the hub keeps it."""
    hub.admin.post("/sites", {"name": "campus"}).expect(201)
    hub.stop()
    values = {"token_id": 1, "last_seen_ms": 0, **columns}
    with sqlite3.connect(hub.data / "mih.db") as db:
        db.execute(f"UPDATE local_integrationhub_site SET "
                   f"{', '.join(f'{name} = ?' for name in values)}", list(values.values()))
    db.close()


def test_sites(hub):
    hub.admin.post("/sites", {"name": "campus"}).expect(201)
    assert "campus is not connected" in doctor(hub.data).only("sites", "warning")


@pytest.mark.parametrize("columns,says", [
    ({"last_seen_ms": 0}, "campus was not heard"),
    ({"last_seen_ms": 2**42, "outbox_rows": 7, "list_version": 2**50}, "7 events in its outbox"),
    ({"last_seen_ms": 2**42, "list_version": 0}, "newest list"),
    ({"last_seen_ms": 2**42, "list_version": 2**50}, None)])
def test_the_state_of_a_site(busy, columns, says):
    plant_site(busy, **columns)
    report = stopped(busy.data)
    if says:
        assert says in report.only("sites", "warning")
    else:
        assert report.status == "ok", report.checks


def few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))


def few_files_at_first() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, 8192))


def test_too_few_open_files(start_hub):
    hub = start_hub(preexec=few_files)
    assert "limit is 512" in doctor(hub.data).only("open files", "warning")


def test_a_hub_takes_as_many_files_as_it_may_have(start_hub):
    hub = start_hub(preexec=few_files_at_first)
    assert "limit is 8192" in doctor(hub.data).of("open files", "ok")


def test_a_message_that_waits_for_moodle(hub):
    hub.add_service("crm", "http://127.0.0.1:1", inbound_enabled=True, inbound_secret="s" * 40,
                    inbound_site="campus")
    hub.stop()
    with sqlite3.connect(hub.data / "mih.db") as db:
        db.execute("INSERT INTO local_integrationhub_inbound (service_id, received_ms, id,"
                   " service_name, source, letter_id, content_type, body)"
                   " VALUES (1, 1708258939000, 'x', 'crm', 0, 0, 'text/plain', x'00')")
    db.close()
    assert "1 messages wait" in stopped(hub.data).only("inbound", "warning")


def test_the_key_may_be_kept_elsewhere(scratch):
    (scratch / "keys").mkdir()
    hub = Hub(scratch / "data", "--key-file", scratch / "keys/hub.key").start()
    try:
        report = doctor(hub.data, "--key-file", scratch / "keys/hub.key")
        assert report.of("key", "ok") == str(scratch / "keys/hub.key")
        assert report.code == 0
    finally:
        hub.stop()
