"""What the hub learns while it works is there after a stop and after kill -9."""

import sqlite3
from contextlib import closing

import pytest

from support.events import events
from support.hub import Hub, wait_until
from support.receiver import Answer

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