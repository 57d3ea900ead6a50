"""What became of the rows of an import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from zcrm_tools.errors import Problem
from zcrm_tools.transfer.progress import counted

ALLOWED_SHOWN = 5
Status = Literal["created", "updated", "unchanged", "earlier", "rejected", "unknown"]
"""`earlier`: an earlier run of this import wrote it. `unknown`: it was sent, and the records do not say what became of it."""


@dataclass(frozen=True, slots=True)
class Written:
    """One row. `id` is its record's, "" where there is none; `problems` say why it was rejected or stays unknown."""

    number: int
    status: Status
    id: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def reason(self) -> str:
        return " | ".join(map(said, self.problems))


def said(problem: Problem) -> str:
    """In a list of many: without what was not done, which is the same for all, and with few of what is allowed."""
    more = len(problem.allowed) - ALLOWED_SHOWN
    allowed = (*problem.allowed[:ALLOWED_SHOWN], f"and {more} more") if more > 0 else problem.allowed
    return str(replace(problem, not_done="", allowed=allowed))


@dataclass(frozen=True, slots=True)
class Report:
    """`rows` by number, in the order of the file. `rejected_file` holds the rejected ones with their reasons.

    `plans` are the batches in the journal: `undo_change` takes back all that one of them wrote, and by `id` what all runs
    that brought this content in did.
    """

    module: str
    mode: str
    rows: tuple[Written, ...]
    credits: int
    dry_run: bool = False
    plans: tuple[str, ...] = ()
    id: str = ""
    rejected_file: Path | None = None

    def count(self, status: Status) -> int:
        return sum(row.status == status for row in self.rows)

    @property
    def counts(self) -> Mapping[str, int]:
        return Counter(row.status for row in self.rows)

    @property
    def rejected(self) -> tuple[Written, ...]:
        return tuple(row for row in self.rows if row.status == "rejected")

    @property
    def unknown(self) -> tuple[Written, ...]:
        return tuple(row for row in self.rows if row.status == "unknown")

    @property
    def ids(self) -> Mapping[int, str]:
        """Number of a row → id of its record, where it has one."""
        return {row.number: row.id for row in self.rows if row.id}

    @property
    def complete(self) -> bool:
        """Whether every row is in the CRM."""
        return not self.rejected and not self.unknown

    def _repr_html_(self) -> str:
        """The rows that are not in the CRM, with their reasons."""
        from zcrm_tools.screens import page

        left = [[row.number, row.status, row.reason] for row in (*self.rejected, *self.unknown)]
        return page.table(f"Import into {self.module}", str(self), ("row", "what", "why"), left)

    def __str__(self) -> str:
        said = {"earlier": "written by an earlier run", "unknown": "of unknown outcome"}
        would = "would be " if self.dry_run else ""
        parts = [
            f"{n:,} {would if status in ('created', 'updated', 'rejected') else ''}{said.get(status, status)}"
            for status, n in sorted(self.counts.items())
        ]
        return f"{self.module}: {', '.join(parts) or 'no rows'}, {counted(self.credits, 'credit')}."
