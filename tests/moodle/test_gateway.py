"""The PHP API for other plugins, source-compatible with both generations of the original."""

import json

import pytest

from site_and_hub import CREATED, fire, in_json

RESULT = {"success": True, "http_status": 201, "body": '{"a": {"b": 1}}', "error": None,
          "latency_ms": 12, "attempts": 2}
SHOW = ("answer(['class' => get_class($r), 'ok' => $r->is_ok()] + get_object_vars($r) "
        "+ ['json' => $r->json()]);")


@pytest.mark.parametrize("call, method", [
    ("local_integrationhub\\gateway::instance()->request('crm', '/x', ['a' => 1])", "POST"),
    ("local_integrationhub\\gateway::instance()->request('crm', '/x', ['a' => 1], 'put')", "PUT"),
    ("local_integrationhub\\mih::request('crm', '/x', ['a' => 1])", "POST"),
    ("local_integrationhub\\mih::instance()->execute_request('crm', '/x', ['a' => 1])", "POST"),
    ("local_integrationhub\\mih::send('crm')->to('/x')->with(['a' => 1])->method('put')"
     "->dispatch()", "PUT"),
])
def test_all_ways_to_call_a_service(connected, fake_hub, call, method):
    fake_hub.call_answer = in_json(200, RESULT)
    got = connected.run(f"$r = \\{call}; {SHOW}").answer
    request, = fake_hub.requests("/services/crm/request")
    assert json.loads(request.body) == {"endpoint": "/x", "method": method, "payload": {"a": 1}}
    assert got == {"class": "local_integrationhub\\gateway_response", "ok": True, "success": True,
                   "httpstatus": 201, "body": '{"a": {"b": 1}}', "error": None, "latencyms": 12,
                   "attempts": 2, "json": {"a": {"b": 1}}}


def test_defaults_are_those_of_the_original(connected, fake_hub):
    fake_hub.call_answer = in_json(200, RESULT)
    connected.run("hub\\gateway::instance()->request('a service/x');")
    request = fake_hub.requests("/services/a%20service%2Fx/request")[0]
    assert json.loads(request.body) == {"endpoint": "/", "method": "POST", "payload": {}}


@pytest.mark.parametrize("declared", ["gateway_response", "mih_response"])
def test_callers_may_declare_either_name_of_the_response(connected, fake_hub, declared):
    fake_hub.call_answer = in_json(200, RESULT)
    php = (f"function call(): local_integrationhub\\{declared} {{"
           "return local_integrationhub\\mih::request('crm'); }"
           "$r = call(); answer($r instanceof local_integrationhub\\mih_response);")
    assert connected.run(php).answer is True
    made = connected.run("$r = new local_integrationhub\\mih_response(true, 200, 'x', null, 1, 1);"
                         "answer($r instanceof local_integrationhub\\gateway_response);")
    assert made.answer is True


@pytest.mark.parametrize("status, code", [
    (404, "service_not_found"), (409, "service_disabled"), (503, "circuit_open")])
@pytest.mark.parametrize("function", ["request", "enqueue"])
def test_refusals_are_exceptions_with_the_codes_of_the_original(
        connected, fake_hub, status, code, function):
    fake_hub.call_answer = in_json(status, {"status": status, "code": code})
    got = connected.run(f"try {{ hub\\gateway::instance()->{function}('crm'); }}"
                        "catch (\\moodle_exception $e) { answer([$e->errorcode, $e->module, $e->a,"
                        "$e->getMessage()]); }").answer
    assert got[:3] == [code, "local_integrationhub", "crm"]
    assert "crm" in got[3] and "[[" not in got[3]


def test_a_failed_call_is_a_response(connected, fake_hub):
    fake_hub.call_answer = in_json(200, {
        "success": False, "http_status": None, "body": None, "error": "timeout", "latency_ms": 5000,
        "attempts": 4})
    got = connected.run(f"$r = hub\\mih::request('crm'); {SHOW}").answer
    assert got["ok"] is False and got["error"] == "timeout"
    assert got["httpstatus"] is None and got["json"] is None


