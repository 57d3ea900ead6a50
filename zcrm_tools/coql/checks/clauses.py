"""The shape of the query: WHERE, the select list, brackets, LIMIT, the custom view."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from zcrm_tools.coql.checks.limits import MAX_ROWS, REACH
from zcrm_tools.coql.diagnostics import Diagnostic, Edit
from zcrm_tools.coql.nodes import Group, Logical, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zcrm_tools.coql.checks.select import Select
    from zcrm_tools.coql.nodes import Condition
    from zcrm_tools.coql.schema import ModuleView

STAR_COLUMNS = 12
"""Columns offered in place of `*`."""


def no_where(select: Select) -> Iterable[Diagnostic]:
    query = select.query
    if query.where is None:
        end = query.source_span.end
        yield Diagnostic(
            "NO_WHERE",
            "COQL demands a WHERE.",
            query.source_span,
            help="`where id is not null` takes every record.",
            edits=(Edit(Span(end, end), " where id is not null"),),
            details={"clause": "where"},
            sure=True,
        )


def star(select: Select) -> Iterable[Diagnostic]:
    for selected in select.stars:
        names = useful_columns(select.module) if select.module else ()
        span = selected.expression.span
        yield Diagnostic(
            "SELECT_STAR",
            "COQL has no `select *`: name the columns.",
            span,
            edits=(Edit(span, ", ".join(names)),) if names else (),
            sure=True,
        )


def useful_columns(module: ModuleView) -> tuple[str, ...]:
    """The id, the name, and then the module's own order, as far as COQL can read them."""
    names = ["id", *([module.name_field] if module.name_field else [])]
    readable = (
        f for f in module.fields() if f.kind not in ("unsupported", "anything", "textarea", "territory")
    )
    names += (f.api_name for f in readable if f.api_name not in names)
    return tuple(names[:STAR_COLUMNS])


def unpaired_criteria(select: Select) -> Iterable[Diagnostic]:
    """Three criteria or more are bracketed in pairs: `((A and B) and C)`."""
    pending: list[Condition] = [select.query.where] if select.query.where else []
    while pending:
        node = pending.pop()
        if isinstance(node, Group):
            pending.append(node.condition)
        elif isinstance(node, Logical):
            insertions, inside = _pairs(node)
            pending += inside
            if insertions:
                yield Diagnostic(
                    "UNPAIRED_CRITERIA",
                    "Three criteria or more must be bracketed in pairs: ((A and B) and C).",
                    node.span,
                    edits=tuple(Edit(Span(at, at), text) for at, text in insertions),
                    sure=True,
                )


def _pairs(chain: Logical) -> tuple[list[tuple[int, str]], list[Condition]]:
    """The brackets a chain lacks, by offset, and the groups inside it."""
    missing: Counter[int] = Counter()
    closing: Counter[int] = Counter()
    inside: list[Condition] = []
    pending = [chain]
    while pending:
        node = pending.pop()
        for side in (node.left, node.right):
            if isinstance(side, Logical):
                missing[side.span.start] += 1
                closing[side.span.end] += 1
                pending.append(side)
            elif isinstance(side, Group):
                inside.append(side)
    texts = [(at, "(" * n) for at, n in missing.items()] + [(at, ")" * n) for at, n in closing.items()]
    return sorted(texts), inside


def limit(select: Select) -> Iterable[Diagnostic]:
    node = select.query.limit
    if node is None:
        return
    count, offset = node.count, node.offset
    if (
        isinstance(count, int)
        and isinstance(offset, int)
        and 0 < count <= MAX_ROWS
        and offset + count <= REACH
    ):
        return
    span = node.span
    if isinstance(count, str) or isinstance(offset, str):
        wrong = count if isinstance(count, str) else offset
        what = "LIMIT" if isinstance(count, str) else "OFFSET"
        yield Diagnostic(
            "WRONG_LIMIT",
            f"{what} takes a whole number, not `{wrong}`.",
            span,
            edits=(Edit(span, "limit 200"),),
            details={what.lower(): wrong},
        )
        return
    rest = f" offset {offset}" if offset else ""
    if count < 1:
        yield Diagnostic(
            "LIMIT_ZERO", "LIMIT must be greater than 0.", span, edits=(Edit(span, f"limit 200{rest}"),)
        )
    elif count > MAX_ROWS:
        yield Diagnostic(
            "LIMIT_TOO_HIGH",
            f"One call returns at most {MAX_ROWS} rows.",
            span,
            help=f"Ask again with offset {offset + MAX_ROWS} for the next rows.",
            edits=(Edit(span, f"limit {MAX_ROWS}{rest}"),),
            details={"limit": MAX_ROWS},
        )
    if offset + count > REACH:
        yield Diagnostic(
            "OFFSET_TOO_HIGH",
            f"Offsets reach {REACH} rows and no further.",
            span,
            help="Go on from the last id instead: where id > 'last id' order by id asc",
        )


def view(select: Select) -> Iterable[Diagnostic]:
    """`from Leads#1`: the id of a custom view has 15 digits or more. Whether the view exists only Zoho knows."""
    cvid = select.query.cvid
    if cvid and not (cvid.isascii() and cvid.isdigit()):
        yield Diagnostic(
            "WRONG_VIEW",
            f"`{cvid}` is not the id of a custom view.",
            select.query.source_span,
            details={"cvid": cvid},
        )
    elif cvid and len(cvid) < 15:
        yield Diagnostic(
            "DOUBTFUL_VIEW",
            f"`{cvid}` is short for the id of a custom view.",
            select.query.source_span,
            severity="warning",
            details={"cvid": cvid},
        )
