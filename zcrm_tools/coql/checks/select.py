"""One select of a query, looked up once in one walk. What is plainly right is only counted; what a rule may have
something to say about is put aside for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from zcrm_tools.coql.checks.limits import IN_VALUES
from zcrm_tools.coql.checks.literals import EMPTY, JUDGES
from zcrm_tools.coql.checks.operators import is_spelled_otherwise
from zcrm_tools.coql.checks.resolve import UNKNOWN, Found, resolve
from zcrm_tools.coql.frozen import Frozen, new
from zcrm_tools.coql.kinds import MULTI_MODULE, ODD
from zcrm_tools.coql.nodes import Column, Group, Logical, Star, Subquery, Word
from zcrm_tools.coql.schema import base_module, module_of
from zcrm_tools.coql.walk import values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zcrm_tools.coql.diagnostics import Diagnostic
    from zcrm_tools.coql.nodes import Aggregate, Condition, Criterion, Number, Query, Selected, Text
    from zcrm_tools.coql.schema import FieldView, ModuleView, Schema

Clause = Literal["select", "where", "group by", "order by"]
_NONE: Mapping[str, FieldView] = {}


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
    """A query or sub-query against a schema, without what its sub-queries hold.

    `doubtful` are the columns and `doubts` the criteria that are not plainly right. `joined` are the columns that follow
    lookups, and `ways` the paths of lookups before their last steps, each with the module it leads to.
    """

    __slots__ = (
        "_known",
        "aggregates",
        "aliases",
        "criteria",
        "doubtful",
        "doubts",
        "inner",
        "joined",
        "module",
        "names",
        "outer",
        "query",
        "schema",
        "stars",
        "unpaired",
        "ways",
    )

    def __init__(self, query: Query, schema: Schema, *, outer: bool) -> None:
        self.query = query
        self.schema = schema
        self.outer = outer
        self.module = module = base_module(schema, query.module)
        self._known = _NONE if module is None else module.by_name
        self.names: set[str] = set()
        self.aliases: dict[str, Selected] = {}
        self.aggregates: list[Aggregate] = []
        self.stars: list[Selected] = []
        self.doubtful: list[Use] = []
        self.joined: list[tuple[Column, Clause]] = []
        self.ways: dict[str, ModuleView | None] = {}
        self.criteria: list[Criterion] = []
        self.doubts: list[Compared] = []
        self.inner: list[Query] = []
        self.unpaired = False
        self._select_list(query.select)
        if query.where is not None:
            self._conditions(query.where)
        for column in query.group_by:
            self._field(column, "group by")
        for order in query.order_by:
            if order.column.text not in self.aliases:
                self._field(order.column, "order by")

    def _select_list(self, items: tuple[Selected, ...]) -> None:
        known, name = self._known, self.names.add
        for selected in items:
            expression = selected.expression
            name(expression.text)
            field = known.get(expression.text)
            if field is None or field.kind in ODD:
                self._expression(selected)
            if selected.alias is not None:
                self.aliases.setdefault(selected.alias, selected)

    def _expression(self, selected: Selected) -> None:
        expression = selected.expression
        if isinstance(expression, Column):
            self._field(expression, "select")
        elif isinstance(expression, Star):
            self.stars.append(selected)
        else:
            self.aggregates.append(expression)
            if isinstance(expression.argument, Column):
                self._field(expression.argument, "select")

    def _field(self, column: Column, clause: Clause) -> FieldView | None:
        """The field a column names, when it is known. The column is put aside unless it is plainly right."""
        text = column.text
        field = self._known.get(text)
        if field is None and "." in text:
            self.joined.append((column, clause))
            way, _, name = text.rpartition(".")
            module = self.ways[way] if way in self.ways else self._way(way)
            field = module.by_name.get(name) if module is not None else None
        if field is None or field.kind in ODD:
            use = new(Use, (column, clause, *self.look_up(column)))
            self.doubtful.append(use)
            return use.field
        return field

    def _way(self, path: str) -> ModuleView | None:
        """The module that a path of lookups leads to, kept for the next column; None when anything about it is odd."""
        module = self.module
        for lookup in path.split("."):
            field = module.by_name.get(lookup) if module is not None else None
            if field is None or field.data_type in MULTI_MODULE:
                module = None
                break
            module = module_of(self.schema, field.lookup_module)
        self.ways[path] = module
        return module

    def _conditions(self, where: Condition) -> None:
        """Every criterion in source order; chains are long, so this does not recurse."""
        known = self._known
        pending: list[Condition] = [where]
        while pending:
            node = pending.pop()
            if isinstance(node, Group):
                pending.append(node.condition)
            elif isinstance(node, Logical):
                left, right = node.left, node.right
                if isinstance(left, Logical) or isinstance(right, Logical):
                    self.unpaired = True
                pending += right, left
            else:
                self.criteria.append(node)
                field = known.get(node.column.text)
                if field is None or field.kind in ODD:
                    field = self._field(node.column, "where")
                if field is None or not _plain(node, field):
                    self.inner += [value.query for value in values(node) if isinstance(value, Subquery)]
                    self.doubts.append(_compared(node, field))

    @property
    def compared(self) -> Iterator[Compared]:
        """Every criterion, doubtful or not."""
        for node in self.criteria:
            yield _compared(node, self.look_up(node.column).field)

    def look_up(self, column: Column) -> Found:
        if column.module and column.module != self.query.module:
            return UNKNOWN
        return resolve(column, self.module, self.schema)


def _compared(node: Criterion, field: FieldView | None) -> Compared:
    literals = tuple(value for value in values(node) if not isinstance(value, Subquery))
    operator = node.operator
    takes = field is None or operator in field.operators or not field.operators
    return new(Compared, (node, field, literals, operator, takes))


_ODD_VALUES = (Word, Subquery)
_PATTERNS = ("like", "not like")


def _plain(node: Criterion, field: FieldView) -> bool:
    """Whether no rule can have anything to say about this criterion."""
    operator = node.operator
    if operator not in field.operators or operator in _PATTERNS:
        return False
    if operator == "!=" and is_spelled_otherwise(node):
        return False
    written = values(node)
    if len(written) > IN_VALUES:
        return False
    stored, judge = field.stored, JUDGES.get(field.kind)
    for value in written:
        if isinstance(value, _ODD_VALUES) or value.value in EMPTY:
            return False
        if stored and value.value not in stored:
            return False
        if judge is not None and judge(value) is not None:
            return False
    return True
