"""`POST /coql`. https://www.zoho.com/crm/developer/docs/api/v8/Get-Records-through-COQL-Query.html"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import permissions, refusals
from zcrm_tools.emulator.access import demand, module_scope
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.describe import field_item
from zcrm_tools.emulator.query import coql
from zcrm_tools.emulator.render import context
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply
from zcrm_tools.emulator.routes.records import is_admin


def run_query(call: Call) -> Response:
    body = call.json()
    text = body.get("select_query")
    if text is None or text == "":
        raise refusals.missing_key("$.select_query", "mandatory key not found")
    if not isinstance(text, str):
        raise refusals.wrong_type("$.select_query", "string")
    with_fields = _wants_fields(body.get("include_meta"))
    query = coql.parsed(text)
    demand(call.caller, module_scope(query.module, "READ"))
    if with_fields:
        demand(call.caller, "ZohoCRM.settings.fields.READ")
    if query.module == "Notes" and not is_admin(call):
        raise Refusal("NO_PERMISSION", "Permission denied to read", status=403)
    base = call.store.modules.get(query.module)
    if base is not None and base.generated_type != "system":
        permissions.require(permissions.of_user(call.store, call.caller.user_id), "View", base)
    answer = coql.run(context(call.store, call.caller), query)
    if not answer.rows:
        return nothing()
    info = {"count": len(answer.rows), "more_records": answer.more}
    found: Json = {"data": answer.rows, "info": info}
    if with_fields:
        found["fields"] = {
            key: field_item(call.store, module, field) for key, (module, field) in answer.fields.items()
        }
    return reply(found)


def _wants_fields(asked: Any) -> bool:
    """`include_meta` is a list, and `fields` the one thing it may hold."""
    if asked is None:
        return False
    if not isinstance(asked, list):
        raise refusals.wrong_type("$.include_meta", "jsonarray")
    if any(name != "fields" for name in asked):
        raise refusals.not_listed("$.include_meta", ["fields"])
    return bool(asked)


routes: list[Route] = [route("/coql", run_query, "coql", "POST")]
