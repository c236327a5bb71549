"""Outages longer than all retries, with a crash in the middle: all is delivered, and the service is
not run over when it is back."""

import pytest

from support.events import events
from support.hub import wait_until
from support.receiver import Answer, Receiver

COUNT = 60


class Revived:
    """Answers slowly enough that requests overlap, and logs how many were under way."""

    def __init__(self):
        self.under_way = 0
        self.answered = 0
        self.log: list[tuple[int, int]] = []  # at each arrival: under way, answered before

    def __call__(self, _):
        self.under_way += 1
        self.log.append((self.under_way, self.answered))
        return Answer(delay=0.02, answered=self.done)

    def done(self):
        self.under_way -= 1
        self.answered += 1


def refuse(receiver: Receiver) -> None:
    receiver.down()


def answer_with(answer: Answer):
    def fail(receiver: Receiver) -> None:
        receiver.answer = answer
    return fail


def failed_probes(hub) -> int:
    return sum(attempt["probe"] for row in hub.admin.all("/deliveries", service="crm")
               for attempt in hub.admin.get(f"/deliveries/{row['id']}").json.get("attempts", []))


@pytest.mark.parametrize("fail", [
    pytest.param(refuse, id="refused"),
    pytest.param(answer_with(Answer(delay=3600)), id="no-answer"),
    pytest.param(answer_with(Answer(503)), id="503"),
    pytest.param(answer_with(Answer(401)), id="expired-token"),
])
def test_an_outage_costs_time_only_and_ends_gently(hub, receiver, fail):
    fail(receiver)
    hub.add_service("crm", receiver.url, timeout=0.3, max_retries=1, retry_backoff=0.1,
                    cb_cooldown=1)
    hub.add_rule("crm")
    hub.send(events(COUNT))
    wait_until(lambda: failed_probes(hub) >= 2, "two probes failed", 60)
    hub.kill()
    hub.start()
    assert hub.circuit("crm")["state"] != "closed"
    before = failed_probes(hub)
    wait_until(lambda: failed_probes(hub) > before, "a probe failed after the restart", 60)
    assert hub.admin.all("/dead-letters") == []

    hub.admin.patch("/services/crm", {"timeout": 60}).expect(200)  # this machine may be busy
    start = len(receiver.requests)
    revived = Revived()
    receiver.answer = revived
    if fail is refuse:
        receiver.up()
    assert hub.wait_until_done() == {"created": COUNT, "delivered": COUNT, "dead": 0, "open": 0}
    assert len({request.webhook_id for request in receiver.requests[start:]}) == COUNT
    # One probe; after it 1, then 1 more with each success, as far as max_concurrency.
    for under_way, answered in revived.log:
        assert under_way <= min(max(1, answered), 8), revived.log[:20]
    assert max(under_way for under_way, _ in revived.log) > 1, "it never grew"
