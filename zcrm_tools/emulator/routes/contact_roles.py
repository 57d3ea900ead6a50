"""Contact roles (`/Contacts/roles`), and the contacts of a deal in them.

https://www.zoho.com/crm/developer/docs/api/v8/get-contact-roles-of-a-specific-deal.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import bodies, deal_contacts, locks, refusals
from zcrm_tools.emulator.call import Call, as_id, ids_param, route
from zcrm_tools.emulator.deal_contacts import Role
from zcrm_tools.emulator.render import Shown, context, fields_shown, read
from zcrm_tools.emulator.replies import Json, Refusal, batch, nothing, reply, success
from zcrm_tools.emulator.routes.records import asked_fields, listing
from zcrm_tools.emulator.routes.writes import MAX_ROWS, rows_of, write_all

_KEY = "contact_roles"
BAD_RELATED = "the related id given seems to be invalid"

# ---- the roles


def _item(one: Role) -> Json:
    return {"sequence_number": one.sequence, "name": one.name, "id": str(one.id)}


def list_contact_roles(call: Call) -> Response:
    found = deal_contacts.roles(call.store)
    return reply({_KEY: [_item(one) for one in found]}) if found else nothing()


def _role(call: Call) -> Role | None:
    return deal_contacts.role(call.store, role_id=as_id(call.path["role"]) or 0)


def get_contact_role(call: Call) -> Response:
    one = _role(call)
    return nothing() if one is None else reply({_KEY: [_item(one)]})


def _read(call: Call, row: Json, path: str, *, but: Role | None = None) -> tuple[str | None, int | None]:
    """The name and place a row gives a role; a name belongs to one role."""
    name = bodies.text(row, "name", path, needed=but is None or "name" in row)
    sequence = row.get("sequence_number")
    if sequence is not None and (isinstance(sequence, bool) or not isinstance(sequence, int) or sequence < 1):
        raise refusals.wrong_type(f"{path}.sequence_number", "integer")
    other = deal_contacts.role(call.store, name=name) if name else None
    if other is not None and (but is None or other.id != but.id):
        details = {"api_name": "name", "json_path": f"{path}.name", "id": str(other.id)}
        raise Refusal("DUPLICATE_DATA", "duplicate data", details)
    return name, sequence


def create_contact_roles(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        name, sequence = _read(call, row, path)
        if len(deal_contacts.roles(call.store)) >= deal_contacts.MAX_ROLES:
            raise Refusal("LIMIT_EXCEEDED", "Contact Role feature limit exceeded")
        return bodies.done("contact role added", deal_contacts.add_role(call.store, name or "", sequence).id)

    return bodies.answer(call, _KEY, bodies.rows_under(call, _KEY), write)


def _change(call: Call, one: Role | None, row: Json, path: str) -> Json:
    if one is None:
        raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    deal_contacts.change_role(call.store, one, *_read(call, row, path, but=one))
    return bodies.done("contact role updated", one.id)


def update_contact_roles(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        one = deal_contacts.role(call.store, role_id=bodies.row_id(row, path))
        return _change(call, one, row, path)

    return bodies.answer(call, _KEY, bodies.rows_under(call, _KEY), write)


def update_contact_role(call: Call) -> Response:
    one = _role(call)
    return bodies.answer_one(call, _KEY, lambda row, path: _change(call, one, row, path))


def _remove(call: Call, one: Role | None, role_id: object) -> Json:
    if one is None:
        raise Refusal("INVALID_DATA", "contact role not deleted", {"id": str(role_id)})
    deal_contacts.remove_role(call.store, one)
    return bodies.done("contact role deleted", one.id)


def delete_contact_roles(call: Call) -> Response:
    def act(role_id: int) -> Json:
        return _remove(call, deal_contacts.role(call.store, role_id=role_id), role_id)

    return bodies.answer_ids(call, _KEY, act)


def delete_contact_role(call: Call) -> Response:
    with call.store.transaction():
        return reply({_KEY: [_remove(call, _role(call), call.path["role"])]})


# ---- the contacts of a deal


def _deal(call: Call) -> int:
    deal = as_id(call.path["id"])
    if deal is None or not call.store.exists("Deals", deal):
        raise refusals.bad_path_id(1, BAD_RELATED)
    deal_contacts.ensure(call.store)
    return deal


def _shown(deal: int) -> Shown:
    """A contact's role in the deal."""
    name = "(SELECT r.name FROM _deal_contact d JOIN _contact_role r ON r.id = d.role"
    key = "(SELECT d.role FROM _deal_contact d"
    where = f" WHERE d.deal = {deal} AND d.contact = t.id)"

    def show(row: Any, at: int) -> Json:
        return {"name": row[at], "id": str(row[at + 1])}

    return Shown("Contact_Role", (name + where, key + where), show)


_OF_DEAL = "t.id IN (SELECT contact FROM _deal_contact WHERE deal = ?)"


