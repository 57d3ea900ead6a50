"""Text for a terminal: cells measured as they are shown, small tables, and colour only where it is wanted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from typing import Any, TextIO
from unicodedata import category, east_asian_width

NARROWEST = 6
"""A column is never cut below this many cells."""

GAP = "  "


def cells(text: str) -> int:
    """Terminal columns: East Asian wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def fit(text: str, width: int) -> str:
    """The text in at most `width` cells; an ellipsis stands for what was cut."""
    if cells(text) <= width:
        return text
    kept, used = [], 0
    for char in text:
        used += cells(char)
        if used > width - 1:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


def pad(text: str, width: int, *, right: bool = False) -> str:
    space = " " * max(0, width - cells(text))
    return space + text if right else text + space


def shown(value: Any) -> str:
    """A JSON value as one line."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}".removesuffix(".00")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    return " ".join(str(value).split())


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], width: int = 100) -> str:
    """Aligned columns within `width` cells; the widest are cut first. Numbers stand to the right."""
    body = [list(row) for row in rows]
    if not columns:
        return ""
    text = [[shown(v) for v in row] for row in body]
    sizes = [max(cells(c) for c in column) for column in zip(columns, *text, strict=True)]
    room = width - len(GAP) * (len(columns) - 1)
    while sum(sizes) > room and max(sizes) > NARROWEST:
        sizes[sizes.index(max(sizes))] -= 1
    numbers = [
        any(isinstance(r[i], int | float) for r in body)
        and all(r[i] is None or isinstance(r[i], int | float) for r in body)
        for i in range(len(columns))
    ]
    lines = [_line(columns, sizes, numbers), GAP.join("─" * size for size in sizes)]
    return "\n".join([*lines, *(_line(row, sizes, numbers) for row in text)])


def difference(field: str, old: Any, new: Any, width: int = 100) -> str:
    """`Stage: Qualification → Proposal`, in one line."""
    half = max(NARROWEST, (width - cells(field) - 5) // 2)
    return f"{field}: {fit(shown(old), half)} → {fit(shown(new), half)}"


def wants_colour(stream: TextIO) -> bool:
    """A terminal that shows colour, and nobody asked for none (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns_of(stream: TextIO, most: int = 100) -> int:
    """How wide to write: the terminal's width, within reason; `most` when it is no terminal."""
    return min(most, max(60, shutil.get_terminal_size().columns)) if stream.isatty() else most


def _cells(char: str) -> int:
    if category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _line(row: Sequence[str], sizes: Sequence[int], numbers: Sequence[bool]) -> str:
    parts = (pad(fit(t, n), n, right=right) for t, n, right in zip(row, sizes, numbers, strict=True))
    return GAP.join(parts).rstrip()
