"""What the original plugin had queued when this one took its place."""

import json

import pytest

from support.receiver import Answer

EVENT = {"eventname": "\\core\\event\\user_updated", "objectid": 7, "relateduserid": None,
         "target": 'a "user"', "other": {"a": 1}}
RULE = {"eventname": EVENT["eventname"], "serviceid": 3, "endpoint": "/people", "http_method": "PUT",
        "payload_template": '{"id": {{objectid}}, "who": {{relateduserid}}, "t": "{{target}}"}',
        "enabled": 1}
SERVICE = {"name": "crm", "type": "rest", "base_url": "http://crm.example", "enabled": 1}
TASK = """
    function ids($table, $row, $id) {
        global $DB;
        $DB->insert_record($table, $row);
        $DB->set_field_select($table, 'id', $id, '1 = 1');
    }
    if (!$DB->record_exists('local_integrationhub_svc', [])) {
        ids('local_integrationhub_svc', json_decode(%s), 3);
        ids('local_integrationhub_rules', json_decode(%s), 5);
    }
    $task = new hub\\task\\dispatch_event_task();
    $task->set_id(12);
    $task->set_custom_data(['ruleid' => 5, 'eventdata' => json_decode(%s)]);
    $task->execute();
    answer(array_map(function ($task) {
        return [$task->get_custom_data(), $task->get_next_run_time() - time()];
    }, core\\task\\manager::$queued));"""


def dispatch(site, rule: dict | None = None, service: dict | None = None, again: str = "",
             expect: int = 0) -> list:
    """Runs a queued task; the tasks that it queued itself."""
    values = ({**SERVICE, **(service or {})}, {**RULE, **(rule or {})}, EVENT)
    php = TASK % tuple(json.dumps(json.dumps(value)).replace("$", "\\$") for value in values)
    return site.run(php + again, web=False, expect=expect).answer


def handed_over(fake_hub) -> list[dict]:
    return [json.loads(request.body) for request in fake_hub.requests("/services/crm/enqueue")]


def test_it_becomes_a_call_of_its_service(connected, fake_hub):
    assert dispatch(connected) == []
    assert handed_over(fake_hub) == [
        {"id": "task-1-12", "endpoint": "/people", "method": "PUT",
         "payload": {"id": 7, "who": None, "t": 'a "user"'}}]


def test_without_a_template_the_event_itself_is_sent(connected, fake_hub):
    dispatch(connected, {"payload_template": "", "endpoint": ""}, {"type": "amqp"})
    assert handed_over(fake_hub) == [
        {"id": "task-1-12", "endpoint": "/", "method": "POST", "payload": EVENT}]


def test_the_hub_recognises_a_repeat(connected, fake_hub):
    dispatch(connected)
    dispatch(connected)
    assert [call["id"] for call in handed_over(fake_hub)] == ["task-1-12"] * 2


@pytest.mark.parametrize("code, status", [("service_not_found", 404), ("service_disabled", 409)])
def test_it_waits_for_its_service(connected, fake_hub, code, status):
    fake_hub.call_answer = Answer(status, {}, json.dumps({"code": code}).encode())
    (data, later), = dispatch(connected)
    assert 590 <= later <= 600 and data["taskid"] == 12 and data["ruleid"] == 5
    again = "$next = core\\task\\manager::$queued[0]; $next->set_id(99); $next->execute();"
    dispatch(connected, again=again)
    assert {call["id"] for call in handed_over(fake_hub)} == {"task-1-12"}


def test_it_waits_for_the_connection(site):
    (_, later), = dispatch(site)
    assert 590 <= later <= 600 and site.outbox() == []


def test_while_the_hub_is_away_it_is_in_the_outbox(connected, fake_hub):
    fake_hub.receiver.down()
    assert dispatch(connected) == []
    row, = connected.outbox()
    assert (row["kind"], row["uuid"]) == ("call", "task-1-12")


@pytest.mark.parametrize("rule, service", [({"enabled": 0}, {}), ({}, {"enabled": 0})])
def test_what_was_disabled_is_dropped_and_said_to_be(connected, fake_hub, rule, service):
    assert dispatch(connected, rule, service) == [] and handed_over(fake_hub) == []


def test_a_template_that_gives_no_json_fails_the_task(connected, fake_hub):
    dispatch(connected, {"payload_template": '{"a": {{other}}}'}, expect=255)
    assert handed_over(fake_hub) == []
