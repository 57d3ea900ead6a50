"""Scoring rules at work: what the field rules of one add up to for the records of its module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zcrm_tools.emulator import documents
from zcrm_tools.emulator.query.filters import Reader, compile_filter
from zcrm_tools.emulator.store import quoted

if TYPE_CHECKING:
    from zcrm_tools.emulator.replies import Json
    from zcrm_tools.emulator.store import Store

KIND: Final = "scoring_rule"
"""Documents, under the API name of their module."""


@dataclass(frozen=True, slots=True)
class Score:
    """What one rule gives one record; `negative` is zero or less."""

    rule: Json
    record: int
    name: str | None
    positive: int
    negative: int


def scores(store: Store, reader: Reader, record: int | None = None) -> Iterator[Score]:
    """Of every record of a module with an active rule, or of one record. Worked out when asked, never stale."""
    for rule in documents.every(store, KIND):
        module = store.modules.get(rule["module"])
        if not rule["active"] or module is None:
            continue
        sums: dict[bool, list[str]] = {True: ["0"], False: ["0"]}
        values: dict[bool, list[object]] = {True: [], False: []}
        for one in rule["field_rules"]:
            condition, bound = compile_filter(module, one["criteria"], reader)
            gain = one["score"] > 0
            sums[gain].append(f"(CASE WHEN {condition} THEN {int(one['score'])} ELSE 0 END)")
            values[gain] += bound
        sql = (
            f"SELECT t.id, t.{quoted(module.display_field)}, {' + '.join(sums[True])}, {' + '.join(sums[False])}"  # noqa: S608
            f" FROM {quoted(module.api_name)} t WHERE coalesce(?, t.id) = t.id ORDER BY t.id"
        )
        for key, name, positive, negative in store.fetch(sql, [*values[True], *values[False], record]):
            yield Score(rule, key, name, positive, negative)
