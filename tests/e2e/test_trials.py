"""Trying rules before they are used: preview, dry run, names and fields of events, samples."""

import json

import pytest

from support.events import event
from support.hub import wait_until
from support.moodle import Moodle

CREATED = "\\core\\event\\user_created"
GRADED = "\\core\\event\\user_graded"
QUIZ = "\\mod_quiz\\event\\attempt_submitted"
NAMES = "/event-names/{}/fields"


@pytest.fixture
def crm(hub, receiver):
    hub.add_service("crm", receiver.url)
    return hub


@pytest.fixture
def moodle(crm, receivers):
    moodle = Moodle(crm, receivers())
    moodle.connect()
    return moodle


def rule(eventname: str = GRADED, **fields) -> dict:
    return {"name": "x", "eventname": eventname, "service": "crm",
            "payload_template": '{"grade": {{other.finalgrade}}, "by": {{userid}}}', **fields}


def graded(number: int, **fields) -> dict:
    return {"id": f"g{number}", "eventname": GRADED, "userid": number, "courseid": 4, "crud": "u",
            "relateduserid": 3, "other": {"finalgrade": f"{number}.50"}, **fields}


def fields_of(api, name: str) -> dict:
    return api.get(NAMES.format(name.replace("\\", "%5C"))).expect(200).json


def preview(api, **body) -> dict:
    return api.post("/rules/preview", body).expect(200).json


def test_a_preview_on_the_newest_real_event(crm):
    crm.send([graded(1), graded(2), {"id": "o", "eventname": CREATED}])
    shown = preview(crm.admin, rule=rule(), sample=True)
    assert json.loads(shown["payload"]) == {"grade": "2.50", "by": 2}
    assert shown["source"] == "recorded" and shown["event"]["id"] == "g2"
    shown = preview(crm.admin, rule=rule("\\core\\event\\*"), sample=True)
    assert shown["event"]["id"] == "o"
    assert preview(crm.admin, rule=rule(), event_id="g1")["source"] == "recorded"
    assert preview(crm.admin, rule=rule(), event=graded(7))["source"] == "given"


def test_without_events_one_is_made_up(crm):
    for name in (GRADED, QUIZ, "\\mod_new\\event\\thing_done", "\\core\\event\\*", "*"):
        shown = preview(crm.admin, rule=rule(name), sample=True)
        assert shown["source"] == "generated" and shown["matches"] is True
        assert bool(shown["warnings"]) == ("mod_new" in name)
        assert json.loads(shown["payload"])["by"] == 2
    made = preview(crm.admin, rule=rule(), sample=True)["event"]
    assert made["other"]["finalgrade"] == "87.50000" and made["objecttable"] == "grade_grades"


def test_a_name_that_nobody_knows_is_allowed_with_a_warning(crm, moodle):
    unknown = rule("\\core\\event\\user_graed")
    saved = crm.admin.post("/rules", unknown).expect(201).json
    warning, = preview(crm.admin, rule=unknown, sample=True)["warnings"]
    assert warning.startswith("No event of the name") and "No Moodle has told" in warning
    assert saved["warnings"] == [warning]
    moodle.api.put("/connector/catalogue", {"events": [
        {"eventname": GRADED, "component": "core"}]}).expect(204)
    warning, = preview(crm.admin, rule=unknown, sample=True)["warnings"]
    assert "user_graed is known" in warning
    assert "Did you mean \\core\\event\\user_graded?" in warning
    run = crm.admin.post("/rules/dry-run", {"rule": unknown}).expect(200).json
    assert run["warnings"][0] == warning
    changed = crm.admin.patch(f"/rules/{saved['id']}", {"endpoint": "/x"}).expect(200).json
    assert changed["warnings"] == [warning]
    assert crm.admin.get(f"/rules/{saved['id']}").expect(200).json["warnings"] == [warning]
    crm.send([{"id": "n", "eventname": "\\core\\event\\user_graed"}])
    assert preview(crm.admin, rule=unknown, sample=True)["warnings"] == []
    assert "warnings" not in crm.admin.put(f"/rules/{saved['id']}", unknown).expect(200).json


def test_a_preview_needs_one_rule_and_one_event(crm):
    for body in ({"rule": rule()}, {"sample": True}, {"rule": rule(), "rule_id": 1, "sample": True},
                 {"rule": rule(), "event": graded(1), "sample": True},
                 {"rule": rule(), "event": graded(1), "other": 1}):
        crm.admin.post("/rules/preview", body).expect_problem(422, "validation_failed")
    crm.admin.post("/rules/preview", {"rule": rule(), "event_id": "none"}).expect_problem(
        404, "not_found")


