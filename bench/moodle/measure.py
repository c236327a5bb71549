"""Measures what the plugin costs inside a real Moodle: python3 bench/moodle/measure.py MOODLE_DIR.

The tree is copied and installed on a throwaway MariaDB. With --original DIR the plugin in that
directory, of the same name and with the tables of its predecessor, is measured beside it on a copy
of the same site. Pages run in PHP's own web server with its opcode cache on.
"""

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/moodle")]

from real_moodle import PLUGIN, Browser, MariaDb, RealMoodle, run  # noqa: E402
from support.hub import Hub, wait_until  # noqa: E402
from support.receiver import Receiver  # noqa: E402

EVENTS = 40  # of one page: below 50, at which the plugin sends without waiting for the end
MATCHED = "\\core\\event\\user_updated"
PATIENCE_S = 600
BARE = {"empty": "the hub stores nothing", "stored": "the hub stores one event"}
PREDECESSORS_RULE = """
    $service = $DB->insert_record('local_integrationhub_svc', (object) [
        'name' => 's', 'type' => 'rest', 'base_url' => 'http://127.0.0.1:9',
        'auth_type' => 'bearer', 'timecreated' => 1]);
    $DB->insert_record('local_integrationhub_rules', (object) [
        'eventname' => '\\\\core\\\\event\\\\user_updated', 'serviceid' => $service,
        'http_method' => 'POST',
        'payload_template' => '{"id": {{objectid}}}', 'enabled' => 1, 'timecreated' => 1]);
    report(1);"""


class Measured:
    """One site and what is asked of it."""

    def __init__(self, moodle: RealMoodle, plugin: Path):
        self.moodle = moodle
        moodle.add_plugin(plugin, "integrationhub")
        moodle.upgrade()
        shutil.copy(HERE / "page.php", moodle.dirroot / "page.php")
        moodle.start_web()
        self.shift = 1000

    def ask(self, about: str, count: int, without: int = 0, **headers: str) -> dict:
        self.shift += count + 1
        status, _, body = Browser(self.moodle.url).fetch(
            f"/page.php?about={about}&count={count}&shift={self.shift}&without={without}",
            **headers)
        if status != 200:
            raise SystemExit(f"the page about {about} answered {status}: {body[-500:]!r}")
        return json.loads(body)


class Figures:
    """Medians of runs, by name."""

    def __init__(self):
        self.runs: dict[str, list[float]] = {}

    def note(self, name: str, values: list[float] | float) -> None:
        value = statistics.median(values) if isinstance(values, list) else values
        self.runs.setdefault(name, []).append(round(value, 2))

    def medians(self) -> dict[str, float]:
        return {name: round(statistics.median(values), 1) for name, values in self.runs.items()}


def copy_of(moodle: RealMoodle, tree: Path, database: MariaDb, directory: Path) -> RealMoodle:
    """The same site once more, in a database of its own."""
    directory.mkdir()
    socket = f"--socket={database.socket}"
    run("mariadb", "--no-defaults", socket, "-uroot", "-e",
        "create database second character set utf8mb4 collate utf8mb4_unicode_ci")
    database.dump(directory / "moodle.sql")
    database.load(directory / "moodle.sql", "second")
    second = RealMoodle(tree, database, directory)
    config = second.root / "config.php"
    config.write_text(config.read_text().replace("dbname = 'moodle'", "dbname = 'second'"))
    return second


def connect(site: Measured, hub: Hub, receiver: Receiver) -> None:
    done = hub.cli("moodle", "connect", "--moodle", site.moodle.root, "--name", "main",
                   timeout=PATIENCE_S)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    hub.add_service("all", receiver.url)
    rule = hub.add_rule("all", MATCHED)["id"]
    wait_until(lambda: hub.admin.get(f"/rules/{rule}").json["active_since"], "Moodle has the rule",
               PATIENCE_S)


def set_mode(site: Measured, mode: str) -> None:
    site.moodle.php(f"local_integrationhub\\settings::save(['capturemode' => '{mode}']);report(1);")


def measure_ours(site: Measured, hub: Hub, token: str, figures: Figures) -> None:
    for about in ("empty", "stored"):
        each = site.ask(about, 20, X_Hub=f"{hub.url}/api/v1/events", X_Token=token)["each"]
        figures.note(f"a bare POST, {BARE[about]}", each)
    for about in ("unmatched", "matched"):
        absent = statistics.median(site.ask(about, EVENTS, without=1)["each"][1:])
        figures.note(f"no observer, {about}: a triggered event", absent)
        each = site.ask(about, EVENTS)
        figures.note(f"fast, {about}: added to an event",
                     statistics.median(each["each"][1:]) - absent)
        figures.note(f"fast, {about}: added to the first event", each["each"][0] - absent)
        if about == "matched":
            figures.note(f"fast: shutdown with {EVENTS} events", each["shutdown"])
    for count in (1, 10):
        figures.note(f"fast: shutdown with {count} event{'s' * (count > 1)}",
                     [site.ask("matched", count)["shutdown"] for _ in range(5)])


