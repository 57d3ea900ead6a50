"""The contract of `state`: every implementation keeps it. Two processes on one file are two processes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from zcrm_tools.errors import NotConfigured
from zcrm_tools.state.sqlite import SqliteState
from zcrm_tools.state.state import Allowance, ChangeRow, PlanRow

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
    assert state.change("chg_1") == replace(CHANGE, approved_by="policy")


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
    for number in (1, 8, 9):
        state.add_plan(replace(PLAN, id=f"plan_{number}", state="applying"))
    state.settle("plan_1", {}, [CHANGE])
    state.settle("plan_9", {}, [], undone=["chg_1"])
    state.settle("plan_8", {}, [], undone=["chg_1"])
    change = state.change("chg_1")
    assert change is not None
    assert change.undone_by == "plan_9"


def test_what_was_written_is_counted_by_who_asked_and_who_agreed(state: SqliteState):
    def begun(name: str, **more: Any) -> None:
        state.add_plan(replace(PLAN, id=name, approved_by="policy", size=20, **more))

    def count(but: str = "", since: datetime = NOW - timedelta(hours=1)) -> int:
        return state.written("me", "", "policy", since, but=but)

    begun("plan_1", state="approved")
    state.claim("plan_1", NOW)
    assert (count(), count(but="plan_1"), count(since=NOW)) == (20, 0, 0)
    state.settle("plan_1", {}, [CHANGE, replace(CHANGE, id="chg_2")])
    assert count() == 2, "what was refused was not written"
    begun("plan_2", state="approved")
    begun("plan_3", state="open")
    begun("plan_4", state="void")
    begun("plan_5", state="approved", principal="bob")
    begun("plan_6", state="approved", profile="you")
    state.add_plan(replace(PLAN, id="plan_7", state="approved", approved_by="ann", size=20))
    assert count() == 22
    assert not state.approve("plan_3", "policy", NOW, within=Allowance(41, NOW - timedelta(hours=1)))
    assert state.approve("plan_3", "policy", NOW, within=Allowance(42, NOW - timedelta(hours=1)))


def test_a_change_tells_who_asked_and_who_agreed(state: SqliteState):
    state.add_plan(
        replace(PLAN, principal="ann", client="Claude 1", state="approved", approved_by="elicitation")
    )
    state.claim("plan_1", NOW)
    state.settle("plan_1", {}, [CHANGE])
    told = replace(CHANGE, principal="ann", client="Claude 1", approved_by="elicitation")
    assert state.changes("me", 10) == state.changes_of("plan_1") == [told]


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
import os, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zcrm_tools.state.sqlite import SqliteState
from zcrm_tools.state.state import Allowance, PlanRow
state, now = SqliteState(Path(sys.argv[1])), datetime(2026, 11, 24, 9, tzinfo=UTC)
sys.stdin.readline()
print(sum(state.claim(f"plan_{i}", now) for i in range(50)))
within = Allowance(60, now - timedelta(hours=1))
for i in range(20):
    plan = PlanRow(f"{os.getpid()}_{i}", "you", "a", "d", {}, now, now, "approved", "policy", size=3)
    print(int(state.add_plan(plan, within=within)))
"""


def test_processes_never_claim_the_same_plan_nor_write_more_together_than_one_may(tmp_path: Path):
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
    for racer in racers:  # all at once, and not one after the other as `communicate` alone would
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    told = [[int(n) for n in out.split()] for out, _ in [r.communicate(timeout=60) for r in racers]]
    assert sum(claimed for claimed, *_ in told) == 50
    assert sum(sum(added) for _, *added in told) == 20, "20 plans of 3 records fill an allowance of 60"


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


# --- what was found out, places and credits


def test_what_was_found_out_takes_the_place_of_what_was_unknown(state: SqliteState):
    state.add_plan(replace(PLAN, state="approved"))
    state.claim("plan_1", NOW)
    lost = {"results": [{"status": "unknown"}]}
    state.settle("plan_1", lost, [replace(CHANGE, record="", outcome="unknown")])
    assert [p.id for p in state.unsettled("me")] == ["plan_1"]
    known = {"results": [{"status": "done"}]}
    assert not state.clarify("plan_1", known, [CHANGE], was={"results": []})
    assert state.clarify("plan_1", known, [CHANGE], was=lost)
    assert not state.clarify("plan_1", known, [CHANGE], was=lost)
    assert state.unsettled("me") == []
    assert state.change("chg_1") == CHANGE
    assert state.recorded("me", "Leads", ["5", "6"]) == {"5"}
    assert state.recorded("you", "Leads", ["5"]) == set()


def test_an_undoing_that_never_arrived_undid_nothing(state: SqliteState):
    state.add_plan(replace(PLAN, state="approved"))
    state.claim("plan_1", NOW)
    state.settle("plan_1", {}, [CHANGE])
    state.add_plan(replace(PLAN, id="plan_2", state="approved"))
    state.claim("plan_2", NOW)
    lost = {"results": [{"status": "unknown"}]}
    unknown = [replace(CHANGE, id=f"chg_{n}", plan="plan_2", outcome="unknown") for n in (2, 3)]
    state.settle("plan_2", lost, unknown, undone=["chg_1"])
    half = {"results": [{"status": "refused"}, {"status": "unknown"}]}
    assert state.clarify("plan_2", half, unknown[1:], was=lost, undone=[])
    assert state.change("chg_2") is None
    undone = state.change("chg_1")
    assert undone is not None
    assert undone.undone_by == ""


