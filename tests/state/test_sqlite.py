"""The contract of `state`: every implementation keeps it. Two processes on one file are two processes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from zcrm_tools.errors import NotConfigured
from zcrm_tools.state.sqlite import SqliteState
from zcrm_tools.state.state import ChangeRow, PlanRow

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PLAN = PlanRow(
    "plan_1", "me", "create_lead", "digest", {"writes": [{"é": 1}]}, NOW, NOW + timedelta(minutes=10)
)
CHANGE = ChangeRow(
    "chg_1", "plan_1", "me", NOW, "create_lead", "create", "Leads", "5", "Ada", {}, {"Last_Name": "Ada"}
)


@pytest.fixture(params=["memory", "file"])
def state(request: pytest.FixtureRequest, tmp_path: Path):
    made = SqliteState(tmp_path / "home" / "state.db" if request.param == "file" else None)
    yield made
    made.close()


def test_a_plan_comes_back_as_it_was_put(state: SqliteState):
    state.add_plan(PLAN)
    assert state.plan("plan_1") == PLAN
    assert state.plan("plan_2") is None


def test_a_plan_goes_from_open_to_applied_once(state: SqliteState):
    state.add_plan(PLAN)
    assert not state.claim("plan_1", NOW)
    assert state.approve("plan_1", "policy", NOW)
    assert not state.approve("plan_1", "somebody else", NOW)
    assert state.claim("plan_1", NOW)
    assert not state.claim("plan_1", NOW)
    assert [p.id for p in state.unsettled("me")] == ["plan_1"]
    state.settle("plan_1", {"ok": True}, [CHANGE])
    settled = state.plan("plan_1")
    assert settled is not None
    assert (settled.state, settled.receipt, settled.approved_by) == ("applied", {"ok": True}, "policy")
    assert state.unsettled("me") == []
    assert state.change("chg_1") == CHANGE


def test_an_expired_plan_can_be_neither_approved_nor_claimed(state: SqliteState):
    state.add_plan(PLAN)
    assert not state.approve("plan_1", "policy", PLAN.expires_at)
    state.add_plan(replace(PLAN, id="plan_2", state="approved"))
    assert not state.claim("plan_2", PLAN.expires_at)


def test_settling_what_was_not_claimed_writes_no_change(state: SqliteState):
    state.add_plan(PLAN)
    with pytest.raises(RuntimeError):
        state.settle("plan_1", {}, [CHANGE])
    assert state.changes("me", 10) == []


def test_a_failed_settle_leaves_nothing_half_written(state: SqliteState):
    state.add_plan(replace(PLAN, state="applying"))
    with pytest.raises(Exception, match="UNIQUE"):
        state.settle("plan_1", {}, [CHANGE, CHANGE])
    row = state.plan("plan_1")
    assert row is not None
    assert row.state == "applying"
    assert state.changes("me", 10) == []


def test_only_plans_that_wait_and_live_are_waiting(state: SqliteState):
    state.add_plan(PLAN)
    state.add_plan(replace(PLAN, id="plan_2", created_at=NOW + timedelta(seconds=1)))
    state.add_plan(replace(PLAN, id="plan_3", profile="somebody else"))
    state.void("plan_1")
    assert [p.id for p in state.waiting("me", NOW)] == ["plan_2"]
    assert state.waiting("me", PLAN.expires_at) == []


def test_recent_finds_the_newest_applied_plan_with_the_digest(state: SqliteState):
    state.add_plan(PLAN)
    assert state.recent("digest", NOW) is None
    state.add_plan(replace(PLAN, id="plan_2", state="applying"))
    found = state.recent("digest", NOW)
    assert found is not None
    assert found.id == "plan_2"
    assert state.recent("digest", NOW + timedelta(seconds=1)) is None
    assert state.recent("another", NOW) is None


def test_changes_come_newest_first_and_page(state: SqliteState):
    state.add_plan(replace(PLAN, state="applying"))
    state.settle("plan_1", {}, [replace(CHANGE, id=f"chg_{i}") for i in range(5)])
    first = state.changes("me", 2)
    assert [c.id for c in first] == ["chg_4", "chg_3"]
    assert [c.id for c in state.changes("me", 9, first[-1].id)] == ["chg_2", "chg_1", "chg_0"]


def test_a_change_is_undone_once(state: SqliteState):
    state.add_plan(replace(PLAN, state="applying"))
    state.settle("plan_1", {}, [CHANGE])
    assert state.mark_undone("chg_1", "plan_9")
    assert not state.mark_undone("chg_1", "plan_8")
    change = state.change("chg_1")
    assert change is not None
    assert change.undone_by == "plan_9"


def test_the_file_is_for_its_owner_alone(tmp_path: Path):
    path = tmp_path / "home" / "state.db"
    SqliteState(path).close()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path):
    path = tmp_path / "state.db"
    first = SqliteState(path)
    first._db.execute("PRAGMA user_version = 99")
    first.close()
    with pytest.raises(NotConfigured, match="newer version"):
        SqliteState(path)


RACER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from zcrm_tools.state.sqlite import SqliteState
state = SqliteState(Path(sys.argv[1]))
sys.stdin.readline()
print(sum(state.claim(f"plan_{i}", datetime(2026, 11, 24, 9, tzinfo=UTC)) for i in range(50)))
"""


def test_two_processes_never_claim_the_same_plan(tmp_path: Path):
    path = tmp_path / "state.db"
    state = SqliteState(path)
    for i in range(50):
        state.add_plan(replace(PLAN, id=f"plan_{i}", state="approved"))
    state.close()
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    claimed = [int(out) for out, _ in [r.communicate("go\n", timeout=60) for r in racers]]
    assert sum(claimed) == 50


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from zcrm_tools.state.sqlite import SqliteState
state = SqliteState(Path(sys.argv[1]))
assert state.claim("plan_1", datetime(2026, 11, 24, 9, tzinfo=UTC))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_claim_outlives_a_killed_process(tmp_path: Path):
    path = tmp_path / "state.db"
    state = SqliteState(path)
    state.add_plan(replace(PLAN, state="approved"))
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, timeout=60)
    assert [p.id for p in state.unsettled("me")] == ["plan_1"]
    state.close()
