#!/usr/bin/python3
"""Writes docs/configuration.md from what `mih config print` says: configuration_page.py MIH.

With --check it writes nothing and fails if the page is not what it would write.
"""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs/configuration.md"
HEAD = """# Configuration

The settings that are fixed while the hub runs. They come from one TOML file, from `MIH_...`
variables and from flags; a flag wins over a variable, a variable over the file, the file over the
default. The file is the one of `--config` (or `MIH_CONFIG`), else `./mih.toml`, else
`/etc/mih/mih.toml`. A setting that does not exist or a value that is not allowed stops the start
and says where it stands.

`mih config print` shows all of them with their values and where these come from; `mih config check`
only checks. What may change while the hub runs is in the store: `mih settings show`.

This page is written by `tools/configuration_page.py`, the definitions are in
[src/config/settings.cpp](../src/config/settings.cpp).

| setting | meaning | allowed | default |
|---|---|---|---|
"""


def rows(printed: str) -> list[str]:
    pattern = re.compile(r"((?:^#[^\n]*\n)+)^(\w+) = ", re.MULTILINE)
    found = []
    for comment, key in pattern.findall(printed):
        lines = [line.removeprefix("#").strip() for line in comment.splitlines()]
        allowed = next(line for line in lines if line.startswith("Allowed: "))
        default = next(line for line in lines if line.startswith("Default: "))
        meaning = " ".join(line for line in lines if line not in (allowed, default))
        allowed = re.sub(r"\.? MIH_.*$", "", allowed.removeprefix("Allowed: "))
        default = re.sub(r"\. Now from: .*$", "", default.removeprefix("Default: "))
        found.append(f"| `{key}` | {meaning} | {allowed} | {default} |\n")
    return found


def main(arguments: list[str]) -> int:
    checking = "--check" in arguments
    binary = next(argument for argument in arguments if not argument.startswith("-"))
    printed = subprocess.run([Path(binary).resolve(), "config", "print"], check=True,
                             capture_output=True, text=True,
                             cwd="/", env={}).stdout
    table = rows(printed)
    if not table:
        print("`mih config print` shows no setting", file=sys.stderr)
        return 1
    text = (HEAD + "".join(table) + "\nThe variable of `min_free_disk` is `MIH_MIN_FREE_DISK`, its "
            "flag `--min-free-disk`; the others alike.\n")
    if not checking:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        print(f"docs/configuration.md is out of date: run tools/configuration_page.py {binary}",
              file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
