"""Stopping and starting: what was accepted goes on."""

import signal

import pytest

from support.api import Api
from support.events import event, events
from support.hub import wait_until
from support.receiver import Answer, Gate


def test_a_graceful_stop_keeps_the_backlog(hub, receiver):
    receiver.down()
    hub.add_service("crm", receiver.url, retry_backoff=0.2, cb_cooldown=1)
    hub.add_rule("crm")
    batch = events(500)
    hub.send(batch)
    hub.stop()
    hub.start()
    assert hub.summary()["deliveries"]["open"] == 500
    receiver.up()
    assert hub.wait_until_done() == {"created": 500, "delivered": 500, "dead": 0, "open": 0}
    assert len({request.webhook_id for request in receiver.requests}) == 500


def test_running_attempts_are_finished_first(hub, receiver):
    gate = Gate()
    receiver.answer = Answer(gate=gate)
    hub.add_service("crm", receiver.url, max_concurrency=4, timeout=60)
    hub.add_rule("crm")
    hub.send(events(10))
    receiver.wait_for(4)
    hub.process.send_signal(signal.SIGTERM)
    stranger = Api(hub.address, timeout=5)

    def refuses():
        try:
            return stranger.get("/readyz", base="").status == 503
        except OSError:
            return True
    wait_until(refuses, "it is no longer ready")
    gate.open()
    assert hub.wait() == 0
    assert len(receiver.requests) == 4  # and no new ones
    receiver.answer = Answer()
    hub.start()
    assert hub.wait_until_done()["delivered"] == 10
    assert len(receiver.requests) == 10  # none was sent twice


def test_a_second_sigterm_ends_it_at_once(hub, receiver):
    receiver.answer = Answer(gate=Gate())
    hub.add_service("crm", receiver.url, timeout=300)
    hub.add_rule("crm")
    hub.send([event()])
    receiver.wait_for(1)
    hub.process.send_signal(signal.SIGTERM)
    wait_until(lambda: _refused(hub), "it stops")
    hub.end(signal.SIGTERM)
    receiver.answer = Answer()
    hub.start()
    assert hub.wait_until_done()["delivered"] == 1


def _refused(hub) -> bool:
    try:
        return Api(hub.address, timeout=5).get("/readyz", base="").status == 503
    except OSError:
        return True


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_hub_stops_with_0(hub, with_signal):
    assert hub.end(with_signal) == 0


def test_a_stale_socket_and_listen_file_do_not_prevent_a_start(hub):
    hub.kill()
    assert (hub.data / "admin.sock").exists()
    hub.start()
    hub.admin.get("/services").expect(200)


def test_five_thousand_waiting_deliveries_survive_a_kill(hub, receiver):
    receiver.down()
    hub.add_service("crm", receiver.url, cb_cooldown=1, retry_backoff=0.1)
    hub.add_rule("crm")
    batch = events(5000)
    hub.send(batch)
    hub.kill()
    hub.start()
    receiver.up()
    assert hub.wait_until_done() == {"created": 5000, "delivered": 5000, "dead": 0, "open": 0}
    assert len({request.webhook_id for request in receiver.requests}) == 5000
