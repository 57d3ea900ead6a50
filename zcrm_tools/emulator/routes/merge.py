"""Merging duplicates into a master record, at once or, when much hangs on them, as a job.

https://www.zoho.com/crm/developer/docs/api/v8/merge-records.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import jobs, locks, merging, refusals
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.copying import writable
from zcrm_tools.emulator.jobs import Job
from zcrm_tools.emulator.merging import Child
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply, success
from zcrm_tools.emulator.rules import Writer
from zcrm_tools.emulator.schema import ModuleDef, stage
from zcrm_tools.emulator.store import Store
from zcrm_tools.emulator.uploads import TYPES

MAX_CHILDREN: Final = 2
_FILLED: Final = {
    "Closing_Date": "Closing date will be automatically populated based on master record",
    "Probability": "Probability and Expected Revenue fields will be automatically populated based on chosen Stage",
    "Expected_Revenue": "Probability and Expected Revenue fields will be automatically populated based on chosen Stage",
}
"""Fields of a deal that a merge fills by itself."""


def _module(call: Call) -> ModuleDef:
    module = call.module
    if module.api_name not in merging.MODULES and module.generated_type != "custom":
        raise refusals.unknown_module()
    return module


def _master(call: Call, module: ModuleDef) -> Mapping[str, Any]:
    found = as_id(call.path["id"])
    row = None if found is None else call.store.get(module.api_name, found)
    if row is None:
        raise refusals.bad_path_id(1, "Master record id is not available")
    return row


def merge_records(call: Call) -> Response:
    module = _module(call)
    master = _master(call, module)
    body = call.json()
    if "merge" not in body:
        raise refusals.missing_key("$.merge")
    asked = body["merge"]
    if not isinstance(asked, list) or len(asked) != 1 or not isinstance(asked[0], dict):
        raise Refusal("INVALID_DATA", refusals.INVALID)
    if not _may_merge(module, master):
        details = {"api_name": "record", "resource_path_index": 1}
        raise Refusal("NOT_ALLOWED", "Only Open Deals can be merged", details)
    try:
        locks.refuse_locked(call.store, master["id"])
        children = _children(call, module, master, asked[0])
        item = _merged(call, module, master["id"], children)
    except Refusal as refusal:
        return reply({"merge": [refusal.item()]}, 400)
    return reply({"merge": [item]}, 201)


def _merged(call: Call, module: ModuleDef, master: int, children: Sequence[Child]) -> Json:
    store, caller = call.store, call.caller
    if any(merging.most_related(store, module, child.id) > merging.AT_ONCE for child in children):
        kept = {"children": merging.plain(children)}
        job = jobs.schedule(
            store,
            "merge",
            module.api_name,
            [master],
            kept,
            by=caller.user_id,
            version=caller.version,
            key=str(master),
        )
        return {
            "code": "SCHEDULED",
            "details": {"job_id": str(job)},
            "message": "The records have been scheduled for merge",
            "status": "success",
        }
    with store.transaction():
        merging.merge(Writer(store, caller.user_id, caller.version), module, master, children)
    return success("The records have been merged successfully", {"id": str(master)})


def _may_merge(module: ModuleDef, row: Mapping[str, Any]) -> bool:
    """Closed deals may not."""
    if module.api_name != "Deals":
        return True
    chosen = stage(module, row["Stage"]) if row["Stage"] else None
    return chosen is None or chosen.forecast_type not in ("Closed Won", "Closed Lost")


# ---- what is asked


def _children(call: Call, module: ModuleDef, master: Mapping[str, Any], asked: Json) -> list[Child]:
    path = "$.merge[0]"
    named: dict[str, int] = {}
    own = asked.get("master_record_fields") or []
    _names(
        module,
        own,
        f"{path}.master_record_fields",
        named,
        master["id"],
        "API name not mentioned for the master record",
    )
    data = asked.get("data")
    if not isinstance(data, list) or not data:
        details = {"api_name": "data", "json_path": f"{path}.data", "minimum_length": 1}
        raise Refusal("INVALID_DATA", " Atleast one child record id is required to be merged.", details)
    if len(data) > MAX_CHILDREN:
        details = {"api_name": "data", "json_path": f"{path}.data", "maximum_length": MAX_CHILDREN}
        raise Refusal("INVALID_DATA", " More than 2 child record ids cannot be merged.", details)
    found: list[Child] = []
    for number, one in enumerate(data):
        where = f"{path}.data[{number}]"
        if not isinstance(one, dict):
            raise refusals.wrong_type(where, "jsonobject")
        child = _child(call, module, one, where)
        if child["id"] in (master["id"], *(other.id for other in found)):
            message = "Valid record ids need to be given for merging"
            raise Refusal("DUPLICATE_DATA", message, {"api_name": "id", "json_path": f"{where}.id"})
        fields = _names(
            module,
            one.get("_fields") or [],
            f"{where}._fields",
            named,
            child["id"],
            "API name of the field is not mentioned",
        )
        if "Stage" in fields and child.get("Pipeline") != master.get("Pipeline"):
            place = f"{where}._fields[{fields.index('Stage')}].api_name"
            raise _not_allowed(place, "Stage field will be automatically populated based on chosen Pipeline")
        found.append(Child(child["id"], fields))
    if named.get("Reporting_To", master["id"]) != named.get("Account_Name", master["id"]):
        details = {"api_name": "api_name", "json_path": f"{path}.data[0]._fields[0].api_name"}
        raise Refusal("INVALID_DATA", "Reporting to and account should belong to the same record", details)
    return found


def _not_allowed(place: str, message: str) -> Refusal:
    return Refusal("NOT_ALLOWED", message, {"api_name": place.rsplit(".", 1)[-1], "json_path": place})


def _child(call: Call, module: ModuleDef, one: Json, where: str) -> Mapping[str, Any]:
    if one.get("id") in (None, ""):
        raise refusals.missing_key(f"{where}.id", "required id not found")
    found = as_id(one["id"])
    row = None if found is None else call.store.get(module.api_name, found)
    if row is None:
        raise refusals.bad_value(f"{where}.id", refusals.INVALID_ID)
    if not _may_merge(module, row):
        raise _not_allowed(f"{where}.id", "Only Open Deals can be merged")
    locked = locks.lock_of(call.store, row["id"]) is not None
    if locked or row.get("Converted__s") or row["id"] in _waiting(call.store, module):
        raise _not_allowed(f"{where}.id", "This record id is not allowed to be merged")
    return row


def _waiting(store: Store, module: ModuleDef) -> set[int]:
    """The records that a scheduled merge will take."""
    waiting = [job for job in jobs.all_of(store, "merge", module.api_name) if job.open]
    return {key for job in waiting for key in (*job.ids, *(child["id"] for child in job.body["children"]))}


def _names(
    module: ModuleDef, raw: Any, where: str, named: dict[str, int], owner: int, missing: str
) -> tuple[str, ...]:
    """The fields chosen from one record. `named` collects which record each was chosen from: no field twice."""
    if not isinstance(raw, list):
        raise refusals.wrong_type(where, "jsonarray")
    found: list[str] = []
    for number, one in enumerate(raw):
        place = f"{where}[{number}].api_name"
        name = one.get("api_name") if isinstance(one, dict) else None
        if not name:
            raise refusals.missing_key(place, missing)
        if not isinstance(name, str):
            raise refusals.wrong_type(place, "string")
        if module.api_name == "Deals" and name in _FILLED:
            raise _not_allowed(place, _FILLED[name])
        if name in named:
            details = {"api_name": "api_name", "json_path": place}
            raise Refusal(
                "DUPLICATE_DATA", "Field has already been mentioned for other record in merge", details
            )
        field = module.fields.get(name)
        if field is None or not (writable(field) or field.data_type in TYPES):
            raise refusals.bad_value(place, "the field api name given seems to be invalid")
        if field.data_type in TYPES:
            raise refusals.not_covered("files chosen from one of the records in a merge", json_path=place)
        named[name] = owner
        found.append(name)
    return tuple(found)


# ---- as a job


def _run(store: Store, job: Job, master: int) -> bool:
    module = store.modules[job.module]
    children = [Child(one["id"], tuple(one["fields"])) for one in job.body["children"]]
    if not all(store.exists(module.api_name, key) for key in (master, *(child.id for child in children))):
        return False
    merging.merge(Writer(store, job.by, job.version), module, master, children)
    return True


def merge_status(call: Call) -> Response:
    """The jobs of a master record, or the one in `job_id`."""
    module = _module(call)
    master = _master(call, module)
    found = jobs.all_of(call.store, "merge", module.api_name, str(master["id"]))
    if "job_id" in call.query:
        found = [job for job in found if str(job.id) == call.query["job_id"]]
    if not found:
        return nothing()
    words = {"FAILED": "FAILURE"}
    data = [{"job_id": str(job.id), "status": words.get(job.state, job.state)} for job in found]
    return reply({"merge": data})


jobs.runs("merge", _run)

routes: list[Route] = [
    route("/{module}/{id}/actions/merge", merge_records, "merge_records", "POST"),
    route("/{module}/{id}/actions/merge", merge_status, "merge_status"),
]
