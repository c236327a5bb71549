"""A stand-in Moodle in a directory of its own, and the hub that the tests script for it."""

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from support.receiver import Answer, Received, Receiver

ROOT = Path(__file__).resolve().parents[2]
STANDIN = ROOT / "tests/moodle/standin"
CREATED = "\\core\\event\\user_created"
UPDATED = "\\core\\event\\user_updated"
VIEWED = "\\core\\event\\course_viewed"
POSTED = "\\mod_forum\\event\\post_created"


def fire(event: str, **fields) -> str:
    """PHP that triggers an event."""
    data = json.dumps(json.dumps(fields))
    return f"({event[1:]}::create(json_decode({data}, true)))->trigger();"


@dataclass
class Ran:
    answer: object  # what answer() was called with last
    code: int
    errors: str


@dataclass
class Page:
    """What an entry of the plugin answered."""

    status: int
    headers: dict[str, str]
    packed: str
    session_closed: bool

    @property
    def body(self) -> bytes:
        return base64.b64decode(self.packed)

    @property
    def code(self) -> str:
        return json.loads(self.body)["code"]


def php_text(text: str) -> str:
    """A text as PHP writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Site:
    """One Moodle; each run() is a request or a script of it, in a PHP process of its own."""

    def __init__(self, directory: Path):
        self.directory = directory
        directory.mkdir()

    def run(self, php: str, web: bool = True, expect: int = 0, **env: str) -> Ran:
        """Runs PHP inside of the site; it gives values back with answer()."""
        script = (f"require {json.dumps(str(STANDIN / 'bootstrap.php'))};\n"
                  "function answer($value) { fwrite(STDOUT, json_encode($value) . \"\\n\"); }\n"
                  f"use local_integrationhub as hub;\n{php}")
        done = subprocess.run(
            ["php", "-d", "opcache.enable_cli=0", "-r", script], capture_output=True, text=True,
            timeout=60, check=False, stdin=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "STANDIN_ROOT": str(self.directory),
                 "STANDIN_WEB": "1" if web else "0", **env})
        assert done.returncode == expect, f"PHP ended with {done.returncode}: {done.stderr}"
        assert expect != 0 or "Fatal error" not in done.stderr, done.stderr
        lines = done.stdout.splitlines()
        return Ran(json.loads(lines[-1]) if lines else None, done.returncode, done.stderr)

    def die(self, php: str, web: bool = True) -> None:
        """Runs PHP that is killed at its end: no shutdown function runs."""
        self.run(php + "posix_kill(getmypid(), SIGKILL);", web, expect=-signal.SIGKILL)

    def connect(self, hub: "FakeHub", **settings: str) -> None:
        values = json.dumps(json.dumps(settings))
        self.run(f"hub\\connection::open([{json.dumps(hub.url)}], 'a-code');"
                 f"hub\\settings::save(json_decode({values}, true));", web=False)

    def task(self, **env: str) -> str:
        """The minute task, in cron; what it says."""
        return self.run("(new hub\\task\\sync())->execute();", web=False, **env).errors

    def outbox(self) -> list[dict]:
        """All rows of the outbox, oldest first."""
        rows = self.run("answer(array_values($DB->get_records("
                        "'local_integrationhub_outbox', null, 'id')));").answer
        return [{**row, "status": int(row["status"]), "timecreated": int(row["timecreated"])}
                for row in rows]

    def waiting(self) -> list[int]:
        """The objectid of each event that waits, oldest first."""
        return [json.loads(row["body"])["objectid"] for row in self.outbox() if row["status"] == 0]

    def purge_caches(self) -> None:
        self.run("hub\\hub_state::purge();")

    def age_outbox(self, seconds: int) -> None:
        self.run(f"$DB->set_field_select('local_integrationhub_outbox', 'timecreated', "
                 f"time() - {seconds}, '1 = 1');")

    def checks(self) -> dict[str, tuple[str, str]]:
        """The status checks: name -> status, summary."""
        php = """require PLUGIN . '/lib.php';
        foreach (local_integrationhub_status_checks() as $check) {
            $result = $check->get_result();
            $all[$check->get_id()] = [$result->get_status(), $result->get_summary()];
        }
        answer($all);"""
        return {name: tuple(value) for name, value in self.run(php).answer.items()}

    def visit(self, path: str, method: str = "GET", query: str = "", body: str = "",
              role: str = "manage", user: dict | None = None, **headers: str) -> "Page":
        """What the relay answers to a browser; headers are named as in $_SERVER."""
        capabilities = {"manage": ["local/integrationhub:manage", "local/integrationhub:view"],
                        "view": ["local/integrationhub:view"], "": []}[role]
        user = {"id": 5, "firstname": "Ana", "lastname": "Ñandú", "capabilities": capabilities,
                **(user or {})}
        server = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query,
                  "SCRIPT_NAME": "/local/integrationhub/hub.php", **headers}
        return self._page(f"""$USER = json_decode({php_text(json.dumps(user))});
            $relay = new hub\\relay(json_decode({php_text(json.dumps(server))}, true));
            $answer = $relay->answer({php_text(body)});""")

    def post_webhook(self, service: str, headers: dict[str, str], body: str,
                     method: str = "POST", **env: str) -> "Page":
        """What webhook.php answers."""
        return self._page(f"""$answer = hub\\webhook::answer({php_text(method)},
            {php_text(service)}, json_decode({php_text(json.dumps(headers))}, true),
            {php_text(body)});""", **env)

    def _page(self, php: str, **env: str) -> "Page":
        return Page(*self.run(php + """answer([$answer->status, $answer->headers,
            base64_encode($answer->body), core\\session\\manager::$closed]);""", **env).answer)

    def call_back(self, call: dict, key: str = "the-callback-key", at: int | None = None,
                  nonce: str | None = None, before: str = "") -> tuple[int, dict]:
        """What the callback answers to a call of the hub; `before` is PHP that runs first."""
        body = json.dumps(call)
        at = int(time.time()) if at is None else at
        nonce = nonce or secrets.token_hex(16)
        mac = hmac.new(key.encode(), f"{at}.{nonce}.{body}".encode(), hashlib.sha256).hexdigest()
        return self.call_back_raw(body, f"t={at},n={nonce},v1={mac}", before=before)

    def call_back_raw(self, body: str, signature: str, method: str = "POST",
                      before: str = "") -> tuple[int, dict]:
        arguments = ", ".join(map(json.dumps, (method, signature, body))).replace("$", "\\$")
        status, answer = self.run(f"{before}answer(hub\\callback::handle({arguments}));").answer
        return status, answer


class FakeHub:
    """A hub that remembers what it was sent and answers as the real one, or as it is told."""

    def __init__(self, patterns: list[str] | None = None):
        self.version = 100
        self.patterns = patterns if patterns is not None else ["*"]
        self.sample: list[str] = []
        self.alerts: list[dict] = []
        self.named_version: int | None = None  # named in headers, if not the list's
        self.events_answer = None  # a function of the request and its events, or None
        self.call_answer = Answer(202, {}, b'{"delivery_id":"d_abc"}')
        self.page_answer = Answer(200, {}, b"[]")  # to what the relay and webhooks hand on
        self.imports: list[Answer] = []  # answers to the next imports, then all is taken
        self.token = "mih_token"
        self.site_id = 1
        self.privacy_answers: list[Answer] = []  # one after another
        self.receiver = Receiver(self._answer)

    @property
    def url(self) -> str:
        return self.receiver.url

    def subscribe(self, *patterns: str) -> None:
        """Other patterns, as a new version."""
        self.patterns = list(patterns)
        self.version += 1

    def requests(self, path: str, method: str | None = None) -> list[Received]:
        return [request for request in self.receiver.requests
                if re.fullmatch(r"/api/v1" + path + r"(\?.*)?", request.path)
                and method in (None, request.method)]

    def batches(self) -> list[list[dict]]:
        """The posted events, request by request."""
        return [events_of(request) for request in self.requests("/events")]

    def events(self) -> list[dict]:
        """All posted events, without repeats of an id."""
        seen = {}
        for batch in self.batches():
            for event in batch:
                seen.setdefault(event["id"], event)
        return list(seen.values())

    def objects(self) -> list[int]:
        return [event["objectid"] for event in self.events()]

    def list(self) -> dict:
        return {"version": self.version, "patterns": self.patterns, "sample": self.sample}

    def _answer(self, request: Received) -> Answer:
        answer = self._route(request)
        answer.headers = {"MIH-Subscriptions": str(self.named_version or self.version),
                          **answer.headers}
        return answer

    def _route(self, request: Received) -> Answer:
        path = request.path.split("?")[0].removeprefix("/api/v1")
        if path == "/connector/connect":
            return in_json(200, {"site_id": self.site_id, "name": "main",
                                 "token": self.token,
                                 "callback_key": "the-callback-key",
                                 "signon_key": "the-signon-key", "subscriptions": self.list()})
        if path == "/connector/import":
            return self.imports.pop(0) if self.imports else imported(json.loads(request.body))
        if request.headers.get("authorization", "").startswith("MIH-Sign-On ") or \
                not request.path.startswith("/api/v1/"):
            return self.page_answer
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return in_json(401, {"status": 401, "code": "unauthorized", "detail": "Who are you?"})
        if path == "/connector/subscriptions":
            return in_json(200, {**self.list(), "alerts": self.alerts})
        if path == "/connector/catalogue":
            return Answer(204, {}, b"")
        if path.startswith("/privacy/"):
            return self.privacy_answers.pop(0) if self.privacy_answers else in_json(404, {})
        if path.startswith("/services/"):
            return self.call_answer
        events = events_of(request)
        if self.events_answer:
            answer = self.events_answer(request, events)
            if answer is not None:
                return answer
        return taken(len(events))


def events_of(request: Received) -> list[dict]:
    return [json.loads(line) for line in request.body.splitlines() if line]


def imported(tables: dict) -> Answer:
    """A report of the hub that says that every row was taken over."""
    names = {"services": "local_integrationhub_svc", "rules": "local_integrationhub_rules",
             "dead_letters": "local_integrationhub_dlq", "deliveries": "task_adhoc"}
    rows = {kind: {"created": len(tables.get(table, [])), "unchanged": 0, "renamed": [],
                   "disabled": [], "refused": []} for kind, table in names.items()}
    return in_json(200, {"dry_run": False, **rows, "notices": []})


def in_json(status: int, body: object) -> Answer:
    return Answer(status, {}, json.dumps(body).encode())


def taken(count: int, rejected: list[dict] | None = None) -> Answer:
    rejected = rejected or []
    return in_json(202, {"accepted": count - len(rejected), "duplicates": 0,
                         "rejected": rejected})
