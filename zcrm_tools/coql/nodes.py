"""The tree of a COQL query. Every node is immutable and knows the span of source text it came from.

A tree may be built by hand: places default to nowhere and are ignored when trees are compared.
"""

from __future__ import annotations

from zcrm_tools.coql.frozen import NOWHERE, TYPE_CHECKING, Frozen, Span, new

if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from zcrm_tools.coql.lexer import Tokens

    Operator = Literal["=", "!=", ">", ">=", "<", "<=", "like", "not like"]

__all__ = ["NOWHERE", "Node", "Span"]


class Node(Frozen):
    """A part of the tree. Its last fields say which tokens it was read from: `first` to `last` of `tokens`, which is None
    in a tree built by hand. Offsets follow from them when somebody asks.
    """

    __slots__ = ()

    @property
    def start(self) -> int:
        return self.span.start

    @property
    def end(self) -> int:
        return self.span.end

    @property
    def span(self) -> Span:
        return self.place(self.first, self.last)  # type: ignore[attr-defined]

    def place(self, first: int, last: int) -> Span:
        tokens: Tokens | None = self.tokens  # type: ignore[attr-defined]
        return NOWHERE if tokens is None else tokens.span(first, last)


class Part(Frozen):
    """One step of a column path. `target` is set for `What_Id->Leads`: the module a multi-module lookup goes to."""

    __slots__ = ()
    name: str
    target: str = ""
    start: int = 0
    end: int = 0

    @property
    def span(self) -> Span:
        return new(Span, (self.start, self.end))

    @property
    def text(self) -> str:
        return f"{self.name}->{self.target}" if self.target else self.name


class Column(Node):
    """`Last_Name`, `Account_Name.Parent_Account.Account_Name`, `'What_Id->Leads.Last_Name'`, `!Leads.Owner.role.id`.

    `text` is the column as Zoho echoes it in a row's keys, without the quotes. What it is made of is worked out when
    asked for: of most columns it never is.
    """

    __slots__ = ()
    text: str
    quote: Literal["", "'", '"'] = ""
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0

    @property
    def module(self) -> str:
        """`Leads` of `!Leads.Owner`; "" without one."""
        return self.text[1:].partition(".")[0] if self.text[:1] == "!" else ""

    @property
    def parts(self) -> tuple[Part, ...]:
        """The steps, each with its own span; a doubled quote, which shifts what follows, gives them the column's."""
        path, (start, end) = self.text, self.span
        at = start + len(self.quote)
        if path[:1] == "!":
            module, _, path = path.partition(".")
            at += len(module) + 1
        told = self.tokens is not None and (not self.quote or self.quote not in self.text)
        parts = []
        for step in path.split("."):
            name, _, target = step.partition("->")
            place = (at, at + len(step)) if told else (start, end)
            parts.append(new(Part, (name, target, *place)))
            at += len(step) + 1
        return tuple(parts)


class Star(Node):
    """`*`, in `select *` and `count(*)`: parsed so that it can be refused with advice."""

    __slots__ = ()
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0

    @property
    def text(self) -> str:
        return "*"


class Aggregate(Node):
    """`SUM(Amount)`. `function` is kept as written: Zoho echoes it in the row's key."""

    __slots__ = ()
    function: str
    argument: Column | Star
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0

    @property
    def text(self) -> str:
        return f"{self.function}({self.argument.text})"


class Selected(Node):
    """One entry of the select list. `alias` is None when there is none and may be empty when written so."""

    __slots__ = ()
    expression: Column | Aggregate | Star
    alias: str | None = None
    alias_at: int = 0
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0

    @property
    def alias_span(self) -> Span:
        return self.place(self.alias_at, self.alias_at) if self.alias_at else NOWHERE

    @property
    def key(self) -> str:
        """The key this column has in a result row."""
        return self.expression.text if self.alias is None else self.alias


class Text(Node):
    """A quoted value; `value` has its doubled quotes already undone."""

    __slots__ = ()
    value: str
    quote: Literal["'", '"'] = "'"
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0


class Number(Node):
    """A number as written."""

    __slots__ = ()
    value: str
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0


class Word(Node):
    """An unquoted value: Zoho takes one word (`Lead_Source = Advertisement`), `true`, `null`, `${EMPTY}`."""

    __slots__ = ()
    value: str
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0


class Subquery(Node):
    __slots__ = ()
    query: Query
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0


Value: TypeAlias = Text | Number | Word | Subquery


class Comparison(Node):
    """`column op value`; `<>` is read as `!=`."""

    __slots__ = ()
    column: Column
    operator: Operator
    value: Value
    operator_at: int = 0
    operator_last: int = 0
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0

    @property
    def operator_span(self) -> Span:
        return self.place(self.operator_at, self.operator_last)


class Between(Node):
    __slots__ = ()
    column: Column
    low: Value
    high: Value
    negated: bool = False
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0

    @property
    def operator(self) -> str:
        return "not between" if self.negated else "between"


class In(Node):
    __slots__ = ()
    column: Column
    values: tuple[Value, ...] | Subquery
    negated: bool = False
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0

    @property
    def operator(self) -> str:
        return "not in" if self.negated else "in"


class IsNull(Node):
    __slots__ = ()
    column: Column
    negated: bool = False
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0

    @property
    def operator(self) -> str:
        return "is not null" if self.negated else "is null"


class Logical(Node):
    """Two conditions joined. `a and b and c` parses left-deep; without brackets Zoho refuses it."""

    __slots__ = ()
    operator: Literal["and", "or"]
    left: Condition
    right: Condition
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0


class Group(Node):
    """Brackets, kept because Zoho's rule about them must be checked."""

    __slots__ = ()
    condition: Condition
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0


Criterion: TypeAlias = Comparison | Between | In | IsNull
Condition: TypeAlias = Criterion | Logical | Group


class Order(Node):
    __slots__ = ()
    column: Column
    descending: bool = False
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0


class Limit(Node):
    """`limit 10`, `limit 20, 10` (offset first) or `limit 10 offset 20`. Kept as text when it is not a number."""

    __slots__ = ()
    count: int | str  # type: ignore[assignment]  # a tuple's own count is of no use here
    offset: int | str = 0
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0


class Query(Node):
    """`cvid` is the custom view in `from Leads#123`. `where` is None when absent, which Zoho refuses.

    `module_span` is the module's name alone, `source_span` the name with its view.
    """

    __slots__ = ()
    select: tuple[Selected, ...]
    module: str
    cvid: str = ""
    where: Condition | None = None
    group_by: tuple[Column, ...] = ()
    order_by: tuple[Order, ...] = ()
    limit: Limit | None = None
    module_at: int = 0
    source_last: int = 0
    tokens: Tokens | None = None
    first: int = 0
    last: int = 0

    @property
    def module_span(self) -> Span:
        return self.place(self.module_at, self.module_at)

    @property
    def source_span(self) -> Span:
        return self.place(self.module_at, self.source_last)
