"""Rows of plans and changes in their tables: a column for each field, times and JSON as text."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from zcrm_tools.state.state import ChangeRow, PlanRow

Row = TypeVar("Row", PlanRow, ChangeRow)

CHANGES = "SELECT change.*, plan.principal, plan.client, plan.approved_by FROM change JOIN plan ON plan.id = change.plan"
"""What every reading of changes begins with: who asked and who agreed is the plan's."""

_OF_ITS_PLAN = frozenset({"principal", "client", "approved_by"})
_COLUMNS = {
    PlanRow: ("plan", tuple(f.name for f in fields(PlanRow))),
    ChangeRow: ("change", tuple(f.name for f in fields(ChangeRow) if f.name not in _OF_ITS_PLAN)),
}
_JSON = frozenset({"body", "receipt", "before", "after"})
_TIMES = frozenset({"created_at", "expires_at", "claimed_at", "at"})
_SWITCHES = frozenset({"purged"})


def insert(db: sqlite3.Connection, row: PlanRow | ChangeRow) -> None:
    table, names = _COLUMNS[type(row)]
    db.execute(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks(names)})",  # noqa: S608 — names of fields
        [_cell(name, getattr(row, name)) for name in names],
    )


def one(db: sqlite3.Connection, kind: type[Row], statement: str, *values: Any) -> Row | None:
    row = db.execute(statement, values).fetchone()
    return kind(**_read(row)) if row else None


def every(db: sqlite3.Connection, kind: type[Row], statement: str, *values: Any) -> list[Row]:
    return [kind(**_read(row)) for row in db.execute(statement, values)]


def changed(db: sqlite3.Connection, statement: str, *values: Any) -> bool:
    """Whether there was the one row to change."""
    return db.execute(statement, values).rowcount == 1


def marks(values: Sequence[Any]) -> str:
    """`?, ?, ?`."""
    return ", ".join("?" * len(values))


def moment(at: datetime) -> str:
    """UTC with microseconds, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _cell(name: str, value: Any) -> Any:
    if name in _TIMES:
        return None if value is None else moment(value)
    if name in _JSON:
        return None if value is None else text(value)
    return value


def _read(row: sqlite3.Row) -> dict[str, Any]:
    values = dict(row)
    for name, value in values.items():
        if name in _TIMES and value is not None:
            values[name] = datetime.fromisoformat(value)
        elif name in _JSON and value is not None:
            values[name] = json.loads(value)
        elif name in _SWITCHES:
            values[name] = bool(value)
    return values
