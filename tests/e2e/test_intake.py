"""POST /events: what is taken, what is refused, with which answer."""

import gzip
import json

import pytest

from support.events import as_ndjson, event, events
from support.receiver import Receiver

NDJSON = "application/x-ndjson"
MIB = 1 << 20


def post(hub, body, **arguments):
    return hub.admin.post("/events", body, **arguments)


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth - 1):
        value = [value]
    return value


def rejected_at(answer) -> list[int]:
    for entry in answer["rejected"]:
        assert entry["code"] and entry["error"]
    return [entry["index"] for entry in answer["rejected"]]


@pytest.mark.parametrize("shape", ["object", "array", "ndjson"])
def test_the_three_shapes(hub, receiver, shape):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    sent = events(1 if shape == "object" else 3)
    if shape == "object":
        answer = post(hub, sent[0])
    elif shape == "array":
        answer = post(hub, sent)
    else:
        answer = post(hub, as_ndjson(sent), content_type=NDJSON)
    assert answer.expect(202).json == {"accepted": len(sent), "duplicates": 0, "rejected": []}
    arrived = {json.loads(request.body)["id"] for request in receiver.wait_for(len(sent))}
    assert arrived == {item["id"] for item in sent}


def test_content_type_may_carry_parameters_and_any_case(hub):
    post(hub, json.dumps(event()), content_type="Application/JSON; charset=utf-8").expect(202)
    post(hub, as_ndjson(events(2)), content_type=NDJSON + "; charset=utf-8").expect(202)


def test_nothing_to_do_is_accepted(hub):
    assert post(hub, "[]").expect(202).json == {"accepted": 0, "duplicates": 0, "rejected": []}


def test_an_event_without_id_gets_one(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    bare = {"eventname": r"\core\event\user_created"}
    assert post(hub, [bare, bare]).expect(202).json["accepted"] == 2
    bodies = [json.loads(request.body) for request in receiver.wait_for(2)]
    assert len({body["id"] for body in bodies}) == 2
    for body in bodies:
        assert 1 <= len(body["id"]) <= 64
        assert body["site"] == "default"
        assert isinstance(body["timecreated"], int)


def test_the_first_event_of_an_id_wins(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    first, second = event(id="same", objectid=1), event(id="same", objectid=2)
    assert post(hub, [first, second]).expect(202).json == {"accepted": 1, "duplicates": 1,
                                                          "rejected": []}
    assert post(hub, second).expect(202).json == {"accepted": 0, "duplicates": 1, "rejected": []}
    hub.wait_until_done()
    assert [json.loads(request.body)["objectid"] for request in receiver.requests] == [1]
    summary = hub.summary()
    assert (summary["events_accepted"], summary["duplicates"]) == (1, 2)


def test_a_duplicate_is_known_after_a_restart(hub):
    item = event()
    post(hub, item).expect(202)
    hub.stop()
    hub.start()
    assert post(hub, item).expect(202).json == {"accepted": 0, "duplicates": 1, "rejected": []}


@pytest.mark.parametrize("identifier, taken", [
    ("a", True), ("x" * 64, True), ("!~#", True),
    ("", False), ("x" * 65, False), ("with space", False), ("ñ", False), ("tab\t", False),
])
def test_ids_are_1_to_64_visible_ascii_characters(hub, identifier, taken):
    answer = post(hub, event(id=identifier))
    if taken:
        assert answer.expect(202).json["accepted"] == 1
    else:
        assert rejected_at(answer.expect(400).json) == [0]


@pytest.mark.parametrize("eventname, taken", [
    (r"\core\event\user_created", True), (r"core\event\user_created", True), (r"\a\b", True),
    ("user_created", False), (r"\core", False), ("", False), (None, False), (5, False),
    (r"\core\event\user-created", False), (r"\core\\event", False), ("\\core\\event\\", False),
    ("\\a\\" + "b" * 252, True), ("\\a\\" + "b" * 253, False), (["\\a\\b"], False),
])
def test_event_names(hub, eventname, taken):
    answer = post(hub, event(eventname=eventname))
    if taken:
        answer.expect(202)
    else:
        assert answer.expect(400).json["accepted"] == 0
        assert rejected_at(answer.json) == [0]


def test_a_bad_event_is_rejected_alone_with_its_index(hub):
    batch = [event(), {"userid": 5}, event(), "text", 7, None, event()]
    answer = post(hub, batch).expect(202).json
    assert (answer["accepted"], answer["duplicates"]) == (3, 0)
    assert rejected_at(answer) == [1, 3, 4, 5]


def test_all_rejected_is_400_with_the_same_body(hub):
    answer = post(hub, [{"userid": 5}, {"eventname": "x"}]).expect(400).json
    assert answer["accepted"] == 0 and rejected_at(answer) == [0, 1]


@pytest.mark.parametrize("body", [
    "", "{", '{"eventname":', "[{]", "nonsense", '[{"eventname":"\\\\a\\\\b"},]',
    '{"eventname":"\\\\a\\\\b"} trailing', '{"a":01}', '{"eventname": "\\\\a\\\\b", "other": nul}',
])
def test_malformed_json_is_refused_as_a_whole(hub, body):
    post(hub, body).expect_problem(400, "invalid_json")
    assert hub.summary()["events_accepted"] == 0


def test_a_malformed_array_takes_none_of_its_events(hub):
    good = json.dumps(event())
    post(hub, f"[{good}, {good}, {{]").expect_problem(400, "invalid_json")
    assert hub.summary()["events_accepted"] == 0


def test_a_malformed_line_is_rejected_alone(hub):
    body = as_ndjson(events(1)) + b'{"eventname": \n' + as_ndjson(events(1))
    answer = post(hub, body, content_type=NDJSON).expect(202).json
    assert answer["accepted"] == 2 and rejected_at(answer) == [1]


def test_the_last_line_needs_no_line_feed(hub):
    body = as_ndjson(events(2)).rstrip(b"\n")
    assert post(hub, body, content_type=NDJSON).expect(202).json["accepted"] == 2


def test_invalid_utf8_is_not_taken(hub):
    body = json.dumps(event(other="@")).encode().replace(b"@", b"\xc3\x28")
    assert post(hub, body).status == 400
    assert hub.summary()["events_accepted"] == 0


def test_depth(hub):
    assert post(hub, event(other=nested(50))).expect(202).json["accepted"] == 1
    answer = post(hub, [event(other=nested(100)), event()])
    assert rejected_at(answer.expect(202).json) == [0]


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", None])
def test_other_content_types_are_415(hub, content_type):
    post(hub, json.dumps(event()), content_type=content_type).expect_problem(415)


def test_gzip(hub):
    batch = events(20)
    packed = gzip.compress(as_ndjson(batch))
    answer = post(hub, packed, content_type=NDJSON, headers={"Content-Encoding": "gzip"})
    assert answer.expect(202).json["accepted"] == 20


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b'{"a":1}', mtime=0)[:-6], b""])
def test_broken_gzip_is_400(hub, body):
    post(hub, body, headers={"Content-Encoding": "gzip"}).expect_problem(400)


