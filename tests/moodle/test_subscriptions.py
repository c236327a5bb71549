"""The list of events to capture: how it arrives, and that it is never lost or set back."""

import json

from site_and_hub import CREATED, UPDATED, FakeHub, fire
from support.receiver import Answer


def test_the_hubs_alerts_are_in_the_status_report(connected, fake_hub):
    assert connected.checks()["hub_alerts"] == ("ok", "The hub is alarmed about nothing.")
    fake_hub.alerts = [{"kind": "disk_low", "message": "9 < 10 MiB are free."},
                       {"kind": "site_silent", "message": "Nothing was heard."}]
    assert connected.checks()["hub_alerts"] == \
        ("warning", "9 &lt; 10 MiB are free. Nothing was heard.")
    fake_hub.receiver.down()
    assert connected.checks()["hub_alerts"][0] == "na"


def test_without_a_connection_nothing_is_captured_and_the_checks_say_so(site):
    site.run(fire(CREATED, objectid=1))
    assert site.outbox() == []
    assert {status for status, _ in site.checks().values()} == {"na"}


def test_without_a_list_nothing_is_captured_and_the_check_is_an_error(connected, fake_hub):
    connected.run("hub\\settings::save(['subscriptions' => null]);")
    connected.run(fire(CREATED, objectid=1))
    assert fake_hub.events() == []
    assert connected.checks()["subscription_list"][0] == "error"
    connected.task()
    connected.run(fire(CREATED, objectid=2))
    assert fake_hub.objects() == [2]
    assert connected.checks()["subscription_list"] == ("ok", "Version 100")


def test_a_purged_cache_costs_no_event(connected, fake_hub):
    connected.purge_caches()
    connected.run(fire(CREATED, objectid=1))
    assert fake_hub.objects() == [1]


def test_the_hub_is_told_which_version_is_in_force(connected, fake_hub):
    connected.run(fire(CREATED, objectid=1))
    assert fake_hub.requests("/events")[0].headers["mih-subscriptions"] == "100"


def test_an_answer_that_names_another_version_makes_the_page_fetch_the_list(site, fake_hub):
    fake_hub.patterns = [CREATED]
    site.connect(fake_hub)
    fake_hub.subscribe(CREATED, UPDATED)
    site.run(fire(CREATED, objectid=1) + fire(UPDATED, objectid=2))
    site.run(fire(CREATED, objectid=3) + fire(UPDATED, objectid=4))
    assert fake_hub.objects() == [1, 3, 4]
    assert len(fake_hub.requests("/connector/subscriptions")) == 1


def test_the_hub_calls_and_the_next_page_captures(site, fake_hub):
    fake_hub.patterns = []
    site.connect(fake_hub)
    site.run(fire(CREATED, objectid=1))
    fake_hub.subscribe(CREATED)
    status, answer = site.call_back({"action": "subscriptions", **fake_hub.list()})
    assert (status, answer) == (200, {"version": 101})
    site.run(fire(CREATED, objectid=2))
    assert fake_hub.objects() == [2]


def test_an_older_list_never_replaces_a_newer_one(connected, fake_hub):
    older = {"version": 99, "patterns": [], "sample": []}
    assert connected.call_back({"action": "subscriptions", **older}) == (200, {"version": 100})
    connected.run(fire(CREATED, objectid=1))
    assert fake_hub.objects() == [1]


def test_a_process_that_runs_long_does_not_set_the_list_back(connected, fake_hub):
    """It holds old settings, and what it compiles reaches all others."""
    other = json.dumps({"version": 105, "patterns": [UPDATED], "sample": [], "sampleuntil": 0})
    connected.run(
        "get_config('local_integrationhub');"
        f"$DB->set_field_select('config_plugins', 'value', {json.dumps(other)},"
        " \"name = 'subscriptions'\");"
        "answer(hub\\subscriptions::put_in_force(['version' => 103, 'patterns' => ['*']]));"
        "hub\\capture_plan::refresh();", web=False)
    connected.run(fire(CREATED, objectid=1) + fire(UPDATED, objectid=2))
    assert fake_hub.objects() == [2]


def test_a_running_process_follows_within_a_second(connected, fake_hub):
    connected.run(fire(CREATED, objectid=1) + """
        set_config('subscriptions', '{"version":200,"patterns":[],"sample":[],"sampleuntil":0}',
                   'local_integrationhub');
        $data = hub\\capture_plan::refresh();
        (new ReflectionProperty('local_integrationhub\\capture_plan', 'lookedat'))
            ->setValue(null, hrtime(true) - 1000000001);
        """ + fire(CREATED, objectid=2), web=False)
    assert fake_hub.objects() == [1]


def test_the_task_acknowledges_a_new_list_at_once(connected, fake_hub):
    fake_hub.subscribe(CREATED)
    connected.task()
    told = [request.headers["mih-subscriptions"]
            for request in fake_hub.requests("/connector/subscriptions")]
    assert told == ["100", "101"]


def test_the_task_tells_the_hub_about_the_site(connected, fake_hub):
    connected.run("set_config('version', '2026112300', 'local_integrationhub');")
    connected.task()
    path = fake_hub.requests("/connector/subscriptions")[0].path
    assert "plugin_version=2026112300" in path and "outbox_rows=0" in path
    assert "moodle_version=4.5.5" in path


def test_the_catalogue_is_sent_once(connected, fake_hub):
    connected.task()
    connected.task()
    request, = fake_hub.requests("/connector/catalogue")
    events = {event["eventname"]: event for event in json.loads(request.body)["events"]}
    assert events[CREATED]["crud"] == "c" and events[CREATED]["component"] == "core"


def test_a_catalogue_that_was_not_taken_is_sent_again(connected, fake_hub):
    fake_hub._route, route = (lambda request: Answer(500) if "catalogue" in request.path
                              else route(request)), fake_hub._route
    connected.task()
    connected.task()
    assert len(fake_hub.requests("/connector/catalogue")) == 2


def test_connecting_tries_the_addresses_in_turn(site, fake_hub):
    nobody = FakeHub()
    nobody.receiver.down()
    ran = site.run(f"answer(hub\\connection::open(['{nobody.url}', '{fake_hub.url}'], ' abc '));")
    nobody.receiver.stop()
    assert ran.answer == fake_hub.url
    sent = json.loads(fake_hub.requests("/connector/connect")[0].body)
    assert sent["code"] == "abc" and sent["wwwroot"] == "https://moodle.example"


def test_secrets_are_not_kept_in_the_clear(connected):
    settings = connected.run("answer($DB->get_records_menu('config_plugins', [], '', "
                             "'name, value'));").answer
    assert "mih_token" not in str(settings) and "the-callback-key" not in str(settings)
    assert {"token", "callbackkey", "signonkey"} <= set(settings)


def test_a_refused_code_says_why(site, fake_hub):
    fake_hub._route = lambda request: Answer(403, {}, b'{"detail":"The code was used."}')
    ran = site.run(f"try {{ hub\\connection::open(['{fake_hub.url}'], 'x'); }} "
                   "catch (moodle_exception $e) { answer($e->getMessage()); }")
    assert "The code was used." in ran.answer


def test_closing_a_connection_ends_capturing(connected, fake_hub):
    connected.run("hub\\connection::close();")
    connected.run(fire(CREATED, objectid=1))
    assert fake_hub.events() == []
    assert "not connected" in connected.task()
