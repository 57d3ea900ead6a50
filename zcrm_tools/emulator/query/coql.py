"""COQL run: a parsed query, checked as Zoho would check it, as one SQL statement with bound values.

Shares the parser with the client and nothing else, so that each can convict the other.
https://www.zoho.com/crm/developer/docs/api/v8/Get-Records-through-COQL-Query.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from zcrm_tools.coql.diagnostics import CoqlError
from zcrm_tools.coql.nodes import Aggregate, Column, Limit, Query, Selected, Star
from zcrm_tools.coql.parser import parse
from zcrm_tools.emulator.query.columns import Found, Tables, invalid, limit_exceeded, show
from zcrm_tools.emulator.query.filters import Reader
from zcrm_tools.emulator.query.where import MAX_SUBQUERY_ROWS, Conditions
from zcrm_tools.emulator.render import Context, Row, Shown, read, zoned
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.schema import FieldDef, ModuleDef
from zcrm_tools.emulator.views import find as find_view
from zcrm_tools.emulator.views import view_sql

MAX_COLUMNS: Final = 50
MAX_ORDER: Final = 10
MAX_GROUP: Final = 4
MAX_AGGREGATES: Final = 5
DEFAULT_ROWS: Final = 200
FUNCTIONS: Final = ("SUM", "MIN", "MAX", "AVG", "COUNT")


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of one page, whether more follow, and the field behind each key that is one."""

    rows: list[Json]
    more: bool
    fields: dict[str, tuple[ModuleDef, FieldDef]]


def parsed(text: str) -> Query:
    """The tree of a query; a fault of syntax in the shape Zoho gives it."""
    try:
        return parse(text)
    except CoqlError as error:
        found = error.diagnostic
        message = found.zoho_message or "error occured while parsing the query"
        raise Refusal("SYNTAX_ERROR", message, found.details) from None


def run(ctx: Context, query: Query) -> Answer:
    """Answer a query. The order of the checks is ours: clauses, module, columns, conditions, limits."""
    prepared = _prepare(ctx, query, prefix="")
    count, offset = _limit(ctx, query.limit)
    tail = f"{prepared.tail} LIMIT {count + 1} OFFSET {offset}"
    rows = read(ctx.store, prepared.shown, tail, prepared.values)
    return Answer(rows[:count], len(rows) > count, prepared.fields)


@dataclass(frozen=True, slots=True)
class _Prepared:
    shown: list[Shown]
    tail: str
    values: list[object]
    fields: dict[str, tuple[ModuleDef, FieldDef]]
    keys: list[str]
    first: str


def _prepare(ctx: Context, query: Query, prefix: str) -> _Prepared:
    if query.where is None:
        raise Refusal("SYNTAX_ERROR", "missing clause", {"clause": "where"})
    module = _module(ctx, query)
    _check_select(query)
    tables = Tables(ctx, module, prefix)
    aggregated = any(isinstance(selected.expression, Aggregate) for selected in query.select)
    columns = [_column(tables, selected) for selected in query.select]
    groups = _groups(tables, query, aggregated=aggregated)
    orders = _orders(tables, query, columns, grouped=aggregated or bool(groups))
    conditions = Conditions(tables, lambda inner: _values(ctx, inner, f"{prefix}s"))
    where = conditions.compile(query.where)
    if query.cvid:
        view, bound = _view(ctx, module, query.cvid, tables.base)
        where = f"({where}) AND {view}"
        conditions.values += bound
    tables.check_joins()
    grouped = aggregated or bool(groups)
    shown_columns = [column.shown for column in columns]
    if not grouped and "id" not in (column.shown.key for column in columns):
        identity = tables.resolve(_ID, "select")
        shown_columns.append(show(ctx, identity, "id"))
    tail = f"{tables.source()} WHERE {where}"
    if groups:
        tail += f" GROUP BY {', '.join(found.sql for found in groups)}"
    if orders:
        tail += f" ORDER BY {', '.join(orders)}"
    elif not grouped:
        tail += f" ORDER BY {tables.base}.id"
    fields = {c.shown.key: (c.found.module, c.found.field) for c in columns if c.found is not None}
    keys = [selected.key for selected in query.select]
    return _Prepared(shown_columns, tail, conditions.values, fields, keys, columns[0].sql)


