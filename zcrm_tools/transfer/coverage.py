"""Which ids have been read. Pages are known by the ids in them, so what is left after a kill is arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

END = 2**63
"""Beyond every id: they have at most 19 digits and fit 63 bits."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Ids greater than `after` and less than `before`."""

    after: int = 0
    before: int = END


@dataclass(frozen=True, slots=True)
class Piece:
    """One page of a gap, ordered by id: the page's number, its lowest and highest id (0 when empty), and whether
    nothing of the gap follows it.
    """

    index: int
    first: int = 0
    last: int = 0
    end: bool = False


def covered(gap: Gap, pieces: Iterable[Piece]) -> list[Gap]:
    """What the pages at hand cover of a gap. Neighbouring pages also cover what lies between them."""
    found: list[Gap] = []
    block: list[Piece] = []
    for piece in sorted(pieces, key=lambda p: p.index):
        if block and piece.index != block[-1].index + 1:
            found += _block(gap, block)
            block = []
        block.append(piece)
    return found + (_block(gap, block) if block else [])


def _block(gap: Gap, block: Sequence[Piece]) -> list[Gap]:
    filled = [p for p in block if p.first]
    ended = any(p.end for p in block)
    if block[0].index == 0:
        after = gap.after
    elif filled:
        after = filled[0].first - 1
    else:
        return []
    before = gap.before if ended else (filled[-1].last + 1 if filled else after + 1)
    return [Gap(after, before)] if before - after > 1 or ended else []


def left(known: Iterable[Gap], whole: Gap | None = None) -> list[Gap]:
    """The gaps between what is known, in order."""
    whole = whole or Gap()
    gaps: list[Gap] = []
    after = whole.after
    for piece in sorted(known, key=lambda g: g.after):
        if piece.after > after:
            gaps.append(Gap(after, piece.after + 1))
        after = max(after, piece.before - 1)
    if after < whole.before - 1:
        gaps.append(Gap(after, whole.before))
    return [gap for gap in gaps if gap.before - gap.after > 1]
