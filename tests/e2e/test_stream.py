"""GET /stream: what happens, as it happens."""

import os
import socket

import pytest

from support.api import Api
from support.events import USER_CREATED, event, events
from support.hub import wait_until
from support.people import Person
from support.receiver import Answer
from support.sign_on import Signer
from support.stream import StreamReader

MARKER = "marker-of-a-person"


def open_files(hub) -> int:
    return len(os.listdir(f"/proc/{hub.process.pid}/fd"))


def marked(**fields) -> dict:
    return event(userid=4711471147, ip=MARKER, other={"name": MARKER}, **fields)


def test_counters_come_at_once_and_each_second(hub):
    stream = StreamReader(hub.api("view"))
    assert stream.response.status == 200
    assert stream.response.headers["Content-Type"] == "text/event-stream"
    assert stream.response.headers["Cache-Control"] == "no-store"
    assert "Content-Encoding" not in stream.response.headers
    first = stream.next("counters")
    assert set(first) == set(hub.summary())
    assert stream.text.startswith("retry: 3000\n\n")
    hub.send([event(), event()])
    stream.next("counters", events_accepted=2)


def test_tells_what_happens_and_nothing_of_a_person(hub, receiver):
    receiver.answer = Answer(500, body=MARKER.encode())
    hub.add_service("crm", receiver.url, max_retries=0, cb_failure_threshold=1)
    hub.add_rule("crm", USER_CREATED)
    hub.admin.patch("/settings", {"alert_open_s": 0}).expect(200)
    streams = [StreamReader(hub.api("view")), StreamReader(hub.api("manage")),
               StreamReader(hub.admin)]
    for stream in streams:
        stream.next("counters")
    sent = marked()
    hub.send([sent])
    for stream in streams:
        told = stream.next("event")
        assert told["id"] == sent["id"] and told["eventname"] == USER_CREATED
        assert told["site"] == "default" and told["accepted"]
        opened = stream.next("circuit", state="open")
        assert opened["service"] == "crm"
    receiver.answer = Answer(400, body=MARKER.encode())
    hub.admin.post("/services/crm/circuit/reset").expect(200)
    for stream in streams:
        stream.next("circuit", state="closed")
        letter = stream.next("dead_letter")
        assert letter["service"] == "crm" and letter["reason"] == "rejected"
        assert hub.admin.get(f"/dead-letters/{letter['id']}").expect(200).json[
            "delivery_id"] == letter["delivery_id"]
        assert stream.next("alert", raised=True)["kind"]
        assert MARKER not in stream.text and "4711471147" not in stream.text


def test_a_token_of_a_site_hears_of_its_own_events(hub):
    stream = StreamReader(hub.api("view", site="main"))
    stream.next("counters")
    other, own = event(), event()
    hub.send([other])
    Api(hub.address, hub.create_token("ingest", site="main")["token"]).post(
        "/events", own).expect(202)
    assert stream.next("event")["id"] == own["id"]


def test_ends_when_the_token_is_gone(hub):
    token = hub.create_token("view")
    stream = StreamReader(Api(hub.address, token["token"]))
    stream.next("counters")
    hub.admin.delete(f"/tokens/{token['id']}").expect(204)
    stream.wait_for_end()
    assert stream.broken is None
    Api(hub.address, token["token"]).get("/stream").expect_problem(401, "unauthorized")


def test_ends_when_somebody_signs_out(hub):
    hub.admin.post("/users", {"name": "ada", "role": "view",
                              "password": "a long password"}).expect(201)
    ada = Person(hub.address, "ada", "a long password")
    stream = StreamReader(hub.stranger, {"Cookie": ada.cookie})
    stream.next("counters")
    ada.request("DELETE", "/session").expect(204)
    stream.wait_for_end()
    assert stream.broken is None


def test_ends_in_order_when_the_hub_stops(hub):
    stream = StreamReader(hub.api("view"))
    stream.next("counters")
    hub.stop()
    stream.wait_for_end()
    assert stream.broken is None


def test_is_not_for_people_of_moodle(hub):
    made = hub.admin.post("/sites", {"name": "main"}).expect(201).json
    key = hub.stranger.post("/connector/connect", {
        "code": made["code"], "wwwroot": "https://moodle.example", "plugin_version": "1",
        "moodle_version": "4.5", "outbox_rows": 0}).expect(200).json["signon_key"]
    headers = Signer("main", key, "manage").for_request("GET", "/api/v1/stream", b"")
    hub.stranger.get("/stream", headers=headers).expect_problem(403, "forbidden")


def test_who_does_not_read_is_cut_off_and_others_go_on(hub):
    """A listener that takes nothing costs a bounded queue, then it is gone."""
    api = hub.api("view")
    good = StreamReader(api)
    good.next("counters")
    before = open_files(hub)
    with socket.create_connection(hub.address, timeout=30) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(f"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                     f"{api._token}\r\n\r\n".encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
        wait_until(lambda: open_files(hub) > before, "the hub has the connection")

        def is_cut_off():
            hub.send(events(100, eventname="\\core\\event\\" + "x" * 200))
            return open_files(hub) <= before
        wait_until(is_cut_off, "the slow listener is cut off", timeout=120)
    accepted = hub.summary()["events_accepted"]
    good.next("counters", events_accepted=accepted)


@pytest.mark.parametrize("header", [{"Last-Event-ID": "7"}, {"Accept": "text/event-stream"},
                                    {"Accept-Encoding": "gzip"}])
def test_headers_that_browsers_send_change_nothing(hub, header):
    stream = StreamReader(hub.api("view"), header)
    stream.next("counters")
    assert "id:" not in stream.text and "Content-Encoding" not in stream.response.headers


def test_many_streams_are_refused_and_the_place_is_free_again(hub):
    api = hub.api("view")
    streams = [StreamReader(api) for _ in range(64)]
    api.get("/stream").expect_problem(429, "busy")
    for stream in streams:
        stream.next("counters")
        stream.close()

    def is_free():
        return api.request("HEAD", "/stream").status == 200
    wait_until(is_free, "a place is free")
