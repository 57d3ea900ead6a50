"""What to say about a token that has no place where it stands: SQL that COQL lacks, slips of quoting, words from
other dialects. Each entry names what to write instead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zcrm_tools.coql.diagnostics import Diagnostic, Edit, line_column
from zcrm_tools.coql.lexer import quoted
from zcrm_tools.coql.nodes import Span
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.coql.tokens import (
    CLAUSES,
    END,
    FOREIGN,
    KEYWORDS,
    NUMBER,
    PATH,
    PLACEHOLDER,
    RESERVED,
    STRAY,
    TEXT,
    WORD,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zcrm_tools.coql.tokens import Token

_JOIN = (
    "COQL has no JOIN.",
    "Follow a lookup with dots instead: select Account_Name.Phone from Contacts ...",
)
_ONE_SELECT = ("COQL runs one SELECT at a time.", "Run the queries one by one and put the rows together.")

FOREIGN_ADVICE: Mapping[str, tuple[str, str]] = {
    "case": ("COQL has no CASE.", "Select the column and decide on the rows you get back."),
    "cross": _JOIN,
    "distinct": (
        "COQL has no DISTINCT.",
        "Group by the column instead: select Industry, COUNT(id) ... group by Industry",
    ),
    "except": _ONE_SELECT,
    "exists": (
        "COQL has no EXISTS.",
        "Use a lookup column with IN and a sub-query: id in (select Account_Name from Deals ...)",
    ),
    "full": _JOIN,
    "having": ("COQL has no HAVING.", "Filter rows in WHERE, and groups on the rows you get back."),
    "inner": _JOIN,
    "intersect": _ONE_SELECT,
    "join": _JOIN,
    "left": _JOIN,
    "outer": _JOIN,
    "right": _JOIN,
    "union": _ONE_SELECT,
    "with": ("COQL has no WITH.", "Put a sub-query inside IN ( ... ), or run two queries."),
}

KEYWORDS_EXPECTED = (
    "where",
    "from",
    "group",
    "order",
    "limit",
    "offset",
    "and",
    "between",
    "like",
    "null",
    "by",
)
_CLAUSE_NAME = {"group": "GROUP BY", "order": "ORDER BY"}


def clause_name(kind: str) -> str:
    return _CLAUSE_NAME.get(kind, kind.upper())


def syntax(
    source: str,
    token: Token,
    message: str,
    *,
    advice: str = "",
    edits: tuple[Edit, ...] = (),
    span: Span | None = None,
    closest: str = "",
    sure: bool = False,
) -> Diagnostic:
    """A fault at `token` in the shape Zoho gives it: line, column and the text near it."""
    line, column = line_column(source, token.start)
    near = token.text.upper() if token.kind in KEYWORDS else token.text
    return Diagnostic(
        code="SYNTAX_ERROR",
        message=message,
        span=span or token.span,
        help=advice,
        edits=edits,
        closest=closest,
        details={"line": line, "column": column, "near": near},
        zoho_message="unexpected token",
        sure=sure,
    )


def instead(token: Token, text: str) -> tuple[Edit, ...]:
    return (Edit(token.span, text),)


def unexpected(source: str, token: Token, expected: str, *, column: bool = False) -> Diagnostic:
    """The fault of finding `token` where `expected` should be. `column`: a column could stand there."""
    if token.kind == STRAY:
        return _stray(source, token)
    if token.kind == END:
        return syntax(source, token, f"The query ends where {expected} should follow.")
    if token.kind in FOREIGN and not (column and _is_alone(source, token)):
        message, advice = FOREIGN_ADVICE[token.kind]
        return syntax(source, token, message, advice=advice)
    if column and token.kind in RESERVED and (token.kind not in CLAUSES or _is_alone(source, token)):
        return syntax(
            source,
            token,
            f"{token.text} is a reserved word, and a column of that name must be quoted.",
            edits=instead(token, f"'{token.text}'"),
            sure=True,
        )
    if token.kind == WORD and (keyword := nearest(token.text, KEYWORDS_EXPECTED)):
        return syntax(
            source,
            token,
            f"Expected {expected}, found `{token.text}`.",
            edits=instead(token, keyword),
            closest=keyword,
        )
    if token.kind == "*" and not column:
        return _arithmetic(source, token)
    if token.kind == NUMBER and column:
        return syntax(
            source,
            token,
            f"Expected {expected}, found the number {token.text}.",
            advice="A criterion starts with the column: Amount > 1000",
        )
    return syntax(source, token, f"Expected {expected}, found {called(token)}.")


def _is_alone(source: str, token: Token) -> bool:
    """Whether a word of SQL is used as a column: `select Left, ...`, `where Full = 1`."""
    return (
        re.match(
            r"\s*(?:,|from\b|[=<>!)]|is\b|in\b|not\b|like\b|between\b|\Z)", source[token.end :], re.IGNORECASE
        )
        is not None
    )


def called(token: Token) -> str:
    """A token as a message names it."""
    if token.kind == END:
        return "the end"
    if token.kind in KEYWORDS or token.kind in FOREIGN:
        return token.text.upper()
    if token.kind in (TEXT, PATH, NUMBER, PLACEHOLDER):
        return token.text if len(token.text) <= 40 else f"{token.text[:37]}..."
    return f"`{token.text}`" if len(token.text) <= 40 else f"`{token.text[:37]}...`"


def _stray(source: str, token: Token) -> Diagnostic:
    text = token.text
    if text.startswith(("--", "/*", "//")):
        return syntax(
            source,
            token,
            "COQL has no comments.",
            advice="Delete the comment.",
            edits=instead(token, ""),
            sure=True,
        )
    if text == ";":
        rest = source[token.end :].strip()
        return syntax(
            source,
            token,
            "COQL runs one query at a time." if rest else "A query does not end with a semicolon.",
            advice="Run the queries one by one." if rest else "",
            edits=() if rest else instead(token, ""),
            sure=True,
        )
    if text in _OTHER_SPELLINGS:
        right = _OTHER_SPELLINGS[text]
        message = f"`{text}` is written `{right}` in COQL."
        return syntax(source, token, message, edits=instead(token, right), sure=True)
    if text[0] in "'\"":
        return _unclosed(source, token)
    if text[0] in "`[‘’“”":
        inner = text.strip("`[]‘’“”")
        return syntax(
            source,
            token,
            f"COQL quotes with ' or \", not with {text[0]}.",
            edits=instead(token, quoted(inner)) if len(text) > 1 and inner else (),
            sure=True,
        )
    if text in "+-/%|&^":
        return _arithmetic(source, token)
    return syntax(
        source,
        token,
        f"COQL has no character `{text}`." if text.isprintable() else "COQL has no such character.",
    )


def _arithmetic(source: str, token: Token) -> Diagnostic:
    message = f"COQL has no arithmetic: `{token.text}` cannot stand here."
    return syntax(source, token, message, advice="Compute on the rows you get back.")


def split_text(source: str, before: Token, token: Token) -> Diagnostic | None:
    """`'O'Brien'`: a text that ends at a quote which belongs to it. None unless the two tokens touch."""
    if before.kind != TEXT or before.end != token.start or token.kind not in (WORD, PATH, NUMBER, STRAY):
        return None
    if token.kind == STRAY and token.text[0] not in "'\"":
        return None
    quote = before.text[0]
    escaped = before.text[-2:-1] == "\\"
    span = Span(before.end - 1 - escaped, before.end)
    return syntax(
        source,
        token,
        f"The text {before.text} ends here, in the middle of a word.",
        advice="A quote inside a text is doubled.",
        edits=(Edit(span, quote * 2),),
        span=span,
    )


_OTHER_SPELLINGS = {"==": "=", "&&": "and", "||": "or"}


def _unclosed(source: str, token: Token) -> Diagnostic:
    quote = token.text[0]
    opened = Span(token.start, token.start + 1)
    if "\\" + quote in source:
        advice = (
            f"A quote inside a text is doubled, not escaped with a backslash: {quote}It{quote * 2}s{quote}"
        )
    else:
        advice = f"Close it, or double a quote that belongs to the text: {quote}It{quote * 2}s{quote}"
    return syntax(source, token, f"The text opened with {quote} is never closed.", advice=advice, span=opened)
