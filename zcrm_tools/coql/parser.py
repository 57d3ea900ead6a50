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

import re
from typing import cast

from zcrm_tools.coql.cursor import Cursor
from zcrm_tools.coql.diagnostics import CoqlError, Diagnostic, Edit
from zcrm_tools.coql.nodes import (
    NOWHERE,
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
    Operator,
    Order,
    Part,
    Query,
    Selected,
    Span,
    Star,
    Subquery,
    Text,
    Value,
    Word,
)
from zcrm_tools.coql.tokens import COMPARISONS, END, NUMBER, PATH, PLACEHOLDER, STRAY, TEXT, WORD, Token
from zcrm_tools.coql.unexpected import CLAUSES, clause_name, instead, quoted, syntax, unexpected

MAX_DEPTH = 50
"""Brackets and sub-queries inside each other. 25 criteria, which is Zoho's limit, never need as many."""
MAX_CRITERIA = 200
"""Criteria in one text. Above it the tree would be too deep to walk; Zoho's own limit is the checker's to report."""
DEFAULT_LIMIT = 200
"""Rows Zoho returns when there is no LIMIT."""

_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_COUNT = re.compile(r"[0-9]{1,18}")
_PATTERNS = {
    "contains": "%{}%",
    "starts_with": "{}%",
    "startswith": "{}%",
    "ends_with": "%{}",
    "endswith": "%{}",
    "ilike": "{}",
}


def parse(text: str) -> Query:
    """The tree of `text`. Raises `CoqlError`, and nothing else, when it is not a query."""
    return _Parser(text).whole()


