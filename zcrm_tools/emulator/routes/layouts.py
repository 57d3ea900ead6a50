"""Layouts: the list and one, renamed, switched on and off, deleted.

Every module of the emulator has the one layout that Zoho made, which cannot be deleted nor left without another.
https://www.zoho.com/crm/developer/docs/api/v8/layouts-meta.html, update-custom-layout.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import answer_one, changed, done, flag, names, path_id, stamps, text
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.describe import layout_item
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply
from zcrm_tools.emulator.routes.metadata import module_param
from zcrm_tools.emulator.schema import USERS, ModuleDef

KIND = "layout"
"""Documents: what was changed of a layout, by its id."""


def _item(call: Call, module: ModuleDef) -> Json:
    item = layout_item(call.store, module)
    kept = documents.get(call.store, KIND, module.layout_id)
    if kept is None:
        return item
    moment = stamps(call, kept, names(call.store, USERS))
    item |= {key: moment[key] for key in ("modified_time", "modified_by")}
    item["display_label"] = kept.get("name", item["display_label"])
    item["show_business_card"] = kept.get("show_business_card", True)
    for section in item["sections"]:
        section["display_label"] = kept.get("sections", {}).get(section["id"], section["display_label"])
    return item


def list_layouts(call: Call) -> Response:
    return reply({"layouts": [_item(call, module_param(call))]})


def _layout(call: Call) -> ModuleDef:
    module = module_param(call)
    if path_id(call) != module.layout_id:
        raise refusals.bad_path_id(2)
    return module


def get_layout(call: Call) -> Response:
    module = module_param(call)
    if path_id(call) is None:
        raise refusals.bad_path_id(2)
    return reply({"layouts": [_item(call, module)]}) if path_id(call) == module.layout_id else nothing()


def update_layout(call: Call) -> Response:
    """Names only: fields are added and changed through the fields API."""
    module = _layout(call)

    def write(row: Json, path: str) -> Json:
        kept = documents.get(call.store, KIND, module.layout_id) or {}
        changes: Json = {}
        if "name" in row:
            changes["name"] = text(row, "name", path, needed=True)
        if "show_business_card" in row:
            changes["show_business_card"] = flag(row, "show_business_card", path, default=True)
        if "sections" in row:
            found = _sections(call, module, row["sections"], f"{path}.sections")
            changes["sections"] = {**kept.get("sections", {}), **found}
        documents.remove(call.store, KIND, module.layout_id)
        documents.add(call.store, KIND, {**kept, **changes, **changed(call)}, key=module.layout_id)
        return done("layout updated", module.layout_id)

    return answer_one(call, "layouts", write)


def _sections(call: Call, module: ModuleDef, rows: object, path: str) -> Json:
    if not isinstance(rows, list):
        raise refusals.wrong_type(path, "jsonarray")
    known = {section["id"] for section in layout_item(call.store, module)["sections"]}
    found: Json = {}
    for number, row in enumerate(rows):
        where = f"{path}[{number}]"
        key = row.get("id") if isinstance(row, dict) else None
        if key is None:
            raise Refusal("EXPECTED_FIELD_MISSING", "Expected field missing", {"json_path": f"{where}.id"})
        if key not in known:
            raise refusals.bad_value(f"{where}.id", refusals.INVALID_ID)
        if "fields" in row or "_delete" in row:
            raise refusals.not_covered("changing the fields of a section", json_path=where)
        if "display_label" in row:
            found[key] = text(row, "display_label", where, needed=True)
    return found


def activate_layout(call: Call) -> Response:
    module = _layout(call)

    def write(row: Json, path: str) -> Json:
        if not row.get("profiles"):
            raise refusals.missing_key(f"{path}.profiles")
        details = {"id": str(module.layout_id)}
        raise Refusal("ALREADY_ACTIVATED", "Cannot activate the active layout", details)

    return answer_one(call, "layouts", write)


def deactivate_layout(call: Call) -> Response:
    module = _layout(call)
    asked = call.query.get("transfer_to")
    if not asked:
        raise refusals.missing_param("transfer_to")
    if as_id(asked) != module.layout_id:
        raise refusals.bad_param("transfer_to")
    raise Refusal("NOT_ALLOWED", "Cannot transfer to the deactivated layout", {"param_name": "transfer_to"})


def delete_layout(call: Call) -> Response:
    _layout(call)
    message = "You cannot delete the system-defined layout"
    raise Refusal("NOT_ALLOWED", message, {"resource_path_index": 2})


_PATH = "/settings/layouts"
routes: list[Route] = [
    route(_PATH, list_layouts, "list_layouts"),
    route(f"{_PATH}/{{id}}", get_layout, "get_layout"),
    route(f"{_PATH}/{{id}}", update_layout, "update_layout", "PATCH"),
    route(f"{_PATH}/{{id}}", delete_layout, "delete_layout", "DELETE"),
    route(f"{_PATH}/{{id}}/actions/activate", activate_layout, "activate_layout", "POST"),
    route(f"{_PATH}/{{id}}/actions/activate", deactivate_layout, "deactivate_layout", "DELETE"),
]
