"""Settings in the dashboard, in a real browser, by somebody with a password of the hub."""

from support.browser import browse
from support.moodle import Moodle

PASSWORD = "a password of ada"
SECRET = "whsec-never-to-be-shown"


def test_a_site_a_secret_a_token_a_setting_and_the_audit_of_it(hub, receiver):
    hub.admin.post("/users", {"name": "ada", "password": PASSWORD, "role": "manage"}).expect(201)
    found = browse("settings.mjs", url=hub.url, user="ada", password=PASSWORD, secret=SECRET)
    assert found["steps"] == ["site", "secret", "token", "secret deleted", "setting", "audit"]
    assert not found["codeAgain"] and not found["secretShown"]
    assert found["token"] == {"again": False, "before": 200, "after": 401}
    assert found["kept"] == "12345"
    assert hub.admin.get("/settings").expect(200).json["max_log_entries"] == 12345
    actions = [action.split(" ", 1) for action in found["actions"]]
    for method, path in (("POST", "/sites"), ("PUT", "/secrets/signing"), ("POST", "/tokens"),
                         ("DELETE", "/tokens/"), ("DELETE", "/secrets/signing"),
                         ("PATCH", "/settings")):
        assert any(action[0] == method and action[1].startswith(path) for action in actions), path
    assert found["secretsInAudit"] == 0
    assert found["faults"] == []
    Moodle(hub, receiver).connect_with(found["code"])
    site, = hub.admin.all("/sites")
    assert site["name"] == "campus" and site["connected"]
