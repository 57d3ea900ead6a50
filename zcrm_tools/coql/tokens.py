"""The words and marks of COQL: what a token is, and which words a bare name may not be.

A keyword's or a mark's kind is itself, in lower case (`select`, `(`, `>=`); everything else has a kind in capitals.
"""

from __future__ import annotations

from zcrm_tools.coql.frozen import TYPE_CHECKING, Frozen, Span, new

if TYPE_CHECKING:
    from typing import Final

WORD: Final = "WORD"
"""A single bare name: a column, a module, a function, an alias or an unquoted value."""
PATH: Final = "PATH"
"""A bare column of several steps: `Account_Name.Phone`, `What_Id->Leads.Email`, `!Leads.Owner`."""
TEXT: Final = "TEXT"
"""Quoted, either quote: a value, an alias, or a column."""
NUMBER: Final = "NUMBER"
"""Starts with a digit or a sign; the parser tells `10` from `10abc` and `2024-01-31`."""
PLACEHOLDER: Final = "PLACEHOLDER"
"""`${EMPTY}`."""
STRAY: Final = "STRAY"
"""Text COQL has no place for: comments, `;`, `==`, backticks, an unclosed quote."""
END: Final = "END"

KEYWORDS: Final = frozenset(
    {
        "and",
        "as",
        "asc",
        "between",
        "by",
        "desc",
        "from",
        "group",
        "in",
        "is",
        "like",
        "limit",
        "not",
        "null",
        "offset",
        "or",
        "order",
        "select",
        "where",
    }
)
"""The words the grammar uses."""

CLAUSES: Final = ("select", "from", "where", "group", "order", "limit", "offset")
"""In the order COQL wants them."""

FOREIGN: Final = frozenset(
    {
        "case",
        "cross",
        "distinct",
        "except",
        "exists",
        "full",
        "having",
        "inner",
        "intersect",
        "join",
        "left",
        "outer",
        "right",
        "union",
        "with",
    }
)
"""SQL that COQL does not have; named so that the refusal can say what to write in its place."""

RESERVED: Final = KEYWORDS | FOREIGN | {"external"}
"""Not usable as a bare name. Zoho documents only `External` as an example and prints no list, so this one is short;
a quoted column is never reserved."""

COMPARISONS: Final = frozenset({"=", "!=", "<>", ">", ">=", "<", "<="})


class Token(Frozen):
    __slots__ = ()
    kind: str
    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return new(Span, (self.start, self.end))
