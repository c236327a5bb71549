"""Senders that post without pause and note what was acknowledged, through crashes of the hub."""

import http.client
import threading

from support.api import Api
from support.events import as_ndjson, event
from support.hub import Hub

BATCH = 10
KEYS_PER_SENDER = 3
PATIENCE_S = 60


class Sender(threading.Thread):
    """Posts batches. An unanswered one is sent again as it is, also when the fleet ends meanwhile.

    The events of a key (`userid`) are numbered in the order of sending (`objectid`).
    """

    def __init__(self, fleet: "Fleet", number: int, filler: int):
        super().__init__(daemon=True)
        self.fleet = fleet
        self.number = number
        self.filler = "x" * filler

    def run(self):
        count = 0
        while not self.fleet.ended:
            batch = [self._event(count + offset) for offset in range(BATCH)]
            count += BATCH
            while not self.fleet.post(batch):
                if self.fleet.given_up:
                    return

    def _event(self, count: int) -> dict:
        key = self.number * KEYS_PER_SENDER + count % KEYS_PER_SENDER
        return event(id=f"s{self.number}-{count:06d}", userid=key, objectid=count,
                     other=self.filler)


class Fleet:
    """The senders together, and the hub that they send to for now."""

    def __init__(self, hub: Hub, senders: int = 3, filler: int = 0):
        self.changed = threading.Condition()
        self.acknowledged: set[str] = set()
        self.token = hub.create_token("ingest")["token"]
        self.address: tuple[str, int] | None = None
        self.ended = False
        self.given_up = False
        self.unexpected: list[str] = []
        self._local = threading.local()
        self._senders = [Sender(self, number, filler) for number in range(senders)]

    def start(self) -> "Fleet":
        for sender in self._senders:
            sender.start()
        return self

    def go(self, hub: Hub) -> None:
        """From now on they send there, until it does not answer."""
        with self.changed:
            self.address = hub.address
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self.changed:
            reached = self.changed.wait_for(
                lambda: len(self.acknowledged) >= count or self.unexpected, PATIENCE_S)
        assert not self.unexpected, self.unexpected[:3]
        assert reached, f"{len(self.acknowledged)} of {count} after {PATIENCE_S} s"

    def end(self) -> None:
        """Lets them finish: what they have sent by then is acknowledged, all of it."""
        with self.changed:
            self.ended = True
            self.changed.notify_all()
        for sender in self._senders:
            sender.join(PATIENCE_S)
        assert not self.unexpected, self.unexpected[:3]
        assert not any(sender.is_alive() for sender in self._senders), "a batch was never answered"

    def give_up(self) -> None:
        """Ends them without an answer."""
        with self.changed:
            self.ended = self.given_up = True
            self.changed.notify_all()

    def post(self, batch: list[dict]) -> bool:
        with self.changed:
            self.changed.wait_for(lambda: self.address or self.given_up)
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
        if reply.status == 503 and answer.get("code") == "starting":
            return False  # the hub is stopping
        with self.changed:
            if reply.status != 202 or answer["accepted"] + answer["duplicates"] != len(batch):
                self.unexpected.append(f"{reply.status} {reply.body[:500]!r}")
                self.changed.notify_all()
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