def list_deal_roles(call: Call) -> Response:
    """Fields of the contacts, and with each its Contact_Role."""
    deal = _deal(call)
    return listing(call, call.store.modules["Contacts"], [_OF_DEAL], [deal], beside=[_shown(deal)])


def get_deal_role(call: Call) -> Response:
    deal = _deal(call)
    contacts = call.store.modules["Contacts"]
    names = asked_fields(call, mandatory=False)
    ctx = context(call.store, call.caller)
    wanted = [*fields_shown(ctx, contacts, names, single=True), _shown(deal)]
    tail = f'FROM "Contacts" t WHERE t.id = ? AND {_OF_DEAL}'
    rows = read(call.store, wanted, tail, (as_id(call.path["contact"]), deal))
    return reply({"data": rows}) if rows else nothing()


Put = Callable[[Json, int | None, str], Json]


def _putter(call: Call) -> Put:
    deal = _deal(call)
    locks.refuse_locked(call.store, deal)

    def put(row: Json, contact: int | None, path: str) -> Json:
        if contact is None or not call.store.exists("Contacts", contact):
            raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
        given = row.get("Contact_Role")
        if given is None:
            raise refusals.missing_key(f"{path}.Contact_Role")
        if isinstance(given, str):
            given = {"name": given}
        if not isinstance(given, dict):
            raise refusals.wrong_type(f"{path}.Contact_Role", "jsonobject")
        name = given.get("name") if isinstance(given.get("name"), str) else None
        if given.get("id") is not None:
            one = deal_contacts.role(call.store, role_id=as_id(given["id"]) or 0)
        else:
            one = deal_contacts.role(call.store, name=name) if name else None
        if one is None:
            raise refusals.bad_value(f"{path}.Contact_Role")
        deal_contacts.assign(call.store, deal, contact, one)
        return success("relation updated", {"id": str(contact)})

    return put


def put_deal_roles(call: Call) -> Response:
    put = _putter(call)
    _, data = rows_of(call)
    return write_all(call, data, lambda row, path: put(row, bodies.row_id(row, path), path), ok=200)


def put_deal_role(call: Call) -> Response:
    put, contact = _putter(call), as_id(call.path["contact"])
    _, data = rows_of(call)
    if len(data) > 1:
        raise refusals.over_limit("$.data", 1)
    if contact is None or not call.store.exists("Contacts", contact):
        raise refusals.bad_path_id(3)
    return write_all(call, data, lambda row, path: put(row, contact, path), ok=200)


def _withdraw(call: Call, ids: list[int]) -> Response:
    deal = _deal(call)
    locks.refuse_locked(call.store, deal)
    items = []
    with call.store.transaction():
        for contact in ids:
            details = {"id": str(contact)}
            if deal_contacts.withdraw(call.store, deal, contact):
                items.append(success("relation removed", details))
            else:
                items.append(Refusal("INVALID_DATA", "contact role not deleted", details).item())
    return batch(items)


def delete_deal_roles(call: Call) -> Response:
    ids = ids_param(call)
    if not ids:
        raise refusals.missing_param("ids")
    if len(ids) > MAX_ROWS:
        raise refusals.too_many(MAX_ROWS, "ids")
    return _withdraw(call, ids)


def delete_deal_role(call: Call) -> Response:
    contact = as_id(call.path["contact"])
    if contact is None:
        raise refusals.bad_path_id(3)
    return _withdraw(call, [contact])


def _roles_at(base: str) -> list[Route]:
    return [
        route(base, list_contact_roles, "list_contact_roles"),
        route(base, create_contact_roles, "create_contact_roles", "POST"),
        route(base, update_contact_roles, "update_contact_roles", "PUT"),
        route(base, delete_contact_roles, "delete_contact_roles", "DELETE"),
        route(f"{base}/{{role}}", get_contact_role, "get_contact_role"),
        route(f"{base}/{{role}}", update_contact_role, "update_contact_role", "PUT"),
        route(f"{base}/{{role}}", delete_contact_role, "delete_contact_role", "DELETE"),
    ]


routes: list[Route] = [
    *_roles_at("/Contacts/roles"),
    *_roles_at("/contacts/roles"),  # both spellings are in Zoho's pages
    route("/Deals/{id}/Contact_Roles", list_deal_roles, "list_deal_roles"),
    route("/Deals/{id}/Contact_Roles", put_deal_roles, "put_deal_roles", "PUT"),
    route("/Deals/{id}/Contact_Roles", delete_deal_roles, "delete_deal_roles", "DELETE"),
    route("/Deals/{id}/Contact_Roles/{contact}", get_deal_role, "get_deal_role"),
    route("/Deals/{id}/Contact_Roles/{contact}", put_deal_role, "put_deal_role", "PUT"),
    route("/Deals/{id}/Contact_Roles/{contact}", delete_deal_role, "delete_deal_role", "DELETE"),
]
