"""Whether the texts of a file can be trusted to say what they seem to: numbers whose mark may be a comma, ids that a
spreadsheet rounded. What is doubtful in one row is left to its check; this looks at all rows together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.metadata.habits import Habits
from zcrm_tools.metadata.values import LOOKUPS
from zcrm_tools.models.metadata import FieldInfo

NUMBERS = frozenset({"currency", "double", "percent", "integer", "bigint"})
DAYS = frozenset({"date", "datetime"})
_POINT = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
"""A fraction, or thousands."""
_COMMA = re.compile(r"-?\d+,(\d{1,2}|\d{4,})|-?\d{1,3}(\.\d{3})+,\d+")
"""A fraction after a comma, and nothing else."""
_MARKED = re.compile(r"\d[.,]\d")
_LONG_ID = re.compile(r"\d{16,19}")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d\d")
EXACT_DIGITS = 15
"""That a spreadsheet keeps of a number."""
SURE = 6
"""Zeros that are no chance any more: one in a million."""


@dataclass(slots=True)
class Wording:
    """What was seen so far. `fields` are those that the columns go to, by API name; the record's own id has none.
    `marked`: it is known how the numbers are written.
    """

    fields: Mapping[str, FieldInfo | None]
    marked: bool
    point: str = ""
    comma: str = ""
    rounded: dict[str, set[str]] = field(default_factory=dict)
    """By column, ids that end where a spreadsheet would have rounded them: some of them, as soon as they tell enough."""
    whole: set[str] = field(default_factory=set)
    """Columns with ids that no spreadsheet rounded."""

    def see(self, number: int, values: Mapping[str, Any]) -> None:
        """Raises InvalidInput once the rows contradict each other."""
        for name, value in values.items():
            info = self.fields.get(name)
            if value is None:
                continue
            if info is None or info.data_type in LOOKUPS:
                if name not in self.whole:
                    self._id(name, f"{value:.14E}" if isinstance(value, float) else str(value).strip())
            elif info.data_type in NUMBERS and not self.marked and isinstance(value, str):
                self._number(f"row {number}", name, value.strip())

    def end(self) -> None:
        """Raises InvalidInput when all ids of a column end in zeros where a spreadsheet would have put them."""
        for name, ids in self.rounded.items():
            if name not in self.whole and _telling(ids) >= SURE:
                raise InvalidInput(_rounded(name, min(ids)))

    def _id(self, name: str, text: str) -> None:
        if _SHORTENED.fullmatch(text) or (_LONG_ID.fullmatch(text) and not text[EXACT_DIGITS:].strip("0")):
            ids = self.rounded.setdefault(name, set())
            if _telling(ids) < SURE:
                ids.add(text)
        else:
            self.whole.add(name)

    def _number(self, row: str, name: str, text: str) -> None:
        if _POINT.fullmatch(text):
            self.point = self.point or f"{row} has {text!r} as {name}"
        elif _COMMA.fullmatch(text):
            self.comma = self.comma or f"{row} has {text!r} as {name}"
        if self.point and self.comma:
            raise InvalidInput(
                Problem(
                    "TWO_MARKS",
                    f"{self.comma}, so its comma is a decimal one; and {self.point}, which may then be thousands.",
                    NOTHING_WRITTEN,
                    _SAY_DECIMAL,
                )
            )


_SAY_DECIMAL = "Say with --decimal , or --decimal . how the file writes numbers."
_SAY_DATES = "Say with --dates dmy or --dates mdy how the file writes days."


def with_way_out(problem: Problem, value: Any, info: FieldInfo | None, habits: Habits) -> Problem:
    """What helps for the whole file, where a value was doubted for the way in which it was written."""
    if info is None or problem.next_step or problem.code != "INVALID_DATA" or not isinstance(value, str):
        return problem
    if info.data_type in NUMBERS and habits.decimal in ("", "?") and _MARKED.search(value):
        return replace(problem, next_step=_SAY_DECIMAL)
    if info.data_type in DAYS and not habits.days and (problem.closest or problem.allowed):
        return replace(problem, next_step=_SAY_DATES)
    return problem


def _telling(ids: set[str]) -> int:
    """How many digits of these could have been something else than zeros."""
    return sum(len(one) - EXACT_DIGITS if one.isdigit() else SURE for one in ids)


def _rounded(name: str, example: str) -> Problem:
    return Problem(
        "ROUNDED_IDS",
        f"All ids in {name} end as {example} does: a spreadsheet took them for numbers and rounded them.",
        NOTHING_WRITTEN,
        "Export again, and open the file in the spreadsheet with this column as text; or find records by another --key.",
        field=name,
    )
