"""Documents: links lead somewhere, the changelog knows the version."""

import re
from pathlib import Path

from support import tree

VERSION = (tree.ROOT / "VERSION").read_text().strip()


def anchor(title: str) -> str:
    """The anchor that GitHub gives a heading."""
    plain = re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", title.strip().lower())
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def broken_links(document: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, fragment = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.exists():
            broken.append(target)
        elif fragment and file.suffix == ".md":
            titles = re.findall(r"^#+\s+(.*)$", file.read_text(), re.MULTILINE)
            if fragment not in map(anchor, titles):
                broken.append(target)
    return broken


def test_links_lead_somewhere():
    broken = {tree.name_of(path): faults for path in tree.files(".", ".md")
              if (faults := broken_links(path))}
    assert not broken


def test_a_broken_link_is_found(tmp_path):
    (tmp_path / "other.md").write_text("# A title\n")
    page = tmp_path / "page.md"
    page.write_text("[a](other.md#a-title) [b](other.md#b) [c](missing.md)\n[d](https://x.example)")
    assert broken_links(page) == ["other.md#b", "missing.md"]


def test_the_changelog_knows_the_version():
    changelog = (tree.ROOT / "CHANGELOG.md").read_text()
    assert f"## [{VERSION}]" in changelog
    assert "keepachangelog.com" in changelog


def test_the_readme_says_what_it_must():
    readme = (tree.ROOT / "README.md").read_text()
    for text in ("./run", "./run demo", "./test", "not affiliated", "Moodle Pty Ltd", "GPL"):
        assert text in readme, text


def test_decision_records_are_numbered_and_listed():
    records = [path.name for path in tree.files("docs/adr", ".md")]
    numbers = [int(name[:4]) for name in records]
    assert numbers == list(range(1, len(numbers) + 1))
    architecture = (tree.ROOT / "ARCHITECTURE.md").read_text()
    assert not [name for name in records if name not in architecture]
