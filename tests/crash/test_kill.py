"""kill -9 under load, again and again on the same data directory.

What counts is the receiver's own log and the sender's own list of what was acknowledged, not what
the hub says of itself.
"""

import http.client
import json
import os
import random
import threading
from collections import defaultdict

from support.api import Api
from support.events import as_ndjson, event
from support.hub import Hub
from support.receiver import Answer, Receiver, Received

KILLS = int(os.environ.get("MIH_KILLS", "20"))
SEED = int(os.environ.get("MIH_SEED", random.SystemRandom().randrange(1 << 32)))
SENDERS = 3
BATCH = 10


class Sender(threading.Thread):
    """Posts batches and notes what was acknowledged. An unanswered batch is sent again as it is."""

    def __init__(self, fleet: "Fleet", number: int):
        super().__init__(daemon=True)
        self.fleet = fleet
        self.number = number

    def run(self):
        count = 0
        while not self.fleet.ended:
            batch = [event(id=f"s{self.number}-{count + offset}") for offset in range(BATCH)]
            count += BATCH
            while not self.fleet.post(batch):
                if self.fleet.ended:
                    return


class Fleet:
    """The senders together, and the hub that they send to for now."""

    def __init__(self):
        self.changed = threading.Condition()
        self.acknowledged: set[str] = set()
        self.token = ""
        self.address: tuple[str, int] | None = None
        self.ended = False
        self.unexpected: list[str] = []
        self._local = threading.local()

    def post(self, batch: list[dict]) -> bool:
        with self.changed:
            self.changed.wait_for(lambda: self.address or self.ended)
            address = self.address
        if address is None:
            return False
        try:
            reply = self._api(address).post("/events", as_ndjson(batch),
                                            content_type="application/x-ndjson",
                                            connection=self._local.connection)
            answer = reply.json
        except (OSError, http.client.HTTPException, ValueError):
            self._local.connection = None
            with self.changed:
                if self.address == address:
                    self.address = None  # until the next start
            return False
        with self.changed:
            if reply.status != 202 or answer["accepted"] + answer["duplicates"] != len(batch):
                self.unexpected.append(f"{reply.status} {reply.body[:500]!r}")
                return False
            self.acknowledged |= {item["id"] for item in batch}
            self.changed.notify_all()
        return True

    def _api(self, address) -> Api:
        api = Api(address, self.token)
        if getattr(self._local, "connection", None) is None or self._local.address != address:
            self._local.connection = api.connect()
            self._local.address = address
        return api

    def go(self, hub: Hub) -> None:
        with self.changed:
            self.address = hub.address
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self.changed:
            reached = self.changed.wait_for(
                lambda: len(self.acknowledged) >= count or self.unexpected, 60)
        assert reached and not self.unexpected, self.unexpected[:3] or "no progress for 60 s"

    def end(self) -> None:
        with self.changed:
            self.ended = True
            self.changed.notify_all()


def sometimes_failing(chance: random.Random):
    """Now and then an answer that makes the hub try again, so that retries are under way too."""
    def answer(request: Received) -> Answer:
        dice = chance.random()
        if dice < 0.005:
            return Answer(reset=True)
        return Answer(500) if dice < 0.02 else Answer()
    return answer


def reconcile(acknowledged: set[str], receiver: Receiver) -> None:
    ids_of_event = defaultdict(set)
    events_of_id = defaultdict(set)
    for request in receiver.requests:
        event_id = json.loads(request.body)["id"]
        ids_of_event[event_id].add(request.webhook_id)
        events_of_id[request.webhook_id].add(event_id)
    missing = acknowledged - ids_of_event.keys()
    assert not missing, f"{len(missing)} acknowledged events never arrived: {sorted(missing)[:5]}"
    assert {len(ids) for ids in ids_of_event.values()} == {1}, "a repeat with another webhook-id"
    assert {len(ids) for ids in events_of_id.values()} == {1}, "a webhook-id of two events"


def test_no_acknowledged_event_is_lost(start_hub, receivers):
    print(f"\nMIH_SEED={SEED} MIH_KILLS={KILLS}")
    chance = random.Random(SEED)
    receiver = receivers(sometimes_failing(random.Random(SEED + 1)))
    hub = start_hub()
    hub.add_service("crm", receiver.url, max_retries=20, retry_backoff=0.05,
                    cb_failure_threshold=20, cb_cooldown=1)
    hub.add_rule("crm", payload_template='{"id": {{id}}}')
    fleet = Fleet()
    fleet.token = hub.create_token("ingest")["token"]
    senders = [Sender(fleet, number) for number in range(SENDERS)]
    for sender in senders:
        sender.start()

    moment = threading.Event()
    for _ in range(KILLS):
        fleet.go(hub)
        fleet.wait_for(len(fleet.acknowledged) + chance.randrange(1, 1500))
        moment.wait(chance.uniform(0, 0.02))  # not always right after an answer
        hub.kill()
        hub.start()
        hub.summary()
    fleet.end()
    for sender in senders:
        sender.join(60)
    assert not fleet.unexpected, fleet.unexpected[:3]

    counts = hub.wait_until_done(300)
    assert counts["dead"] == 0
    reconcile(fleet.acknowledged, receiver)
    repeats = len(receiver.requests) - len({r.webhook_id for r in receiver.requests})
    print(f"{KILLS} kills, {len(fleet.acknowledged)} events acknowledged, none missing, "
          f"{repeats} repeats")


def test_the_reconciliation_finds_a_loss(receivers):
    receiver = receivers()
    for event_id, webhook_id in (("a", "d_1"), ("b", "d_2")):
        connection = http.client.HTTPConnection("127.0.0.1", receiver.port)
        connection.request("POST", "/", json.dumps({"id": event_id}), {"webhook-id": webhook_id})
        assert connection.getresponse().status == 200
        connection.close()
    reconcile({"a", "b"}, receiver)
    try:
        reconcile({"a", "b", "c"}, receiver)
    except AssertionError as found:
        assert "never arrived" in str(found)
    else:
        raise AssertionError("a missing event was not noticed")
