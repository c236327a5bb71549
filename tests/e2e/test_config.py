"""Configuration: one file, variables, flags; mistakes stop the start and say where."""

import socket
import subprocess
import tomllib

import pytest

from support.hub import MIH, ROOT, run_mih


def serve(scratch, *flags, toml=None, env=None):
    arguments = ["serve", "--data", scratch / "data", *flags]
    if "--listen" not in flags:
        arguments += ["--listen", "127.0.0.1:0"]
    if toml is not None:
        (scratch / "mih.toml").write_text(toml)
        arguments += ["--config", scratch / "mih.toml"]
    return run_mih(*arguments, env=env, timeout=30)


@pytest.mark.parametrize("toml, mentions", [
    ("listen = '127.0.0.1:0'\nmin_free_dsk = 1\n", ["mih.toml", "2", "min_free_dsk"]),
    ("\n\nmin_free_disk = 'lots'\n", ["mih.toml", "3", "min_free_disk"]),
    ("min_free_disk = -1\n", ["mih.toml", "1", "min_free_disk"]),
    ("listen = 5\n", ["mih.toml", "1", "listen"]),
    ("listen = 'x'\n", ["mih.toml", "1", "listen"]),
    ("log_level = 'loud'\n", ["mih.toml", "log_level", "info"]),
    ("this is not toml\n", ["mih.toml", "1"]),
    ("max_log_entries = 5\n", ["mih.toml", "max_log_entries"]),
])
def test_a_bad_file_stops_the_start(scratch, toml, mentions):
    result = serve(scratch, toml=toml)
    assert result.returncode == 2, result.stderr
    for text in mentions:
        assert text in result.stderr, (text, result.stderr)
    assert not (scratch / "data").exists()


@pytest.mark.parametrize("env, mention", [
    ({"MIH_MIN_FREE_DISK": "lots"}, "MIH_MIN_FREE_DISK"),
    ({"MIH_LISTEN": "nowhere"}, "MIH_LISTEN"),
    ({"MIH_ALLOWED_PRIVATE": "10.0.0.0/99"}, "MIH_ALLOWED_PRIVATE"),
])
def test_a_bad_variable_stops_the_start(scratch, env, mention):
    result = run_mih("serve", "--data", scratch / "data", env=env, timeout=30)
    assert result.returncode == 2, result.stderr
    assert mention in result.stderr


@pytest.mark.parametrize("flags", [
    ["--nonsense"], ["--listen", "nowhere"], ["--listen", "127.0.0.1:70000"],
    ["--min-free-disk", "x"], ["--config", "/no/such/file.toml"], ["extra"],
])
def test_bad_flags_stop_the_start(scratch, flags):
    result = serve(scratch, *flags)
    assert result.returncode == 2, (result.stdout, result.stderr)
    assert result.stderr


def test_flag_over_variable_over_file(scratch):
    (scratch / "mih.toml").write_text("log_level = 'error'\nmin_free_disk = '1GiB'\n")
    arguments = ["config", "print", "--config", scratch / "mih.toml", "--data", scratch / "data"]

    def printed(*flags, **env):
        result = run_mih(*arguments, *flags, env=env)
        assert result.returncode == 0, result.stderr
        return tomllib.loads(result.stdout)
    assert printed()["log_level"] == "error"
    assert printed(MIH_LOG_LEVEL="warn")["log_level"] == "warn"
    assert printed("--log-level", "debug", MIH_LOG_LEVEL="warn")["log_level"] == "debug"
    assert printed()["allowed_private"] == ["127.0.0.0/8"]


def test_what_config_print_prints_can_be_read_back(scratch):
    first = run_mih("config", "print", "--data", scratch / "data", "--log-level", "warn")
    (scratch / "mih.toml").write_text(first.stdout)
    second = run_mih("config", "print", "--config", scratch / "mih.toml")
    assert tomllib.loads(second.stdout) == tomllib.loads(first.stdout)


def test_the_reference_page_is_up_to_date():
    command = [str(ROOT / "tools/configuration_page.py"), "--check", str(MIH)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_config_check(scratch):
    good, bad = scratch / "good.toml", scratch / "bad.toml"
    good.write_text("log_level = 'warn'\n")
    bad.write_text("log_level = 'warn'\ncolour = 'red'\n")
    assert run_mih("config", "check", good).returncode == 0
    result = run_mih("config", "check", bad)
    assert result.returncode == 2
    assert "colour" in result.stderr + result.stdout


def test_a_taken_address_is_a_clear_error(scratch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        result = serve(scratch, "--listen", address)
    assert result.returncode in (1, 2)
    assert address in result.stderr


def test_listening_for_everybody_must_be_asked_for(scratch):
    result = serve(scratch, "--listen", "0.0.0.0:0")
    assert result.returncode == 2
    assert "insecure" in result.stderr


def test_a_strange_host_header_is_refused(hub):
    """DNS rebinding: a page of a stranger must not reach the hub under its own name."""
    reply = hub.stranger.get("/healthz", base="", headers={"Host": "evil.example"})
    assert 400 <= reply.status < 500
    for host in ("localhost", "127.0.0.1", f"127.0.0.1:{hub.address[1]}"):
        hub.stranger.get("/healthz", base="", headers={"Host": host}).expect(200)
