"""What the original plugin had when this one took its place."""

import json

import pytest

from site_and_hub import imported, in_json

EVENT = {"eventname": "\\core\\event\\user_updated", "objectid": 7, "relateduserid": None,
         "target": 'a "user"', "other": {"a": 1}}
RULE = {"eventname": EVENT["eventname"], "serviceid": 3, "endpoint": "/people", "http_method": "PUT",
        "payload_template": '{"id": {{objectid}}, "who": {{relateduserid}}, "t": "{{target}}"}',
        "enabled": 1}
SERVICE = {"name": "CRM Süd", "type": "rest", "base_url": "http://crm.example", "enabled": 1,
           "auth_token": "s3cret"}
LETTER = {"eventname": EVENT["eventname"], "serviceid": 3, "payload": '{"id": 7}',
          "error_message": "HTTP 500", "timecreated": 1700000000}
FILL = """
    function ids($table, $row, $id) {
        global $DB;
        $DB->set_field_select($table, 'id', $id, 'id = ?', [$DB->insert_record($table, $row)]);
    }
    if (!$DB->record_exists('local_integrationhub_svc', [])) {
        ids('local_integrationhub_svc', json_decode(%s), 3);
        ids('local_integrationhub_rules', json_decode(%s), 5);
    }"""
TASK = """
    $task = new hub\\task\\dispatch_event_task();
    $task->set_id(12);
    $task->set_custom_data(['ruleid' => 5, 'attempts' => 1, 'eventdata' => json_decode(%s)]);
    $task->execute();
    answer(array_map(function ($task) {
        return [$task->get_custom_data(), $task->get_next_run_time() - time()];
    }, core\\task\\manager::$queued));"""
REFUSED = in_json(403, {"status": 403, "code": "forbidden", "detail": "A manager must ask."})


def php(value) -> str:
    return json.dumps(json.dumps(value)).replace("$", "\\$")


def fill(site, rule: dict | None = None, service: dict | None = None, letters: int = 1) -> None:
    """The original's tables, as they are found after an upgrade in place."""
    rows = "".join(f"$DB->insert_record('local_integrationhub_dlq', json_decode({php(LETTER)}));"
                   for _ in range(letters))
    site.run(FILL % (php({**SERVICE, **(service or {})}), php({**RULE, **(rule or {})})) + rows)


def dispatch(site, rule: dict | None = None, service: dict | None = None, again: str = "") -> list:
    """Runs a queued task; the tasks that it queued itself."""
    rows = FILL % (php({**SERVICE, **(service or {})}), php({**RULE, **(rule or {})}))
    return site.run(rows + TASK % php(EVENT) + again, web=False).answer


def imports(fake_hub) -> list[dict]:
    return [json.loads(request.body) for request in fake_hub.requests("/connector/import")]


def progress(site) -> dict:
    return site.run("answer(hub\\predecessor::progress());").answer


def test_a_queued_event_becomes_a_delivery_of_its_rule(connected, fake_hub):
    assert dispatch(connected) == []
    assert imports(fake_hub) == [
        {"task_adhoc": [{"id": 12, "customdata": {"ruleid": 5, "eventdata": EVENT}}]}]


@pytest.mark.parametrize("answer", [
    in_json(503, {"detail": "busy"}), in_json(401, {"detail": "who?"}),
    in_json(200, {"deliveries": {"created": 0, "unchanged": 0, "refused": [
        {"name": "task 12", "error": "its rule 5 was not imported"}]}})])
def test_it_waits_until_the_hub_takes_it(connected, fake_hub, answer):
    fake_hub.imports = [answer, answer]
    (data, later), = dispatch(connected)
    assert 590 <= later <= 600 and data["taskid"] == 12 and data["ruleid"] == 5
    again = "$next = core\\task\\manager::$queued[0]; $next->set_id(99); $next->execute();"
    dispatch(connected, again=again)
    assert {call["task_adhoc"][0]["id"] for call in imports(fake_hub)} == {12}


def test_it_waits_for_the_connection(site):
    (_, later), = dispatch(site)
    assert 590 <= later <= 600 and site.outbox() == []


def test_it_waits_while_the_hub_is_away(connected, fake_hub):
    fake_hub.receiver.down()
    (data, _), = dispatch(connected)
    assert data["taskid"] == 12


@pytest.mark.parametrize("rule, service", [({"enabled": 0}, {}), ({}, {"enabled": 0})])
def test_what_was_disabled_is_dropped_and_said_to_be(connected, fake_hub, rule, service):
    assert dispatch(connected, rule, service) == [] and imports(fake_hub) == []


def test_connecting_sends_the_tables(site, fake_hub):
    fill(site)
    site.connect(fake_hub)
    first, letters = imports(fake_hub)
    service, = first["local_integrationhub_svc"]
    assert (service["id"], service["name"], service["auth_token"]) == ("3", "CRM Süd", "s3cret")
    assert first["local_integrationhub_rules"][0]["payload_template"] == RULE["payload_template"]
    assert letters["local_integrationhub_dlq"][0]["payload"] == '{"id": 7}'
    done = progress(site)
    assert (done["state"], done["report"]["services"]["created"]) == ("done", 1)
    assert done["report"]["dead_letters"]["created"] == 1
    site.task()
    assert len(imports(fake_hub)) == 2, "once is enough"


