"""What arrives at a service: method, URL, headers, body, identity."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from support.events import event, events
from support.receiver import Answer, in_turn

VERSION_HEADER = re.compile(r"MoodleIntegrationHub/\d+\.\d+\.\d+")


def deliver(hub, receiver, item=None, path="", rule=None, **service):
    hub.add_service("crm", receiver.url + path, **service)
    hub.add_rule("crm", **(rule or {}))
    hub.send([item or event()])
    return receiver.wait_for(1)[0]


def test_the_headers_of_a_delivery(hub, receiver):
    request = deliver(hub, receiver)
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert VERSION_HEADER.fullmatch(request.headers["user-agent"])
    assert re.fullmatch(r"d_[a-zA-Z2-7]{26}", request.webhook_id)
    assert "expect" not in request.headers
    assert "authorization" not in request.headers


@pytest.mark.parametrize("base, endpoint, path", [
    ("", "", "/"), ("/", "/", "/"), ("/v1", "", "/v1"), ("/v1", "/", "/v1"),
    ("/v1", "contacts", "/v1/contacts"), ("/v1/", "/contacts", "/v1/contacts"),
    ("/v1?key=a", "/contacts?x=1", "/v1/contacts?key=a&x=1"),
    ("/v1", "/contacts/{{userid}}?by={{crud}}", "/v1/contacts/2?by=c"),
    ("/v1", "/n/{{event.note}}", "/v1/n/a%2Fb%20%26%3F%23"),
])
def test_urls_are_joined(hub, receiver, base, endpoint, path):
    request = deliver(hub, receiver, event(note="a/b &?#"), path=base,
                      rule={"endpoint": endpoint})
    assert request.path == path


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_methods_with_a_body(hub, receiver, method):
    request = deliver(hub, receiver, rule={"http_method": method,
                                           "payload_template": '{"id": {{userid}}}'})
    assert request.method == method
    assert request.body == b'{"id": 2}'


def test_get_sends_the_object_as_query(hub, receiver):
    request = deliver(hub, receiver, event(other={"b": [3, True], "none": None}), rule={
        "http_method": "GET", "endpoint": "/find",
        "payload_template": '{"a": {{other}}, "user": {{userid}}, "name": "x y&z"}'})
    assert request.method == "GET"
    assert request.body == b""
    parts = urlsplit(request.path)
    assert parts.path == "/find"
    assert parse_qs(parts.query) == {"a[b][0]": ["3"], "a[b][1]": ["1"], "user": ["2"],
                                     "name": ["x y&z"]}


@pytest.mark.parametrize("service, header, value", [
    ({"auth_type": "bearer", "auth_token": "s3cret"}, "authorization", "Bearer s3cret"),
    ({"auth_type": "apikey", "auth_token": "s3cret"}, "x-api-key", "s3cret"),
    ({"auth_type": "apikey", "auth_token": "s3cret", "apikey_header": "X-Mine"}, "x-mine",
     "s3cret"),
    ({"auth_type": "basic", "basic_user": "moodle", "auth_token": "s3cret"}, "authorization",
     "Basic bW9vZGxlOnMzY3JldA=="),
])
def test_authentication(hub, receiver, service, header, value):
    request = deliver(hub, receiver, **service)
    assert request.headers[header] == value
    hub.wait_until_done()
    assert "s3cret" not in hub.log
    assert "s3cret" not in json.dumps(hub.service("crm"))


def test_headers_of_the_service_and_of_the_rule(hub, receiver):
    request = deliver(hub, receiver, event(note="a\r\nX-Evil: 1"),
                      headers={"X-Tenant": "north"},
                      rule={"headers": {"X-User": "u{{userid}}", "X-Note": "{{event.note}}"}})
    assert request.headers["x-tenant"] == "north"
    assert request.headers["x-user"] == "u2"
    assert "x-evil" not in request.headers
    assert request.headers["x-note"].startswith("a")


def test_connections_are_kept_alive(hub, receiver):
    hub.add_service("crm", receiver.url, max_concurrency=1)
    hub.add_rule("crm")
    hub.send(events(50))
    assert len({request.connection for request in receiver.wait_for(50)}) < 10


def test_each_rule_makes_its_own_delivery_with_its_own_id(hub, receiver):
    hub.add_service("crm", receiver.url)
    for name in ("one", "two"):
        hub.add_rule("crm", endpoint=name, name=name)
    item = event()
    hub.send([item])
    requests = receiver.wait_for(2)
    assert sorted(request.path for request in requests) == ["/one", "/two"]
    assert len({request.webhook_id for request in requests}) == 2


def test_deliveries_of_one_ordering_key_go_one_after_another(hub, receiver):
    receiver.answer = in_turn(*[Answer(), Answer(500), Answer(delay=0.02), Answer()] * 10)
    hub.add_service("crm", receiver.url, retry_backoff=0.05, cb_failure_threshold=0,
                    max_retries=20)
    hub.add_rule("crm", ordering_key="course {{courseid}}",
                 payload_template='{"course": {{courseid}}, "n": {{objectid}}}')
    hub.send([event(courseid=number % 4, objectid=number) for number in range(80)])
    assert hub.wait_until_done()["delivered"] == 80
    for course in range(4):
        sent = [json.loads(request.body)["n"] for request in receiver.requests
                if json.loads(request.body)["course"] == course]
        assert sent == sorted(sent)  # a repeat comes before the next one, never after it
        assert len(set(sent)) == 20


def test_a_disabled_rule_makes_no_deliveries(hub, receiver):
    hub.add_service("crm", receiver.url)
    rule = hub.add_rule("crm")
    hub.admin.patch(f"/rules/{rule['id']}", {"enabled": False}).expect(200)
    hub.send(events(2))
    assert hub.summary()["deliveries"]["created"] == 0
    hub.admin.patch(f"/rules/{rule['id']}", {"enabled": True}).expect(200)
    hub.send(events(1))
    receiver.wait_for(1)
    assert hub.wait_until_done()["delivered"] == 1


def test_an_edited_rule_counts_for_the_next_event(hub, receiver):
    hub.add_service("crm", receiver.url)
    rule = hub.add_rule("crm", payload_template='{"v": 1}')
    hub.send(events(1))
    receiver.wait_for(1)
    hub.admin.patch(f"/rules/{rule['id']}", {"payload_template": '{"v": 2}'}).expect(200)
    hub.send(events(1))
    assert [request.body for request in receiver.wait_for(2)] == [b'{"v": 1}', b'{"v": 2}']


def test_redirects_are_not_followed(hub, receiver):
    receiver.answer = Answer(302, {"Location": receiver.url + "/elsewhere"})
    deliver(hub, receiver)
    letter = hub.wait_for_dead_letters(1)[0]
    assert (letter["reason"], letter["http_status"]) == ("rejected", 302)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(hub, receiver, status):
    receiver.answer = Answer(status, body=b"")
    deliver(hub, receiver)
    assert hub.wait_until_done() == {"created": 1, "delivered": 1, "dead": 0, "open": 0}


def test_a_template_that_cannot_be_rendered_is_a_dead_letter(hub, receiver):
    """A placeholder in a path that is empty must never reach the collection."""
    hub.add_service("crm", receiver.url)
    hub.add_rule("crm", endpoint="/contacts/{{relateduserid}}", http_method="DELETE")
    hub.send([event(relateduserid=value) for value in (None, "", ".", "..")])
    letters = hub.wait_for_dead_letters(4)
    assert {letter["reason"] for letter in letters} == {"template"}
    assert receiver.requests == []


def test_without_allowance_private_addresses_are_never_called(start_hub, receiver):
    hub = start_hub(env={"MIH_ALLOWED_PRIVATE": ""})
    hub.add_service("crm", receiver.url, max_retries=1, retry_backoff=0.1, cb_cooldown=1)
    hub.add_rule("crm")
    hub.send(events(1))
    hub.wait_for_circuit("crm", "open")
    assert receiver.requests == []
    assert hub.summary()["deliveries"]["open"] == 1
