"""Call preferences: whether calls show the numbers they come from and go to.

https://www.zoho.com/crm/developer/docs/api/v8/get-call-preferences.html
"""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import flag, object_under
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.replies import Json, reply, success

NAME: Final = "call_preferences"
KEY: Final = 1
FLAGS: Final = ("show_from_number", "show_to_number")


def _kept(call: Call) -> Json:
    kept = documents.get(call.store, NAME, KEY) or {}
    return {name: kept.get(name, False) for name in FLAGS}


def get_preferences(call: Call) -> Response:
    return reply({NAME: _kept(call)})


def update_preferences(call: Call) -> Response:
    row, path = object_under(call, NAME), f"$.{NAME}"
    if not row.keys() & set(FLAGS):
        raise refusals.missing_key(f"{path}.{FLAGS[0]}")
    usual = _kept(call)
    changed = {name: flag(row, name, path, usual[name]) for name in FLAGS}
    with call.store.transaction():
        documents.remove(call.store, NAME, KEY)
        documents.add(call.store, NAME, changed, key=KEY)
    return reply({NAME: success("The call preferences updated successfully", {})})


_PATH = "/settings/call_preferences"
routes: list[Route] = [
    route(_PATH, get_preferences, "get_call_preferences"),
    route(_PATH, update_preferences, "update_call_preferences", "PUT"),
]
