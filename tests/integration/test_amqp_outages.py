"""The hub and a real RabbitMQ that goes away: every confirmed message is found in the queue, and
nothing that is not is counted as delivered."""

import threading

import pytest

from support.events import event, events
from support.hub import wait_until

RULE = {"payload_template": '{"id": {{id}}}'}
OUTAGE = {"retry_backoff": 0.1, "cb_cooldown": 1, "timeout": 5}


@pytest.fixture
def stream(hub, rabbitmq, network, queue):
    """A service behind the network, and a rule that sends it everything."""
    hub.add_service("mq", rabbitmq.url(port=network.port), type="amqp", **OUTAGE)
    hub.add_rule("mq", endpoint=queue, **RULE)
    return hub


def ids_in(rabbitmq, queue) -> set[str]:
    return {properties.message_id for properties, _ in rabbitmq.take_all(queue)}


def expect_all(hub, rabbitmq, queue, count: int) -> None:
    """All were confirmed in the end, and so all are in the queue, some perhaps twice."""
    assert hub.wait_until_done(120) == {"created": count, "delivered": count, "dead": 0, "open": 0}
    assert len(ids_in(rabbitmq, queue)) == count


class Sender:
    """Sends events in the background, one batch after another, until it is stopped."""

    def __init__(self, hub):
        self._hub = hub
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.sent = 0
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            self._hub.send(events(50))
            self.sent += 50

    def stop(self) -> int:
        self._stop.set()
        self._thread.join()
        return self.sent


@pytest.mark.parametrize("how", ["shut_down", "kill"])
def test_a_broker_that_restarts_in_the_middle(stream, rabbitmq, network, queue, how):
    sender = Sender(stream)
    network.wait_for_bytes(100_000)
    getattr(rabbitmq, how)()
    stream.wait_for_circuit("mq", "open")
    count = sender.stop()
    assert stream.summary()["deliveries"]["open"] > 0
    rabbitmq.start_again()
    expect_all(stream, rabbitmq, queue, count)


def test_connections_that_are_cut(stream, rabbitmq, network, queue):
    sender = Sender(stream)
    for attack in (network.cut, network.reset, lambda: network.cut_after(10_000)):
        accepted, forwarded = network.accepted, network.forwarded
        attack()
        network.wait_for_connections(accepted + 1)
        network.wait_for_bytes(forwarded + 20_000)
    expect_all(stream, rabbitmq, queue, sender.stop())


def test_a_connection_that_is_half_open(stream, rabbitmq, network, queue):
    stream.admin.patch("/services/mq", {"timeout": 1}).expect(200)
    stream.send(events(10))
    assert stream.wait_until_done()["delivered"] == 10
    network.half_open()
    stream.send(events(10))
    stream.wait_for_circuit("mq", "open")
    network.heal()
    expect_all(stream, rabbitmq, queue, 20)


def test_a_network_that_is_slow(stream, rabbitmq, network, queue):
    network.delay(0.05)
    stream.send(events(200))
    expect_all(stream, rabbitmq, queue, 200)
    assert network.accepted == 1  # all of them under way at once, on one connection


def test_a_broker_in_alarm_takes_nothing_until_it_is_over(stream, rabbitmq, network, queue):
    stream.admin.patch("/services/mq", {"timeout": 1}).expect(200)
    rabbitmq.control("eval", "rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []}).")
    try:
        stream.send(events(30))
        stream.wait_for_circuit("mq", "open")
        errors = {item["last_error"] for item in stream.admin.all("/deliveries")}
        assert any("takes no messages" in (error or "") for error in errors), errors
    finally:
        rabbitmq.control("eval", "rabbit_alarm:clear_alarm({resource_limit, memory, node()}).")
    expect_all(stream, rabbitmq, queue, 30)


def test_a_changed_address_is_taken_up_and_the_old_connection_closed(stream, rabbitmq, network,
                                                                      queue):
    stream.send([event()])
    assert stream.wait_until_done()["delivered"] == 1
    assert network.open == 1
    stream.admin.patch("/services/mq", {"base_url": rabbitmq.url()}).expect(200)
    stream.send([event()])
    assert stream.wait_until_done()["delivered"] == 2
    wait_until(lambda: network.open == 0, "the old connection is closed")
    assert network.accepted == 1


def test_the_hub_stops_in_order_with_messages_under_way(stream, rabbitmq, network, queue):
    stream.send(events(20))
    assert stream.wait_until_done()["delivered"] == 20
    network.half_open()
    stream.send(events(20))
    stream.stop()
    network.heal()
    stream.start()
    expect_all(stream, rabbitmq, queue, 40)
