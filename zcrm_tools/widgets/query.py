"""The Query editor: COQL completed and checked against the org as it is typed, run page by page, shown from the kernel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from zcrm_tools import coql
from zcrm_tools.client import AsyncClient, Client
from zcrm_tools.coql import rewrite
from zcrm_tools.coql.checks.limits import MAX_ROWS
from zcrm_tools.coql.complete import complete
from zcrm_tools.coql.diagnostics import CoqlError, Diagnostic
from zcrm_tools.coql.rewrite.calendar import Calendar
from zcrm_tools.crm.coql import Prepared, pages, prepare
from zcrm_tools.errors import InvalidInput, Problem
from zcrm_tools.metadata.schema import schema_for, schema_near
from zcrm_tools.models.record import Record
from zcrm_tools.widgets.panel import HERE, Panel, esm
from zcrm_tools.widgets.rows import Table, saved

HINT = "select Deal_Name, Amount from Deals where Closing_Date = THIS QUARTER"
_KEPT = 50
"""Queries that the history holds."""


class Query(Panel):
    """Write and run a query. `result` is the last one's table, `text` the query; `frame()` is a pandas frame of it."""

    _esm = esm("query")
    fallback: ClassVar[str] = "Use <code>crm.run_coql(query=…)</code> or <code>%%coql</code>."

    def __init__(self, client: Client | AsyncClient, text: str = "", *, max_rows: int = 2_000) -> None:
        super().__init__(client)
        self.text = text
        self.result = Table((), ())
        self._max_rows = max_rows
        self._history: list[dict[str, Any]] = []

    def frame(self) -> Any:
        """The last result as a pandas frame; ids and lookups' names are text."""
        import pandas as pd

        rows = [[v.get("name") if isinstance(v, Mapping) else v for v in row] for row in self.result.rows]
        return pd.DataFrame(rows, columns=list(self.result.columns))

    async def do_show(self) -> dict[str, Any]:
        return {"text": self.text, "hint": HINT, "max_rows": self._max_rows, "history": self._history}

    async def do_editor(self) -> None:
        """The editor's code, which no notebook needs to save: it is sent, and in no trait."""
        self.send({"news": "editor"}, [(HERE / "editor.built.js").read_bytes()])

    async def do_complete(self, *, text: str, cursor: int) -> list[dict[str, Any]]:
        schema = await schema_near(self.crm.org.catalogue, text)
        return [
            {"text": one.text, "start": one.start, "sort": one.sort, "detail": one.detail}
            for one in complete(text, cursor, schema)
        ]

    async def do_check(self, *, text: str) -> dict[str, Any]:
        """What is said of a query: faults and doubts with their places, what would be sent instead, and its price."""
        self.text = text
        if not text.strip():
            return {"source": text, "items": [], "price": "", "rewrites": []}
        try:
            spelled = rewrite.spell(text)
            query = spelled.query or coql.parse(spelled.text)
            schema = await schema_for(self.crm.org.catalogue, query)
            found = rewrite.fit(spelled, schema, Calendar(UTC, datetime.now(UTC)))
        except CoqlError as fault:
            return {
                "source": fault.source,
                "items": [_item(text, fault.source, fault.diagnostic)],
                "price": "",
                "rewrites": [],
            }
        return {
            "source": found.text,
            "items": [_item(text, found.text, one) for one in found.problems],
            "price": "" if found.faults else _price(found, self._max_rows),
            "rewrites": [str(one) for one in found.rewrites],
        }

    async def do_run(self, *, text: str, max_rows: int) -> dict[str, Any]:
        """The first rows of the result. Stopping it keeps what came before."""
        self.text, self._max_rows = text, max_rows
        prepared = await prepare(self.crm.org, text)
        records: list[Record] = []
        spent, more, note = 0, False, ""
        self.result = _table(prepared, records)
        try:
            async for page in pages(self.crm.org, prepared, max_rows=max_rows):
                records += page.records
                spent, more, note = spent + page.credits, page.more, page.note
                self.tell("progress", {"rows": len(records), "credits": spent})
        finally:
            self.result = _table(prepared, records)
            self._remember(text, len(records), spent)
        shown = self.result.block(0, 100)
        doubts = [str(coql.to_problem(prepared.text, one)) for one in prepared.warnings]
        left = [note or f"There are more rows than {max_rows:,}."] if more else []
        return {
            **shown,
            "credits": spent,
            "notes": [*prepared.notes, *doubts, *left],
            "history": self._history,
            "coql": text,
            "python": f'crm.run_coql(query="""{text}""", max_rows={max_rows:_})',
        }

    async def do_rows(
        self, *, start: int, count: int, sort: str | None, descending: bool, filter: str
    ) -> dict[str, Any]:
        return self.result.block(start, count, sort, descending=descending, filter=filter)

    async def do_save(self, *, form: str, sort: str | None, descending: bool, filter: str) -> str:
        if not self.result.columns:
            raise InvalidInput(Problem("NO_RESULT", "There is no result to save yet."))
        rows = self.result.arranged(sort, descending=descending, filter=filter)
        return saved(self.result.columns, rows, form, "query")

    def _remember(self, text: str, rows: int, spent: int) -> None:
        at = datetime.now().astimezone().strftime("%H:%M")
        entry = {"text": text, "at": at, "rows": rows, "credits": spent}
        self._history = [entry, *(one for one in self._history if one["text"] != text)][:_KEPT]


def _table(prepared: Prepared, records: list[Record]) -> Table:
    """In the order of the select list, the id that Zoho adds last."""
    columns = [selected.key for selected in prepared.query.select]
    if records and "id" in records[0] and "id" not in columns:
        columns.append("id")
    return Table(columns, [tuple(record.get(name) for name in columns) for record in records])


def _item(text: str, source: str, found: Diagnostic) -> dict[str, Any]:
    """One fault. `from` and `to` only where what is in the editor is the same up to there."""
    line, column = coql.line_column(source, found.span.start)
    here = source[: found.span.end] == text[: found.span.end]
    fix = coql.fixed(source, found) if found.edits else ""
    return {
        "severity": found.severity,
        "code": found.code,
        "message": found.message,
        "line": line,
        "column": column,
        "width": max(1, found.span.end - found.span.start),
        "help": found.help,
        "allowed": list(found.allowed),
        "fix": fix,
        "fix_label": f"Use {found.replacement}" if found.replacement else "Repair it",
        **({"from": found.span.start, "to": found.span.end} if here else {}),
    }


def _price(found: rewrite.Rewritten, max_rows: int) -> str:
    """Credits from the first call to the last that there may be: 2,000 rows a call, priced by what is asked for."""
    limit = found.query.limit.count if found.query and found.query.limit else None
    asked = min(found.rows or (limit if isinstance(limit, int) else max_rows), max_rows)
    least = _call_price(min(asked, MAX_ROWS))
    most = asked // MAX_ROWS * _call_price(MAX_ROWS) + (
        _call_price(asked % MAX_ROWS) if asked % MAX_ROWS else 0
    )
    return f"{least} to {most} credits" if most > least else f"{least} credit{'' if least == 1 else 's'}"


def _call_price(rows: int) -> int:
    return 1 if rows <= 200 else 2 if rows <= 1000 else 3
