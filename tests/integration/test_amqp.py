"""The hub and a real RabbitMQ: what is published, and what each refusal leads to."""

import json
from urllib.parse import urlencode

import pytest

from support.events import event, events
from support.hub import wait_until
from support.rabbitmq import PASSWORD, USER, VHOST

RULE = {"payload_template": '{"id": {{id}}}'}
QUICK = {"max_retries": 1, "retry_backoff": 0.05, "cb_failure_threshold": 0}


@pytest.fixture
def queue(rabbitmq, request):
    """The name of a queue that no other test has."""
    name = request.node.name
    yield name
    rabbitmq.do(lambda channel: channel.queue_delete(name))


def add(hub, url, endpoint="", **fields):
    hub.add_service("mq", url, type="amqp", **fields)
    hub.add_rule("mq", endpoint=endpoint, **RULE)


def query(**parameters) -> str:
    return urlencode(parameters)


def waiting_for(hub, *texts: str) -> dict:
    """The delivery that waits, once its last error says this."""
    def there():
        for item in hub.admin.all("/deliveries"):
            if all(text in (item["last_error"] or "") for text in texts):
                return item
        return None
    return wait_until(there, f"a delivery waits because of {texts}")


def test_a_message_as_it_arrives(hub, rabbitmq, queue):
    add(hub, rabbitmq.url(query(queue_declare=queue)), headers={"X-Origin": "moodle"})
    sent = event()
    hub.send([sent])
    assert hub.wait_until_done()["delivered"] == 1
    (properties, body), = rabbitmq.take_all(queue)
    assert json.loads(body) == {"id": sent["id"]}
    assert properties.delivery_mode == 2
    assert properties.content_type == "application/json"
    assert properties.message_id.startswith("d_") and len(properties.message_id) == 28
    assert properties.timestamp >= 1_700_000_000
    assert properties.type == sent["eventname"]
    assert properties.app_id == "MoodleIntegrationHub"
    assert properties.headers == {"X-Origin": "moodle"}
    row, = hub.admin.all("/log", service="mq")
    assert row["success"] and row["http_status"] is None
    assert hub.service("mq")["max_concurrency"] == 256
    assert "guest@" not in hub.service("mq")["base_url"]


def test_a_message_as_a_binary_cloud_event(hub, rabbitmq, queue):
    add(hub, rabbitmq.url(query(queue_declare=queue)), cloudevents="binary")
    sent = event(timecreated=1708258939)
    hub.send([sent])
    assert hub.wait_until_done()["delivered"] == 1
    (properties, body), = rabbitmq.take_all(queue)
    assert json.loads(body) == {"id": sent["id"]}
    assert properties.content_type == "application/json"
    source = properties.headers.pop("cloudEvents_source")
    assert source.startswith("/moodle/")
    assert properties.headers == {
        "cloudEvents_specversion": "1.0", "cloudEvents_id": properties.message_id,
        "cloudEvents_type": sent["eventname"].strip("\\").replace("\\", "."),
        "cloudEvents_time": "2024-02-18T12:22:19Z"}


def test_a_message_as_a_structured_cloud_event(hub, rabbitmq, queue):
    add(hub, rabbitmq.url(query(queue_declare=queue)), cloudevents="structured")
    sent = event()
    hub.send([sent])
    assert hub.wait_until_done()["delivered"] == 1
    (properties, body), = rabbitmq.take_all(queue)
    made = json.loads(body)
    assert properties.content_type == "application/cloudevents+json"
    assert not properties.headers
    assert made["data"] == {"id": sent["id"]} and made["datacontenttype"] == "application/json"
    assert made["id"] == properties.message_id and made["specversion"] == "1.0"
    assert made["type"] == sent["eventname"].strip("\\").replace("\\", ".")


def test_the_endpoint_is_the_routing_key(hub, rabbitmq, queue):
    def bind(channel):
        channel.exchange_declare(f"x-{queue}", "topic", durable=True)
        channel.queue_declare(queue, durable=True)
        channel.queue_bind(queue, f"x-{queue}", "user.#")
    rabbitmq.do(bind)
    add(hub, rabbitmq.url(query(exchange=f"x-{queue}", routing_key="user.default")),
        endpoint="/user.{{userid}}.a b")
    hub.send([event(userid=7)])
    assert hub.wait_until_done()["delivered"] == 1
    hub.admin.post("/services/mq/request", {"endpoint": "", "method": "POST", "payload": {"n": 1}}
                   ).expect(200)

    def keys(channel):
        first, second = (channel.basic_get(queue, auto_ack=True)[0] for _ in range(2))
        return first.routing_key, second.routing_key
    assert rabbitmq.do(keys) == ("user.7.a b", "user.default")


