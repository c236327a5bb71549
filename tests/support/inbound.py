"""A Moodle that takes messages of services, and ways to send them."""

import hashlib
import hmac
import json
from base64 import b64decode, b64encode

from support.receiver import Answer, Received, Receiver

SECRET = "whsec_" + b64encode(b"a key of thirty-two bytes is used").decode()
# Places of a crash on the way of a message.
CRASH_POINTS = ("in_inbound_commit", "inbound_committed", "handed_over", "in_hand_over_commit")


class Moodle:
    """What the hub sees of a Moodle. `answer` decides about a message; default: it is taken, once
    for each id, as the plugin does."""

    def __init__(self, hub, receiver: Receiver, name: str = "main"):
        self.receiver = receiver
        self.name = name
        self.answer = None
        self.taken: dict[str, dict] = {}
        receiver.answer = self._answer
        made = hub.admin.post("/sites", {"name": name}).expect(201).json
        hub.stranger.post("/connector/connect", {
            "code": made["code"], "wwwroot": receiver.url, "plugin_version": "1",
            "moodle_version": "4.5", "outbox_rows": 0}).expect(200)

    def _answer(self, request: Received) -> Answer:
        called = json.loads(request.body)
        if called["action"] == "subscriptions":
            return Answer(200, {}, json.dumps({"version": called["version"]}).encode())
        message = called["message"]
        told = self.answer(message) if self.answer else None
        if told:
            return told
        known = message["id"] in self.taken
        self.taken.setdefault(message["id"], message)
        return Answer(200, {}, json.dumps({"taken": True, "duplicate": known}).encode())

    def hand_overs(self, count: int, timeout: float = 30) -> list[dict]:
        """The messages that were handed over, repeats included, as soon as there are so many."""
        requests = self.receiver.wait_for(
            count, timeout, lambda request: b'"action":"inbound"' in request.body)
        return [json.loads(request.body)["message"] for request in requests]


def refusal(status: int) -> Answer:
    """The connector itself says no."""
    return Answer(status, {}, json.dumps({"status": status, "detail": "no"}).encode())


def open_inbound(hub, name: str = "crm", **fields) -> None:
    hub.add_service(name, "http://127.0.0.1:9",
                    **{"inbound_enabled": True, "inbound_secret": SECRET} | fields)


def post(hub, body, service: str = "crm", **headers):
    """With the service's secret, unless other credentials are given."""
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    proof = {"X-API-Key", "Authorization", "webhook-signature", "X-Hub-Signature-256"}
    if not proof & set(named):
        named["X-API-Key"] = SECRET
    return hub.stranger.request("POST", f"/inbound/{service}", body, base="", headers=named)


def standard_signature(message_id: str, timestamp: int, body: bytes, secret: str = SECRET) -> str:
    """By the specification of Standard Webhooks, independent of the hub's code."""
    key = b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
