"""What the hub learns while it works is there after a stop and after kill -9."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from support.api import Api, segment
from support.events import USER_CREATED, event, events
from support.hub import Hub, run_mih, wait_until
from support.receiver import Answer

RARE = "\\mod_quiz\\event\\attempt_submitted"
SAMPLED = "\\mod_forum\\event\\post_created"
ENDS = pytest.mark.parametrize("end", [Hub.stop, Hub.kill])


def in_store(hub: Hub, query: str) -> int:
    with closing(sqlite3.connect(f"file:{hub.data / 'mih.db'}?mode=ro", uri=True)) as store:
        return store.execute(query).fetchone()[0]


def hits(hub: Hub, rule: dict) -> tuple:
    shown = hub.admin.get(f"/rules/{rule['id']}").expect(200).json
    return shown["hits"], shown["last_hit"]


def wait_for_hits(hub: Hub, rule: dict, count: int) -> tuple:
    return wait_until(lambda: (found := hits(hub, rule))[0] == count and found, f"{count} hits")


@ENDS
def test_how_often_rules_were_hit(start_hub, receiver, end):
    hub = start_hub()
    hub.add_service("crm", receiver.url)
    hub.add_service("away", receiver.url, enabled=False)
    rules = [hub.add_rule("crm"), hub.add_rule("away")]
    hub.send(events(3))
    before = [wait_for_hits(hub, rule, 3) for rule in rules]
    assert all(last for _, last in before)
    end(hub)
    hub.start()
    assert [hits(hub, rule) for rule in rules] == before
    hub.send(events(2))
    for rule in rules:
        wait_for_hits(hub, rule, 5)
    hub.admin.delete(f"/rules/{rules[0]['id']}").expect(204)
    assert hits(hub, hub.add_rule("crm")) == (0, None)


@ENDS
def test_how_a_circuit_came_to_its_state(start_hub, receiver, end):
    hub = start_hub()
    receiver.answer = lambda request: Answer(500)
    hub.add_service("crm", receiver.url, max_retries=0, cb_failure_threshold=2, cb_cooldown=600)
    hub.add_rule("crm")
    hub.send(events(2))
    hub.wait_for_circuit("crm", "open")
    hub.admin.post("/services/crm/circuit/reset").expect(200)
    hub.wait_for_circuit("crm", "closed")
    hub.send(events(2))
    hub.wait_for_circuit("crm", "open")
    wait_until(lambda: in_store(hub, "SELECT count(*) FROM local_integrationhub_cb_change") == 3,
               "the last change is durable")
    before = hub.service("crm")
    assert [change["state"] for change in before["circuit_changes"]] == ["open", "closed", "open"]
    assert before["last_failure"]["error"] == "HTTP 500"
    end(hub)
    hub.start()
    after = hub.service("crm")
    assert after["circuit_changes"] == before["circuit_changes"]
    assert after["last_failure"] == before["last_failure"]


def attempt(hub: Hub) -> dict:
    shown = hub.admin.get(f"/event-names/{segment(RARE)}/fields").expect(200).json
    return next(field for field in shown["items"] if field["path"] == "other.attempt")


def learn(hub: Hub, api: Api) -> None:
    """An event that is kept no longer, one that is, and samples of an event that no rule needs."""
    hub.admin.patch("/settings", {"event_retention_count": 100}).expect(200)
    api.post("/events", event(RARE, other={"attempt": 7, "items": [{"a": None}]})).expect(202)
    for number in range(7):
        api.post("/events", event(SAMPLED, other={"n": number}) | {"sample": True}).expect(202)
    hub.send(events(400))
    kept = f"SELECT count(*) FROM local_integrationhub_event WHERE eventname = '{RARE}'"
    wait_until(lambda: in_store(hub, kept) == 0, "the rare event is not kept any more")
    for table, count in (("event_name", 2), ("sample", 5)):
        query = f"SELECT count(*) FROM local_integrationhub_{table}"
        wait_until(lambda query=query, count=count: in_store(hub, query) == count, table)
    seen = "SELECT sum(seen) FROM local_integrationhub_event_name"
    wait_until(lambda: in_store(hub, seen) == 401, "all are counted")
    wait_until(lambda: attempt(hub)["example"] is None, "nor is what is known from it")
    known_from = "SELECT count(*) FROM local_integrationhub_event_field" \
                 f" WHERE eventname = '{RARE}' AND example || site || people <> ''"
    assert in_store(hub, known_from) == 0


def known(hub: Hub) -> dict:
    """What the hub shows of the names, their fields, and the newest sample."""
    names = {item["eventname"]: (item["seen"], item["last_seen"], item["samples"])
             for item in hub.admin.all("/event-names") if item["seen"] or item["samples"]}
    fields = {name: hub.admin.get(f"/event-names/{segment(name)}/fields").expect(200).json
              for name in (RARE, USER_CREATED)}
    shown = hub.admin.post("/rules/preview", {"sample": True, "rule": {
        "name": "x", "eventname": SAMPLED, "service": "crm",
        "payload_template": '{"n": {{other.n}}}'}}).expect(200).json
    return {"names": names, "fields": fields, "sample": (shown["source"], shown["payload"])}


@ENDS
def test_names_fields_and_samples_of_events(start_hub, receiver, end):
    hub = start_hub()
    hub.add_service("crm", receiver.url)
    learn(hub, hub.admin)
    before = known(hub)
    assert set(before["names"]) == {RARE, SAMPLED, USER_CREATED}
    assert before["names"][RARE][0] == 1 and before["names"][SAMPLED] == (0, None, 5)
    assert attempt(hub)["type"] == "integer"
    assert before["sample"] == ("sample", '{"n": 6}')
    end(hub)
    hub.start()
    after = known(hub)
    assert (after["names"], after["sample"]) == (before["names"], before["sample"])
    assert after["fields"][RARE] == before["fields"][RARE]
    hub.admin.post("/events", event(SAMPLED, other={"n": 7}) | {"sample": True}).expect(202)
    assert known(hub)["names"][SAMPLED] == (0, None, 5)
    assert known(hub)["sample"] == ("sample", '{"n": 7}')


def test_a_backup_has_it(start_hub, receiver, scratch):
    hub = start_hub()
    hub.add_service("crm", receiver.url)
    rule = hub.add_rule("crm", RARE)
    learn(hub, hub.admin)
    wait_for_hits(hub, rule, 1)
    before = known(hub)
    made = hub.cli("backup", scratch / "hub.backup")
    assert made.returncode == 0, made.stderr
    (scratch / "second").mkdir()
    shutil.copy2(hub.data / "mih.key", scratch / "second")
    made = run_mih("restore", scratch / "hub.backup", "--data", scratch / "second")
    assert made.returncode == 0, made.stderr
    hub.stop()
    second = start_hub(name="second")
    assert known(second)["names"] == before["names"]
    assert known(second)["sample"] == before["sample"]
    assert hits(second, rule)[0] == 1