_ID = Column("id")


def _values(ctx: Context, query: Query, prefix: str) -> tuple[list[str], list[object]]:
    """Run a sub-query: its keys, and the raw values of its first column, one more than allowed."""
    prepared = _prepare(ctx, query, prefix)
    count, offset = _limit(ctx, query.limit)
    rows = min(count, MAX_SUBQUERY_ROWS + 1)
    sql = f"SELECT {prepared.first} {prepared.tail} LIMIT {rows} OFFSET {offset}"
    return prepared.keys, [row[0] for row in ctx.store.fetch(sql, prepared.values)]


def _module(ctx: Context, query: Query) -> ModuleDef:
    module = ctx.store.modules.get(query.module)
    if module is None or module.generated_type == "system":
        raise Refusal("INVALID_MODULE", "the given module is not supported in api")
    return module


def _view(ctx: Context, module: ModuleDef, cvid: str, table: str) -> tuple[str, list[object]]:
    """`FROM Leads#1234`: the condition of the custom view."""
    view = find_view(ctx.store, module, cvid)
    if view is None:
        raise invalid(cvid=cvid)
    reader = Reader(ctx.user_id, ctx.zone, ctx.store.clock.now())
    return view_sql(reader, module, view, table=table)


def _limit(ctx: Context, limit: Limit | None) -> tuple[int, int]:
    """Rows and offset, within what the version allows."""
    if limit is None:
        return DEFAULT_ROWS, 0
    count, offset = limit.count, limit.offset
    if isinstance(count, str):
        raise invalid("limit given seems to be invalid", limit=count)
    if isinstance(offset, str):
        raise invalid("offset given seems to be invalid", offset=offset)
    if count < 1:
        raise Refusal("INVALID_DATA", "limit should be greater than 0")
    most = 2_000 if ctx.version >= (4, 0) else 200
    if count > most:
        raise limit_exceeded(most, "rows in LIMIT")
    reach = 100_000 if ctx.version >= (7, 0) else 10_000 if ctx.version >= (3, 0) else 200
    if offset + count > reach:
        raise limit_exceeded(reach, "rows by OFFSET")
    return count, offset


# ---- the select list


def _check_select(query: Query) -> None:
    """Counts, repetitions and aliases: what can be judged without knowing the columns."""
    plain: Counter[str] = Counter()
    aggregates: Counter[tuple[str, str]] = Counter()
    aliases: dict[str, str] = {}
    for selected in query.select:
        expression = selected.expression
        if isinstance(expression, Star):
            raise Refusal("SYNTAX_ERROR", "unexpected token", {"near": "*"})
        if isinstance(expression, Aggregate):
            _count_aggregate(aggregates, expression)
        else:
            plain[expression.text] += 1
            if plain[expression.text] > 1:
                details = {"column_name": expression.text}
                raise Refusal("DUPLICATE_DATA", "duplicate select column", details)
        _check_alias(selected, expression.text, aliases, grouped=bool(query.group_by))
    for selected in query.select:
        if selected.alias is None and selected.key in aliases:
            message = "column given cannot be an alias name for other select columns"
            raise invalid(message, column_name=selected.key, alias=selected.key)
    if len(query.select) > MAX_COLUMNS:
        raise limit_exceeded(MAX_COLUMNS, "select columns")
    if sum(aggregates.values()) > MAX_AGGREGATES:
        raise limit_exceeded(MAX_AGGREGATES, "aggregate functions")


def _count_aggregate(aggregates: Counter[tuple[str, str]], expression: Aggregate) -> None:
    function = expression.function.upper()
    if function not in FUNCTIONS:
        details = {"reason": "unsupported aggregate function", "column": expression.text}
        raise Refusal("INVALID_DATA", "invalid data", details)
    if isinstance(expression.argument, Star):
        raise Refusal("SYNTAX_ERROR", "unexpected token", {"near": "*"})
    name = expression.argument.text
    aggregates[function, name] += 1
    if aggregates[function, name] > 1:
        details = {"column_name": name, "aggregate": function}
        raise Refusal("DUPLICATE_DATA", "duplicate aggregate function", details)


