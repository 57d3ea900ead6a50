"""Cloning a record: a new one with the same values, some of them given otherwise.

https://www.zoho.com/crm/developer/docs/api/v8/record-clone.html
"""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.copying import values
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.routes.writes import creator, rows_of, write_all

_NOT: Final = frozenset({"Notes", "Attachments"})
_LEFT: Final = {"Events": ("Recurring_Activity", "Remind_At")}


def clone_record(call: Call) -> Response:
    """The body is optional; its one row of `data` says what is to be different."""
    module, record_id = call.module, call.record_id
    if module.api_name in _NOT or module.generated_type not in ("default", "custom"):
        raise Refusal("NOT_SUPPORTED", "The given module is not supported in API", {"resource_path_index": 0})
    kept = values(call.store, module, record_id)
    if kept is None:
        raise refusals.bad_path_id()
    for name in _LEFT.get(module.api_name, ()):
        kept.pop(name, None)
    data: list[object] = [{}]
    if call.body.strip():
        _, data = rows_of(call)
    if len(data) > 1:
        raise refusals.over_limit("$.data", 1)
    create = creator(call, module)

    def clone(row: Json, path: str) -> Json:
        return create({**kept, **row}, path)

    return write_all(call, data, clone, ok=201)


routes: list[Route] = [route("/{module}/{id}/actions/clone", clone_record, "clone_record", "POST")]
