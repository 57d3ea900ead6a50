"""The full text of rich text fields, which Zoho cuts short in lists; ours come whole there too.

https://www.zoho.com/crm/developer/docs/api/v8/get-rich-text-fields.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.call import Call, ids_param, route
from zcrm_tools.emulator.render import context, read, shown
from zcrm_tools.emulator.replies import nothing, reply
from zcrm_tools.emulator.schema import FieldDef, ModuleDef
from zcrm_tools.emulator.store import quoted

MAX_IDS = 100
RICH_LENGTH = 50_000


def is_rich(field: FieldDef) -> bool:
    """A multi-line field of the rich kind is known by the length that only it has."""
    return field.data_type == "textarea" and field.length >= RICH_LENGTH


def _rich(call: Call, module: ModuleDef) -> list[FieldDef]:
    """The rich text fields asked for; all of them when `fields` is absent. Other kinds cannot be asked for."""
    rich = {field.api_name: field for field in module.fields.values() if is_rich(field)}
    asked = [name.strip() for name in call.query.get("fields", "").split(",") if name.strip()]
    if any(name not in rich for name in asked):
        raise refusals.bad_param("fields")
    return [rich[name] for name in asked] or list(rich.values())


def _full(call: Call, module: ModuleDef, ids: list[int]) -> Response:
    fields = _rich(call, module)
    if not fields:
        return nothing()
    ctx = context(call.store, call.caller)
    wanted = [shown(ctx, module, field) for field in (*fields, module.fields["id"])]
    tail = f"FROM {quoted(module.api_name)} t WHERE t.id IN ({', '.join('?' * len(ids))}) ORDER BY t.id"
    rows = read(call.store, wanted, tail, ids)
    return reply({"data": rows}) if rows else nothing()


def fetch_full_record(call: Call) -> Response:
    module, record_id = call.module, call.record_id
    if not call.store.exists(module.api_name, record_id):
        raise refusals.bad_path_id()
    return _full(call, module, [record_id])


def fetch_full_data(call: Call) -> Response:
    module = call.module
    ids = ids_param(call)
    if not ids:
        raise refusals.missing_param("ids")
    if len(ids) > MAX_IDS:
        raise refusals.too_many(MAX_IDS, "ids")
    return _full(call, module, ids)


routes: list[Route] = [
    route("/{module}/actions/fetch_full_data", fetch_full_data, "fetch_full_data"),
    route("/{module}/{id}/actions/fetch_full_data", fetch_full_record, "fetch_full_record"),
]
