"""One select of a query, looked up once in one walk. What is plainly right is only counted; what a rule may have
something to say about is put aside for it.
"""

from __future__ import annotations

from zcrm_tools.coql.checks import limits
from zcrm_tools.coql.checks.resolve import UNKNOWN, Found, resolve
from zcrm_tools.coql.checks.values import AS_WRITTEN, EMPTY
from zcrm_tools.coql.frozen import TYPE_CHECKING, Frozen, new
from zcrm_tools.coql.kinds import MULTI_MODULE, ODD
from zcrm_tools.coql.nodes import Column, Comparison, Group, Logical, Star, Subquery, Word
from zcrm_tools.coql.schema import base_module, module_of
from zcrm_tools.coql.walk import values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Literal

    from zcrm_tools.coql.diagnostics import Diagnostic
    from zcrm_tools.coql.nodes import Aggregate, Condition, Criterion, Limit, Number, Query, Selected, Text
    from zcrm_tools.coql.schema import FieldView, ModuleView, Schema

    Clause = Literal["select", "where", "group by", "order by"]
    Topic = Literal[
        "aliases",
        "amount",
        "brackets",
        "columns",
        "criteria",
        "duplicates",
        "groups",
        "limit",
        "module",
        "star",
        "sub-query",
        "view",
        "where",
    ]

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
    lookups, and `ways` the paths of lookups before their last steps, each with the module it leads to. `topics` are
    what rules may have something to say about; without any there is nothing to say.
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
        "topics",
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
        self.topics = self._topics()

    def _topics(self) -> list[Topic]:
        query = self.query
        selected, groups, orders = len(query.select), len(query.group_by), len(query.order_by)
        aggregates, limit = len(self.aggregates), query.limit
        topics: list[Topic] = []
        if self.doubtful:
            topics.append("columns")
        if self.doubts:
            topics.append("criteria")
        if self.module is None:
            topics.append("module")
        if query.where is None:
            topics.append("where")
        if self.stars:
            topics.append("star")
        if self.unpaired:
            topics.append("brackets")
        if query.cvid:
            topics.append("view")
        if limit is not None and not _is_within_reach(limit):
            topics.append("limit")
        if aggregates or groups:
            topics.append("groups")
        if self.aliases:
            topics.append("aliases")
        if len(self.names) < selected or aggregates > 1 or groups > 1 or orders > 1:
            topics.append("duplicates")
        if (
            selected > limits.COLUMNS
            or len(self.criteria) > limits.CRITERIA
            or (self.ways and sum(way.count(".") + 1 for way in self.ways) > limits.JOINS_PROSE)
            or aggregates > limits.AGGREGATES
            or groups > limits.GROUPS
            or orders > limits.ORDERS
            or self.doubts  # of which one may list too many values
        ):
            topics.append("amount")
        if not self.outer:
            topics.append("sub-query")
        return topics

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
            field, module, fault = self.look_up(column)
            is_odd = fault is not None or (field is not None and field.kind in ODD)
            if is_odd or ("->" in text and not column.quote):
                self.doubtful.append(new(Use, (column, clause, field, module, fault)))
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


def _is_within_reach(limit: Limit) -> bool:
    count, offset = limit.count, limit.offset
    if isinstance(count, str) or isinstance(offset, str):
        return False
    return 0 < count <= limits.MAX_ROWS and offset + count <= limits.REACH


def is_spelled_otherwise(criterion: Criterion) -> bool:
    """Whether `!=` was written `<>`."""
    if not isinstance(criterion, Comparison) or criterion.tokens is None:
        return False
    return criterion.tokens.texts[criterion.operator_at] == "<>"


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
    if len(written) > limits.IN_VALUES:
        return False
    stored, is_right = field.stored, AS_WRITTEN.get(field.kind)
    for value in written:
        if isinstance(value, _ODD_VALUES) or value.value in EMPTY:
            return False
        if stored and value.value not in stored:
            return False
        if is_right is not None and not is_right(value.value):
            return False
    return True
