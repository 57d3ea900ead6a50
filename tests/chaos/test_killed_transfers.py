"""kill -9 and Ctrl-C of `zcrm import` and `zcrm export`, which are then gone on with: each row once, the file the same."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zcrm_tools.emulator.app import Emulator, open_emulator
from zcrm_tools.emulator.serve import serving

PROGRAM = Path(__file__).with_name("zcrm.py")
LONG = bool(os.environ.get("LONG_TESTS"))
KILLS = 50 if LONG else 1
SEED = int(os.environ.get("CHAOS_SEED", "20261124"))
ROWS = 200
FIELDS = ("--fields", "Last_Name,Created_Time,Owner")
STOPS = {"killed": (signal.SIGKILL, -signal.SIGKILL), "interrupted": (signal.SIGINT, 130)}


@pytest.fixture
def served() -> Iterator[tuple[Emulator, str]]:
    emulator = open_emulator(seed="empty")
    with serving(emulator.app) as url:
        yield emulator, url
    emulator.close()


@pytest.fixture
def start(served: tuple[Emulator, str], tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    emulator, url = served
    issued = emulator.credentials
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ZCRM_")} | {
        "ZCRM_HOME": str(tmp_path / "home"),
        "ZCRM_API_URL": url,
        "ZCRM_ACCOUNTS_URL": url,
        "ZCRM_CLIENT_ID": issued.client_id,
        "ZCRM_CLIENT_SECRET": issued.client_secret,
        "ZCRM_REFRESH_TOKEN": issued.refresh_token,
        "ZCRM_WRITE": "1",
    }

    def run(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(PROGRAM), *arguments],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return run


def stop_in_the_middle(
    running: subprocess.Popen[str], emulator: Emulator, path: str, calls: int, stop: signal.Signals
) -> int:
    """End it once it has made so many calls of that path; its exit code, 0 when it was faster."""
    already = asked(emulator, path)
    until = time.monotonic() + 60
    while running.poll() is None and asked(emulator, path) < already + calls:
        assert time.monotonic() < until, "it hangs"
        time.sleep(0.005)
    running.send_signal(stop)
    running.communicate(timeout=60)
    return running.returncode


def asked(emulator: Emulator, path: str) -> int:
    return sum(r["method"] == "POST" and r["path"].endswith(path) for r in emulator.journal.as_list())


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("way", STOPS)
def test_an_import_that_was_stopped_and_gone_on_with_writes_each_row_once(
    way: str, served: Any, start: Any, tmp_path: Path
):
    emulator, _ = served
    stop, code = STOPS[way]
    chance = random.Random(SEED)
    codes: Counter[int] = Counter()
    for trial in range(KILLS):
        file = tmp_path / f"leads{trial}.csv"
        with file.open("w", newline="") as out:
            names = [f"N{trial}-{number}" for number in range(ROWS)]
            csv.writer(out).writerows([["Last Name"], *([name] for name in names)])
        command = ("import", "Leads", str(file), "--yes")
        codes[stop_in_the_middle(start(*command), emulator, "/Leads", chance.randint(1, 8), stop)] += 1
        said, wrong = start(*command).communicate(timeout=120)
        rows = Counter(str(row[0]) for row in emulator.store.fetch('SELECT "Last_Name" FROM "Leads"'))
        assert {name: rows[name] for name in names} == dict.fromkeys(names, 1), wrong
        assert sum(int(part.split()[0]) for part in said.split(": ")[1].split(", ")[:-1]) == ROWS
    print(f"{way} {KILLS} times, seed {SEED}: exit codes {dict(codes)}")
    assert codes.keys() <= {code, 0}
    assert codes[code] > 0


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(("way", "ending"), [("killed", "parquet"), ("interrupted", "csv")])
def test_an_export_that_was_stopped_and_gone_on_with_is_the_undisturbed_file(
    way: str, ending: str, served: Any, start: Any, tmp_path: Path
):
    emulator, _ = served
    stop, code = STOPS[way]
    store = emulator.store
    at = int(time.time()) - 3_600
    store.load(
        "Leads",
        [{"id": store.next_id(), "Last_Name": f"N{n}", "Created_Time": at} for n in range(800)],
    )
    whole = tmp_path / f"whole.{ending}"
    said, wrong = start("export", "Leads", *FIELDS, "--to", str(whole)).communicate(timeout=120)
    assert said.startswith("800 records"), wrong
    chance = random.Random(SEED)
    codes: Counter[int] = Counter()
    for trial in range(KILLS):
        file = tmp_path / f"cut{trial}.{ending}"
        command = ("export", "Leads", *FIELDS, "--to", str(file))
        codes[stop_in_the_middle(start(*command), emulator, "/coql", chance.randint(2, 14), stop)] += 1
        if not file.exists():
            start(*command).communicate(timeout=120)
        assert file.read_bytes() == whole.read_bytes()
        assert list(tmp_path.glob("*.unfinished")) == []
    print(f"{way} {KILLS} times, seed {SEED}: exit codes {dict(codes)}")
    assert codes.keys() <= {code, 0}
    assert codes[code] > 0
