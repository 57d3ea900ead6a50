"""Text that a spreadsheet would run as a formula. Whoever fills in a lead form writes it, and a colleague opens the file.

In CSV such a cell gets an apostrophe in front, as OWASP and CWE-1236 advise, and reading takes one off again; a text that
has apostrophes there already gets one more, so that every text comes back as it was. Signed numbers and telephone numbers
stay as they are: nothing in them can be called, fetched or looked up.

What begins a cell is held, as commas cut the file. A spreadsheet that is told to cut it at semicolons makes a cell of what
follows one in a text; in a workbook (.xlsx) every text is one, whatever is in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

STARTS = "=+-@\t\r\n\0＝＋－＠"
"""The wide ones are the same to a spreadsheet of East Asia."""
_FIRST = frozenset(f"'{STARTS}")
_HARMLESS = re.compile(r"[+-][ (]*\d[\d ().,/+-]*(?:[eE][+-]?\d+|%| ?(?:ext\.?|x) ?\d+)?|-+")


def guarded(text: str) -> str:
    """As it is written into a CSV file."""
    inner = text.lstrip("'")
    if not inner or inner[0] not in STARTS or _HARMLESS.fullmatch(text):
        return text
    return f"'{text}"


def bare(text: str) -> str:
    """The inverse of `guarded`."""
    inner = text.lstrip("'")
    return text[1:] if inner != text and inner and inner[0] in STARTS else text


def guard(rows: Sequence[list[Any]]) -> int:
    """Guard cells in place; how many there were."""
    count = 0
    first = _FIRST
    suspects = [
        (row, at)
        for row in rows
        for at, cell in enumerate(row)
        if cell.__class__ is str and cell and cell[0] in first
    ]
    for row, at in suspects:
        safe = guarded(row[at])
        count += safe != row[at]
        row[at] = safe
    return count
