"""Criteria as custom views, the `filters` of lists and rules write them, turned into SQL.

`{"field": {"api_name": "Lead_Status"}, "comparator": "equal", "value": "New"}`, or several of these under
`{"group_operator": "AND", "group": [...]}`. Beside plain values a criterion may hold a token: `${EMPTY}`,
`${CURRENTUSER}`, and days relative to today in the caller's zone (`${TODAY}`, `${LASTWEEK}`, …).
https://www.zoho.com/crm/developer/docs/api/v8/get-records.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from zcrm_tools.emulator.query.literals import BadLiteral, like_pattern, literal
from zcrm_tools.emulator.schema import FieldDef, ModuleDef
from zcrm_tools.emulator.store import Store, epoch, quoted

MAX_GROUP: Final = 25
MAX_VALUES: Final = 100
_MAX_DEPTH: Final = 10

Compiled = tuple[str, list[object]]
"""A condition, and the values it binds."""

_LIKE = {
    "contains": "%{}%",
    "not_contains": "%{}%",
    "starts_with": "{}%",
    "ends_with": "%{}",
    "like": "%{}%",
    "not_like": "%{}%",
}
_COMPARE = {
    "less_than": "<",
    "less_equal": "<=",
    "greater_than": ">",
    "greater_equal": ">=",
}
_MEMBER = frozenset({"equal", "not_equal", "in", "not_in"})
_ORDERED = _MEMBER | _COMPARE.keys() | {"between", "not_between"}
_CHOICES = _MEMBER | _LIKE.keys() | {"include_all", "include_any", "exclude_all", "exclude_any"}


class BadFilter(Exception):
    """The criteria cannot be understood; `path` is where, as the rest of a JSONPath: `.group[1].value`."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and when: what the tokens stand for."""

    user_id: int
    zone: ZoneInfo
    now: datetime

    def days(self, token: str) -> tuple[date, date] | None:
        """The first day a token means, and the day after the last."""
        span = _SPANS.get(token)
        return None if span is None else span(self.now.astimezone(self.zone).date())

    def instant(self, day: date) -> int:
        return epoch(datetime.combine(day, time.min, self.zone).astimezone(UTC))


def compile_filter(
    module: ModuleDef, criteria: object, reader: Reader, *, table: str = "t", path: str = "", depth: int = 0
) -> Compiled:
    """The condition over a module's table under an alias. Raises BadFilter."""
    if not isinstance(criteria, dict) or depth > _MAX_DEPTH:
        raise BadFilter(path)
    if "group" in criteria or "group_operator" in criteria:
        joint = str(criteria.get("group_operator", "and")).upper()
        members = criteria.get("group")
        if joint not in ("AND", "OR"):
            raise BadFilter(f"{path}.group_operator")
        if not isinstance(members, list) or not 1 <= len(members) <= MAX_GROUP:
            raise BadFilter(f"{path}.group")
        parts = [
            compile_filter(module, one, reader, table=table, path=f"{path}.group[{at}]", depth=depth + 1)
            for at, one in enumerate(members)
        ]
        return f"({f' {joint} '.join(sql for sql, _ in parts)})", [v for _, vs in parts for v in vs]
    field = field_of(module, criteria, path)
    comparator = criteria.get("comparator")
    if not isinstance(comparator, str) or comparator not in comparators(field):
        raise BadFilter(f"{path}.comparator")
    if "value" not in criteria:
        raise BadFilter(f"{path}.value")
    try:
        return Criterion(f"{table}.{quoted(field.api_name)}", field, comparator, reader).sql(
            criteria["value"]
        )
    except BadLiteral:
        raise BadFilter(f"{path}.value") from None


def field_of(module: ModuleDef, criteria: dict[str, Any], path: str = "") -> FieldDef:
    """The field a criterion names: by API name or id, in `field` or, as older calls write it, in `api_name`."""
    named: Any = criteria.get("field", criteria.get("api_name"))
    if isinstance(named, dict):
        key, named = named.get("id"), named.get("api_name")
        if named is None and key is not None:
            named = next((f.api_name for f in module.fields.values() if str(f.id) == key), None)
    found = module.fields.get(named) if isinstance(named, str) else None
    if found is None:
        raise BadFilter(f"{path}.field")
    return found


def with_ids(module: ModuleDef, criteria: dict[str, Any]) -> dict[str, Any]:
    """Criteria that compile, each field with its id, as Zoho shows them."""
    if "group" in criteria:
        return {**criteria, "group": [with_ids(module, one) for one in criteria["group"]]}
    field = field_of(module, criteria)
    return {**criteria, "field": {"api_name": field.api_name, "id": str(field.id)}}


def comparators(field: FieldDef) -> frozenset[str]:
    """What a field of its type takes; empty when it cannot be filtered by."""
    match field.kind:
        case "integer" | "number" | "date" | "datetime":
            return frozenset(_ORDERED)
        case "boolean":
            return frozenset({"equal", "not_equal"})
        case "lookup" | "user" | "any_lookup":
            return frozenset() if field.data_type == "layout" else _MEMBER
        case "text":
            return frozenset(_MEMBER | _LIKE.keys())
        case "choices":
            return frozenset(_CHOICES)
    return frozenset()


