"""The files of the repository, for the static checks."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".git", "build", "mih-data", "__pycache__", "node_modules", "generated",
           ".pytest_cache"}


def files(folder: str = ".", *suffixes: str) -> list[Path]:
    """Files below `folder` with one of the suffixes (all without), as sorted absolute paths."""
    found = []
    for directory, folders, names in os.walk(ROOT / folder):
        folders[:] = [name for name in folders if name not in SKIPPED]
        found += [Path(directory) / name for name in names
                  if not suffixes or name.endswith(suffixes)]
    return sorted(found)


def cpp_files() -> list[Path]:
    return [path for folder in ("src", "tests", "fuzz", "bench")
            for path in files(folder, ".cpp", ".hpp")]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def is_test(path: Path) -> bool:
    return path.stem.endswith("_test") or "tests" in path.relative_to(ROOT).parts


def project_includes(text: str) -> list[str]:
    """What a source file includes in quotes, as written."""
    return re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.MULTILINE)


def system_includes(text: str) -> list[str]:
    return re.findall(r"^\s*#\s*include\s+<([^>]+)>", text, re.MULTILINE)


def without_comments_and_strings(text: str) -> str:
    """C++ text with comments and literals blanked, lines kept."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"([^(\s]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'',
        re.DOTALL)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
