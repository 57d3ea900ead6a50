"""Rows as columns and rows: the form that costs a reader the fewest tokens, with the ids kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from zcrm_tools.actions import useful
from zcrm_tools.actions.action import Output
from zcrm_tools.crm import times
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.reads import Page
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.metadata.values import find_field, unknown_field
from zcrm_tools.models.record import Record
from zcrm_tools.safety.show import plain

USERS = frozenset({"Owner", "Created_By", "Modified_By"})
"""Columns that name users."""


class Table(Output):
    module: str = ""
    count: int
    columns: list[str] = []
    rows: list[list[Any]] = []
    ids: Annotated[
        dict[str, dict[str, str]], Field(description="Column → name → id, for names that repeat")
    ] = {}
    more: bool = False
    cursor: str = ""
    note: str = ""
    query: Annotated[str, Field(exclude=True)] = ""
    """The COQL that was run, for those who go on in Python; a model has no use for it."""
    begins: Annotated[int, Field(exclude=True)] = -1
    """The number of the first row, where a cursor may name any row; Zoho's own pages begin at multiples of the limit."""
    credits: int = 0
    warnings: list[str] = []

    def _repr_html_(self) -> str:
        from zcrm_tools.screens import page

        note = " ".join(filter(None, [f"{self.count:,} rows.", self.note, *self.warnings]))
        return page.table(self.module, note, self.columns, self.rows)

    def fit(self, size: int) -> Self:
        """For a model: the ids of names that repeat once, and the first rows, as many as fit; a sentence says what is left out.

        Users who repeat are names alone: every tool takes a user by name, and asks back when that is two.
        """
        ids = {
            name: found
            for at, name in enumerate(self.columns)
            if (found := _repeating(r[at] for r in self.rows))
        }
        whole = self._folded(ids) if ids else self
        left = size
        for kept, row in enumerate(whole.rows):
            left -= len(json.dumps(row, ensure_ascii=False, default=str)) + 1
            if left < 0:
                return whole._shortened(kept)  # noqa: SLF001 — its own class
        return whole

    def _folded(self, ids: Mapping[str, Mapping[str, str]]) -> Self:
        names = [{f"{name} ({one})": name for name, one in ids.get(c, {}).items()} for c in self.columns]
        rows = [
            [known.get(cell, cell) if known else cell for known, cell in zip(names, row, strict=True)]
            for row in self.rows
        ]
        return self.model_copy(
            update={"rows": rows, "ids": {name: found for name, found in ids.items() if name not in USERS}}
        )

    def _shortened(self, kept: int) -> Self:
        anywhere = self.begins >= 0
        way = "pass the cursor" if anywhere else "lower the limit"
        said = f"Only the first {kept} of these {len(self.rows)} rows fit into one answer: ask for fewer columns, narrow the search, or {way}."
        return self.model_copy(
            update={
                "rows": self.rows[:kept],
                "count": kept,
                "more": True,
                "cursor": str(self.begins + kept) if anywhere else "",
                "note": f"{said} {self.note}".strip(),
            }
        )

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def pandas(self) -> Any:
        """A data frame. Needs pandas (the extra `notebooks`)."""
        import pandas as pd  # type: ignore[import-untyped, unused-ignore]

        return pd.DataFrame(self.rows, columns=pd.Index(self.columns))

    def polars(self) -> Any:
        """A data frame. Needs polars. A column of mixed kinds becomes text."""
        import polars as pl  # type: ignore[import-not-found, import-untyped, unused-ignore]

        return pl.DataFrame(self._series(), strict=False)

    def arrow(self) -> Any:
        """An Arrow table. Needs pyarrow. A column of mixed kinds becomes text."""
        import pyarrow as pa  # type: ignore[import-not-found, import-untyped, unused-ignore]

        return pa.table(self._series())

    def _series(self) -> dict[str, list[Any]]:
        """Column by column, each of one kind."""
        return {name: _of_one_kind([row[at] for row in self.rows]) for at, name in enumerate(self.columns)}


