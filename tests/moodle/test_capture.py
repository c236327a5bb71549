"""Which events are captured, when they are sent, and what an event looks like."""

import re
import time

import pytest

from site_and_hub import CREATED, POSTED, UPDATED, VIEWED, fire

CONFIG_LOG = "\\core\\event\\config_log_created"
OWN = "\\local_integrationhub\\event\\hub_alert"


def test_the_events_of_a_page_arrive_in_one_request_in_their_order(connected, fake_hub):
    connected.run("".join(fire(CREATED, objectid=n) for n in range(10)))
    assert [len(batch) for batch in fake_hub.batches()] == [10]
    assert fake_hub.objects() == list(range(10))
    assert connected.outbox() == []


def test_nothing_is_sent_before_the_page_ends(connected, fake_hub):
    connected.die(fire(CREATED, objectid=1))
    assert fake_hub.batches() == []


def test_fifty_events_are_sent_at_once(connected, fake_hub):
    connected.die("".join(fire(CREATED, objectid=n) for n in range(120)))
    assert [len(batch) for batch in fake_hub.batches()] == [50, 50]
    connected.run("".join(fire(CREATED, objectid=n) for n in range(120, 171)))
    assert [len(batch) for batch in fake_hub.batches()] == [50, 50, 50, 1]


def test_a_script_sends_each_event_as_soon_as_it_is_seen(connected, fake_hub):
    connected.run(fire(CREATED, objectid=1) + fire(CREATED, objectid=2)
                  + "posix_kill(getmypid(), SIGKILL);", web=False, expect=-9)
    assert [len(batch) for batch in fake_hub.batches()] == [1, 1]
    connections = {request.connection for request in fake_hub.requests("/events")}
    assert len(connections) == 1


def test_an_event_is_what_get_data_gives_and_where_and_when_it_happened(connected, fake_hub):
    before = time.time()
    connected.run("$USER->realuser = 7;" + fire(
        CREATED, objectid="5", userid=3, courseid=2, relateduserid=None, timecreated=1708258939,
        other={"grade": 129.95, "whole": 2.0, "name": "Núñez", "none": None, "list": [1, "a"]}),
        STANDIN_IP="2001:db8::7")
    event = fake_hub.events()[0]
    assert event["eventname"] == CREATED
    assert event["objectid"] == "5" and event["userid"] == 3 and event["relateduserid"] is None
    assert event["other"] == {"grade": 129.95, "whole": 2.0, "name": "Núñez", "none": None,
                              "list": [1, "a"]}
    assert b'"whole":2.0' in fake_hub.requests("/events")[0].body
    assert set(event) == {
        "eventname", "component", "action", "target", "objecttable", "objectid", "crud",
        "edulevel", "contextid", "contextlevel", "contextinstanceid", "userid", "courseid",
        "relateduserid", "anonymous", "other", "timecreated", "id", "origin", "ip", "realuserid",
        "microtime", "sequence"}
    assert event["origin"] == "web" and event["ip"] == "2001:db8::7"
    assert event["realuserid"] == 7 and event["sequence"] == 1
    assert before - 1 <= event["microtime"] / 1e6 <= time.time() + 1


