"""The records that a mass action is about: those named in `ids`, or those of a custom view.

https://www.zoho.com/crm/developer/docs/api/v8/mass-update-records.html
"""

from __future__ import annotations

from typing import Final

from zcrm_tools.emulator import jobs, refusals, territories, views
from zcrm_tools.emulator.bodies import flag
from zcrm_tools.emulator.call import Call, as_id
from zcrm_tools.emulator.jobs import Job
from zcrm_tools.emulator.query.filters import BadFilter, Compiled, compile_filter
from zcrm_tools.emulator.replies import Json, Refusal, success
from zcrm_tools.emulator.schema import ModuleDef
from zcrm_tools.emulator.store import quoted

MAX_IDS: Final = 500
MODULES: Final = frozenset(
    "Leads Accounts Contacts Deals Campaigns Tasks Cases Events Calls Solutions Products Vendors Price_Books Quotes"
    " Sales_Orders Purchase_Orders Invoices".split()
)
"""The standard modules of mass actions; custom modules join them."""


def module_of(call: Call, what: str) -> ModuleDef:
    """The module in the path, if mass actions know it. `what` begins the refusal."""
    module = call.module
    if module.api_name not in MODULES and module.generated_type != "custom":
        message = f"{what} is not supported for this module"
        raise Refusal("NOT_SUPPORTED", message, {"resource_path_index": 0})
    return module


def ids_of(body: Json) -> list[int] | None:
    """The ids of a body, up to 500, each well-formed; None when there are none."""
    raw = body.get("ids")
    if raw is None or raw == []:
        return None
    if not isinstance(raw, list):
        raise refusals.wrong_type("$.ids", "jsonarray")
    if len(raw) > MAX_IDS:
        raise refusals.over_limit("$.ids", MAX_IDS)
    found = [as_id(one) for one in raw]
    if None in found:
        raise refusals.wrong_type(f"$.ids[{found.index(None)}]", "long")
    return [one for one in found if one is not None]


def records_of_view(call: Call, module: ModuleDef, body: Json) -> list[int]:
    """The records of the body's `cvid` that also meet its `criteria` and lie in its `territory`."""
    cvid = str(body["cvid"])
    if views.find(call.store, module, cvid) is None:
        details = {"api_name": "cvid", "json_path": "$.cvid", "id": cvid}
        raise Refusal("INVALID_DATA", "the cvid given seems to be invalid", details)
    condition, values = views.view_condition(call.store, call.caller, module, cvid)
    if body.get("criteria") is not None:
        reader = views.reader_of(call.store, call.caller)
        try:
            also, more = compile_filter(module, body["criteria"], reader)
        except BadFilter as bad:
            raise refusals.bad_value(f"$.criteria{bad.path}", "the value given is invalid") from None
        condition, values = f"({condition}) AND ({also})", [*values, *more]
    if body.get("territory") is not None:
        also, more = _in_territory(call, module, body["territory"])
        condition, values = f"({condition}) AND {also}", [*values, *more]
    sql = f"SELECT t.id FROM {quoted(module.api_name)} t WHERE {condition} ORDER BY t.id"  # noqa: S608
    found = [record_id for (record_id,) in call.store.fetch(sql, values)]
    if not found:
        raise Refusal("NO_RECORDS_FOUND", "no record found to update")
    return found


def _in_territory(call: Call, module: ModuleDef, asked: object) -> Compiled:
    """`{"id": …}`, and with `include_child` those below it."""
    if not isinstance(asked, dict):
        raise refusals.wrong_type("$.territory", "jsonobject")
    name = next((name for name in ("Territories", "Territory") if name in module.fields), None)
    key = as_id(asked.get("id"))
    if asked.get("id") is None:
        raise refusals.missing_key("$.territory.id")
    if name is None or key is None or territories.find(call.store, key) is None:
        raise refusals.bad_value("$.territory.id", refusals.INVALID_ID)
    keys = {key}
    if flag(asked, "include_child", "$.territory", False):
        keys |= territories.with_all_below(call.store, key)
    marks = ", ".join("?" * len(keys))
    held = f"json_each(coalesce(t.{quoted(name)}, '[]'))"
    return f"EXISTS (SELECT 1 FROM {held} WHERE value ->> '$.id' IN ({marks}))", [str(one) for one in keys]  # noqa: S608


def running(call: Call, kind: str, module: ModuleDef, cvid: str | None = None) -> bool:
    """Whether a job of the kind is still to be done in the module, for one view or for any."""
    return any(job.open for job in jobs.all_of(call.store, kind, module.api_name, cvid))


def scheduled(
    call: Call, kind: str, module: ModuleDef, ids: list[int], kept: Json, message: str, *, key: str
) -> Json:
    """Schedule a job over the records; the entry of `data` that says so."""
    caller = call.caller
    job = jobs.schedule(
        call.store, kind, module.api_name, ids, kept, by=caller.user_id, version=caller.version, key=key
    )
    return success(message, {"job_id": str(job)})


def job_asked(call: Call, kind: str, module: ModuleDef) -> Job:
    """The job in `job_id`. Refused as the status of mass updates and mass deletions is."""
    text = call.query.get("job_id")
    if not text:
        raise Refusal("MANDATORY_NOT_FOUND", "mandatory param missing", {"param_name": "job_id"})
    job = jobs.find(call.store, kind, as_id(text))
    if job is None or job.module != module.api_name:
        raise Refusal("INVALID_DATA", "The jobid given seems to be invalid", {"param_name": "job_id"})
    return job
