"""House rules that a text search can keep: length, unfinished work, waits and ports in tests."""

import re
from pathlib import Path

from support import tree

MAX_LINES = 450
MAX_TEST_LINES = 500
MAX_COLUMNS = 100
MAX_PHP_COLUMNS = 132  # Moodle's coding style
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b"
                        r"|not implemented|unimplemented")
WAITS = re.compile(r"sleep_for|sleep_until|\busleep\(|\bnanosleep\("
                   r"|\btime\.slee" + r"p\(|(?<![\w.])sleep\(")
FIXED_PORT = re.compile(r"(bind|listen|HTTPServer|endpoint)\s*[({](?![)}]).{0,60}?"
                        r",\s*[1-9]\d{3,4}\s*[)}]")
SWITCHED_OFF = re.compile(r"\bDISABLED_|GTEST_SKIP|mark\.xfail|assert True\b|EXPECT_TRUE\(true\)")


def code_files() -> list[Path]:
    return [path for path in tree.files() if path.suffix in
            (".cpp", ".hpp", ".py", ".sh", ".sql", ".cmake", ".txt", ".ts", ".tsx", ".php")
            or path.name in ("run", "test")]


def test_files() -> list[Path]:
    beside_the_code = tree.files("src", "_test.cpp")
    return [path for path in beside_the_code + tree.files("tests", ".cpp", ".hpp", ".py")
            if path != Path(__file__)]


def hits(paths: list[Path], pattern: re.Pattern) -> list[str]:
    return [f"{tree.name_of(path)}:{number}: {line.strip()[:100]}"
            for path in paths
            for number, line in enumerate(path.read_text(errors="replace").split("\n"), 1)
            if pattern.search(line)]


test_files.__test__ = False  # a helper, in spite of its name


def test_files_are_not_too_long():
    long = {tree.name_of(path): count for path in code_files()
            if "data" not in path.parts
            and (count := path.read_text(errors="replace").count("\n"))
            > (MAX_TEST_LINES if tree.is_test(path) else MAX_LINES)}
    assert not long


def test_lines_are_not_too_long():
    wide = [f"{tree.name_of(path)}:{number}"
            for path in code_files() if "data" not in path.parts and path.suffix != ".sql"
            for number, line in enumerate(path.read_text(errors="replace").split("\n"), 1)
            if len(line) > columns_for(path) and "http" not in line and 'R"' not in line
            and not is_literal(line)]
    assert not wide


def columns_for(path: Path) -> float:
    if path.suffix != ".php":
        return MAX_COLUMNS
    # A text of a language pack is one literal.
    return float("inf") if "lang" in path.parts else MAX_PHP_COLUMNS


def is_literal(line: str) -> bool:
    """A line that is one long literal: the formatter cannot break it either."""
    return bool(re.match(r'^\s*[\w<{(:. ]*R?"', line))


def test_no_marks_of_unfinished_work():
    assert not hits([path for path in code_files() if path != Path(__file__)], UNFINISHED)


def test_tests_do_not_wait_by_the_clock():
    assert not hits(test_files(), WAITS)


def test_tests_use_no_fixed_ports():
    assert not hits(test_files(), FIXED_PORT)


def test_no_test_is_switched_off():
    assert not hits(test_files(), SWITCHED_OFF)


def test_the_patterns_find_what_they_are_for(tmp_path):
    assert WAITS.search("std::this_thread::sleep_for(1s);") and WAITS.search("time.slee" + "p(1)")
    assert FIXED_PORT.search('socket.bind(("127.0.0.1", 8085))')
    assert not FIXED_PORT.search('socket.bind(("127.0.0.1", 0))')
    assert UNFINISHED.search("// TO" + "DO: later")
    assert SWITCHED_OFF.search("TEST(A, DISABLED_b)")
