"""How a value of each kind of field is written. What to say of one that is not is the business of `literals`."""

from __future__ import annotations

import re
from functools import cache

from zcrm_tools.coql.frozen import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from zcrm_tools.coql.kinds import Kind

# Patterns are texts: compiled when first used, they cost an import nothing.
_NUMBER = r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?"
_DATETIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[-+][0-9]{2}:[0-9]{2}"

EMPTY = frozenset({"", "-None-"})
"""Texts that stand for an empty field; words are told apart by their letters in lower case."""


def is_number(text: str) -> bool:
    return (text.isdigit() and text.isascii()) or re.fullmatch(_NUMBER, text) is not None


def is_date(text: str) -> bool:
    if len(text) != 10 or not text[4] == text[7] == "-":
        return False
    try:
        _to_date()(text)
    except ValueError:
        return False
    return True


@cache
def _to_date() -> Callable[[str], date]:
    from datetime import date  # which takes 1 ms: for queries about dates only

    return date.fromisoformat


def is_datetime(text: str) -> bool:
    if re.fullmatch(_DATETIME, text) is None:
        return False
    from datetime import datetime

    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_truth(text: str) -> bool:
    return text.lower() in ("true", "false")


def is_id(text: str) -> bool:
    return text.isdigit() and text.isascii()


AS_WRITTEN: Mapping[Kind, Callable[[str], bool]] = {
    "number": is_number,
    "date": is_date,
    "datetime": is_datetime,
    "boolean": is_truth,
    "id": is_id,
    "lookup": is_id,
}
"""Kinds whose values have one form. Of the others any text is taken."""
