"""The tree of a COQL query. Every node is immutable and knows the span of source text it came from.

A tree may be built by hand: places default to nowhere and are ignored when trees are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from zcrm_tools.coql.frozen import NOWHERE, Node, Span, new

__all__ = ["NOWHERE", "Node", "Span"]

if TYPE_CHECKING:
    from typing import Self


class Part(Node):
    """One step of a column path. `target` is set for `What_Id->Leads`: the module a multi-module lookup goes to."""

    __slots__ = ()
    name: str
    target: str = ""
    start: int = 0
    end: int = 0

    @property
    def text(self) -> str:
        return f"{self.name}->{self.target}" if self.target else self.name


class Column(Node):
    """`Last_Name`, `Account_Name.Parent_Account.Account_Name`, `'What_Id->Leads.Last_Name'`, `!Leads.Owner.role.id`.

    `text` is the column as Zoho echoes it in a row's keys, without the quotes; it follows from the rest.
    """

    __slots__ = ()
    parts: tuple[Part, ...]
    module: str = ""
    quote: Literal["", "'", '"'] = ""
    start: int = 0
    end: int = 0
    text: str = ""

    def __new__(
        cls,
        parts: tuple[Part, ...],
        module: str = "",
        quote: Literal["", "'", '"'] = "",
        start: int = 0,
        end: int = 0,
        text: str = "",
    ) -> Self:
        text = text or (f"!{module}." if module else "") + ".".join(part.text for part in parts)
        return new(cls, (parts, module, quote, start, end, text))


class Star(Node):
    """`*`, in `select *` and `count(*)`: parsed so that it can be refused with advice."""

    __slots__ = ()
    start: int = 0
    end: int = 0


class Aggregate(Node):
    """`SUM(Amount)`. `function` is kept as written: Zoho echoes it in the row's key."""

    __slots__ = ()
    function: str
    argument: Column | Star
    start: int = 0
    end: int = 0

    @property
    def text(self) -> str:
        return f"{self.function}({self.argument.text if isinstance(self.argument, Column) else '*'})"


class Selected(Node):
    """One entry of the select list. `alias` is None when there is none and may be empty when written so."""

    __slots__ = ()
    expression: Column | Aggregate | Star
    alias: str | None = None
    alias_span: Span = NOWHERE
    start: int = 0
    end: int = 0

    @property
    def key(self) -> str:
        """The key this column has in a result row."""
        if self.alias is not None:
            return self.alias
        return "*" if isinstance(self.expression, Star) else self.expression.text


class Text(Node):
    """A quoted value; `value` has its doubled quotes already undone."""

    __slots__ = ()
    value: str
    quote: Literal["'", '"'] = "'"
    start: int = 0
    end: int = 0


class Number(Node):
    """A number as written."""

    __slots__ = ()
    value: str
    start: int = 0
    end: int = 0


class Word(Node):
    """An unquoted value: Zoho takes one word (`Lead_Source = Advertisement`), `true`, `null`, `${EMPTY}`."""

    __slots__ = ()
    value: str
    start: int = 0
    end: int = 0


class Subquery(Node):
    __slots__ = ()
    query: Query
    start: int = 0
    end: int = 0


Value: TypeAlias = Text | Number | Word | Subquery

Operator = Literal["=", "!=", ">", ">=", "<", "<=", "like", "not like"]


class Comparison(Node):
    """`column op value`; `<>` is read as `!=`."""

    __slots__ = ()
    column: Column
    operator: Operator
    value: Value
    operator_span: Span = NOWHERE
    start: int = 0
    end: int = 0


class Between(Node):
    __slots__ = ()
    column: Column
    low: Value
    high: Value
    negated: bool = False
    start: int = 0
    end: int = 0

    @property
    def operator(self) -> str:
        return "not between" if self.negated else "between"


class In(Node):
    __slots__ = ()
    column: Column
    values: tuple[Value, ...] | Subquery
    negated: bool = False
    start: int = 0
    end: int = 0

    @property
    def operator(self) -> str:
        return "not in" if self.negated else "in"


class IsNull(Node):
    __slots__ = ()
    column: Column
    negated: bool = False
    start: int = 0
    end: int = 0

    @property
    def operator(self) -> str:
        return "is not null" if self.negated else "is null"


class Logical(Node):
    """Two conditions joined. `a and b and c` parses left-deep; without brackets Zoho refuses it."""

    __slots__ = ()
    operator: Literal["and", "or"]
    left: Condition
    right: Condition
    start: int = 0
    end: int = 0


class Group(Node):
    """Brackets, kept because Zoho's rule about them must be checked."""

    __slots__ = ()
    condition: Condition
    start: int = 0
    end: int = 0


Criterion: TypeAlias = Comparison | Between | In | IsNull
Condition: TypeAlias = Criterion | Logical | Group


class Order(Node):
    __slots__ = ()
    column: Column
    descending: bool = False
    start: int = 0
    end: int = 0


class Limit(Node):
    """`limit 10`, `limit 20, 10` (offset first) or `limit 10 offset 20`. Kept as text when it is not a number."""

    __slots__ = ()
    count: int | str  # type: ignore[assignment]  # a tuple's own count is of no use here
    offset: int | str = 0
    start: int = 0
    end: int = 0


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
    module_span: Span = NOWHERE
    source_span: Span = NOWHERE
    start: int = 0
    end: int = 0
