"""What happens when the hub does not take events: nothing is lost, order is kept."""

import json
import re
import time

import pytest

from site_and_hub import CREATED, VIEWED, fire, in_json, taken
from support.receiver import Answer


def test_a_dead_hub_costs_no_event_and_the_task_sends_them_in_order(connected, fake_hub):
    fake_hub.receiver.down()
    for page in range(3):
        connected.run(fire(CREATED, objectid=2 * page) + fire(CREATED, objectid=2 * page + 1))
    assert connected.waiting() == list(range(6))
    fake_hub.receiver.up()
    connected.task()
    assert fake_hub.objects() == list(range(6))
    assert connected.outbox() == []
    connected.run(fire(CREATED, objectid=6))
    assert [len(batch) for batch in fake_hub.batches()] == [6, 1]


def test_while_the_hub_is_away_a_page_pays_one_insert_and_no_network(connected, fake_hub):
    fake_hub.receiver.down()
    connected.run(fire(CREATED, objectid=1))
    fake_hub.receiver.up()
    flag = connected.directory / "cache/local_integrationhub-state/backlog"
    written = flag.stat().st_ino
    counted = connected.run("hub\\hub_state::set('nextprobe', time() + 900);"
                            + fire(CREATED, objectid=2)
                            + "core_shutdown_manager::register_function(function () {"
                            "global $DB; answer($DB->queries); });")
    assert fake_hub.batches() == []
    assert connected.waiting() == [1, 2]
    assert counted.answer == 1
    assert flag.stat().st_ino == written  # a write of the cache costs more than the insert


def test_nothing_overtakes_what_waits(connected, fake_hub):
    fake_hub.events_answer = lambda request, events: Answer(503)
    connected.run(fire(CREATED, objectid=1))
    fake_hub.events_answer = None
    connected.run(fire(CREATED, objectid=2))
    connected.task()
    connected.run(fire(CREATED, objectid=3))
    assert fake_hub.objects() == [1, 2, 3]
    assert [len(batch) for batch in fake_hub.batches()] == [1, 2, 1]


def test_after_ten_seconds_one_page_tries_again_and_sends_what_waits(connected, fake_hub):
    fake_hub.receiver.down()
    connected.run(fire(CREATED, objectid=1))
    fake_hub.receiver.up()
    connected.run("hub\\hub_state::set('nextprobe', time());" + fire(CREATED, objectid=2))
    assert fake_hub.objects() == [1, 2]
    assert connected.outbox() == []
    connected.run(fire(CREATED, objectid=3))
    assert fake_hub.objects() == [1, 2, 3]


def test_a_page_that_tries_in_vain_puts_the_next_try_off(connected, fake_hub):
    fake_hub.events_answer = lambda request, events: Answer(503)
    connected.run(fire(CREATED, objectid=1))
    connected.run("hub\\hub_state::set('nextprobe', time());" + fire(CREATED, objectid=2))
    connected.run(fire(CREATED, objectid=3))
    assert len(fake_hub.requests("/events")) == 2
    assert connected.waiting() == [1, 2, 3]


def test_only_one_process_sends_the_outbox(connected, fake_hub):
    fake_hub.receiver.down()
    connected.run(fire(CREATED, objectid=1))
    fake_hub.receiver.up()
    connected.run("$lock = core\\lock\\lock_config::get_lock_factory('local_integrationhub')"
                  "->get_lock('outbox', 0); (new hub\\task\\sync())->execute();", web=False)
    assert fake_hub.events() == [] and connected.waiting() == [1]


def test_a_row_that_comes_when_the_outbox_was_found_empty_is_not_forgotten(connected, fake_hub):
    def slip_in(request, events):
        fake_hub.events_answer = None
        connected.run("$record = new hub\\record(); $record->uuid = 'late';"
                      "$record->body = '{\"id\":\"late\",\"objectid\":9}';"
                      "hub\\outbox::add_waiting([$record]); hub\\hub_state::set_backlog(true);")
        return taken(len(events))
    fake_hub.receiver.down()
    connected.run(fire(CREATED, objectid=1))
    fake_hub.receiver.up()
    fake_hub.events_answer = slip_in
    connected.task()
    assert fake_hub.objects() == [1, 9] and connected.outbox() == []


