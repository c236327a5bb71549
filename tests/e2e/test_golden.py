"""Rules as people write them, with what they send.

Each tests/golden/NAME.json has a rule, an event and the request that the rule makes of it, and what
became of all recorded events: how many matched, how many could not be rendered, and a hash over the
requests that arrived. `MIH_UPDATE_GOLDEN=1` writes the results anew; look at the difference.
"""

import gzip
import hashlib
import json
import os
from pathlib import Path

import pytest

from support.events import sample_lines
from support.hub import Hub
from support.moodle import Moodle
from support.receiver import Receiver
from support.tree import ROOT

CASES = sorted((ROOT / "tests/golden").glob("*.json"))
CORPUS = ROOT / "tests/data/events.ndjson.gz"
UPDATE = os.environ.get("MIH_UPDATE_GOLDEN") == "1"
SHOWN = ("method", "url", "headers", "payload", "warnings", "matches")


def test_there_are_many():
    assert len(CASES) >= 30


def check(path: Path, name: str, found) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    if UPDATE:
        case[name] = found
        path.write_text(json.dumps(case, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    assert found == case.get(name), f"{path.name}: MIH_UPDATE_GOLDEN=1 writes it anew"


def add(hub: Hub, path: Path, url: str, **service) -> dict:
    case = json.loads(path.read_text(encoding="utf-8"))
    hub.admin.post("/services", {"name": path.stem, "type": "rest", "base_url": url,
                                 **case["service"], **service}).expect(201)
    return hub.admin.post("/rules", {"name": path.stem, "service": path.stem,
                                     **case["rule"]}).expect(201).json


@pytest.fixture(scope="module")
def golden_hub(tmp_path_factory):
    hub = Hub(tmp_path_factory.mktemp("mih") / "data").start()
    yield hub
    hub.stop()


@pytest.fixture(scope="module")
def moodle(golden_hub):
    receiver = Receiver()
    moodle = Moodle(golden_hub, receiver)
    moodle.connect()
    yield moodle
    receiver.stop()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_rule_makes_this_request(golden_hub, moodle, path):
    case = json.loads(path.read_text(encoding="utf-8"))
    rule = add(golden_hub, path, "http://service.example/api")
    known = case.get("moodle", {})
    moodle.users = {int(number): one for number, one in known.get("users", {}).items()}
    moodle.courses = {int(number): one for number, one in known.get("courses", {}).items()}
    preview = golden_hub.admin.post("/rules/preview", {
        "rule_id": rule["id"], "event": {**case["event"], "site": "main"}}).expect(200).json
    preview["headers"].pop("webhook-id")
    check(path, "request", {name: preview[name] for name in SHOWN})


def corpus() -> list[str]:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as file:
        lines = [*sample_lines(), *file]
    return [f'{line.rstrip()[:-1]},"id":"corpus-{number:05d}"}}'
            for number, line in enumerate(lines)]


def is_sent(path: Path) -> bool:
    """Those that go to a receiver of HTTP and need no Moodle."""
    case = json.loads(path.read_text(encoding="utf-8"))
    return not case["service"] and "moodle" not in case


def digest(requests) -> str:
    """Of what was sent, in no particular order."""
    hashed = sorted(hashlib.sha256(b"\n".join([
        request.method.encode(), request.path.encode(), request.webhook_id.encode(),
        *(f"{name}: {value}".encode() for name, value in sorted(request.headers.items())
          if name.startswith("x-") or name in ("content-type", "idempotency-key")),
        request.body])).hexdigest() for request in requests)
    return hashlib.sha256("".join(hashed).encode()).hexdigest()


def test_every_recorded_event_passes_through_every_rule(hub, receiver):
    rules = {}
    for path in CASES:
        rules[path] = add(hub, path, f"{receiver.url}/{path.stem}", enabled=is_sent(path),
                          **({} if is_sent(path) else {"cb_failure_threshold": 0}))
        if not is_sent(path):
            hub.admin.patch(f"/rules/{rules[path]['id']}", {"enabled": False}).expect(200)
    lines = corpus()
    for first in range(0, len(lines), 5_000):
        body = "\n".join(lines[first:first + 5_000])
        answer = hub.admin.post("/events", body, content_type="application/x-ndjson").expect(202)
        assert answer.json["rejected"] == []
    hub.wait_until_done(300)
    arrived = {path.stem: [] for path in CASES}
    for request in receiver.requests:
        arrived[request.path.split("/")[1].split("?")[0]].append(request)
    for path, rule in rules.items():
        run = hub.admin.post("/rules/dry-run", {"rule_id": rule["id"],
                                                "limit": 10_000}).expect(200).json
        assert run["events"] == len(lines)
        letters = hub.admin.all("/dead-letters", rule_id=rule["id"], reason="template")
        if is_sent(path):
            assert len(letters) == run["unrenderable"], path.stem
            assert len(arrived[path.stem]) == run["matched"] - run["unrenderable"], path.stem
        found = {"matched": run["matched"], "unrenderable": run["unrenderable"],
                 "sha256": digest(arrived[path.stem])}
        check(path, "corpus", found)