def test_queued_events_go_on_at_once(site, fake_hub):
    fill(site)
    task = {"classname": "\\local_integrationhub\\task\\dispatch_event_task", "nextruntime": 4e9}
    site.run(f"$DB->insert_record('task_adhoc', json_decode({php(task)}));")
    site.connect(fake_hub)
    due = site.run("answer($DB->get_field_select('task_adhoc', 'nextruntime', '1 = 1') <= time());")
    assert due.answer is True


def test_a_site_that_never_had_the_original_sends_nothing(connected, fake_hub):
    connected.task()
    assert imports(fake_hub) == [] and progress(connected) == []


def test_many_dead_letters_go_in_parts(site, fake_hub):
    fill(site, letters=3)
    site.run("$DB->set_field_select('local_integrationhub_dlq', 'payload', "
             "json_encode(str_repeat('x', 3 << 20)), '1 = 1');")
    site.connect(fake_hub)
    assert [len(part.get("local_integrationhub_dlq", [])) for part in imports(fake_hub)] == [
        0, 1, 1, 1]
    assert progress(site)["report"]["dead_letters"]["created"] == 3


def test_the_minute_task_goes_on_where_the_hub_was_away(site, fake_hub):
    fill(site)
    fake_hub.imports = [in_json(503, {"detail": "busy"})]
    site.connect(fake_hub)
    assert progress(site)["state"] == "waiting" and "busy" in progress(site)["error"]
    site.task()
    assert progress(site)["state"] == "done"


def test_a_manager_may_ask_later(site, fake_hub):
    fill(site)
    fake_hub.imports = [REFUSED]
    site.connect(fake_hub)
    site.task()
    assert progress(site)["state"] == "refused" and len(imports(fake_hub)) == 1
    user = php({"id": 5, "firstname": "Ana", "lastname": "Ñandú"})
    site.run(f"hub\\predecessor::send_for(json_decode({user}));")
    assert progress(site)["state"] == "done"
    assert fake_hub.requests("/connector/import")[-1].headers["authorization"].startswith(
        "MIH-Sign-On ")


def test_connecting_again_tries_again(site, fake_hub):
    fill(site)
    fake_hub.imports = [REFUSED]
    site.connect(fake_hub)
    assert progress(site)["state"] == "refused"
    site.connect(fake_hub)
    assert progress(site)["state"] == "done"
    site.connect(fake_hub)
    assert len(imports(fake_hub)) == 3, "what is done stays done"


def test_tables_are_emptied_only_when_the_hub_has_them(site, fake_hub):
    fill(site)
    refused = site.run("try { hub\\predecessor::clear(); } "
                       "catch (moodle_exception $e) { answer($e->errorcode); }").answer
    assert refused == "predecessor_not_done"
    site.connect(fake_hub)
    site.run("hub\\predecessor::clear();")
    left = site.run("answer([hub\\predecessor::has_data(), hub\\predecessor::is_known()]);").answer
    assert left == [False, True], "the tables are empty, and the report is still there"


def test_the_report_is_shown(site, fake_hub):
    fill(site)
    report = json.loads(imported({}).body)
    report["services"] |= {"created": 1, "renamed": [{"from": "CRM Süd", "to": "CRM-Sud"}]}
    report["rules"]["disabled"] = [{"id": 1, "name": "r", "error": "line 1"}]
    report["notices"] = ["service CRM-Sud: <b>inbound</b>"]
    fake_hub.imports = [in_json(200, report)]
    site.connect(fake_hub)
    text = "\n".join(site.run("answer(hub\\predecessor::report_lines());").answer)
    for words in ("CRM Süd", "CRM-Sud", "line 1", "inbound"):
        assert words in text, text


def test_notices_are_kept_when_it_is_sent_again(site, fake_hub):
    fill(site)
    report = json.loads(imported({}).body)
    fake_hub.imports = [in_json(200, {**report, "notices": ["no inbound"]})]
    site.connect(fake_hub)
    user = php({"id": 5, "firstname": "Ana", "lastname": "Ñandú"})
    site.run(f"hub\\predecessor::send_for(json_decode({user}));")
    assert progress(site)["report"]["notices"] == ["no inbound"]


def test_another_hub_gets_it_again(site, fake_hub):
    fill(site)
    site.connect(fake_hub)
    fake_hub.site_id = 2
    site.connect(fake_hub)
    assert len(imports(fake_hub)) == 4


def test_the_old_consumer_does_nothing(connected, fake_hub):
    before = len(fake_hub.receiver.requests)
    connected.run("(new hub\\task\\consume_responses_task())->execute();", web=False)
    assert len(fake_hub.receiver.requests) == before