def test_a_message_that_no_queue_takes_is_unroutable(hub, rabbitmq, queue):
    rabbitmq.declare(queue)
    add(hub, rabbitmq.url(), endpoint=f"no-{queue}")
    hub.send([event()])
    letter, = hub.wait_for_dead_letters(1)
    assert letter["reason"] == "unroutable"
    assert "NO_ROUTE" in letter["error_message"]
    assert letter["attempt_count"] == 1
    assert hub.circuit("mq")["state"] == "closed"


def test_a_routing_key_that_is_too_long_is_a_template_failure(hub, rabbitmq):
    add(hub, rabbitmq.url(), endpoint="k" * 250 + "{{userid}}")
    hub.send([event(userid=123456)])
    letter, = hub.wait_for_dead_letters(1)
    assert letter["reason"] == "template"
    assert "255 bytes" in letter["error_message"]


def test_the_dead_letter_queue_gets_what_the_consumer_refuses(hub, rabbitmq, queue):
    add(hub, rabbitmq.url(query(queue_declare=queue, dlq=f"{queue}-dead")))
    sent = event()
    hub.send([sent])
    assert hub.wait_until_done()["delivered"] == 1

    def refuse(channel):
        method, _, _ = channel.basic_get(queue)
        channel.basic_reject(method.delivery_tag, requeue=False)
    rabbitmq.do(refuse)
    (_, body), = rabbitmq.take_all(f"{queue}-dead")
    assert json.loads(body) == {"id": sent["id"]}


def test_a_queue_with_other_arguments_is_an_error_that_says_so(hub, rabbitmq, network, queue):
    rabbitmq.declare(queue, x_max_length=5)
    add(hub, rabbitmq.url(query(queue_declare=queue), port=network.port), retry_backoff=0.05,
        cb_cooldown=1)
    hub.send([event()])
    waiting_for(hub, f"{queue} exists with other arguments", "PRECONDITION_FAILED")
    assert network.accepted == 1  # no loop: the connection stays, and each attempt is one attempt
    rabbitmq.do(lambda channel: channel.queue_delete(queue))
    assert hub.wait_until_done()["delivered"] == 1
    assert len(rabbitmq.take_all(queue)) == 1


def test_an_exchange_that_is_deleted_and_comes_back(hub, rabbitmq, queue):
    def make(channel):
        channel.exchange_declare(f"x-{queue}", "fanout", durable=True)
        channel.queue_declare(queue, durable=True)
        channel.queue_bind(queue, f"x-{queue}")
    rabbitmq.do(make)
    add(hub, rabbitmq.url(query(exchange=f"x-{queue}")), retry_backoff=0.05, cb_cooldown=1)
    hub.send([event()])
    assert hub.wait_until_done()["delivered"] == 1
    rabbitmq.do(lambda channel: channel.exchange_delete(f"x-{queue}"))
    hub.send(events(20))
    waiting_for(hub, "NOT_FOUND")
    hub.wait_for_circuit("mq", "open")
    rabbitmq.do(make)
    assert hub.wait_until_done() == {"created": 21, "delivered": 21, "dead": 0, "open": 0}
    arrived = {properties.message_id for properties, _ in rabbitmq.take_all(queue)}
    assert len(arrived) == 21


def test_a_full_queue_refuses(hub, rabbitmq, queue):
    rabbitmq.declare(queue, x_max_length=10, x_overflow="reject-publish")
    add(hub, rabbitmq.url(), endpoint=queue, **QUICK)
    hub.send(events(40))
    counts = hub.wait_until_done()
    in_queue = {properties.message_id for properties, _ in rabbitmq.take_all(queue)}
    letters = hub.admin.all("/dead-letters")
    dead = {letter["delivery_id"] for letter in letters}
    assert {letter["reason"] for letter in letters} == {"exhausted"}
    assert all("nack" in letter["error_message"] for letter in letters)
    # Confirmed is what is in the queue, no more and no less; the rest is accounted for.
    assert counts["delivered"] == len(in_queue) and counts["dead"] == len(dead)
    assert not in_queue & dead and len(in_queue | dead) == 40


def test_names_that_the_url_must_encode(hub, rabbitmq, queue):
    add(hub, rabbitmq.url(query(queue_declare=queue), vhost=VHOST, user=USER, password=PASSWORD))
    hub.send([event()])
    assert hub.wait_until_done()["delivered"] == 1
    assert len(rabbitmq.take_all(queue, VHOST)) == 1