def _check_alias(selected: Selected, text: str, aliases: dict[str, str], *, grouped: bool) -> None:
    alias = selected.alias
    if alias is None:
        return
    if not alias:
        details = {"column_name": text, "alias": ""}
        raise Refusal("INVALID_ALIAS", "alias name cannot be an empty string", details)
    if alias in aliases:
        referred = [aliases[alias], text]
        raise Refusal(
            "DUPLICATE_ALIAS",
            "same alias cannot refer more than one column",
            {"referred_columns": referred, "alias": alias},
        )
    if text == "id" and not grouped:
        raise invalid(column_name="id", alias=alias)
    aliases[alias] = text


@dataclass(frozen=True, slots=True)
class _Selected:
    shown: Shown
    sql: str
    alias: str | None
    found: Found | None


def _column(tables: Tables, selected: Selected) -> _Selected:
    expression = selected.expression
    if isinstance(expression, Aggregate):
        return _aggregate(tables, selected, expression)
    assert isinstance(expression, Column)  # noqa: S101 - stars were refused
    found = tables.resolve(expression, "select")
    return _Selected(show(tables.ctx, found, selected.key), found.sql, selected.alias, found)


def _aggregate(tables: Tables, selected: Selected, expression: Aggregate) -> _Selected:
    assert isinstance(expression.argument, Column)  # noqa: S101 - stars were refused
    found = tables.resolve(expression.argument, "select")
    function = expression.function.upper()
    kind = found.field.kind
    fits = {
        "SUM": kind in ("integer", "number"),
        "AVG": kind in ("integer", "number"),
        "MIN": kind in ("integer", "number", "date", "datetime"),
        "MAX": kind in ("integer", "number", "date", "datetime"),
        "COUNT": not _shapeless(found),
    }
    if not fits[function]:
        raise invalid("data type not supported", column_name=found.column.text, aggregate=function)
    sql = f"{function}({found.sql})"
    zone = tables.ctx.zone
    field = found.field

    def show_result(row: Row, at: int) -> Any:
        value = row[at]
        if value is None or function == "COUNT":
            return value
        if kind == "datetime":
            return zoned(value, zone)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return str(value) if field.json_type == "string" and kind == "integer" else value

    return _Selected(Shown(selected.key, (sql,), show_result), sql, selected.alias, None)


# ---- grouping and ordering


def _shapeless(found: Found) -> bool:
    """Whether values have no order and no equality to go by: JSON, long text, and rows of another module."""
    return found.field.kind == "json" or not found.field.stored or found.field.data_type == "textarea"


def _groups(tables: Tables, query: Query, *, aggregated: bool) -> list[Found]:
    """The grouped columns. Every plain column must be among them as soon as there is a group or an aggregate."""
    _no_repeats((column.text for column in query.group_by), "duplicate group by column")
    if len(query.group_by) > MAX_GROUP:
        raise limit_exceeded(MAX_GROUP, "group by columns")
    groups = [tables.resolve(column, "group by") for column in query.group_by]
    for found in groups:
        if _shapeless(found):
            raise invalid("data type not supported", column_name=found.column.text, clause="group by")
    if groups or aggregated:
        named = {found.column.text for found in groups}
        for selected in query.select:
            if isinstance(selected.expression, Column) and selected.expression.text not in named:
                raise invalid(column_name=selected.expression.text)
    return groups


def _orders(tables: Tables, query: Query, columns: list[_Selected], *, grouped: bool) -> list[str]:
    _no_repeats((order.column.text for order in query.order_by), "duplicate order by column")
    if len(query.order_by) > MAX_ORDER:
        raise limit_exceeded(MAX_ORDER, "order by columns")
    by_alias = {column.alias: column.sql for column in columns if column.alias is not None}
    named = {column.text for column in query.group_by}
    orders = []
    for order in query.order_by:
        sql = by_alias.get(order.column.text)
        if sql is None:
            found = tables.resolve(order.column, "order by")
            if _shapeless(found):
                raise invalid("data type not supported", column_name=order.column.text, clause="order by")
            if grouped and order.column.text not in named:
                raise invalid(column_name=order.column.text, clause="order by")
            sql = found.sql
        orders.append(f"{sql} DESC" if order.descending else sql)
    return orders


def _no_repeats(names: Iterable[str], message: str) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise Refusal("DUPLICATE_DATA", message, {"column_name": name})
