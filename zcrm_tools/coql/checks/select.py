"""One select of a query, looked up once so that every rule may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from zcrm_tools.coql.checks.resolve import UNKNOWN, Found, resolve
from zcrm_tools.coql.nodes import Aggregate, Column
from zcrm_tools.coql.schema import base_module
from zcrm_tools.coql.walk import criteria

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zcrm_tools.coql.nodes import Query, Selected
    from zcrm_tools.coql.schema import FieldView, Schema
    from zcrm_tools.coql.walk import Criterion

Clause = Literal["select", "where", "group by", "order by"]


class Use(NamedTuple):
    """A column, the clause it stands in, and what it was found to be."""

    column: Column
    clause: Clause
    found: Found


class Select:
    """A query or sub-query against a schema. `uses` holds its columns in source order, without its sub-queries'."""

    __slots__ = ("aliases", "criteria", "module", "outer", "query", "schema", "uses")

    def __init__(self, query: Query, schema: Schema, *, outer: bool) -> None:
        self.query = query
        self.schema = schema
        self.outer = outer
        self.module = base_module(schema, query.module)
        self.aliases: dict[str, Selected] = {}
        for selected in query.select:
            if selected.alias is not None:
                self.aliases.setdefault(selected.alias, selected)
        self.criteria: list[tuple[Criterion, FieldView | None]] = []
        self.uses = list(self._uses())

    def _uses(self) -> Iterator[Use]:
        query = self.query
        for selected in query.select:
            expression = selected.expression
            inner = expression.argument if isinstance(expression, Aggregate) else expression
            if isinstance(inner, Column):
                yield Use(inner, "select", self.look_up(inner))
        for criterion in criteria(query.where):
            found = self.look_up(criterion.column)
            self.criteria.append((criterion, found.field))
            yield Use(criterion.column, "where", found)
        for column in query.group_by:
            yield Use(column, "group by", self.look_up(column))
        for order in query.order_by:
            column = order.column
            yield Use(column, "order by", UNKNOWN if column.text in self.aliases else self.look_up(column))

    def look_up(self, column: Column) -> Found:
        if column.module and column.module != self.query.module:
            return UNKNOWN
        return resolve(column, self.module, self.schema)
