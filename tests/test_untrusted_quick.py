"""The quick look at a value's JSON never calls clean what cleaning would change; and it calls ordinary text clean."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zcrm_tools import untrusted
from zcrm_tools.actions import render

ODD = st.sampled_from(
    ["\u200b", "\u202e", "\u00ad", "\ufe0f", "\U000e0041", "\x07", "\x7f", "\x85", "\r\n", "\r", "\n", "\t", '"', "\\", "\\n", "é", "値", "👩\u200d🚀", "\ud800"]
)  # fmt: skip
TEXT = st.lists(st.one_of(ODD, st.text(max_size=8), st.integers(1, 3000).map("x".__mul__)), max_size=5).map(
    "".join
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=12,
)


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(TEXT, VALUES, max_size=4), st.sampled_from([50, 200, 2000]))
@example({"a": 'x"' * 1500}, 2000)
@example({"a": "\n" * 1001}, 1000)
@example({"k" * 201: 1}, 2000)
def test_what_is_called_spotless_is_what_cleaning_leaves_alone(value: dict[str, object], limit: int) -> None:
    if untrusted.spotless(render.text(value), limit):
        assert untrusted.clean_value(value, limit) == value


@pytest.mark.parametrize(
    "value",
    [
        {"a": "plain"},
        {"Name": "Müller & Søn"},
        {"a": ["値", 1, None]},
        {"note": "two\nlines"},
        {"note": "x" * 2000},
    ],
)
def test_ordinary_text_is_spotless(value: dict[str, object]) -> None:
    assert untrusted.spotless(render.text(value))


@settings(deadline=None)
@given(TEXT)
def test_the_short_way_of_one_text_gives_what_the_long_way_gives(text: str) -> None:
    assert untrusted.clean(text) == untrusted.clean(f"{text}é")[:-1] or len(text) >= untrusted.LIMIT
