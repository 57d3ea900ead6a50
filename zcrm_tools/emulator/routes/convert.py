"""Converting leads: one at once, up to 50 as a job, and what a lead could be joined to.

https://www.zoho.com/crm/developer/docs/api/v8/convert-lead.html and mass-convert-lead.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import conversion, deal_contacts, jobs, refusals
from zcrm_tools.emulator.bodies import flag, reference
from zcrm_tools.emulator.call import V3, Call, as_id, route
from zcrm_tools.emulator.conversion import Match, Wishes
from zcrm_tools.emulator.jobs import Job
from zcrm_tools.emulator.render import context, fields_shown, module_reference, read
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply, success
from zcrm_tools.emulator.routes.writes import rows_of, writer_of
from zcrm_tools.emulator.rules import Writer
from zcrm_tools.emulator.schema import USERS
from zcrm_tools.emulator.store import Store, quoted

V6: Final = (6, 0)
MAX_LEADS: Final = 50
_DEAL_KEYS: Final = ("Deal_Name", "Closing_Date", "Pipeline", "Stage")
_ACTIVITIES: Final = ("Tasks", "Events", "Calls")
_SHOWN: Final = {
    "Contacts": ("Full_Name", "Email", "Layout", "Account_Name", "Locked__s", "$editable", "$approval_state"),
    "Accounts": (
        "Layout",
        "Phone",
        "Account_Type",
        "Website",
        "Account_Name",
        "Locked__s",
        "$editable",
        "$approval_state",
    ),
}


# ---- one lead


def convert_lead(call: Call) -> Response:
    lead_id = call.record_id
    lead = conversion.lead_of(call.store, lead_id)
    _, data = rows_of(call)
    if len(data) > 1:
        raise refusals.over_limit("$.data", 1)
    path = "$.data[0]"
    try:
        if not isinstance(data[0], dict):
            raise refusals.wrong_type(path, "jsonobject")
        with call.store.transaction():
            wishes = _wishes(call, data[0], lead, path)
            made = conversion.convert(writer_of(call), lead_id, wishes, path)
    except Refusal as refusal:
        return reply({"data": [refusal.item()]}, 400)
    ids = made.by_module()
    if call.caller.version < V6:
        return reply({"data": [{name: key and str(key) for name, key in ids.items()}]})
    details = {name: _named(call.store, name, key) for name, key in ids.items()}
    return reply({"data": [success("The record has been converted successfully", details)]})


def _named(store: Store, module: str, record_id: int | None) -> Json | None:
    row = None if record_id is None else store.get(module, record_id)
    return row and {"name": row[store.modules[module].display_field], "id": str(record_id)}


def _wishes(call: Call, row: Json, lead: Mapping[str, Any], path: str) -> Wishes:
    store, version = call.store, call.caller.version
    flags = {
        name: flag(row, name, path, False)
        for name in ("overwrite", "notify_lead_owner", "notify_new_entity_owner", "add_to_existing_record")
    }
    deal = row.get("Deals")
    if deal is not None:
        deal = checked_deal(deal, f"{path}.Deals", path, pipeline=version >= V3)
    return Wishes(
        account=_existing(store, row, "Accounts", path, bare=version < V6),
        contact=_existing(store, row, "Contacts", path, bare=version < V6),
        owner=_existing(store, row, "assign_to", path, bare=version < V6),
        deal=deal,
        role=_role(store, deal, path),
        overwrite=flags["overwrite"],
        use_existing=flags["add_to_existing_record"],
        attachments_to=_module_named(row, "move_attachments_to", path) or "Contacts",
        tags=_tags_to_carry(row.get("carry_over_tags"), lead, f"{path}.carry_over_tags"),
    )


def checked_deal(deal: Any, where: str, path: str, *, pipeline: bool = True) -> Json:
    """The deal of a conversion with its four mandatory keys; their faults are located under `path`."""
    if not isinstance(deal, dict):
        raise refusals.wrong_type(where, "jsonobject")
    faults = [
        refusals.missing_key(f"{path}.{key}")
        for key in _DEAL_KEYS
        if deal.get(key) in (None, "") and (pipeline or key != "Pipeline")
    ]
    if faults:
        raise refusals.several(faults)
    return {key: value for key, value in deal.items() if key not in ("Account_Name", "Contact_Name")}


def _role(store: Store, deal: Json | None, path: str) -> int | None:
    """The contact's role in the deal: an id, bare or as `{"id": …}`."""
    value = None if deal is None else deal.get("Contact_Role")
    if value is None:
        return None
    found = reference(value)
    if found is None or deal_contacts.role(store, role_id=found) is None:
        raise refusals.bad_value(f"{path}.Contact_Role", refusals.INVALID_ID)
    return found


