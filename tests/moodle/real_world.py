"""A real Moodle with a real hub and a real receiver, and what was said about it elsewhere."""

import collections
import json
import os
from pathlib import Path

from real_moodle import PLUGIN, MariaDb, PostgreSql, RealMoodle
from support.events import stored
from support.hub import Hub
from support.receiver import Receiver

DATABASES = {"mariadb": MariaDb, "pgsql": PostgreSql}
CHOSEN = os.environ.get("MOODLE_DATABASES", "mariadb,pgsql").split(",")
ADDED = {"id", "site", "origin", "ip", "realuserid", "microtime", "sequence"}
PATIENCE_S = 240  # the first page after an upgrade builds all caches


class World:
    """A Moodle, a hub, a service that takes everything; built once for each database."""

    def __init__(self, database: str, directory: Path):
        self.directory = directory
        self.receiver = Receiver()
        self.database = DATABASES[database](directory)
        self.moodle = RealMoodle(Path(os.environ["MOODLE_DIR"]), self.database, directory)
        print(f"\n== Moodle {self.moodle.release} on {database}", flush=True)
        try:
            self.moodle.install()
        except BaseException:
            self.database.stop()
            raise
        self.hub = Hub(directory / "hub").start()
        self.connected = False
        self.seen = 0  # of the witness's rows, those that earlier tests have reconciled

    def stop(self) -> None:
        for part in (self.moodle, self.database):
            part.stop()
        if self.hub.running:
            self.hub.stop()
        self.receiver.stop()

    def connect(self) -> None:
        """Installs the plugin and connects it, as its README says."""
        if self.connected:
            return
        self.connected = True
        self.moodle.add_plugin(PLUGIN, "integrationhub")
        connect = ["moodle", "connect", "--moodle", self.moodle.root, "--name", "main"]
        early = self.hub.cli(*connect, timeout=PATIENCE_S)
        assert early.returncode == 1 and "upgrade.php" in early.stderr, early.stderr
        self.moodle.upgrade()
        self.moodle.start_web()
        connected = self.hub.cli(*connect, timeout=PATIENCE_S)
        assert connected.returncode == 0, connected.stderr

    def set_mode(self, mode: str) -> None:
        self.moodle.php(f"local_integrationhub\\settings::save(['capturemode' => '{mode}']);"
                        "report(1);")

    def received(self) -> list[dict]:
        """The events that the receiver got, in order of arrival, each once."""
        events = {}
        for request in self.receiver.requests:
            if request.path == "/all":
                event = json.loads(request.body)
                events.setdefault(event["id"], event)
        return list(events.values())

    def witnessed(self) -> list[dict]:
        """What was committed since the last call: events as the hub keeps them."""
        rows = self.moodle.witnessed()
        new, self.seen = rows[self.seen:], len(rows)
        return new

    def settle(self) -> None:
        self.moodle.cron()
        self.hub.wait_until_done(300)

    def reconcile(self, received_before: int, may_be_unseen=lambda event: False) -> int:
        """Everything that was committed has arrived, and nothing else has; a killed process may
        have left the witness without an event that is not part of a transaction."""
        happened = [row["event"] for row in self.witnessed()]
        arrived = self.received()[received_before:]
        missing = count(happened)
        missing.subtract(count(arrived))
        lost = [key for key, left in missing.items() if left > 0]
        invented = [key for key, left in missing.items() if left < 0
                    and not may_be_unseen(json.loads(key))]
        assert not lost, f"{len(lost)} of {len(happened)} events are missing: {lost[:3]}"
        assert not invented, f"{len(invented)} events never happened: {invented[:3]}"
        return len(happened)


def key_of(event: dict) -> str:
    """What an event is known by here: all that Moodle says of it."""
    plain = {name: value for name, value in stored(event).items() if name not in ADDED}
    return json.dumps(plain, sort_keys=True)


def count(events: list[dict]) -> collections.Counter:
    return collections.Counter(map(key_of, events))


def steps(events: list[dict]) -> list[str]:
    return [event["other"]["step"] for event in events
            if isinstance(event["other"], dict) and "step" in event["other"]]
