"""A crash at each place of the way of a message, then a restart: every acknowledged one arrives."""

import http.client
import json
import signal

import pytest

from support.hub import wait_until
from support.inbound import CRASH_POINTS, Moodle, open_inbound, post


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_a_crash_loses_no_message(start_hub, receivers, point):
    hub = start_hub()
    moodle = Moodle(hub, receivers())
    open_inbound(hub)
    hub.stop()
    hub.env = {"MIH_CRASH_AT": f"{point}:3"}
    hub.start()
    acknowledged = {}
    try:
        for n in range(1000):
            answer = post(hub, json.dumps(n), Idempotency_Key=f"n{n}").expect(202).json
            acknowledged[answer["id"]] = n
    except (OSError, http.client.HTTPException):
        assert hub.process.wait(30) == -signal.SIGKILL, hub.log[-3000:]
    assert len(acknowledged) >= 2
    hub.env = {}
    hub.start()
    last = len(acknowledged)
    repeated = post(hub, json.dumps(last), Idempotency_Key=f"n{last}").expect(202).json
    acknowledged[repeated["id"]] = last
    wait_until(lambda: hub.summary()["inbound_waiting"] == 0, "no message waits")
    taken = {id: message["payload"] for id, message in moodle.taken.items()}
    assert taken == acknowledged
