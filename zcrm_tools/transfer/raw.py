"""Rows before they are fitted to a module: what every kind of file gives, each row with a number that people find it by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.metadata.habits import Mark

REASON = "Rejected because"
"""The column of a file of refused rows that says why; no field is ever called so, and an import leaves it out."""
SURPLUS = "\0surplus"
"""Key of the cells that a row has beyond the headers."""
Raw = Mapping[str, Any]


class Incoming(Protocol):
    """`place` is the file's path, `digest` of its content. A row's number is what a spreadsheet or an editor shows.

    `mark` is what is known of its numbers: "" where a machine wrote them.
    """

    @property
    def place(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def headers(self) -> tuple[str, ...]: ...

    @property
    def mark(self) -> Mark: ...

    def rows(self) -> Iterator[tuple[int, Raw]]:
        """Every row with its number, in order. Cells that are not there are absent or None."""


class IncomingFile(Incoming, Protocol):
    def write_refused(self, target: Path, reasons: Mapping[int, str]) -> None:
        """The rows of these numbers, as they are here, with `REASON` added."""


def unreadable(code: str, message: str, next_step: str = "") -> InvalidInput:
    return InvalidInput(Problem(code, message, NOTHING_SENT, next_step))
