"""The relay between the dashboard and the hub: who may, what goes through, what comes back."""

import base64
import hashlib
import hmac
import json
import time

import pytest

from site_and_hub import php_text
from support.receiver import Answer

API = "/api/v1/services"
KEY = {"HTTP_X_SESSKEY": "thesesskey"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def relay(connected, fake_hub):
    fake_hub.page_answer = Answer(200, dict(JSON), b'{"items":[]}')
    return connected


def handed_on(fake_hub) -> list:
    """What reached the hub through the relay."""
    return [request for request in fake_hub.receiver.requests
            if request.path != "/api/v1/connector/connect"]


def claims_of(request) -> dict:
    """The assertion in a request, its signature checked as the hub does."""
    scheme, _, value = request.headers["authorization"].partition(" ")
    encoded, _, signature = value.partition(".")
    assert scheme == "MIH-Sign-On" and "=" not in encoded
    assert signature == hmac.new(b"the-signon-key", encoded.encode(), hashlib.sha256).hexdigest()
    return json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))


def test_a_read_goes_to_the_hub_and_back(relay, fake_hub):
    fake_hub.page_answer.headers |= {"ETag": '"7"', "Cache-Control": "no-cache",
                                     "Content-Security-Policy": "default-src 'self'"}
    page = relay.visit(API, query="limit=50&q=a%20b")
    assert (page.status, page.body) == (200, b'{"items":[]}')
    assert page.headers == {"Content-Type": "application/json", "ETag": '"7"',
                            "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff",
                            "Content-Security-Policy": "default-src 'self'"}
    request, = handed_on(fake_hub)
    assert (request.method, request.path) == ("GET", API + "?limit=50&q=a%20b")
    assert page.session_closed


def test_the_hub_learns_who_it_is_for_this_request_alone(relay, fake_hub):
    body = '{"name":"Ñ"}'
    before = time.time()
    relay.visit(API, "POST", body=body, CONTENT_TYPE="application/json", **KEY)
    relay.visit(API, role="view", query="limit=1")
    changed, read = map(claims_of, handed_on(fake_hub))
    assert {name: changed[name] for name in ("site", "userid", "name", "role")} == {
        "site": "main", "userid": 5, "name": "Ana Ñandú", "role": "manage"}
    assert read["role"] == "view"
    assert (changed["method"], changed["path"]) == ("POST", API)
    assert read["path"] == API + "?limit=1"
    assert changed["sha256"] == hashlib.sha256(body.encode()).hexdigest()
    assert read["sha256"] == hashlib.sha256(b"").hexdigest()
    assert before - 1 < changed["iat"] < time.time() + 1 and changed["iat"] % 1 != 0
    assert 0 < changed["exp"] - changed["iat"] <= 60
    assert changed["jti"] != read["jti"] and len(changed["jti"]) >= 16


def test_a_long_name_is_cut_between_characters(relay, fake_hub):
    relay.visit(API, user={"firstname": "Ñ" * 200, "lastname": ""})
    name = claims_of(handed_on(fake_hub)[0])["name"]
    assert name == "Ñ" * 127


def test_the_page_and_its_assets_need_no_assertion(relay, fake_hub):
    fake_hub.page_answer = Answer(200, {"Content-Type": "text/html; charset=utf-8"}, b"<p>")
    assert relay.visit("/").headers["Content-Type"] == "text/html; charset=utf-8"
    fake_hub.page_answer = Answer(200, {"Content-Type": "text/javascript"}, b"1")
    assert relay.visit("/assets/index-A1_b.js").body == b"1"
    assert [(request.path, "authorization" in request.headers)
            for request in handed_on(fake_hub)] == [("/", False), ("/assets/index-A1_b.js", False)]


def test_the_path_may_come_with_the_script_in_front(relay, fake_hub):
    assert relay.visit("/local/integrationhub/hub.php" + API).status == 200
    assert handed_on(fake_hub)[0].path == API


def test_only_some_headers_go_each_way(relay, fake_hub):
    fake_hub.page_answer.headers |= {"Set-Cookie": "a=b", "Location": "/x", "X-Secret": "1",
                                     "MIH-Subscriptions": "3"}
    page = relay.visit(API, "PATCH", body="{}", CONTENT_TYPE="application/json",
                       HTTP_ACCEPT="text/csv", HTTP_IF_MATCH='"3"', HTTP_IF_NONE_MATCH='"4"',
                       HTTP_COOKIE="MoodleSession=s", HTTP_AUTHORIZATION="Basic x",
                       HTTP_X_FORWARDED_FOR="1.2.3.4", **KEY)
    sent = handed_on(fake_hub)[0].headers
    assert (sent["content-type"], sent["accept"], sent["if-match"], sent["if-none-match"]) == \
        ("application/json", "text/csv", '"3"', '"4"')
    assert not {"cookie", "x-forwarded-for", "x-sesskey"} & sent.keys()
    assert sent["authorization"].startswith("MIH-Sign-On ")
    assert not {"Set-Cookie", "Location", "X-Secret", "MIH-Subscriptions"} & page.headers.keys()


@pytest.mark.parametrize("path", [
    "/api/v1/../../healthz", "/api/v1/a..b", "/api/v1/a b", "/api/v1/a%2e", "/api/v1/é",
    "/api/v1/a?b", "/api/v1/a\nb", "/api/v1/a\n", "/healthz", "/metrics", "/inbound/crm", "/api/v2/x", "/apix",
    "/api/v1", "", "/assetsx", "/api/v1/stream", "/api/v1/stream/"])
def test_other_paths_lead_nowhere(relay, fake_hub, path):
    page = relay.visit(path)
    assert (page.status, page.code) == (404, "not_found")
    assert handed_on(fake_hub) == []


