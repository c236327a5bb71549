"""Rules through the API; templates are proven when they are saved."""

import json

import pytest

from support.events import event, events
from support.receiver import Answer


@pytest.fixture
def crm(hub, receiver):
    hub.add_service("crm", receiver.url)
    return hub


def rule(**fields) -> dict:
    return {"name": "new users", "eventname": r"\core\event\user_created", "service": "crm",
            **fields}


def test_a_new_rule_has_the_documented_defaults(crm):
    made = crm.admin.post("/rules", rule()).expect(201)
    assert made.headers["location"].endswith(f"/api/v1/rules/{made.json['id']}")
    shown = crm.admin.get(f"/rules/{made.json['id']}").expect(200).json
    expected = {"http_method": "POST", "content_type": "json", "enabled": True,
                "include_anonymous": False, "dedupe_window": 0, "service": "crm",
                "eventname": r"\core\event\user_created", "name": "new users"}
    assert {name: shown[name] for name in expected} == expected


def test_a_missing_backslash_is_added(crm):
    made = crm.admin.post("/rules", rule(eventname=r"core\event\*")).expect(201).json
    assert made["eventname"] == r"\core\event\*"


@pytest.mark.parametrize("fields, wrong", [
    ({"eventname": ""}, "eventname"), ({"eventname": r"\core event"}, "eventname"),
    ({"eventname": None}, "eventname"), ({"service": "unknown"}, "service"),
    ({"http_method": "BREW"}, "http_method"), ({"content_type": "yaml"}, "content_type"),
    ({"enabled": 1}, "enabled"), ({"colour": "red"}, "colour"), ({"headers": 5}, "headers"),
])
def test_bad_fields_are_422_and_named(crm, fields, wrong):
    problem = crm.admin.post("/rules", rule(**fields)).expect_problem(422)
    assert wrong in [entry["field"] for entry in problem["errors"]]
    assert crm.admin.all("/rules") == []


@pytest.mark.parametrize("template", [
    '{"id": {{userid}}}', "{{event}}", '"{{userid}}"', "[{{userid}}, {{ courseid }}]",
    '{"a": "x {{other.a.b.0}} y", "{{crud}}": 1}', '{"n": {{now}}, "a": {{delivery.attempt}}}',
    '{"s": {{site}}, "r": {{rule.id}}, "v": {{service.name}}}', "{{event.custom}}", "",
])
def test_valid_templates_are_saved(crm, template):
    made = crm.admin.post("/rules", rule(payload_template=template)).expect(201).json
    assert made["payload_template"] == template


@pytest.mark.parametrize("template, line", [
    ('{"id": {{userid}}', 1), ('{"id": {{userid}}}}', 1), ('{"id" {{userid}}}', 1),
    ('{"a": {{timecreated}}000}', 1), ('{"a":\n {{userd}}}', 2), ("{{", 1), ("{{}}", 1),
    ('{"a": {{userid}} {{courseid}}}', 1), ("{{userid}},", 1), ('{"a":1,"a":2}', 1),
    ('{"a":1,}', 1), ("text {{userid}}", 1), ('{{{userid}}: 1}', 1), ('{"a": "{{userid}}', 1),
    ('{\n"a": 1,\n"b": x\n}', 3), ('"unfinished {{userid', 1),
])
def test_invalid_templates_are_refused_with_their_place(crm, template, line):
    problem = crm.admin.post("/rules", rule(payload_template=template))
    problem = problem.expect_problem(422, "template_invalid")
    fault = next(entry for entry in problem["errors"] if entry["field"] == "payload_template")
    assert fault["line"] == line and fault["column"] >= 1 and fault["message"]


def test_an_unknown_root_is_refused_with_the_nearest_name(crm):
    problem = crm.admin.post("/rules", rule(payload_template='{"id": {{usreid}}}'))
    problem = problem.expect_problem(422, "template_invalid")
    assert "userid" in str(problem)


def test_bad_endpoint_templates_are_refused(crm):
    problem = crm.admin.post("/rules", rule(endpoint="/x/{{nope}}"))
    problem = problem.expect_problem(422, "template_invalid")
    assert problem["errors"][0]["field"] == "endpoint"


def test_a_bad_patch_leaves_the_rule_as_it_was(crm, receiver):
    made = crm.admin.post("/rules", rule(payload_template='{"v": 1}')).expect(201).json
    crm.admin.patch(f"/rules/{made['id']}", {"payload_template": "{"}).expect_problem(422)
    assert crm.admin.get(f"/rules/{made['id']}").json["payload_template"] == '{"v": 1}'
    crm.send(events(1))
    assert receiver.wait_for(1)[0].body == b'{"v": 1}'


@pytest.mark.parametrize("value", [
    None, True, 5, -1, "text", 'quote " back \\ slash', "line\nfeed", "\u0000\u001f",
    "ñ\U0001F600",
    "{{userid}}", [], {}, [1, [2, {"a": None}]], "</script>",
])
def test_any_value_gives_valid_json(crm, receiver, value):
    crm.admin.post("/rules", rule(payload_template='{"v": {{other}}, "t": "<{{other}}>"}')
                   ).expect(201)
    crm.send([event(other=value)])
    body = json.loads(receiver.wait_for(1)[0].body)
    assert body["v"] == value
    if value is None:
        assert body["t"] == "<>"
    elif isinstance(value, str):
        assert body["t"] == f"<{value}>"
    else:
        assert json.loads(body["t"][1:-1]) == value


def test_bytes_outside_placeholders_are_sent_as_written(crm, receiver):
    template = '{\n\t"a" :  {{userid}} ,"b":"\\u00e9é" , "c":1.50E+3}\n'
    crm.admin.post("/rules", rule(payload_template=template)).expect(201)
    crm.send(events(1))
    assert receiver.wait_for(1)[0].body.decode() == template.replace("{{userid}}", "2")