def test_limits_count_unpacked_bytes(hub):
    bomb = gzip.compress(b" " * (17 * MIB) + b"[]")
    assert len(bomb) < 100_000
    post(hub, bomb, headers={"Content-Encoding": "gzip"}).expect_problem(413, "too_large")
    post(hub, event()).expect(202)


def test_an_unknown_encoding_is_415(hub):
    post(hub, json.dumps(event()), headers={"Content-Encoding": "br"}).expect_problem(415)


def test_a_single_event_over_1_mib_is_413(hub):
    post(hub, event(other="x" * MIB)).expect_problem(413, "too_large")
    post(hub, event(other="x" * (MIB - 2000))).expect(202)


def test_an_oversize_event_among_others_is_rejected_alone(hub):
    batch = [event(), event(other="x" * MIB), event()]
    for answer in (post(hub, batch), post(hub, as_ndjson(events(1) + batch[1:2]),
                                          content_type=NDJSON)):
        assert rejected_at(answer.expect(202).json) == [1]


def test_a_body_over_16_mib_is_413(hub):
    batch = [event(other="x" * 500_000) for _ in range(35)]
    post(hub, batch).expect_problem(413, "too_large")
    assert hub.summary()["events_accepted"] == 0


def test_ten_thousand_events_are_the_limit(hub):
    small = [{"eventname": r"\a\b"}] * 10_000
    assert post(hub, small).expect(202).json["accepted"] == 10_000
    post(hub, small + small[:1]).expect_problem(413, "too_large")
    post(hub, as_ndjson(small + small[:1]), content_type=NDJSON).expect_problem(413, "too_large")
    assert hub.summary()["events_accepted"] == 10_000