def test_a_page_whose_row_came_too_late_for_the_task_says_that_it_waits(connected, fake_hub):
    fake_hub.receiver.down()
    connected.run(fire(CREATED, objectid=1))
    fake_hub.receiver.up()
    # The task has looked for the last time just before the insert.
    connected.run("""class emptied extends standin_database {
            public function insert_record($table, $row, $returnid = true) {
                hub\\hub_state::set_backlog(false);
                return parent::insert_record($table, $row, $returnid);
            }
        }
        hub\\hub_state::set('nextprobe', time() + 900);
        $DB = new emptied($CFG->dataroot . '/moodle.sqlite');""" + fire(CREATED, objectid=2))
    assert connected.run("answer(hub\\hub_state::get('backlog'));").answer == "yes"


def test_a_purged_cache_does_not_let_events_overtake(connected, fake_hub):
    fake_hub.receiver.down()
    connected.run(fire(CREATED, objectid=1))
    fake_hub.receiver.up()
    connected.purge_caches()
    connected.run("hub\\hub_state::set('nextprobe', time() + 9);" + fire(CREATED, objectid=2))
    assert fake_hub.batches() == [] and connected.waiting() == [1, 2]


def test_the_task_sends_batches_of_a_thousand(connected, fake_hub):
    fake_hub.receiver.down()
    connected.run("$DB->start_delegated_transaction()->allow_commit();"
                  "for ($i = 0; $i < 2345; $i++) { $record = new hub\\record();"
                  "$record->uuid = \"e$i\"; $record->body = json_encode(['id' => \"e$i\","
                  "'objectid' => $i]); $all[] = $record; } hub\\outbox::add_waiting($all);")
    fake_hub.receiver.up()
    connected.task()
    assert [len(batch) for batch in fake_hub.batches()] == [1000, 1000, 345]
    assert fake_hub.objects() == list(range(2345))


def refuse_some(bad: set[int], status: int):
    """A hub that refuses any request with a bad event as a whole."""
    def answer(request, events):
        if bad & {event["objectid"] for event in events}:
            return in_json(status, {"status": status, "title": "No", "detail": "one is bad"})
        return None
    return answer


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_batch_is_halved_until_the_culprit_is_alone(connected, fake_hub, status):
    fake_hub.events_answer = refuse_some({3, 7}, status)
    connected.run("".join(fire(CREATED, objectid=n) for n in range(10)))
    rows = connected.outbox()
    assert [json.loads(row["body"])["objectid"] for row in rows] == [3, 7]
    assert [row["status"] for row in rows] == [2, 2]
    assert all("one is bad" in row["reason"] for row in rows)
    got = [batch for request, batch in zip(fake_hub.requests("/events"), fake_hub.batches())
           if not {3, 7} & {event["objectid"] for event in batch}]
    assert [event["objectid"] for batch in got for event in batch] == [0, 1, 2, 4, 5, 6, 8, 9]


def test_the_rest_of_a_halved_batch_waits_when_the_hub_dies(connected, fake_hub):
    def answer(request, events):
        numbers = [event["objectid"] for event in events]
        if len(numbers) > 2:
            return in_json(413, {"status": 413})
        return None if numbers == [0, 1] else Answer(503)
    fake_hub.events_answer = answer
    connected.run("".join(fire(CREATED, objectid=n) for n in range(8)))
    assert connected.waiting() == [2, 3, 4, 5, 6, 7]
    fake_hub.events_answer = None
    connected.task()
    assert fake_hub.objects() == list(range(8))
    assert connected.outbox() == []


