"""What can be said against a query before it costs a credit: a list of small rules, each for one kind of fault.

A rule looks at one select (the outer query or a sub-query) and yields diagnostics; it knows nothing of the others.
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
from zcrm_tools.coql.walk import queries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zcrm_tools.coql.diagnostics import Diagnostic
    from zcrm_tools.coql.nodes import Query
    from zcrm_tools.coql.schema import Schema

__all__ = ["RULES", "check", "price"]

RULES: tuple[Callable[[Select], Iterator[Diagnostic]], ...] = (
    columns.unknown_module,
    columns.unresolved,
    columns.unsupported,
    columns.unquoted_arrow,
    clauses.no_where,
    clauses.star,
    clauses.unpaired_criteria,
    clauses.limit,
    clauses.view,
    operators.not_allowed,
    operators.pattern,
    literals.null_compared,
    literals.wrong_value,
    picklists.unlisted,
    aggregates.unknown_function,
    aggregates.unsuitable_argument,
    aggregates.ungrouped,
    aliases.empty,
    aliases.repeated,
    aliases.shadowing,
    aliases.missing_comma,
    duplicates.repeated,
    limits.too_many,
    limits.joins,
    subqueries.one_column,
)


def check(query: Query, schema: Schema, *, granted: Callable[[str], bool] | None = None) -> list[Diagnostic]:
    """Every fault and doubt about `query`, in source order. Empty: nothing is known against it.

    Modules that `schema` has not loaded are taken on trust; see `missing_modules`. `granted` tells whether a scope is
    covered; without it scopes are not checked.
    """
    selects = [Select(each, schema, outer=each is query) for each in queries(query)]
    found = [diagnostic for select in selects for rule in RULES for diagnostic in rule(select)]
    found += subqueries.too_many(selects)
    if granted is not None:
        found += scopes.missing(selects, granted)
    found.sort(key=lambda diagnostic: (diagnostic.span, diagnostic.severity))
    return found
