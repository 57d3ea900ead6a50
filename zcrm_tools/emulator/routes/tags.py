"""Tags of a module (`/settings/tags`) and tags on records (`actions/add_tags`, `actions/remove_tags`).

https://www.zoho.com/crm/developer/docs/api/v8/get-tag-list.html and its neighbours
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import bodies, jobs, locks, refusals, rules, tags
from zcrm_tools.emulator.call import V2_1, Call, as_id, route
from zcrm_tools.emulator.replies import Json, Refusal, batch, nothing, reply, success
from zcrm_tools.emulator.routes.metadata import module_param
from zcrm_tools.emulator.routes.writes import writer_of
from zcrm_tools.emulator.schema import USERS, ModuleDef
from zcrm_tools.emulator.store import Store
from zcrm_tools.emulator.tags import Tag

MAX_RECORDS = 500
MAX_MASS_DELETE = 200
_JOB = "delete_tags"

# ---- the tags of a module


def stamps(call: Call, tag: Tag) -> Json:
    people = bodies.names(call.store, USERS)
    return {
        "created_time": bodies.at(call, tag.created_time),
        "modified_time": bodies.at(call, tag.modified_time),
        "modified_by": people.get(tag.modified_by),
        "id": str(tag.id),
        "created_by": people.get(tag.created_by),
        "color_code": tag.color,
    }


def list_tags(call: Call) -> Response:
    found = tags.all_of(call.store, module_param(call))
    mine = call.query.get("my_tags", "false")
    if mine not in ("true", "false"):
        raise refusals.bad_param("my_tags", expected_data_type="boolean")
    if mine == "true":
        found = [tag for tag in found if tag.created_by == call.caller.user_id]
    if not found:
        return nothing()
    items = [{**stamps(call, tag), "name": tag.name} for tag in found]
    return reply({"tags": items, "info": {"count": len(items), "allowed_count": tags.MAX_PER_MODULE}})


def create_tags(call: Call) -> Response:
    module = module_param(call)

    def write(row: Json, path: str) -> Json:
        tag = tags.create(
            call.store, module, row.get("name"), row.get("color_code"), call.caller.user_id, path
        )
        return success("tags created successfully", stamps(call, tag))

    return bodies.answer(call, "tags", bodies.rows_under(call, "tags"), write, ok=201)


def _change(call: Call, module: ModuleDef, tag: Tag | None, row: Json, path: str) -> Json:
    if tag is None or tag.module != module.api_name:
        raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    tags.change(call.store, module, tag, row, call.caller.user_id, path)
    changed = tags.by_id(call.store, tag.id) or tag
    return success("tags updated successfully", stamps(call, changed))


def update_tags(call: Call) -> Response:
    module = module_param(call)

    def write(row: Json, path: str) -> Json:
        return _change(call, module, tags.by_id(call.store, bodies.row_id(row, path)), row, path)

    return bodies.answer(call, "tags", bodies.rows_under(call, "tags"), write)


def update_tag(call: Call) -> Response:
    module = module_param(call)
    tag = tags.by_id(call.store, as_id(call.path["id"]))
    return bodies.answer_one(call, "tags", lambda row, path: _change(call, module, tag, row, path))


def _tag(call: Call) -> tuple[Tag, ModuleDef]:
    """The tag in the path, and its module."""
    tag = tags.by_id(call.store, as_id(call.path["id"]))
    if tag is None:
        raise refusals.bad_path_id(2, "tags not found")
    return tag, call.store.modules[tag.module]


def delete_tag(call: Call) -> Response:
    tag, module = _tag(call)
    with call.store.transaction():
        tags.remove(call.store, module, tag)
    return reply({"tags": [success("tags deleted successfully", {"id": str(tag.id)})]})


def merge_tag(call: Call) -> Response:
    """The tag named by `conflict_id` is merged into the one in the path."""
    kept, module = _tag(call)

    def write(row: Json, path: str) -> Json:
        if row.get("conflict_id") is None:
            raise refusals.missing_key(f"{path}.conflict_id")
        gone = tags.by_id(call.store, as_id(row["conflict_id"]))
        if gone is None or gone.module != kept.module or gone.id == kept.id:
            raise refusals.bad_value(f"{path}.conflict_id")
        tags.merge(call.store, module, kept, gone)
        details = stamps(call, kept)
        del details["color_code"]
        return success("tags merged successfully", details)

    return bodies.answer_one(call, "tags", write)


def count_tag(call: Call) -> Response:
    module = module_param(call)
    tag, owner = _tag(call)
    count = tags.count(call.store, module, tag) if owner.api_name == module.api_name else 0
    return reply({"count": str(count)})


def mass_delete_tags(call: Call) -> Response:
    (row,) = bodies.rows_under(call, "mass_delete", most=1)
    path = "$.mass_delete[0]"
    if not isinstance(row, dict):
        raise refusals.wrong_type(path, "jsonobject")
    named, wanted = row.get("module"), row.get("tags")
    if not isinstance(named, dict):
        raise refusals.missing_key(f"{path}.module")
    module = call.store.modules.get(str(named.get("api_name")))
    if module is None or module.generated_type == "system":
        raise refusals.bad_value(f"{path}.module.api_name")
    if named.get("id") is not None and as_id(named["id"]) != module.id:
        keys = [{"api_name": key, "json_path": f"{path}.module.{key}"} for key in ("id", "api_name")]
        message = "Ambiguity during processing"
        raise Refusal("AMBIGUITY_DURING_PROCESSING", message, {"ambiguity_due_to": keys})
    if not isinstance(wanted, list) or not wanted:
        raise refusals.wrong_type(f"{path}.tags", "jsonarray")
    if len(wanted) > MAX_MASS_DELETE:
        raise refusals.over_limit(f"{path}.tags", MAX_MASS_DELETE)
    ids = []
    for number, one in enumerate(wanted):
        tag = tags.by_id(call.store, bodies.reference(one))
        if tag is None or tag.module != module.api_name:
            raise refusals.bad_value(f"{path}.tags[{number}].id", refusals.INVALID_ID)
        ids.append(tag.id)
    caller = call.caller
    job = jobs.schedule(call.store, _JOB, module.api_name, ids, {}, by=caller.user_id, version=caller.version)
    scheduled = {"code": "SCHEDULED", "details": {"job_id": str(job)}}
    return reply({**scheduled, "message": "tags scheduled successfully", "status": "success"}, 202)


def _delete_one(store: Store, job: jobs.Job, tag_id: int) -> bool:
    tag = tags.by_id(store, tag_id)
    if tag is None:
        return False
    tags.remove(store, store.modules[job.module], tag)
    return True


jobs.runs(_JOB, _delete_one)


def mass_delete_tags_status(call: Call) -> Response:
    if not call.query.get("job_id"):
        raise refusals.missing_param("job_id")
    job = jobs.find(call.store, _JOB, as_id(call.query["job_id"]))
    if job is None:
        raise refusals.bad_param("job_id")
    counts = {"total_count": job.total, "failed_count": job.failed, "deleted_count": job.done - job.failed}
    return reply({"mass_delete": [{"job_id": str(job.id), **counts, "status": job.state}]})


# ---- tags on records

Edit = Callable[[list[Json], list[Any], bool], list[Any]]
"""The tags a record has, the tags in the body, whether to overwrite: the tags it shall have."""


def _adding(has: list[Json], given: list[Any], over_write: bool) -> list[Any]:
    return given if over_write else [*has, *given]


def _removing(has: list[Json], given: list[Any], _over_write: bool) -> list[Any]:
    names = {one["name"].lower() for one in given}
    return [one for one in has if one["name"].lower() not in names]


def _asked(call: Call) -> tuple[Json, list[Any], bool]:
    """The body, the tags it names, and `over_write`. v2 and v2.1 send `tag_names` in the query."""
    if call.caller.version <= V2_1 and "tag_names" in call.query:
        names = [name.strip() for name in call.query["tag_names"].split(",") if name.strip()]
        body: Json = {"ids": [part.strip() for part in call.query.get("ids", "").split(",") if part.strip()]}
        given: Any = [{"name": name} for name in names]
    else:
        body = call.json()
        if "tags" not in body:
            raise refusals.missing_key("$.tags")
        given = body["tags"]
    if not isinstance(given, list) or not given:
        raise refusals.wrong_type("$.tags", "jsonarray")
    for number, one in enumerate(given):
        if not isinstance(one, dict):
            raise refusals.wrong_type(f"$.tags[{number}]", "jsonobject")
    over_write = body.get("over_write", call.query.get("over_write") == "true")
    if not isinstance(over_write, bool):
        raise refusals.wrong_type("$.over_write", "boolean")
    return body, given, over_write


def _named(given: list[Any]) -> list[Any]:
    """Tags to take off go by name."""
    for number, one in enumerate(given):
        if not isinstance(one.get("name"), str):
            raise refusals.missing_key(f"$.tags[{number}].name")
    return given


def _retag(call: Call, module: ModuleDef, record_id: int, edit: Edit, given: list[Any], over: bool) -> Json:
    before = call.store.get(module.api_name, record_id)
    if before is None:
        raise refusals.bad_value("$.ids", refusals.INVALID_ID)
    has = json.loads(before["Tag"] or "[]")
    wanted = tags.on_record(call.store, module, edit(has, given, over), call.caller.user_id, "$.tags")
    row = {"Tag": json.loads(wanted or "[]")}
    rules.update(writer_of(call), module, record_id, row, "$")
    return success("tags updated successfully", {"id": str(record_id), "tags": row["Tag"]})


def _on_many(call: Call, edit: Edit, given: list[Any], over: bool, body: Json, *, counted: bool) -> Response:
    module = _taggable(call)
    ids = body.get("ids")
    if ids is None or ids == []:
        raise refusals.missing_key("$.ids")
    if not isinstance(ids, list):
        raise refusals.wrong_type("$.ids", "jsonarray")
    if len(ids) > MAX_RECORDS:
        raise refusals.over_limit("$.ids", MAX_RECORDS)
    items = []
    for number, text in enumerate(ids):
        try:
            record_id = as_id(text)
            if record_id is None:
                raise refusals.bad_value(f"$.ids[{number}]", refusals.INVALID_ID)
            with call.store.transaction():
                items.append(_retag(call, module, record_id, edit, given, over))
        except Refusal as refusal:
            items.append(refusal.item())
    done = sum(item["status"] == "success" for item in items)
    locked = sum(item["code"] == "RECORD_LOCKED" for item in items)
    counts = {"success_count": str(done), "locked_count": str(locked)}
    if not counted:
        del counts["success_count"]  # Zoho's sample of remove_tags has none
    return reply({"data": items, **counts}, 200 if done else 400)


def _on_one(call: Call, edit: Edit, given: list[Any], over: bool) -> Response:
    module = _taggable(call)
    if not call.store.exists(module.api_name, call.record_id):
        raise refusals.bad_path_id()
    locks.refuse_locked(call.store, call.record_id)
    with call.store.transaction():
        return batch([_retag(call, module, call.record_id, edit, given, over)])


def _taggable(call: Call) -> ModuleDef:
    module = call.module
    if "Tag" not in module.fields:
        raise Refusal(
            "INVALID_MODULE", "The given module is not supported in API", {"resource_path_index": 0}
        )
    return module


def add_tags(call: Call) -> Response:
    body, given, over = _asked(call)
    return _on_many(call, _adding, given, over, body, counted=True)


def add_tags_to_record(call: Call) -> Response:
    _, given, over = _asked(call)
    return _on_one(call, _adding, given, over)


def remove_tags(call: Call) -> Response:
    body, given, _ = _asked(call)
    return _on_many(call, _removing, _named(given), False, body, counted=False)


def remove_tags_from_record(call: Call) -> Response:
    _, given, _ = _asked(call)
    return _on_one(call, _removing, _named(given), False)


routes: list[Route] = [
    route("/settings/tags", list_tags, "list_tags"),
    route("/settings/tags", create_tags, "create_tags", "POST"),
    route("/settings/tags", update_tags, "update_tags", "PUT"),
    route("/settings/tags/actions/mass_delete", mass_delete_tags, "mass_delete_tags", "POST"),
    route("/settings/tags/actions/mass_delete", mass_delete_tags_status, "mass_delete_tags_status"),
    route("/settings/tags/{id}", update_tag, "update_tag", "PUT"),
    route("/settings/tags/{id}", delete_tag, "delete_tag", "DELETE"),
    route("/settings/tags/{id}/actions/merge", merge_tag, "merge_tag", "POST"),
    route("/settings/tags/{id}/actions/records_count", count_tag, "count_tag"),
    route("/{module}/actions/add_tags", add_tags, "add_tags", "POST"),
    route("/{module}/actions/remove_tags", remove_tags, "remove_tags", "POST"),
    route("/{module}/{id}/actions/add_tags", add_tags_to_record, "add_tags_to_record", "POST"),
    route("/{module}/{id}/actions/remove_tags", remove_tags_from_record, "remove_tags_from_record", "POST"),
]