def test_rejected_events_of_a_taken_batch_are_kept_with_the_reason(connected, fake_hub):
    fake_hub.events_answer = lambda request, events: taken(
        len(events), [{"index": 1, "code": "too_large", "error": "over 1 MiB"}])
    connected.run("".join(fire(CREATED, objectid=n) for n in range(3)))
    row, = connected.outbox()
    assert (json.loads(row["body"])["objectid"], row["status"]) == (1, 2)
    assert row["reason"] == "too_large: over 1 MiB"
    status, summary = connected.checks()["refused_events"]
    assert status == "warning" and "over 1 MiB" in summary


def test_a_batch_rejected_as_a_whole_is_not_sent_again(connected, fake_hub):
    def answer(request, events):
        rejected = [{"index": n, "code": "x", "error": "y"} for n in range(len(events))]
        return in_json(400, {"accepted": 0, "duplicates": 0, "rejected": rejected})
    fake_hub.events_answer = answer
    connected.run(fire(CREATED, objectid=1) + fire(CREATED, objectid=2))
    assert len(fake_hub.batches()) == 1
    assert [row["status"] for row in connected.outbox()] == [2, 2]


def test_refused_events_are_forgotten_after_thirty_days(connected, fake_hub):
    fake_hub.events_answer = refuse_some({1}, 422)
    connected.run(fire(CREATED, objectid=1))
    connected.age_outbox(29 * 86400)
    connected.task()
    assert len(connected.outbox()) == 1
    connected.age_outbox(31 * 86400)
    connected.task()
    assert connected.outbox() == []


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 502, 503, 200, 302])
def test_everything_else_keeps_the_events(connected, fake_hub, status):
    fake_hub.events_answer = lambda request, events: Answer(status, {}, b"{}")
    connected.run(fire(CREATED, objectid=1))
    connected.task()
    assert connected.waiting() == [1]
    fake_hub.events_answer = None
    connected.task()
    assert fake_hub.objects() == [1] and connected.outbox() == []


def test_a_token_that_is_no_longer_valid_is_an_error_of_the_check(connected, fake_hub):
    fake_hub.token = "another"
    connected.run(fire(CREATED, objectid=1))
    assert connected.waiting() == [1]
    status, summary = connected.checks()["hub"]
    assert status == "error" and "does not accept this site" in summary


def test_a_hub_that_does_not_answer_is_left_after_a_second(connected, fake_hub):
    from support.receiver import Gate
    gate = Gate()
    fake_hub.events_answer = lambda request, events: Answer(202, gate=gate)
    connected.run(fire(CREATED, objectid=1))
    assert connected.waiting() == [1]
    gate.open()


def test_a_killed_page_loses_nothing_in_safe_mode(safe, fake_hub):
    safe.die(fire(CREATED, objectid=1) + "$t = $DB->start_delegated_transaction();"
             + fire(CREATED, objectid=2) + "$t->allow_commit();"
             + "$t = $DB->start_delegated_transaction();" + fire(CREATED, objectid=3))
    assert fake_hub.events() == []
    assert [row["status"] for row in safe.outbox()] == [1, 1]
    safe.task()
    assert fake_hub.events() == []  # a row younger than a minute may belong to a running page
    safe.age_outbox(61)
    safe.task()
    assert fake_hub.objects() == [1, 2]
    assert safe.outbox() == []


def test_safe_mode_sends_at_the_end_and_leaves_nothing_behind(safe, fake_hub):
    safe.run(fire(CREATED, objectid=1) + fire(VIEWED, objectid=2) + fire(CREATED, objectid=3))
    assert fake_hub.objects() == [1, 2, 3]
    assert [event["sequence"] for event in fake_hub.events()] == [1, 2, 3]
    assert safe.outbox() == []


def test_safe_mode_does_not_send_what_was_rolled_back(safe, fake_hub):
    safe.run("$t = $DB->start_delegated_transaction();" + fire(CREATED, objectid=1)
             + "try { $t->rollback(new Exception('x')); } catch (Exception $e) { }"
             + fire(CREATED, objectid=2))
    assert fake_hub.objects() == [2] and safe.outbox() == []


def test_safe_mode_with_a_transaction_open_at_the_end(safe, fake_hub):
    safe.run(fire(CREATED, objectid=1) + "$DB->start_delegated_transaction();"
             + fire(CREATED, objectid=2))
    assert fake_hub.objects() == [1] and safe.outbox() == []


