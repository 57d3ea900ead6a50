"""Pipelines: list, one, add, change, hand over and delete.

https://www.zoho.com/crm/developer/docs/api/v8/get-pipelines.html, create-pipeline.html, transfer-pipeline.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_one,
    done,
    flag,
    now,
    path_id,
    reference,
    row_id,
    rows_under,
    text,
)
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.describe import stage_item
from zcrm_tools.emulator.pipelines import KIND, choices, find, keep, pipelines
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply, success
from zcrm_tools.emulator.schema import Choice

_SPECIAL = set("<>")


def _layout(call: Call) -> None:
    """`layout_id` is mandatory, and only the layout of Deals has pipelines."""
    asked = call.query.get("layout_id")
    if not asked:
        raise refusals.missing_param("layout_id")
    if as_id(asked) != call.store.modules["Deals"].layout_id:
        raise refusals.bad_param("layout_id")


def _item(call: Call, pipeline: Json) -> Json:
    maps = [
        {**stage_item(choice), "sequence_number": number}
        for number, choice in enumerate(choices(call.store, pipeline), start=1)
    ]
    name = pipeline["display_value"]
    return {
        "display_value": name,
        "default": pipeline["default"],
        "maps": maps,
        "actual_value": name,
        "id": pipeline["id"],
        "child_available": True,
        "parent": None,
    }


def list_pipelines(call: Call) -> Response:
    _layout(call)
    return reply({"pipeline": [_item(call, one) for one in pipelines(call.store)]})


def get_pipeline(call: Call) -> Response:
    _layout(call)
    found = find(call.store, path_id(call))
    return reply({"pipeline": [_item(call, found)]}) if found else nothing()


def create_pipeline(call: Call) -> Response:
    _layout(call)

    def write(row: Json, path: str) -> Json:
        for name in ("display_value", "maps"):
            if row.get(name) is None:
                raise refusals.missing_key(f"{path}.{name}")
        body = {"default": False, "stages": [], "display_value": "", **_changes(call, row, path, None)}
        key = call.store.next_id()
        keep(call.store, {**body, "id": str(key)})
        return done("Pipeline created", key)

    return answer(call, "pipeline", rows_under(call, "pipeline", most=1), write, ok=201)


def update_pipelines(call: Call) -> Response:
    _layout(call)
    rows = rows_under(call, "pipeline", most=1)
    return answer(call, "pipeline", rows, lambda row, path: _update(call, row_id(row, path), row, path))


def update_pipeline(call: Call) -> Response:
    _layout(call)
    key = path_id(call)
    if key is None or find(call.store, key) is None:
        raise refusals.bad_path_id(2)
    return answer_one(call, "pipeline", lambda row, path: _update(call, key, row, path))


def _update(call: Call, key: int, row: Json, path: str) -> Json:
    before = find(call.store, key)
    if before is None:
        raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    changes = _changes(call, row, path, before)
    if before["default"] and changes.get("default") is False:
        changes.pop("default")  # another becomes the default by being made so
    after = {**before, **changes}
    keep(call.store, after)
    if after["display_value"] != before["display_value"]:
        names = (after["display_value"], before["display_value"])
        call.store.execute('UPDATE "Deals" SET "Pipeline" = ? WHERE "Pipeline" = ?', names)
    return done("Pipeline updated", key)


def _changes(call: Call, row: Json, path: str, before: Json | None) -> Json:
    changes: Json = {}
    if "display_value" in row:
        name = text(row, "display_value", path, needed=True, most=120) or ""
        if _SPECIAL & set(name):
            raise refusals.bad_value(f"{path}.display_value")
        others = [one for one in pipelines(call.store) if before is None or one["id"] != before["id"]]
        if any(one["display_value"] == name for one in others):
            details = {"api_name": "display_value", "json_path": f"{path}.display_value"}
            raise Refusal("DUPLICATE_DATA", "duplicate data", details)
        changes["display_value"] = name
    if "default" in row:
        changes["default"] = flag(row, "default", path, default=False)
    if "maps" in row:
        changes["stages"] = _stages(call, row["maps"], f"{path}.maps", before)
    return changes


def _stages(call: Call, rows: object, path: str, before: Json | None) -> list[int]:
    """The stages in the order of their numbers; those that are not named stay, `_delete` takes one out."""
    if not isinstance(rows, list) or not rows:
        raise refusals.wrong_type(path, "jsonarray")
    kept = {key: number for number, key in enumerate(before["stages"] if before else [], start=1)}
    for number, row in enumerate(rows):
        choice = _stage(call, row.get("id") if isinstance(row, dict) else None, f"{path}[{number}].id")
        if "_delete" in row and row["_delete"] is not False:
            kept.pop(choice.id, None)
            continue
        place = row.get("sequence_number", number + 1)
        if not isinstance(place, int) or isinstance(place, bool):
            raise refusals.wrong_type(f"{path}[{number}].sequence_number", "integer")
        kept[choice.id] = place
    if not kept:
        raise Refusal("CANNOT_DELETE", "Last stage of the pipeline cannot be deleted", {"json_path": path})
    return sorted(kept, key=lambda key: kept[key])


def _stage(call: Call, value: object, path: str) -> Choice:
    if value is None:
        raise refusals.missing_key(path)
    key = reference(value)
    for choice in call.store.modules["Deals"].fields["Stage"].picklist:
        if choice.id == key:
            return choice
    raise refusals.bad_value(path, refusals.INVALID_ID)


def transfer_pipeline(call: Call) -> Response:
    """Deals go over to another pipeline, stage by stage, and the pipeline is deleted; a job, done at once."""
    _layout(call)

    def write(row: Json, path: str) -> Json:
        for name in ("pipeline", "stages"):
            if not row.get(name):
                raise refusals.missing_key(f"{path}.{name}")
        old, new = (_end(call, row["pipeline"], name, f"{path}.pipeline") for name in ("from", "to"))
        moves = [
            tuple(_stage(call, one.get(end), f"{path}.stages[{number}].{end}") for end in ("from", "to"))
            for number, one in enumerate(row["stages"])
        ]
        allowed = choices(call.store, new)
        for number, (_, target) in enumerate(moves):
            if target not in allowed:
                raise refusals.bad_value(f"{path}.stages[{number}].to")
        for source, target in moves:
            values = (target.actual, target.probability, now(call), old["display_value"], source.actual)
            call.store.execute(
                'UPDATE "Deals" SET "Stage" = ?, "Probability" = ?, "Modified_Time" = ?'
                ' WHERE "Pipeline" = ? AND "Stage" = ?',
                values,
            )
        names = (new["display_value"], old["display_value"])
        call.store.execute('UPDATE "Deals" SET "Pipeline" = ? WHERE "Pipeline" = ?', names)
        documents.remove(call.store, KIND, int(old["id"]))
        return success("transfer pipeline scheduled successfully", {"job_id": str(call.store.next_id())})

    return answer(call, "transfer_pipeline", rows_under(call, "transfer_pipeline", most=1), write)


def _end(call: Call, ends: Json, name: str, path: str) -> Json:
    found = find(call.store, reference(ends.get(name)))
    standard = (
        name == "from" and found is not None and documents.get(call.store, KIND, int(found["id"])) is None
    )
    if found is None or standard or (name == "from" and found["default"]):
        raise refusals.bad_value(f"{path}.{name}", refusals.INVALID_ID)
    return found


_PATH = "/settings/pipeline"
routes: list[Route] = [
    route(_PATH, list_pipelines, "list_pipelines"),
    route(_PATH, create_pipeline, "create_pipeline", "POST"),
    route(_PATH, update_pipelines, "update_pipelines", "PUT"),
    route(_PATH, update_pipelines, "patch_pipelines", "PATCH"),
    route(f"{_PATH}/actions/transfer", transfer_pipeline, "transfer_pipeline", "POST"),
    route(f"{_PATH}/{{id}}", get_pipeline, "get_pipeline"),
    route(f"{_PATH}/{{id}}", update_pipeline, "update_pipeline", "PUT"),
    route(f"{_PATH}/{{id}}", update_pipeline, "patch_pipeline", "PATCH"),
]