def test_event_names_are_encoded_again(relay, fake_hub):
    relay.visit("/api/v1/event-names/\\core\\event\\user_created/fields")
    assert handed_on(fake_hub)[0].path == \
        "/api/v1/event-names/%5Ccore%5Cevent%5Cuser_created/fields"
    assert claims_of(handed_on(fake_hub)[0])["path"] == handed_on(fake_hub)[0].path


@pytest.mark.parametrize("query", ["a b", "a\r\nX: y", "a=é", "a#b"])
def test_an_unencoded_query_is_refused(relay, fake_hub, query):
    assert relay.visit(API, query=query).status == 400
    assert handed_on(fake_hub) == []


def test_who_may_not_is_refused(relay, fake_hub):
    assert relay.visit(API, user={"id": 0}).status == 401
    assert relay.visit(API, role="").status == 403
    unfinished = relay.visit(API, user={"unfinished": True})
    assert (unfinished.status, unfinished.code) == (403, "forbidden")
    assert relay.visit("/embed.json", role="").status == 403
    assert relay.visit("/", user={"id": 0}).status == 401
    assert handed_on(fake_hub) == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_changes_need_the_sessions_key(relay, fake_hub, method):
    assert relay.visit(API, method).code == "sesskey_invalid"
    assert relay.visit(API, method, HTTP_X_SESSKEY="another").code == "sesskey_invalid"
    assert handed_on(fake_hub) == []
    assert relay.visit(API, method, **KEY).status == 200
    assert handed_on(fake_hub)[0].method == method


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "CONNECT", "get", ""])
def test_other_methods_are_refused(relay, fake_hub, method):
    assert relay.visit(API, method, **KEY).status == 405
    assert handed_on(fake_hub) == []


def test_only_the_api_is_changed(relay, fake_hub):
    for path in ("/", "/assets/x.js", "/embed.json"):
        assert relay.visit(path, "POST", **KEY).status == 404
    assert handed_on(fake_hub) == []


def test_the_dashboard_learns_about_its_user(relay, fake_hub):
    page = relay.visit("/embed.json", role="view")
    assert json.loads(page.body) == {"sesskey": "thesesskey", "role": "view", "language": "es"}
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Type"] == "application/json"
    assert page.session_closed and handed_on(fake_hub) == []


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "image/png", ""])
def test_other_types_are_not_handed_on(relay, fake_hub, kind):
    fake_hub.page_answer = Answer(200, {"Content-Type": kind} if kind else {}, b"<x>")
    page = relay.visit(API)
    assert (page.status, page.code) == (502, "bad_answer")


def test_redirects_are_not_followed(relay, fake_hub):
    fake_hub.page_answer = Answer(302, {**JSON, "Location": fake_hub.url + "/healthz"}, b"{}")
    assert relay.visit(API).code == "bad_answer"
    assert len(handed_on(fake_hub)) == 1


def test_not_modified_goes_through(relay, fake_hub):
    fake_hub.page_answer = Answer(304, {"ETag": '"7"'}, b"")
    page = relay.visit(API, HTTP_IF_NONE_MATCH='"7"')
    assert (page.status, page.body, page.headers["ETag"]) == (304, b"", '"7"')
    assert "Content-Type" not in page.headers


def test_the_hubs_refusals_go_through_but_401_means_moodles_session(relay, fake_hub):
    fake_hub.page_answer = Answer(422, {"Content-Type": "application/problem+json"}, b'{"a":1}')
    page = relay.visit(API)
    assert (page.status, page.body) == (422, b'{"a":1}')
    fake_hub.page_answer = Answer(401, dict(JSON), b"{}")
    assert relay.visit(API).code == "not_connected"


def test_long_requests_and_answers_are_refused(relay, fake_hub):
    php = """$USER = (object) ['id' => 5, 'capabilities' => ['local/integrationhub:manage'],
            'firstname' => 'A', 'lastname' => 'B'];
        $server = ['REQUEST_METHOD' => 'POST', 'PATH_INFO' => '/api/v1/events',
            'HTTP_X_SESSKEY' => 'thesesskey', 'CONTENT_TYPE' => 'text/csv'];
        foreach ([10 << 20, (10 << 20) + 1] as $length) {
            $all[] = (new hub\\relay($server))->answer(str_repeat('x', $length))->status;
        }
        answer($all);"""
    assert relay.run(php).answer == [200, 413]
    assert len(handed_on(fake_hub)[0].body) == 10 << 20
    fake_hub.page_answer = Answer(200, dict(JSON), b"x" * ((10 << 20) + 1))
    assert relay.visit(API).code == "too_large"


def test_a_hub_that_is_away_is_told_from_one_that_is_slow(relay, fake_hub):
    php = """$reply = (new hub\\hub_proxy(%s, 50))->call('GET', '/', [], '');
        answer(hub\\page_answer::failure($reply)->status);"""
    fake_hub.page_answer = Answer(200, dict(JSON), b"{}", delay=5)
    assert relay.run(php % php_text(fake_hub.url)).answer == 504
    fake_hub.receiver.down()
    page = relay.visit(API)
    assert (page.status, page.code) == (502, "hub_away")


def test_a_site_that_is_not_connected_says_so(site):
    assert site.visit(API).code == "not_connected"


def test_a_copy_and_an_old_connection_send_nothing(relay, fake_hub):
    relay.run("hub\\settings::save(['sitename' => null]);")
    assert relay.visit(API).code == "not_connected"
    relay.run("hub\\settings::save(['sitename' => 'main', 'wwwroot' => 'https://other.example']);")
    assert relay.visit(API).code == "not_connected"
    assert handed_on(fake_hub) == []
