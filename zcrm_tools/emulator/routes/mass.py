"""Mass update and mass delete: up to 500 records by id at once, or those of a custom view as a job.

https://www.zoho.com/crm/developer/docs/api/v8/mass-update-records.html and mass-delete.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import jobs, refusals, rules, selection
from zcrm_tools.emulator.bodies import flag
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.jobs import MAX_RECORDS, Job
from zcrm_tools.emulator.replies import Json, Refusal, batch, reply, success
from zcrm_tools.emulator.routes.writes import stamps
from zcrm_tools.emulator.rules import Writer
from zcrm_tools.emulator.schema import FieldDef, ModuleDef
from zcrm_tools.emulator.store import Store

_CLOSED: Final = frozenset(
    "email lookup ownerlookup multi_module_lookup layout textarea subform multiselectlookup multiuserlookup fileupload"
    " imageupload profileimage autonumber formula rollup_summary".split()
)
"""Types that cannot be mass updated."""


def each(call: Call, ids: Sequence[int], act: Callable[[int], Json]) -> Response:
    """Act on each record in a savepoint of its own and answer for each."""
    items = []
    with call.store.transaction():
        for record_id in ids:
            try:
                with call.store.transaction():
                    items.append(act(record_id))
            except Refusal as refusal:
                items.append(refusal.item())
    return batch(items)


def _refused(refusal: Refusal) -> Response:
    return reply({"data": [refusal.item()]}, 400)


# ---- update


def mass_update(call: Call) -> Response:
    module = selection.module_of(call, "Mass update")
    body = call.json()
    ids, cvid = selection.ids_of(body), body.get("cvid")
    if ids is None and cvid is None:
        return _refused(Refusal("MANDATORY_NOT_FOUND", refusals.NOT_FOUND))
    if ids is not None and cvid is not None:
        places = [{"api_name": name, "json_path": f"$.{name}"} for name in ("ids", "cvid")]
        message = "Ambiguity while processing the request"
        raise Refusal("AMBIGUITY_DURING_PROCESSING", message, {"ambiguity_due_to": places})
    try:
        values = _values(module, body)
    except Refusal as refusal:
        return _refused(refusal)
    if not flag(body, "over_write", "$", False):
        many = [name for name in values if module.fields[name].kind == "choices"]
        values = {**values, "$append_values": dict.fromkeys(many, True)}
    if ids is None:
        return _update_later(call, module, body, values)

    def update(record_id: int) -> Json:
        _update_one(_writer(call), module, record_id, values)
        return success("record updated", stamps(call, module, record_id, created=False))

    return each(call, ids, update)


def _writer(call: Call) -> Writer:
    return Writer(call.store, call.caller.user_id, call.caller.version, source="mass_update")


def _values(module: ModuleDef, body: Json) -> Json:
    """The fields to set: three in Deals, one elsewhere; some types cannot be mass updated."""
    data = body.get("data")
    if data is None:
        raise refusals.missing_key("$.data")
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise refusals.wrong_type("$.data", "jsonarray")
    row: Json = {key: value for part in data for key, value in part.items()}
    if "Pipeline" in row:
        row.pop("Layout", None)  # a pipeline may be told apart by its layout
    if not row:
        raise refusals.bad_value("$.data", "No field found")
    if len(row) > (3 if module.api_name == "Deals" else 1):
        raise refusals.bad_value("$.data", "Max field limit exceeded")
    for name in row:
        if not _open(module.fields.get(name)):
            message = "This field cannot be updated in the Mass Update"
            raise refusals.bad_value(f"$.data[0].{name}", message)
    return row


def _open(field: FieldDef | None) -> bool:
    return field is not None and not field.read_only and field.data_type not in _CLOSED


def _update_one(writer: Writer, module: ModuleDef, record_id: int, values: Json) -> None:
    row = writer.store.get(module.api_name, record_id)
    details = {"id": str(record_id)}
    if row is None:
        raise Refusal("INVALID_DATA", refusals.INVALID_ID, details)
    if row.get("Converted__s"):
        raise Refusal("CONVERTED_RECORD", "the record is already converted", details)
    try:
        rules.update(writer, module, record_id, values, "$.data[0]")
    except Refusal as refusal:
        if refusal.code != "RECORD_LOCKED":
            refusal.details = {**details, **refusal.details}
            raise
        message = "Sorry, you cannot perform this operation as the record is locked."
        raise Refusal("RECORD_LOCKED", message, {"action": "record_locking", **details}) from None


def _update_later(call: Call, module: ModuleDef, body: Json, values: Json) -> Response:
    cvid = str(body["cvid"])
    ids = selection.records_of_view(call, module, body)
    if len(ids) > MAX_RECORDS:
        raise Refusal("LIMIT_EXCEEDED", "Record count exceeded", {"limit": MAX_RECORDS, "api_name": "cvid"})
    if selection.running(call, "mass_update", module, cvid):
        message = "Already a Mass Action scheduler is running for the given cvid"
        raise Refusal("ALREADY_SCHEDULED", message, {"api_name": "cvid"}, status=202)
    message = "mass update scheduled successfully"
    entry = selection.scheduled(call, "mass_update", module, ids, values, message, key=cvid)
    return reply({"data": [entry]})


def _run_update(store: Store, job: Job, record_id: int) -> bool:
    writer = Writer(store, job.by, job.version, source="mass_update")
    _update_one(writer, store.modules[job.module], record_id, job.body)
    return True


def mass_update_status(call: Call) -> Response:
    job = selection.job_asked(call, "mass_update", selection.module_of(call, "Mass update"))
    return reply({"data": [updated_counts(job)]})


def updated_counts(job: Job) -> Json:
    return {
        "Status": job.state,
        "Failed_Count": job.failed,
        "Updated_Count": job.done - job.failed,
        "Not_Updated_Count": job.total - job.done,
        "Total_Count": job.total,
    }


# ---- delete


def mass_delete(call: Call) -> Response:
    module = selection.module_of(call, "Mass delete")
    body = call.json()
    ids = selection.ids_of(body)
    if ids is not None:
        writer = Writer(call.store, call.caller.user_id, call.caller.version)
        return each(call, ids, lambda record_id: _delete_one(writer, module, record_id))
    if body.get("cvid") is None:
        details: dict[str, Any] = {"api_name": "ids", "expected_data_type": "jsonarray"}
        raise Refusal("MANDATORY_NOT_FOUND", refusals.NOT_FOUND, details)
    found = selection.records_of_view(call, module, body)
    if len(found) > MAX_RECORDS:
        raise Refusal("LIMIT_EXCEEDED", "Record count exceeded", {"limit": MAX_RECORDS, "api_name": "cvid"})
    if selection.running(call, "mass_delete", module):
        message = "Already a Mass Action scheduler is running for the given cvid"
        raise Refusal("ALREADY_SCHEDULED", message, {"api_name": "cvid"})
    message = "mass delete scheduled successfully"
    entry = selection.scheduled(call, "mass_delete", module, found, {}, message, key=str(body["cvid"]))
    return reply({"data": [entry]})


def _delete_one(writer: Writer, module: ModuleDef, record_id: int) -> Json:
    details = {"id": str(record_id)}
    try:
        if rules.remove(writer, module, record_id):
            return success("record is deleted", details)
    except Refusal as refusal:
        if refusal.code != "RECORD_LOCKED":
            raise
        raise Refusal("INVALID_DATA", "Record locked or invalid permissions", details) from None
    raise Refusal("INVALID_DATA", refusals.INVALID_ID, details)


def _run_delete(store: Store, job: Job, record_id: int) -> bool:
    return rules.remove(Writer(store, job.by, job.version), store.modules[job.module], record_id)


def mass_delete_status(call: Call) -> Response:
    """A scheduled deletion already counts as running: Zoho names no other state."""
    job = selection.job_asked(call, "mass_delete", selection.module_of(call, "Mass delete"))
    status = {
        "Status": "RUNNING" if job.open else job.state,
        "Failed_Count": job.failed,
        "Deleted_Count": job.done - job.failed,
        "Total_Count": job.total,
    }
    return reply({"data": [status]})


jobs.runs("mass_update", _run_update)
jobs.runs("mass_delete", _run_delete)

routes: list[Route] = [
    route("/{module}/actions/mass_update", mass_update, "mass_update", "POST"),
    route("/{module}/actions/mass_update", mass_update_status, "mass_update_status"),
    route("/{module}/actions/mass_delete", mass_delete, "mass_delete", "POST"),
    route("/{module}/actions/mass_delete", mass_delete_status, "mass_delete_status"),
]
