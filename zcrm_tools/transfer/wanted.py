"""What an export is asked for, checked against the org: names, condition, file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zcrm_tools.coql.nodes import Condition, Group, Logical
from zcrm_tools.crm.coql import prepare
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_SENT, ApiError, InvalidInput, Problem, ScopeMissing
from zcrm_tools.metadata.values import find_field, unknown_field
from zcrm_tools.models.metadata import FieldInfo
from zcrm_tools.transfer import forms
from zcrm_tools.transfer.columns import exportable

FIELDS = 49
"""Columns besides `id`: one COQL query names 50, by the stricter of Zoho's pages."""

STAMPS = frozenset({"Created_Time", "Modified_Time", "Created_By", "Modified_By"})


@dataclass(frozen=True, slots=True)
class Export:
    """A request that was checked against the org. `skipped` are the fields that are left out, with the reason; `exact` is of
    CSV, whose formulas are else kept from running.
    """

    org: Org
    module: str
    fields: tuple[FieldInfo, ...]
    where: str
    condition: Condition | None
    target: Path
    format: str
    skipped: Mapping[str, str]
    dated: bool = True
    """Whether records say when they were created, so that newer ones can be left out."""
    exact: bool = False
    zone: tzinfo | None = None
    """By whose clock a spreadsheet shows moments: the org's, None where it is not known."""

    @property
    def names(self) -> tuple[str, ...]:
        return ("id", *(f.api_name for f in self.fields if f.api_name != "id"))


async def checked(
    org: Org, module: str, target: Path, *, fields: Sequence[str] = (), where: str = "", exact: bool = False
) -> Export:
    """Check names and condition against the org; nothing of the module is read. Without `fields`, all that COQL
    returns, 49 of them at most. Raises InvalidInput or QueryRefused with every fault.
    """
    form = forms.format_of(target)
    info = await org.catalogue.module(module)
    known = await org.catalogue.fields(info.api_name)
    chosen, skipped = _chosen(known, fields)
    condition = await _condition(org, info.api_name, where) if where.strip() else None
    dated = "Created_Time" in known
    zone = await _zone(org) if form == "xlsx" else None
    return Export(
        org, info.api_name, chosen, where.strip(), condition, target, form, skipped, dated, exact, zone
    )


async def _zone(org: Org) -> tzinfo | None:
    try:
        return ZoneInfo((await org.catalogue.org()).time_zone or "")
    except (ScopeMissing, ApiError, ZoneInfoNotFoundError, ValueError):
        return None


def _chosen(
    known: Mapping[str, FieldInfo], asked: Sequence[str]
) -> tuple[tuple[FieldInfo, ...], Mapping[str, str]]:
    if not asked:
        return _all(known)
    problems: list[Problem] = []
    found: dict[str, FieldInfo] = {}
    for name in asked:
        info = find_field(name, known)
        if info is None:
            if name == "id":
                continue
            message, close = unknown_field(name, known)
            problems.append(Problem("UNKNOWN_FIELD", message, NOTHING_SENT, field=name, closest=close))
        elif not exportable(info):
            problems.append(
                Problem(
                    "NOT_EXPORTABLE",
                    f"{info.api_name} is of type {info.data_type}, which COQL does not return.",
                    NOTHING_SENT,
                    "Leave it out.",
                    field=name,
                )
            )
        else:
            found[info.api_name] = info
    if len(found) > FIELDS:
        problems.append(
            Problem(
                "TOO_MANY_FIELDS",
                f"{len(found)} fields were asked for; a query names {FIELDS} besides id.",
                NOTHING_SENT,
            )
        )
    if problems:
        raise InvalidInput(*problems)
    return tuple(found.values()), {}


def _all(known: Mapping[str, FieldInfo]) -> tuple[tuple[FieldInfo, ...], Mapping[str, str]]:
    """As many as a query names, in the org's order; who made and changed a record, and when, is among them."""
    able = [name for name, info in known.items() if exportable(info) and name != "id"]
    kept = set(sorted(able, key=lambda name: name not in STAMPS)[:FIELDS])
    chosen = tuple(known[name] for name in able if name in kept)
    too_many = f"a query names {FIELDS + 1} fields"
    return chosen, {
        name: too_many if name in able else "COQL does not return it"
        for name in known
        if name not in kept and name != "id"
    }


async def _condition(org: Org, module: str, where: str) -> Condition | None:
    """The condition as the org's own fields allow it. Raises QueryRefused."""
    ready = await prepare(org, f"select id from {module} where {where} limit 1")  # noqa: S608 (parsed, not run)
    if ready.query.order_by or ready.query.group_by:
        raise InvalidInput(
            Problem(
                "NOT_A_CONDITION",
                "A condition alone was expected.",
                NOTHING_SENT,
                "Leave out GROUP BY and ORDER BY.",
            )
        )
    found = ready.query.where
    return Group(found) if isinstance(found, Logical) else found
