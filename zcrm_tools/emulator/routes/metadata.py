"""Settings: modules, fields, related lists.

https://www.zoho.com/crm/developer/docs/api/v8/modules-api.html, field-meta.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import locks, refusals
from zcrm_tools.emulator.bodies import at
from zcrm_tools.emulator.call import V2_1, Call, as_id, route
from zcrm_tools.emulator.describe import (
    choice_item,
    field_item,
    module_details,
    module_item,
)
from zcrm_tools.emulator.replies import Json, Refusal, not_modified, nothing, reply
from zcrm_tools.emulator.routes.records import related_summary
from zcrm_tools.emulator.schema import FieldDef, ModuleDef


def module_param(call: Call) -> ModuleDef:
    """The `module` parameter that most settings calls demand."""
    name = call.query.get("module")
    if not name:
        raise refusals.missing_param("module")
    module = call.store.modules.get(name)
    if module is None or module.generated_type == "system":
        message = "the module name given seems to be invalid"
        raise Refusal("INVALID_MODULE", message, {"param_name": "module"})
    return module


def list_modules(call: Call) -> Response:
    status = call.query.get("status", "visible").split(",")
    if "visible" not in status:
        return nothing()
    since = call.since("If-Modified-Since")
    shown = [m for m in call.store.modules.values() if m.generated_type != "system"]
    if since is not None:
        shown = [m for m in shown if (call.store.shaped_at(m.api_name) or 0) > since]
        if not shown:
            return not_modified()
    return reply({"modules": [_module(call, module) for module in shown]})


def _module(call: Call, module: ModuleDef) -> Json:
    changed = call.store.shaped_at(module.api_name)
    return {**module_item(call.store, module), "modified_time": changed and at(call, changed)}


def get_module(call: Call) -> Response:
    wanted = call.path["name"]
    for module in call.store.modules.values():
        if wanted in (module.api_name, str(module.id)) and module.generated_type != "system":
            return reply({"modules": [module_details(call.store, module)]})
    message = "the module name given seems to be invalid"
    raise Refusal("INVALID_MODULE", message, {"resource_path_index": 2})


def list_fields(call: Call) -> Response:
    locked = call.query.get("module") == locks.MODULE.api_name
    module = locks.MODULE if locked else module_param(call)
    if call.query.get("type") == "unused":
        return nothing()
    old = call.caller.version < V2_1
    # The official v2 SDK cannot write to a module that has a field of a type it does not know.
    shown = [f for f in module.fields.values() if not (old and f.data_type == "territories")]
    return reply({"fields": [_shown(call, module, field) for field in shown]})


def _shown(call: Call, module: ModuleDef, field: FieldDef) -> Json:
    """A field as the caller's version shows it: v2 names a lookup's module with a text."""
    item = field_item(call.store, module, field)
    if call.caller.version < V2_1 and item["lookup"]:
        item["lookup"]["module"] = item["lookup"]["module"]["api_name"]
    return item


def _field(call: Call, module: ModuleDef) -> FieldDef:
    wanted = as_id(call.path["id"])
    found = next((field for field in module.fields.values() if field.id == wanted), None)
    if found is None:
        raise refusals.bad_path_id(2)
    return found


def get_field(call: Call) -> Response:
    module = module_param(call)
    return reply({"fields": [_shown(call, module, _field(call, module))]})


def list_choices(call: Call) -> Response:
    module = module_param(call)
    choices = _field(call, module).picklist
    if not choices:
        return nothing()
    layout = [{"api_name": "Standard__s", "name": "Standard", "id": str(module.layout_id)}]
    items = [{**choice_item(choice), "layout_associations": layout} for choice in choices]
    return reply({"pick_list_values": items})


def list_related_lists(call: Call) -> Response:
    items = related_summary(call, module_param(call))
    return reply({"related_lists": items}) if items else nothing()


def get_related_list(call: Call) -> Response:
    items = related_summary(call, module_param(call))
    found = [item for item in items if item["id"] == call.path["id"]]
    if not found:
        raise refusals.bad_path_id(2)
    return reply({"related_lists": found})


routes: list[Route] = [
    route("/settings/modules", list_modules, "list_modules"),
    route("/settings/modules/{name}", get_module, "get_module"),
    route("/settings/fields", list_fields, "list_fields"),
    route("/settings/fields/{id}", get_field, "get_field"),
    route("/settings/fields/{id}/pick_list_values", list_choices, "list_choices"),
    route("/settings/related_lists", list_related_lists, "list_related_lists"),
    route("/settings/related_lists/{id}", get_related_list, "get_related_list"),
]
