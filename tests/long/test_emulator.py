"""The emulator's crash and race tests of tests/emulator in their full counts."""

from __future__ import annotations

import os
import random
import runpy
import time
from pathlib import Path

import pytest

EMULATOR = Path(__file__).parents[1] / "emulator"
KILLS = int(os.environ.get("ZCRM_LONG_KILLS", "300"))
ROUNDS = int(os.environ.get("ZCRM_LONG_ROUNDS", "200"))
EXAMPLES = int(os.environ.get("ZCRM_LONG_EXAMPLES", "100"))
GENERATED = runpy.run_path(str(EMULATOR / "test_openapi.py"))  # reads its variable before a fixture hides it
SEED = int(os.environ.get("ZCRM_LONG_SEED", str(int(time.time()))))


@pytest.mark.timeout(3600)
def test_hundreds_of_kills_lose_no_acknowledged_record(tmp_path, emulator_process):
    print(f"\n{KILLS} kills, seed {SEED}")
    run = runpy.run_path(str(EMULATOR / "test_killed.py"))["kill_often"]
    run(tmp_path / "org.db", emulator_process, KILLS, random.Random(SEED))


@pytest.mark.timeout(3600)
def test_sixteen_writers_in_two_processes_never_corrupt_the_file(tmp_path, emulator_process):
    print(f"\n16 writers, {ROUNDS} rounds each")
    run = runpy.run_path(str(EMULATOR / "test_two_processes.py"))["race"]
    run(tmp_path / "org.db", emulator_process, 16, ROUNDS)


@pytest.mark.timeout(7200)
def test_generated_requests_in_their_thousands_never_break_it(tmp_path, emulator_process):
    if not GENERATED["SCHEMATHESIS"]:
        pytest.skip("SCHEMATHESIS does not name the `st` command: pip install schemathesis")
    print(f"\n{EXAMPLES} examples an operation, seed {SEED}")
    GENERATED["generate"](emulator_process, tmp_path, "coverage,fuzzing", EXAMPLES, SEED)
