"""Notes of a record. `/Notes` and `/Notes/{id}` themselves are ordinary records of the module Notes.

https://www.zoho.com/crm/developer/docs/api/v8/create-notes.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import refusals, rules
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.routes.writes import creator, rows_of, write_all


def create_related(call: Call) -> Response:
    """`POST /{module}/{id}/Notes`. Other related lists are not created into: they are linked."""
    module, record_id = call.module, call.record_id
    if call.path["relation"] != "Notes" or module.api_name not in _notable(call):
        raise refusals.bad_path_id(2, "the relation name given seems to be invalid")
    if not call.store.exists(module.api_name, record_id):
        raise refusals.bad_path_id(1, "the related id given seems to be invalid")
    _, data = rows_of(call)
    write = creator(call, call.store.modules["Notes"])

    def write_note(row: Json, path: str) -> Json:
        return write(rules.with_parent(row, module.api_name, record_id), path)

    return write_all(call, data, write_note, ok=201)


def _notable(call: Call) -> tuple[str, ...]:
    return call.store.modules["Notes"].fields["Parent_Id"].targets


routes: list[Route] = [route("/{module}/{id}/{relation}", create_related, "create_related", "POST")]
