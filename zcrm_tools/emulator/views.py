"""Custom views: those every org has, those people added, and the SQL condition any of them stands for.

Zoho offers no call that makes a view, so `create_view` is for the control plane and for seeds.
https://www.zoho.com/crm/developer/docs/api/v8/custom-view-meta.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.caller import Caller
from zcrm_tools.emulator.query.filters import BadFilter, Compiled, Reader, compile_filter
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.schema import ORG_PREFIX, ModuleDef
from zcrm_tools.emulator.store import Store

KIND: Final = "custom_view"
PUBLIC: Final = "public_views"
MINE: Final = "created_by_me"
OTHERS: Final = "other_users_views"


@dataclass(frozen=True, slots=True)
class View:
    """One view. `criteria` None is every record; leads that were converted show in few."""

    id: int
    module: str
    name: str
    system_name: str | None = None
    criteria: Json | None = None
    converted: bool = False
    body: Json | None = None
    """What was stored with a view that people added; None for those of Zoho."""


def criterion(name: str, comparator: str, value: object) -> Json:
    return {"comparator": comparator, "field": {"api_name": name}, "value": value}


def _both(*criteria: Json) -> Json:
    return {"group_operator": "AND", "group": list(criteria)}


_MY = criterion("Owner", "equal", "${CURRENTUSER}")
_OPEN_LEAD = criterion("Lead_Status", "not_in", ["Junk Lead", "Not Qualified"])
_WON, _LOST = ["Closed Won"], ["Closed Lost", "Closed Lost to Competition"]
_OPEN_TASK = criterion("Status", "not_equal", "Completed")
_Row = tuple[str, str, Json | None]
_COMMON: Final[tuple[_Row, ...]] = (
    ("All {}", "ALLVIEWS", None),
    ("My {}", "MYVIEWS", _MY),
    ("Recently Created {}", "RECENTLYCREATED", criterion("Created_Time", "equal", "${LAST30DAYS}")),
    ("Recently Modified {}", "RECENTLYMODIFIED", criterion("Modified_Time", "equal", "${LAST30DAYS}")),
)
_PARTICULAR: Final[dict[str, tuple[_Row, ...]]] = {
    "Leads": (
        ("Converted Leads", "CONVERTEDVIEWS", None),
        ("My Converted Leads", "MYCONVERTEDVIEWS", _MY),
        ("Junk Leads", "JUNKLEADVIEWS", criterion("Lead_Status", "equal", "Junk Lead")),
        ("Not Qualified Leads", "NOTQUALIFIEDLEADVIEWS", criterion("Lead_Status", "equal", "Not Qualified")),
        ("Open Leads", "OPENLEADVIEWS", _OPEN_LEAD),
        ("Todays Leads", "today", criterion("Created_Time", "equal", "${TODAY}")),
        ("Unsubscribed Leads", "UNSUBSCRIBED", criterion("Email_Opt_Out", "equal", True)),
    ),
    "Deals": (
        ("Open Deals", "OPENDEALS", criterion("Stage", "not_in", [*_WON, *_LOST])),
        ("Closing Next Month", "CLOSINGNEXTMONTH", criterion("Closing_Date", "equal", "${NEXTMONTH}")),
        ("Closing This Month", "CLOSINGTHISMONTH", criterion("Closing_Date", "equal", "${THISMONTH}")),
        ("My Closed Won Deals", "MYCLOSEDDEALS", _both(_MY, criterion("Stage", "in", _WON))),
    ),
    "Tasks": (
        ("Open Tasks", "OPENTASKS", _OPEN_TASK),
        ("My Open Tasks", "MYOPENTASKS", _both(_MY, _OPEN_TASK)),
        ("Overdue Tasks", "OVERDUETASKS", _both(_OPEN_TASK, criterion("Due_Date", "less_than", "${TODAY}"))),
        ("Closed Tasks", "CLOSEDTASKS", criterion("Status", "equal", "Completed")),
    ),
}


def views_of(store: Store, module: ModuleDef) -> list[View]:
    """Zoho's own first, then those that were added."""
    found = []
    for number, (name, system, criteria) in enumerate((*_COMMON, *_PARTICULAR.get(module.api_name, ()))):
        if criteria is not None and not _fits(module, criteria):
            continue
        first = module.view_id if number == 0 else ORG_PREFIX + 450_000 + 100 * module.sequence + number
        shown = name.format(module.plural)
        found.append(View(first, module.api_name, shown, system, criteria, "CONVERTED" in system))
    added = documents.every(store, KIND, parent=module.api_name)
    return found + [
        View(int(kept["id"]), module.api_name, kept["name"], None, kept["criteria"], body=kept)
        for kept in added
    ]


def _fits(module: ModuleDef, criteria: Json) -> bool:
    named = [criteria, *criteria.get("group", ())]
    return all(one["field"]["api_name"] in module.fields for one in named if "field" in one)


def find(store: Store, module: ModuleDef, cvid: str) -> View | None:
    return next((view for view in views_of(store, module) if str(view.id) == cvid), None)


def reader_of(store: Store, caller: Caller) -> Reader:
    return Reader(caller.user_id, caller.time_zone, store.clock.now())


def view_condition(
    store: Store, caller: Caller, module: ModuleDef, cvid: str, *, table: str = "t"
) -> Compiled:
    """The SQL condition of a view over the module's table under an alias, and the values it binds.

    It settles converted leads too: hidden, or the only ones. INVALID_DATA when the module has no such view.
    """
    view = find(store, module, cvid)
    if view is None:
        raise refusals.bad_param("cvid")
    return view_sql(reader_of(store, caller), module, view, table=table)


def view_sql(reader: Reader, module: ModuleDef, view: View, *, table: str = "t") -> Compiled:
    parts: list[str] = []
    values: list[object] = []
    if view.criteria is not None:
        sql, values = compile_filter(module, view.criteria, reader, table=table)
        parts.append(sql)
    if "Converted__s" in module.fields:
        parts.append(f'{table}."Converted__s" = {int(view.converted)}')
    return " AND ".join(parts) or "1", values


def filter_condition(
    store: Store, caller: Caller, module: ModuleDef, text: str, param: str = "filters"
) -> Compiled:
    """The condition of criteria sent as a parameter, JSON text; INVALID_DATA when they cannot be understood."""
    try:
        return compile_filter(module, json.loads(text), reader_of(store, caller))
    except (BadFilter, ValueError, RecursionError):
        raise refusals.bad_param(param) from None


def create_view(store: Store, module: ModuleDef, caller: Caller, body: dict[str, Any]) -> int:
    """Add a view: `name`, `criteria` (or None), `fields` (API names), `sort_by`, `sort_order`, `category`; its id.

    Refused, as a body is, when the criteria make no sense for the module.
    """
    name, criteria = body.get("name"), body.get("criteria")
    if not isinstance(name, str) or not name:
        raise refusals.missing_key("$.name")
    if criteria is not None:
        try:
            compile_filter(module, criteria, reader_of(store, caller))
        except BadFilter as bad:
            raise refusals.bad_value(f"$.criteria{bad.path}") from None
    kept = {
        "name": name,
        "criteria": criteria,
        "fields": body.get("fields") or [module.display_field],
        "sort_by": body.get("sort_by"),
        "sort_order": body.get("sort_order"),
        "shared": body.get("category", MINE) == PUBLIC,
        "created_by": caller.user_id,
        "created_time": int(store.clock.now().timestamp()),
    }
    return documents.add(store, KIND, kept, parent=module.api_name)