def test_numbers_are_numbers(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    raw = (r'{"id":"numbers","eventname":"\\core\\event\\x","userid":"5","courseid":"-1",'
           r'"objectid":"1234567890123456789","relateduserid":"5 ","contextid":true,'
           r'"timecreated":"1708258939","idnumber":"007","other":{"userid":"5","price":129.95,'
           r'"big":12345678901234567890,"exp":1E400,"zero":-0,"text":"\u00e1\ud83d\ude00"}}')
    post(hub, raw).expect(202)
    body = receiver.wait_for(1)[0].body.decode()
    for expected in ('"userid":5,', '"courseid":-1,', '"objectid":"1234567890123456789"',
                     '"relateduserid":"5 "', '"contextid":true', '"timecreated":1708258939',
                     '"idnumber":"007"', '{"userid":"5","price":129.95',
                     '"big":12345678901234567890', '"exp":1E400', '"zero":-0'):
        assert expected in body, (expected, body)
    assert json.loads(body)["other"]["text"] == "á\U0001F600"


def test_anonymous_events_lose_their_identities(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    post(hub, event(anonymous=1, userid=7, relateduserid=8, realuserid=9,
                    ip="192.0.2.1")).expect(202)
    body = json.loads(receiver.wait_for(1)[0].body)
    assert [body[name] for name in ("userid", "relateduserid", "realuserid", "ip")] == [None] * 4
    assert body["objectid"] is not None


def test_only_the_rule_that_asks_for_it_sees_who_acted(hub, receivers):
    asking, other = receivers(), receivers()
    hub.add_service("asking", asking.url)
    hub.add_service("other", other.url)
    hub.add_rule("asking", "\\core\\event\\asked", include_anonymous=True)
    hub.add_rule("other")
    person = {"anonymous": 1, "userid": 7, "relateduserid": 8, "realuserid": 9}
    post(hub, event(eventname="\\core\\event\\asked", id="asked", ip="192.0.2.1",
                    **person)).expect(202)
    post(hub, event(eventname="\\core\\event\\not_asked", ip="192.0.2.222",
                    **person)).expect(202)
    hub.wait_until_done()
    seen = json.loads(asking.requests[0].body)
    assert (seen["userid"], seen["ip"]) == (7, "192.0.2.1")
    assert len(other.requests) == 2
    for request in other.requests:
        hidden = json.loads(request.body)
        assert [hidden[name] for name in ("userid", "relateduserid", "realuserid", "ip")] \
            == [None] * 4
    shown = hub.admin.get("/events/asked").expect(200).body
    assert b"192.0.2.1" not in shown and b'"userid": 7' not in shown
    hub.stop()
    stored = b"".join(path.read_bytes() for path in hub.data.iterdir() if path.is_file())
    assert b"192.0.2.222" not in stored, "what nobody asked for is not kept"
    hub.start()


def test_an_accepted_event_can_be_looked_up(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    item = event()
    post(hub, item).expect(202)
    hub.wait_until_done()
    shown = hub.admin.get(f"/events/{item['id']}").expect(200).json
    assert shown["id"] == item["id"] and shown["eventname"] == item["eventname"]
    assert [entry["id"] for entry in shown["deliveries"]] == [receiver.requests[0].webhook_id]
    assert item["id"] in [entry["id"] for entry in hub.admin.get("/events").json["items"]]
    hub.admin.get("/events/unknown").expect_problem(404, "not_found")


def test_an_event_that_no_rule_matches_is_counted(hub, receiver: Receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", r"\core\event\user_deleted")
    post(hub, events(3)).expect(202)
    summary = hub.summary()
    assert summary["unmatched"] == 3
    assert summary["deliveries"] == {"created": 0, "delivered": 0, "dead": 0, "open": 0}


def test_events_of_a_site(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", payload_template='{"site": {{site.id}}, "field": {{event.site}}}')
    bound = hub.api("ingest", site="campus")
    assert bound.post("/events", event()).expect(202).json["accepted"] == 1
    assert bound.post("/events", event(site="campus")).expect(202).json["accepted"] == 1
    answer = bound.post("/events", event(site="elsewhere")).expect(400).json
    assert [entry["code"] for entry in answer["rejected"]] == ["wrong_site"]
    bodies = [json.loads(request.body) for request in receiver.wait_for(2)]
    assert bodies == [{"site": "campus", "field": "campus"}] * 2


def test_ids_are_unique_per_site_only(hub):
    for site in ("north", "south"):
        api = hub.api("ingest", site=site)
        assert api.post("/events", event(id="same")).expect(202).json["accepted"] == 1


CLOUD_EVENT = {"specversion": "1.0", "id": "ce-1", "source": "https://moodle.example",
               "type": "core.event.user_created", "time": "2024-02-18T12:22:19Z",
               "data": {"userid": "2", "objectid": 5}}


def test_a_cloud_event(hub, receiver):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", payload_template='{"user": {{userid}}, "from": {{event.ce.source}}, '
                                         '"at": {{timecreated}}, "id": {{id}}}')
    answer = post(hub, CLOUD_EVENT, content_type="application/cloudevents+json")
    assert answer.expect(202).json == {"accepted": 1, "duplicates": 0, "rejected": []}
    (request,) = receiver.wait_for(1)
    assert json.loads(request.body) == {"user": 2, "from": "https://moodle.example",
                                        "at": 1708258939, "id": "ce-1"}


def test_a_batch_of_cloud_events(hub):
    batch = [CLOUD_EVENT, {**CLOUD_EVENT, "specversion": "0.3"}, CLOUD_EVENT]
    kind = "application/cloudevents-batch+json"
    answer = post(hub, batch, content_type=kind).expect(202).json
    assert (answer["accepted"], answer["duplicates"], rejected_at(answer)) == (1, 1, [1])
    assert post(hub, CLOUD_EVENT, content_type=kind).expect(400).json["code"] == "invalid_json"


@pytest.mark.parametrize(("hop", "goes_on"), [(3, True), (4, False), ("4", False), (None, True)])
def test_an_event_that_goes_round_is_stopped(hub, receiver, hop, goes_on):
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm")
    post(hub, event(hop=hop)).expect(202)
    if goes_on:
        receiver.wait_for(1)
        return
    (letter,) = hub.wait_for_dead_letters(1)
    assert letter["reason"] == "loop"
    assert not receiver.requests