def test_who_may_view_sees_no_personal_data(crm):
    crm.send([graded(1)])
    saved = crm.admin.post("/rules", rule()).expect(201).json["id"]
    view = crm.api("view")
    view.post("/rules/preview", {"rule": rule(), "sample": True}).expect(403)
    view.post("/rules/dry-run", {"rule": rule()}).expect(403)
    shown = preview(view, rule_id=saved, sample=True)
    assert shown["redacted"] is True and not {"payload", "headers", "event"} & shown.keys()
    shown = preview(view, rule_id=saved, event=graded(1))
    assert json.loads(shown["payload"])["by"] == 1 and "redacted" not in shown
    run = view.post("/rules/dry-run", {"rule_id": saved}).expect(200).json
    assert run["redacted"] is True and run["matched"] == 1
    assert not {"payload", "headers"} & run["samples"][0].keys()
    fields = fields_of(view, GRADED)
    assert fields["redacted"] is True and {"path", "type"} == fields["items"][0].keys()


def test_a_dry_run_counts_and_sends_nothing(crm, receiver):
    crm.send([graded(number) for number in range(20)] +
             [{"id": f"o{number}", "eventname": CREATED} for number in range(10)])
    tried = rule(filter={"userid": {"$gte": 10}})
    run = crm.admin.post("/rules/dry-run", {"rule": tried}).expect(200).json
    assert (run["events"], run["of_pattern"], run["matched"]) == (30, 20, 10)
    assert [sample["event_id"] for sample in run["samples"]] == [f"g{n}" for n in range(19, 14, -1)]
    assert json.loads(run["samples"][0]["payload"]) == {"grade": "19.50", "by": 19}
    assert run["unrenderable"] == 0 and run["warnings"] == []
    some = crm.admin.post("/rules/dry-run", {"rule": tried, "limit": 15}).expect(200).json
    assert (some["events"], some["matched"]) == (15, 5)
    assert crm.summary()["deliveries"]["created"] == 0 and receiver.requests == []
    for limit in (0, 10_001, "x"):
        crm.admin.post("/rules/dry-run", {"rule": tried, "limit": limit}).expect(422)


def test_a_dry_run_tells_what_would_be_a_dead_letter(crm):
    crm.send([graded(1), graded(2, other=None)])
    run = crm.admin.post("/rules/dry-run", {
        "rule": rule(endpoint="/grades/{{other.finalgrade}}")}).expect(200).json
    assert (run["matched"], run["unrenderable"]) == (2, 1)
    assert "null or empty" in run["warnings"][0]


def test_a_dry_run_says_since_when_events_are_captured(crm, moodle):
    moodle.up = False
    saved = crm.admin.post("/rules", rule()).expect(201).json["id"]
    run = crm.admin.post("/rules/dry-run", {"rule_id": saved}).expect(200).json
    assert run["captured_since"] is None and run["waiting_for"] == ["main"]
    moodle.up = True
    wait_until(lambda: crm.admin.post("/rules/dry-run", {"rule_id": saved}).expect(200)
               .json["captured_since"], "the pattern is captured")
    run = crm.admin.post("/rules/dry-run", {"rule": rule(QUIZ)}).expect(200).json
    assert run["captured_since"] is None


def test_samples_are_asked_for_when_there_is_no_real_event(crm, moodle):
    assert preview(crm.admin, rule=rule(QUIZ), sample=True)["source"] == "generated"
    call = moodle.receiver.wait_for(1, where=lambda request: json.loads(request.body).get(
        "sample") == [QUIZ])[-1]
    assert json.loads(call.body)["patterns"] == []
    version = moodle.ask().json
    assert version["sample"] == [QUIZ]
    preview(crm.admin, rule=rule(QUIZ), sample=True)
    assert moodle.ask().json["version"] == version["version"], "asked for already"

    hub_rule = crm.add_rule("crm")
    sample = {"id": "s1", "eventname": QUIZ, "userid": 9, "sample": True,
              "other": {"quizid": 7, "finalgrade": 3}}
    answer = moodle.api.post("/events", [sample]).expect(202).json
    assert answer == {"accepted": 1, "duplicates": 0, "rejected": []}
    shown = preview(crm.admin, rule=rule(QUIZ), sample=True)
    assert shown["source"] == "sample" and json.loads(shown["payload"]) == {"grade": 3, "by": 9}
    assert crm.summary()["events_accepted"] == 0, "a sample matches no rule and is no event"
    assert crm.admin.all("/events") == [] and hub_rule["enabled"]
    redacted = preview(crm.api("view"), rule_id=hub_rule["id"], sample=True)
    assert redacted["redacted"] is True

    moodle.send({"id": "real", "eventname": QUIZ, "userid": 8})
    assert preview(crm.admin, rule=rule(QUIZ), sample=True)["source"] == "recorded"


def test_an_anonymous_sample_shows_nobody(crm, moodle):
    moodle.send({"id": "s", "eventname": QUIZ, "userid": 9, "anonymous": 1, "sample": True})
    shown = preview(crm.admin, rule=rule(QUIZ, include_anonymous=True), sample=True)
    assert json.loads(shown["payload"])["by"] is None


