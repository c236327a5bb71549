"""An upgrade in place from the original plugin, in a real Moodle with a real hub.

Only with MOODLE_DIR. MOODLE_ORIGINAL, a source tree of the original plugin, has it installed first;
without it the site gets the original's tables and version, as an installed one has them.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from real_moodle import ADMIN_PASSWORD, PLUGIN
from real_world import CHOSEN, PATIENCE_S, World
from support.browser import browse
from support.hub import wait_until
from support.receiver import Answer

ORIGINAL = os.environ.get("MOODLE_ORIGINAL", "")
QUEUED = (r"report($DB->count_records('task_adhoc', ['classname' =>"
          r" '\\local_integrationhub\\task\\dispatch_event_task']));")
FILL = r"""
$now = time();
$url = RECEIVER;
$times = ['timecreated' => $now, 'timemodified' => $now];
$service = function ($name, $more) use ($DB, $times) {
    return $DB->insert_record('local_integrationhub_svc', (object) ($more + $times + [
        'name' => $name, 'type' => 'rest', 'auth_type' => 'bearer', 'auth_token' => '']));
};
$rule = function ($service, $more) use ($DB, $times) {
    return $DB->insert_record('local_integrationhub_rules', (object) ($more + $times + [
        'serviceid' => $service, 'eventname' => '\\core\\event\\user_updated',
        'http_method' => 'POST', 'enabled' => 1]));
};
$crm = $service('crm', ['base_url' => $url, 'auth_token' => 's3cret', 'timeout' => 900]);
$odd = $service('CRM Süd 2', ['base_url' => $url . '/south', 'auth_type' => 'apikey']);
$first = $rule($crm, ['endpoint' => '/people',
    'payload_template' => '{"id": {{objectid}}, "who": {{userid}}}']);
$rule($odd, ['endpoint' => '/whole']);
$rule($crm, ['payload_template' => '{"broken": {{nothing']);
$DB->insert_record('local_integrationhub_dlq', (object) [
    'eventname' => '\\core\\event\\user_updated', 'serviceid' => $crm, 'payload' => '{"id":77}',
    'error_message' => 'HTTP 500', 'timecreated' => $now - 60]);
$DB->insert_record('local_integrationhub_cb', (object) [
    'serviceid' => $crm, 'state' => 'open', 'timemodified' => $now]);
"""
QUEUE = r"""
$event = \core\event\user_updated::create(['objectid' => 2, 'relateduserid' => 2,
    'context' => context_user::instance(2)]);
$DB->insert_record('task_adhoc', (object) ['component' => 'local_integrationhub',
    'classname' => '\\local_integrationhub\\task\\dispatch_event_task', 'nextruntime' => time(),
    'faildelay' => 0, 'blocking' => 0, 'timecreated' => time(), 'customdata' => json_encode([
        'ruleid' => (string) $first, 'eventdata' => $event->get_data()])]);
