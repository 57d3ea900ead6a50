"""A friendlier input form made into valid COQL, never silently: every change is a value that says what, where and why.

Only changes that keep what was meant are made: those that a rule or the parser marks as `sure`. A misspelt name, a value
that is not in a list, a missing column stay faults, with their replacement offered.

    spelled = rewrite.spell("select * from Deals where Closing_Date = THIS QUARTER limit 5000")
    result = rewrite.fit(spelled, schema, calendar)
    result.text, result.rewrites, result.rows
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.checks import check
from zcrm_tools.coql.checks.limits import MAX_ROWS
from zcrm_tools.coql.checks.select import Select
from zcrm_tools.coql.diagnostics import CoqlError, Diagnostic, Edit, fixed, line_column
from zcrm_tools.coql.frozen import Frozen
from zcrm_tools.coql.lexer import tokenize
from zcrm_tools.coql.nodes import Span
from zcrm_tools.coql.parser import parse
from zcrm_tools.coql.rewrite.dates import named_days, quote_phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zcrm_tools.coql.nodes import Query
    from zcrm_tools.coql.rewrite.calendar import Calendar
    from zcrm_tools.coql.schema import Schema

ROUNDS = 30
"""A repair may bring the next one to light; this many are enough for any query a person wrote."""


class Rewrite(Frozen):
    """One change. `where` is a line and column of the text as it stood then."""

    __slots__ = ()
    before: str
    after: str
    where: str
    why: str

    def __str__(self) -> str:
        if not self.before:
            return f"added `{self.after}`: {self.why}"
        return (
            f"`{self.before}` → `{self.after}`: {self.why}"
            if self.after
            else f"left out `{self.before}`: {self.why}"
        )


class Rewritten(Frozen):
    """`text` is what may be sent, a page at a time; `rows` how many were asked for when one call cannot bring them all
    (None: as the text says). `problems` are the faults and doubts that remain. `phrases` were put into quotes, and
    not yet told.
    """

    __slots__ = ()
    text: str
    rewrites: tuple[Rewrite, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    rows: int | None = None
    query: Query | None = None
    phrases: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[Diagnostic, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")


def spell(source: str) -> Rewritten:
    """Repairs that need no schema: what the parser is sure of. Raises CoqlError for the first fault that stays."""
    text, done = source, []
    phrases = quote_phrases(text)
    if phrases:
        text, _ = _made(text, phrases)  # told when they are worked out, or in the end
    if edits := _old_inequalities(text):
        text, told = _made(text, edits, "Zoho documents `!=` and not `<>`.")
        done += told
    for _ in range(ROUNDS):
        try:
            return Rewritten(text, tuple(done), query=parse(text), phrases=tuple(e.text for e in phrases))
        except CoqlError as fault:
            if not (fault.diagnostic.sure and fault.diagnostic.edits):
                raise
            text, told = _made(text, fault.diagnostic.edits, fault.diagnostic.message)
            done += told
    return Rewritten(text, tuple(done), query=parse(text))


def fit(spelled: Rewritten, schema: Schema, calendar: Calendar | None = None) -> Rewritten:
    """The rest, against the org's own modules and fields. Without a calendar days stay as they are named.

    Raises CoqlError when a repair reveals that the text cannot be parsed.
    """
    text, done, rows = spelled.text, list(spelled.rewrites), None
    for _ in range(ROUNDS):
        query = parse(text)
        selects = _selects(query, schema)
        problems = [d for select in selects for d in named_days(select, calendar)] if calendar else []
        problems = problems or check(query, schema)
        if limit := next((d for d in problems if d.code == "LIMIT_TOO_HIGH" and _is_outer(d, query)), None):
            rows = query.limit.count if query.limit and isinstance(query.limit.count, int) else None
            text, told = _made(
                text, limit.edits, f"One call returns {MAX_ROWS} rows; it is repeated for the rest."
            )
            done += told
            continue
        sure = [d for d in problems if d.sure and d.edits]
        if not sure:
            done += [
                Rewrite(phrase[1:-1], phrase, "", "A value of several words must be quoted.")
                for phrase in spelled.phrases
                if phrase in text
            ]
            return Rewritten(text, tuple(done), tuple(problems), rows, query)
        for each in _apart(sure):
            text, told = _made(text, each.edits, each.message)
            done += told
    query = parse(text)
    return Rewritten(text, tuple(done), tuple(check(query, schema)), rows, query)


def _is_outer(limit: Diagnostic, query: Query) -> bool:
    return query.limit is not None and query.limit.span == limit.span


def _selects(query: Query, schema: Schema) -> list[Select]:
    selects = [Select(query, schema, outer=True)]
    for select in selects:
        selects += [Select(inner, schema, outer=False) for inner in select.inner]
    return selects


def _apart(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Those whose edits do not touch, last first, so that earlier offsets stay true."""
    chosen: list[Diagnostic] = []
    reached = float("inf")
    for each in sorted(found, key=lambda d: max(e.span.end for e in d.edits), reverse=True):
        if max(edit.span.end for edit in each.edits) <= reached:
            chosen.append(each)
            reached = min(edit.span.start for edit in each.edits)
    return chosen


def _made(source: str, edits: Sequence[Edit], why: str = "") -> tuple[str, list[Rewrite]]:
    """The text with the edits made, and one rewrite that tells of them."""
    first, last = min(edit.span.start for edit in edits), max(edit.span.end for edit in edits)
    text = fixed(source, Diagnostic("", "", Span(first, last), edits=tuple(edits)))
    after = text[first : last + len(text) - len(source)]
    line, column = line_column(source, first)
    told = Rewrite(source[first:last].strip(), after.strip(), f"line {line}, column {column}", why)
    return text, [told]


def _old_inequalities(source: str) -> tuple[Edit, ...]:
    return tuple(Edit(token.span, "!=") for token in tokenize(source) if token.kind == "<>")
