"""The part of the grammar between WHERE and the next clause: columns, conditions, values and sub-queries."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import cast

from zcrm_tools.coql.cursor import Cursor
from zcrm_tools.coql.diagnostics import CoqlError, Diagnostic, Edit
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
    Operator,
    Part,
    Query,
    Span,
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

_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
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
        token = self.token
        if token.kind == WORD:
            self.advance()
            return Column((Part(token.text, span=token.span),), span=token.span)
        if token.kind in (PATH, TEXT):
            self.advance()
            return self.path(token)
        raise self.unexpected(expected, column=True)

    def path(self, token: Token) -> Column:
        """A dotted or quoted column, split into its steps."""
        quote = token.text[0] if token.kind == TEXT else ""
        text = unquoted(token.text) if quote else token.text
        start = token.start + bool(quote)
        faithful = not quote or quote not in text  # a doubled quote shifts the offsets of what follows
        module = ""
        if text.startswith("!"):
            module, _, text = text[1:].partition(".")
            start += len(module) + 2
        parts: list[Part] = []
        for step in text.split("."):
            name, arrow, target = step.partition("->")
            if not name or (arrow and not target) or "->" in target:
                raise self.fault(
                    token, "A name is missing in this column." if text else "A column has a name."
                )
            span = Span(start, start + len(step)) if faithful else token.span
            parts.append(Part(name, target, span=span))
            start += len(step) + 1
        return Column(tuple(parts), module, quote, span=token.span)  # type: ignore[arg-type]

    # -- where

    def condition(self) -> Condition:
        left = self.conjunction()
        while self.take("or"):
            right = self.conjunction()
            left = Logical("or", left, right, span=Span(left.span.start, right.span.end))
        return left

    def conjunction(self) -> Condition:
        left = self.criterion()
        while self.take("and"):
            right = self.criterion()
            left = Logical("and", left, right, span=Span(left.span.start, right.span.end))
        return left

    def criterion(self) -> Condition:
        token = self.token
        if token.kind == "(":
            return self.group()
        self.criteria += 1
        if self.criteria > MAX_CRITERIA:
            raise self.refused(
                Diagnostic(
                    code="LIMIT_EXCEEDED",
                    message=f"The query has more than {MAX_CRITERIA} criteria; COQL takes 25.",
                    span=token.span,
                    help="Use IN ( ... ) for many values of one column, or split the query.",
                )
            )
        if token.kind == "not":
            raise self.refused(self.no_not(token))
        if token.kind == WORD and self.peek() == "(":
            raise self.fault(
                token,
                f"{token.text}( ... ) cannot stand in WHERE.",
                advice="COQL compares columns with values only; it has no functions on either side.",
            )
        return self.comparison(self.column("a column"))

    def group(self) -> Group:
        start = self.advance().start
        if self.token.kind == "select":
            raise self.fault(
                self.token,
                "A sub-query stands after an operator.",
                advice="Write: Account_Name in (select ...)",
            )
        self.deeper()
        inner = self.condition()
        self.need(")", "AND, OR or `)`")
        self.depth -= 1
        return Group(inner, span=self.since(start))

    def comparison(self, column: Column) -> Condition:
        start = column.span.start
        token = self.token
        if token.kind in COMPARISONS:
            self.advance()
            operator = "!=" if token.kind == "<>" else token.kind
            value = self.value(scalar=True)
            return Comparison(
                column, cast("Operator", operator), value, operator_span=token.span, span=self.since(start)
            )
        negated = self.take("not")
        if self.token.kind == "like":
            span = Span(token.start, self.advance().end)
            value = self.value()
            return Comparison(
                column, "not like" if negated else "like", value, operator_span=span, span=self.since(start)
            )
        if self.take("in"):
            values = self.in_values()
            return In(column, values, negated, span=self.since(start))
        if self.take("between"):
            low = self.value(scalar=True)
            self.need("and", "AND and the upper bound")
            high = self.value(scalar=True)
            return Between(column, low, high, negated, span=self.since(start))
        if negated:
            raise self.refused(self.no_not(token))
        if self.take("is"):
            negated = self.take("not")
            self.null(token)
            return IsNull(column, negated, span=self.since(start))
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
            raise self.fault(token, "COQL has no IS EMPTY.", edits=instead(token, "null"))
        if token.kind != "null" and token.kind in (TEXT, NUMBER, WORD, PLACEHOLDER):
            span = Span(operator.start, self.tokens[self.at - 1].end)
            sign = "=" if span.end == operator.end else "!="
            raise self.fault(token, "IS takes only NULL or NOT NULL.", edits=(Edit(span, sign),), span=span)
        self.need("null", "NULL")

    def no_operator(self, column: Column) -> CoqlError:
        token = self.token
        pattern = _PATTERNS.get(token.text.lower()) if token.kind == WORD else None
        if pattern and self.peek() == TEXT:
            self.advance()
            value, span = unquoted(self.token.text), Span(token.start, self.token.end)
            edits = (Edit(span, f"like {quoted(pattern.format(value))}"),)
            return self.fault(token, f"COQL has no {token.text}; LIKE and % do that.", edits=edits, span=span)
        if (
            token.kind == WORD
            and not column.quote
            and self.peek() in (*COMPARISONS, "like", "in", "is", "not", "between")
        ):
            span = Span(column.span.start, token.end)
            edits = (Edit(span, f"{column.text}_{token.text}"),)
            return self.fault(
                token, "A column is one word: its API name, not its label.", edits=edits, span=span
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
        token = self.token
        if token.kind == TEXT:
            self.advance()
            return Text(unquoted(token.text), token.text[0], span=token.span)  # type: ignore[arg-type]
        if token.kind == NUMBER:
            return self.number()
        if token.kind == WORD:
            return self.word()
        if token.kind in (PLACEHOLDER, "null"):
            self.advance()
            return Word(token.text, span=token.span)
        if token.kind == "(":
            if scalar and self.peek() == "select":
                return self.subquery()
            raise self.fault(
                token,
                "A single value has no brackets.",
                advice="Use IN for a list: Lead_Source in ('Chat', 'Partner')",
            )
        if token.kind == PATH:
            raise self.fault(
                token,
                f"{token.text} is not a value: COQL compares a column with a value, never with a column.",
                advice="A text must be quoted.",
                edits=instead(token, quoted(token.text)),
            )
        raise self.unexpected("a value")

    def number(self) -> Number:
        token = self.token
        if not _NUMBER.fullmatch(token.text):
            raise self.fault(
                token,
                f"{token.text} is not a number.",
                advice="Dates and other texts are quoted.",
                edits=instead(token, quoted(token.text)),
            )
        self.advance()
        return Number(token.text, span=token.span)

    def word(self) -> Word:
        """An unquoted value, which is one word and no more."""
        first = self.advance()
        if self.token.kind == "(":
            raise self.fault(
                first,
                f"COQL has no functions in WHERE: {first.text}( ... ).",
                advice="Write the value itself; dates as '2026-01-31'.",
            )
        if self.token.kind in (WORD, NUMBER):
            while self.token.kind in (WORD, NUMBER):
                last = self.advance()
            span = Span(first.start, last.end)
            text = self.source[span.start : span.end]
            raise self.fault(
                first,
                "A value of several words must be quoted.",
                edits=(Edit(span, quoted(text)),),
                span=span,
            )
        return Word(first.text, span=first.span)

    def subquery(self) -> Subquery:
        start = self.advance().start
        self.deeper()
        query = self.query()
        self.need(")", "`)` after the sub-query")
        self.depth -= 1
        return Subquery(query, span=self.since(start))

    def in_values(self) -> tuple[Value, ...] | Subquery:
        token = self.token
        if token.kind in (TEXT, NUMBER, WORD):
            edits = instead(token, f"({token.text})")
            raise self.fault(token, "The values after IN stand in brackets.", edits=edits)
        if token.kind == "(" and self.peek() == "select":
            return self.subquery()
        self.need("(", "`(` and the values")
        if self.token.kind == ")":
            raise self.fault(self.token, "IN needs at least one value.")
        values = self.listed(self.value, ")")
        self.need(")", "a comma or `)`")
        return values


def unquoted(text: str) -> str:
    """The content of a quoted token."""
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)
