"""Moodle events for the tests: recorded ones and made ones."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).resolve().parents[1] / "data/events-sample.ndjson"
USER_CREATED = r"\core\event\user_created"
INTEGER_FIELDS = ("objectid", "contextid", "contextlevel", "contextinstanceid", "userid",
                  "courseid", "relateduserid", "realuserid", "edulevel", "anonymous", "timecreated")
IDENTITIES = ("userid", "relateduserid", "realuserid", "ip")

_numbers = itertools.count(1)


def event(eventname: str = USER_CREATED, **fields) -> dict:
    """A whole event with an id that no other of this run has."""
    number = next(_numbers)
    return {"id": f"test-{number:08d}", "eventname": eventname, "component": "core",
            "action": "created", "target": "user", "objecttable": "user", "objectid": number,
            "crud": "c", "edulevel": 0, "contextid": 1, "contextlevel": 10,
            "contextinstanceid": 0, "userid": 2, "courseid": 0, "relateduserid": None,
            "anonymous": 0, "other": None, "timecreated": 1708258939, **fields}


def events(count: int, **fields) -> list[dict]:
    return [event(**fields) for _ in range(count)]


def as_ndjson(items: list[dict]) -> bytes:
    return "".join(json.dumps(item) + "\n" for item in items).encode()


def sample_lines() -> list[str]:
    """The recorded events as they were written, one JSON text each."""
    return SAMPLE.read_text(encoding="utf-8").splitlines()


def stored(item: dict) -> dict:
    """An event as the hub keeps it: Moodle gives the same id now as 5, now as "5"; of an anonymous
    event nobody shall know who it was."""
    kept = {name: int(value) if name in INTEGER_FIELDS and isinstance(value, str)
            and re.fullmatch(r"-?[0-9]{1,18}", value) else value for name, value in item.items()}
    if kept.get("anonymous") == 1:
        kept |= {name: None for name in IDENTITIES if name in kept}
    return kept


def exact(text: str | bytes) -> Any:
    """JSON with its numbers as they are spelled: 129.95 and 1.2995E2 differ."""
    return json.loads(text, parse_float=lambda digits: ("number", digits),
                      parse_int=lambda digits: ("number", digits))
