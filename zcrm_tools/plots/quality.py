"""Data quality: what is filled, what cannot be right, and what is there twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from zcrm_tools.plots.plot import Bar, Plot, bars, share
from zcrm_tools.plots.rows import Row, rows, text

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")
_PLACEHOLDER = re.compile(r"(test|asdf|none|n/?a|xxx+|unknown|no|-+|\.+|0+)(@.*)?", re.IGNORECASE)
SHORTEST_NUMBER = 6
"""Digits; no country has shorter numbers for subscribers."""


def quality(records: Any, *, fields: Sequence[str] = ()) -> Plot:
    """Per field: how many records have it, how many hold what cannot be meant, and how many share a value that names one person.

    Placeholders (test, n/a, 000000) and addresses that are none are wrong; e-mail and phone columns are looked through for
    values that occur more than once, whatever their case or punctuation. `fields` are all columns when empty.
    """
    found = rows(records, *fields)
    names = list(fields) or [name for name in dict.fromkeys(n for row in found for n in row) if _shown(name)]
    drawn, data = [], []
    for name in names:
        filled, wrong, twice = _judged(found, name)
        good = filled - wrong
        cells = (share(filled, len(found)), f"{wrong}" if wrong else "", f"{twice}" if twice else "")
        drawn.append(Bar(name, (good, 0, len(found) - filled, wrong), cells))
        data.append({"field": name, "filled": filled, "wrong": wrong, "shared": twice, "records": len(found)})
    complete = sum(all(text(row.get(name), "") for name in names) for row in found)
    note = f"{len(found)} records, {complete} of them with every field filled"
    heads = ("Field", "filled", "wrong", "shared")
    return bars("Data quality", note, heads, drawn, data, {0: "good", 2: "empty", 3: "wrong"})


def _shown(name: str) -> bool:
    return name != "id" and not name.startswith("$") and not name.endswith(".id")


def _judged(found: Sequence[Row], name: str) -> tuple[int, int, int]:
    """Filled, wrong, and sharing a value with another record."""
    values = [value.strip() for row in found if (value := text(row.get(name), ""))]
    kind = name.casefold()
    if "email" in kind and "opt" not in kind:
        wrong = sum(not _MAIL.fullmatch(v) or bool(_PLACEHOLDER.fullmatch(v)) for v in values)
        return len(values), wrong, _shared(value.casefold() for value in values)
    if "phone" in kind or "mobile" in kind:
        wrong = sum(len(_digits(v)) < SHORTEST_NUMBER or not _digits(v).strip("0") for v in values)
        return len(values), wrong, _shared(_digits(value) for value in values)
    if "name" in kind or "company" in kind:
        return len(values), sum(bool(_PLACEHOLDER.fullmatch(v)) for v in values), 0
    return len(values), 0, 0


def _shared(values: Iterable[str]) -> int:
    return sum(n for value, n in Counter(values).items() if value and n > 1)


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value)
