"""The dashboard inside of a real Moodle, in a real browser."""

from real_moodle import ADMIN_PASSWORD
from real_world import PATIENCE_S
from support.browser import WHOLE_WAY, Control, browse
from support.hub import wait_until

CREATE = """
    require_once($CFG->dirroot . '/user/lib.php');
    $name = uniqid('way');
    report(user_create_user((object) ['username' => $name, 'firstname' => 'On', 'lastname' => 'Way',
        'email' => "$name@example.com", 'confirmed' => 1,
        'mnethostid' => $CFG->mnet_localhost_id]));"""


def test_the_whole_way_for_a_manager_a_viewer_and_a_student(world, people, receivers):
    assert set(people) == {"manager", "viewer", "student"}
    service = receivers()

    def create_user() -> None:
        """As soon as Moodle knows of the rule that was just saved."""
        wait_until(lambda: all(rule["active_since"] for rule in world.hub.admin.all("/rules")),
                   "Moodle has all rules", PATIENCE_S)
        world.moodle.php(CREATE)

    control = Control(receivers(), service, create_user)
    found = browse("moodle.mjs", timeout=900, moodle=world.moodle.url, password=ADMIN_PASSWORD,
                   manager="themanager", viewer="theviewer", student="thestudent",
                   receiver=service.url, control=control.url)
    world.hub.admin.delete("/services/crm").expect(200)  # its receiver ends with this test
    assert found["steps"] == WHOLE_WAY
    assert (found["adding"], found["payloads"]) == (0, 0)
    assert found["student"] == {"frames": 0, "relayed": 403}