def test_wrong_credentials_wait_and_are_taken_up_when_they_are_right(hub, rabbitmq, queue):
    url = query(queue_declare=queue)
    add(hub, rabbitmq.url(url, password="hidden-and-wrong"), retry_backoff=0.05, cb_cooldown=1)
    hub.send([event()])
    delivery = waiting_for(hub, "ACCESS_REFUSED")
    assert "hidden" not in json.dumps(delivery) and "hidden" not in hub.log
    hub.wait_for_circuit("mq", "open")
    hub.admin.patch("/services/mq", {"base_url": rabbitmq.url(url)}).expect(200)
    assert hub.wait_until_done()["delivered"] == 1


def test_calls_of_the_gateway_and_the_test_of_a_service(hub, rabbitmq, queue):
    hub.add_service("mq", rabbitmq.url(query(queue_declare=queue)), type="amqp", max_retries=0)
    call = {"endpoint": queue, "method": "POST", "payload": {"n": 129.950}}
    answer = hub.admin.post("/services/mq/request", call).expect(200).json
    assert answer["success"] and answer["http_status"] is None and answer["body"] is None
    lost = hub.admin.post("/services/mq/request", call | {"endpoint": "nowhere"}).expect(200).json
    assert not lost["success"] and "NO_ROUTE" in lost["error"] and lost["http_status"] is None
    tested = hub.admin.post("/services/mq/test", call).expect(200).json
    assert tested["success"] and tested["request"]["url"] == queue
    assert "guest" not in json.dumps(tested)
    enqueued = hub.admin.post("/services/mq/enqueue", call).expect(202).json["delivery_id"]
    assert hub.wait_until_done()["delivered"] == 1
    messages = rabbitmq.take_all(queue)
    assert [json.loads(body) for _, body in messages] == [{"n": 129.95}] * 3
    assert messages[2][0].message_id == enqueued
    assert len({properties.message_id for properties, _ in messages}) == 3


def test_the_guard_judges_the_address(start_hub, rabbitmq):
    hub = start_hub(env={"MIH_ALLOWED_PRIVATE": "10.0.0.0/8"})
    add(hub, rabbitmq.url(), endpoint="key", retry_backoff=0.05)
    hub.send([event()])
    waiting_for(hub, "127.0.0.1", "allowed_private")


@pytest.mark.parametrize("url", ["amqp://", "amqp://h:0/", "amqp://u:hidden@h/%zz",
                                 "amqp://h/?dlq=d", "amqps:/h", "http://h"])
def test_a_url_that_cannot_be_used_is_refused_when_it_is_saved(hub, url):
    problem = hub.admin.post("/services", {"name": "mq", "type": "amqp", "base_url": url}
                             ).expect_problem(422, "validation_failed")
    assert [error["field"] for error in problem["errors"]] == ["base_url"]
    assert "hidden" not in json.dumps(problem)


class TestTls:
    def url(self, rabbitmq, queue, host="localhost"):
        return f"amqps://guest:guest@{host}:{rabbitmq.tls_port}/?queue_declare={queue}"

    def test_a_known_authority(self, hub, rabbitmq, queue):
        add(hub, self.url(rabbitmq, queue), ca_file=str(rabbitmq.certificates.ca_file))
        hub.send([event()])
        assert hub.wait_until_done()["delivered"] == 1
        assert len(rabbitmq.take_all(queue)) == 1

    def test_an_unknown_authority_is_refused(self, hub, rabbitmq, queue):
        add(hub, self.url(rabbitmq, queue), retry_backoff=0.05)
        hub.send([event()])
        waiting_for(hub, "TLS", "certificate")

    def test_a_name_that_is_not_in_the_certificate_is_refused(self, hub, rabbitmq, queue):
        add(hub, self.url(rabbitmq, queue, "127.0.0.1"), retry_backoff=0.05,
            ca_file=str(rabbitmq.certificates.ca_file))
        hub.send([event()])
        waiting_for(hub, "TLS", "IP address mismatch")

    def test_a_client_certificate(self, hub, rabbitmq, queue):
        add(hub, self.url(rabbitmq, queue), ca_file=str(rabbitmq.certificates.ca_file),
            auth_type="mtls", client_cert=rabbitmq.certificates.text("client.pem"),
            client_key=rabbitmq.certificates.text("client.key"))
        hub.send([event()])
        assert hub.wait_until_done()["delivered"] == 1
        service = hub.service("mq")
        assert service["client_key"] == "********"
