"""Formatting of C++ and shell scripts."""

import subprocess

from support import tree


def format_faults(paths: list) -> str:
    command = ["clang-format-19", "--dry-run", "-Werror", "--style=file", *map(str, paths)]
    run = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, check=False)
    places = [line for line in run.stderr.splitlines() if "error:" in line]
    return "\n".join(places) or run.stderr if run.returncode else ""


def shell_scripts() -> list:
    return [path for path in tree.files() if path.suffix == ".sh" or
            (not path.suffix and path.read_bytes()[:20].startswith(b"#!/usr/bin/env bash"))]


def test_cpp_files_are_formatted():
    paths = tree.cpp_files()
    assert paths
    faults = format_faults(paths)
    assert not faults, "run clang-format-19 -i on them:\n" + faults


def test_a_badly_formatted_file_is_found(tmp_path):
    bad = tmp_path / "bad.cpp"
    bad.write_text("int   main( ) {return 0 ;}\n")
    assert format_faults([bad])


def test_shell_scripts_pass_shellcheck():
    scripts = shell_scripts()
    assert {"run", "test"} <= {path.name for path in scripts}
    run = subprocess.run(["shellcheck", "-x", *map(tree.name_of, scripts)], cwd=tree.ROOT,
                         capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
