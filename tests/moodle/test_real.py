"""The connector in a real Moodle, with a real hub and a real receiver.

Only with MOODLE_DIR, a Moodle's source tree. MOODLE_DATABASES: mariadb, pgsql, or both with a
comma between.
What the receiver got is reconciled with what an independent observer wrote down.
"""

import json
import os
import random
import statistics
import time
from pathlib import Path

import pytest

from real_moodle import REAL, RealMoodle
from real_world import PATIENCE_S, key_of, steps
from support.events import SAMPLE
from support.hub import wait_until

KILLS = int(os.environ.get("MOODLE_KILLS", "15"))
WAYS = ["cli", "web", "cron"]
CREATED = "\\core\\event\\user_created"


# The tests of this file follow one site through its life, in this order.


def test_quick_start(world):
    """Place the plugin, upgrade, connect, add a rule, create a user: it arrives without cron."""
    start = time.monotonic()
    world.connect()
    world.hub.add_service("first", world.receiver.url)
    rule = world.hub.add_rule("first", CREATED, endpoint="/first")["id"]
    wait_until(lambda: world.hub.admin.get(f"/rules/{rule}").json["active_since"],
               "Moodle has the rule", PATIENCE_S)
    world.moodle.browser().log_in()
    user = create_user(world.moodle)
    arrived, = world.receiver.wait_for(1, PATIENCE_S)
    event = json.loads(arrived.body)
    assert event["objectid"] == user and event["site"] == "main"
    print(f"   installed, connected, first delivery: {time.monotonic() - start:.1f} s")


def create_user(moodle: RealMoodle) -> int:
    """A user made on the administrator's page."""
    browser = moodle.browser().log_in()
    browser.submit("/user/editadvanced.php", "_qf__user_editadvanced_form", {"id": -1},
                   username="first", newpassword="Pass-word-1", firstname="First",
                   lastname="User", email="first@example.com", submitbutton="Create user")
    return int(moodle.php("report($DB->get_field('user', 'id', ['username' => 'first']));"))


def test_the_checks_are_green(world):
    done = world.hub.cli("moodle", "check", "--moodle", world.moodle.root, "--json")
    checks = json.loads(done.stdout)
    assert {check["status"] for check in checks} == {"ok"} and done.returncode == 0, checks
    sites = world.hub.admin.all("/sites")
    assert sites[0]["moodle_version"] == world.moodle.release


def test_every_event_of_real_work_arrives(world):
    world.moodle.add_plugin(REAL / "witness", "mihwitness")
    world.moodle.upgrade()
    world.hub.add_service("all", world.receiver.url)
    rule = world.hub.add_rule("all", "*", endpoint="/all", ordering_key="all")["id"]
    wait_until(lambda: world.hub.admin.get(f"/rules/{rule}").json["active_since"],
               "Moodle has the rule", PATIENCE_S)
    for way in WAYS:
        made = world.moodle.drive("drive_work.php", f"work{way}", way=way)
        browse(world.moodle, made)
    world.hub.wait_until_done()
    print(f"   real work, {', '.join(WAYS)}: {world.reconcile(0)} events, "
          f"{len({e['eventname'] for e in world.received()})} classes")


def browse(moodle: RealMoodle, made: dict) -> None:
    browser = moodle.browser().log_in()
    for path, query in [("/my/", {}), ("/course/view.php", {"id": made["course"]}),
                        ("/mod/forum/view.php", {"id": made["forum"]}),
                        ("/user/profile.php", {"id": made["users"][0]}),
                        ("/user/index.php", {"id": made["course"]})]:
        browser.get(path, **query)


@pytest.mark.parametrize("way", WAYS)
def test_hundreds_of_event_classes_arrive(world, way):
    before = len(world.received())
    position = 0
    while position is not None:
        position = world.moodle.drive("drive_classes.php", SAMPLE, position, way=way)["next"]
    world.settle()
    events = world.reconcile(before)
    arrived = {event["eventname"] for event in world.received()[before:]}
    print(f"   recorded events, {way}: {events} of {len(arrived)} classes")
    assert len(arrived) > 150


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("mode", ["fast", "safe"])
def test_transactions(world, mode, way):
    world.set_mode(mode)
    before = len(world.received())
    label = f"{mode} {way}"
    world.moodle.drive("drive_transactions.php", label, way=way)
    world.settle()
    assert steps(world.received()[before:]) == [
        f"{label} {step}" for step in ("before", "committed", "committed inside", "between")]
    world.reconcile(before)
    assert world.moodle.outbox() == []


