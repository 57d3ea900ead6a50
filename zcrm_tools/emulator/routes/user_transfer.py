"""A user's records and subordinates handed to another, with or without deleting the user.

The work is done when it is asked for; its job says `completed` five seconds later.
https://www.zoho.com/crm/developer/docs/api/v8/user-transfer-delete.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import answer, answer_one, now, path_id, reference, row_id, rows_under
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.people import primary_user, rows_of
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply, success
from zcrm_tools.emulator.schema import USERS
from zcrm_tools.emulator.store import quoted

JOB = "user_transfer"
JOB_SECONDS = 5
_PARTS = ("transfer", "move_subordinate")


def transfer_and_delete(call: Call) -> Response:
    rows = rows_under(call, "transfer_and_delete", most=1)
    return answer(
        call, "transfer_and_delete", rows, lambda row, path: _delete(call, row_id(row, path), row, path)
    )


def transfer_and_delete_user(call: Call) -> Response:
    user_id = _in_path(call)
    return answer_one(call, "transfer_and_delete", lambda row, path: _delete(call, user_id, row, path))


def _delete(call: Call, user_id: int, row: Json, path: str) -> Json:
    user = call.store.get(USERS, user_id)
    if user is None or user["status"] == "deleted":
        raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    if user_id == primary_user(call.store):
        raise Refusal("NOT_ALLOWED", "Super admin cannot be deleted", {"id": str(user_id)})
    job = _transfer(call, user_id, row, path)
    call.store.update(USERS, user_id, {"status": "deleted", "Modified_Time": now(call)})
    return success("user is deleted successfully", {"job_id": str(job), "id": str(user_id)})


def transfer_user(call: Call) -> Response:
    user_id = _in_path(call)

    def write(row: Json, path: str) -> Json:
        job = _transfer(call, user_id, row, path)
        details = {"job_id": str(job)}
        return {**success("transfer scheduled successfully", details), "code": "SCHEDULED"}

    return answer_one(call, "transfer", write, ok=201)


def _in_path(call: Call) -> int:
    user_id = path_id(call)
    user = None if user_id is None else call.store.get(USERS, user_id)
    if user_id is None or user is None:
        raise refusals.bad_path_id()
    if user["status"] == "deleted":
        details = {"resource_path_index": 1, "owner_status": "deleted"}
        raise Refusal("INVALID_DATA", refusals.INVALID_ID, details)
    return user_id


def _transfer(call: Call, user_id: int, row: Json, path: str) -> int:
    """Hand over what the row names; the id of the job."""
    if not any(row.get(part) for part in _PARTS):
        raise Refusal("EXPECTED_FIELD_MISSING", "Expected field missing", {"expected_data": list(_PARTS)})
    targets = {part: _target(call, user_id, row[part], f"{path}.{part}") for part in _PARTS if row.get(part)}
    if "transfer" in targets and row["transfer"].get("records"):
        _owners(call, user_id, targets["transfer"])
    if "move_subordinate" in targets:
        call.store.execute(
            'UPDATE "Users" SET Reporting_To = ? WHERE Reporting_To = ?',
            (targets["move_subordinate"], user_id),
        )
    return documents.add(call.store, JOB, {"user": user_id, "at": now(call)})


def _target(call: Call, user_id: int, part: object, path: str) -> int:
    target = reference(part)
    user = None if target is None else call.store.get(USERS, target)
    if target is None or user is None or target == user_id or user["status"] != "active":
        raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    return target


def _owners(call: Call, user_id: int, target: int) -> None:
    changed = (target, call.caller.user_id, now(call), user_id)
    for module in call.store.modules.values():
        if (
            module.generated_type != "system"
            and {"Owner", "Modified_By", "Modified_Time"} <= module.fields.keys()
        ):
            call.store.execute(
                f"UPDATE {quoted(module.api_name)} SET Owner = ?, Modified_By = ?, Modified_Time = ?"  # noqa: S608
                " WHERE Owner = ?",
                changed,
            )


def _job_status(call: Call, key: str) -> Response:
    asked = call.query.get("job_id")
    if not asked:
        raise refusals.missing_param("job_id", "mandatory param missing")
    job = documents.get(call.store, JOB, as_id(asked))
    if job is None:
        return nothing()
    status = "completed" if now(call) >= job["at"] + JOB_SECONDS else "in_progress"
    return reply({key: [{"status": status}]})


def transfer_status(call: Call) -> Response:
    return _job_status(call, "transfer")


def transfer_and_delete_status(call: Call) -> Response:
    return _job_status(call, "transfer_and_delete")


def validate_transfer(call: Call) -> Response:
    """What hangs on a user, so that a client can ask what to hand over."""
    user_id = _in_path(call)
    below = rows_of(call.store, USERS, "WHERE u.Reporting_To = ? AND u.status = 'active'", (user_id,))
    user = call.store.get(USERS, user_id) or {}
    item = {"id": str(user_id), "name": user["full_name"], "assignment": False, "criteria": False}
    return reply({"validate_before_transfer": [{**item, "subordinates": bool(below)}]})


routes: list[Route] = [
    route("/users/actions/transfer", transfer_status, "transfer_status"),
    route("/users/actions/transfer_and_delete", transfer_and_delete_status, "transfer_and_delete_status"),
    route("/users/actions/transfer_and_delete", transfer_and_delete, "transfer_and_delete", "POST"),
    route("/users/{id}/actions/transfer", transfer_user, "transfer_user", "POST"),
    route(
        "/users/{id}/actions/transfer_and_delete",
        transfer_and_delete_user,
        "transfer_and_delete_user",
        "POST",
    ),
    route("/users/{id}/actions/validate_before_transfer", validate_transfer, "validate_transfer"),
]
