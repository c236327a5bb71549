"""Three services that fail in their own ways, and the reckoning afterwards.

What counts is the receivers' own logs and the senders' own list of what was acknowledged, not what
the hub says of itself; the hub's counters must agree with them.
"""

import json
import random
import zlib
from collections import defaultdict
from collections.abc import Iterable

from support.hub import Hub
from support.receiver import Answer, Receiver, Received

RULE = {"payload_template": '{"id": {{id}}, "key": {{userid}}, "n": {{objectid}}}'}
CYCLE = 1000  # requests, of which the flapping service refuses the 60th to 63rd


def is_refused(event_id: str) -> bool:
    """Events that the ordered service refuses for good."""
    return zlib.crc32(event_id.encode()) % 40 == 0


def sometimes_failing(chance: random.Random):
    """Now and then an answer that makes the hub try again, so that retries are under way too."""
    def answer(request: Received) -> Answer:
        dice = chance.random()
        if dice < 0.005:
            return Answer(reset=True)
        return Answer(500) if dice < 0.02 else Answer()
    return answer


def refusing_some(chance: random.Random):
    failing = sometimes_failing(chance)

    def answer(request: Received) -> Answer:
        refused = is_refused(json.loads(request.body)["id"])
        return Answer(422) if refused else failing(request)
    return answer


def flapping():
    """Is away again and again, so that its circuit opens."""
    count = 0

    def answer(request: Received) -> Answer:
        nonlocal count
        count += 1
        return Answer(503) if 60 <= count % CYCLE < 64 else Answer()
    return answer


class World:
    def __init__(self, receivers, seed: int):
        self.plain = receivers(sometimes_failing(random.Random(seed + 1)))
        self.ordered = receivers(refusing_some(random.Random(seed + 2)))
        self.flapping = receivers(flapping())

    def furnish(self, hub: Hub) -> None:
        settings = {"max_retries": 20, "retry_backoff": 0.05, "cb_failure_threshold": 20,
                    "cb_cooldown": 1}
        hub.add_service("plain", self.plain.url, **settings)
        hub.add_service("ordered", self.ordered.url, **settings)
        # As many retries as it refuses requests in a row, so that none is exhausted when an answer
        # to an earlier request comes between.
        hub.add_service("flapping", self.flapping.url,
                        **settings | {"cb_failure_threshold": 3, "max_retries": 4})
        hub.add_rule("plain", **RULE)
        hub.add_rule("ordered", ordering_key="{{userid}}", **RULE)
        hub.add_rule("flapping", **RULE)

    @property
    def receivers(self) -> tuple[Receiver, ...]:
        return self.plain, self.ordered, self.flapping

    def reckon(self, hub: Hub, acknowledged: set[str], doomed: int = 0,
               letters_kept: bool = True) -> int:
        """Everything arrived or is a dead letter, and the counters say so; `doomed` deliveries to
        other services ended dead. Returns how many requests were repeats."""
        counts = hub.wait_until_done(300)
        for receiver in self.receivers:
            reconcile(acknowledged, receiver.requests)
        expect_order(self.ordered.requests)
        refused = {item for item in acknowledged if is_refused(item)}
        dead = len(refused) + doomed
        created = 3 * len(acknowledged) + doomed
        accepted = hub.summary()["events_accepted"]
        assert accepted == len(acknowledged), f"{accepted} of {len(acknowledged)} accepted"
        letters = hub.admin.all("/dead-letters")
        expected = {"created": created, "dead": dead, "delivered": created - dead, "open": 0}
        others = [letter for letter in letters if letter["reason"] != "rejected"]
        assert counts == expected, f"{counts} instead of {expected}; {others[:5]}"
        assert hub.summary()["dead_letters"] == len(letters)
        buried = {letter["delivery_id"] for letter in letters if letter["reason"] == "rejected"}
        expected = {request.webhook_id for request in self.ordered.requests
                    if json.loads(request.body)["id"] in refused}
        assert buried <= expected
        if letters_kept:
            assert buried == expected and len(letters) == dead
        return sum(repeats_of(receiver.requests) for receiver in self.receivers)


def repeats_of(requests: list[Received]) -> int:
    return len(requests) - len({request.webhook_id for request in requests})


def reconcile(acknowledged: set[str], requests: Iterable[Received]) -> None:
    """Every acknowledged event arrived; repeats have the same webhook-id."""
    ids_of_event = defaultdict(set)
    events_of_id = defaultdict(set)
    for request in requests:
        event_id = json.loads(request.body)["id"]
        ids_of_event[event_id].add(request.webhook_id)
        events_of_id[request.webhook_id].add(event_id)
    missing = acknowledged - ids_of_event.keys()
    assert not missing, f"{len(missing)} acknowledged events never arrived: {sorted(missing)[:5]}"
    assert {len(ids) for ids in ids_of_event.values()} == {1}, "a repeat with another webhook-id"
    assert {len(ids) for ids in events_of_id.values()} == {1}, "a webhook-id of two events"


def expect_order(requests: Iterable[Received]) -> None:
    """Per key the first arrivals are in the order of sending; a repeat may come later."""
    last: dict[int, int] = {}
    seen = set()
    for request in requests:
        if request.webhook_id in seen:
            continue
        seen.add(request.webhook_id)
        body = json.loads(request.body)
        before = last.get(body["key"], -1)
        assert body["n"] > before, f"key {body['key']}: {body['n']} came after {before}"
        last[body["key"]] = body["n"]
