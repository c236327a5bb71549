"""Alerts: each is raised once, told to whoever wants to know, and cleared once."""

import json

from support.events import events
from support.hub import wait_until
from support.receiver import Answer

HUB_ALERT = r"\local_integrationhub\event\hub_alert"


def wait_for_alerts(hub, *kinds: str) -> list[dict]:
    def there():
        alerts = hub.summary()["alerts"]
        return (alerts,) if sorted(a["kind"] for a in alerts) == sorted(kinds) else None
    return wait_until(there, f"the alerts are {kinds}")[0]


def told(request) -> dict:
    return json.loads(request.body)


def test_an_open_circuit_is_told_to_another_service(hub, receivers):
    crm, chat = receivers(up=False), receivers()
    hub.admin.patch("/settings", {"alert_open_s": 1}).expect(200)
    hub.add_service("crm", crm.url, cb_failure_threshold=1, cb_cooldown=3600)
    hub.add_service("chat", chat.url)
    hub.add_rule("crm", r"\core\event\user_created", endpoint="/users")
    hub.add_rule("crm", HUB_ALERT, endpoint="/alerts")
    hub.add_rule("chat", HUB_ALERT, endpoint="/alerts")
    hub.add_rule("chat", r"\local_integrationhub\event\*", endpoint="/all")
    hub.send(events(1))

    raised = told(chat.wait_for(1)[0])
    assert raised["eventname"] == HUB_ALERT
    assert (raised["other"]["kind"], raised["other"]["state"]) == ("circuit_open", "raised")
    assert raised["other"]["service"] == "crm" and "crm" in raised["other"]["message"]
    alert = wait_for_alerts(hub, "circuit_open")[0]
    assert alert == {"kind": "circuit_open", "service": "crm", "site": None,
                     "since": raised["other"]["since"], "message": raised["other"]["message"]}
    metrics = hub.stranger.get("/metrics", base="").body.decode()
    assert 'mih_alert{kind="circuit_open",service="crm",site=""} 1\n' in metrics

    hub.kill()
    hub.start()
    assert wait_for_alerts(hub, "circuit_open") == [alert]
    crm.up()
    hub.admin.post("/services/crm/circuit/reset").expect(200)
    cleared = told(chat.wait_for(2)[1])
    assert (cleared["other"]["kind"], cleared["other"]["state"]) == ("circuit_open", "cleared")
    assert wait_for_alerts(hub) == []
    hub.wait_until_done()
    assert [request.path for request in chat.requests] == ["/alerts"] * 2
    assert [request.path for request in crm.requests] == ["/users"]
    assert "mih_alert{" not in hub.stranger.get("/metrics", base="").body.decode()


def test_new_dead_letters_alert_until_none_is_left(hub, receiver):
    receiver.answer = Answer(422)
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    assert hub.summary()["alerts"] == []
    hub.send(events(2))
    alert = wait_for_alerts(hub, "dead_letters")[0]
    assert alert["service"] == "crm"
    counts = hub.summary()
    assert counts["events_accepted"] == 2, "nobody wanted to know"
    job = hub.admin.post("/dead-letters/delete", {"all": True}).expect(202).json
    hub.wait_for_job(job["job_id"])
    wait_for_alerts(hub)


def test_an_overflow_alerts(hub, receivers):
    hub.add_service("crm", receivers(up=False).url, max_backlog=2)
    hub.add_rule("crm")
    hub.send(events(3))
    wait_for_alerts(hub, "overflow", "dead_letters")


def test_a_low_disk_alerts(start_hub):
    hub = start_hub("--min-free-disk", "1024GiB")
    alert = wait_for_alerts(hub, "disk_low")[0]
    assert alert["service"] is None and "disk" in alert["message"]