def test_names_of_events(crm, moodle):
    moodle.api.put("/connector/catalogue", {"events": [
        {"eventname": "\\local_x\\event\\thing_made", "title": "Thing made", "component": "local_x",
         "objecttable": "things", "crud": "c", "edulevel": 1}]}).expect(204)
    moodle.send(graded(1), graded(2))
    listed = {one["eventname"]: one for one in crm.admin.all("/event-names", limit=500)}
    assert list(listed) == sorted(listed) and CREATED in listed
    assert listed["\\local_x\\event\\thing_made"]["title"] == "Thing made"
    assert listed[GRADED]["seen"] == 2 and listed[GRADED]["last_seen"] > 1_700_000_000
    assert listed[CREATED]["seen"] == 0 and listed[CREATED]["last_seen"] is None
    found = crm.admin.all("/event-names", text="Thing")
    assert [one["eventname"] for one in found] == ["\\local_x\\event\\thing_made"]
    pages, cursor = [], None
    while True:
        page = crm.admin.get("/event-names", limit=7, **({"cursor": cursor} if cursor else {}))
        pages += page.expect(200).json["items"]
        cursor = page.json["next_cursor"]
        if cursor is None:
            break
    assert [one["eventname"] for one in pages] == list(listed)
    made = fields_of(crm.admin, "\\local_x\\event\\thing_made")
    assert made["source"] == "generated"
    assert {"path": "objecttable", "type": "string", "example": "things"} in made["items"]


def test_fields_of_events(crm):
    crm.send([graded(1, other={"items": [{"n": 1.50}], "who": None}),
              graded(2, other={"items": [], "who": "Zoë"})])
    fields = fields_of(crm.admin, GRADED)
    assert fields["source"] == "recorded"
    found = {one["path"]: (one["type"], one["example"]) for one in fields["items"]}
    assert found["userid"] == ("integer", 2) and found["other.items.0.n"] == ("number", 1.5)
    assert found["other.who"] == ("string", "Zoë") and found["other"] == ("object", None)
    crm.stop()
    crm.start()
    again = {one["path"] for one in fields_of(crm.admin, GRADED)["items"]}
    assert again == found.keys(), "what is kept of the events is looked at after a restart"
    assert fields_of(crm.admin, "mod_a\\event\\unheard_of")["source"] == "generated"
    for name in ("x", "\\core\\event\\*"):
        crm.admin.get(NAMES.format(name.replace("\\", "%5C"))).expect_problem(404, "not_found")


def test_the_site_is_known_to_templates(crm, moodle, receiver):
    crm.add_rule("crm", payload_template='{"site": {{site}}, "url": "{{site.url}}/x"}')
    moodle.send(graded(1))
    crm.send([graded(2)])
    crm.wait_until_done()
    url = moodle.receiver.url
    sent = [json.loads(request.body) for request in receiver.requests]
    assert {"site": {"id": "main", "name": "main", "url": url}, "url": f"{url}/x"} in sent
    assert {"site": {"id": "default", "name": None, "url": None}, "url": "/x"} in sent


def test_the_command_line(crm, scratch):
    crm.send([graded(1)])
    saved = crm.admin.post("/rules", rule()).expect(201).json["id"]
    ran = crm.cli("rule", "preview", saved, "--json")
    assert ran.returncode == 0 and json.loads(json.loads(ran.stdout)["payload"])["by"] == 1
    file = scratch / "rule.json"
    file.write_text(json.dumps(rule()))
    event = scratch / "event.json"
    event.write_text(json.dumps(graded(6)))
    ran = crm.cli("rule", "preview", "--file", file, "--event", event, "--json")
    assert json.loads(json.loads(ran.stdout)["payload"])["by"] == 6
    assert "g1" in crm.cli("rule", "preview", saved, "--event-id", "g1").stdout
    ran = crm.cli("rule", "dry-run", saved, "--limit", "5", "--json")
    assert json.loads(ran.stdout)["matched"] == 1
    assert crm.cli("rule", "dry-run").returncode == 2
    assert GRADED in crm.cli("event", "names", "--text", "graded").stdout
    assert "other.finalgrade" in crm.cli("event", "fields", GRADED).stdout


def test_an_event_of_any_site_is_found_by_its_id(hub, receiver):
    moodle = Moodle(hub, receiver)
    moodle.connect()
    item = event(userid=5)
    moodle.api.post("/events", item).expect(202)
    shown = hub.admin.get(f"/events/{item['id']}").expect(200).json
    assert (shown["id"], shown["site"]) == (item["id"], "main")
    assert hub.cli("event", "show", item["id"]).returncode == 0
    hub.send([event(id=item["id"], userid=6)])
    assert hub.admin.get(f"/events/{item['id']}").expect(200).json["site"] == "default"
    assert hub.admin.get(f"/events/{item['id']}", site="main").expect(200).json["event"]["userid"] \
        == 5
    hub.admin.get(f"/events/{item['id']}", site="other").expect_problem(404, "not_found")
    hub.admin.get("/events/nothing").expect_problem(404, "not_found")