def _existing(store: Store, row: Json, key: str, path: str, *, bare: bool) -> int | None:
    """The id under a key such as `Accounts`, of a record or a user that is there. Before v6 it was a bare string."""
    value = row.get(key)
    where = f"{path}.{key}"
    if value is None or (key != "assign_to" and value == {}):
        return None
    if bare and isinstance(value, str):
        value = {"id": value}
    if not isinstance(value, dict):
        raise refusals.wrong_type(where, "jsonobject")
    if value.get("id") is None:
        raise refusals.missing_key(f"{where}.id")
    found = as_id(value["id"])
    target = USERS if key == "assign_to" else key
    record = None if found is None else store.get(target, found)
    if record is None or (target == USERS and record["status"] != "active"):
        raise refusals.bad_value(f"{where}.id")
    return found


def _module_named(row: Json, key: str, path: str) -> str | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise refusals.wrong_type(f"{path}.{key}", "jsonobject")
    name = value.get("api_name")
    if name is None:
        raise refusals.missing_key(f"{path}.{key}.api_name")
    if name not in conversion.TARGETS:
        raise refusals.not_listed(f"{path}.{key}.api_name", conversion.TARGETS)
    return str(name)


def _tags_to_carry(value: Any, lead: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    """`{"Contacts": ["vip"]}` or `[{"name": "vip"}]`: names of tags that the lead carries."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refusals.wrong_type(where, "jsonobject")
    carried = [tag["name"] for tag in json.loads(lead["Tag"] or "[]")]
    found: dict[str, tuple[str, ...]] = {}
    for module, names in value.items():
        if module not in conversion.TARGETS:
            raise refusals.bad_value(f"{where}.{module}")
        if not isinstance(names, list):
            raise refusals.wrong_type(f"{where}.{module}", "jsonarray")
        found[module] = ()
        for number, one in enumerate(names):
            name = one.get("name") if isinstance(one, dict) else one
            if name not in carried:
                raise refusals.bad_value(f"{where}.{module}[{number}]")
            found[module] += (str(name),)
    return found


# ---- what a lead could be joined to


def conversion_options(call: Call) -> Response:
    lead = call.store.get("Leads", call.record_id)
    if lead is None:
        raise refusals.bad_path_id(1, "the given id seems to be invalid")
    conversion.lead_of(call.store, call.record_id)
    found = conversion.matches(call.store, lead)
    if not found:
        return nothing()
    by_module = {match.module: match for match in found}
    options = {
        "module_preference": module_reference(call.store, found[0].module),
        "Contacts": _records(call, by_module.get("Contacts")),
        "preference_field_matched_value": {
            name: _matched(call.store, by_module.get(name)) for name in ("Contacts", "Accounts")
        },
        "Accounts": _records(call, by_module.get("Accounts")),
        "modules_with_multiple_layouts": None,
    }
    return reply({"__conversion_options": options})


def _matched(store: Store, match: Match | None) -> list[Json] | None:
    if match is None:
        return None
    field = store.modules[match.module].fields[match.field]
    shown = {
        "api_name": field.api_name,
        "field_label": field.label,
        "unique": {"case_sensitive": field.case_sensitive} if field.unique else None,
        "id": str(field.id),
    }
    return [{"field": shown, "matched_lead_value": match.value}]


def _records(call: Call, match: Match | None) -> list[Json] | None:
    if match is None:
        return None
    ctx = context(call.store, call.caller)
    wanted = fields_shown(ctx, call.store.modules[match.module], _SHOWN[match.module])
    marks = ", ".join("?" * len(match.ids))
    tail = f"FROM {quoted(match.module)} t WHERE t.id IN ({marks}) ORDER BY t.id"
    return read(call.store, wanted, tail, match.ids)


# ---- many leads


def mass_convert(call: Call) -> Response:
    body = call.json()
    ids = _lead_ids(call.store, body)
    assign = body.get("assign_to")
    if assign is None:
        raise refusals.missing_key("$.assign_to")
    owner = _existing(call.store, body, "assign_to", "$", bare=False)
    deal = body.get("Deals")
    if deal is not None:
        deal = checked_deal(deal, "$.Deals", "$.Deals")
    role = _role(call.store, deal, "$.Deals")
    kept = {
        "role": role,
        "owner": owner,
        "deal": deal,
        "attachments_to": _module_named(body, "move_attachments_to", "$") or "Contacts",
        "tags": modules_named(call.store, body, "carry_over_tags", conversion.TARGETS),
        "activities": modules_named(call.store, body, "related_modules", _ACTIVITIES),
    }
    flag(body, "apply_assignment_threshold", "$", False)
    caller = call.caller
    job = jobs.schedule(
        call.store, "mass_convert", "Leads", ids, kept, by=caller.user_id, version=caller.version
    )
    scheduled = {
        "code": "SCHEDULED",
        "details": {"job_id": str(job)},
        "message": "Mass Convert scheduled successfully",
        "status": "success",
    }
    return reply(scheduled, 202)


def _lead_ids(store: Store, body: Json) -> list[int]:
    raw = body.get("ids")
    if raw is None or raw == []:
        raise refusals.missing_key("$.ids")
    if not isinstance(raw, list):
        raise refusals.wrong_type("$.ids", "jsonarray")
    if len(raw) > MAX_LEADS:
        due = [{"api_name": "ids", "json_path": "$.ids"}]
        details = {"limit": MAX_LEADS, "limit_due_to": due}
        raise Refusal("LIMIT_EXCEEDED", "Limit exceeded for mass convert", details)
    found = []
    for number, value in enumerate(raw):
        lead = as_id(value)
        if lead is None:
            raise refusals.wrong_type(f"$.ids[{number}]", "long")
        if not store.exists("Leads", lead):
            raise refusals.bad_value(f"$.ids[{number}]")
        found.append(lead)
    return found


def modules_named(store: Store, body: Json, key: str, allowed: Sequence[str]) -> list[str]:
    """`[{"api_name": …, "id": …}]` as API names: either will do, but they must not name different modules."""
    raw = body.get(key)
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise refusals.wrong_type(f"$.{key}", "jsonarray")
    by_id = {module.id: module.api_name for module in store.modules.values()}
    found = []
    for number, one in enumerate(raw):
        where = f"$.{key}[{number}]"
        if not isinstance(one, dict):
            raise refusals.wrong_type(where, "jsonobject")
        places = [{"api_name": name, "json_path": f"{where}.{name}"} for name in ("id", "api_name")]
        named, given = one.get("api_name"), one.get("id")
        if named is None and given is None:
            details = {"expected_fields": places}
            raise Refusal("EXPECTED_FIELD_MISSING", "Specify Atleast one field", details)
        meant = named if given is None else by_id.get(as_id(given) or 0)
        if named is not None and meant != named:
            details = {"ambiguity_due_to": places}
            raise Refusal("AMBIGUITY_DURING_PROCESSING", "two modules are different", details)
        if meant not in allowed:
            raise refusals.bad_value(f"{where}.{'api_name' if given is None else 'id'}")
        found.append(str(meant))
    return found


def _convert_one(store: Store, job: Job, lead_id: int) -> bool:
    wishes = Wishes(
        owner=job.body["owner"],
        deal=job.body["deal"],
        role=job.body["role"],
        attachments_to=job.body["attachments_to"],
        tags=dict.fromkeys(job.body["tags"]),
        activities=tuple(job.body["activities"]),
    )
    conversion.convert(Writer(store, job.by, job.version), lead_id, wishes, "$.Deals")
    return True


jobs.runs("mass_convert", _convert_one)

_WORDS: Final = {
    "SCHEDULED": "scheduled",
    "RUNNING": "in progress",
    "COMPLETED": "completed",
    "FAILED": "failed",
}


def mass_convert_status(call: Call) -> Response:
    text = call.query.get("job_id")
    if not text:
        details = {"param": "job_id", "json_path": "$.job_id"}
        raise Refusal("REQUIRED_PARAM_MISSING", "job_id is required.", details)
    job = jobs.find(call.store, "mass_convert", as_id(text))
    if job is None:
        raise Refusal("INVALID_DATA", "The jobid given seems to be invalid", {"param_name": "job_id"})
    status = {
        "Status": _WORDS[job.state],
        "Failed_Count": job.failed,
        "Not_Converted_Count": job.total - job.done,
        "Total_Count": job.total,
        "Converted_Count": job.done - job.failed,
    }
    return reply({"data": [status]})


routes: list[Route] = [
    route("/Leads/actions/mass_convert", mass_convert, "mass_convert", "POST"),
    route("/Leads/actions/mass_convert", mass_convert_status, "mass_convert_status"),
    route("/Leads/{id}/actions/convert", convert_lead, "convert_lead", "POST"),
    route("/Leads/{id}/__conversion_options", conversion_options, "conversion_options"),
]