@pytest.mark.parametrize("mode", ["fast", "safe"])
def test_with_the_hub_stopped_nothing_is_lost_and_order_is_kept(world, mode):
    world.set_mode(mode)
    browser = world.moodle.browser().log_in()
    up = [browser.timed("/my/") for _ in range(8)]
    world.settle()
    world.seen, before = len(world.moodle.witnessed()), len(world.received())
    world.hub.stop()
    down = [browser.timed("/my/") for _ in range(8)]
    for way in WAYS:
        world.moodle.drive("drive_transactions.php", f"away {mode} {way}", way=way)
    made = world.moodle.drive("drive_work.php", f"away{mode}")
    browse(world.moodle, made)
    waiting = len(world.moodle.outbox())
    world.hub.start()
    world.settle()
    arrived = world.received()[before:]
    happened = [key_of(row["event"]) for row in world.moodle.witnessed()[world.seen:]]
    assert [key_of(event) for event in arrived] == happened
    print(f"   hub stopped, {mode}: {waiting} events waited; a page took "
          f"{statistics.median(up) * 1000:.0f} ms before, "
          f"{statistics.median(down) * 1000:.0f} ms then")
    world.reconcile(before)
    assert world.moodle.outbox() == []


def test_killed_processes_lose_nothing_in_safe_mode(world):
    world.set_mode("safe")
    before = len(world.received())
    chance = random.Random(7)
    for number in range(KILLS):
        working = world.moodle.start_script("drive_kill.php", f"kill {number}")
        working.stdout.readline()
        with pytest.raises(Exception, match="timed out"):
            working.wait(chance.uniform(0.01, 0.4))
        working.kill()
        working.wait()
        working.stdout.close()
        if number % 5 == 2:
            world.hub.kill()
            world.hub.start()
    # The first ends inside of a transaction, the others outside; each ends a process of the server.
    for number in range(3):
        with pytest.raises(OSError):
            world.moodle.page("drive_kill.php", [f"kill {KILLS + number}", str(7 + 2 * number)])
    world.moodle.restart_web()
    world.moodle.php("$DB->set_field_select('local_integrationhub_outbox', 'timecreated', "
                     "time() - 61, '1 = 1'); report(1);")
    world.settle()
    print(f"   {KILLS + 3} kills of PHP, {(KILLS + 2) // 5} of the hub: "
          f"{world.reconcile(before, outside_of_transactions)} events")
    assert world.moodle.outbox() == []


def outside_of_transactions(event: dict) -> bool:
    return int(event["other"]["step"].split()[2]) % 3 == 0


def test_plugins_call_services_through_the_gateway(world):
    done = world.moodle.php("""
        $gateway = \\local_integrationhub\\gateway::instance();
        $response = $gateway->request('first', '/call', ['a' => 1], 'PUT');
        $queued = $gateway->enqueue('first', '/queued', ['b' => 2]);
        try {
            \\local_integrationhub\\mih::request('nobody');
        } catch (moodle_exception $e) {
            report([$response->is_ok(), $response->httpstatus, $response->json(), $queued,
                $e->errorcode]);
        }""")
    assert done[:3] == [True, 200, []] and done[4] == "service_not_found"
    called, = world.receiver.wait_for(1, where=lambda request: request.path == "/call")
    assert called.method == "PUT" and json.loads(called.body) == {"a": 1}
    queued, = world.receiver.wait_for(1, where=lambda request: request.path == "/queued")
    assert queued.webhook_id == done[3] and json.loads(queued.body) == {"b": 2}


def test_a_copy_of_the_site_sends_nothing(world):
    before = len(world.received())
    world.moodle.move_to("localhost")
    try:
        world.moodle.drive("drive_transactions.php", "copy")
        assert world.moodle.outbox() == []
        done = world.hub.cli("moodle", "check", "--moodle", world.moodle.root, "--json")
        found = {check["check"]: check["status"] for check in json.loads(done.stdout)}
        assert found["Integration Hub: connection"] == "error" and done.returncode == 1
    finally:
        world.moodle.move_to("127.0.0.1")
    world.settle()
    world.seen = len(world.moodle.witnessed())
    assert steps(world.received()[before:]) == []


def test_the_catalogue_has_arrived(world):
    rows = world.hub.cli("sql", "--read-only",
                         "SELECT events FROM local_integrationhub_catalogue", "--json")
    assert CREATED.replace("\\", "\\\\") in rows.stdout or "user_created" in rows.stdout


def test_functions_behave_as_the_stand_in_does(world):
    """Writes down what the functions that the plugin uses return here."""
    recorded = world.moodle.drive("probe.php")
    target = Path(__file__).parent / f"recorded/{world.moodle.label}-{world.database.kind}.json"
    target.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
    assert recorded
