"""The part of the grammar between WHERE and the next clause: columns, conditions, values and sub-queries."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from zcrm_tools.coql.cursor import Cursor
from zcrm_tools.coql.diagnostics import CoqlError, Diagnostic, Edit
from zcrm_tools.coql.frozen import Span, new
from zcrm_tools.coql.nodes import (
    Between,
    Column,
    Comparison,
    Condition,
    Group,
    In,
    IsNull,
    Logical,
    Number,
    Part,
    Query,
    Subquery,
    Text,
    Value,
    Word,
)
from zcrm_tools.coql.tokens import COMPARISONS, END, NUMBER, PATH, PLACEHOLDER, TEXT, WORD, Token
from zcrm_tools.coql.unexpected import instead, quoted

MAX_DEPTH = 50
"""Brackets and sub-queries inside each other. 25 criteria, which is Zoho's limit, never need as many."""
MAX_CRITERIA = 200
"""Criteria in one text. Above it the tree would be too deep to walk; Zoho's own limit is the checker's to report."""

_NUMBER = r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_PATTERNS = {
    "contains": "%{}%",
    "starts_with": "{}%",
    "startswith": "{}%",
    "ends_with": "%{}",
    "endswith": "%{}",
    "ilike": "{}",
}


class Criteria(Cursor, ABC):
    """Reads conditions. A sub-query inside one needs the whole grammar, which `query` supplies."""

    __slots__ = ("criteria", "depth")

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.criteria = 0
        self.depth = 0

    @abstractmethod
    def query(self) -> Query: ...

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fault(
                self.token,
                f"The query nests more than {MAX_DEPTH} brackets deep.",
                advice="Take out brackets that enclose a single criterion.",
            )

    def column(self, expected: str) -> Column:
        at, kind = self.at, self.kind
        if kind == WORD:
            text, start, end = self.texts[at], self.starts[at], self.ends[at]
            self.at = at = at + 1
            self.kind = self.kinds[at]
            return new(Column, ((new(Part, (text, "", start, end)),), "", "", start, end, text))
        if kind == PATH:
            text, start, end = self.texts[at], self.starts[at], self.ends[at]
            if "->" not in text and text[0] != "!":
                self.advance()
                return new(Column, (_steps(text, start), "", "", start, end, text))
        if kind in (PATH, TEXT):
            return self.path(self.taken())
        raise self.unexpected(expected, column=True)

    def path(self, token: Token) -> Column:
        """A dotted or quoted column, split into its steps."""
        _, text, start, end = token
        quote = text[0] if token.kind == TEXT else ""
        if quote:
            text = unquoted(text)
            start += 1
        whole = text
        faithful = not quote or quote not in text  # a doubled quote shifts the offsets of what follows
        module = ""
        if text.startswith("!"):
            module, _, text = text[1:].partition(".")
            start += len(module) + 2
        parts: list[Part] = []
        for step in text.split("."):
            name, arrow, target = step.partition("->")
            if not name or (arrow and (not target or "->" in target)):
                raise self.fault(
                    token, "A name is missing in this column." if text else "A column has a name."
                )
            place = (start, start + len(step)) if faithful else (token.start, end)
            parts.append(new(Part, (name, target, *place)))
            start += len(step) + 1
        return new(Column, (tuple(parts), module, quote, token.start, end, whole))

    # -- where

    def condition(self) -> Condition:
        left = self.conjunction()
        while self.kind == "or":
            self.advance()
            right = self.conjunction()
            left = new(Logical, ("or", left, right, left.start, right.end))
        return left

    def conjunction(self) -> Condition:
        left = self.criterion()
        while self.kind == "and":
            self.advance()
            right = self.criterion()
            left = new(Logical, ("and", left, right, left.start, right.end))
        return left

    def criterion(self) -> Condition:
        if self.kind == "(":
            return self.group()
        self.criteria += 1
        if self.criteria > MAX_CRITERIA:
            raise self.refused(
                Diagnostic(
                    code="LIMIT_EXCEEDED",
                    message=f"The query has more than {MAX_CRITERIA} criteria; COQL takes 25.",
                    span=self.token.span,
                    help="Use IN ( ... ) for many values of one column, or split the query.",
                )
            )
        if self.kind == "not":
            raise self.refused(self.no_not(self.token))
        if self.kind == WORD and self.kinds[self.at + 1] == "(":
            raise self.fault(
                self.token,
                f"{self.token.text}( ... ) cannot stand in WHERE.",
                advice="COQL compares columns with values only; it has no functions on either side.",
            )
        return self.comparison(self.column("a column"))

    def group(self) -> Group:
        start = self.starts[self.at]
        self.advance()
        if self.kind == "select":
            raise self.fault(
                self.token,
                "A sub-query stands after an operator.",
                advice="Write: Account_Name in (select ...)",
            )
        self.deeper()
        inner = self.condition()
        if self.kind != ")":
            raise self.unexpected("AND, OR or `)`")
        self.advance()
        self.depth -= 1
        return new(Group, (inner, start, self.ends[self.at - 1]))

    def comparison(self, column: Column) -> Condition:
        start, kind, at = column.start, self.kind, self.at
        if kind in COMPARISONS:
            self.at = at + 1
            self.kind = self.kinds[at + 1]
            span = new(Span, (self.starts[at], self.ends[at]))
            value = self.value(scalar=True)
            kind = "!=" if kind == "<>" else kind
            return new(Comparison, (column, kind, value, span, start, value.end))
        negated = self.take("not")
        kind = self.kind
        if kind == "like":
            self.advance()
            span = new(Span, (self.starts[at], self.ends[self.at - 1]))
            operator = "not like" if negated else "like"
            return new(Comparison, (column, operator, self.value(), span, start, self.ends[self.at - 1]))
        if kind == "in":
            self.advance()
            values = self.in_values()
            return new(In, (column, values, negated, start, self.ends[self.at - 1]))
        if kind == "between":
            self.advance()
            low = self.value(scalar=True)
            self.need("and", "AND and the upper bound")
            high = self.value(scalar=True)
            return new(Between, (column, low, high, negated, start, self.ends[self.at - 1]))
        if negated:
            raise self.refused(self.no_not(self.token_at(at)))
        if kind == "is":
            self.advance()
            negated = self.take("not")
            self.null(self.token_at(at))
            return new(IsNull, (column, negated, start, self.ends[self.at - 1]))
        raise self.no_operator(column)

    def no_not(self, token: Token) -> Diagnostic:
        return Diagnostic(
            code="SYNTAX_ERROR",
            message="NOT stands only before LIKE, IN and BETWEEN, and in IS NOT NULL.",
            span=token.span,
            help="Turn the operator around: Last_Name != 'Smith'",
            details={"operator": "not"},
            zoho_message="operator not supported",
        )

    def null(self, operator: Token) -> None:
        token = self.token
        if token.kind == WORD and token.text.lower() == "empty":
            raise self.fault(token, "COQL has no IS EMPTY.", edits=instead(token, "null"), sure=True)
        if token.kind != "null" and token.kind in (TEXT, NUMBER, WORD, PLACEHOLDER):
            span = self.since(operator.start)
            sign = "=" if span.end == operator.end else "!="
            raise self.fault(
                token, "IS takes only NULL or NOT NULL.", edits=(Edit(span, sign),), span=span, sure=True
            )
        self.need("null", "NULL")

    def no_operator(self, column: Column) -> CoqlError:
        token = self.token
        pattern = _PATTERNS.get(token.text.lower()) if token.kind == WORD else None
        if pattern and self.peek() == TEXT:
            self.advance()
            value, span = unquoted(self.token.text), Span(token.start, self.token.end)
            edits = (Edit(span, f"like {quoted(pattern.format(value))}"),)
            return self.fault(
                token, f"COQL has no {token.text}; LIKE and % do that.", edits=edits, span=span, sure=True
            )
        if (
            token.kind == WORD
            and not column.quote
            and self.peek() in (*COMPARISONS, "like", "in", "is", "not", "between")
        ):
            span = Span(column.span.start, token.end)
            edits = (Edit(span, f"{column.text}_{token.text}"),)
            return self.fault(
                token, "A column is one word: its API name, not its label.", edits=edits, span=span, sure=True
            )
        if column.quote and token.kind in ("and", "or", ")", END):
            return self.fault(
                token,
                f"{column.text} is read as a column here, and nothing is compared with it.",
                span=column.span,
            )
        return self.unexpected(f"an operator after {column.text}")

    # -- values

    def value(self, *, scalar: bool = False) -> Value:
        """One value; `scalar`: a sub-query may stand for it."""
        at, kind = self.at, self.kind
        text, start, end = self.texts[at], self.starts[at], self.ends[at]
        if kind == TEXT:
            self.at = at = at + 1
            self.kind = self.kinds[at]
            quote, inner = text[0], text[1:-1]
            if quote in inner:
                inner = inner.replace(quote * 2, quote)
            return new(Text, (inner, quote, start, end))
        if kind == NUMBER and (text.isdigit() or re.fullmatch(_NUMBER, text)):
            self.advance()
            return new(Number, (text, start, end))
        if kind == WORD:
            return self.word()
        if kind in (PLACEHOLDER, "null"):
            self.advance()
            return new(Word, (text, start, end))
        token = self.token
        if kind == NUMBER:
            raise self.fault(
                token,
                f"{text} is not a number.",
                advice="Dates and other texts are quoted.",
                edits=instead(token, quoted(text)),
                sure=True,
            )
        if kind == "(":
            if scalar and self.peek() == "select":
                return self.subquery()
            raise self.fault(
                token,
                "A single value has no brackets.",
                advice="Use IN for a list: Lead_Source in ('Chat', 'Partner')",
            )
        if kind == PATH:
            raise self.fault(
                token,
                f"{token.text} is not a value: COQL compares a column with a value, never with a column.",
                advice="A text must be quoted.",
                edits=instead(token, quoted(token.text)),
            )
        raise self.unexpected("a value")

    def word(self) -> Word:
        """An unquoted value, which is one word and no more."""
        first = self.taken()
        if self.kind == "(":
            raise self.fault(
                first,
                f"COQL has no functions in WHERE: {first.text}( ... ).",
                advice="Write the value itself; dates as '2026-01-31'.",
            )
        if self.kind in (WORD, NUMBER):
            while self.kind in (WORD, NUMBER):
                self.advance()
            span = self.since(first.start)
            text = self.source[span.start : span.end]
            raise self.fault(
                first,
                "A value of several words must be quoted.",
                edits=(Edit(span, quoted(text)),),
                sure=True,
                span=span,
            )
        return new(Word, (first.text, first.start, first.end))

    def subquery(self) -> Subquery:
        start = self.starts[self.at]
        self.advance()
        self.deeper()
        query = self.query()
        self.need(")", "`)` after the sub-query")
        self.depth -= 1
        return new(Subquery, (query, start, self.ends[self.at - 1]))

    def in_values(self) -> tuple[Value, ...] | Subquery:
        if self.kind in (TEXT, NUMBER, WORD):
            token = self.token
            edits = instead(token, f"({token.text})")
            raise self.fault(token, "The values after IN stand in brackets.", edits=edits, sure=True)
        if self.kind == "(" and self.peek() == "select":
            return self.subquery()
        self.need("(", "`(` and the values")
        if self.kind == ")":
            raise self.fault(self.token, "IN needs at least one value.")
        values = self.listed(self.value, ")")
        self.need(")", "a comma or `)`")
        return values


def _steps(path: str, start: int) -> tuple[Part, ...]:
    """The steps of a path of dots alone."""
    parts = []
    for name in path.split("."):
        end = start + len(name)
        parts.append(new(Part, (name, "", start, end)))
        start = end + 1
    return tuple(parts)


def unquoted(text: str) -> str:
    """The content of a quoted token."""
    inner = text[1:-1]
    quote = text[0]
    return inner.replace(quote * 2, quote) if quote in inner else inner
