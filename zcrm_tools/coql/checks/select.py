"""One select of a query, looked up once in one walk so that every rule may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from zcrm_tools.coql.checks.resolve import UNKNOWN, Found, resolve
from zcrm_tools.coql.frozen import Frozen, new
from zcrm_tools.coql.kinds import ODD
from zcrm_tools.coql.nodes import Between, Column, Comparison, Group, In, Logical, Star, Subquery
from zcrm_tools.coql.schema import base_module

if TYPE_CHECKING:
    from zcrm_tools.coql.diagnostics import Diagnostic
    from zcrm_tools.coql.nodes import Aggregate, Condition, Criterion, Number, Query, Selected, Text, Word
    from zcrm_tools.coql.schema import FieldView, ModuleView, Schema

Clause = Literal["select", "where", "group by", "order by"]


class Use(Frozen):
    """A column, the clause it stands in, and what it was found to be: see `Found`."""

    __slots__ = ()
    column: Column
    clause: Clause
    field: FieldView | None = None
    module: ModuleView | None = None
    fault: Diagnostic | None = None


class Compared(Frozen):
    """A criterion, the field it is about when that is known, and the values written in it, without sub-queries.

    `takes`: the field's type takes the operator, or nothing is known about it.
    """

    __slots__ = ()
    criterion: Criterion
    field: FieldView | None
    literals: tuple[Text | Number | Word, ...]
    operator: str
    takes: bool


class Select:
    """A query or sub-query against a schema. `uses` holds its columns in source order, without its sub-queries'."""

    __slots__ = (
        "aggregates",
        "aliases",
        "compared",
        "doubtful",
        "inner",
        "joined",
        "joins",
        "module",
        "outer",
        "query",
        "schema",
        "stars",
        "unpaired",
        "uses",
    )

    def __init__(self, query: Query, schema: Schema, *, outer: bool) -> None:
        self.query = query
        self.schema = schema
        self.outer = outer
        self.module = base_module(schema, query.module)
        self.uses: list[Use] = []
        self.doubtful: list[Use] = []
        self.joined: list[Use] = []
        self.joins = 0
        self.aliases: dict[str, Selected] = {}
        self.aggregates: list[Aggregate] = []
        self.compared: list[Compared] = []
        self.stars: list[Selected] = []
        self.inner: list[Query] = []
        self.unpaired = False
        self._columns()
        if query.where is not None:
            self._conditions(query.where)
        for column in query.group_by:
            self._use(column, "group by")
        for order in query.order_by:
            if order.column.text in self.aliases:
                self.uses.append(Use(order.column, "order by"))
            else:
                self._use(order.column, "order by")

    def _columns(self) -> None:
        for selected in self.query.select:
            expression = selected.expression
            if isinstance(expression, Column):
                self._use(expression, "select")
            elif isinstance(expression, Star):
                self.stars.append(selected)
            else:
                self.aggregates.append(expression)
                if isinstance(expression.argument, Column):
                    self._use(expression.argument, "select")
            if selected.alias is not None:
                self.aliases.setdefault(selected.alias, selected)

    def _use(self, column: Column, clause: Clause) -> FieldView | None:
        parts, module = column.parts, self.module
        if len(parts) == 1 and module is not None and not column.module:
            field = module.field(parts[0].name)
            if field is not None and field.kind not in ODD and not parts[0].target:
                self.uses.append(new(Use, (column, clause, field, module, None)))
                return field
        use = new(Use, (column, clause, *self.look_up(column)))
        self.uses.append(use)
        if len(parts) > 1:
            self.joined.append(use)
            self.joins += len(parts) - 1
        if use.field is None or use.field.kind in ODD or "->" in column.text:
            self.doubtful.append(use)
        return use.field

    def _conditions(self, where: Condition) -> None:
        """Every criterion in source order; chains are long, so this does not recurse."""
        pending: list[Condition] = [where]
        while pending:
            node = pending.pop()
            if isinstance(node, Group):
                pending.append(node.condition)
            elif isinstance(node, Logical):
                left, right = node.left, node.right
                self.unpaired |= isinstance(left, Logical) or isinstance(right, Logical)
                pending += right, left
            else:
                self._criterion(node)

    def _criterion(self, node: Criterion) -> None:
        field = self._use(node.column, "where")
        if isinstance(node, Comparison):
            written = (node.value,)
        elif isinstance(node, In):
            written = (node.values,) if isinstance(node.values, Subquery) else node.values  # type: ignore[assignment]
        else:
            written = (node.low, node.high) if isinstance(node, Between) else ()  # type: ignore[assignment]
        literals = written
        for value in written:
            if isinstance(value, Subquery):
                self.inner.append(value.query)
                literals = tuple(each for each in written if not isinstance(each, Subquery))  # type: ignore[assignment]
        operator = node.operator
        takes = field is None or operator in field.operators or not field.operators
        self.compared.append(new(Compared, (node, field, literals, operator, takes)))

    def look_up(self, column: Column) -> Found:
        if column.module and column.module != self.query.module:
            return UNKNOWN
        return resolve(column, self.module, self.schema)
