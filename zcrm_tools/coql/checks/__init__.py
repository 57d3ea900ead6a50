"""What can be said against a query before it costs a credit: lists of small rules, each for one kind of fault.

A rule looks at one select (the outer query or a sub-query), at one of its columns or at one of its criteria, and tells
what is wrong; it knows nothing of the others. The select is walked and looked up once, before the rules.
Errors refuse the query. Warnings mark what Zoho's own pages disagree about, or what runs but is hardly meant.
"""

from __future__ import annotations

from zcrm_tools.coql.checks.limits import price
from zcrm_tools.coql.checks.select import Select
from zcrm_tools.coql.frozen import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from zcrm_tools.coql.diagnostics import Diagnostic
    from zcrm_tools.coql.nodes import Query
    from zcrm_tools.coql.schema import Schema

__all__ = ["check", "price"]


def check(query: Query, schema: Schema, *, granted: Callable[[str], bool] | None = None) -> list[Diagnostic]:
    """Every fault and doubt about `query`, in source order. Empty: nothing is known against it.

    Modules that `schema` has not loaded are taken on trust; see `missing_modules`. `granted` tells whether a scope is
    covered; without it scopes are not checked.
    """
    selects = [Select(query, schema, outer=True)]
    for select in selects:
        if select.inner:
            selects += [Select(inner, schema, outer=False) for inner in select.inner]
    if granted is None and not any(select.topics for select in selects):
        return []
    # Of most queries there is nothing to say, and the rules take, with the errors they bring, 8 ms to load.
    from zcrm_tools.coql.checks.rules import asked

    return asked(selects, granted)
