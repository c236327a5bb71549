"""Nothing lies about: every file is built, included, linked or used by something."""

import re
from pathlib import Path

from support import tree


def read(paths: list[Path]) -> str:
    return "\n".join(path.read_text(errors="replace") for path in paths)


def cmake_of(path: Path) -> Path:
    """The CMakeLists.txt that is responsible for a source file."""
    for folder in path.parents:
        if (folder / "CMakeLists.txt").exists():
            return folder / "CMakeLists.txt"
    raise AssertionError(f"no CMakeLists.txt above {path}")


def unbuilt(paths: list[Path]) -> list[str]:
    found = []
    for path in paths:
        cmake = cmake_of(path)
        relative = path.relative_to(cmake.parent)
        text = cmake.read_text()
        globbed = f"/{relative.parent}/*{path.suffix}" in text
        named = re.search(rf"(?<![\w/.-]){re.escape(str(relative))}(?![\w.-])", text)
        if not globbed and not named:
            found.append(tree.name_of(path))
    return found


def unincluded(headers: list[Path], sources: list[Path]) -> list[str]:
    included = {include for path in sources for include in tree.project_includes(path.read_text())}
    return [tree.name_of(path) for path in headers
            if str(Path(*path.relative_to(tree.ROOT).parts[1:])) not in included]


def test_every_source_file_is_built():
    paths = [path for folder in ("src", "tests", "fuzz", "bench")
             for path in tree.files(folder, ".cpp", ".sql")
             if not path.is_relative_to(tree.ROOT / "tests/data")]
    assert not unbuilt(paths)


def test_every_header_is_included():
    headers = [path for path in tree.cpp_files() if path.suffix == ".hpp"]
    assert not unincluded(headers, tree.cpp_files())


def test_every_document_is_linked():
    documents = [path for path in tree.files(".", ".md")
                 if not path.is_relative_to(tree.ROOT / "bench/results")]
    front = {"README.md"}
    linked = {(document.parent / target.split("#")[0]).resolve()
              for document in documents
              for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text())
              if "://" not in target and target.split("#")[0]}
    dead = [tree.name_of(path) for path in documents
            if path not in linked and tree.name_of(path) not in front]
    assert not dead, f"not linked from any document: {dead}"


def test_every_test_file_is_used():
    """Data of the tests is named by a test; Python modules of support are imported."""
    code = read([path for folder in ("src", "tests", "fuzz")
                 for path in tree.files(folder, ".cpp", ".hpp", ".py", "CMakeLists.txt")])
    scripts = read([tree.ROOT / "test", tree.ROOT / "run"])
    dead = [tree.name_of(path) for path in tree.files("tests/data")
            if path.name not in code and path.parent.name not in code]
    for path in tree.files("tests/support", ".py"):
        used = re.search(rf"(from support import .*\b{path.stem}\b|from support\.{path.stem} import"
                         rf"|import support\.{path.stem})", code)
        if path.name != "__init__.py" and not used and path.name not in scripts:
            dead.append(tree.name_of(path))
    assert not dead


def test_every_tool_is_used():
    users = read([path for path in tree.files() if path.suffix not in (".md", "") or
                  path.name in ("run", "test")])
    assert not [path.name for path in tree.files("tools") if path.name not in users]


def test_a_dead_file_is_found(tmp_path):
    (tmp_path / "CMakeLists.txt").write_text("mih_module(x SOURCES used.cpp sub/also.cpp)\n")
    stray = tree.ROOT / "src/base/no_such_file_anywhere.hpp"
    assert unincluded([stray], tree.cpp_files()) == ["src/base/no_such_file_anywhere.hpp"]
    assert not re.search(r"(?<![\w/.-])also\.cpp(?![\w.-])",
                         (tmp_path / "CMakeLists.txt").read_text())
