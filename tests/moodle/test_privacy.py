"""What the hub holds about people: exported and erased by way of the plugin."""

import json

from site_and_hub import in_json
from support.receiver import Answer

EXPORT = "answer(hub\\privacy\\hub_data::export(5));"
QUEUED = """answer(array_map(function ($task) {
    return [get_class($task), $task->get_custom_data(), $task->get_next_run_time() - time()];
}, core\\task\\manager::$queued));"""
ERASE = "hub\\privacy\\hub_data::erase(5);" + QUEUED
TASK = """$task = new hub\\task\\erase_user_data();
$task->set_custom_data(['userid' => 5]);
$task->execute();""" + QUEUED
CLASS = "local_integrationhub\\task\\erase_user_data"


def page(next_cursor=None, **parts) -> Answer:
    return in_json(200, {"site": "main", "userid": 5, "events": [], "samples": [],
                         "dead_letters": [], "log": [], "inbound": [], **parts, "next_cursor": next_cursor})


def asked(fake_hub, what: str) -> list[dict]:
    return [json.loads(request.body) for request in fake_hub.requests(f"/privacy/{what}")]


def test_an_export_has_all_pages(connected, fake_hub):
    fake_hub.privacy_answers = [page("events:7", events=[1], samples=[5]),
                                page("dead_letters:0", events=[2]),
                                page(dead_letters=[3], log=[4])]
    assert connected.run(EXPORT).answer == {"events": [1, 2], "samples": [5],
                                            "dead_letters": [3], "log": [4], "inbound": []}
    assert asked(fake_hub, "export") == [
        {"userid": 5}, {"userid": 5, "cursor": "events:7"},
        {"userid": 5, "cursor": "dead_letters:0"}]


def test_an_export_is_whole_or_none(site, connected, fake_hub):
    fake_hub.privacy_answers = [page("events:7", events=[1]), in_json(500, {})]
    assert connected.run(EXPORT).answer is None
    fake_hub.receiver.down()
    assert connected.run(EXPORT).answer is None


def test_an_erasure_is_queued_and_asked_for_once(connected, fake_hub):
    (name, data, _), = connected.run(ERASE).answer
    assert (name, data) == (CLASS, {"userid": 5})
    assert asked(fake_hub, "erase") == []
    fake_hub.privacy_answers = [in_json(202, {"job_id": "e1"})]
    assert connected.run(TASK, web=False).answer == []
    assert asked(fake_hub, "erase") == [{"userid": 5}]


def test_an_erasure_waits_for_the_hub(connected, fake_hub):
    fake_hub.receiver.down()
    (name, data, wait), = connected.run(TASK, web=False).answer
    assert (name, data) == (CLASS, {"userid": 5}) and wait > 60
    fake_hub.receiver.up()
    fake_hub.privacy_answers = [in_json(503, {"detail": "later"})]
    assert len(connected.run(TASK, web=False).answer) == 1


def test_without_a_hub_there_is_nothing_to_ask(site):
    assert site.run(EXPORT).answer is None
    assert site.run(ERASE).answer == []
    assert site.run(TASK, web=False).answer == []