class _Parser(Cursor):
    """Each method reads one construct of the grammar and stands behind it."""

    __slots__ = ("criteria", "depth")

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.criteria = 0
        self.depth = 0

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fault(
                self.token,
                f"The query nests more than {MAX_DEPTH} brackets deep.",
                advice="Take out brackets that enclose a single criterion.",
            )

    # -- the query

    def whole(self) -> Query:
        if self.token.kind != "select":
            raise self.refused(self.not_a_select())
        query = self.query()
        if self.token.kind != END:
            raise self.trailing()
        return query

    def not_a_select(self) -> Diagnostic:
        token = self.token
        if token.kind == STRAY:
            return unexpected(self.source, token, "SELECT")
        empty = token.kind == END
        return Diagnostic(
            code="SYNTAX_ERROR",
            message="The query is empty." if empty else "COQL only reads: a query starts with SELECT.",
            span=token.span,
            help="Write: select Last_Name, Email from Leads where id is not null",
            zoho_message="given coql query not supported",
        )

    def query(self) -> Query:
        start = self.need("select", "SELECT").start
        select = self.select_list()
        module, cvid, module_span = self.source_module()
        return Query(
            select=select,
            module=module,
            cvid=cvid,
            where=self.condition() if self.take("where") else None,
            group_by=self.group_by(),
            order_by=self.order_by(),
            limit=self.limit(),
            module_span=module_span,
            span=self.since(start),
        )

    def trailing(self) -> CoqlError:
        """Something follows a complete query."""
        token = self.token
        if token.kind in CLAUSES and token.kind != "select":
            later = [t.kind for t in self.tokens[: self.at] if t.kind in CLAUSES]
            wrong = next((kind for kind in later if CLAUSES.index(kind) > CLAUSES.index(token.kind)), "")
            name = clause_name(token.kind)
            return self.fault(
                token,
                f"{name} comes before {clause_name(wrong)}." if wrong else f"There is a second {name}.",
                advice="The order is: select, from, where, group by, order by, limit, offset.",
            )
        if token.kind == ")":
            return self.fault(token, "This bracket closes nothing.", edits=instead(token, ""))
        return self.unexpected("the end of the query")

    # -- select

    def select_list(self) -> tuple[Selected, ...]:
        items = [self.selected()]
        while self.take(","):
            self.no_comma_before_clause("from")
            items.append(self.selected())
        return tuple(items)

    def no_comma_before_clause(self, *clauses: str) -> None:
        if self.token.kind in clauses or self.token.kind == END:
            comma = self.tokens[self.at - 1]
            after = clause_name(self.token.kind) if self.token.kind != END else "the end"
            diagnostic = syntax(
                self.source,
                self.token,
                f"There is a comma too many before {after}.",
                edits=instead(comma, ""),
                span=comma.span,
            )
            raise self.refused(diagnostic)

    def selected(self) -> Selected:
        start = self.token.start
        expression: Column | Aggregate | Star
        if self.token.kind == "*":
            expression = Star(span=self.advance().span)
        elif self.token.kind == WORD and self.peek() == "(":
            expression = self.aggregate()
        else:
            expression = self.column("a column")
        alias, alias_span = self.alias()
        return Selected(expression, alias, alias_span=alias_span, span=self.since(start))

    def aggregate(self) -> Aggregate:
        function = self.advance()
        self.advance()
        argument = Star(span=self.advance().span) if self.token.kind == "*" else self.column("a column")
        self.need(")", f"`)` after the column: {function.text} takes one column")
        return Aggregate(function.text, argument, span=self.since(function.start))

    def alias(self) -> tuple[str | None, Span]:
        said = self.take("as")
        token = self.token
        if token.kind == TEXT:
            self.advance()
            return _unquoted(token.text), token.span
        if token.kind == WORD:
            self.advance()
            return token.text, token.span
        if said:
            raise self.unexpected("an alias", column=True)
        return None, NOWHERE

    def column(self, expected: str) -> Column:
        token = self.token
        if token.kind == WORD:
            self.advance()
            return Column((Part(token.text, span=token.span),), span=token.span)
        if token.kind in (PATH, TEXT):
            self.advance()
            return self.path(token)
        raise self.unexpected(expected, column=True)

    def path(self, token: Token) -> Column:
        """A dotted or quoted column, split into its steps."""
        quote = token.text[0] if token.kind == TEXT else ""
        text = _unquoted(token.text) if quote else token.text
        start = token.start + bool(quote)
        faithful = not quote or quote not in text  # a doubled quote shifts the offsets of what follows
        module = ""
        if text.startswith("!"):
            module, _, text = text[1:].partition(".")
            start += len(module) + 2
        parts: list[Part] = []
        for step in text.split("."):
            name, arrow, target = step.partition("->")
            if not name or (arrow and not target) or "->" in target:
                raise self.fault(
                    token, "A name is missing in this column." if text else "A column has a name."
                )
            span = Span(start, start + len(step)) if faithful else token.span
            parts.append(Part(name, target, span=span))
            start += len(step) + 1
        return Column(tuple(parts), module, quote, span=token.span)  # type: ignore[arg-type]

    # -- from

    def source_module(self) -> tuple[str, str, Span]:
        if self.token.kind == END:
            raise self.refused(self.missing_from())
        self.need("from", "a comma or FROM")
        token = self.token
        if token.kind == TEXT:
            raise self.fault(
                token, "A module's name is not quoted.", edits=instead(token, _unquoted(token.text))
            )
        self.need(WORD, "a module's API name")
        cvid = ""
        if self.take("#"):
            if self.token.kind not in (NUMBER, WORD):
                raise self.unexpected("the id of a custom view")
            cvid = self.advance().text
        self.one_module()
        return token.text, cvid, token.span

    def missing_from(self) -> Diagnostic:
        return Diagnostic(
            code="SYNTAX_ERROR",
            message="The query has no FROM.",
            span=self.token.span,
            help="Say which module to read: ... from Leads where ...",
            details={"clause": "from"},
            zoho_message="missing clause",
        )

    def one_module(self) -> None:
        token = self.token
        if token.kind == ",":
            raise self.fault(
                token,
                "COQL reads from one module.",
                advice="Follow a lookup with dots to reach another: Account_Name.Phone",
            )
        if token.kind == "as" or (token.kind == WORD and self.peek() not in COMPARISONS):
            raise self.fault(
                token,
                "A module takes no alias in COQL.",
                advice="Write columns without a prefix: Last_Name, not l.Last_Name",
            )

    # -- where

    def condition(self) -> Condition:
        left = self.conjunction()
        while self.take("or"):
            right = self.conjunction()
            left = Logical("or", left, right, span=Span(left.span.start, right.span.end))
        return left

    def conjunction(self) -> Condition:
        left = self.criterion()
        while self.take("and"):
            right = self.criterion()
            left = Logical("and", left, right, span=Span(left.span.start, right.span.end))
        return left

    def criterion(self) -> Condition:
        token = self.token
        if token.kind == "(":
            return self.group()
        self.criteria += 1
        if self.criteria > MAX_CRITERIA:
            raise self.refused(
                Diagnostic(
                    code="LIMIT_EXCEEDED",
                    message=f"The query has more than {MAX_CRITERIA} criteria; COQL takes 25.",
                    span=token.span,
                    help="Use IN ( ... ) for many values of one column, or split the query.",
                )
            )
        if token.kind == "not":
            raise self.refused(self.no_not(token))
        if token.kind == WORD and self.peek() == "(":
            raise self.fault(
                token,
                f"{token.text}( ... ) cannot stand in WHERE.",
                advice="COQL compares columns with values only; it has no functions on either side.",
            )
        return self.comparison(self.column("a column"))

    def group(self) -> Group:
        start = self.advance().start
        if self.token.kind == "select":
            raise self.fault(
                self.token,
                "A sub-query stands after an operator.",
                advice="Write: Account_Name in (select ...)",
            )
        self.deeper()
        inner = self.condition()
        self.need(")", "AND, OR or `)`")
        self.depth -= 1
        return Group(inner, span=self.since(start))

    def comparison(self, column: Column) -> Condition:
        start = column.span.start
        token = self.token
        if token.kind in COMPARISONS:
            self.advance()
            operator = "!=" if token.kind == "<>" else token.kind
            value = self.value(scalar=True)
            return Comparison(
                column, cast("Operator", operator), value, operator_span=token.span, span=self.since(start)
            )
        negated = self.take("not")
        if self.token.kind == "like":
            span = Span(token.start, self.advance().end)
            value = self.value()
            return Comparison(
                column, "not like" if negated else "like", value, operator_span=span, span=self.since(start)
            )
        if self.take("in"):
            values = self.in_values()
            return In(column, values, negated, span=self.since(start))
        if self.take("between"):
            low = self.value(scalar=True)
            self.need("and", "AND and the upper bound")
            high = self.value(scalar=True)
            return Between(column, low, high, negated, span=self.since(start))
        if negated:
            raise self.refused(self.no_not(token))
        if self.take("is"):
            negated = self.take("not")
            self.null(token)
            return IsNull(column, negated, span=self.since(start))
        raise self.no_operator(column)

    def no_not(self, token: Token) -> Diagnostic:
        return Diagnostic(
            code="SYNTAX_ERROR",
            message="NOT stands only before LIKE, IN and BETWEEN, and in IS NOT NULL.",
            span=token.span,
            help="Turn the operator around: Last_Name != 'Smith'",
            details={"operator": "not"},
            zoho_message="operator not supported",
        )

    def null(self, operator: Token) -> None:
        token = self.token
        if token.kind == WORD and token.text.lower() == "empty":
            raise self.fault(token, "COQL has no IS EMPTY.", edits=instead(token, "null"))
        if token.kind != "null" and token.kind in (TEXT, NUMBER, WORD, PLACEHOLDER):
            span = Span(operator.start, self.tokens[self.at - 1].end)
            sign = "=" if span.end == operator.end else "!="
            raise self.fault(token, "IS takes only NULL or NOT NULL.", edits=(Edit(span, sign),), span=span)
        self.need("null", "NULL")

    def no_operator(self, column: Column) -> CoqlError:
        token = self.token
        pattern = _PATTERNS.get(token.text.lower()) if token.kind == WORD else None
        if pattern and self.peek() == TEXT:
            self.advance()
            value, span = _unquoted(self.token.text), Span(token.start, self.token.end)
            edits = (Edit(span, f"like {quoted(pattern.format(value))}"),)
            return self.fault(token, f"COQL has no {token.text}; LIKE and % do that.", edits=edits, span=span)
        if column.quote and token.kind in ("and", "or", ")", END):
            return self.fault(
                token,
                f"{column.text} is read as a column here, and nothing is compared with it.",
                span=column.span,
            )
        return self.unexpected(f"an operator after {column.text}")

    # -- values

    def value(self, *, scalar: bool = False) -> Value:
        """One value; `scalar`: a sub-query may stand for it."""
        token = self.token
        if token.kind == TEXT:
            self.advance()
            return Text(_unquoted(token.text), token.text[0], span=token.span)  # type: ignore[arg-type]
        if token.kind == NUMBER:
            return self.number()
        if token.kind == WORD:
            return self.word()
        if token.kind in (PLACEHOLDER, "null"):
            self.advance()
            return Word(token.text, span=token.span)
        if token.kind == "(":
            if scalar and self.peek() == "select":
                return self.subquery()
            raise self.fault(
                token,
                "A single value has no brackets.",
                advice="Use IN for a list: Lead_Source in ('Chat', 'Partner')",
            )
        if token.kind == PATH:
            raise self.fault(
                token,
                f"{token.text} is not a value: COQL compares a column with a value, never with a column.",
                advice="A text must be quoted.",
                edits=instead(token, quoted(token.text)),
            )
        raise self.unexpected("a value")

    def number(self) -> Number:
        token = self.token
        if not _NUMBER.fullmatch(token.text):
            raise self.fault(
                token,
                f"{token.text} is not a number.",
                advice="Dates and other texts are quoted.",
                edits=instead(token, quoted(token.text)),
            )
        self.advance()
        return Number(token.text, span=token.span)

    def word(self) -> Word:
        """An unquoted value, which is one word and no more."""
        first = self.advance()
        if self.token.kind == "(":
            raise self.fault(
                first,
                f"COQL has no functions in WHERE: {first.text}( ... ).",
                advice="Write the value itself; dates as '2026-01-31'.",
            )
        if self.token.kind in (WORD, NUMBER):
            while self.token.kind in (WORD, NUMBER):
                last = self.advance()
            span = Span(first.start, last.end)
            text = self.source[span.start : span.end]
            raise self.fault(
                first,
                "A value of several words must be quoted.",
                edits=(Edit(span, quoted(text)),),
                span=span,
            )
        return Word(first.text, span=first.span)

    def subquery(self) -> Subquery:
        start = self.advance().start
        self.deeper()
        query = self.query()
        self.need(")", "`)` after the sub-query")
        self.depth -= 1
        return Subquery(query, span=self.since(start))

    def in_values(self) -> tuple[Value, ...] | Subquery:
        token = self.token
        if token.kind in (TEXT, NUMBER, WORD):
            edits = instead(token, f"({token.text})")
            raise self.fault(token, "The values after IN stand in brackets.", edits=edits)
        if token.kind == "(" and self.peek() == "select":
            return self.subquery()
        self.need("(", "`(` and the values")
        if self.token.kind == ")":
            raise self.fault(self.token, "IN needs at least one value.")
        values = [self.value()]
        while self.take(","):
            self.no_comma_before_clause(")")
            values.append(self.value())
        self.need(")", "a comma or `)`")
        return tuple(values)

    # -- the rest

    def group_by(self) -> tuple[Column, ...]:
        if not self.take("group"):
            return ()
        self.need("by", "BY after GROUP")
        columns = [self.column("a column to group by")]
        while self.take(","):
            self.no_comma_before_clause("order", "limit")
            columns.append(self.column("a column to group by"))
        return tuple(columns)

    def order_by(self) -> tuple[Order, ...]:
        if not self.take("order"):
            return ()
        self.need("by", "BY after ORDER")
        orders = [self.order()]
        while self.take(","):
            self.no_comma_before_clause("limit", "offset")
            orders.append(self.order())
        return tuple(orders)

    def order(self) -> Order:
        start = self.token.start
        if self.token.kind == WORD and self.peek() == "(":
            raise self.fault(
                self.token,
                "ORDER BY takes a column or an alias, not a function.",
                advice="Name it in the select list and order by that name: select SUM(Amount) as 'Total' ... order by 'Total'",
            )
        column = self.column("a column to order by")
        descending = self.token.kind == "desc"
        if self.token.kind in ("asc", "desc"):
            self.advance()
        return Order(column, descending, span=self.since(start))

    def limit(self) -> Limit | None:
        start = self.token.start
        count: int | str = DEFAULT_LIMIT
        offset: int | str = 0
        if self.take("limit"):
            count = self.count("a number of rows")
            if self.take(","):
                offset, count = count, self.count("a number of rows")
        elif self.token.kind != "offset":
            return None
        if self.take("offset"):
            offset = self.count("a number of rows to skip")
        return Limit(count, offset, span=self.since(start))

    def count(self, expected: str) -> int | str:
        """A row count; kept as text when it is not one, for the checker to refuse."""
        token = self.token
        if token.kind not in (NUMBER, TEXT, WORD):
            raise self.unexpected(expected)
        self.advance()
        if token.kind == NUMBER and _COUNT.fullmatch(token.text):
            return int(token.text)
        return _unquoted(token.text) if token.kind == TEXT else token.text


def _unquoted(text: str) -> str:
    """The content of a quoted token."""
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)
