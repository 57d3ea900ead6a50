"""User groups: who is in one, through users, roles, territories and other groups.

https://www.zoho.com/crm/developer/docs/api/v8/get-user-groups.html, create-user-group.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_one,
    changed,
    done,
    flag,
    kept,
    listed,
    made,
    names,
    not_taken,
    one_of,
    path_id,
    reference,
    rows_under,
    shown,
    stamps,
    text,
)
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.people import rows_of
from zcrm_tools.emulator.replies import Json, reply
from zcrm_tools.emulator.schema import ROLES, USERS

KIND = "user_group"
_TYPES = ("users", "roles", "territories", "groups")


def _source_name(call: Call, kind: str, key: int) -> str | None:
    """The name of what a source points at; None when there is no such thing."""
    if kind in ("users", "roles"):
        found = names(call.store, USERS if kind == "users" else ROLES).get(key)
        return None if found is None else str(found["name"])
    document = documents.get(call.store, KIND if kind == "groups" else "territory", key)
    return None if document is None else str(document["name"])


def _members(call: Call, group: Json) -> set[int]:
    """Users in the group: named themselves, by role, or by a group within."""
    found: set[int] = set()
    for source in group["sources"]:
        key = source["id"]
        if source["type"] == "users":
            found.add(key)
        elif source["type"] == "roles":
            found |= {row["id"] for row in rows_of(call.store, USERS, "WHERE u.role = ?", (key,))}
        elif source["type"] == "groups":
            inner = documents.get(call.store, KIND, key)
            found |= _members(call, inner) if inner else set()
    return found


def _counts(call: Call, group: Json) -> Json:
    kinds = [source["type"] for source in group["sources"]]
    status = {row["id"]: row["status"] for row in rows_of(call.store, USERS)}
    people = [status.get(source["id"]) for source in group["sources"] if source["type"] == "users"]
    return {
        "territories": kinds.count("territories"),
        "roles": kinds.count("roles"),
        "groups": kinds.count("groups"),
        "users": {
            "inactive": people.count("disabled"),
            "deleted": people.count("deleted"),
            "active": people.count("active"),
        },
    }


def _item(call: Call, group: Json) -> Json:
    return {
        **stamps(call, group, names(call.store, USERS)),
        "name": group["name"],
        "description": group["description"],
        "id": group["id"],
        "sources_count": _counts(call, group),
    }


def list_user_groups(call: Call) -> Response:
    return listed(call, "user_groups", [_item(call, group) for group in documents.every(call.store, KIND)])


def _group(call: Call) -> Json:
    return kept(call, KIND, 2)


def get_user_group(call: Call) -> Response:
    return shown(call, "user_groups", KIND, _item)


def create_user_group(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        if "name" not in row:
            raise refusals.missing_key(f"{path}.name")
        body = _body(call, row, path, {"description": None, "sources": []})
        return done(
            "User Group Created successfully", documents.add(call.store, KIND, {**body, **made(call)})
        )

    return answer(call, "user_groups", rows_under(call, "user_groups", most=1), write, ok=201)


def update_user_group(call: Call) -> Response:
    group = _group(call)

    def write(row: Json, path: str) -> Json:
        body = _body(call, row, path, group)
        documents.put(call.store, KIND, int(group["id"]), {**body, **changed(call)})
        return done("User Group Updated successfully", group["id"])

    return answer_one(call, "user_groups", write)


def _body(call: Call, row: Json, path: str, before: Json) -> Json:
    body = dict(before)
    if "name" in row:
        name = text(row, "name", path, needed=True, most=250)
        not_taken(call, KIND, "name", name, path, before.get("id"), "Group name already exists")
        body["name"] = name
    if "description" in row:
        body["description"] = text(row, "description", path, most=250)
    if "sources" in row:
        body["sources"] = _sources(call, row["sources"], f"{path}.sources", body["sources"])
    return body


def _sources(call: Call, rows: object, path: str, before: list[Json]) -> list[Json]:
    """Sources are added to those there are; `_delete` takes one away."""
    if not isinstance(rows, list):
        raise refusals.wrong_type(path, "jsonarray")
    kept = {(source["type"], source["id"]): source for source in before}
    for number, row in enumerate(rows):
        where = f"{path}[{number}]"
        if not isinstance(row, dict):
            raise refusals.wrong_type(where, "jsonobject")
        kind = one_of(row, "type", where, _TYPES)
        key = reference(row.get("source"))
        if key is None or _source_name(call, kind, key) is None:
            raise refusals.bad_value(f"{where}.source.id", refusals.INVALID_ID)
        if "_delete" in row and row["_delete"] is not False:
            kept.pop((kind, key), None)
        else:
            below = (
                flag(row, "subordinates", where, default=False)
                if row.get("subordinates") is not None
                else False
            )
            kept[kind, key] = {"type": kind, "id": key, "subordinates": below}
    return list(kept.values())


def delete_user_group(call: Call) -> Response:
    group = _group(call)
    documents.remove(call.store, KIND, int(group["id"]))
    return reply({"user_groups": [done("Group deleted", group["id"])]})


def list_sources(call: Call) -> Response:
    wanted = call.query.get("type")
    items = [
        {
            "source": {"name": _source_name(call, one["type"], one["id"]), "id": str(one["id"])},
            "type": one["type"],
            "subordinates": one["subordinates"],
        }
        for one in _group(call)["sources"]
        if wanted in (None, one["type"])
    ]
    return listed(call, "sources", items)


def count_sources(call: Call) -> Response:
    return reply({"sources_count": [_counts(call, _group(call))]})


def list_associations(call: Call) -> Response:
    """Nothing in the emulator hangs on a group."""
    _group(call)
    return reply({"associations": []})


def count_group_users(call: Call) -> Response:
    items = [
        {"user_group": {"name": group["name"], "id": group["id"]}, "count": len(_members(call, group))}
        for group in documents.every(call.store, KIND)
    ]
    return listed(call, "associated_users_count", items)


def list_groups_of_user(call: Call) -> Response:
    user_id = path_id(call)
    if user_id is None or not call.store.exists(USERS, user_id):
        raise refusals.bad_path_id()
    groups = [group for group in documents.every(call.store, KIND) if user_id in _members(call, group)]
    return listed(call, "user_groups", [_item(call, group) for group in groups])


routes: list[Route] = [
    route("/settings/user_groups", list_user_groups, "list_user_groups"),
    route("/settings/user_groups", create_user_group, "create_user_group", "POST"),
    route("/settings/user_groups/actions/associated_users_count", count_group_users, "count_group_users"),
    route("/settings/user_groups/{id}", get_user_group, "get_user_group"),
    route("/settings/user_groups/{id}", update_user_group, "update_user_group", "PUT"),
    route("/settings/user_groups/{id}", delete_user_group, "delete_user_group", "DELETE"),
    route("/settings/user_groups/{id}/sources", list_sources, "list_group_sources"),
    route("/settings/user_groups/{id}/actions/sources_count", count_sources, "count_group_sources"),
    route("/settings/user_groups/{id}/actions/associations", list_associations, "list_group_associations"),
    route("/users/{id}/actions/associated_groups", list_groups_of_user, "list_groups_of_user"),
]
