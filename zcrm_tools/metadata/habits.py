"""How numbers and days are written where a text comes from, so that what could be two things is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mark = Literal["", "?", ".", ","]
Days = Literal["", "dmy", "mdy"]


@dataclass(frozen=True, slots=True)
class Habits:
    """`decimal` is the mark before a fraction: "" for text of machines, which is a point; "?" where people wrote it and
    either may be meant. `days` is the order of day and month, "" where that is not known.
    """

    decimal: Mark = ""
    days: Days = ""


MACHINE = Habits()
