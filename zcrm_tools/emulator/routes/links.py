"""Related records one by one: linked, unlinked, counted; and the notes of a record changed through it.

https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html and delink.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import bodies, history, refusals, relations, rules
from zcrm_tools.emulator.call import Call, as_id, ids_param, route
from zcrm_tools.emulator.relations import STATUS, Relation
from zcrm_tools.emulator.render import Shown, context, fields_shown, read
from zcrm_tools.emulator.replies import Json, Refusal, batch, nothing, reply, success
from zcrm_tools.emulator.routes.records import asked_fields, listing, relation_of
from zcrm_tools.emulator.routes.writes import MAX_ROWS, rows_of, stamps, write_all, writer_of
from zcrm_tools.emulator.schema import ModuleDef
from zcrm_tools.emulator.store import module_column, quoted

BAD_RELATED = "the related id given seems to be invalid"
MAX_LISTS = 20


def _parent(call: Call) -> tuple[ModuleDef, int, Relation]:
    """The record and the related list in the path; refused when one of them is not there."""
    module, record_id = call.module, call.record_id
    relation = relation_of(call, module)
    if not call.store.exists(module.api_name, record_id):
        raise refusals.bad_path_id(1, BAD_RELATED)
    return module, record_id, relation


def get_related(call: Call) -> Response:
    """One record of a related list, every field unless `fields` says which."""
    module, record_id, relation = _parent(call)
    names = asked_fields(call, mandatory=False)
    other = call.store.modules[relation.module]
    conditions, values = relations.condition(call.store, relation, module, record_id)
    ctx = context(call.store, call.caller)
    tail = f"FROM {quoted(other.api_name)} t WHERE t.id = ? AND {' AND '.join(conditions)}"
    wanted = fields_shown(ctx, other, names, single=True)
    if relation.linked and (names is None or STATUS in names):
        wanted.append(Shown(STATUS, (relations.status_of(record_id),)))
    rows = read(call.store, wanted, tail, (_related_id(call), *values))
    return reply({"data": rows}) if rows else nothing()


def _related_id(call: Call) -> int:
    found = as_id(call.path["related"])
    if found is None:
        raise refusals.bad_path_id(3, BAD_RELATED)
    return found


# ---- linking

Act = Callable[[Json, int, str], Json]
"""Acts on a row of the body about one related record, given its id and JSONPath; the success entry."""


def _acts(call: Call, linking: bool) -> Act:
    """What PUT or DELETE does in the related list of the path: notes are records of their own, others are links."""
    module, record_id, relation = _parent(call)
    if relation.name == "Notes":
        return _note_action(call, module, record_id, linking)
    if not relation.linked:
        message = "the relation name given seems to be invalid"
        raise refusals.bad_path_id(2, message)
    writer = writer_of(call)
    here = (module.api_name, record_id)

    def link(row: Json, related: int, path: str) -> Json:
        if not call.store.exists(relation.module, related):
            raise refusals.bad_value(f"{path}.id", BAD_RELATED)
        status = row.get(STATUS)
        if status is not None and not isinstance(status, str):
            raise refusals.wrong_type(f"{path}.{STATUS}", "string")
        if relations.link(call.store, here, (relation.module, related), status, writer.user_id):
            history.event(writer, relation.module, related, None, "RelListAssociation added", here)
        return success("relation added", {"id": str(related)})

    def unlink(_row: Json, related: int, path: str) -> Json:
        if not relations.unlink(call.store, here, (relation.module, related)):
            raise refusals.bad_value(f"{path}.id", BAD_RELATED)
        history.event(writer, relation.module, related, None, "RelListAssociation removed", here)
        return success("relation removed", {"id": str(related)})

    return link if linking else unlink


def _note_action(call: Call, module: ModuleDef, record_id: int, linking: bool) -> Act:
    notes = call.store.modules["Notes"]

    def act(row: Json, note: int, path: str) -> Json:
        before = call.store.get("Notes", note)
        parent = before and (before[module_column("Parent_Id")], before["Parent_Id"])
        if parent != (module.api_name, record_id):
            raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
        if linking:
            changes = {key: value for key, value in row.items() if key != "Parent_Id"}
            rules.update(writer_of(call), notes, note, changes, path)
            return success("record updated", stamps(call, notes, note, created=False))
        rules.remove(writer_of(call), notes, note)
        return success("record deleted", {"id": str(note)})

    return act


def link_related(call: Call) -> Response:
    act = _acts(call, True)
    _, data = rows_of(call)
    return write_all(call, data, lambda row, path: act(row, bodies.row_id(row, path), path), ok=200)


def link_related_one(call: Call) -> Response:
    act, related = _acts(call, True), _related_id(call)
    _, data = rows_of(call)
    if len(data) > 1:
        raise refusals.over_limit("$.data", 1)
    return write_all(call, data, lambda row, path: act(row, related, path), ok=200)


def unlink_related(call: Call) -> Response:
    text = call.query.get("ids")
    if not text:
        raise refusals.missing_param("ids")
    try:
        ids = ids_param(call) or []
    except Refusal:
        message = "either the request body or parameters is in wrong format"
        raise Refusal("UNABLE_TO_PARSE_DATA_TYPE", message) from None
    if len(ids) > MAX_ROWS:
        raise refusals.too_many(MAX_ROWS, "ids")
    return _unlink(call, ids)


def unlink_related_one(call: Call) -> Response:
    return _unlink(call, [_related_id(call)])


def _unlink(call: Call, ids: Sequence[int]) -> Response:
    act = _acts(call, False)
    items = []
    for related in ids:
        try:
            with call.store.transaction():
                items.append(act({}, related, "$"))
        except Refusal:
            items.append(Refusal("INVALID_DATA", BAD_RELATED, {"id": str(related)}).item())
    return batch(items)


# ---- of a deleted record, and counted


def deleted_related(call: Call) -> Response:
    """What was related to a record that lies in the recycle bin, itself not deleted."""
    module, record_id = call.module, call.record_id
    relation = relation_of(call, module)
    if not call.store.fetch(
        "SELECT 1 FROM _deleted WHERE id = ? AND module = ? AND kind = 'recycle'",
        (record_id, module.api_name),
    ):
        raise refusals.bad_path_id(2)
    other = call.store.modules[relation.module]
    if relation.linked:
        conditions, values = relations.condition(call.store, relation, module, record_id)
    else:
        ids = relations.once_related(call.store, relation, record_id)
        conditions, values = ["t.id IN (SELECT value FROM json_each(?))"], [json.dumps(ids)]
    return listing(call, other, conditions, values)


def count_related(call: Call) -> Response:
    """How many records up to 20 related lists hold; Zoho's SDK reads a flat list of counts."""
    module, record_id = call.module, call.record_id
    if not call.store.exists(module.api_name, record_id):
        raise refusals.bad_path_id()
    rows = bodies.rows_under(call, "get_related_records_count", most=MAX_LISTS)
    known = relations.of(call.store, module)
    items = []
    for number, row in enumerate(rows):
        path = f"$.get_related_records_count[{number}]"
        if not isinstance(row, dict) or not isinstance(row.get("related_list"), dict):
            raise refusals.missing_key(f"{path}.related_list")
        if row.get("params"):
            raise refusals.not_covered("the filters of related record counts", api_name="params")
        name = row["related_list"].get("api_name")
        relation = known.get(name) if isinstance(name, str) else None
        if relation is None:
            raise refusals.bad_value(f"{path}.related_list.api_name")
        count = _count(call, relation, module, record_id)
        items.append(
            {
                "count": count,
                "related_list": {"api_name": name, "id": relations.list_id(module, list(known), name)},
            }
        )
    return reply({"get_related_records_count": items})


def _count(call: Call, relation: Relation, module: ModuleDef, record_id: int) -> int:
    conditions, values = relations.condition(call.store, relation, module, record_id)
    sql = f"SELECT count(*) FROM {quoted(relation.module)} t WHERE {' AND '.join(conditions)}"  # noqa: S608
    return int(call.store.fetch(sql, values)[0][0])


routes: list[Route] = [
    route("/{module}/{id}/actions/get_related_records_count", count_related, "count_related", "POST"),
    route("/{module}/deleted/{id}/{relation}", deleted_related, "deleted_related"),
    route("/{module}/{id}/{relation}", link_related, "link_related", "PUT"),
    route("/{module}/{id}/{relation}", unlink_related, "unlink_related", "DELETE"),
    route("/{module}/{id}/{relation}/{related}", get_related, "get_related"),
    route("/{module}/{id}/{relation}/{related}", link_related_one, "link_related_one", "PUT"),
    route("/{module}/{id}/{relation}/{related}", unlink_related_one, "unlink_related_one", "DELETE"),
]
