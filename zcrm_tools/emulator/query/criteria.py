"""Search criteria: `((Last_Name:starts_with:Bo)and(Annual_Revenue:between:10,20))`, parsed and turned into SQL.

A bracket, a comma and a backslash inside a value are escaped with a backslash.
https://www.zoho.com/crm/developer/docs/api/v8/search-records.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from zcrm_tools.emulator.query.literals import BadLiteral, like_pattern, literal
from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.schema import FieldDef, ModuleDef
from zcrm_tools.emulator.store import quoted

MAX_CRITERIA: Final = 10
MAX_LENGTH: Final = 3_000
MAX_IN: Final = 100
_MAX_DEPTH = 30


@dataclass(frozen=True, slots=True)
class Criterion:
    """`field:operator:values`; the values are unescaped and, between commas, apart."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    operator: str
    left: Tree
    right: Tree


Tree: TypeAlias = Criterion | Joined

_ORDERED = frozenset(
    {"equals", "not_equal", "greater_equal", "greater_than", "less_equal", "less_than", "between", "in"}
)
_REFERENCE = frozenset({"equals", "not_equal", "in"})
_TEXT = frozenset({"equals", "not_equal", "starts_with", "in"})


def operators(field: FieldDef) -> frozenset[str]:
    """What Zoho accepts for the field's data type; empty when it cannot be searched."""
    match field.kind:
        case "integer" | "number" | "date" | "datetime":
            return _ORDERED
        case "boolean":
            return frozenset({"equals", "not_equal"})
        case "lookup" | "user" | "any_lookup":
            return frozenset() if field.data_type == "layout" else _REFERENCE
        case "choices":
            return _TEXT
        case "text":
            if field.data_type == "textarea":
                return frozenset({"equals", "not_equal", "starts_with"})
            return _REFERENCE if field.data_type in ("picklist", "autonumber") else _TEXT
    return frozenset()


def invalid(reason: str = "", **details: Any) -> Refusal:
    found = {"reason": reason, **details} if reason else details
    return Refusal("INVALID_QUERY", "Invalid query formed", found)


# ---- parsing


def parse(text: str) -> Tree:
    """The tree of a criteria parameter; INVALID_QUERY when it is not one."""
    if len(text) > MAX_LENGTH:
        raise invalid("the criteria is longer than 3000 characters")
    parser = _Parser(text)
    tree = parser.expression(0)
    if parser.at < len(text):
        raise invalid("the brackets do not match", near=text[parser.at : parser.at + 20])
    if parser.count > MAX_CRITERIA:
        message = f"no of criterium that can be given exceed the limit {MAX_CRITERIA}"
        raise Refusal("CRITERIA_LIMIT_EXCEEDED", message)
    return tree


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.count = 0

    def expression(self, depth: int) -> Tree:
        """Terms joined by `and` and `or`, from the left."""
        if depth > _MAX_DEPTH:
            raise invalid("the brackets nest too deep")
        tree = self.term(depth)
        while joint := re.compile(r"\s*(and|or)\s*(?=\()", re.IGNORECASE).match(self.text, self.at):
            self.at = joint.end()
            tree = Joined(joint[1].lower(), tree, self.term(depth))
        self.space()
        return tree

    def term(self, depth: int) -> Tree:
        self.space()
        if self.peek() != "(":
            raise invalid("a criterion must stand in brackets", near=self.text[self.at : self.at + 20])
        self.at += 1
        self.space()
        tree = self.expression(depth + 1) if self.peek() == "(" else self.criterion()
        if self.peek() != ")":
            raise invalid("the brackets do not match", near=self.text[self.at : self.at + 20])
        self.at += 1
        return tree

    def criterion(self) -> Criterion:
        self.count += 1
        head = re.compile(r"([\w.$]+):([a-z_]+):").match(self.text, self.at)
        if head is None:
            raise invalid("expected (Field:operator:value)", near=self.text[self.at : self.at + 20])
        self.at = head.end()
        values, current = [], ""
        while self.peek() not in ("", "(", ")"):
            char = self.text[self.at]
            if char == "\\" and self.at + 1 < len(self.text):
                self.at += 1
                current += self.text[self.at]
            elif char == ",":
                values.append(current)
                current = ""
            else:
                current += char
            self.at += 1
        return Criterion(head[1], head[2], (*values, current))

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def space(self) -> None:
        while self.peek().isspace():
            self.at += 1


# ---- SQL


def compile_tree(module: ModuleDef, tree: Tree) -> tuple[str, list[object]]:
    """The condition over the table aliased `t`, and the values it binds."""
    if isinstance(tree, Joined):
        left, first = compile_tree(module, tree.left)
        right, second = compile_tree(module, tree.right)
        return f"({left} {tree.operator.upper()} {right})", first + second
    field = module.fields.get(tree.field)
    if field is None:
        raise invalid("the field is not available for search", api_name=tree.field)
    if tree.operator not in operators(field):
        raise invalid("invalid operator found", api_name=tree.field, operator=tree.operator)
    return _compile(field, tree)


_COMPARE = {
    "equals": "=",
    "not_equal": "<>",
    "greater_equal": ">=",
    "greater_than": ">",
    "less_equal": "<=",
    "less_than": "<",
}


def _compile(field: FieldDef, criterion: Criterion) -> tuple[str, list[object]]:
    column = f"t.{quoted(field.api_name)}"
    operator = criterion.operator
    if operator == "in":
        values = _values(field, criterion.values)
        if len(values) > MAX_IN:
            message = 'Only 100 values are allowed in "IN" criteria'
            raise Refusal("INVALID_QUERY", message, {"api_name": field.api_name, "operator": "in"})
        return f"{column} IN ({', '.join('?' * len(values))})", values
    if operator == "between":
        values = _values(field, criterion.values)
        if len(values) != 2:
            raise invalid("between needs two values", api_name=field.api_name, operator="between")
        return f"{column} BETWEEN ? AND ?", values
    text = ",".join(criterion.values)  # a comma is special only where several values may stand
    loose = field.kind == "text" and field.data_type != "picklist"
    if operator == "starts_with" or (operator == "equals" and loose):
        if not text:
            raise invalid("the value is empty", api_name=field.api_name)
        literal_text = str(_values(field, (text,))[0])
        pattern = like_pattern(literal_text) + "%"
        return f"{column} LIKE ? ESCAPE '\\'", [pattern if operator == "starts_with" else "%" + pattern]
    value = _values(field, (text,))
    if operator == "not_equal":
        return f"({column} <> ? OR {column} IS NULL)", value
    return f"{column} {_COMPARE[operator]} ?", value


def _values(field: FieldDef, texts: tuple[str, ...]) -> list[object]:
    found: list[object] = []
    for text in texts:
        try:
            found.append(literal(field, text))
        except BadLiteral:
            raise invalid("invalid value found", api_name=field.api_name, value=text) from None
    return found
