"""What the grammar says of each fault it meets. Loaded with the first fault: most queries have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.diagnostics import CoqlError, Diagnostic, Edit
from zcrm_tools.coql.lexer import quoted, unquoted
from zcrm_tools.coql.nodes import Span
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.coql.tokens import CLAUSES, COMPARISONS, END, NUMBER, PLACEHOLDER, STRAY, TEXT, WORD
from zcrm_tools.coql.unexpected import called, clause_name, split_text, syntax, unexpected

if TYPE_CHECKING:
    from zcrm_tools.coql.cursor import Cursor
    from zcrm_tools.coql.nodes import Column
    from zcrm_tools.coql.tokens import Token

_PATTERNS = {
    "contains": "%{}%",
    "starts_with": "{}%",
    "startswith": "{}%",
    "ends_with": "%{}",
    "endswith": "%{}",
    "ilike": "{}",
}


class Faults:
    """Faults at the place where a cursor stands, each an exception for the grammar to raise:
    `raise self.faults.unexpected("a column")`.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._source = cursor.source
        self._at = cursor.at

    @property
    def _token(self) -> Token:
        return self._cursor.token_at(self._at)

    def _fault(
        self,
        token: Token,
        message: str,
        *,
        advice: str = "",
        put: str | None = None,
        span: Span | None = None,
        sure: bool = False,
    ) -> CoqlError:
        """`put` is offered in place of `span`, which is the token's unless given."""
        edits = () if put is None else (Edit(span or token.span, put),)
        found = syntax(self._source, token, message, advice=advice, edits=edits, span=span, sure=sure)
        return self._refused(found)

    def _refused(self, diagnostic: Diagnostic) -> CoqlError:
        return CoqlError(self._source, diagnostic)

    def unexpected(self, expected: str, *, column: bool = False) -> CoqlError:
        """The current token is not what should stand here."""
        if self._at and (split := split_text(self._source, self._cursor.token_at(self._at - 1), self._token)):
            return self._refused(split)
        return self._refused(unexpected(self._source, self._token, expected, column=column))

    def comma_too_many(self) -> CoqlError:
        """One stands before the current token."""
        comma = self._cursor.token_at(self._at - 1)
        message = f"There is a comma too many before {called(self._token)}."
        return self._fault(self._token, message, put="", span=comma.span, sure=True)

    # -- the query

    def not_a_select(self) -> CoqlError:
        token = self._token
        if token.kind == STRAY:
            return self._refused(unexpected(self._source, token, "SELECT"))
        empty = token.kind == END
        return self._refused(
            Diagnostic(
                code="SYNTAX_ERROR",
                message="The query is empty." if empty else "COQL only reads: a query starts with SELECT.",
                span=token.span,
                help="Write: select Last_Name, Email from Leads where id is not null",
                zoho_message="given coql query not supported",
            )
        )

    def trailing(self) -> CoqlError:
        """Something follows a complete query."""
        token = self._token
        if token.kind in CLAUSES and token.kind != "select":
            later = [kind for kind in self._cursor.kinds[: self._at] if kind in CLAUSES]
            wrong = next((kind for kind in later if CLAUSES.index(kind) > CLAUSES.index(token.kind)), "")
            name = clause_name(token.kind)
            return self._fault(
                token,
                f"{name} comes before {clause_name(wrong)}." if wrong else f"There is a second {name}.",
                advice="The order is: select, from, where, group by, order by, limit, offset.",
            )
        if token.kind == ")":
            return self._fault(token, "This bracket closes nothing.", put="")
        return self.unexpected("the end of the query")

    # -- from

    def no_from(self) -> CoqlError:
        """After the select list stands something else than FROM."""
        token = self._token
        if token.kind == END:
            return self._refused(
                Diagnostic(
                    code="SYNTAX_ERROR",
                    message="The query has no FROM.",
                    span=token.span,
                    help="Say which module to read: ... from Leads where ...",
                    details={"clause": "from"},
                    zoho_message="missing clause",
                )
            )
        before = self._cursor.token_at(self._at - 1)
        if token.kind == WORD and nearest(before.text, ("from",)):
            return self._fault(before, "Expected a comma or FROM.", put="from")
        return self.unexpected("a comma or FROM")

    def no_module(self) -> CoqlError:
        token = self._token
        if token.kind == TEXT:
            return self._fault(token, "A module's name is not quoted.", put=unquoted(token.text), sure=True)
        return self.unexpected("a module's API name")

    def second_module(self) -> CoqlError:
        return self._fault(
            self._token,
            "COQL reads from one module.",
            advice="Follow a lookup with dots to reach another: Account_Name.Phone",
        )

    def module_alias(self) -> CoqlError:
        return self._fault(
            self._token,
            "A module takes no alias in COQL.",
            advice="Write columns without a prefix: Last_Name, not l.Last_Name",
        )

    # -- order by

    def ordered_by_function(self) -> CoqlError:
        return self._fault(
            self._token,
            "ORDER BY takes a column or an alias, not a function.",
            advice="Name it in the select list and order by that name: select SUM(Amount) as 'Total' ... order by 'Total'",
        )

    # -- columns

    def nameless_column(self, at: int) -> CoqlError:
        token = self._cursor.token_at(at)
        is_empty = token.kind == TEXT and not unquoted(token.text)
        return self._fault(token, "A column has a name." if is_empty else "A name is missing in this column.")

    # -- where

    def too_deep(self, most: int) -> CoqlError:
        return self._fault(
            self._token,
            f"The query nests more than {most} brackets deep.",
            advice="Take out brackets that enclose a single criterion.",
        )

    def too_many_criteria(self, most: int) -> CoqlError:
        return self._refused(
            Diagnostic(
                code="LIMIT_EXCEEDED",
                message=f"The query has more than {most} criteria; COQL takes 25.",
                span=self._token.span,
                help="Use IN ( ... ) for many values of one column, or split the query.",
            )
        )

    def bare_subquery(self) -> CoqlError:
        return self._fault(
            self._token,
            "A sub-query stands after an operator.",
            advice="Write: Account_Name in (select ...)",
        )

    def function_in_where(self) -> CoqlError:
        return self._fault(
            self._token,
            f"{self._token.text}( ... ) cannot stand in WHERE.",
            advice="COQL compares columns with values only; it has no functions on either side.",
        )

    def misplaced_not(self, at: int) -> CoqlError:
        return self._refused(
            Diagnostic(
                code="SYNTAX_ERROR",
                message="NOT stands only before LIKE, IN and BETWEEN, and in IS NOT NULL.",
                span=self._cursor.token_at(at).span,
                help="Turn the operator around: Last_Name != 'Smith'",
                details={"operator": "not"},
                zoho_message="operator not supported",
            )
        )

    def not_null(self, operator_at: int) -> CoqlError:
        """IS, or IS NOT, is followed by something else than NULL."""
        token = self._token
        if token.kind == WORD and token.text.lower() == "empty":
            return self._fault(token, "COQL has no IS EMPTY.", put="null", sure=True)
        if token.kind in (TEXT, NUMBER, WORD, PLACEHOLDER):
            span = self._cursor.since(operator_at)
            sign = "=" if operator_at == self._at - 1 else "!="
            return self._fault(token, "IS takes only NULL or NOT NULL.", put=sign, span=span, sure=True)
        return self.unexpected("NULL")

    def no_operator(self, column: Column) -> CoqlError:
        token, after = self._token, self._cursor.peek()
        pattern = _PATTERNS.get(token.text.lower()) if token.kind == WORD else None
        if pattern and after == TEXT:
            value = self._cursor.token_at(self._at + 1)
            like = f"like {quoted(pattern.format(unquoted(value.text)))}"
            message = f"COQL has no {token.text}; LIKE and % do that."
            return self._fault(token, message, put=like, span=Span(token.start, value.end), sure=True)
        if (
            token.kind == WORD
            and not column.quote
            and after in (*COMPARISONS, "like", "in", "is", "not", "between")
        ):
            name, span = f"{column.text}_{token.text}", Span(column.span.start, token.end)
            message = "A column is one word: its API name, not its label."
            return self._fault(token, message, put=name, span=span, sure=True)
        if column.quote and token.kind in ("and", "or", ")", END):
            message = f"{column.text} is read as a column here, and nothing is compared with it."
            return self._fault(token, message, span=column.span)
        return self.unexpected(f"an operator after {column.text}")

    # -- values

    def not_a_number(self) -> CoqlError:
        token = self._token
        return self._fault(
            token,
            f"{token.text} is not a number.",
            advice="Dates and other texts are quoted.",
            put=quoted(token.text),
            sure=True,
        )

    def value_in_brackets(self) -> CoqlError:
        return self._fault(
            self._token,
            "A single value has no brackets.",
            advice="Use IN for a list: Lead_Source in ('Chat', 'Partner')",
        )

    def column_as_value(self) -> CoqlError:
        token = self._token
        return self._fault(
            token,
            f"{token.text} is not a value: COQL compares a column with a value, never with a column.",
            advice="A text must be quoted.",
            put=quoted(token.text),
        )

    def function_as_value(self, at: int) -> CoqlError:
        token = self._cursor.token_at(at)
        return self._fault(
            token,
            f"COQL has no functions in WHERE: {token.text}( ... ).",
            advice="Write the value itself; dates as '2026-01-31'.",
        )

    def several_words(self, at: int) -> CoqlError:
        """A value without quotes goes on at the current token."""
        last = self._at
        while self._cursor.kinds[last + 1] in (WORD, NUMBER):
            last += 1
        span = self._cursor.tokens.span(at, last)
        return self._fault(
            self._cursor.token_at(at),
            "A value of several words must be quoted.",
            put=quoted(self._source[span.start : span.end]),
            span=span,
            sure=True,
        )

    def unbracketed_values(self) -> CoqlError:
        token = self._token
        return self._fault(token, "The values after IN stand in brackets.", put=f"({token.text})", sure=True)

    def no_values(self) -> CoqlError:
        return self._fault(self._token, "IN needs at least one value.")
