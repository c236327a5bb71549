"""Every recorded Moodle event is accepted and arrives exactly as the template says."""

import json

from support.events import exact, sample_lines, stored

TEMPLATE = """{
  "name": {{eventname}},
  "text": "{{crud}} of {{target}} by user {{userid}}, about '{{relateduserid}}'",
  "numbers": [{{objectid}}, {{courseid}}, {{contextinstanceid}}, {{edulevel}}, {{timecreated}}],
  "other": {{other}},
  "other as text": "{{other}}",
  "course": {{other.shortname}},
  "absent": {{event.nothing.like.this}},
  "ids": {"event": {{id}}, "site": {{site.id}}, "rule": {{rule.name}},
          "service": "{{service.name}}"},
  "delivery": {{delivery.id}}, "attempt": {{delivery.attempt}}
}
"""


def text_of(value) -> str:
    return "" if value is None else str(value)


def expected(posted: dict, raw: dict, delivery_id: str) -> dict:
    """What TEMPLATE makes of an event; `raw` has the numbers as they are spelled."""
    kept = stored(posted)
    number = lambda name: None if kept[name] is None else ("number", str(kept[name]))
    other = posted["other"]
    return {
        "name": posted["eventname"],
        "text": f"{posted['crud']} of {posted['target']} by user {text_of(kept['userid'])}, "
                f"about '{text_of(kept['relateduserid'])}'",
        "numbers": [number(name) for name in ("objectid", "courseid", "contextinstanceid",
                                              "edulevel", "timecreated")],
        "other": raw["other"],
        "course": raw["other"].get("shortname") if isinstance(other, dict) else None,
        "absent": None,
        "ids": {"event": posted["id"], "site": "default", "rule": "to templated",
                "service": "templated"},
        "delivery": delivery_id, "attempt": ("number", "1"),
    }


def with_ids(lines: list[str]) -> list[str]:
    return [f'{line.rstrip()[:-1]},"id":"corpus-{number:05d}"}}'
            for number, line in enumerate(lines)]


def test_the_sample_arrives_as_the_template_says(hub, receivers):
    lines = with_ids(sample_lines())
    assert len(lines) > 700
    receiver = receivers()
    hub.add_service("templated", receiver.url + "/templated")
    hub.add_rule("templated", payload_template=TEMPLATE)
    hub.add_service("whole", receiver.url + "/whole")
    hub.add_rule("whole")

    answer = hub.admin.post("/events", "\n".join(lines), content_type="application/x-ndjson")
    assert answer.expect(202).json == {"accepted": len(lines), "duplicates": 0, "rejected": []}
    requests = receiver.wait_for(2 * len(lines))
    assert hub.wait_until_done() == {"created": 2 * len(lines), "delivered": 2 * len(lines),
                                     "dead": 0, "open": 0}
    assert len(receiver.requests) == 2 * len(lines)

    templated, whole = {}, {}
    for request in requests:
        assert request.method == "POST"
        if request.path == "/templated":
            templated[json.loads(request.body)["ids"]["event"]] = request
        else:
            assert request.path == "/whole"
            whole[json.loads(request.body)["id"]] = request
    assert len(templated) == len(whole) == len(lines)

    for line in lines:
        posted, raw = json.loads(line), exact(line)
        request = templated[posted["id"]]
        got = exact(request.body)
        as_text = got.pop("other as text")
        assert got == expected(posted, raw, request.webhook_id)
        if posted["other"] is None:
            assert as_text == ""
        else:
            assert exact(as_text) == raw["other"]
            assert ": " not in as_text or ": " in line  # compact

        spelled = {name: ("number", str(value)) if type(value) is int
                   else None if value is None else raw[name]
                   for name, value in stored(posted).items()}
        assert exact(whole[posted["id"]].body) == {**spelled, "site": "default"}


def test_sending_the_sample_again_delivers_nothing_again(hub, receiver):
    body = "\n".join(with_ids(sample_lines()))
    hub.add_service("whole", receiver.url)
    hub.add_rule("whole")
    hub.admin.post("/events", body, content_type="application/x-ndjson").expect(202)
    first = hub.wait_until_done()
    answer = hub.admin.post("/events", body, content_type="application/x-ndjson").expect(202).json
    assert answer == {"accepted": 0, "duplicates": first["created"], "rejected": []}
    assert hub.wait_until_done() == first
    assert len(receiver.requests) == first["created"]


def test_each_rule_gets_its_own_events_of_the_sample(hub, receivers):
    names = [json.loads(line)["eventname"] for line in sample_lines()]
    patterns = {
        "exact": (r"\core\event\course_created", lambda n: n == r"\core\event\course_created"),
        "noslash": (r"core\event\cohort_created", lambda n: n == r"\core\event\cohort_created"),
        "core": (r"\core\event\*", lambda n: n.startswith("\\core\\event\\")),
        "modules": (r"\mod_*\event\course_module_viewed",
                    lambda n: n.startswith("\\mod_") and n.endswith("\\course_module_viewed")),
    }
    receiver = receivers()
    for service, (pattern, _) in patterns.items():
        hub.add_service(service, f"{receiver.url}/{service}")
        hub.add_rule(service, pattern)
    hub.admin.post("/events", "\n".join(with_ids(sample_lines())),
                   content_type="application/x-ndjson").expect(202)
    hub.wait_until_done()
    for service, (_, matches) in patterns.items():
        arrived = sorted(json.loads(request.body)["eventname"] for request in receiver.requests
                         if request.path == f"/{service}")
        assert arrived == sorted(filter(matches, names)), service
        assert arrived, service
