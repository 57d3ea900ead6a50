"""What can be said against a query before it costs a credit: lists of small rules, each for one kind of fault.

A rule looks at one select (the outer query or a sub-query), at one of its columns or at one of its criteria, and tells
what is wrong; it knows nothing of the others. The select is walked and looked up once, before the rules.
Errors refuse the query. Warnings mark what Zoho's own pages disagree about, or what runs but is hardly meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.checks import (
    aggregates,
    aliases,
    clauses,
    columns,
    duplicates,
    limits,
    literals,
    operators,
    picklists,
    scopes,
    subqueries,
)
from zcrm_tools.coql.checks.limits import price
from zcrm_tools.coql.checks.select import Select
from zcrm_tools.coql.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from zcrm_tools.coql.checks.select import Compared, Use
    from zcrm_tools.coql.diagnostics import Diagnostic
    from zcrm_tools.coql.kinds import Kind
    from zcrm_tools.coql.nodes import Query
    from zcrm_tools.coql.schema import Schema

__all__ = ["check", "price"]

SELECT_RULES: tuple[
    tuple[Callable[[Select], object], tuple[Callable[[Select], Iterable[Diagnostic]], ...]], ...
] = (
    (lambda s: s.module is None, (columns.unknown_module,)),
    (lambda s: s.query.where is None, (clauses.no_where,)),
    (lambda s: s.stars, (clauses.star,)),
    (lambda s: s.unpaired, (clauses.unpaired_criteria,)),
    (lambda s: s.query.limit, (clauses.limit,)),
    (lambda s: s.query.cvid, (clauses.view,)),
    (
        lambda s: s.aggregates or s.query.group_by,
        (aggregates.unknown_function, aggregates.unsuitable_argument, aggregates.ungrouped),
    ),
    (duplicates.possible, (duplicates.repeated,)),
    (lambda s: s.aliases, (aliases.empty, aliases.repeated, aliases.shadowing, aliases.missing_comma)),
    (limits.possible, (limits.too_many, limits.joins)),
    (lambda s: not s.outer, (subqueries.one_column,)),
)
"""Rules, each behind what has to be there for them to have anything to say."""
COLUMN_RULES: tuple[Callable[[Select, Use], Diagnostic | None], ...] = (
    columns.unresolved,
    columns.unsupported,
    columns.unquoted_arrow,
)
"""Asked of columns that do not name a field COQL can read wherever it stands."""
CRITERION_RULES: tuple[tuple[Callable[[Select, Compared], Iterable[Diagnostic]], Collection[Kind]], ...] = (
    (operators.spelling, KINDS),
    (operators.pattern, ("text", "picklist", "multiselect", "anything")),
    (literals.null_compared, KINDS),
    (literals.wrong_value, literals.JUDGES),
    (picklists.unlisted, ("picklist", "multiselect")),
)
"""Each with the kinds of fields it has something to say about."""
_RULES_FOR = {kind: tuple(rule for rule, kinds in CRITERION_RULES if kind in kinds) for kind in KINDS}


def check(query: Query, schema: Schema, *, granted: Callable[[str], bool] | None = None) -> list[Diagnostic]:
    """Every fault and doubt about `query`, in source order. Empty: nothing is known against it.

    Modules that `schema` has not loaded are taken on trust; see `missing_modules`. `granted` tells whether a scope is
    covered; without it scopes are not checked.
    """
    selects = [Select(query, schema, outer=True)]
    found: list[Diagnostic] = []
    for select in selects:
        if select.inner:
            selects += [Select(inner, schema, outer=False) for inner in select.inner]
        for possible, rules in SELECT_RULES:
            if possible(select):
                for rule in rules:
                    found += rule(select)
        for use in select.doubtful:
            found += [fault for each in COLUMN_RULES if (fault := each(select, use))]
        for compared in select.doubts:
            if not compared.takes:
                found += operators.not_allowed(select, compared)
            for judge in _RULES_FOR[compared.field.kind if compared.field is not None else "anything"]:
                found += judge(select, compared)
    if len(selects) > 1:
        found += subqueries.too_many(selects)
    if granted is not None:
        found += scopes.missing(selects, granted)
    if len(found) > 1:
        found.sort(key=lambda diagnostic: (diagnostic.span, diagnostic.severity))
    return found
