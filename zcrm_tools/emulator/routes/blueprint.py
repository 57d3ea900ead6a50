"""A record's process: the transitions open to it, and making one of them.

https://www.zoho.com/crm/developer/docs/api/v8/blueprint-details.html and update-blueprint.html
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import blobs, bodies, events, history, locks, refusals, rules, transitions
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.describe import field_item
from zcrm_tools.emulator.render import context, read, shown
from zcrm_tools.emulator.replies import Json, Refusal, reply, success
from zcrm_tools.emulator.rules import Writer
from zcrm_tools.emulator.schema import ModuleDef
from zcrm_tools.emulator.store import epoch, quoted
from zcrm_tools.emulator.transitions import Asked, Blueprint, Transition

_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {})


def _process(call: Call) -> tuple[ModuleDef, int, Mapping[str, Any], Blueprint]:
    module, record_id = call.module, call.record_id
    row = call.store.get(module.api_name, record_id)
    if row is None:
        raise refusals.bad_path_id()
    locks.refuse_locked(call.store, record_id)
    blueprint = transitions.process_of(call.store, module.api_name, row)
    if blueprint is None:
        raise Refusal("RECORD_NOT_IN_PROCESS", "Record not in process")
    return module, record_id, row, blueprint


# ---- what is open


def get_blueprint(call: Call) -> Response:
    module, record_id, row, blueprint = _process(call)
    field, state = module.fields[blueprint.field], row[blueprint.field]
    info = {
        "field_id": str(field.id),
        "escalation": None,
        "is_continuous": blueprint.continuous,
        "api_name": field.api_name,
        "continuous": blueprint.continuous,
        "field_label": field.label,
        "name": blueprint.name,
        "column_name": field.api_name.upper(),
        "field_value": state,
        "id": str(blueprint.id),
        "field_name": field.label,
    }
    found = [
        _transition(call, module, record_id, blueprint, one, number)
        for number, one in enumerate(blueprint.leaving(state), start=1)
    ]
    return reply({"blueprint": {"process_info": info, "transitions": found}})


def _transition(
    call: Call, module: ModuleDef, record_id: int, blueprint: Blueprint, one: Transition, number: int
) -> Json:
    kept = transitions.saved(call.store, record_id, one.id)
    needed = [asked for asked in one.asks if asked.mandatory]
    given = sum(asked.api_name in kept for asked in needed)
    return {
        "next_transitions": [
            {"name": after.name, "id": str(after.id), "type": after.kind, "criteria_matched": True}
            for after in blueprint.leaving(one.target)
        ],
        "data": {**_values(call, module, record_id, one), **kept},
        "next_field_value": one.target,
        "name": one.name,
        "criteria_matched": True,
        "id": str(one.id),
        "fields": [_field(call, module, asked, at) for at, asked in enumerate(one.asks, start=1)],
        "criteria_message": None,
        "type": one.kind,
        "execution_time": None,
        "parent_transition": None,
        "percent_partial_save": round(100 * given / len(needed)) if needed and kept else 0,
        "sequence": number,
        "color_code": None,
    }


def _values(call: Call, module: ModuleDef, record_id: int, one: Transition) -> Json:
    """What the record holds now in the fields a transition asks for."""
    names = [asked.api_name for asked in one.asks if asked.api_name in module.fields]
    ctx = context(call.store, call.caller)
    wanted = [shown(ctx, module, module.fields[name]) for name in names]
    tail = f"FROM {quoted(module.api_name)} t WHERE t.id = ?"
    return read(call.store, wanted, tail, (record_id,))[0] if wanted else {}


def _field(call: Call, module: ModuleDef, asked: Asked, number: int) -> Json:
    beside: Json = {
        "transition_sequence": number,
        "mandatory": asked.mandatory,
        "validation_rule": None,
        "content": None,
        "personality_name": asked.api_name,
    }
    if asked.api_name in module.fields:
        layout = {"name": "Standard", "id": str(module.layout_id)}
        field = field_item(call.store, module, module.fields[asked.api_name])
        return {**field, **beside, "layouts": layout, "_type": "field"}
    label = {"CheckLists": "Checklist"}.get(asked.api_name, asked.api_name)
    items = [{"title": "Checklist", "items": [{"name": item} for item in asked.items]}] if asked.items else []
    return {
        **beside,
        "api_name": asked.api_name,
        "display_label": label,
        "field_label": label,
        "data_type": "related_list",
        "items": items,
        "_type": asked.api_name,
        "id": None,
    }


# ---- making one


def update_blueprint(call: Call) -> Response:
    """One transition at a time. What is given too little for is kept until the rest comes."""
    (row,) = bodies.rows_under(call, "blueprint", most=1)
    path = "$.blueprint[0]"
    if not isinstance(row, dict):
        raise refusals.wrong_type(path, "jsonobject")
    module, record_id, record, blueprint = _process(call)
    if row.get("transition_id") is None:
        raise refusals.missing_key(f"{path}.transition_id", "mandatory param missing")
    wanted = as_id(row["transition_id"])
    one = next((t for t in blueprint.leaving(record[blueprint.field]) if t.id == wanted), None)
    if one is None or one.kind != transitions.MANUAL:
        raise refusals.bad_value(f"{path}.transition_id")
    data = row.get("data") or {}
    if not isinstance(data, dict):
        raise refusals.wrong_type(f"{path}.data", "jsonobject")
    kept = transitions.saved(call.store, record_id, one.id)
    given = {**kept, **{key: value for key, value in data.items() if value not in _NOTHING}}
    missing = [asked for asked in one.asks if asked.mandatory and not _answered(asked, given, record)]
    writer = Writer(call.store, call.caller.user_id, call.caller.version, "blueprint")
    with call.store.transaction():
        if missing:
            return _save(call, writer, module, record_id, one, given, missing, path)
        _carry_out(writer, module, record_id, blueprint, one, given, f"{path}.data")
    return reply(success("transition updated successfully", {}))


def _answered(asked: Asked, given: Json, record: Mapping[str, Any]) -> bool:
    """A field may be answered by what the record holds already; a checklist only when every item is ticked."""
    if asked.api_name == "CheckLists":
        lists = given.get("CheckLists")
        ticked = (
            {name for one in lists for name, done in one.items() if done}
            if isinstance(lists, list)
            else set()
        )
        return bool(ticked) and set(asked.items) <= ticked
    return asked.api_name in given or record.get(asked.api_name) not in (*_NOTHING, 0)


def _save(
    call: Call,
    writer: Writer,
    module: ModuleDef,
    record_id: int,
    one: Transition,
    given: Json,
    missing: list[Asked],
    path: str,
) -> Response:
    """Keep a part. Nothing given at all is no part but a mistake."""
    mine = {asked.api_name for asked in one.asks}
    part = {key: value for key, value in given.items() if key in mine}
    if not part:
        raise refusals.several(
            [
                refusals.missing_key(f"{path}.data.{asked.api_name}", "mandatory param missing")
                for asked in missing
            ]
        )
    fields = {key: value for key, value in part.items() if key in module.fields}
    if fields:
        _try(writer, module, record_id, fields, f"{path}.data")
    transitions.save(call.store, record_id, one.id, part)
    return reply(success("transition saved partially", {}))


class _TakenBack(Exception):
    """Rolls a trial write back."""


def _try(writer: Writer, module: ModuleDef, record_id: int, fields: Json, path: str) -> None:
    """Refuse wrong values of a part; the record changes only with the whole transition."""
    with suppress(_TakenBack), writer.store.transaction():
        rules.update(writer, module, record_id, fields, path)
        raise _TakenBack


def _carry_out(
    writer: Writer,
    module: ModuleDef,
    record_id: int,
    blueprint: Blueprint,
    one: Transition,
    given: Json,
    path: str,
) -> None:
    fields = {key: value for key, value in given.items() if key in module.fields and key != blueprint.field}
    rules.update(writer, module, record_id, {**fields, blueprint.field: one.target}, path)
    of = (module.api_name, record_id)
    if given.get("Notes") is not None:
        _note(writer, of, given["Notes"], path)
    for attachment in given.get("Attachments") or ():
        _attach(writer, of, attachment, path)
    if given.get("Tasks") is not None:
        row = dict(given["Tasks"]) if isinstance(given["Tasks"], dict) else {}
        what = {"What_Id": {"id": str(record_id)}, "$se_module": module.api_name}
        tasks = writer.store.modules["Tasks"]
        if module.api_name == "Contacts":
            what = {"Who_Id": {"id": str(record_id)}}
        rules.create(writer, tasks, {**what, **row}, f"{path}.Tasks")
    transitions.forget_saved(writer.store, record_id)
    at = epoch(writer.store.clock.now())
    events.publish(
        writer.store,
        events.Happening("blueprint_transition", module.api_name, record_id, one.name, writer.user_id, at),
    )


def _note(writer: Writer, of: tuple[str, int], text: Any, path: str) -> None:
    row = rules.with_parent({"Note_Content": text}, *of)
    rules.create(writer, writer.store.modules["Notes"], row, f"{path}.Notes")


def _attach(writer: Writer, of: tuple[str, int], given: Any, path: str) -> None:
    """`{"$file_id": [...]}` of uploaded files, or `{"$link_url": "..."}`."""
    where = f"{path}.Attachments"
    if not isinstance(given, dict):
        raise refusals.wrong_type(where, "jsonobject")
    made = []
    ids = given.get("$file_id") or []
    for file_id in ids if isinstance(ids, list) else [ids]:
        blob = blobs.read(writer.store, str(file_id))
        if blob is None:
            raise refusals.bad_value(f"{where}.$file_id", refusals.INVALID_ID)
        made.append(blobs.attach(writer.store, of, writer.user_id, blob=blob))
    if isinstance(given.get("$link_url"), str):
        made.append(blobs.attach(writer.store, of, writer.user_id, link=given["$link_url"]))
    for one in made:
        history.event(writer, "Attachments", one.id, one.name, "added", of)


routes: list[Route] = [
    route("/{module}/{id}/actions/blueprint", get_blueprint, "get_blueprint"),
    route("/{module}/{id}/actions/blueprint", update_blueprint, "update_blueprint", "PUT"),
]
