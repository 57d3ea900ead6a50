"""Which known name was meant by one that is not known. Knows nothing of fields or modules."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 80
"""Longer names are compared by their first LONGEST characters: the work grows with the square."""


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """Letters and digits in lower case: `Deal Name`, `deal_name` and `DealName` are the same word."""
    return "".join(filter(str.isalnum, name.casefold()))[:LONGEST]


def distance(one: str, other: str, enough: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours from one to other; `enough` or more is `enough`."""
    if abs(len(one) - len(other)) >= enough:
        return enough
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, previous, row = row[:], before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
        if min(row) >= enough:
            return enough
    return min(row[-1], enough)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name closest to `name`; None when nothing is close. A tie goes to the earlier one.

    Case, spaces and punctuation do not count. A third of the letters may differ; a name that begins or ends with
    the other (`Status`, `Lead_Status`) counts as nearly as close as one slip.
    """
    wanted = folded(name)
    if not wanted:
        return None
    best: str | None = None
    least = max(2.0, len(wanted) / 3 + 0.5)
    for known in names:
        word = folded(known)
        score = 0.0 if word == wanted else _score(wanted, word, least)
        if score < least:
            best, least = known, score
            if not score:
                break
    return best


def _score(wanted: str, word: str, least: float) -> float:
    if min(len(wanted), len(word)) >= 3 and (
        word.startswith(wanted) or word.endswith(wanted) or wanted.startswith(word) or wanted.endswith(word)
    ):
        return 1 + abs(len(word) - len(wanted)) / 100
    return float(distance(wanted, word, int(least) + 1))
