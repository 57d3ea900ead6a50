"""Tokens to tree, by recursive descent. The grammar, as Zoho's pages and samples show it:

    query    = SELECT item {, item} FROM module [# cvid] [WHERE condition] [GROUP BY column {, column}]
               [ORDER BY column [ASC | DESC] {, ...}] [LIMIT n | LIMIT offset , n] [OFFSET n]
    item     = ( column | function ( column | * ) | * ) [[AS] alias]
    condition= criterion | ( condition ) | condition (AND | OR) condition
    criterion= column ( op value | [NOT] LIKE value | [NOT] IN (values) | [NOT] BETWEEN value AND value | IS [NOT] NULL )
    value    = text | number | word | ${EMPTY} | ( query )

More is parsed than Zoho accepts (`select *`, no WHERE, unbracketed criteria) so that the checks can refuse it with
advice. The first fault ends the parse. https://www.zoho.com/crm/developer/docs/api/v8/Get-Records-through-COQL-Query.html
"""

from __future__ import annotations

from zcrm_tools.coql.criteria import Criteria, is_dotted
from zcrm_tools.coql.frozen import new
from zcrm_tools.coql.lexer import unquoted
from zcrm_tools.coql.nodes import (
    Aggregate,
    Column,
    Limit,
    Order,
    Query,
    Selected,
    Star,
)
from zcrm_tools.coql.tokens import CLAUSES, END, FOREIGN, NUMBER, PATH, TEXT, WORD

DEFAULT_LIMIT = 200
"""Rows Zoho returns when there is no LIMIT."""
_AFTER_ALIAS = frozenset({*CLAUSES, *FOREIGN, ",", END})


def parse(text: str) -> Query:
    """The tree of `text`. Raises `CoqlError`, and nothing else, when it is not a query."""
    return _Parser(text).whole()


class _Parser(Criteria):
    """Each method reads one construct of the grammar and stands behind it."""

    __slots__ = ()

    # -- the query

    def whole(self) -> Query:
        if self.kind != "select":
            raise self.faults.not_a_select()
        query = self.query()
        if self.kind != END:
            raise self.faults.trailing()
        return query

    def query(self) -> Query:
        """The cursor stands at SELECT."""
        first = self.at
        self.advance()
        select = self.selection()
        module_at = self.at + 1
        module, cvid = self.source_module()
        source_last = self.at - 1
        where = self.condition() if self.take("where") else None
        group_by = self.group_by() if self.kind == "group" else ()
        order_by = self.order_by() if self.kind == "order" else ()
        limit = self.limit() if self.kind in ("limit", "offset") else None
        clauses = (select, module, cvid, where, group_by, order_by, limit)
        return new(Query, (*clauses, module_at, source_last, self.tokens, first, self.at - 1))

    # -- select

    def selection(self) -> tuple[Selected, ...]:
        """The select list. Bare columns, which most of it is, are read on the way."""
        kinds, texts, tokens = self.kinds, self.texts, self.tokens
        items: list[Selected] = []
        at = self.at
        while True:
            text, kind = texts[at], kinds[at]
            if (kind == WORD or (kind == PATH and is_dotted(text))) and kinds[at + 1] in (",", "from"):
                column = new(Column, (text, "", tokens, at, at))
                items.append(new(Selected, (column, None, 0, tokens, at, at)))
                at += 1
            else:
                self.at, self.kind = at, kind
                if items and kind in ("from", END):
                    raise self.faults.comma_too_many()
                items.append(self.selected())
                at = self.at
            if kinds[at] != ",":
                self.at, self.kind = at, kinds[at]
                return tuple(items)
            at += 1

    def selected(self) -> Selected:
        at = self.at
        expression: Column | Aggregate | Star
        if self.kind == "*":
            expression = self.star()
        elif self.kind == WORD and self.kinds[at + 1] == "(":
            expression = self.aggregate()
        else:
            expression = self.column("a column")
        alias, alias_at = (None, 0) if self.kind in (",", "from") else self.alias()
        return new(Selected, (expression, alias, alias_at, self.tokens, at, self.at - 1))

    def star(self) -> Star:
        at = self.at
        self.advance()
        return new(Star, (self.tokens, at, at))

    def aggregate(self) -> Aggregate:
        at = self.at
        function = self.texts[at]
        self.advance()
        self.advance()
        argument = self.star() if self.kind == "*" else self.column("a column")
        self.need(")", f"`)` after the column: {function} takes one column")
        return new(Aggregate, (function, argument, self.tokens, at, self.at - 1))

    def alias(self) -> tuple[str | None, int]:
        """The alias, if there is one, and which token it is."""
        said = self.take("as")
        if self.kind in (TEXT, WORD):
            at, kind = self.at, self.kind
            self.advance()
            return unquoted(self.texts[at]) if kind == TEXT else self.texts[at], at
        if said:
            raise self.faults.unexpected("an alias", column=True)
        return None, 0

    # -- from

    def source_module(self) -> tuple[str, str]:
        if self.kind != "from":
            raise self.faults.no_from()
        self.advance()
        if self.kind != WORD:
            raise self.faults.no_module()
        name = self.texts[self.at]
        self.advance()
        if self.kind == "where":
            return name, ""
        cvid = ""
        if self.take("#"):
            if self.kind not in (NUMBER, WORD):
                raise self.faults.unexpected("the id of a custom view")
            cvid = self.texts[self.at]
            self.advance()
        if self.kind == ",":
            raise self.faults.second_module()
        if self.kind == "as" or (self.kind == WORD and self.peek() in _AFTER_ALIAS):
            raise self.faults.module_alias()
        return name, cvid

    # -- the rest

    def group_by(self) -> tuple[Column, ...]:
        self.advance()
        self.need("by", "BY after GROUP")
        return self.listed(self.grouped, "order", "limit")

    def grouped(self) -> Column:
        return self.column("a column to group by")

    def order_by(self) -> tuple[Order, ...]:
        self.advance()
        self.need("by", "BY after ORDER")
        return self.listed(self.order, "limit", "offset")

    def order(self) -> Order:
        if self.kind == WORD and self.kinds[self.at + 1] == "(":
            raise self.faults.ordered_by_function()
        column = self.column("a column to order by")
        descending = self.kind == "desc"
        if descending or self.kind == "asc":
            self.advance()
        return new(Order, (column, descending, self.tokens, column.first, self.at - 1))

    def limit(self) -> Limit:
        first = self.at
        count: int | str = DEFAULT_LIMIT
        offset: int | str = 0
        if self.take("limit"):
            count = self.count("a number of rows")
            if self.take(","):
                offset, count = count, self.count("a number of rows")
        if self.take("offset"):
            offset = self.count("a number of rows to skip")
        return new(Limit, (count, offset, self.tokens, first, self.at - 1))

    def count(self, expected: str) -> int | str:
        """A row count; kept as text when it is not one, for the checker to refuse."""
        kind, text = self.kind, self.texts[self.at]
        if kind not in (NUMBER, TEXT, WORD):
            raise self.faults.unexpected(expected)
        self.advance()
        if text.isascii() and text.isdigit() and len(text) <= 18:
            return int(text)
        return unquoted(text) if kind == TEXT else text