def test_no_hub_is_a_response_too(connected, fake_hub):
    fake_hub.receiver.down()
    got = connected.run(f"$r = hub\\mih::request('crm'); {SHOW}").answer
    assert got["ok"] is False and got["error"] and got["attempts"] == 0


@pytest.mark.parametrize("status", [401, 500, 502, 200])
def test_an_answer_that_is_no_result_is_a_response(connected, fake_hub, status):
    fake_hub.call_answer = in_json(status, {"title": "What?"})
    got = connected.run(f"$r = hub\\mih::request('crm'); {SHOW}").answer
    assert got["ok"] is False and "What?" in got["error"]


def test_a_site_that_is_not_connected_gets_a_response(site):
    got = site.run(f"$r = hub\\mih::request('crm'); {SHOW}").answer
    assert got["ok"] is False and "not connected" in got["error"]


def test_a_copy_of_the_site_calls_nobody(connected, fake_hub):
    got = connected.run(f"$r = hub\\mih::request('crm'); {SHOW}",
                        STANDIN_WWWROOT="https://staging.example").answer
    assert got["ok"] is False and fake_hub.requests("/services/.*") == []


@pytest.mark.parametrize("body, json_value", [
    ('{"a":1}', {"a": 1}), ("not json", None), ("", None), ("3", 3), (None, None)])
def test_json_is_null_when_the_body_is_none(connected, fake_hub, body, json_value):
    fake_hub.call_answer = in_json(200, {**RESULT, "body": body})
    assert connected.run("answer(hub\\mih::request('crm')->json());").answer == json_value


def test_json_gives_objects_on_request(connected, fake_hub):
    fake_hub.call_answer = in_json(200, RESULT)
    assert connected.run("answer(hub\\mih::request('crm')->json(false)->a->b);").answer == 1


def test_enqueue_gives_the_deliverys_id(connected, fake_hub):
    got = connected.run(
        "answer(hub\\gateway::instance()->enqueue('crm', '/x', ['a' => 1], 'PUT'));")
    request, = fake_hub.requests("/services/crm/enqueue")
    sent = json.loads(request.body)
    assert got.answer == "d_abc" and connected.outbox() == []
    assert len(sent.pop("id")) == 36
    assert sent == {"endpoint": "/x", "method": "PUT", "payload": {"a": 1}}


def test_enqueue_waits_in_the_outbox_while_the_hub_is_away(connected, fake_hub):
    fake_hub.receiver.down()
    connected.run(fire(CREATED, objectid=1))
    id = connected.run("answer(hub\\gateway::instance()->enqueue('crm', '/x', ['a' => 1]));").answer
    connected.run(fire(CREATED, objectid=2))
    fake_hub.receiver.up()
    connected.task()
    request, = fake_hub.requests("/services/crm/enqueue")
    assert json.loads(request.body)["id"] == id
    assert fake_hub.objects() == [1, 2]
    assert connected.outbox() == []


def test_a_queued_call_that_the_hub_refuses_does_not_block_the_others(connected, fake_hub):
    fake_hub.receiver.down()
    connected.run("hub\\gateway::instance()->enqueue('gone');" + fire(CREATED, objectid=1))
    fake_hub.receiver.up()
    fake_hub.call_answer = in_json(404, {"code": "service_not_found", "detail": "no such service"})
    connected.task()
    assert fake_hub.objects() == [1]
    row, = connected.outbox()
    assert row["status"] == 2 and "no such service" in row["reason"]


def test_a_queued_call_shares_the_fate_of_its_transaction(connected, fake_hub):
    fake_hub.receiver.down()
    connected.run("$t = $DB->start_delegated_transaction();"
                  "hub\\gateway::instance()->enqueue('crm');"
                  "try { $t->rollback(new Exception('x')); } catch (Exception $e) { }")
    assert connected.outbox() == []
