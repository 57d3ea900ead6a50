"""The tree of a COQL query. Every node is immutable and carries the span of source text it came from.

A tree may be built by hand: spans default to NOWHERE and are ignored when trees are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias


class Span(NamedTuple):
    """Offsets into the source text, end exclusive."""

    start: int
    end: int


NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Part(Node):
    """One step of a column path. `target` is set for `What_Id->Leads`: the module a multi-module lookup goes to."""

    name: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Column(Node):
    """`Last_Name`, `Account_Name.Parent_Account.Account_Name`, `'What_Id->Leads.Last_Name'`, `!Leads.Owner.role.id`."""

    parts: tuple[Part, ...]
    module: str = ""
    quote: Literal["", "'", '"'] = field(default="", compare=False)

    @property
    def text(self) -> str:
        """The column as Zoho echoes it in a row's keys: without the quotes."""
        path = ".".join(f"{p.name}->{p.target}" if p.target else p.name for p in self.parts)
        return f"!{self.module}.{path}" if self.module else path


@dataclass(frozen=True, slots=True)
class Star(Node):
    """`*`, in `select *` and `count(*)`: parsed so that it can be refused with advice."""


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """`SUM(Amount)`. `function` is kept as written: Zoho echoes it in the row's key."""

    function: str
    argument: Column | Star

    @property
    def text(self) -> str:
        return f"{self.function}({self.argument.text if isinstance(self.argument, Column) else '*'})"


@dataclass(frozen=True, slots=True)
class Selected(Node):
    """One entry of the select list. `alias` is None when there is none and may be empty when written so."""

    expression: Column | Aggregate | Star
    alias: str | None = None
    alias_span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def key(self) -> str:
        """The key this column has in a result row."""
        if self.alias is not None:
            return self.alias
        return "*" if isinstance(self.expression, Star) else self.expression.text


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A quoted value; `value` has its doubled quotes already undone."""

    value: str
    quote: Literal["'", '"'] = field(default="'", compare=False)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number as written."""

    value: str


@dataclass(frozen=True, slots=True)
class Word(Node):
    """An unquoted value: Zoho takes one word (`Lead_Source = Advertisement`), `true`, `null`, `${EMPTY}`."""

    value: str


@dataclass(frozen=True, slots=True)
class Subquery(Node):
    query: Query


Value: TypeAlias = Text | Number | Word | Subquery

Operator = Literal["=", "!=", ">", ">=", "<", "<=", "like", "not like"]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`column op value`; `<>` is read as `!=`."""

    column: Column
    operator: Operator
    value: Value
    operator_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Between(Node):
    column: Column
    low: Value
    high: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class In(Node):
    column: Column
    values: tuple[Value, ...] | Subquery
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNull(Node):
    column: Column
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Logical(Node):
    """Two conditions joined. `a and b and c` parses left-deep; without brackets Zoho refuses it."""

    operator: Literal["and", "or"]
    left: Condition
    right: Condition


@dataclass(frozen=True, slots=True)
class Group(Node):
    """Brackets, kept because Zoho's rule about them must be checked."""

    condition: Condition


Condition: TypeAlias = Comparison | Between | In | IsNull | Logical | Group


@dataclass(frozen=True, slots=True)
class Order(Node):
    column: Column
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Limit(Node):
    """`limit 10`, `limit 20, 10` (offset first) or `limit 10 offset 20`. Kept as text when it is not a number."""

    count: int | str
    offset: int | str = 0


@dataclass(frozen=True, slots=True)
class Query(Node):
    """`cvid` is the custom view in `from Leads#123`. `where` is None when absent, which Zoho refuses.

    `module_span` is the module's name alone, `source_span` the name with its view.
    """

    select: tuple[Selected, ...]
    module: str
    cvid: str = ""
    where: Condition | None = None
    group_by: tuple[Column, ...] = ()
    order_by: tuple[Order, ...] = ()
    limit: Limit | None = None
    module_span: Span = field(default=NOWHERE, compare=False, repr=False)
    source_span: Span = field(default=NOWHERE, compare=False, repr=False)
