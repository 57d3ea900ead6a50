"""COQL conditions to SQL: which operators a field takes, what may be compared with it, and sub-queries.

https://www.zoho.com/crm/developer/docs/api/v8/COQL-Limitations.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from zcrm_tools.coql.nodes import (
    Between,
    Comparison,
    Condition,
    Group,
    In,
    IsNull,
    Logical,
    Query,
    Subquery,
    Value,
    Word,
)
from zcrm_tools.emulator.query.columns import Found, Tables, invalid, limit_exceeded
from zcrm_tools.emulator.query.literals import BadLiteral, literal
from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.schema import FieldDef

MAX_CRITERIA: Final = 25
MAX_IN: Final = 100
MAX_SUBQUERIES: Final = 5
MAX_SUBQUERY_ROWS: Final = 100
V8: Final = (8, 0)

_NULL = frozenset({"is null", "is not null"})
_TEXT = frozenset({"=", "!=", "like", "not like", "in", "not in"}) | _NULL
_ORDERED = frozenset({"=", "!=", ">", ">=", "<", "<=", "between", "not between", "in", "not in"}) | _NULL
_REFERENCE = frozenset({"=", "!=", "in", "not in"}) | _NULL

Run = Callable[[Query], tuple[list[str], list[object]]]
"""Runs a sub-query: the keys of its select list, and the values of its first column."""


def operators(field_def: FieldDef) -> frozenset[str]:
    """What the field takes in WHERE; empty when it cannot stand there."""
    match field_def.kind:
        case "integer" | "number" | "date" | "datetime":
            return _ORDERED
        case "boolean":
            return frozenset({"="})
        case "lookup" | "user" | "any_lookup":
            return frozenset() if field_def.data_type == "layout" else _REFERENCE
        case "text":
            return frozenset() if field_def.data_type == "textarea" else _TEXT
        case "choices":
            return _TEXT
    return frozenset()


@dataclass(slots=True)
class Conditions:
    """Compiles the conditions of one query; `values` are bound in the order of the marks in its SQL."""

    tables: Tables
    run: Run
    values: list[object] = field(default_factory=list)
    count: int = 0
    subqueries: int = 0

    def compile(self, condition: Condition) -> str:
        match condition:
            case Group(condition=inner):
                return f"({self.compile(inner)})"
            case Logical(operator=joint, left=left, right=right):
                if isinstance(left, Logical) or isinstance(right, Logical):
                    raise unpaired(joint)
                return f"{self.compile(left)} {joint.upper()} {self.compile(right)}"
        self.count += 1
        if self.count > MAX_CRITERIA:
            raise limit_exceeded(MAX_CRITERIA, "criteria")
        found = self.tables.resolve(condition.column, "where")
        match condition:
            case IsNull(negated=negated):
                self.check(found, "is not null" if negated else "is null")
                return f"{found.sql} IS {'NOT ' if negated else ''}NULL"
            case Between(low=low, high=high, negated=negated):
                between = "not between" if negated else "between"
                self.check(found, between)
                first, second = self.one(found, low, between), self.one(found, high, between)
                self.values += first, second
                return f"{found.sql} {between.upper()} ? AND ?"
            case In(values=listed, negated=negated):
                return self.member(found, listed, "not in" if negated else "in")
            case Comparison(operator=operator, value=value):
                return self.comparison(found, operator, value)

    def check(self, found: Found, operator: str) -> None:
        allowed = operators(found.field)
        name = found.column.text
        if not allowed:
            raise invalid("unsupported column in criteria", column_name=name, clause="where")
        if operator not in allowed:
            raise invalid(reason="invalid operator found", column_name=name, operator=operator)

    def comparison(self, found: Found, operator: str, value: Value) -> str:
        self.check(found, operator)
        if operator in ("like", "not like"):
            return self.like(found, operator, value)
        self.values.append(self.one(found, value, operator))
        return f"{found.sql} {'<>' if operator == '!=' else operator} ?"

    def like(self, found: Found, operator: str, value: Value) -> str:
        """`%` at either end, or both; `not like` only at both. Nothing else is a wildcard."""
        pattern = str(self.one(found, value, operator))
        if operator == "not like" and not (len(pattern) > 1 and pattern[0] == pattern[-1] == "%"):
            raise invalid(reason="invalid operator found", column_name=found.column.text, operator=operator)
        pattern = pattern.replace("\\", "\\\\").replace("_", "\\_")
        self.values.append(pattern)
        return f"{found.sql} {operator.upper()} ? ESCAPE '\\'"

    def member(self, found: Found, listed: tuple[Value, ...] | Subquery, operator: str) -> str:
        self.check(found, operator)
        values: Sequence[object]
        if isinstance(listed, Subquery):
            values = [value for value in self.inner(listed)[1] if value is not None]
        else:
            if len(listed) > MAX_IN:
                raise limit_exceeded(MAX_IN, "values in IN")
            values = [self.one(found, value, operator) for value in listed]
        self.values += values
        return f"{found.sql} {operator.upper()} ({', '.join('?' * len(values))})"

    def one(self, found: Found, value: Value, operator: str) -> object:
        """The raw value to compare with."""
        name = found.column.text
        if isinstance(value, Subquery):
            number, values = self.inner(value)
            if len(values) > 1:
                message = "subquery return more than one values"
                raise invalid(message, sub_query_sequence=number, operator=operator)
            return values[0] if values else None
        text = value.value
        if isinstance(value, Word) and text.upper() == "${EMPTY}":
            raise invalid(
                "unsupported column in criteria",
                cv_criteria=False,
                column_name=name,
                value=text,
                operator=operator,
            )
        try:
            return literal(found.field, text)
        except BadLiteral:
            raise invalid("value given seems to be invalid for the column", column_name=name) from None

    def inner(self, sub: Subquery) -> tuple[int, list[object]]:
        """A sub-query's number and its values; sub-queries came with v8."""
        if self.tables.ctx.version < V8:
            raise Refusal("SYNTAX_ERROR", "error occured while parsing the query", {"near": "select"})
        number = self.subqueries
        self.subqueries += 1
        if self.subqueries > MAX_SUBQUERIES:
            raise limit_exceeded(MAX_SUBQUERIES, "sub-queries")
        keys, values = self.run(sub.query)
        if len(keys) != 1:
            message = "subquery should contains only one column"
            raise invalid(message, sub_query_sequence=number, column_name=keys)
        if len(values) > MAX_SUBQUERY_ROWS:
            raise limit_exceeded(MAX_SUBQUERY_ROWS, "rows of a sub-query")
        return number, values


def unpaired(near: str) -> Refusal:
    return Refusal("SYNTAX_ERROR", "error occured while parsing the query", {"near": near})
