"""The rules, and which of them are asked: each stands behind what has to be there for it to have anything to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.checks import (
    aggregates,
    aliases,
    clauses,
    columns,
    duplicates,
    excess,
    literals,
    operators,
    picklists,
    scopes,
    subqueries,
)
from zcrm_tools.coql.checks.values import AS_WRITTEN
from zcrm_tools.coql.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from zcrm_tools.coql.checks.select import Compared, Select, Topic, Use
    from zcrm_tools.coql.diagnostics import Diagnostic
    from zcrm_tools.coql.kinds import Kind

SELECT_RULES: Mapping[Topic, tuple[Callable[[Select], Iterable[Diagnostic]], ...]] = {
    "module": (columns.unknown_module,),
    "where": (clauses.no_where,),
    "star": (clauses.star,),
    "brackets": (clauses.unpaired_criteria,),
    "limit": (clauses.limit,),
    "view": (clauses.view,),
    "groups": (aggregates.unknown_function, aggregates.unsuitable_argument, aggregates.ungrouped),
    "duplicates": (duplicates.repeated,),
    "aliases": (aliases.empty, aliases.repeated, aliases.shadowing, aliases.missing_comma),
    "amount": (excess.too_many, excess.joins),
    "sub-query": (subqueries.one_column,),
}
COLUMN_RULES: tuple[Callable[[Select, Use], Diagnostic | None], ...] = (
    columns.unresolved,
    columns.unsupported,
    columns.unquoted_arrow,
)
"""Asked of columns that do not name a field COQL can read wherever it stands."""
CRITERION_RULES: tuple[tuple[Callable[[Select, Compared], Iterable[Diagnostic]], Collection[Kind]], ...] = (
    (operators.not_allowed, KINDS),
    (operators.spelling, KINDS),
    (operators.pattern, ("text", "picklist", "multiselect", "anything")),
    (literals.null_compared, KINDS),
    (literals.wrong_value, AS_WRITTEN),
    (picklists.unlisted, ("picklist", "multiselect")),
)
"""Each with the kinds of fields it has something to say about."""
_RULES_FOR = {kind: tuple(rule for rule, kinds in CRITERION_RULES if kind in kinds) for kind in KINDS}


def asked(selects: Sequence[Select], granted: Callable[[str], bool] | None) -> list[Diagnostic]:
    """What the rules say, in source order."""
    found: list[Diagnostic] = []
    for select in selects:
        for topic, rules in SELECT_RULES.items():
            if topic in select.topics:
                for rule in rules:
                    found += rule(select)
        for use in select.doubtful:
            found += [fault for each in COLUMN_RULES if (fault := each(select, use))]
        for compared in select.doubts:
            for judge in _RULES_FOR[compared.field.kind if compared.field is not None else "anything"]:
                found += judge(select, compared)
    found += subqueries.too_many(selects)
    if granted is not None:
        found += scopes.missing(selects, granted)
    found.sort(key=lambda diagnostic: (diagnostic.span, diagnostic.severity))
    return found
