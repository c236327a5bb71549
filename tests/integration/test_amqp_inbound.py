"""Messages of a response queue on their way to Moodle: from a real RabbitMQ through the hub to the
callback of a site. Each test prints what it counted."""

import json
import threading

import pika
import pika.exceptions
import pytest

from support.hub import wait_until
from support.inbound import Moodle

LIMIT_S = 120
PAUSE_S = 0.2


@pytest.fixture
def moodle(hub, receiver):
    return Moodle(hub, receiver)


@pytest.fixture
def crm(hub, moodle, rabbitmq, network, queue):
    """A service behind the network with a response queue. The webhook stays closed: the queue
    needs nothing of it."""
    hub.add_service("crm", rabbitmq.url(port=network.port), type="amqp", response_queue=queue)
    return hub


def send(channel, queue: str, messages: dict[str, bytes]) -> None:
    """Message ids to bodies; "" = without an id."""
    for message_id, body in messages.items():
        channel.basic_publish("", queue, body, pika.BasicProperties(
            message_id=message_id or None, delivery_mode=2, content_type="application/json"))


def publish(rabbitmq, queue: str, messages: dict[str, bytes]) -> None:
    """All are confirmed when it returns."""
    def confirmed(channel):
        channel.confirm_delivery()
        send(channel, queue, messages)
    rabbitmq.do(confirmed)


def numbered(first: int, count: int) -> dict[str, bytes]:
    return {f"n{n}": json.dumps({"n": n}).encode() for n in range(first, first + count)}


def numbers(moodle) -> list[int]:
    return sorted(message["payload"]["n"] for message in moodle.taken.values())


def wait_for_numbers(moodle, count: int) -> None:
    wait_until(lambda: len(moodle.taken) >= count, f"{count} messages are taken", LIMIT_S)


def wait_until_acknowledged(hub, rabbitmq, queue: str) -> None:
    """Nothing is left in the queue, not even unacknowledged, nor in the hub."""
    wait_until(lambda: hub.summary()["inbound_waiting"] == 0, "no message waits", LIMIT_S)

    def counts():
        listed = rabbitmq.control("list_queues", "--no-table-headers", "name", "messages")
        return dict(line.split("\t") for line in listed.splitlines())
    wait_until(lambda: counts()[queue] == "0", "all are acknowledged", LIMIT_S)


def alerts(hub) -> list[str]:
    return [alert["kind"] for alert in hub.summary()["alerts"]]


class Publisher:
    """Publishes numbers in the background, each once as far as the broker has confirmed it; what it
    is not sure about it sends again under the same id."""

    def __init__(self, rabbitmq, queue: str):
        self._rabbitmq, self._queue = rabbitmq, queue
        self._stop = threading.Event()
        self.confirmed = 0
        self.repeats = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            try:
                with self._rabbitmq.connect() as connection:
                    self._publish_on(connection.channel())
            except (pika.exceptions.AMQPError, OSError):
                self.repeats += 1
                self._stop.wait(PAUSE_S)  # between connections: each takes a port

    def _publish_on(self, channel):
        channel.confirm_delivery()
        while not self._stop.is_set():
            send(channel, self._queue, numbered(self.confirmed, 20))
            self.confirmed += 20

    def wait_for(self, count: int) -> None:
        wait_until(lambda: self.confirmed >= count, f"{count} are confirmed", LIMIT_S)

    def stop(self) -> int:
        self._stop.set()
        self._thread.join()
        return self.confirmed


def expect_all_once(hub, moodle, rabbitmq, queue, count: int, what: str) -> None:
    wait_for_numbers(moodle, count)
    wait_until_acknowledged(hub, rabbitmq, queue)
    handed_over = sum(b'"action":"inbound"' in request.body
                      for request in moodle.receiver.requests)
    print(f"{what}: {count} published, {len(moodle.taken)} taken, {handed_over} handed over")
    assert numbers(moodle) == list(range(count))
    assert hub.admin.all("/dead-letters") == []


def test_a_message_arrives_once(crm, moodle, rabbitmq, queue):
    publish(rabbitmq, queue, {"a": b'{"n": 1.50}'})
    message, = moodle.hand_overs(1)
    assert message["payload"] == {"n": 1.5} and message["source"] == "amqp"
    assert message["servicename"] == "crm" and message["serviceid"] == crm.service("crm")["id"]
    assert b'"payload":{"n": 1.50}' in moodle.receiver.requests[-1].body
    publish(rabbitmq, queue, {"a": b'{"n": 1.50}', "b": b'{"n": 2}'})  # a repeat and a new one
    wait_for_numbers(moodle, 2)
    wait_until_acknowledged(crm, rabbitmq, queue)
    assert len(moodle.hand_overs(2)) == 2
    rows = crm.admin.all("/log", direction="inbound")
    assert [(row["success"], row["service"], row["kind"]) for row in rows] == [
        (True, "crm", "inbound")] * 2
    assert "1.50" not in crm.log


