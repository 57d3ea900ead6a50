"""From nothing to an org: `python tests/benchmarks/emulator_start.py`.

Process start to the ready line, making a demo org, copying one for a test, and an answer on a kept connection, as medians.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime

from zcrm_tools.emulator.app import open_emulator
from zcrm_tools.emulator.seed import demo_org
from zcrm_tools.emulator.snapshots import fresh

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def median_ms(work: Callable[[], object], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)


def ready(*options: str) -> None:
    """Start `zcrm emulator`, wait for its line, ask it once, end it."""
    command = [sys.executable, "-m", "zcrm_tools.cli", "emulator", "--port", "0", "--ready-json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        urllib.request.urlopen(f"{url}/__emulator__/health").read()
        process.terminate()


def main() -> None:
    fresh(now=NOW).close()
    for name, work, rounds in (
        ("process to first answer, demo seed", ready, 7),
        ("process to first answer, empty seed", lambda: ready("--seed", "empty"), 7),
        ("a demo org generated", lambda: demo_org(11, scale=1, now=NOW), 7),
        ("a demo org generated, loaded and opened", lambda: open_emulator().close(), 7),
        ("a demo org copied for a test", lambda: fresh(now=NOW).close(), 25),
    ):
        print(f"{name:<42} {median_ms(work, rounds):8.1f} ms")


if __name__ == "__main__":
    main()
