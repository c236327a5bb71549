"""What the hub sees of a Moodle: its callback, and what its plugin asks for."""

import json

from support.api import Api
from support.receiver import Answer, Receiver


class Moodle:
    def __init__(self, hub, receiver: Receiver, name: str = "main"):
        self.hub = hub
        self.receiver = receiver
        self.name = name
        self.version = 0
        self.up = True
        self.users: dict[int, dict] = {}
        self.courses: dict[int, dict] = {}
        receiver.answer = self._answer

    def connect(self) -> dict:
        made = self.hub.admin.post("/sites", {"name": self.name}).expect(201).json
        self.id = made["id"]
        return self.connect_with(made["code"])

    def connect_with(self, code: str) -> dict:
        given = self.hub.stranger.post("/connector/connect", {
            "code": code, "wwwroot": self.receiver.url, "plugin_version": "2026112300",
            "moodle_version": "4.5.5", "outbox_rows": 0}).expect(200).json
        self.key = given["callback_key"]
        self.version = given["subscriptions"]["version"]
        self.token = given["token"]
        self.api = Api(self.hub.address, self.token)
        return given

    def ask(self, **query):
        return self.api.get("/connector/subscriptions", **query,
                            headers={"MIH-Subscriptions": str(self.version)}).expect(200)

    def _answer(self, request) -> Answer:
        if not self.up:
            return Answer(503)
        called = json.loads(request.body)
        if called["action"] == "look_up":
            found = {kind: {str(one): known[one] for one in called[kind] if one in known}
                     for kind, known in (("users", self.users), ("courses", self.courses))}
            return Answer(200, {}, json.dumps(found).encode())
        self.version = max(self.version, called["version"])
        return Answer(200, {}, json.dumps({"version": self.version}).encode())

    def calls(self, action: str) -> list[dict]:
        called = [json.loads(request.body) for request in list(self.receiver.requests)]
        return [one for one in called if one["action"] == action]

    def wait_for_call(self, *patterns: str, times: int = 1):
        """The latest call about these patterns, as soon as there were so many."""
        return self.receiver.wait_for(
            times,
            where=lambda request: json.loads(request.body).get("patterns") == list(patterns))[-1]

    def wait_for_look_up(self, times: int = 1):
        return self.receiver.wait_for(
            times, where=lambda request: json.loads(request.body)["action"] == "look_up")[-1]

    def send(self, *events: dict) -> None:
        answer = self.api.post("/events", list(events)).expect(202).json
        assert answer["rejected"] == []


def user(number: int, **fields) -> dict:
    name = f"user{number}"
    return {"id": number, "username": name, "email": f"{name}@example.org", "firstname": "U",
            "lastname": str(number), "fullname": f"U {number}", "idnumber": f"00{number}",
            "lang": "en", **fields}


def course(number: int, **fields) -> dict:
    return {"id": number, "shortname": f"c{number}", "fullname": f"Course {number}",
            "idnumber": "", "category": 1, **fields}
