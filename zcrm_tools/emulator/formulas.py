"""Formula fields: an expression compiled to SQL, which becomes a generated column of the module's table.

Covered: arithmetic, comparison, `&&` and `||`, and the functions of `FUNCTIONS`. Another function of Zoho's is refused
by its name; `Now` among them, since a column cannot hang on the time of day.
https://help.zoho.com/portal/en/kb/crm/customize-crm-account/customizing-fields/articles/create-formula-fields
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from zcrm_tools.emulator.schema import Kind, ModuleDef
from zcrm_tools.emulator.tables import quoted

Type = Literal["number", "text", "boolean", "date", "datetime"]

RETURNS: Final[dict[str, Type]] = {
    "double": "number",
    "currency": "number",
    "text": "text",
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
}
_KINDS: Final[dict[Kind, Type]] = {
    "number": "number",
    "integer": "number",
    "text": "text",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}
_MAX_DEPTH = 40
_MAX_LENGTH = 2_000
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|\$\{(?P<field>[\w.]+)\}"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<sign>&&|\|\||==|!=|>=|<=|<>|[-+*/%^=<>(),]))"
)


class FormulaError(Exception):
    """The expression cannot be compiled; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Term:
    sql: str
    type: Type


Terms = list[Term]


def compile_formula(module: ModuleDef, expression: str, return_type: str, places: int | None) -> str:
    """The SQL of a formula over the columns of its module's table."""
    if len(expression) > _MAX_LENGTH:
        raise FormulaError("the expression is too long")
    parser = _Parser(module, expression)
    term = parser.expression(0)
    if parser.at < len(parser.tokens):
        raise FormulaError(f"unexpected {parser.tokens[parser.at][1]}")
    wanted = RETURNS[return_type]
    if term.type != wanted:
        raise FormulaError(f"the expression gives a {term.type}, not a {wanted}")
    if wanted == "number" and places is not None:
        return f"round({term.sql}, {int(places)})"
    return term.sql