"""
TABLES = r"""
foreach (['svc', 'cb', 'log', 'rules', 'dlq'] as $table) {
    $DB->get_manager()->install_one_table_from_xmldb_file(
        $CFG->dirroot . '/local/integrationhub/db/install.xml', 'local_integrationhub_' . $table);
}
set_config('version', '2026022700', 'local_integrationhub');
"""


@pytest.fixture(scope="module", params=CHOSEN)
def upgraded(request):
    """A site where the original ran with data, this plugin in its place, and not connected yet."""
    directory = Path(tempfile.mkdtemp(prefix="mih-before-"))
    world = World(request.param, directory)
    try:
        moodle = world.moodle
        moodle.add_plugin(Path(ORIGINAL) if ORIGINAL else PLUGIN, "integrationhub")
        fill = FILL.replace("RECEIVER", json.dumps(world.receiver.url))
        if ORIGINAL:
            moodle.upgrade()
            moodle.php(fill + "report(1);")
            moodle.php(r"""\core\event\user_updated::create(['objectid' => 2, 'relateduserid' => 2,
                'context' => context_user::instance(2)])->trigger(); report(1);""")
            shutil.rmtree(moodle.dirroot / "local/integrationhub")
            moodle.add_plugin(PLUGIN, "integrationhub")
        else:
            moodle.php(TABLES + fill + QUEUE + "report(1);")
        moodle.upgrade()
        yield world
    finally:
        world.stop()
        shutil.rmtree(directory, ignore_errors=True)


def test_everything_of_the_original_goes_to_the_hub(upgraded):
    world, hub = upgraded, upgraded.hub
    before = world.moodle.php(QUEUED)
    assert before >= 1
    world.moodle.start_web()
    connected = hub.cli("moodle", "connect", "--moodle", world.moodle.root, "--name", "main",
                        timeout=PATIENCE_S)
    assert connected.returncode == 0, connected.stderr
    progress = world.moodle.php("report(local_integrationhub\\predecessor::progress());")
    assert progress["state"] == "done", progress
    assert progress["report"]["services"]["renamed"] == [{"from": "CRM Süd 2", "to": "CRM-Sud-2"}]
    assert len(progress["report"]["rules"]["disabled"]) == 1
    assert (hub.service("crm")["timeout"], hub.service("crm")["auth_type"]) == (300, "bearer")
    assert [rule["enabled"] for rule in hub.admin.all("/rules")] == [False, True, True]
    letter, = hub.admin.all("/dead-letters")
    assert letter["error_message"] == "HTTP 500"
    world.moodle.cli("adhoc_task.php", "--execute")
    hub.wait_until_done(PATIENCE_S)
    queued = [seen for seen in world.receiver.requests if seen.path == "/people"]
    assert [json.loads(seen.body) for seen in queued] == [{"id": 2, "who": queued_by(queued)}]
    left = world.moodle.php(QUEUED)
    # The original had queued one for the rule that cannot be used, too: it waits for its repair.
    assert left == (1 if ORIGINAL else 0)


def queued_by(requests) -> int:
    """Who did it: the user of the script, which is not what this is about."""
    return json.loads(requests[0].body)["who"]


def test_a_repeat_changes_nothing(upgraded):
    world = upgraded
    services = world.hub.admin.all("/services")
    world.moodle.php("local_integrationhub\\predecessor::send_for(get_admin()); report(1);")
    progress = world.moodle.php("report(local_integrationhub\\predecessor::progress());")
    assert (progress["state"], progress["report"]["services"]["unchanged"]) == ("done", 2)
    assert world.hub.admin.all("/services") == services


def test_the_old_name_still_works(upgraded):
    world = upgraded
    answer = world.moodle.php("$r = local_integrationhub\\gateway::instance()->request('CRM Süd 2',"
                              " '/now', ['a' => 1]); report($r->is_ok());")
    assert answer is True
    assert any(seen.path == "/south/now" for seen in world.receiver.requests)


def test_rules_of_the_original_deliver(upgraded):
    world = upgraded
    wait_until(lambda: all(rule["active_since"] for rule in world.hub.admin.all("/rules")
                           if rule["enabled"]), "Moodle has the rules", PATIENCE_S)
    before = len(world.receiver.requests)
    world.moodle.php(r"""\core\event\user_updated::create(['objectid' => 2, 'relateduserid' => 2,
        'context' => context_user::instance(2)])->trigger(); report(1);""")
    wait_until(lambda: {"/people", "/south/whole"} <= {
        seen.path for seen in world.receiver.requests[before:]}, "both rules delivered", PATIENCE_S)


def test_the_page_shows_the_report_and_empties_the_tables_once_confirmed(upgraded, receivers):
    world = upgraded
    counter = receivers()
    counter.answer = lambda request: Answer(body=str(services_left(world)[0]).encode())
    found = browse("predecessor.mjs", timeout=600, moodle=world.moodle.url, manager="admin",
                   password=ADMIN_PASSWORD, rows=counter.url)
    assert "CRM-Sud-2" in found["shown"] and "user_updated to crm" in found["shown"]
    assert (found["cancelled"], found["left"]) == ("2", 0)
    assert services_left(world) == [0, True]


def services_left(world) -> list:
    """Services in the original's table, and whether the table is there."""
    return world.moodle.php("report([$DB->count_records('local_integrationhub_svc'),"
                            " $DB->get_manager()->table_exists('local_integrationhub_svc')]);")
