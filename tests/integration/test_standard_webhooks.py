"""Signatures by Standard Webhooks, held against the npm package `standardwebhooks`."""

import json
import subprocess
import time
from base64 import b64encode
from pathlib import Path

from support.events import event
from support.inbound import SECRET, Moodle, open_inbound, post

SCRIPT = Path(__file__).resolve().parent / "standard_webhooks.mjs"
OLD = "whsec_" + b64encode(b"the old key of twenty-four").decode()


def ask(body: bytes, secret: str = SECRET, **asked) -> dict:
    run = subprocess.run(["node", str(SCRIPT)], text=True, capture_output=True, timeout=60,
                         check=False, input=json.dumps(
                             {"secret": secret, "body": b64encode(body).decode(), **asked}))
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def verified(request, secret: str, body: bytes | None = None) -> bool:
    return ask(request.body if body is None else body, secret, headers=request.headers)["valid"]


def test_what_the_hub_signs_the_package_verifies(hub, receiver):
    hub.add_service("crm", receiver.url, signing_secret=SECRET, signing_secret_old=OLD)
    hub.add_rule("crm", payload_template='{"id": {{id}}, "name": "Åsa \\u00e9"}')
    hub.send([event()])
    request, = receiver.wait_for(1)
    assert verified(request, SECRET) and verified(request, OLD)
    assert not verified(request, SECRET, request.body + b" ")
    assert not verified(request, "whsec_" + b64encode(b"another key of twenty-four").decode())
    request.headers["webhook-id"] += "x"
    assert not verified(request, SECRET)


def test_what_the_package_signs_the_hub_takes(hub, receiver):
    moodle = Moodle(hub, receiver)
    open_inbound(hub)
    body, now = '{"name": "Åsa"}'.encode(), int(time.time())
    signature = ask(body, id="w-1", timestamp=now)["signature"]
    headers = {"webhook_id": "w-1", "webhook_timestamp": now, "webhook_signature": signature}
    post(hub, body, **headers).expect(202)
    assert moodle.hand_overs(1)[0]["payload"] == {"name": "Åsa"}
    post(hub, body + b" ", **headers).expect_problem(401, "unauthorized")
    post(hub, body, **headers | {"webhook_id": "w-2"}).expect_problem(401, "unauthorized")
    foreign = ask(body, OLD, id="w-1", timestamp=now)["signature"]
    post(hub, body, **headers | {"webhook_signature": foreign}).expect_problem(401, "unauthorized")
