"""The part of the grammar between WHERE and the next clause: columns, conditions, values and sub-queries."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from zcrm_tools.coql.cursor import Cursor
from zcrm_tools.coql.frozen import new
from zcrm_tools.coql.lexer import unquoted
from zcrm_tools.coql.nodes import (
    Between,
    Column,
    Comparison,
    Condition,
    Criterion,
    Group,
    In,
    IsNull,
    Logical,
    Number,
    Query,
    Subquery,
    Text,
    Value,
    Word,
)
from zcrm_tools.coql.tokens import COMPARISONS, END, NUMBER, PATH, PLACEHOLDER, TEXT, WORD

MAX_DEPTH = 50
"""Brackets and sub-queries inside each other. 25 criteria, which is Zoho's limit, never need as many."""
MAX_CRITERIA = 200
"""Criteria in one text. Above it the tree would be too deep to walk; Zoho's own limit is the checker's to report."""

_NUMBER = r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"


_OPERATORS = COMPARISONS | {"between", "in", "is", "like", "not"}


class Criteria(Cursor, ABC):
    """Reads conditions. A sub-query inside one needs the whole grammar, which `query` supplies."""

    __slots__ = ("criteria", "depth")

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.criteria = 0
        self.depth = 0

    @abstractmethod
    def query(self) -> Query: ...

    def column(self, expected: str) -> Column:
        at, kind = self.at, self.kind
        text, quote = self.texts[at], ""
        if kind not in (WORD, PATH, TEXT):
            raise self.faults.unexpected(expected, column=True)
        self.advance()
        if kind == TEXT:
            text, quote = unquoted(text), text[0]
        if (kind == TEXT or "->" in text or text[0] == "!") and not _is_whole(text):
            raise self.faults.nameless_column(at)
        return new(Column, (text, quote, self.tokens, at, at))

    # -- where

    def condition(self) -> Condition:
        """Chains and brackets, AND before OR. What waits for its right side is kept at hand, and what waits for `)` on
        a stack: only a sub-query recurses.
        """
        left_of_or: Condition | None = None
        left_of_and: Condition | None = None
        opened: list[tuple[Condition | None, Condition | None, int]] = []
        kinds, tokens = self.kinds, self.tokens
        while True:
            if self.kind == "(":
                opened.append((left_of_or, left_of_and, self.at))
                left_of_or = left_of_and = None
                self.at = at = self.at + 1
                self.kind = kind = kinds[at]
                if kind == "select":
                    raise self.faults.bare_subquery()
                self.depth += 1
                if self.depth > MAX_DEPTH:
                    raise self.faults.too_deep(MAX_DEPTH)
                continue
            node: Condition = self.criterion()
            while True:
                if left_of_and is not None:
                    node = new(Logical, ("and", left_of_and, node, tokens, left_of_and.first, node.last))
                    left_of_and = None
                kind = self.kind
                if kind == "and":
                    left_of_and = node
                    break
                if left_of_or is not None:
                    node = new(Logical, ("or", left_of_or, node, tokens, left_of_or.first, node.last))
                    left_of_or = None
                if kind == "or":
                    left_of_or = node
                    break
                if not opened:
                    return node
                if kind != ")":
                    raise self.faults.unexpected("AND, OR or `)`")
                left_of_or, left_of_and, first = opened.pop()
                node = new(Group, (node, tokens, first, self.at))
                self.depth -= 1
                self.at = at = self.at + 1
                self.kind = kinds[at]
            self.at = at = self.at + 1
            self.kind = kinds[at]

    def criterion(self) -> Criterion:
        self.criteria += 1
        if self.criteria > MAX_CRITERIA:
            raise self.faults.too_many_criteria(MAX_CRITERIA)
        first = at = self.at
        kinds, tokens, text = self.kinds, self.tokens, self.texts[at]
        kind = kinds[at]
        if (kind == WORD or (kind == PATH and is_dotted(text))) and kinds[at + 1] in _OPERATORS:
            column = new(Column, (text, "", tokens, at, at))  # what most criteria begin with
            at += 1
        else:
            if kind == "not":
                raise self.faults.misplaced_not(at)
            if kind == WORD and kinds[at + 1] == "(":
                raise self.faults.function_in_where()
            column = self.column("a column")
            at = self.at
        kind = kinds[at]
        if kind not in COMPARISONS:
            self.at, self.kind = at, kind
            return self.other_criterion(column)
        self.at = at + 1
        self.kind = kinds[at + 1]
        value = self.value(True)
        if kind == "<>":
            kind = "!="
        return new(Comparison, (column, kind, value, at, at, tokens, first, value.last))

    def other_criterion(self, column: Column) -> Criterion:
        """The operators that are words."""
        first, at, tokens = column.first, self.at, self.tokens
        negated = self.take("not")
        kind = self.kind
        if kind == "in":
            self.advance()
            values = self.in_values()
            return new(In, (column, values, negated, tokens, first, self.at - 1))
        if kind == "between":
            self.advance()
            low = self.value(True)
            self.need("and", "AND and the upper bound")
            high = self.value(True)
            return new(Between, (column, low, high, negated, tokens, first, high.last))
        if kind == "like":
            self.advance()
            operator, last = "not like" if negated else "like", self.at - 1
            value = self.value()
            return new(Comparison, (column, operator, value, at, last, tokens, first, value.last))
        if negated:
            raise self.faults.misplaced_not(at)
        if kind == "is":
            self.advance()
            negated = self.take("not")
            if self.kind != "null":
                raise self.faults.not_null(at)
            self.advance()
            return new(IsNull, (column, negated, tokens, first, self.at - 1))
        raise self.faults.no_operator(column)

    # -- values

    def value(self, scalar: bool = False) -> Value:
        """One value; `scalar`: a sub-query may stand for it."""
        at, kind = self.at, self.kind
        text, tokens = self.texts[at], self.tokens
        if kind == TEXT:
            self.at = after = at + 1
            self.kind = self.kinds[after]
            quote, inner = text[0], text[1:-1]
            if quote in inner:
                inner = inner.replace(quote * 2, quote)
            return new(Text, (inner, quote, tokens, at, at))
        if kind == NUMBER and (text.isdigit() or re.fullmatch(_NUMBER, text)):
            self.at = after = at + 1
            self.kind = self.kinds[after]
            return new(Number, (text, tokens, at, at))
        if kind == WORD:
            return self.word()
        if kind in (PLACEHOLDER, "null"):
            self.advance()
            return new(Word, (text, tokens, at, at))
        if kind == NUMBER:
            raise self.faults.not_a_number()
        if kind == "(":
            if scalar and self.peek() == "select":
                return self.subquery()
            raise self.faults.value_in_brackets()
        if kind == PATH:
            raise self.faults.column_as_value()
        raise self.faults.unexpected("a value")

    def word(self) -> Word:
        """An unquoted value, which is one word and no more."""
        at = self.at
        self.advance()
        if self.kind == "(":
            raise self.faults.function_as_value(at)
        if self.kind in (WORD, NUMBER):
            raise self.faults.several_words(at)
        return new(Word, (self.texts[at], self.tokens, at, at))

    def subquery(self) -> Subquery:
        at = self.at
        self.advance()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.faults.too_deep(MAX_DEPTH)
        query = self.query()
        self.need(")", "`)` after the sub-query")
        self.depth -= 1
        return new(Subquery, (query, self.tokens, at, self.at - 1))

    def in_values(self) -> tuple[Value, ...] | Subquery:
        if self.kind in (TEXT, NUMBER, WORD):
            raise self.faults.unbracketed_values()
        if self.kind == "(" and self.peek() == "select":
            return self.subquery()
        self.need("(", "`(` and the values")
        if self.kind == ")":
            raise self.faults.no_values()
        values = self.in_list()
        self.need(")", "a comma or `)`")
        return values

    def in_list(self) -> tuple[Value, ...]:
        """Values and commas; texts, which there may be many of, are read on the way."""
        kinds, texts, tokens = self.kinds, self.texts, self.tokens
        items: list[Value] = []
        at = self.at
        while True:
            if kinds[at] == TEXT:
                text = texts[at]
                quote, inner = text[0], text[1:-1]
                if quote in inner:
                    inner = inner.replace(quote * 2, quote)
                items.append(new(Text, (inner, quote, tokens, at, at)))
                at += 1
            else:
                self.at, self.kind = at, kinds[at]
                if items and self.kind in (")", END):
                    raise self.faults.comma_too_many()
                items.append(self.value())
                at = self.at
            if kinds[at] != ",":
                self.at, self.kind = at, kinds[at]
                return tuple(items)
            at += 1


def is_dotted(path: str) -> bool:
    """Whether a bare path has nothing but names and dots."""
    return "->" not in path and path[0] != "!"


def _is_whole(path: str) -> bool:
    """Whether every step is `name` or `name->target`."""
    if path.startswith("!"):
        path = path.partition(".")[2]
    steps = [step.split("->") for step in path.split(".")]
    return all(len(names) <= 2 and all(names) for names in steps)
