"""People and courses of events, looked up in a real Moodle."""

import json

import pytest

from real_moodle import php_text
from real_world import PATIENCE_S
from support.hub import wait_until

TEMPLATE = ('{"label": {{event.other.label}}, "user": {{user.username}}, "mail": {{user.email}}, '
            '"name": {{user.fullname}}, "related": {{relateduser.username}}, '
            '"course": {{course.shortname}}, "coursename": {{course.fullname}}}')
NOBODY = {"user": None, "mail": None, "name": None, "related": None}

# Events as plugins trigger them: for the course $course, with what $extra says.
TRIGGER = """
    $course = $DB->get_record('course', ['id' => {course}]);
    $context = context_course::instance($course->id);
    core\\event\\course_viewed::create({extra} + ['context' => $context,
        'other' => ['label' => {label}]])->trigger();
    report(true);"""

PEOPLE = """
    require_once($CFG->dirroot . '/user/lib.php');
    require_once($CFG->dirroot . '/course/lib.php');
    $made = [];
    foreach (['ada', 'grace', 'late', 'leaver'] as $name) {
        $made[$name] = (int) user_create_user((object) ['username' => "rich$name",
            'firstname' => ucfirst($name), 'lastname' => "O'Neil \\"Ñ\\"",
            'email' => "rich$name@example.com", 'confirmed' => 1,
            'mnethostid' => $CFG->mnet_localhost_id]);
    }
    $made['course'] = (int) create_course((object) ['shortname' => 'rich',
        'fullname' => 'Rich & more', 'category' => 1])->id;
    report($made);"""


@pytest.fixture(scope="module")
def made(world):
    """People and a course; the rule that speaks of them is put in force after they were made."""
    world.connect()
    made = world.moodle.php(PEOPLE)
    world.hub.add_service("rich", world.receiver.url, max_concurrency=1)
    for eventname in ("\\core\\event\\course_viewed", "\\core\\event\\user_deleted"):
        rule = world.hub.add_rule("rich", eventname, name=eventname, endpoint="/rich",
                                  payload_template=TEMPLATE)["id"]
        wait_until(lambda: world.hub.admin.get(f"/rules/{rule}").json["active_since"],
                   "Moodle has the rule", PATIENCE_S)
    return made


def trigger(world, made, label: str, extra: str) -> None:
    world.moodle.php(TRIGGER.format(course=made["course"], extra=extra, label=php_text(label)))


def arrived(world, label: str | None) -> list[dict]:
    bodies = [json.loads(request.body) for request in world.receiver.requests
              if request.path == "/rich"]
    return [body for body in bodies if body["label"] == label]


def arrival(world, label: str | None) -> dict:
    """What the service got for the event of that label."""
    found = wait_until(lambda: arrived(world, label), f"{label} arrives", PATIENCE_S)
    assert len(found) == 1
    return found[0]


def test_people_and_the_course_are_those_of_moodle(world, made):
    trigger(world, made, "known",
            f"['userid' => {made['ada']}, 'relateduserid' => {made['grace']}]")
    assert arrival(world, "known") == {
        "label": "known", "user": "richada", "mail": "richada@example.com",
        "name": "Ada O'Neil \"Ñ\"", "related": "richgrace", "course": "rich",
        "coursename": "Rich & more"}


def test_ids_that_nobody_has_are_null(world, made):
    trigger(world, made, "unknown", "['userid' => 99999991, 'relateduserid' => 99999992]")
    assert arrival(world, "unknown") == {
        "label": "unknown", **NOBODY, "course": "rich", "coursename": "Rich & more"}


def test_of_anonymous_events_nothing_is_looked_up(world, made):
    trigger(world, made, "secret", f"['userid' => {made['ada']}, 'anonymous' => 1]")
    assert arrival(world, "secret") == {
        "label": "secret", **NOBODY, "course": None, "coursename": None}


def test_who_was_deleted_is_known_by_what_the_event_says(world, made):
    world.moodle.php("require_once($CFG->dirroot . '/user/lib.php');"
                     f"report(delete_user($DB->get_record('user', ['id' => {made['leaver']}])));")
    gone = arrival(world, None)
    assert (gone["related"], gone["course"]) == ("richleaver", None)
    trigger(world, made, "after", f"['userid' => {made['leaver']}]")
    assert arrival(world, "after")["user"] is None


def test_while_moodle_is_down_deliveries_are_parked_and_lose_no_attempt(world, made):
    world.moodle.stop()
    trigger(world, made, "down", f"['userid' => {made['late']}]")

    def parked() -> list[dict]:
        return [item for item in world.hub.admin.all("/deliveries", service="rich")
                if item["state"] == "parked" and item["parked_because"] == "enrichment"]

    waiting, = wait_until(parked, "the delivery is parked", PATIENCE_S)
    assert waiting["attempt_count"] == 0
    world.moodle.start_web()
    assert arrival(world, "down")["user"] == "richlate"
