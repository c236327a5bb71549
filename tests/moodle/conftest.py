"""Fixtures of the connector's tests."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

# Needs a tree of Moodle, which nobody has by chance.
WITH_MOODLE = bool(os.environ.get("MOODLE_DIR"))
collect_ignore = [] if WITH_MOODLE else [
    "test_real.py", "test_real_browser.py", "test_real_enrichment.py", "test_real_pages.py",
    "test_real_predecessor.py"]

sys.path.insert(0, str(Path(__file__).parent))

from real_moodle import ADMIN_PASSWORD  # noqa: E402
from real_world import CHOSEN, World  # noqa: E402
from site_and_hub import FakeHub, Site  # noqa: E402

PEOPLE = f"""
    require_once($CFG->dirroot . '/user/lib.php');
    $context = context_system::instance();
    $viewer = create_role('Hub viewer', 'hubviewer', '');
    set_role_contextlevels($viewer, [CONTEXT_SYSTEM]);
    assign_capability('local/integrationhub:view', CAP_ALLOW, $viewer, $context->id);
    $roles = ['manager' => $DB->get_field('role', 'id', ['shortname' => 'manager']),
        'viewer' => $viewer, 'student' => 0];
    foreach ($roles as $name => $role) {{
        $id = user_create_user((object) ['username' => "the$name", 'password' => '{ADMIN_PASSWORD}',
            'firstname' => 'The', 'lastname' => $name, 'email' => "the$name@example.com",
            'confirmed' => 1, 'mnethostid' => $CFG->mnet_localhost_id]);
        if ($role) {{
            role_assign($role, $id, $context->id);
        }}
    }}
    report(true);"""


@pytest.fixture
def fake_hub():
    """A scripted hub that wants all events."""
    hub = FakeHub()
    yield hub
    hub.receiver.stop()


@pytest.fixture
def site(scratch):
    """A Moodle that is not connected."""
    return Site(scratch / "site")


@pytest.fixture
def connected(site, fake_hub):
    """A Moodle that is connected with the scripted hub, in fast mode."""
    site.connect(fake_hub)
    return site


@pytest.fixture
def safe(site, fake_hub):
    """A Moodle that is connected with the scripted hub, in safe mode."""
    site.connect(fake_hub, capturemode="safe")
    return site


@pytest.fixture(scope="session", params=CHOSEN if WITH_MOODLE else [])
def world(request):
    """A real Moodle with its hub; installed once for each database."""
    directory = Path(tempfile.mkdtemp(prefix="mih-moodle-"))
    made = World(request.param, directory)
    yield made
    made.stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def people(world):
    world.connect()
    world.moodle.php(PEOPLE)
    return {name: world.moodle.browser().log_in(f"the{name}")
            for name in ("manager", "viewer", "student")}
