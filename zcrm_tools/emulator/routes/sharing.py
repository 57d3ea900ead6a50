"""Sharing a record with other users: who has it, share, change what they may do, revoke.

The emulator shows every record to every user whose profile reads the module, so that sharing widens nothing here.
https://www.zoho.com/crm/developer/docs/api/v8/share-record.html
"""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import answer, at, flag, now, one_of, rows_under
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.render import module_reference
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply, success
from zcrm_tools.emulator.schema import USERS, ModuleDef

KIND: Final = "record_share"
"""Documents, under the id of their record: one for each user it is shared with."""
MAX_USERS: Final = 10
PERMISSIONS: Final = ("full_access", "read_only", "read_write")
MODULES: Final = frozenset(
    "Leads Accounts Contacts Deals Campaigns Cases Solutions Products Vendors Price_Books Quotes Sales_Orders"
    " Purchase_Orders Invoices".split()
)
RELATED: Final = "the related id given seems to be invalid"


def _record(call: Call) -> tuple[ModuleDef, Json]:
    module = call.module
    if module.api_name not in MODULES and module.generated_type != "custom":
        raise Refusal(
            "INVALID_MODULE", "The given module is not supported in API", {"resource_path_index": 0}
        )
    row = call.store.get(module.api_name, call.record_id)
    if row is None:
        raise refusals.bad_path_id(1, RELATED)
    return module, row


def _kept(call: Call) -> list[Json]:
    return documents.every(call.store, KIND, parent=call.path["id"])


def _user(call: Call, key: int) -> Json:
    row = call.store.get(USERS, key) or {}
    return {"full_name": row.get("full_name"), "id": str(key), "zuid": row.get("zuid")}


def list_shares(call: Call) -> Response:
    """`sharedTo` leaves one user's; `view=manage` adds the users it could still be shared with."""
    module, row = _record(call)
    wanted = call.query.get("sharedTo")
    view = call.query.get("view", "summary")
    if view not in ("summary", "manage"):
        raise refusals.bad_param("view", supported_values=["summary", "manage"])
    shares = _kept(call)
    shown = [
        {
            "share_related_records": one["related"],
            "shared_through": {
                "module": {**module_reference(call.store, module.api_name), "name": module.plural},
                "entity_name": row.get(module.display_field),
                "id": str(row["id"]),
            },
            "shared_time": at(call, one["at"]),
            "permission": one["permission"],
            "shared_by": _user(call, one["by"]),
            "user": _user(call, one["user"]),
            "type": "private",
        }
        for one in shares
        if wanted in (None, str(one["user"]))
    ]
    taken = {row["Owner"], *(one["user"] for one in shares)}
    others = call.store.fetch(f'SELECT id FROM "{USERS}" WHERE status = ? ORDER BY id', ("active",))  # noqa: S608
    free = [_user(call, key) for (key,) in others if key not in taken] if view == "manage" else []
    return reply({"share": shown, "shareable_user": free}) if shown or free else nothing()


def create_shares(call: Call) -> Response:
    module, row = _record(call)

    def write(given: Json, path: str) -> Json:
        body = _body(call, given, path)
        shares = _kept(call)
        if body["user"] == row["Owner"] or body["user"] in {one["user"] for one in shares}:
            raise _taken(path)
        if len(shares) >= MAX_USERS:
            message = "Cannot share a record to more than 10 users."
            raise Refusal("SHARE_LIMIT_EXCEEDED", message, {"limit": MAX_USERS})
        documents.add(call.store, KIND, {**body, "module": module.api_name}, parent=call.path["id"])
        return _done(body["user"])

    return answer(call, "share", rows_under(call, "share"), write)


def update_shares(call: Call) -> Response:
    """The list that is given takes the place of the one there is."""
    module, row = _record(call)
    rows = rows_under(call, "share", most=MAX_USERS)
    found: dict[int, Json] = {}

    def write(given: Json, path: str) -> Json:
        body = _body(call, given, path)
        if body["user"] == row["Owner"] or body["user"] in found:
            raise _taken(path)
        found[body["user"]] = body
        return _done(body["user"])

    with call.store.transaction():
        response = answer(call, "share", rows, write)
        if found:
            _forget(call)
            for body in found.values():
                documents.add(call.store, KIND, {**body, "module": module.api_name}, parent=call.path["id"])
    return response


def _forget(call: Call) -> int:
    shares = _kept(call)
    for one in shares:
        documents.remove(call.store, KIND, int(one["id"]))
    return len(shares)


def delete_shares(call: Call) -> Response:
    _record(call)
    with call.store.transaction():
        if not _forget(call):
            raise Refusal("BAD_REQUEST", "No sharing through this record is available to revoke.", {})
    return reply({"share": success("Sharing Revoked", {"id": call.path["id"]})})


def _done(user: int) -> Json:
    return success("record will be shared successfully", {"id": str(user)})


def _taken(path: str) -> Refusal:
    details = {"api_name": "user", "json_path": f"{path}.user"}
    return Refusal("INVALID_DATA", "record is already visible to the user.", details)


def _body(call: Call, given: Json, path: str) -> Json:
    user = given.get("user", given.get("shared_with"))
    if user is None:
        raise refusals.missing_key(f"{path}.user")
    if not isinstance(user, dict):
        raise refusals.wrong_type(f"{path}.user", "jsonobject")
    key = as_id(user.get("id"))
    row: Any = None if key is None else call.store.get(USERS, key)
    if row is None or row["status"] != "active" or not row["confirm"]:
        raise refusals.bad_value(f"{path}.user.id", "cannot share to the user")
    return {
        "user": key,
        "permission": one_of(given, "permission", path, PERMISSIONS),
        "related": flag(given, "share_related_records", path, default=False),
        "by": call.caller.user_id,
        "at": now(call),
    }


_PATH = "/{module}/{id}/actions/share"
routes: list[Route] = [
    route(_PATH, list_shares, "list_shares"),
    route(_PATH, create_shares, "create_shares", "POST"),
    route(_PATH, update_shares, "update_shares", "PUT"),
    route(_PATH, delete_shares, "delete_shares", "DELETE"),
]