def test_ids_are_ordered_uuids_of_version_7(connected, fake_hub):
    connected.run("".join(fire(CREATED, objectid=n) for n in range(40)))
    ids = [event["id"] for event in fake_hub.events()]
    assert all(re.fullmatch(
        "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id) for id in ids)
    assert ids == sorted(ids) and len(set(ids)) == 40
    milliseconds = int(ids[0].replace("-", "")[:12], 16)
    assert abs(milliseconds / 1000 - time.time()) < 60


@pytest.mark.parametrize("php, kept", [
    (r"""["\xff\xfe bad"]""", ["\ufffd\ufffd bad"]),
    ("""[NAN]""", [0]),
    ("""[INF, 'x' => "\\0"]""", {"0": 0, "x": "\0"}),
    ("""['🙂']""", ["🙂"]),
])
def test_whatever_is_in_an_event_some_json_comes_out(connected, fake_hub, php, kept):
    connected.run(f"core\\event\\user_created::create(['objectid' => 1, 'other' => {php}])"
                  "->trigger();")
    assert fake_hub.events()[0]["other"] == kept


def test_only_what_the_list_names_is_captured(site, fake_hub):
    fake_hub.patterns = [CREATED, "\\mod_*\\event\\*"]
    site.connect(fake_hub)
    site.run(fire(CREATED, objectid=1) + fire(UPDATED, objectid=2) + fire(POSTED, objectid=3))
    assert fake_hub.objects() == [1, 3]


def test_a_pattern_matches_whole_names_only(site, fake_hub):
    fake_hub.patterns = ["\\core\\event\\user_create", "ore\\event\\user_created",
                         "\\core\\event\\*_deleted"]
    site.connect(fake_hub)
    site.run(fire(CREATED, objectid=1) + fire("\\core\\event\\user_deleted", objectid=2))
    assert fake_hub.objects() == [2]


def test_settings_and_denied_events_are_never_sent(site, fake_hub):
    fake_hub.patterns = ["*", CONFIG_LOG]
    site.connect(fake_hub, denylist="core\\event\\user_updated\n\\mod_*")
    site.run(fire(CONFIG_LOG) + fire(UPDATED, objectid=1) + fire(POSTED, objectid=2)
             + fire(CREATED, objectid=3))
    assert fake_hub.objects() == [3]


def test_own_events_need_their_exact_name(connected, fake_hub):
    connected.run(fire(OWN, objectid=1))
    assert fake_hub.events() == []
    fake_hub.subscribe("*", OWN)
    connected.task()
    connected.run(fire(OWN, objectid=2))
    assert fake_hub.objects() == [2]


def test_an_event_of_a_rolled_back_transaction_is_not_sent(connected, fake_hub):
    connected.run("$t = $DB->start_delegated_transaction();" + fire(CREATED, objectid=1)
                  + "try { $t->rollback(new Exception('x')); } catch (Exception $e) { }"
                  + fire(CREATED, objectid=2))
    assert fake_hub.objects() == [2]


def test_an_event_of_a_committed_transaction_is_sent_after_the_commit(connected, fake_hub):
    connected.run("$t = $DB->start_delegated_transaction();" + fire(CREATED, objectid=1)
                  + "$u = $DB->start_delegated_transaction();" + fire(CREATED, objectid=2)
                  + "$u->allow_commit();" + fire(VIEWED, objectid=3) + "$t->allow_commit();"
                  + fire(CREATED, objectid=4))
    assert fake_hub.objects() == [1, 2, 3, 4]


@pytest.mark.parametrize("hub_is_up", [True, False])
def test_a_transaction_still_open_at_the_end_takes_nothing_else_with_it(
        connected, fake_hub, hub_is_up):
    if not hub_is_up:
        fake_hub.receiver.down()
    connected.run(fire(CREATED, objectid=1) + "$DB->start_delegated_transaction();"
                  + fire(CREATED, objectid=2))
    assert (fake_hub.objects(), connected.waiting()) == (([1], []) if hub_is_up else ([], [1]))


def test_events_of_later_shutdown_functions_are_sent_too(connected, fake_hub):
    connected.run(fire(CREATED, objectid=1)
                  + "core_shutdown_manager::register_function(function () {"
                  + fire(CREATED, objectid=2) + "});")
    assert fake_hub.objects() == [1, 2]


def test_an_error_in_the_connector_does_not_reach_the_page(connected, fake_hub):
    ran = connected.run("$PAGE = null;" + fire(CREATED, objectid=1) + "answer('page done');")
    assert ran.answer == "page done"
    assert "local_integrationhub: " in ran.errors


def test_another_plugins_failing_observer_costs_no_event(connected, fake_hub):
    connected.run("core\\event\\manager::add_observer(function () {"
                  "throw new Exception('broken'); }, false, 5);" + fire(CREATED, objectid=1)
                  + fire(CREATED, objectid=2))
    assert fake_hub.objects() == [1, 2]


@pytest.mark.parametrize("state", ["$CFG->upgraderunning = time() + 60;", "$CFG->rolesactive = 0;"])
def test_nothing_is_captured_during_install_and_upgrade(connected, fake_hub, state):
    connected.run(state + fire(CREATED, objectid=1))
    assert fake_hub.events() == [] and connected.outbox() == []


def test_the_observer_makes_no_query(connected, fake_hub):
    connected.run(fire(CREATED, objectid=1))
    counted = connected.run("$before = $DB->queries;" + fire(CREATED, objectid=2)
                            + fire(VIEWED, objectid=3) + "answer($DB->queries - $before);")
    assert counted.answer == 0


def test_a_sample_is_marked_and_five_of_a_class_are_enough(site, fake_hub):
    fake_hub.patterns, fake_hub.sample = [UPDATED], ["\\core\\event\\*"]
    site.connect(fake_hub)
    for page in range(4):
        site.run("".join(fire(CREATED, objectid=10 * page + n) for n in range(2))
                 + fire(UPDATED, objectid=100 + page))
    samples = [event for event in fake_hub.events() if event.get("sample") is True]
    assert [event["objectid"] for event in samples] == [0, 1, 10, 11, 20]
    assert len([event for event in fake_hub.events() if "sample" not in event]) == 4


def test_sampling_ends_by_itself(site, fake_hub):
    fake_hub.patterns, fake_hub.sample = [], ["*"]
    site.connect(fake_hub)
    site.run("$list = json_decode(get_config('local_integrationhub', 'subscriptions'), true);"
             "$list['sampleuntil'] = time() - 1;"
             "hub\\settings::save(['subscriptions' => json_encode($list)]);"
             + fire(CREATED, objectid=1))
    assert fake_hub.events() == []
