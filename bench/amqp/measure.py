"""Measures deliveries to RabbitMQ: python3 bench/amqp/measure.py.

The hub (a release build, with its defaults) against librabbitmq alone, one after the other in each
run, with messages of the same size and properties, as many unconfirmed at once, and the same
broker, which the script starts for itself. The hub's clock runs from the moment when its service is
enabled until the broker has all messages: the backlog is loaded, rendered, published and confirmed,
and outcomes are committed meanwhile. Then every delivery is looked for in the queue.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests"))


from support.events import events  # noqa: E402
from support.hub import Hub  # noqa: E402
from support.rabbitmq import RabbitMq  # noqa: E402

QUEUE = "bench"
OUTSTANDING = 256  # max_concurrency of an AMQP service
BATCH = 1000
TEMPLATE = ('{"event": {{eventname}}, "id": {{id}}, "user": {{userid}}, "course": {{courseid}}, '
            '"object": {{objectid}}, "time": {{timecreated}}}')
PATIENCE_S = 900
LOOK_S = 0.05


def build_reference(directory: Path) -> Path:
    binary = directory / "reference"
    subprocess.run(["clang-19", "-O2", "-o", str(binary), str(HERE / "reference.c"),
                    "-lrabbitmq"], check=True)
    return binary


def declare(broker: RabbitMq, kind: str) -> None:
    broker.do(lambda channel: channel.queue_delete(QUEUE))
    broker.declare(QUEUE, x_queue_type=kind)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_reference(binary: Path, broker: RabbitMq, body: Path, count: int) -> dict:
    run = subprocess.run([str(binary), str(broker.port), QUEUE, str(body), str(count),
                          str(OUTSTANDING)], check=True, capture_output=True, text=True)
    figures = json.loads(run.stdout)
    return {"per_second": figures["messages"] / figures["seconds"],
            "cpu_us": figures["cpu_seconds"] / figures["messages"] * 1e6}


def measure_hub(broker: RabbitMq, data: Path, count: int) -> dict:
    hub = Hub(data).start()
    try:
        hub.add_service("mq", broker.url(), type="amqp", enabled=False)
        hub.add_rule("mq", endpoint=QUEUE, payload_template=TEMPLATE)
        for _ in range(0, count, BATCH):
            hub.send(events(BATCH))
        cpu = cpu_seconds(hub.process.pid)
        arrived, never = 0, threading.Event()
        with broker.connect() as connection:
            channel = connection.channel()
            start = time.monotonic()
            hub.admin.patch("/services/mq", {"enabled": True}).expect(200)
            while arrived < count and time.monotonic() - start < PATIENCE_S:
                never.wait(LOOK_S)
                arrived = channel.queue_declare(QUEUE, passive=True).method.message_count
            seconds = time.monotonic() - start
        done = hub.wait_until_done(PATIENCE_S)
        cpu = cpu_seconds(hub.process.pid) - cpu
        ids = {properties.message_id for properties, _ in broker.take_all(QUEUE)}
        if done["delivered"] != count or len(ids) != count:
            raise SystemExit(f"{done}, but {len(ids)} of {count} are in the queue")
        return {"per_second": count / seconds, "cpu_us": cpu / count * 1e6}
    finally:
        hub.stop()


def sample_body(broker: RabbitMq, data: Path, path: Path) -> None:
    """What the hub sends, for the reference."""
    hub = Hub(data).start()
    try:
        hub.add_service("mq", broker.url(), type="amqp")
        hub.add_rule("mq", endpoint=QUEUE, payload_template=TEMPLATE)
        hub.send(events(1))
        hub.wait_until_done()
    finally:
        hub.stop()
    (_, body), = broker.take_all(QUEUE)
    path.write_bytes(body)


def measure(options: argparse.Namespace, directory: Path, broker: RabbitMq) -> list[dict]:
    binary, body = build_reference(directory), directory / "body"
    declare(broker, "classic")
    sample_body(broker, directory / "sample", body)
    rows = []
    for kind in ("classic", "quorum"):
        for number in range(options.runs):
            load = os.getloadavg()[0]
            declare(broker, kind)
            reference = measure_reference(binary, broker, body, options.messages)
            declare(broker, kind)
            hub = measure_hub(broker, directory / f"{kind}-{number}", options.messages)
            shutil.rmtree(directory / f"{kind}-{number}")
            row = {"kind": kind, "reference": reference, "hub": hub, "load": load,
                   "bytes": body.stat().st_size,
                   "ratio": hub["per_second"] / reference["per_second"]}
            print(f"{kind}: librabbitmq {reference['per_second']:.0f}/s, hub "
                  f"{hub['per_second']:.0f}/s, {row['ratio']:.0%}, load {load:.1f}", flush=True)
            rows.append(row)
    return rows


def report(options: argparse.Namespace, rows: list[dict]) -> str:
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True, check=True).stdout.strip()
    loads = [row["load"] for row in rows]
    lines = [f"# Deliveries to RabbitMQ, {date.today()}", "",
             f"- commit: {commit}",
             f"- machine: {platform.machine()}, {os.cpu_count()} cores, {platform.system()} "
             f"{platform.release()}; hub, broker and reference share it",
             f"- load average before each run: {min(loads):.1f} to {max(loads):.1f}",
             f"- messages: {options.messages} of {rows[0]['bytes']} bytes a run, persistent, "
             f"mandatory, {OUTSTANDING} unconfirmed at most", "",
             "| queue | librabbitmq alone, a second | hub, a second | ratio | CPU of librabbitmq, "
             "µs a message | CPU of the hub, µs a message |", "|---|---|---|---|---|---|"]
    for row in rows:
        lines.append(f"| {row['kind']} | {row['reference']['per_second']:.0f} | "
                     f"{row['hub']['per_second']:.0f} | {row['ratio']:.0%} | "
                     f"{row['reference']['cpu_us']:.1f} | {row['hub']['cpu_us']:.1f} |")
    lines.append("")
    for kind in ("classic", "quorum"):
        median = statistics.median(row["ratio"] for row in rows if row["kind"] == kind)
        lines.append(f"Median of the ratios, {kind}: {median:.0%}.")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--result", type=Path, help="a Markdown file to write")
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="mih-bench-amqp-"))
    (directory / "broker").mkdir()
    broker = RabbitMq(directory / "broker")
    try:
        rows = measure(options, directory, broker.start())
    finally:
        broker.stop()
        shutil.rmtree(directory, ignore_errors=True)
    text = report(options, rows)
    print(text)
    if options.result:
        options.result.write_text(text)


if __name__ == "__main__":
    main()
