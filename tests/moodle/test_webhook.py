"""webhook.php: what services post is handed on as it came."""

import pytest

from support.receiver import Answer

TAKEN = Answer(202, {"Content-Type": "application/json"}, b'{"id":"m"}')
SIGNATURES = {
    "Authorization": "Bearer s3cret", "Content-Type": "application/json", "X-API-Key": "k",
    "webhook-id": "msg_1", "webhook-timestamp": "1700000000", "webhook-signature": "v1,abc=",
    "X-Hub-Signature-256": "sha256=00ff", "X-GitHub-Delivery": "d-1", "Idempotency-Key": "i-1"}


def posted(fake_hub) -> list:
    return [request for request in fake_hub.receiver.requests
            if request.path.startswith("/inbound/")]


def test_bytes_and_signatures_reach_the_hub_unchanged(connected, fake_hub):
    fake_hub.page_answer = TAKEN
    body = '{ "a" : 1.50,\n "ñ":"\\u00e9" }\t'
    page = connected.post_webhook("crm.v2-a_b", SIGNATURES, body, STANDIN_IP="192.0.2.7")
    assert (page.status, page.body) == (202, b'{"id":"m"}')
    request, = posted(fake_hub)
    assert (request.method, request.path) == ("POST", "/inbound/crm.v2-a_b")
    assert request.body == body.encode()
    assert {name: request.headers[name.lower()] for name in SIGNATURES} == SIGNATURES
    assert request.headers["x-forwarded-for"] == "192.0.2.7"


def test_nothing_else_reaches_the_hub(connected, fake_hub):
    fake_hub.page_answer = TAKEN
    connected.post_webhook("crm", {"Cookie": "MoodleSession=s", "X-Forwarded-For": "1.2.3.4",
                                   "Host": "moodle.example"}, "{}")
    sent = posted(fake_hub)[0].headers
    assert not {"cookie", "x-forwarded-for", "authorization"} & sent.keys()
    assert sent["host"] != "moodle.example"


def test_the_hubs_answer_goes_back(connected, fake_hub):
    fake_hub.page_answer = Answer(429, {"Content-Type": "application/problem+json",
                                        "Retry-After": "7", "Set-Cookie": "a=b"}, b'{"b":2}')
    page = connected.post_webhook("crm", {}, "{}")
    assert (page.status, page.body, page.headers["Retry-After"]) == (429, b'{"b":2}', "7")
    assert "Set-Cookie" not in page.headers
    fake_hub.page_answer = Answer(405, {"Content-Type": "application/problem+json"}, b"{}")
    assert connected.post_webhook("crm", {}, "", method="GET").status == 405
    assert posted(fake_hub)[-1].method == "GET"


@pytest.mark.parametrize("service", ["", "../x", "a/b", "a b", "a\n", "é", "-a", "a" * 256])
def test_names_that_no_service_has_are_refused_as_strangers(connected, fake_hub, service):
    assert connected.post_webhook(service, {}, "{}").status == 401
    assert posted(fake_hub) == []


def test_without_a_hub_the_sender_is_to_try_again(site, connected, fake_hub):
    fake_hub.receiver.down()
    assert connected.post_webhook("crm", {}, "{}").status == 502
    connected.run("hub\\connection::close();")
    assert connected.post_webhook("crm", {}, "{}").status == 503
