"""`zcrm doctor` names the writes that nobody knows the end of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from zcrm_tools import doctor
from zcrm_tools.auth import profiles
from zcrm_tools.settings import from_environment
from zcrm_tools.state.sqlite import STATE_FILE, SqliteState
from zcrm_tools.state.state import PlanRow


async def test_the_doctor_lists_writes_of_unknown_outcome(tmp_path: Path):
    settings = from_environment(
        {
            "ZCRM_HOME": str(tmp_path),
            "ZCRM_API_URL": "http://127.0.0.1:1",
            "ZCRM_ACCOUNTS_URL": "http://127.0.0.1:1",
            "ZCRM_CLIENT_ID": "1000.X",
            "ZCRM_CLIENT_SECRET": "x",
            "ZCRM_REFRESH_TOKEN": "1000.y.z",
        }
    )
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    state = SqliteState(tmp_path / STATE_FILE)
    identity = profiles.resolve(settings).identity
    state.add_plan(
        PlanRow(
            "plan_1",
            identity,
            "create_lead",
            "d",
            {"writes": []},
            now,
            now + timedelta(minutes=10),
            "approved",
        )
    )
    state.claim("plan_1", now)
    state.close()
    (found,) = [f for f in await doctor.examine(settings) if f.check == "writes"]
    assert (found.health, found.code) == ("warning", "OUTCOME_UNKNOWN")
    assert "create_lead of 2026-11-24 09:00 UTC (plan_1)" in found.said
