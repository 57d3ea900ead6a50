"""Queries from values, for those who dislike strings. The tree is made of nodes and printed, so no value can ever become
syntax, and criteria are bracketed in pairs as Zoho demands.

    deals = (
        select("Deal_Name", "Account_Name.Account_Name")
        .from_("Deals")
        .where(field("Amount") >= 5000, (field("Stage") == "Closed Won") | field("Owner").is_null())
        .order_by("-Closing_Date")
        .limit(50)
    )
    str(deals)
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any

from zcrm_tools.coql.format import format as printed
from zcrm_tools.coql.frozen import Frozen
from zcrm_tools.coql.nodes import (
    Aggregate,
    Between,
    Column,
    Comparison,
    Condition,
    Group,
    In,
    IsNull,
    Limit,
    Logical,
    Number,
    Order,
    Query,
    Selected,
    Subquery,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import TypeAlias

    from zcrm_tools.coql.nodes import Operator, Value

    Written: TypeAlias = "str | bool | int | float | Decimal | date | datetime | Select"


def column(path: str) -> Column:
    """A column by its path: `Account_Name.Industry`, `What_Id->Leads.Email`."""
    return Column(path)


def value(given: Written) -> Value:
    """A value as COQL writes it. ValueError for a time without an offset and for numbers that are none."""
    if isinstance(given, Select):
        return Subquery(given.query)
    if isinstance(given, bool):
        return Text(str(given).lower())
    if isinstance(given, datetime):
        if given.tzinfo is None:
            raise ValueError(f"{given} has no time zone: COQL compares moments with an offset")
        return Text(given.isoformat(timespec="seconds"))
    if isinstance(given, date):
        return Text(given.isoformat())
    if isinstance(given, int | float | Decimal):
        number = Decimal(str(given))
        if not number.is_finite():
            raise ValueError(f"{given} is not a number that can be compared with")
        return Number(f"{number:f}")
    return Text(given)


class Where(Frozen):
    """A condition that `&` and `|` join."""

    __slots__ = ()
    condition: Condition

    def __and__(self, other: Where) -> Where:
        return every(self, other)

    def __or__(self, other: Where) -> Where:
        return some(self, other)


class Field:
    """A column to compare: `field("Amount") > 5`, `field("Email").is_null()`."""

    __slots__ = ("column",)
    __hash__ = None  # type: ignore[assignment]  # comparing one gives a condition

    def __init__(self, path: str) -> None:
        self.column = column(path)

    def __eq__(self, other: Written | None) -> Where:  # type: ignore[override]
        return self.is_null() if other is None else self._compared("=", other)

    def __ne__(self, other: Written | None) -> Where:  # type: ignore[override]
        return self.is_not_null() if other is None else self._compared("!=", other)

    def __gt__(self, other: Written) -> Where:
        return self._compared(">", other)

    def __ge__(self, other: Written) -> Where:
        return self._compared(">=", other)

    def __lt__(self, other: Written) -> Where:
        return self._compared("<", other)

    def __le__(self, other: Written) -> Where:
        return self._compared("<=", other)

    def contains(self, text: str) -> Where:
        """Zoho documents no escape for a `%` inside a pattern, so one in the text matches anything."""
        return self.like(f"%{text}%")

    def starts_with(self, text: str) -> Where:
        return self.like(f"{text}%")

    def like(self, pattern: str) -> Where:
        return self._compared("like", pattern)

    def one_of(self, given: Collection[Written] | Select) -> Where:
        return Where(In(self.column, self._listed(given)))

    def none_of(self, given: Collection[Written] | Select) -> Where:
        return Where(In(self.column, self._listed(given), negated=True))

    def between(self, low: Written, high: Written) -> Where:
        return Where(Between(self.column, value(low), value(high)))

    def is_null(self) -> Where:
        return Where(IsNull(self.column))

    def is_not_null(self) -> Where:
        return Where(IsNull(self.column, negated=True))

    def _compared(self, operator: Operator, other: Written) -> Where:
        return Where(Comparison(self.column, operator, value(other)))

    @staticmethod
    def _listed(given: Collection[Written] | Select) -> tuple[Value, ...] | Subquery:
        if isinstance(given, Select):
            return Subquery(given.query)
        if not given:
            raise ValueError("IN needs at least one value")
        return tuple(map(value, given))


field = Field


def every(*conditions: Where) -> Where:
    """All of them, bracketed in pairs."""
    return _joined("and", conditions)


def some(*conditions: Where) -> Where:
    """Any of them, bracketed in pairs."""
    return _joined("or", conditions)


def _joined(operator: str, conditions: Iterable[Where]) -> Where:
    def pair(left: Condition, right: Condition) -> Condition:
        return Logical(operator, _bracket(left), _bracket(right))  # type: ignore[arg-type]

    return Where(reduce(pair, (each.condition for each in conditions)))


def _bracket(condition: Condition) -> Condition:
    return Group(condition) if isinstance(condition, Logical) else condition


class Computed(Frozen):
    """An aggregate to select: `SUM("Amount").as_("Total")`."""

    __slots__ = ()
    aggregate: Aggregate
    alias: str | None = None

    def as_(self, alias: str) -> Computed:
        return Computed(self.aggregate, alias)


def _function(name: str) -> Any:
    def of(path: str = "id") -> Computed:
        return Computed(Aggregate(name, column(path)))

    return of


COUNT, SUM, MIN, MAX, AVG = map(_function, ("COUNT", "SUM", "MIN", "MAX", "AVG"))


class Select(Frozen):
    """A query that grows; each step gives a new one. `str` is its text, `query` its tree."""

    __slots__ = ()
    query: Query

    def __str__(self) -> str:
        return printed(self.query)

    def from_(self, module: str, *, view: str = "") -> Select:
        return self._with(module=module, cvid=view)

    def where(self, *conditions: Where) -> Select:
        """All of the conditions, and all of those named before."""
        before = (
            () if self.query.where is None or self.query.where == _EVERYTHING else (Where(self.query.where),)
        )
        return self._with(where=every(*before, *conditions).condition)

    def group_by(self, *paths: str) -> Select:
        return self._with(group_by=tuple(map(column, paths)))

    def order_by(self, *paths: str) -> Select:
        """`-Amount` descends."""
        orders = (Order(column(path.removeprefix("-")), path.startswith("-")) for path in paths)
        return self._with(order_by=tuple(orders))

    def limit(self, rows: int, offset: int = 0) -> Select:
        return self._with(limit=Limit(rows, offset))

    def _with(self, **changes: object) -> Select:
        return Select(self.query.replaced(**changes))


_EVERYTHING = IsNull(column("id"), negated=True)


def select(*columns: str | Computed) -> Select:
    """Begin a query. Without a condition it takes every record, which Zoho wants said."""
    chosen = tuple(
        Selected(each.aggregate, each.alias) if isinstance(each, Computed) else Selected(column(each))
        for each in columns
    )
    return Select(Query(chosen, "", where=_EVERYTHING))
