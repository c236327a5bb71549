"""Statistics by service and minute, and what is made of them."""

import time

import pytest

from support.events import event, events
from support.hub import wait_until
from support.receiver import Answer, Gate, in_turn


def series(hub, metric: str, **query) -> dict:
    return hub.admin.get("/stats/series", metric=metric, **query).expect(200).json


def total(hub, metric: str, **query) -> int:
    return sum(value or 0 for _, value in series(hub, metric, **query)["points"])


def test_the_series_add_up_to_the_totals(hub, receiver):
    receiver.answer = in_turn(Answer(500), Answer(422), Answer(422))
    hub.add_service("crm", receiver.url, retry_backoff=0.1)
    hub.add_service("erp", receiver.url)
    hub.add_rule("crm")
    hub.send(events(10))
    hub.wait_until_done()
    assert total(hub, "accepted") == 10
    assert total(hub, "accepted", service="crm") == 10
    assert total(hub, "accepted", service="erp") == 0
    for query in ({}, {"service": "crm"}):
        assert total(hub, "delivered", **query) == 8
        assert total(hub, "dead", **query) == 2
        assert total(hub, "failed", **query) == 3
    assert total(hub, "delivered", service="erp") == 0
    assert total(hub, "delivered", to=int(time.time()) - 600) == 0


def test_latencies_are_those_of_the_service(hub, receiver):
    receiver.answer = Answer(delay=0.15)
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    hub.send(events(3))
    hub.wait_until_done()
    for metric in ("latency_p50", "latency_p95", "latency_p99"):
        values = [value for _, value in series(hub, metric, service="crm")["points"] if value]
        assert values and all(value >= 128 for value in values), values
    assert hub.service("crm")["avg_latency_ms"] >= 150


def test_the_backlog_is_sampled(hub, receiver):
    gate = Gate()
    receiver.answer = Answer(gate=gate)
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    hub.send(events(20))

    def sampled():
        values = [value for _, value in series(hub, "backlog", service="crm")["points"]]
        return any(value == 20 for value in values)
    wait_until(sampled, "the backlog was sampled")
    gate.open()
    hub.wait_until_done()


def test_statistics_survive_a_restart_and_an_empty_log(hub, receiver):
    receiver.answer = Answer(422)
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    hub.send(events(4))
    hub.wait_for_dead_letters(4)
    hub.admin.post("/log/clear").expect(204)
    assert hub.service("crm")["errors_24h"] == 4
    hub.stop()
    hub.start()
    assert hub.service("crm")["errors_24h"] == 4
    assert total(hub, "failed", service="crm") == 4


def test_attempts_that_are_made_again_count_too(hub, receiver, receivers):
    away = receivers(up=False)
    hub.add_service("away", away.url, max_retries=100, retry_backoff=0.01)
    hub.add_service("locked", receiver.url, auth_type="oauth2", oauth2_client_id="me",
                    auth_token="secret", oauth2_token_url=f"{away.url}/token",
                    max_retries=100, retry_backoff=0.01)
    hub.add_service("unused", receiver.url)
    for name in ("away", "locked"):
        hub.add_rule(name)
    hub.send(events(1))
    for name in ("away", "locked"):
        hub.wait_for_circuit(name, "open")
        shown = hub.service(name)
        assert shown["errors_24h"] >= 5 and shown["last_used"] > 1_700_000_000, shown
    assert hub.admin.all("/log") == [] and receiver.requests == []
    unused = hub.service("unused")
    assert (unused["errors_24h"], unused["last_used"]) == (0, None)


def test_the_points_are_at_multiples_of_the_step(hub):
    now = int(time.time())
    answer = series(hub, "delivered", **{"from": now - 7200, "to": now, "step": 600})
    times = [point[0] for point in answer["points"]]
    assert answer["step"] == 600
    assert len(times) in (12, 13)
    assert all(at % 600 == 0 for at in times)
    assert times == list(range(times[0], times[-1] + 600, 600))
    assert times[0] <= now - 7200 and times[-1] < now


@pytest.mark.parametrize("query, field", [
    ({}, "metric"), ({"metric": "x"}, "metric"), ({"metric": "dead", "step": 90}, "step"),
    ({"metric": "dead", "from": "yesterday"}, "from"),
    ({"metric": "dead", "from": 200, "to": 100}, "from"),
])
def test_faults_are_named(hub, query, field):
    problem = hub.admin.get("/stats/series", **query).expect_problem(422, "validation_failed")
    assert field in [error["field"] for error in problem["errors"]]
    hub.admin.get("/stats/series", metric="dead", service="x").expect_problem(
        404, "service_not_found")


def test_dead_letters_are_in_the_metrics(hub, receiver):
    receiver.answer = Answer(422, body=b"x" * 1000)
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    hub.send(events(3))
    letters = hub.wait_for_dead_letters(3)

    def metrics() -> dict:
        lines = hub.stranger.get("/metrics", base="").expect(200).body.decode().splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert metrics()['mih_dead_letters{service="crm"}'] == "3"
    size = int(metrics()['mih_dead_letter_bytes{service="crm"}'])
    assert size > 3000
    job = hub.admin.post("/dead-letters/delete", {"ids": [letters[0]["id"]]}).expect(202).json
    hub.wait_for_job(job["job_id"])
    assert metrics()['mih_dead_letters{service="crm"}'] == "2"
    assert int(metrics()['mih_dead_letter_bytes{service="crm"}']) < size


def test_410_flags_the_rule_until_it_is_saved(hub, receiver):
    receiver.answer = Answer(410)
    hub.add_service("crm", receiver.url)
    rule = hub.add_rule("crm")
    other = hub.add_rule("crm", r"\core\event\course_created")
    assert rule["flagged"] is None
    hub.send(events(1))
    assert hub.wait_for_dead_letters(1)[0]["reason"] == "rejected"

    def show(which):
        return hub.admin.get(f"/rules/{which['id']}").expect(200).json
    flagged = show(rule)["flagged"]
    assert flagged["reason"] == "gone"
    assert abs(flagged["time"] - time.time()) < 3600
    assert show(other)["flagged"] is None
    hub.kill()
    hub.start()
    assert show(rule)["flagged"] == flagged
    assert hub.admin.patch(f"/rules/{rule['id']}", {"name": "looked at"}).json["flagged"] is None
    assert show(rule)["flagged"] is None


@pytest.mark.parametrize("waits", [
    lambda hub: hub.admin.post("/services/away/pause").expect(200),
    lambda hub: hub.admin.patch("/services/away", {"enabled": False}).expect(200)])
def test_deliveries_that_wait_do_not_keep_events_of_others(hub, receiver, waits):
    hub.add_service("away", receiver.url)
    waits(hub)
    hub.add_rule("away", r"\core\event\course_created", endpoint="/away")
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", r"\core\event\user_created", endpoint="/crm")
    hub.admin.patch("/settings", {"event_retention_count": 10}).expect(200)
    first = event(r"\core\event\course_created")
    hub.send([first])
    hub.send([event() for _ in range(40)])
    receiver.wait_for(40)
    wait_until(lambda: len(hub.admin.all("/events")) <= 11, "events that have ended are pruned")
    assert hub.admin.all("/events")[-1]["id"] == first["id"]
    hub.admin.post("/services/away/resume").expect(200)
    hub.admin.patch("/services/away", {"enabled": True}).expect(200)
    receiver.wait_for(41)
    assert hub.wait_until_done() == {"created": 41, "delivered": 41, "dead": 0, "open": 0}
    wait_until(lambda: hub.admin.get(f"/events/{first['id']}").status == 404, "the first goes too")
