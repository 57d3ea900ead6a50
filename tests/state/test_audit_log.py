"""The audit log is one chain: what was changed, taken out or cut off is found, and two processes never fork it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from zcrm_tools.state import chain
from zcrm_tools.state.chain import Entry
from zcrm_tools.state.sqlite import SqliteState
from zcrm_tools.state.state import ChangeRow, PlanRow

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ENTRY = Entry(
    NOW, "me", "applied", "1 done", "create_lead", "plan_1", records=("Leads/5",), values={"name": "Ö"}
)


@pytest.fixture
def state(tmp_path: Path):
    made = SqliteState(tmp_path / "state.db")
    yield made
    made.close()


def test_rows_come_back_as_they_were_put_each_sealing_the_last(state: SqliteState):
    state.audit(ENTRY)
    state.audit(replace(ENTRY, decision="undone", values=None))
    first, second = state.audited()
    assert (first.number, first.entry, first.previous) == (1, ENTRY, "")
    assert second.previous == first.seal
    assert state.audited(after=1) == [second]
    assert chain.verify(state.audited()) == chain.Verdict(2, second.seal)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE audit SET outcome = 'nothing' WHERE number = 2", "Row 2 was changed"),
        ("UPDATE audit SET \"values\" = '{}' WHERE number = 2", "values of row 2 were changed"),
        ("DELETE FROM audit WHERE number = 2", "Row 2 is missing"),
        ("UPDATE audit SET previous = 'x', seal = 'y' WHERE number = 2", "does not follow"),
        ("UPDATE audit SET seal = 'y' WHERE number = 2", "Row 2 was changed"),
    ],
)
def test_the_first_bad_row_is_named(state: SqliteState, statement: str, why: str):
    for number in range(4):
        state.audit(replace(ENTRY, outcome=str(number)))
    state._db.execute(statement)
    verdict = chain.verify(state.audited())
    assert verdict.broken in (2, 3)
    assert verdict.rows == 1
    assert why in verdict.why


def test_rows_that_were_cut_off_show_to_one_who_noted_the_head(state: SqliteState):
    for number in range(3):
        state.audit(replace(ENTRY, outcome=str(number)))
    head = chain.verify(state.audited()).head
    state.audit(ENTRY)
    assert chain.verify(state.audited(), head).broken == 0
    state._db.execute("DELETE FROM audit WHERE number >= 3")
    assert chain.verify(state.audited()).broken == 0
    assert "cut off" in chain.verify(state.audited(), head).why


def test_values_can_be_taken_out_and_the_chain_still_holds(state: SqliteState):
    state.audit(replace(ENTRY, at=NOW - timedelta(days=100)))
    state.audit(ENTRY)
    state.purge(NOW - timedelta(days=90))
    assert [row.entry.values for row in state.audited()] == [None, {"name": "Ö"}]
    assert chain.verify(state.audited()).broken == 0


def test_an_entry_is_kept_only_with_what_it_tells_of(state: SqliteState):
    plan = PlanRow("plan_1", "me", "create_lead", "digest", {}, NOW, NOW + timedelta(minutes=10))
    state.add_plan(plan, replace(ENTRY, decision="waiting"))
    assert not state.approve("plan_1", "Ann", plan.expires_at, replace(ENTRY, decision="approved"))
    assert state.approve("plan_1", "Ann", NOW, replace(ENTRY, decision="approved"))
    assert not state.approve("plan_1", "Ann", NOW, replace(ENTRY, decision="approved"))
    state.claim("plan_1", NOW)
    assert not state.void("plan_1", replace(ENTRY, decision="dropped"))
    state.settle("plan_1", {"results": []}, (), ENTRY)
    assert [row.entry.decision for row in state.audited()] == ["waiting", "approved", "applied"]


def test_purging_takes_the_personal_data_of_old_changes_and_leaves_what_is_unsettled(state: SqliteState):
    old, new = NOW - timedelta(days=100), NOW
    change = ChangeRow(
        "", "", "me", old, "x", "update", "Leads", "5", "Ada", {"City": "Rome"}, {"City": "Oslo"}
    )
    for name, at, outcome in (("old", old, "done"), ("lost", old, "unknown"), ("new", new, "done")):
        state.add_plan(PlanRow(name, "me", "x", name, {"writes": [1]}, at, at, state="applying"))
        kept = replace(change, id=name, plan=name, at=at, outcome=outcome)
        state.settle(name, {"results": [{"status": outcome}]}, [kept])
    for other in ("somebody else", "m_", "%"):
        assert state.purge(NOW - timedelta(days=90), other) == 0
    assert state.purge(NOW - timedelta(days=90)) == 1
    purged, lost, kept = (state.change(name) for name in ("old", "lost", "new"))
    assert purged is not None
    assert (purged.purged, purged.name, purged.before, purged.after) == (True, "", {}, {})
    assert lost is not None
    assert kept is not None
    assert lost.before == kept.before == {"City": "Rome"}
    assert [state.plan(name).body for name in ("old", "lost", "new")] == [
        {},
        {"writes": [1]},
        {"writes": [1]},
    ]


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from zcrm_tools.state.chain import Entry
from zcrm_tools.state.sqlite import SqliteState
state = SqliteState(Path(sys.argv[1]))
sys.stdin.readline()
for number in range(30):
    state.audit(Entry(datetime.now(UTC), sys.argv[2], "applied", str(number)))
"""


def test_processes_that_append_at_once_make_one_chain(tmp_path: Path):
    path = tmp_path / "state.db"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], stdin=subprocess.PIPE, text=True)
        for name in ("a", "b", "c")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
    state = SqliteState(path)
    rows = state.audited()
    state.close()
    assert len(rows) == 90
    assert chain.verify(rows).broken == 0
    assert {row.entry.profile for row in rows} == {"a", "b", "c"}
