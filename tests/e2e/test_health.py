"""Health, and totals that add up."""

import json

from support.events import event, events
from support.hub import wait_until
from support.receiver import Answer, Gate, in_turn


def test_a_new_hub_is_healthy_and_empty(hub):
    hub.stranger.get("/healthz", base="").expect(200)
    hub.stranger.get("/readyz", base="").expect(200)
    summary = hub.summary()
    assert summary["deliveries"] == {"created": 0, "delivered": 0, "dead": 0, "open": 0}
    for name in ("events_accepted", "duplicates", "deduplicated", "unmatched", "dead_letters",
                 "backlog", "circuits_open", "inbound_waiting"):
        assert summary[name] == 0, name
    assert summary["oldest_pending_s"] in (None, 0) and summary["alerts"] == []


def test_metrics_are_for_listed_addresses_that_nobody_else_names(start_hub):
    """The tests' own address counts as another machine's when a trusted proxy says so."""
    hub = start_hub("--metrics-from", "203.0.113.0/24", "--trusted-proxies", "127.0.0.1")

    def status(*forwarded: str) -> int:
        headers = {"X-Forwarded-For": ", ".join(forwarded)} if forwarded else {}
        return hub.stranger.get("/metrics", base="", headers=headers).status

    assert status() == status("203.0.113.7") == status("198.51.100.1, 203.0.113.7") == 200
    assert status("198.51.100.1") == status("127.0.0.1, 198.51.100.1") == 403
    untrusting = start_hub("--metrics-from", "127.0.0.0/8", name="other")
    reply = untrusting.stranger.get("/metrics", base="", headers={"X-Forwarded-For": "127.0.0.1"})
    reply.expect_problem(403, "forbidden")
    untrusting.stranger.get("/metrics", base="").expect(200)


def test_where_it_listens(hub):
    assert hub.first_line == f"listening on {hub.url}"
    assert (hub.data / "listen").read_text().strip() in (hub.url, hub.url.removeprefix("http://"))


def test_the_summary_counts_everything_once(hub, receivers):
    good, bad, gone = receivers(), receivers(Answer(404)), receivers(up=False)
    for name, target in (("good", good), ("bad", bad), ("gone", gone)):
        hub.add_service(name, target.url, max_retries=0, cb_cooldown=86400)
        hub.add_rule(name, r"\core\event\user_*")
    batch = events(10)
    hub.send(batch)
    hub.send(batch[:3])
    hub.send([event(r"\core\event\course_created")] * 1)
    gone_open = lambda: hub.circuit("gone")["state"] == "open"
    wait_until(gone_open, "the circuit is open")
    wait_until(lambda: hub.summary()["deliveries"]["open"] == 10, "only the dead one's are left")
    summary = hub.summary()
    assert summary["events_accepted"] == 11
    assert summary["duplicates"] == 3
    assert summary["unmatched"] == 1
    assert summary["deliveries"] == {"created": 30, "delivered": 10, "dead": 10, "open": 10}
    assert summary["dead_letters"] == 10
    assert summary["backlog"] == 10
    assert summary["circuits_open"] == 1
    assert summary["oldest_pending_s"] >= 0

    hub.kill()
    hub.start()
    after = hub.summary()
    for name in ("events_accepted", "duplicates", "unmatched", "deliveries", "dead_letters"):
        assert after[name] == summary[name], name


def test_the_summary_adds_up_at_every_moment(hub, receiver):
    """Asked again and again while deliveries succeed, fail, are retried and die."""
    receiver.answer = in_turn(*[Answer(500), Answer(), Answer(404)] * 300)
    hub.add_service("crm", receiver.url, max_retries=2, retry_backoff=0.05, cb_failure_threshold=0)
    hub.add_rule("crm")
    for _ in range(10):
        hub.send(events(50))
        assert hub.summary()["deliveries"]["created"] > 0
    counts = hub.wait_until_done()
    assert counts["created"] == 500
    assert counts["dead"] == len(hub.admin.all("/dead-letters"))


def test_a_delivery_can_be_followed(hub, receiver):
    gate = Gate()
    receiver.answer = in_turn(Answer(500), Answer(gate=gate))
    hub.add_service("crm", receiver.url, retry_backoff=0.1)
    rule = hub.add_rule("crm")
    item = event()
    hub.send([item])
    request = receiver.wait_for(2)[1]
    row = hub.admin.all("/deliveries", service="crm")[0]
    assert row["id"] == request.webhook_id
    assert row["event_id"] == item["id"] and row["eventname"] == item["eventname"]
    assert (row["rule_id"], row["rule"], row["service"]) == (rule["id"], "to crm", "crm")
    assert row["state"] in ("sending", "retrying")
    detail = hub.admin.get(f"/deliveries/{row['id']}").expect(200).json
    first = detail["attempts"][0]
    assert (first["n"], first["http_status"], first["probe"]) == (1, 500, False)
    assert first["latency_ms"] >= 0 and first["time"] > 1_700_000_000
    gate.open()
    hub.wait_until_done()
    shown = hub.admin.get(f"/events/{item['id']}").expect(200).json["deliveries"][0]
    assert shown["state"] == "delivered"
    assert "password" not in json.dumps(detail)


def test_lists_are_paged_newest_first(hub):
    for _ in range(3):
        hub.send(events(7))
    items = hub.admin.all("/events", limit=4)
    assert len(items) == 21
    assert [item["id"] for item in items] == sorted((item["id"] for item in items), reverse=True)
    hub.admin.get("/events", cursor="nonsense").expect_problem(422)


def test_dead_letters_of_a_service_that_is_gone_are_still_counted(hub, receivers):
    for name in ("gone", "kept"):
        hub.add_service(name, receivers(Answer(404)).url)
    hub.add_rule("gone")
    hub.send(events(2))
    hub.wait_for_dead_letters(2)
    hub.admin.delete("/services/gone").expect(200)
    metrics = hub.stranger.get("/metrics", base="").expect(200).body.decode().splitlines()
    assert 'mih_dead_letters{service="gone"} 2' in metrics
    assert 'mih_dead_letters{service="kept"} 0' in metrics
    assert any(line.startswith('mih_dead_letter_bytes{service="gone"} ') for line in metrics)
