"""The shape of the org: users, roles, fields, blueprints, assignment rules, templates. Modules are made by Zoho's own calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse

from zcrm_tools.emulator import assignment, customize, templates, transitions
from zcrm_tools.emulator.control.base import Wrong, body_of, listed, module_in_path, route
from zcrm_tools.emulator.people import primary_user
from zcrm_tools.emulator.query.filters import Reader
from zcrm_tools.emulator.schema import PROFILES, ROLES

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from zcrm_tools.emulator.app import Emulator


async def list_users(_request: Request, emulator: Emulator) -> Response:
    """Who there is, with role and profile by name."""
    names = ("id", "email", "full_name", "role", "profile", "status")
    sql = (
        'SELECT u.id, u.email, u.full_name, r.name, p.name, u.status FROM "Users" u'
        ' LEFT JOIN "__roles" r ON r.id = u.role LEFT JOIN "__profiles" p ON p.id = u.profile ORDER BY u.id'
    )
    rows = emulator.store.fetch(sql)
    return JSONResponse({"users": [dict(zip(names, (str(r[0]), *r[1:]), strict=True)) for r in rows]})


async def add_users(request: Request, emulator: Emulator) -> Response:
    """`{"users": [{"email", "last_name", "first_name"?, "role"?, "profile"?, "time_zone"?, "locale"?}]}` or one of them.
    Role and profile by name; without them Manager and Standard, or the first there is. No licence is asked for.
    """
    store, ids = emulator.store, []
    with store.transaction():
        for given in listed(await body_of(request), "users"):
            if not isinstance(given.get("email"), str) or not isinstance(given.get("last_name"), str):
                raise Wrong('A user needs "email" and "last_name".')
            if store.fetch('SELECT 1 FROM "Users" WHERE email = ?', (given["email"],)):
                raise Wrong(f"There is a user {given['email']} already.")
            user = {
                name: str(given[name])
                for name in ("email", "first_name", "last_name", "time_zone", "locale")
                if given.get(name) is not None
            }
            role = _named(emulator, ROLES, given.get("role"), "Manager")
            profile = _named(emulator, PROFILES, given.get("profile"), "Standard")
            ids.append(store.next_id())
            store.load_users([{**user, "id": ids[-1], "role": role, "profile": profile}])
    return JSONResponse({"ids": [str(one) for one in ids]}, 201)


def _named(emulator: Emulator, table: str, name: Any, fallback: str) -> int:
    rows = emulator.store.fetch(f'SELECT name, id FROM "{table}" ORDER BY id')  # noqa: S608 - a constant of schema
    found = dict(rows)
    if name is not None and name not in found:
        raise Wrong(f"There is no {table.strip('_')[:-1]} {name!r}; there are {', '.join(found)}.")
    return int(found.get(name or fallback, rows[0][1]))


async def add_role(request: Request, emulator: Emulator) -> Response:
    """`{"name", "reporting_to"?: name, "share_data_with_peers"?}`."""
    body = await body_of(request)
    if not isinstance(body.get("name"), str) or not body["name"]:
        raise Wrong('A role needs a "name".')
    if emulator.store.fetch('SELECT 1 FROM "__roles" WHERE name = ?', (body["name"],)):
        raise Wrong(f"There is a role {body['name']} already.")
    role = emulator.store.next_id()
    above = _named(emulator, ROLES, body.get("reporting_to"), "CEO")
    shared = body.get("share_data_with_peers") is True
    emulator.store.load_roles(
        [{"id": role, "name": body["name"], "reporting_to": above, "share_data_with_peers": shared}]
    )
    return JSONResponse({"id": str(role)}, 201)


async def add_fields(request: Request, emulator: Emulator) -> Response:
    """`{"fields": [...]}` in the form of Zoho's `POST /settings/fields`; all or none."""
    module = module_in_path(request, emulator)
    with emulator.store.transaction():
        ids = [
            customize.create_field(emulator.store, module, given, f"$.fields[{at}]")
            for at, given in enumerate(listed(await body_of(request), "fields"))
        ]
    return JSONResponse({"ids": [str(one) for one in ids]}, 201)


async def add_blueprint(request: Request, emulator: Emulator) -> Response:
    """`{"module", "field" (a picklist), "name"?, "continuous"?, "transitions": [{"name", "from": state or null, "to",
    "fields": ["Phone" or {"api_name", "mandatory"?, "items"?}], "type"?}]}`.
    """
    transitions.ensure(emulator.store)
    try:
        made = transitions.define(emulator.store, await body_of(request))
    except transitions.BadBlueprint as problem:
        raise Wrong(str(problem)) from problem
    found = [{"id": str(one.id), "name": one.name} for one in made.transitions]
    return JSONResponse({"id": str(made.id), "name": made.name, "transitions": found}, 201)


async def add_assignment_rule(request: Request, emulator: Emulator) -> Response:
    """`{"name", "module", "default_assignee": user id or "${CURRENTUSER}", "description"?, "rule_entries": [{"criteria":
    as in custom views or null, "assign_to": [user ids, taken in turn]}]}`. Records get it by `lar_id`.
    """
    reader = Reader(primary_user(emulator.store), ZoneInfo("UTC"), emulator.clock.now())
    made = assignment.define(emulator.store, await body_of(request), reader)
    return JSONResponse({"id": str(made)}, 201)


async def add_templates(request: Request, emulator: Emulator) -> Response:
    """`{"templates": [{"name", "module", "content", "subject"?, "kind"?: "email" | "inventory"}]}` or one of them."""
    given = listed(await body_of(request), "templates")
    for one in given:
        if not all(isinstance(one.get(key), str) and one[key] for key in ("name", "module", "content")):
            raise Wrong('A template needs "name", "module" and "content", each a text.')
        if one["module"] not in emulator.store.modules:
            raise Wrong(f"There is no module {one['module']!r} in the store.")
        if one.get("kind", "email") not in ("email", "inventory"):
            raise Wrong('"kind" is email or inventory.')
        if not isinstance(one.get("subject", ""), str):
            raise Wrong('"subject" is a text.')
    with emulator.store.transaction():
        ids = templates.load(emulator.store, given)
    return JSONResponse({"ids": [str(one) for one in ids]}, 201)


routes = [
    route("/users", list_users),
    route("/users", add_users, "POST"),
    route("/roles", add_role, "POST"),
    route("/modules/{module}/fields", add_fields, "POST"),
    route("/blueprints", add_blueprint, "POST"),
    route("/assignment_rules", add_assignment_rule, "POST"),
    route("/templates", add_templates, "POST"),
]
