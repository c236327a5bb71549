"""The request log, its purge, and the settings in the store."""

import pytest

from support.events import events
from support.hub import wait_until
from support.receiver import Answer


def log_of(hub, count, **query):
    """The log as soon as it has `count` rows."""
    def enough():
        rows = hub.admin.all("/log", **query)
        return rows if len(rows) >= count else None
    return wait_until(enough, f"{count} rows in the log")


@pytest.fixture
def crm(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", endpoint="/contacts")
    return hub


def test_one_row_per_finished_call(crm, receiver):
    crm.send(events(1))
    row = log_of(crm, 1)[0]
    assert row["service"] == "crm" and row["kind"] == "delivery"
    assert row["direction"] == "outbound" and row["http_method"] == "POST"
    assert row["http_status"] == 200 and row["success"] is True
    assert row["endpoint"] == "/contacts"
    assert row["attempt_count"] == 1 and row["latency_ms"] >= 0
    assert row["delivery_id"] == receiver.requests[0].webhook_id
    assert row["eventname"] == r"\core\event\user_created"

    receiver.answer = Answer(404)
    crm.send(events(1))
    newest = log_of(crm, 2)[0]
    assert newest["http_status"] == 404 and newest["success"] is False
    assert newest["error_message"]
    assert [row["success"] for row in crm.admin.all("/log", success="false")] == [False]


@pytest.mark.parametrize("base, endpoint, shown", [
    ("", "", "/"), ("/v1/", "contacts/{{userid}}", "/contacts/2"), ("/v1", "?a=1", "/?a=1"),
    ("/v1?key=k", "/c", "/c"), ("/v1?key=k", "c?a=b", "/c?a=b"), ("?key=k", "", "/"),
])
def test_a_row_shows_what_is_below_the_base_url(hub, receiver, base, endpoint, shown):
    hub.add_service("crm", receiver.url.replace("//", "//user:pass@") + base)
    hub.add_rule("crm", endpoint=endpoint)
    hub.send(events(1))
    row = log_of(hub, 1)[0]
    assert row["success"] is True and row["endpoint"] == shown


def test_it_is_purged_to_max_log_entries(crm):
    assert crm.admin.get("/settings").expect(200).json["max_log_entries"] == 500
    crm.admin.patch("/settings", {"max_log_entries": 10}).expect(200)
    crm.send(events(60))
    crm.wait_until_done()
    log_of(crm, 10)
    wait_until(lambda: len(crm.admin.all("/log")) == 10, "the log has ten rows")
    crm.send(events(1))
    crm.wait_until_done()
    assert len(log_of(crm, 10)) == 10
    assert crm.service("crm")["avg_latency_ms"] is not None  # does not depend on the log


def test_it_can_be_cleared(crm):
    crm.send(events(3))
    log_of(crm, 3)
    crm.admin.post("/log/clear")
    assert crm.admin.all("/log") == []
    assert crm.summary()["deliveries"]["delivered"] == 3


def test_settings_survive_a_restart_and_are_checked(crm):
    crm.admin.patch("/settings", {"max_log_entries": 7}).expect(200)
    for bad in ({"max_log_entries": -1}, {"max_log_entries": "7"}, {"colour": 1}):
        crm.admin.patch("/settings", bad).expect_problem(422)
    crm.stop()
    crm.start()
    assert crm.admin.get("/settings").json["max_log_entries"] == 7


def test_statistics_of_a_service(crm, receiver):
    receiver.answer = Answer(404)
    crm.send(events(4))
    crm.wait_until_done()
    wait_until(lambda: crm.service("crm")["errors_24h"] == 4, "four errors are counted")
    assert crm.service("crm")["last_used"] > 1_700_000_000
