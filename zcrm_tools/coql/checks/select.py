"""One select of a query, looked up once in one walk. What is plainly right is only counted; what a rule may have
something to say about is put aside for it.
"""

from __future__ import annotations

from zcrm_tools.coql.checks import limits
from zcrm_tools.coql.checks.resolve import UNKNOWN, Found, resolve
from zcrm_tools.coql.checks.values import AS_WRITTEN, EMPTY
from zcrm_tools.coql.frozen import TYPE_CHECKING, Frozen, new
from zcrm_tools.coql.kinds import MULTI_MODULE, ODD
from zcrm_tools.coql.nodes import Aggregate, Column, Comparison, Group, Logical, Number, Subquery, Text
from zcrm_tools.coql.schema import base_module, module_of
from zcrm_tools.coql.walk import values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Literal

    from zcrm_tools.coql.diagnostics import Diagnostic
    from zcrm_tools.coql.nodes import Condition, Criterion, Limit, Query, Selected, Word
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

    `doubtful` are the columns and `doubts` the criteria that are not plainly right. `listed` and `elsewhere` are the paths
    of lookups followed in the select list and in the other clauses, each with the first column behind it, and `followed`
    counts the steps of those paths. `topics` are what rules may have something to say about; without any there is nothing
    to say.
    """

    __slots__ = (
        "_behind",
        "_known",
        "aggregates",
        "aliases",
        "criteria",
        "doubtful",
        "doubts",
        "elsewhere",
        "followed",
        "inner",
        "listed",
        "module",
        "names",
        "outer",
        "query",
        "schema",
        "stars",
        "topics",
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
        self.listed: dict[str, Column] = {}
        self.elsewhere: dict[str, Column] = {}
        self._behind: dict[str, Mapping[str, FieldView]] = {}
        self.criteria: list[Criterion] = []
        self.doubts: list[Compared] = []
        self.inner: list[Query] = []
        self.followed = 0
        self.topics: set[Topic] = set()
        self._select_list(query.select)
        if query.where is not None:
            self._conditions(query.where)
        for column in query.group_by:
            self._field(column, "group by")
        for order in query.order_by:
            if order.column.text not in self.aliases:
                self._field(order.column, "order by")
        self._amounts()

    def _amounts(self) -> None:
        """The topics that follow from how much there is of each thing, and from what is absent."""
        query, add = self.query, self.topics.add
        limit = query.limit
        if self.module is None:
            add("module")
        if query.where is None:
            add("where")
        if query.cvid:
            add("view")
        if limit is not None and not _is_within_reach(limit):
            add("limit")
        if self.aggregates or query.group_by:
            self.topics |= {"groups", "duplicates", "amount"}
        if len(self.names) < len(query.select) or len(query.order_by) > 1:
            self.topics |= {"duplicates", "amount"}
        if (
            len(query.select) > limits.COLUMNS
            or len(self.criteria) > limits.CRITERIA
            or self.followed > limits.JOINS_PROSE
        ):
            add("amount")
        if not self.outer:
            add("sub-query")

    def _select_list(self, items: tuple[Selected, ...]) -> None:
        known, name = self._known, self.names.add
        for selected in items:
            expression = selected.expression
            name(text := expression.text)
            if type(expression) is Column:
                field = known.get(text)
                if field is None or field.kind in ODD:
                    self._further(expression, "select", field)
            elif isinstance(expression, Aggregate):
                self.aggregates.append(expression)
                if isinstance(expression.argument, Column):
                    self._field(expression.argument, "select")
            else:
                self.stars.append(selected)
                self.topics.add("star")
            if selected.alias is not None:
                self.aliases.setdefault(selected.alias, selected)
                self.topics.add("aliases")

    def _field(self, column: Column, clause: Clause) -> FieldView | None:
        """The field a column names, when it is known. The column is put aside unless it is plainly right."""
        field = self._known.get(column.text)
        return self._further(column, clause, field) if field is None or field.kind in ODD else field

    def _further(self, column: Column, clause: Clause, field: FieldView | None) -> FieldView | None:
        """The same for a column that is not simply one of the module's own fields."""
        text = column.text
        if field is None and "." in text:
            way, _, name = text.rpartition(".")
            ways = self.listed if clause == "select" else self.elsewhere
            if way not in ways:
                ways[way] = column
            fields = self._behind[way] if way in self._behind else self._fields_behind(way)
            field = fields.get(name)
        if field is None or field.kind in ODD:
            field, module, fault = self.look_up(column)
            is_odd = fault is not None or (field is not None and field.kind in ODD)
            if is_odd or ("->" in text and not column.quote):
                self.doubtful.append(new(Use, (column, clause, field, module, fault)))
                self.topics.add("columns")
        return field

    def _fields_behind(self, path: str) -> Mapping[str, FieldView]:
        """The fields of the module that a path of lookups leads to, kept for the next column; none when anything about
        the path is odd.
        """
        fields = self._known
        for lookup in path.split("."):
            self.followed += 1
            field = fields.get(lookup)
            odd = field is None or field.data_type in MULTI_MODULE
            module = None if field is None or odd else module_of(self.schema, field.lookup_module)
            fields = _NONE if module is None else module.by_name
        self._behind[path] = fields
        return fields

    def _conditions(self, where: Condition) -> None:
        """Every criterion in source order; chains are long, so this does not recurse."""
        known, counted = self._known, self.criteria.append
        pending: list[Condition] = [where]
        while pending:
            node = pending.pop()
            while isinstance(node, Group):
                node = node.condition
            if isinstance(node, Logical):
                left, right = node.left, node.right
                if type(left) is Logical or type(right) is Logical:
                    self.topics.add("brackets")
                pending += right, left
            else:
                counted(node)
                column = node.column
                field = known.get(column.text)
                if field is None or field.kind in ODD:
                    field = self._further(column, "where", field)
                if field is None or not _plain(node, field):
                    self.inner += [value.query for value in values(node) if isinstance(value, Subquery)]
                    self.doubts.append(_compared(node, field))
                    self.topics |= {"criteria", "amount"}  # one of them may list too many values

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
    written: str = criterion.tokens.texts[criterion.operator_at]
    return written == "<>"


def _compared(node: Criterion, field: FieldView | None) -> Compared:
    literals = tuple(value for value in values(node) if not isinstance(value, Subquery))
    operator = node.operator
    takes = field is None or operator in field.operators or not field.operators
    return new(Compared, (node, field, literals, operator, takes))


_PATTERNS = ("like", "not like")


def _plain(node: Criterion, field: FieldView) -> bool:
    """Whether no rule can have anything to say about this criterion."""
    operator = node.operator
    if operator not in field.operators or operator in _PATTERNS:
        return False
    if operator == "!=" and is_spelled_otherwise(node):
        return False
    written = (node.value,) if type(node) is Comparison else values(node)
    if len(written) > limits.IN_VALUES:
        return False
    stored, is_right = field.stored, AS_WRITTEN.get(field.kind)
    for value in written:
        if type(value) is not Text and type(value) is not Number:
            return False
        text = value.value
        if text in EMPTY or (stored and text not in stored) or (is_right is not None and not is_right(text)):
            return False
    return True
