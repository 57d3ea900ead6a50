"""Text for a terminal."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools import terminal

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=60)


@given(TEXTS, st.integers(1, 40))
def test_a_fitted_text_is_never_wider_than_asked(text: str, width: int) -> None:
    assert terminal.cells(terminal.fit(text, width)) <= width


@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=5), st.integers(30, 100))
def test_a_table_is_never_wider_than_asked(rows: list[list[str]], width: int) -> None:
    shown = terminal.table(("one", "two", "three"), rows, width).split("\n")
    assert len(shown) == len(rows) + 2
    assert all(terminal.cells(line) <= width for line in shown)


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("冷凍倉庫", 8), ("é", 1), ("e\u0301", 1), ("–", 1), ("", 0)]
)
def test_text_is_as_wide_as_it_is_shown(text: str, width: int) -> None:
    assert terminal.cells(text) == width


def test_wide_text_is_padded_to_the_same_column() -> None:
    lines = terminal.table(("name", "n"), [("冷凍", 1), ("Rao", 22)]).splitlines()
    assert {terminal.cells(line) for line in (lines[2], lines[3])} == {8}


def test_numbers_stand_to_the_right_and_nothing_is_a_dash() -> None:
    lines = terminal.table(("name", "worth"), [("a", 1200), ("b", None), (None, 3.5)]).splitlines()
    assert lines[2:] == ["a     1,200", "b         –", "–      3.50"]


def test_a_difference_is_one_line() -> None:
    assert terminal.difference("Stage", "Old\nstage", None) == "Stage: Old stage → –"


def test_colour_is_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert terminal.wants_colour(Terminal())
    assert not terminal.wants_colour(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not terminal.wants_colour(Terminal())