def _of_one_kind(values: list[Any]) -> list[Any]:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return [None if value is None else float(value) for value in values]
    if len(kinds) > 1:
        return [None if value is None else str(value) for value in values]
    return values


def table(
    page: Page,
    columns: Sequence[str],
    *,
    module: str,
    offset: int | None = None,
    paged: bool = False,
    total: int | None = None,
    narrow_by: str = "",
    query: str = "",
    credits: int = 0,
    warnings: Sequence[str] = (),
    zone: ZoneInfo | None = None,
) -> Table:
    """`offset` is where the page began, None when this call cannot continue; `paged` when it can only go on by whole pages.

    `total` is how many there are, where known.
    """
    rows = [[cell(record.get(c), zone) for c in columns] for record in page.records]
    more = page.more and bool(rows)
    reached = (offset or 0) + len(rows)
    return Table(
        module=module,
        count=len(rows),
        columns=list(columns) if rows else [],
        rows=rows,
        more=more,
        cursor=str(reached) if more and offset is not None else "",
        note=_note(reached, total, narrow_by, more=more, resumable=offset is not None)
        if rows
        else "Nothing was found.",
        query=query,
        begins=-1 if offset is None or paged else offset,
        credits=credits,
        warnings=list(warnings),
    )


def of_dicts(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, module: str = "") -> Table:
    """Things that an org has set up, all of them."""
    return table(Page(tuple(Record(module, row) for row in rows)), columns, module=module)


def _note(reached: int, total: int | None, narrow_by: str, *, more: bool, resumable: bool) -> str:
    if not more:
        return ""
    rest = f"{total - reached} more" if total is not None and total > reached else "There are more"
    way = "or pass the cursor." if resumable else "or page by id (`id > 'last' order by id`)."
    return f"{rest}; narrow by {narrow_by}, {way}" if narrow_by else f"{rest}; narrow the search {way}"


async def columns_asked(org: Org, module: str, fields: Sequence[str]) -> tuple[str, ...]:
    """The id and these fields, by API name or label; a useful few when none are named. Raises InvalidInput."""
    known = await org.catalogue.fields(module)
    names = [_field(name, known, module) for name in fields] or useful.columns(module, known)
    return ("id", *dict.fromkeys(name for name in names if name != "id"))


def _field(name: str, known: Fields, module: str) -> str:
    info = find_field(name, known)
    if info is None:
        message, close = unknown_field(name, known)
        raise InvalidInput(
            Problem(
                "UNKNOWN_FIELD",
                message,
                NOTHING_SENT,
                f"describe_module lists those of {module}.",
                closest=close,
                field=name,
            )
        )
    return info.api_name


def cell(value: Any, zone: ZoneInfo | None = None) -> Any:
    """A value as people read it: a lookup by name with its id, a moment in the org's zone."""
    return times.local(plain(value), zone)


_NAMED = re.compile(r"(.+) \((\d{15,19})\)", re.DOTALL)


def _repeating(values: Iterable[Any]) -> dict[str, str]:
    """Name → id of a column of lookups, when each is there twice on average and no two share a name; {} otherwise."""
    pairs = []
    for value in values:
        if value is None:
            continue
        match = _NAMED.fullmatch(value) if isinstance(value, str) and value.endswith(")") else None
        if match is None:  # most columns are none of lookups, and their first cell says so
            return {}
        pairs.append((match[1], match[2]))
    ids = dict(pairs)
    alike = len(ids) == len(set(ids.values())) == len(set(pairs))
    return ids if alike and len(ids) * 2 <= len(pairs) else {}


def cursor_offset(cursor: str) -> int:
    """Read a cursor that `table` gave."""
    if not cursor:
        return 0
    if cursor.isascii() and cursor.isdigit() and len(cursor) <= 6:
        return int(cursor)
    raise InvalidInput(
        Problem(
            "BAD_CURSOR", f"{cursor!r} is not a cursor from an earlier result.", NOTHING_SENT, field="cursor"
        )
    )
