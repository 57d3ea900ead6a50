"""Every call of Zoho CRM's API v8 by method, path and Zoho's own name for it, as its published OpenAPI lists them.

Which scopes a call needs is not taken from there, as that list is wrong in many places: our own tables say it where
they know it. https://github.com/zoho/crm-oas
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from zcrm_tools import operations

BULK = ("/read", "/write")


@dataclass(frozen=True, slots=True)
class Row:
    """`words` is the name in words. `scopes` is empty where our tables do not have the call."""

    method: str
    path: str
    words: str
    scopes: tuple[str, ...] = ()


@cache
def rows() -> tuple[Row, ...]:
    text = (files("zcrm_tools.actions") / "zoho_v8.tsv").read_text("utf-8")
    return tuple(_row(*line.split("\t")) for line in text.splitlines())


def find(text: str) -> tuple[Row, ...]:
    """Those whose path or name has all the words."""
    wanted = text.casefold().replace("_", " ").split()
    return tuple(row for row in rows() if all(word in _searched(row) for word in wanted))


def _searched(row: Row) -> str:
    return f"{row.method} {row.path} {row.words}".casefold().replace("_", " ")


def _row(method: str, path: str, name: str) -> Row:
    base = "/crm/bulk/v8" if path.startswith(BULK) else "/crm/v8"
    whole = f"{base}{path}"
    known = operations.find(method, re.sub(r"\{(\w+)\}", _example, whole))
    needs = known[0].needs if known else ()
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).casefold()
    return Row(method, whole, words, tuple(" or ".join(need) for need in needs))


def _example(part: re.Match[str]) -> str:
    """A module is a name, anything else a number."""
    return "Leads" if "module" in part[1].casefold() and "record" not in part[1].casefold() else "1"
