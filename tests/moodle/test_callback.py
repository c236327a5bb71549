"""The callback: only the hub may call it, and each call counts once."""

import json
import time

import pytest

PING = {"action": "ping"}


def test_a_signed_call_is_answered(connected):
    assert connected.call_back(PING) == (200, {"version": 100})


def test_a_call_counts_once(connected):
    nonce = "ab" * 16
    assert connected.call_back(PING, nonce=nonce)[0] == 200
    assert connected.call_back(PING, nonce=nonce)[0] == 403
    connected.purge_caches()
    assert connected.call_back(PING, nonce=nonce)[0] == 403


@pytest.mark.parametrize("call", [
    {"key": "another-key"}, {"at": 1}, {"at": int(time.time()) + 3600}])
def test_a_wrong_signature_is_refused(connected, call):
    assert connected.call_back(PING, **call)[0] == 403


@pytest.mark.parametrize("signature", ["", "t=1", "t=1,n=00,v1=00", "v1=", "t=x,n=y,v1=z"])
def test_a_malformed_signature_is_refused(connected, signature):
    assert connected.call_back_raw(json.dumps(PING), signature)[0] == 403


def test_a_changed_body_is_refused(connected, monkeypatch):
    seen = {}
    monkeypatch.setattr(connected, "call_back_raw",
                        lambda body, signature, method="POST": seen.update(s=signature) or (0, {}))
    connected.call_back(PING)
    monkeypatch.undo()
    assert connected.call_back_raw('{"action":"ping" }', seen["s"])[0] == 403
    assert connected.call_back_raw(json.dumps(PING), seen["s"])[0] == 200


def test_other_methods_and_actions_are_refused(connected):
    assert connected.call_back_raw("", "", method="GET")[0] == 405
    assert connected.call_back({"action": "format_disk"})[0] == 400
    assert connected.call_back({})[0] == 400


def test_a_long_body_is_refused_before_it_is_read(connected):
    assert connected.call_back_raw("x" * 100, "")[0] == 403


def test_a_site_that_is_not_connected_refuses(site):
    assert site.call_back(PING)[0] == 403


def test_used_signatures_are_forgotten_when_they_have_expired(connected):
    connected.call_back(PING)
    connected.task()
    count = "answer($DB->count_records('local_integrationhub_nonce'));"
    assert connected.run(count).answer == 1
    connected.run("$DB->set_field_select('local_integrationhub_nonce', 'timecreated', "
                  "time() - 601, '1 = 1');")
    connected.task()
    assert connected.run(count).answer == 0
