"""Custom views: the list, one with its criteria, and the order it sorts by.

https://www.zoho.com/crm/developer/docs/api/v8/custom-view-meta.html, sort-order-cv.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_one,
    at,
    done,
    is_admin,
    listed,
    names,
    row_id,
    rows_under,
)
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.render import module_reference
from zcrm_tools.emulator.replies import Json, nothing, reply
from zcrm_tools.emulator.routes.metadata import module_param
from zcrm_tools.emulator.schema import USERS, ModuleDef
from zcrm_tools.emulator.views import MINE, OTHERS, PUBLIC, View, find, views_of

SORTS = "view_sort"
"""Documents: how a view sorts, by the view's id. Zoho's own views have no document of their own to hold it."""


def category(call: Call, view: View) -> str | None:
    """The heading a view stands under for the caller; None when it is another's and the caller no administrator."""
    if view.body is None or view.body["shared"]:
        return PUBLIC
    if view.body["created_by"] == call.caller.user_id:
        return MINE
    return OTHERS if is_admin(call) else None


def view_item(call: Call, module: ModuleDef, view: View, people: dict[int, Json]) -> Json:
    kept = view.body or {}
    return {
        "display_value": view.name,
        "created_time": at(call, kept.get("created_time")),
        "access_type": "public" if kept.get("shared", True) else "only_to_me",
        "system_name": view.system_name,
        "created_by": people.get(kept.get("created_by", 0)),
        "default": view.id == module.view_id,
        "modified_time": None,
        "name": view.name,
        "system_defined": view.body is None,
        "modified_by": None,
        "id": str(view.id),
        "category": category(call, view),
        "last_accessed_time": None,
        "locked": False,
        "favorite": None,
    }


def view_details(call: Call, module: ModuleDef, view: View) -> Json:
    """One view by itself adds what it shows, of which records, in which order."""
    sort = documents.get(call.store, SORTS, view.id) or view.body or {}
    shown = (view.body or {}).get("fields") or _columns(module)
    return {
        **view_item(call, module, view, names(call.store, USERS)),
        "criteria": _criteria(module, view.criteria),
        "cross_filters": [],
        "shared_to": [],
        "module": module_reference(call.store, module.api_name),
        "fields": [
            {"api_name": name, "id": str(module.fields[name].id), "_pin": False, "_width": 200}
            for name in shown
            if name in module.fields
        ],
        "sort_by": _field(module, sort.get("sort_by")),
        "sort_order": sort.get("sort_order"),
    }


def _columns(module: ModuleDef) -> list[str]:
    wanted = (module.display_field, "Company", "Account_Name", "Amount", "Stage", "Email", "Phone", "Owner")
    return [name for name in dict.fromkeys(wanted) if name in module.fields]


def _field(module: ModuleDef, name: str | None) -> Json | None:
    return None if name is None else {"api_name": name, "id": str(module.fields[name].id)}


def _criteria(module: ModuleDef, criteria: Json | None) -> Json | None:
    """Criteria with the id of each field beside its name."""
    if criteria is None:
        return None
    if "group" in criteria:
        return {**criteria, "group": [_criteria(module, one) for one in criteria["group"]]}
    return {**criteria, "field": _field(module, criteria["field"]["api_name"])}


def list_custom_views(call: Call) -> Response:
    module = module_param(call)
    people = names(call.store, USERS)
    items = [view_item(call, module, view, people) for view in views_of(call.store, module)]
    seen = [item for item in items if item["category"] is not None]
    headings = {
        PUBLIC: "Public Views",
        OTHERS: "Other Users Views",
        "shared_with_me": "Shared With Me",
        MINE: "Created By Me",
    }
    return listed(call, "custom_views", seen, default=str(module.view_id), translation=headings)


def get_custom_view(call: Call) -> Response:
    module = module_param(call)
    view = find(call.store, module, call.path["id"])
    if view is None or category(call, view) is None:
        return nothing()
    return reply({"custom_views": [view_details(call, module, view)]})


def sort_custom_views(call: Call) -> Response:
    module = module_param(call)

    def write(row: Json, path: str) -> Json:
        return _sort(call, module, find(call.store, module, str(row_id(row, path))), row, path)

    return answer(call, "custom_views", rows_under(call, "custom_views"), write)


def sort_custom_view(call: Call) -> Response:
    module = module_param(call)
    view = find(call.store, module, call.path["id"])
    if view is None or as_id(call.path["id"]) is None:
        raise refusals.bad_path_id(2)
    return answer_one(call, "custom_views", lambda row, path: _sort(call, module, view, row, path))


def _sort(call: Call, module: ModuleDef, view: View | None, row: Json, path: str) -> Json:
    if view is None:
        raise refusals.bad_value(f"{path}.id")
    by = row.get("sort_by")
    if by is None:
        raise refusals.missing_key(f"{path}.sort_by")
    if row.get("sort_order") is None:
        raise refusals.missing_key(f"{path}.sort_order")
    name = by.get("api_name") if isinstance(by, dict) else None
    field = module.fields.get(name) if isinstance(name, str) else None
    if field is None:
        raise refusals.bad_value(f"{path}.sort_by.api_name")
    if row["sort_order"] not in ("asc", "desc"):
        raise refusals.bad_value(f"{path}.sort_order")
    kept = {"sort_by": field.api_name, "sort_order": row["sort_order"]}
    documents.remove(call.store, SORTS, view.id)
    documents.add(call.store, SORTS, kept, key=view.id)
    return done("custom view updated", view.id)


routes: list[Route] = [
    route("/settings/custom_views", list_custom_views, "list_custom_views"),
    route("/settings/custom_views/actions/change_sort", sort_custom_views, "sort_custom_views", "PUT"),
    route("/settings/custom_views/{id}", get_custom_view, "get_custom_view"),
    route("/settings/custom_views/{id}/actions/change_sort", sort_custom_view, "sort_custom_view", "PUT"),
]