class _Parser:
    """Precedence from low to high: `||`, `&&`, comparison, `+ -`, `* / %`, sign, `^`."""

    def __init__(self, module: ModuleDef, text: str) -> None:
        self.module = module
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        at = 0
        text = text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None or found.lastgroup is None:
                raise FormulaError(f"unexpected {text[at : at + 10]}")
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()

    def sign(self, *wanted: str) -> str:
        """The next token when it is one of some signs, and past it; else empty."""
        if self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            if kind == "sign" and text in wanted:
                self.at += 1
                return text
        return ""

    def need(self, sign: str) -> None:
        if not self.sign(sign):
            raise FormulaError(f"expected {sign}")

    def expression(self, depth: int) -> Term:
        if depth > _MAX_DEPTH:
            raise FormulaError("the expression nests too deep")
        left = self.conjunction(depth)
        while self.sign("||"):
            right = self.conjunction(depth)
            left = Term(f"({_as(left, 'boolean')} OR {_as(right, 'boolean')})", "boolean")
        return left

    def conjunction(self, depth: int) -> Term:
        left = self.comparison(depth)
        while self.sign("&&"):
            right = self.comparison(depth)
            left = Term(f"({_as(left, 'boolean')} AND {_as(right, 'boolean')})", "boolean")
        return left

    def comparison(self, depth: int) -> Term:
        left = self.sum(depth)
        while sign := self.sign("==", "=", "!=", "<>", ">=", "<=", ">", "<"):
            right = self.sum(depth)
            if left.type != right.type:
                raise FormulaError(f"a {left.type} is compared with a {right.type}")
            sql = {"==": "=", "!=": "<>"}.get(sign, sign)
            left = Term(f"({left.sql} {sql} {right.sql})", "boolean")
        return left

    def sum(self, depth: int) -> Term:
        left = self.product(depth)
        while sign := self.sign("+", "-"):
            left = Term(f"({_as(left, 'number')} {sign} {_as(self.product(depth), 'number')})", "number")
        return left

    def product(self, depth: int) -> Term:
        left = self.signed(depth)
        while sign := self.sign("*", "/", "%"):
            right = _as(self.signed(depth), "number")
            number = _as(left, "number")
            sql = f"{number} * {right}" if sign == "*" else f"{number} * 1.0 {sign} nullif({right}, 0)"
            left = Term(f"({sql})", "number")
        return left

    def signed(self, depth: int) -> Term:
        if depth > _MAX_DEPTH:
            raise FormulaError("the expression nests too deep")
        if self.sign("-"):
            return Term(f"(- {_as(self.signed(depth + 1), 'number')})", "number")
        left = self.single(depth)
        if self.sign("^"):
            return Term(f"pow({_as(left, 'number')}, {_as(self.signed(depth + 1), 'number')})", "number")
        return left

    def single(self, depth: int) -> Term:
        if self.sign("("):
            inner = self.expression(depth + 1)
            self.need(")")
            return inner
        if self.at >= len(self.tokens):
            raise FormulaError("the expression ends too early")
        kind, text = self.tokens[self.at]
        self.at += 1
        match kind:
            case "number":
                return Term(text, "number")
            case "single" | "double":
                return Term(_text(text), "text")
            case "field":
                return self.field(text)
            case "name" if text.lower() in ("true", "false"):
                return Term(str(int(text.lower() == "true")), "boolean")
            case "name":
                return self.call(text, depth)
        raise FormulaError(f"unexpected {text}")

    def field(self, text: str) -> Term:
        module, _, name = text.rpartition(".")
        if module and module != self.module.api_name:
            raise FormulaError(f"fields of other modules are not covered: {text}")
        field = self.module.fields.get(name)
        if field is None:
            raise FormulaError(f"there is no field {name}")
        if field.kind not in _KINDS:
            raise FormulaError(f"a {field.data_type} cannot stand in a formula: {name}")
        return Term(quoted(name), _KINDS[field.kind])

    def call(self, name: str, depth: int) -> Term:
        self.need("(")
        terms: Terms = []
        if not self.sign(")"):
            terms.append(self.expression(depth + 1))
            while self.sign(","):
                terms.append(self.expression(depth + 1))
            self.need(")")
        function = FUNCTIONS.get(name.lower())
        if function is None:
            raise FormulaError(f"the function {name} is not covered")
        fewest, most, build = function
        if not fewest <= len(terms) <= most:
            raise FormulaError(f"{name} does not take {len(terms)} arguments")
        return build(terms)


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _as(term: Term, wanted: Type) -> str:
    if term.type != wanted:
        raise FormulaError(f"expected a {wanted}, not a {term.type}")
    return term.sql


# ---- functions: fewest and most arguments, and how their terms become one

Build = Callable[[Terms], Term]
_MANY = 20


def _numeric(pattern: str, arguments: int = 1, most: int = 0) -> tuple[int, int, Build]:
    def build(terms: Terms) -> Term:
        listed = ", ".join(_as(term, "number") for term in terms)
        return Term(pattern.format(listed), "number")

    return arguments, most or arguments, build


def _textual(pattern: str, arguments: int, gives: Type) -> tuple[int, int, Build]:
    def build(terms: Terms) -> Term:
        return Term(pattern.format(*(_as(term, "text") for term in terms)), gives)

    return arguments, arguments, build


def _if(terms: Terms) -> Term:
    condition, yes, no = terms
    if yes.type != no.type:
        raise FormulaError(f"If gives a {yes.type} or a {no.type}")
    return Term(f"(CASE WHEN {_as(condition, 'boolean')} THEN {yes.sql} ELSE {no.sql} END)", yes.type)


def _joined(joint: str) -> tuple[int, int, Build]:
    def build(terms: Terms) -> Term:
        return Term(f"({f' {joint} '.join(_as(term, 'boolean') for term in terms)})", "boolean")

    return 2, _MANY, build