def test_safe_mode_keeps_the_order_of_changes_and_views_while_the_hub_is_away(safe, fake_hub):
    fake_hub.receiver.down()
    safe.run(fire(CREATED, objectid=1) + fire(VIEWED, objectid=2) + fire(CREATED, objectid=3))
    safe.run(fire(CREATED, objectid=4) + fire(CREATED, objectid=5))
    assert safe.waiting() == [1, 2, 3, 4, 5]
    fake_hub.receiver.up()
    safe.task()
    assert fake_hub.objects() == [1, 2, 3, 4, 5]


def test_safe_mode_refuses_in_place(safe, fake_hub):
    fake_hub.events_answer = refuse_some({2}, 422)
    safe.run("".join(fire(CREATED, objectid=n) for n in range(1, 4)))
    row, = safe.outbox()
    assert (json.loads(row["body"])["objectid"], row["status"]) == (2, 2)


def test_the_same_event_keeps_its_id_from_the_page_to_the_task(safe, fake_hub):
    fake_hub.events_answer = lambda request, events: Answer(500)
    safe.run(fire(CREATED, objectid=1))
    fake_hub.events_answer = None
    safe.task()
    first, second = [batch[0] for batch in fake_hub.batches()]
    assert first == second


def test_the_check_tells_how_old_the_oldest_is(connected, fake_hub):
    assert connected.checks()["outbox_age"][0] == "ok"
    fake_hub.receiver.down()
    connected.run(fire(CREATED, objectid=1))
    assert connected.checks()["outbox_age"][0] == "ok"
    connected.age_outbox(600)
    status, summary = connected.checks()["outbox_age"]
    assert status == "warning" and re.search(r"\b6\d\d secs", summary)
    assert connected.checks()["hub"][0] == "error"


def test_a_copy_of_the_site_sends_nothing_and_says_so(connected, fake_hub):
    fake_hub.receiver.down()
    connected.run(fire(CREATED, objectid=1))
    fake_hub.receiver.up()
    copy = {"STANDIN_WWWROOT": "https://staging.example"}
    connected.run(fire(CREATED, objectid=2), **copy)
    said = connected.task(**copy)
    assert "copy of https://moodle.example" in said
    assert fake_hub.events() == [] and connected.waiting() == [1]
    php = ("require PLUGIN . '/lib.php'; $check = local_integrationhub_status_checks()[0];"
           "$r = $check->get_result(); answer([$r->get_status(), $r->get_summary()]);")
    status, summary = connected.run(php, **copy).answer
    assert status == "error" and "copy of https://moodle.example" in summary


def test_a_copy_that_is_connected_itself_does_not_send_what_it_copied(connected, fake_hub):
    fake_hub.receiver.down()
    connected.run(fire(CREATED, objectid=1))
    fake_hub.receiver.up()
    fake_hub.site_id = 2
    copy = {"STANDIN_WWWROOT": "https://staging.example"}
    connected.run(f"hub\\connection::open(['{fake_hub.url}'], 'code');", **copy)
    connected.run(fire(CREATED, objectid=2), **copy)
    connected.task(**copy)
    assert fake_hub.objects() == [2]
    assert [row["status"] for row in connected.outbox()] == [2]


def test_a_site_that_moved_sends_what_waits_once_it_is_connected_again(connected, fake_hub):
    fake_hub.receiver.down()
    connected.run(fire(CREATED, objectid=1))
    fake_hub.receiver.up()
    moved = {"STANDIN_WWWROOT": "https://new.example"}
    connected.run(f"hub\\connection::open(['{fake_hub.url}'], 'code');", **moved)
    connected.task(**moved)
    assert fake_hub.objects() == [1]


def test_time_in_the_outbox_is_the_time_of_writing(connected, fake_hub):
    fake_hub.receiver.down()
    connected.run(fire(CREATED, objectid=1, timecreated=5))
    row, = connected.outbox()
    assert abs(row["timecreated"] - time.time()) < 60
