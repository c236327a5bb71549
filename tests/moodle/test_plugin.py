"""The plugin's files: syntax, language packs, what Moodle demands of a plugin."""

import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from support import tree

PLUGIN = tree.ROOT / "moodle/local/integrationhub"
FILES = tree.files("moodle", ".php")
LANGUAGES = ["en", "es", "fr", "it", "pt_br"]
NEWER = Path(__file__).parent / "newer_syntax.php"


def php(*arguments: str) -> str:
    return subprocess.run(["php", *arguments], capture_output=True, text=True, check=True,
                          timeout=120, stdin=subprocess.DEVNULL).stdout


def strings(language: str) -> dict[str, str]:
    file = PLUGIN / f"lang/{language}/local_integrationhub.php"
    return json.loads(php("-r", f"define('MOODLE_INTERNAL', 1); require '{file}';"
                                "echo json_encode($string);"))


def newer_than_8_0(*files: Path) -> list[str]:
    return php(str(NEWER), *map(str, files)).splitlines()


def test_no_syntax_newer_than_php_8_0():
    assert not newer_than_8_0(*FILES)


@pytest.mark.parametrize("code", [
    "enum A { case B; }", "class A { readonly int $x; }", "$f = strlen(...);",
    "function f(A&B $x) {}", "function f(): never { exit; }", "function f($x = new A) {}",
    "array_is_list([]);", "class A { final const B = 1; }", "class A { const int B = 1; }",
    "function f(public readonly int $x) {}", "json_validate('');", "readonly class A {}"])
def test_newer_syntax_is_found(tmp_path, code):
    file = tmp_path / "a.php"
    file.write_text(f"<?php\n{code}\n")
    assert newer_than_8_0(file)


def test_every_file_is_valid():
    for file in FILES:
        assert "No syntax errors" in php("-l", str(file)), file


def test_every_file_has_its_licence_and_package():
    for file in FILES:
        text = file.read_text()
        assert text.startswith("<?php\n// This file is part of Moodle - http://moodle.org/"), file
        assert "@package    local_integrationhub" in text, file
        assert not re.search(r"\?>\s*$", text), file


def test_files_that_moodle_includes_cannot_be_called():
    for file in FILES:
        inside = "MOODLE_INTERNAL" in file.read_text()
        only_declares = re.search(r"^(namespace|function) ", file.read_text(), re.MULTILINE)
        entry = "config.php'" in file.read_text()
        assert inside or only_declares or entry, file


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_packs_are_complete(language):
    pack, english = strings(language), strings("en")
    assert pack.keys() == english.keys()
    for name, text in pack.items():
        assert text.strip(), name
        assert set(re.findall(r"\{\$a[^}]*\}", text)) == \
            set(re.findall(r"\{\$a[^}]*\}", english[name])), name


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_language_packs_are_translated(language):
    same = {"pluginname", "list_version"}
    pack, english = strings(language), strings("en")
    assert not [name for name in pack if pack[name] == english[name] and name not in same]


def test_every_text_that_is_used_exists_and_every_one_is_used():
    code = "\n".join(file.read_text() for file in FILES if "lang" not in file.parts)
    used = set(re.findall(r"(?:get_string|lang_string|moodle_exception|self::text)\(\s*'([^'$]+)'",
                          code))
    used |= set(re.findall(r"'(privacy:[^']+)'", code))
    used |= {f"check_{name}" for name in ("hub", "subscription_list", "outbox_age",
                                          "refused_events", "hub_alerts")}
    used |= {"integrationhub:manage", "integrationhub:view", "cachedef_state", "hub_help",
             "code_help", "service_not_found", "service_disabled", "circuit_open",
             "hub_refuses", "hub_away"}
    used.discard("check_")  # the start of those above
    assert used == set(strings("en"))


def test_the_name_does_without_the_trademark():
    assert "Moodle" not in strings("en")["pluginname"]


def test_tables_keep_their_names_and_fit_moodles_limit():
    names = [table.get("NAME")
             for table in ElementTree.parse(PLUGIN / "db/install.xml").iter("TABLE")]
    short = ["svc", "cb", "log", "rules", "dlq", "outbox", "nonce", "inbound"]
    assert names == [f"local_integrationhub_{name}" for name in short]
    assert all(len(name) <= 28 for name in names)


def test_capabilities_carry_their_risks(site):
    php_code = ("require PLUGIN . '/db/access.php'; answer(array_map(function ($c) {"
                "return [$c['riskbitmask'], array_keys($c['archetypes'])]; }, $capabilities));")
    assert site.run(php_code).answer == {
        "local/integrationhub:manage": [2 | 32 | 8, ["manager"]],
        "local/integrationhub:view": [8, ["manager"]]}


def test_observers_are_one_inside_and_one_after_the_transaction(site):
    observers = site.run("require PLUGIN . '/db/events.php'; answer($observers);").answer
    assert [(o["eventname"], o["internal"]) for o in observers] == [("*", True), ("*", False)]
    # The first must have run before the second, also when no transaction is open.
    assert observers[0]["priority"] > observers[1]["priority"]


def test_the_environment_file_names_what_the_plugin_needs():
    root = ElementTree.parse(PLUGIN / "environment.xml").getroot()
    assert root.find("PLUGIN").get("name") == "local_integrationhub"
    assert {item.get("name") for item in root.iter("PHP_EXTENSION")} == {"curl", "json"}
