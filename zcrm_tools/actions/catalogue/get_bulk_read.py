"""How far a bulk read is, and its rows."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Self

from pydantic import Field

from zcrm_tools import operations
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.actions.tables import Table, cursor_offset
from zcrm_tools.crm import bulk_read, files
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem


class GetBulkRead(Input):
    """Look at a bulk read: its state and, once it is completed, its rows a page at a time. A job stays for a day."""

    job: Annotated[str, Field(pattern=r"^[0-9]{1,25}$", description="From create_bulk_read")]
    limit: Annotated[int, Field(ge=1, le=200, description="Rows to show")] = 20
    cursor: Annotated[str, Field(description="From the last result")] = ""


class Job(Output):
    job: str
    state: str
    records: int = 0
    more_pages: bool = False
    rows: Table | None = None
    note: str = ""

    def fit(self, size: int) -> Self:
        return self.model_copy(update={"rows": self.rows.fit(size) if self.rows else None})


async def do(call: Call, given: GetBulkRead) -> Job:
    found = await bulk_read.look(call.org, given.job)
    shown = Job(job=given.job, state=found.state, records=found.count, more_pages=found.more)
    if not found.finished:
        shown.note = "It is not finished; look again in a minute."
    elif found.state != "COMPLETED":
        shown.note = f"It failed: {found.error or 'Zoho does not say why'}. Start another."
    elif found.count:
        packed = await files.content(bulk_read.result(call.org, given.job))
        shown.rows = _rows(packed, cursor_offset(given.cursor), given.limit, found.count)
    return shown


def _rows(packed: bytes, offset: int, limit: int, count: int) -> Table:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive, archive.open(archive.namelist()[0]) as raw:
        lines: Iterator[list[str]] = csv.reader(io.TextIOWrapper(raw, "utf-8", newline=""))
        columns = next(lines, [])
        rows = list(islice(lines, offset, offset + limit))
    if offset and not rows:
        raise InvalidInput(Problem("BAD_CURSOR", "The job has no rows there.", NOTHING_SENT, field="cursor"))
    end = offset + len(rows)
    return Table(
        count=len(rows),
        begins=offset,
        columns=columns,
        rows=[list(row) for row in rows],
        more=end < count,
        cursor=str(end) if end < count else "",
        note=f"{count - end} more; pass the cursor." if end < count else "",
    )


get_bulk_read = Action(
    "get_bulk_read",
    "Look at a bulk read",
    "read",
    GetBulkRead,
    Job,
    do,
    calls=(operations.GET_BULK_READ, operations.DOWNLOAD_BULK_READ),
    toolset="bulk",
)
