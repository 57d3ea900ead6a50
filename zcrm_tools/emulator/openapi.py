"""The emulator's own OpenAPI document, made from its routes, so that tools can call all of them.

It says which addresses answer and what scopes they demand; Zoho's own specification (github.com/zoho/crm-oas) says what the
bodies look like. Query parameters and body keys are those of the API as a whole: a call ignores what it does not take.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from zcrm_tools.emulator.accounts import own_url
from zcrm_tools.emulator.dispatch import VERSIONS
from zcrm_tools.emulator.needs import NEEDS

if TYPE_CHECKING:
    from starlette.requests import Request

    from zcrm_tools.emulator.app import Emulator

Json = dict[str, Any]

QUERY = (
    "fields ids page per_page page_token sort_by sort_order cvid criteria word email phone module type status include"
    " include_child converted approved job_id layout_id filters id duplicate_check_fields over_write channel_id"
).split()
BODIES = (
    "data ids fields modules tags users roles profiles variables watch query select_query operation resource"
    " trigger duplicate_check_fields cvid owner notify blueprint transition_id user_groups related_modules to share tasks"
    " map_dependency duplicate_check_preference record_locking_configurations call_preferences __email_drafts scoring_rules"
).split()


def document(emulator: Emulator, crm: Iterable[Route], accounts: Iterable[Route], url: str) -> Json:
    """OpenAPI 3.1. Names and ids of the org are offered as examples of what a path can hold."""
    paths: dict[str, Json] = {}
    known = _known(emulator)
    for route in crm:
        _add(paths, f"/crm/{{version}}{route.path_format}", route, known, NEEDS[route.name])
    for route in accounts:
        _add(paths, route.path_format, route, known, ())
    _number(paths)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Emulator of Zoho Accounts and Zoho CRM",
            "version": max(VERSIONS, key=lambda name: VERSIONS[name]),
            "description": "Every address that this emulator answers. Parameters and body keys are the API's as a whole.",
        },
        "servers": [{"url": url}],
        "security": [{"zoho": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {
                "zoho": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`Zoho-oauthtoken <access token>`",
                }
            }
        },
    }


def _add(
    paths: dict[str, Json], path: str, route: Route, known: dict[str, list[str]], clauses: tuple[Any, ...]
) -> None:
    names = [*(["version"] if path.startswith("/crm/") else []), *route.param_convertors]
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _schema(name, known)} for name in names
    ]
    for method in sorted((route.methods or set()) - {"HEAD"}):
        operation: Json = {
            "operationId": f"{method.lower()}_{route.name}",
            "summary": route.name.replace("_", " "),
            "parameters": [*parameters, *_query(method)],
            "responses": {"default": {"description": "As Zoho answers: JSON, a file, or nothing (204)."}},
        }
        if clauses:
            operation["x-zoho-scopes"] = [list(clause) for clause in clauses]
        if method in ("POST", "PUT", "PATCH"):
            operation["requestBody"] = {"content": _body(route.name, path)}
        paths.setdefault(path, {})[method.lower()] = operation


def _number(paths: dict[str, Json]) -> None:
    """Routes may share a name and its scopes; operation ids may not."""
    taken: dict[str, int] = {}
    for item in paths.values():
        for operation in item.values():
            name = operation["operationId"]
            taken[name] = taken.get(name, 0) + 1
            if taken[name] > 1:
                operation["operationId"] = f"{name}_{taken[name]}"


def _known(emulator: Emulator) -> dict[str, list[str]]:
    """Values a path parameter can have that lead somewhere: modules, and the first ids of some of them."""
    store = emulator.store
    modules = [m.api_name for m in store.modules.values() if m.generated_type in ("default", "custom")]
    ids = [
        str(row_id)
        for name in ("Leads", "Contacts", "Accounts", "Deals", "Users")
        for (row_id,) in store.fetch(f'SELECT id FROM "{name}" ORDER BY id LIMIT 2')  # noqa: S608 - names above
    ]
    return {"module": modules, "version": list(VERSIONS), "id": ids}


def _schema(name: str, known: dict[str, list[str]]) -> Json:
    if name == "version":
        return {"type": "string", "enum": known["version"]}
    if name.endswith("module") or name == "module":
        return {"type": "string", "anyOf": [{"enum": known["module"]}, {"pattern": "^[A-Za-z_]{1,30}$"}]}
    if name.endswith("id"):
        # An empty enum is no schema; an org without records offers the pattern alone.
        offered = [{"enum": known["id"]}] if known["id"] else []
        return {"type": "string", "anyOf": [*offered, {"pattern": "^[0-9]{1,19}$"}]}
    return {"type": "string", "minLength": 1}


def _query(method: str) -> list[Json]:
    names = (
        QUERY if method == "GET" else [name for name in QUERY if name in ("ids", "module", "type", "job_id")]
    )
    return [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names]


def _body(name: str, path: str) -> Json:
    if path.startswith("/oauth/"):
        keys = "grant_type code refresh_token client_id client_secret redirect_uri token scope".split()
        form = {"type": "object", "properties": {key: {"type": "string"} for key in keys}}
        return {"application/x-www-form-urlencoded": {"schema": form}}
    if "upload" in name:
        file = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
        return {"multipart/form-data": {"schema": file}}
    row = {"type": "object", "additionalProperties": True}
    keyed: Json = {key: {"anyOf": [{"type": "array", "items": row}, {}]} for key in BODIES}
    return {"application/json": {"schema": {"type": "object", "properties": keyed}}}


async def answer(request: Request) -> JSONResponse:
    """Every address that answers, as OpenAPI: for generated clients and generated requests."""
    from zcrm_tools.emulator.accounts import routes
    from zcrm_tools.emulator.app import crm_routes

    return JSONResponse(document(request.app.state.emulator, crm_routes(), routes, own_url(request)))


routes = [Route("/__emulator__/openapi.json", answer, methods=["GET"])]