@dataclass(frozen=True, slots=True)
class Criterion:
    """One comparison of a column with values. `column` is SQL; raises BadLiteral for a value that cannot be."""

    column: str
    field: FieldDef
    comparator: str
    reader: Reader

    def sql(self, value: object) -> Compiled:
        """A negation holds for empty fields too, as in Zoho's lists."""
        name = self.comparator
        if name.startswith(("include", "exclude")):
            return self.choices(_listed(value))
        if name in ("between", "not_between"):
            return self.between(_listed(value))
        if name in _LIKE:
            return self.like(_listed(value))
        if name in _COMPARE:
            return self.compare(value)
        return self.member(_listed(value), negated=name.startswith("not"))

    def member(self, values: list[object], *, negated: bool) -> Compiled:
        parts: list[str] = []
        bound: list[object] = []
        for value in values:
            sql, more = self.equal(value)
            parts.append(sql)
            bound += more
        joined = f"({' OR '.join(parts)})"
        return (f"coalesce(NOT {joined}, 1)" if negated else joined), bound

    def equal(self, value: object) -> Compiled:
        if value in ("${EMPTY}", None):
            empty = f"{self.column} IS NULL"
            return (
                f"({empty} OR {self.column} = '')" if self.field.kind in ("text", "choices") else empty
            ), []
        span = self.span(value)
        if span is not None:
            return f"({self.column} >= ? AND {self.column} < ?)", list(span)
        return f"{self.column} = ?", [self.one(value)]

    def compare(self, value: object) -> Compiled:
        """Before and after a span of days mean before its first and after its last."""
        operator = _COMPARE[self.comparator]
        span = self.span(value)
        if span is None:
            return f"{self.column} {operator} ?", [self.one(value)]
        if operator in ("<", ">="):
            return f"{self.column} {operator} ?", [span[0]]
        return f"{self.column} {'<' if operator == '<=' else '>='} ?", [span[1]]

    def between(self, values: list[object]) -> Compiled:
        if len(values) != 2:
            raise BadLiteral(str(values))
        low, high = (self.span(value) for value in values)
        first = self.one(values[0]) if low is None else low[0]
        inside = f"({self.column} >= ? AND {self.column} {'<=' if high is None else '<'} ?)"
        last = self.one(values[1]) if high is None else high[1]
        return (f"coalesce(NOT {inside}, 1)" if self.comparator == "not_between" else inside), [first, last]

    def like(self, values: list[object]) -> Compiled:
        patterns: list[object] = []
        for value in values:
            if not isinstance(value, str) or not value:
                raise BadLiteral(str(value))
            patterns.append(_LIKE[self.comparator].format(like_pattern(value.strip("%"))))
        one = f"{self.column} LIKE ? ESCAPE '\\'"
        joined = f"({' OR '.join([one] * len(patterns))})"
        return (f"coalesce(NOT {joined}, 1)" if self.comparator.startswith("not") else joined), patterns

    def choices(self, values: list[object]) -> Compiled:
        """Whole values within the stored `a;b`."""
        kind, _, how = self.comparator.partition("_")
        bound: list[object] = [f"%;{like_pattern(str(value))};%" for value in values]
        one = f"(';' || {self.column} || ';') LIKE ? ESCAPE '\\'"
        joined = f"({(' AND ' if how == 'all' else ' OR ').join([one] * len(bound))})"
        return (f"coalesce(NOT {joined}, 1)" if kind == "exclude" else joined), bound

    def span(self, value: object) -> tuple[object, object] | None:
        days = self.reader.days(value) if isinstance(value, str) else None
        if days is None:
            return None
        if self.field.kind == "datetime":
            return self.reader.instant(days[0]), self.reader.instant(days[1])
        if self.field.kind == "date":
            return days[0].isoformat(), days[1].isoformat()
        raise BadLiteral(str(value))

    def one(self, value: object) -> object:
        if isinstance(value, dict):  # a lookup or a user as records show it
            value = value.get("id")
        if value == "${CURRENTUSER}" and self.field.kind == "user":
            return self.reader.user_id
        if isinstance(value, bool):
            value = str(value).lower()
        if value is None or isinstance(value, (list, dict)):
            raise BadLiteral(str(value))
        if isinstance(value, str) and value.startswith("${"):
            raise BadLiteral(value)
        return literal(self.field, str(value))


def _listed(value: object) -> list[object]:
    values = value if isinstance(value, list) else [value]
    if not 1 <= len(values) <= MAX_VALUES:
        raise BadLiteral(str(values))
    return values


# ---- the days that a token means; weeks begin on Sunday

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


def _week(day: date, shift: int) -> tuple[date, date]:
    first = day - timedelta(days=day.isoweekday() % 7) + shift * _WEEK
    return first, first + _WEEK


def _month(day: date, shift: int) -> tuple[date, date]:
    months = day.year * 12 + day.month - 1 + shift
    return _first(months), _first(months + 1)


def _first(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)


def _days_ago(count: int) -> Callable[[date], tuple[date, date]]:
    return lambda day: (day - count * _DAY, day + _DAY)


_SPANS: Final[dict[str, Callable[[date], tuple[date, date]]]] = {
    "${TODAY}": lambda day: (day, day + _DAY),
    "${YESTERDAY}": lambda day: (day - _DAY, day),
    "${TOMORROW}": lambda day: (day + _DAY, day + 2 * _DAY),
    "${THISWEEK}": lambda day: _week(day, 0),
    "${LASTWEEK}": lambda day: _week(day, -1),
    "${NEXTWEEK}": lambda day: _week(day, 1),
    "${THISMONTH}": lambda day: _month(day, 0),
    "${LASTMONTH}": lambda day: _month(day, -1),
    "${NEXTMONTH}": lambda day: _month(day, 1),
    "${LAST7DAYS}": _days_ago(7),
    "${LAST30DAYS}": _days_ago(30),
}


def matches(store: Store, module: ModuleDef, record_id: int, criteria: object, reader: Reader) -> bool:
    """Whether one stored record meets criteria. Raises BadFilter."""
    sql, values = compile_filter(module, criteria, reader)
    found = f"SELECT 1 FROM {quoted(module.api_name)} t WHERE t.id = ? AND {sql}"  # noqa: S608 - schema names
    return bool(store.fetch(found, (record_id, *values)))
