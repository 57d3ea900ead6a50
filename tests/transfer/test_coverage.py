"""What is left to read after any part of the pages came: nothing twice, nothing never."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools.transfer.coverage import Gap, Piece, covered, left

PAGE = 3


def pages(ids: list[int], gap: Gap) -> list[Piece]:
    mine = [i for i in ids if gap.after < i < gap.before]
    count = max(1, -(-len(mine) // PAGE))
    cut = [mine[n * PAGE : (n + 1) * PAGE] for n in range(count)]
    return [
        Piece(n, rows[0] if rows else 0, rows[-1] if rows else 0, end=n == count - 1)
        for n, rows in enumerate(cut)
    ]


@given(st.sets(st.integers(1, 200), max_size=40), st.randoms(use_true_random=False))
def test_however_often_it_is_killed_every_id_is_read_once(found: set[int], dice: object):
    ids = sorted(found)
    known: list[tuple[Gap, list[Piece]]] = []
    read: list[int] = []
    for _ in range(30):
        gaps = left(part for gap, pieces in known for part in covered(gap, pieces))
        if not gaps:
            break
        for gap in gaps:
            came = [p for p in pages(ids, gap) if dice.random() < 0.5]  # type: ignore[attr-defined]
            known.append((gap, came))
            read += [i for p in came for i in ids if p.first and p.first <= i <= p.last]
    else:
        gaps = left(part for gap, pieces in known for part in covered(gap, pieces))
    assert len(read) == len(set(read))
    missing = set(ids) - set(read)
    assert missing == {i for i in ids for gap in gaps if gap.after < i < gap.before}


def test_neighbouring_pages_cover_what_lies_between_them():
    assert covered(Gap(), [Piece(1, 10, 20), Piece(2, 30, 40)]) == [Gap(9, 41)]


def test_a_page_whose_neighbour_is_absent_covers_only_itself():
    assert covered(Gap(), [Piece(0, 1, 5), Piece(2, 30, 40)]) == [Gap(0, 6), Gap(29, 41)]


def test_the_last_page_covers_all_that_follows():
    whole = [Piece(0, 1, 5), Piece(1, end=True)]
    assert left(covered(Gap(), whole)) == []