def measure_away(site: Measured, figures: Figures) -> None:
    for count in (1, 10):
        figures.note(f"hub stopped: shutdown with {count} event{'s' * (count > 1)}",
                     [site.ask("matched", count)["shutdown"] for _ in range(5)])


def measure_safe(site: Measured, figures: Figures) -> None:
    found = site.ask("safe", EVENTS)
    figures.note("safe: added to an event", found["each"][1:])
    figures.note("one insert in an open transaction", found["insert"][1:])


def measure_original(site: Measured, figures: Figures) -> None:
    for about, name in [("unmatched", "no rule"), ("matched", "a rule")]:
        absent = statistics.median(site.ask(about, EVENTS, without=1)["each"][1:])
        each = site.ask(about, EVENTS)["each"]
        figures.note(f"original, {name}: added to an event", statistics.median(each[1:]) - absent)
        figures.note(f"original, {name}: added to the first event", each[0] - absent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("moodle", type=Path, help="a Moodle source tree; it stays as it is")
    parser.add_argument("--original", type=Path, help="the predecessor's plugin directory")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--data", type=Path, help="where the hub keeps its data (default: /tmp)")
    parser.add_argument("--out", type=Path, default=ROOT / "bench/results")
    wishes = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="mih-bench-moodle-"))
    data = Path(tempfile.mkdtemp(prefix="mih-bench-hub-", dir=wishes.data))
    ending = []
    try:
        receiver = Receiver()
        ending.append(receiver.stop)
        database = MariaDb(directory)
        ending.append(database.stop)
        moodle = RealMoodle(wishes.moodle, database, directory)
        moodle.install()
        sites = {}
        if wishes.original:
            second = copy_of(moodle, wishes.moodle, database, directory / "second")
            ending.append(second.stop)
            sites["original"] = Measured(second, wishes.original)
            second.php(PREDECESSORS_RULE)
        ending.append(moodle.stop)
        sites["ours"] = Measured(moodle, PLUGIN)
        hub = Hub(data / "hub").start()
        ending.append(hub.stop)
        connect(sites["ours"], hub, receiver)
        figures = run_all(wishes.runs, sites, hub)
        write(wishes, moodle.release, data, figures)
    finally:
        for end in reversed(ending):
            end()
        shutil.rmtree(directory, ignore_errors=True)
        shutil.rmtree(data, ignore_errors=True)


def run_all(runs: int, sites: dict[str, Measured], hub: Hub) -> Figures:
    figures = Figures()
    token = hub.create_token("ingest")["token"]
    for number in range(runs + 1):  # the first fills caches and is not counted
        found = Figures() if number == 0 else figures
        set_mode(sites["ours"], "fast")
        measure_ours(sites["ours"], hub, token, found)
        if "original" in sites:
            measure_original(sites["original"], found)
        set_mode(sites["ours"], "safe")
        measure_safe(sites["ours"], found)
        set_mode(sites["ours"], "fast")
        hub.stop()
        sites["ours"].ask("matched", 1)  # finds out that the hub is away
        measure_away(sites["ours"], found)
        hub.start()
        sites["ours"].moodle.cron()
        print(f"run {number} of {runs}", file=sys.stderr, flush=True)
    return figures


def write(wishes: argparse.Namespace, release: str, data: Path, figures: Figures) -> None:
    commit = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
                            capture_output=True, text=True, check=False).stdout.strip()
    about = {"date": time.strftime("%Y-%m-%d"), "commit": commit, "moodle": release,
             "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
             "hub's data": str(data.parent), "runs": wishes.runs}
    lines = [f"# What the plugin costs in Moodle, {about['date']}", ""]
    lines += [f"- {name}: {value}" for name, value in about.items() if name != "date"]
    lines += ["", "Microseconds; medians of the runs, and the runs.", "",
              "| what | median | runs |", "|---|---|---|"]
    lines += [f"| {name} | {value} | {', '.join(map(str, figures.runs[name]))} |"
              for name, value in figures.medians().items()]
    text = "\n".join(lines) + "\n"
    print(text)
    wishes.out.mkdir(parents=True, exist_ok=True)
    stem = wishes.out / f"{about['date']}-moodle"
    stem.with_suffix(".md").write_text(text)
    result = {**about, "figures": figures.medians(), "each run": figures.runs}
    stem.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
