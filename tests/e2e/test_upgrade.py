"""An older data directory is taken over by this binary, and nothing in it is lost."""

import json
import sqlite3
import stat
from pathlib import Path

import pytest

from support.hub import ROOT, Hub, run_mih, wait_until
from support.receiver import Answer

OLD = ROOT / "tests/data/store-3.sql"
KEY = "-- key: "
MIGRATIONS = ROOT / "src/store/migrations"
WAITING = {"d_edmfughuubwbeswxalobicsojn", "d_z6r3rjdbhpryu7vntdfnsxpxtv"}  # of the service crm
DEAD = "d_jy7cf5sqlioqsbzvafnaqx7jox"  # of the service erp


def version_of(database: Path) -> int:
    with sqlite3.connect(database) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
    db.close()
    return version


def make_old(data: Path, crm: str, erp: str) -> Path:
    """The data directory as the older release has left it; returns its database."""
    text = OLD.read_text().replace("http://127.0.0.1:1/crm", crm)
    text = text.replace("http://127.0.0.1:1/erp", erp)
    data.mkdir(mode=0o750)
    key = data / "mih.key"
    key.touch(0o600)
    key.write_text(next(line for line in text.splitlines() if line.startswith(KEY))[len(KEY):])
    database = data / "mih.db"
    database.touch(0o600)
    with sqlite3.connect(database) as db:
        db.executescript(text)
    db.close()
    (data / "mih.db.created").touch(0o600)
    return database


@pytest.fixture
def old(scratch, receivers):
    """An older data directory, and the receivers of its services."""
    crm, erp = receivers(), receivers()
    database = make_old(scratch / "data", crm.url, erp.url)
    assert version_of(database) == 3 < len(list(MIGRATIONS.glob("*.sql")))
    return database, crm, erp


def check_taken_over(hub: Hub, crm, erp) -> None:
    requests = crm.wait_for(2)
    assert {json.loads(request.body)["id"] for request in requests} == {11, 13}
    assert {request.path for request in requests} == {"/contacts"}
    assert {request.headers["authorization"] for request in requests} == {"Bearer token-of-crm"}
    assert hub.wait_until_done() == {"created": 3, "delivered": 2, "dead": 1, "open": 0}
    assert {request.webhook_id for request in requests} == WAITING

    letter = hub.admin.all("/dead-letters")[0]
    assert (letter["delivery_id"], letter["reason"], letter["rule"]) == (DEAD, "rejected", "to erp")
    job = hub.admin.post("/dead-letters/replay", {"all": True}).expect(202).json["job_id"]
    assert hub.wait_for_job(job)["succeeded"] == 1
    again = erp.wait_for(1)[0]
    assert (json.loads(again.body), again.webhook_id) == ({"course": 7}, DEAD)
    hub.wait_until_done()
    assert hub.admin.all("/dead-letters") == []


def test_what_waits_is_delivered_and_a_dead_letter_can_be_replayed(old, start_hub):
    database, crm, erp = old
    hub = start_hub()
    check_taken_over(hub, crm, erp)
    assert [rule["name"] for rule in hub.admin.all("/rules")] == ["to erp", "to crm"]
    assert [item["name"] for item in hub.admin.get("/secrets").expect(200).json["items"]] == [
        "shared"]
    hub.stop()
    assert version_of(database) == len(list(MIGRATIONS.glob("*.sql")))
    hub.start()
    assert hub.summary()["deliveries"]["delivered"] == 3
    assert len(crm.requests) == 2, "nothing is delivered twice"


def test_an_upgrade_that_was_interrupted_is_done_again(old, start_hub, scratch):
    database, crm, erp = old
    ended = run_mih("serve", "--data", scratch / "data", "--listen", "127.0.0.1:0",
                    env={"MIH_CRASH_AT": "in_migration"})
    assert ended.returncode < 0 or ended.returncode > 3, ended.stderr
    assert version_of(database) == 3, "all of it or nothing"
    check_taken_over(start_hub(), crm, erp)


def test_a_sealing_that_was_interrupted_is_finished(old, start_hub, scratch):
    """Headers are sealed since then; the data directory keeps nothing of them in clear."""
    database, crm, erp = old
    with sqlite3.connect(database) as db:
        db.execute("UPDATE local_integrationhub_svc SET headers = json_object('X-Key', 'planted')"
                   " WHERE name = 'crm'")
    db.close()
    ended = run_mih("serve", "--data", scratch / "data", "--listen", "127.0.0.1:0",
                    env={"MIH_CRASH_AT": "secrets_sealed"})
    assert ended.returncode < 0 or ended.returncode > 3, ended.stderr
    assert b"planted" in database.read_bytes()
    hub = start_hub()
    assert not [file.name for file in database.parent.iterdir()
                if file.is_file() and b"planted" in file.read_bytes()]
    check_taken_over(hub, crm, erp)
    assert {request.headers["x-key"] for request in crm.requests} == {"planted"}


def test_what_a_waiting_delivery_knows_since_then_is_kept_for_the_old_ones_too(old, start_hub):
    _database, crm, _erp = old
    crm.answer = Answer(429, headers={"Retry-After": "3600"}, body=b"quota exceeded")
    hub = start_hub()

    def refused():
        return [row["id"] for row in hub.admin.all("/deliveries", service="crm")
                if row["http_status"] == 429]
    delivery = wait_until(refused, "an old delivery met the service")[0]
    hub.stop()
    hub.start()
    hub.admin.post(f"/deliveries/{delivery}/cancel").expect(200)
    letter = hub.wait_for_dead_letters(1, reason="cancelled")[0]
    shown = hub.admin.get(f"/dead-letters/{letter['id']}").expect(200).json
    assert (shown["delivery_id"], shown["response"]) == (delivery, "quota exceeded")


def test_a_backup_of_an_older_store_can_be_restored(old, start_hub, scratch):
    database, crm, erp = old
    made = run_mih("backup", scratch / "old.backup", "--data", scratch / "data", "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["store_version"] == version_of(database) == 3
    second = scratch / "second"
    done = run_mih("restore", scratch / "old.backup", "--data", second, "--json")
    assert done.returncode == 0, done.stderr
    (database.parent / "mih.key").rename(second / "mih.key")
    assert stat.S_IMODE((second / "mih.db").stat().st_mode) == 0o600
    check_taken_over(start_hub(name="second"), crm, erp)