def _concat(terms: Terms) -> Term:
    parts = (f"coalesce({_to_text(term)}, '')" for term in terms)
    return Term(f"({' || '.join(parts)})", "text")


def _to_text(term: Term) -> str:
    if term.type == "boolean":
        return f"CASE {term.sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
    return term.sql if term.type in ("text", "date") else f"CAST({term.sql} AS TEXT)"


def _epoch(term: Term) -> str:
    """Seconds since 1970 of a date or a time."""
    if term.type == "date":
        return f"CAST(strftime('%s', {term.sql}) AS INTEGER)"
    return _as(term, "datetime")


def _minutes_between(terms: Terms) -> Term:
    """Datecomp: the minutes from the second time to the first."""
    return Term(f"(({_epoch(terms[0])} - {_epoch(terms[1])}) / 60)", "number")


def _part(code: str, plus: int = 0) -> tuple[int, int, Build]:
    def build(terms: Terms) -> Term:
        found = f"CAST(strftime('{code}', {_epoch(terms[0])}, 'unixepoch') AS INTEGER)"
        return Term(f"({found} + {plus})" if plus else found, "number")

    return 1, 1, build


def _date_part(terms: Terms) -> Term:
    return Term(f"strftime('%Y-%m-%d', {_epoch(terms[0])}, 'unixepoch')", "date")


def _moved(sign: str) -> tuple[int, int, Build]:
    def build(terms: Terms) -> Term:
        moment, count, unit = terms
        word = unit.sql.strip("'").lower()
        if word not in ("year", "month", "day", "hour", "minute"):
            raise FormulaError(f"a date is not moved by {unit.sql}")
        step = f"({sign}{_as(count, 'number')}) || ' {word}s'"
        moved = f"strftime('%s', {_epoch(moment)}, 'unixepoch', {step})"
        if moment.type == "date":
            return Term(f"strftime('%Y-%m-%d', {moved}, 'unixepoch')", "date")
        return Term(f"CAST({moved} AS INTEGER)", "datetime")

    return 3, 3, build


FUNCTIONS: Final[dict[str, tuple[int, int, Build]]] = {
    "abs": _numeric("abs({})"),
    "ceil": _numeric("ceil({})"),
    "floor": _numeric("floor({})"),
    "sqrt": _numeric("sqrt({})"),
    "naturallog": _numeric("ln({})"),
    "base10log": _numeric("log10({})"),
    "max": _numeric("max({})", 2, _MANY),
    "min": _numeric("min({})", 2, _MANY),
    "len": _textual("length({})", 1, "number"),
    "lower": _textual("lower({})", 1, "text"),
    "upper": _textual("upper({})", 1, "text"),
    "trim": _textual("trim({})", 1, "text"),
    "contains": _textual("(instr({}, {}) > 0)", 2, "boolean"),
    "startswith": _textual("(instr({}, {}) = 1)", 2, "boolean"),
    "replace": _textual("replace({}, {}, {})", 3, "text"),
    "tostring": (1, 1, lambda terms: Term(f"({_to_text(terms[0])})", "text")),
    "concat": (1, _MANY, _concat),
    "isempty": (1, 1, lambda terms: Term(f"({terms[0].sql} IS NULL)", "boolean")),
    "if": (3, 3, _if),
    "and": _joined("AND"),
    "or": _joined("OR"),
    "not": (1, 1, lambda terms: Term(f"(NOT {_as(terms[0], 'boolean')})", "boolean")),
    "datecomp": (2, 2, _minutes_between),
    "datepart": (1, 1, _date_part),
    "year": _part("%Y"),
    "month": _part("%m"),
    "dayofmonth": _part("%d"),
    "hour": _part("%H"),
    "minute": _part("%M"),
    "weekday": _part("%w", 1),
    "adddate": _moved("+"),
    "subdate": _moved("-"),
}