def test_without_ids_each_message_is_a_new_one(crm, moodle, rabbitmq, queue):
    for n in range(3):
        publish(rabbitmq, queue, {"": json.dumps({"n": n}).encode()})
    expect_all_once(crm, moodle, rabbitmq, queue, 3, "no ids")


def test_what_is_not_json_is_a_dead_letter_and_blocks_nothing(crm, moodle, rabbitmq, queue):
    publish(rabbitmq, queue, {"bad": b"\x00\xff{", "none": b"", "n0": b'{"n": 0}'})
    wait_for_numbers(moodle, 1)
    letters = crm.wait_for_dead_letters(2, reason="inbound")
    wait_until_acknowledged(crm, rabbitmq, queue)
    bodies = [crm.admin.get(f"/dead-letters/{letter['id']}").expect(200).json for letter in letters]
    assert all(letter["service"] == "crm" and "not JSON" in letter["error_message"]
               for letter in letters)
    job = crm.admin.post("/dead-letters/replay", {"ids": [letter["id"] for letter in letters]}
                         ).expect(202).json
    assert crm.wait_for_job(job["job_id"])["succeeded"] == 2
    wait_for_numbers(moodle, 3)
    payloads = [message["payload"] for message in moodle.taken.values()]
    assert {"base64": "AP97"} in payloads and "" in payloads, (payloads, bodies)
    publish(rabbitmq, queue, {"bad": b"\x00\xff{"})  # known: no second dead letter
    wait_until_acknowledged(crm, rabbitmq, queue)
    assert crm.admin.all("/dead-letters") == []


def test_large_messages(crm, moodle, rabbitmq, queue):
    fits = b'{"n": 0, "text": "' + b"x" * ((1 << 20) - 20) + b'"}'
    assert len(fits) == 1 << 20
    publish(rabbitmq, queue, {"fits": fits, "large": fits + b" ", "huge": b"y" * (20 << 20),
                              "n1": b'{"n": 1}'})
    wait_for_numbers(moodle, 2)
    letters = crm.wait_for_dead_letters(2, reason="inbound")
    wait_until_acknowledged(crm, rabbitmq, queue)
    errors = sorted(letter["error_message"] for letter in letters)
    assert f"{(1 << 20) + 1} bytes" in errors[0] and f"{20 << 20} bytes" in errors[1], errors
    assert numbers(moodle) == [0, 1]


def test_a_broker_that_restarts_in_the_middle(crm, moodle, rabbitmq, queue):
    publisher = Publisher(rabbitmq, queue)
    for how in (rabbitmq.shut_down, rabbitmq.kill):
        publisher.wait_for(publisher.confirmed + 200)
        how()
        rabbitmq.start_again()
    publisher.wait_for(publisher.confirmed + 200)
    count = publisher.stop()
    print(f"{publisher.repeats} batches were sent again")
    wait_for_numbers(moodle, count)
    wait_until_acknowledged(crm, rabbitmq, queue)
    print(f"two restarts: {count} confirmed, {len(moodle.taken)} taken")
    # What was sent but not confirmed may be there, too; once by its id.
    assert set(range(count)) <= set(numbers(moodle))
    assert len(numbers(moodle)) == len(set(numbers(moodle)))


def test_a_hub_that_is_killed_in_the_middle(crm, moodle, rabbitmq, queue):
    publisher = Publisher(rabbitmq, queue)
    kills = 6
    for _ in range(kills):
        goal = len(moodle.taken) + 60
        wait_for_numbers(moodle, goal)
        crm.kill()
        crm.start()
    expect_all_once(crm, moodle, rabbitmq, queue, publisher.stop(), f"{kills} kills")


def test_a_hub_that_stops_in_order_takes_nothing_twice(crm, moodle, rabbitmq, queue):
    def send_all(channel):
        for n in range(300):
            channel.basic_publish("", queue, json.dumps({"n": n}))  # without ids
    rabbitmq.do(send_all)
    wait_for_numbers(moodle, 20)
    crm.stop()
    crm.start()
    expect_all_once(crm, moodle, rabbitmq, queue, 300, "an orderly stop, no ids")


def test_a_network_that_fails(crm, moodle, rabbitmq, network, queue):
    publisher = Publisher(rabbitmq, queue)
    wait_for_numbers(moodle, 20)
    for attack in (network.cut, network.reset, lambda: network.cut_after(500)):
        accepted, taken = network.accepted, len(moodle.taken)
        attack()
        network.wait_for_connections(accepted + 1)
        wait_for_numbers(moodle, taken + 100)
    network.down()
    publisher.wait_for(publisher.confirmed + 100)
    network.up()
    expect_all_once(crm, moodle, rabbitmq, queue, publisher.stop(), "four cuts")