def test_a_claim_notes_when_the_first_byte_may_have_left(state: SqliteState):
    state.add_plan(replace(PLAN, state="approved"))
    state.claim("plan_1", NOW + timedelta(seconds=3))
    claimed = state.plan("plan_1")
    assert claimed is not None
    assert claimed.claimed_at == NOW + timedelta(seconds=3)


def test_places_are_never_more_than_the_limit_and_shared_equally_once_somebody_waits(state: SqliteState):
    assert state.lease("me", "call", "a", 0, 20, 20, 0.0, 6) == 20
    assert state.lease("me", "call", "b", 0, 20, 20, 1.0, 6) == 0
    assert state.lease("me", "call", "a", 15, 20, 20, 2.0, 6) == 15
    assert state.lease("me", "call", "b", 0, 20, 20, 2.0, 6) == 5
    assert state.lease("me", "call", "a", 4, 20, 20, 3.0, 6) == 10
    assert state.lease("me", "call", "b", 5, 20, 20, 3.0, 6) == 10
    assert state.lease("me", "call", "a", 0, 0, 20, 4.0, 6) == 0
    assert state.lease("me", "call", "b", 10, 20, 20, 4.0, 6) == 20


def test_places_of_one_that_is_gone_are_free_when_its_lease_ends(state: SqliteState):
    assert state.lease("me", "call", "dead", 10, 10, 10, 0.0, 6) == 10
    assert state.lease("me", "call", "alive", 0, 10, 10, 5.9, 6) == 0
    assert state.lease("me", "call", "alive", 0, 10, 10, 6.0, 6) == 10


def test_credits_add_up_by_the_hour(state: SqliteState):
    for hours in (0, 0, 1, 25):
        state.spend("me", 10, NOW - timedelta(hours=hours))
    assert state.spent("me", NOW - timedelta(hours=24)) == 30
    assert state.spent("you", NOW - timedelta(hours=24)) == 0


def test_places_across_processes_never_exceed_the_limit_and_a_killed_one_gives_its_back(tmp_path: Path):
    path = tmp_path / "state.db"
    script = f"""
import sys, time
from pathlib import Path
from zcrm_tools.state.sqlite import SqliteState
state = SqliteState(Path({str(path)!r}))
print(state.lease("me", "call", sys.argv[1], 0, 6, 10, 100.0, 6), flush=True)
time.sleep(60)
"""
    children = [
        subprocess.Popen([sys.executable, "-c", script, name], stdout=subprocess.PIPE, text=True)
        for name in "abc"
    ]
    given = [int(child.stdout.readline()) for child in children if child.stdout]
    for child in children:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()
    assert sum(given) == 10
    state = SqliteState(path)
    assert state.lease("me", "call", "later", 0, 10, 10, 105.0, 6) == 0
    assert state.lease("me", "call", "later", 0, 10, 10, 106.0, 6) == 10
    state.close()


def test_a_source_is_known_by_where_it_lies_and_by_what_is_in_it(state: SqliteState):
    first = state.source("me", "Leads create", "/leads.csv", "aa")
    assert state.source("me", "Leads create", "/leads.csv", "bb") == first
    assert state.source("me", "Leads create", "/moved.csv", "bb") == first
    assert state.source("me", "Leads update", "/moved.csv", "bb") != first
    assert state.source("you", "Leads create", "/moved.csv", "bb") != first
    assert state.source("me", "Leads create", "/leads.csv", "aa") != first
    anew = state.source("me", "Leads create", "/leads.csv", "aa", afresh=True)
    assert anew != first
    assert state.source("me", "Leads create", "/leads.csv", "aa") == anew
    assert state.source("me", "rows", "", "cc") != state.source("me", "rows", "", "dd")


def test_of_two_that_note_the_same_row_one_is_told_no(state: SqliteState):
    source = state.source("me", "Leads create", "/leads.csv", "aa")
    assert state.note_rows(source, "plan_1", {"a": "", "b": ""})
    assert not state.note_rows(source, "plan_2", {"b": "", "c": ""})
    assert state.noted(source, ["a", "b", "c"]) == {"a": ("plan_1", 0), "b": ("plan_1", 1)}
    assert state.note_rows(source, "plan_2", {"b": "plan_1", "c": ""})
    assert state.noted(source, ["b", "c"]) == {"b": ("plan_2", 0), "c": ("plan_2", 1)}
    assert state.note_rows(source, "", {"c": "plan_2"})
    assert state.noted(source, ["a", "b", "c"]).keys() == {"a", "b"}
    assert (state.noted_rows(source), state.noted_rows(source + 1)) == (2, 0)
    assert state.noted(source + 1, ["a"]) == {}