def test_a_rule_may_name_a_disabled_service(hub, receiver):
    hub.add_service("crm", receiver.url, enabled=False)
    hub.admin.post("/rules", rule()).expect(201)


def test_deleting_a_rule_ends_what_is_queued(crm, receiver):
    receiver.down()
    made = crm.admin.post("/rules", rule()).expect(201).json
    crm.send(events(3))
    crm.wait_for_circuit("crm", "open")
    crm.admin.delete(f"/rules/{made['id']}").expect(204)
    crm.admin.get(f"/rules/{made['id']}").expect_problem(404, "not_found")
    letters = crm.wait_for_dead_letters(3)
    assert {letter["reason"] for letter in letters} == {"rule_deleted"}
    assert crm.wait_until_done()["open"] == 0


def test_moving_a_rule_leaves_queued_deliveries_with_the_old_service(hub, receivers):
    old, new = receivers(up=False), receivers()
    hub.add_service("old", old.url, cb_cooldown=1, retry_backoff=0.1)
    hub.add_service("new", new.url)
    made = hub.add_rule("old")
    hub.send(events(2))
    hub.wait_for_circuit("old", "open")
    hub.admin.patch(f"/rules/{made['id']}", {"service": "new"}).expect(200)
    hub.send(events(3))
    new.wait_for(3)
    old.up()
    hub.wait_until_done()
    assert (len(old.requests), len(new.requests)) == (2, 3)


def test_unknown_rules_are_404(hub):
    for path in ("/rules/999", "/rules/x", "/rules/-1"):
        hub.admin.get(path).expect_problem(404, "not_found")
    hub.admin.delete("/rules/999").expect_problem(404, "not_found")


def test_rules_survive_a_restart(crm):
    made = crm.admin.post("/rules", rule(headers={"X-A": "{{userid}}"}, endpoint="/a/{{id}}",
                                         ordering_key="{{userid}}")).expect(201).json
    crm.stop()
    crm.start()
    assert crm.admin.get(f"/rules/{made['id']}").expect(200).json == made


def test_events_of_the_same_meaning_make_one_delivery(hub, receiver):
    hub.add_service("crm", receiver.url)
    rule = hub.add_rule("crm", dedupe_window=3600, dedupe_key="{{objectid}}-{{other.step}}")
    name = "\\core\\event\\user_updated"
    hub.send([{"eventname": name, "objectid": n % 3, "other": {"step": 1}} for n in range(9)])
    hub.wait_until_done()
    assert len(receiver.requests) == 3
    hub.kill()
    hub.start()
    hub.send([{"eventname": name, "objectid": 0, "other": {"step": n}} for n in (1, 2)])
    hub.wait_until_done()
    assert len(receiver.requests) == 4
    summary = hub.summary()
    assert (summary["events_accepted"], summary["deduplicated"], summary["unmatched"]) == (11, 7, 0)

    receiver.answer = Answer(400)
    hub.send([{"eventname": name, "objectid": 9, "other": {"step": 1}}])
    hub.wait_for_dead_letters(1)
    receiver.answer = Answer()
    hub.send([{"eventname": name, "objectid": 9, "other": {"step": 1}}])
    hub.wait_until_done()
    assert receiver.requests[-1].webhook_id != receiver.requests[-2].webhook_id, "the key was free"
    shown = hub.admin.get(f"/rules/{rule['id']}").json
    assert (shown["dedupe_window"], shown["dedupe_key"]) == (3600, "{{objectid}}-{{other.step}}")


def test_a_filter_decides_which_events_are_delivered(hub, receiver):
    hub.add_service("crm", receiver.url)
    rule = hub.add_rule("crm", filter={"courseid": {"$in": [12, 15]}, "crud": {"$ne": "r"},
                                       "other.step": {"$gte": 2}})
    name = "\\core\\event\\course_updated"
    base = {"eventname": name, "courseid": 12, "crud": "u", "other": {"step": 2}}
    wrong = [{"courseid": 13}, {"crud": "r"}, {"other": {"step": 1}}, {"other": None}]
    hub.send([{**base, "id": f"wrong-{n}", **change} for n, change in enumerate(wrong)])
    hub.send([base, {**base, "courseid": "15"}])
    counts = hub.wait_until_done()
    assert counts["created"] == 2 and hub.summary()["unmatched"] == 4
    assert {json.loads(seen.body)["courseid"] for seen in receiver.requests} == {12, 15}
    why = hub.admin.get("/events/wrong-1").expect(200).json["not_matched"]
    assert why == [{"rule_id": rule["id"], "rule": rule["name"],
                    "why_not": 'the filter\'s condition does not hold: "crud": {"$ne":"r"}'}]
    preview = hub.admin.post("/rules/preview", {"rule_id": rule["id"],
                                                "event": {**base, "courseid": 1}}).expect(200).json
    assert preview["matches"] is False and '"courseid"' in preview["why_not"]


def test_a_bad_filter_is_refused_with_path_and_reason(hub, receiver):
    hub.add_service("crm", receiver.url)
    problem = hub.admin.post("/rules", {"name": "x", "eventname": "*", "service": "crm",
                                        "filter": {"courseid": {"$gr": 5}}})
    detail = problem.expect_problem(422, "filter_invalid")
    for wrong in ([], "x", 5):
        hub.admin.post("/rules", {"eventname": "*", "service": "crm", "filter": wrong}
                       ).expect_problem(422, "filter_invalid")
    assert detail["errors"] == [{"field": "filter", "message": "courseid.$gr: '$gr' is no operator;"
                                                               " did you mean $gt?"}]