def test_a_service_that_is_disabled_and_enabled_again(crm, moodle, rabbitmq, network, queue):
    publish(rabbitmq, queue, numbered(0, 10))
    wait_for_numbers(moodle, 10)
    crm.admin.patch("/services/crm", {"enabled": False}).expect(200)
    wait_until(lambda: network.open == 0, "the connection is closed")
    publish(rabbitmq, queue, numbered(10, 10))
    assert rabbitmq.depth(queue) == 10
    crm.admin.patch("/services/crm", {"enabled": True}).expect(200)
    expect_all_once(crm, moodle, rabbitmq, queue, 20, "disabled and enabled")


def test_changes_in_mid_stream(crm, moodle, rabbitmq, network, queue):
    publisher = Publisher(rabbitmq, queue)
    publisher.wait_for(60)
    crm.admin.patch("/services/crm", {"name": "erp"}).expect(200)
    publisher.wait_for(publisher.confirmed + 60)
    other = f"{queue}-other"
    rabbitmq.declare(other)
    crm.admin.patch("/services/erp", {"response_queue": other}).expect(200)
    publisher.wait_for(publisher.confirmed + 60)
    count = publisher.stop()
    publish(rabbitmq, other, numbered(count, 10))
    wait_until(lambda: {n for n in numbers(moodle) if n >= count} == set(range(count, count + 10)),
               "those of the other queue are taken")
    crm.admin.patch("/services/erp", {"response_queue": queue}).expect(200)
    expect_all_once(crm, moodle, rabbitmq, queue, count + 10, "renamed, another queue and back")
    names = {message["servicename"] for message in moodle.taken.values()}
    assert names == {"crm", "erp"}
    rabbitmq.do(lambda channel: channel.queue_delete(other))
    crm.admin.delete("/services/erp").expect(200)
    wait_until(lambda: network.open == 0, "the connection is closed")
    publish(rabbitmq, queue, numbered(0, 3))
    assert rabbitmq.depth(queue) == 3


def test_a_missing_queue_is_said_and_consumed_once_it_is_there(hub, moodle, rabbitmq, network,
                                                                request):
    queue = request.node.name
    hub.add_service("crm", rabbitmq.url(port=network.port), type="amqp", response_queue=queue)
    wait_until(lambda: alerts(hub) == ["response_queue"], "the alert is raised")
    alert, = hub.summary()["alerts"]
    assert alert["service"] == "crm" and "NOT_FOUND" in alert["message"]
    assert queue in alert["message"] and "guest:" not in alert["message"]
    assert hub.log.count("NOT_FOUND") <= 2  # the line, and the alert: no loop
    assert network.accepted == 1
    # It sends all the same.
    call = {"endpoint": "", "method": "POST", "payload": {}}
    assert "NO_ROUTE" in hub.admin.post("/services/crm/request", call | {"endpoint": "no-queue"}
                                        ).expect(200).json["error"]
    rabbitmq.declare(queue, x_max_length=1000)  # whatever its arguments are
    publish(rabbitmq, queue, numbered(0, 5))
    wait_for_numbers(moodle, 5)
    wait_until(lambda: alerts(hub) == [], "the alert is cleared")
    rabbitmq.do(lambda channel: channel.queue_delete(queue))  # deleted while it is consumed
    wait_until(lambda: alerts(hub) == ["response_queue"], "the alert is raised again")
    hub.admin.patch("/services/crm", {"response_queue": ""}).expect(200)
    wait_until(lambda: alerts(hub) == [], "nothing is to be consumed any more")


def test_a_login_that_is_refused_is_said(hub, moodle, rabbitmq, queue):
    hub.add_service("crm", rabbitmq.url(password="hidden"), type="amqp", response_queue=queue)
    wait_until(lambda: alerts(hub) == ["response_queue"], "the alert is raised")
    alert, = hub.summary()["alerts"]
    assert "ACCESS_REFUSED" in alert["message"] and "hidden" not in hub.log + alert["message"]
    hub.admin.patch("/services/crm", {"base_url": rabbitmq.url()}).expect(200)
    publish(rabbitmq, queue, numbered(0, 1))
    wait_for_numbers(moodle, 1)
    wait_until(lambda: alerts(hub) == [], "the alert is cleared")


def test_with_several_sites_messages_wait_until_it_is_said_whose_they_are(hub, receivers, rabbitmq,
                                                                          queue):
    main, other = Moodle(hub, receivers(), "main"), Moodle(hub, receivers(), "other")
    hub.add_service("crm", rabbitmq.url(), type="amqp", response_queue=queue)
    publish(rabbitmq, queue, numbered(0, 10))
    wait_until(lambda: hub.summary()["inbound_waiting"] == 10, "all are durable")
    assert rabbitmq.depth(queue) == 0 and not main.taken and not other.taken
    hub.admin.patch("/services/crm", {"inbound_site": "other"}).expect(200)
    wait_for_numbers(other, 10)
    assert numbers(other) == list(range(10)) and not main.taken
