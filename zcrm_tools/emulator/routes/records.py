"""Reading records: the list, one, the deleted, the related, the count.

https://www.zoho.com/crm/developer/docs/api/v8/get-records.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import paging, recycling, refusals, relations, territories
from zcrm_tools.emulator.call import V3, Call, as_id, ids_param, route
from zcrm_tools.emulator.relations import Relation
from zcrm_tools.emulator.render import (
    Shown,
    context,
    fields_shown,
    module_reference,
    read,
    zoned,
)
from zcrm_tools.emulator.replies import Json, Refusal, not_modified, nothing, reply
from zcrm_tools.emulator.schema import PROFILES, USERS, ModuleDef
from zcrm_tools.emulator.store import quoted
from zcrm_tools.emulator.views import filter_condition, view_condition

MAX_FIELDS = 50
UNCOVERED = ("cross_filters", "filterId")


def asked_fields(call: Call, *, mandatory: bool) -> list[str] | None:
    """The `fields` parameter; None when every field is wanted. From v3 on a list must name its fields."""
    text = call.query.get("fields", "")
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        if mandatory and call.caller.version >= V3:
            raise refusals.missing_param("fields", "required param is missing")
        return None
    if len(names) > MAX_FIELDS:
        raise refusals.too_many(MAX_FIELDS, "fields")
    return names


def is_admin(call: Call) -> bool:
    sql = f"SELECT 1 FROM {USERS} u JOIN {PROFILES} p ON p.id = u.profile WHERE u.id = ? AND p.name = 'Administrator'"  # noqa: S608
    return bool(call.store.fetch(sql, (call.caller.user_id,)))


def converted_condition(call: Call, module: ModuleDef) -> str:
    """Lists hide converted leads unless asked."""
    asked = call.query.get("converted", "false")
    if asked not in ("true", "false", "both"):
        raise refusals.bad_param("converted", supported_values=["true", "false", "both"])
    if "Converted__s" not in module.fields or asked == "both":
        return ""
    return f't."Converted__s" = {int(asked == "true")}'


def territory_condition(call: Call, module: ModuleDef) -> tuple[str, list[object]]:
    """Records of the territory in `territory_id`; with `include_child=true` those of all territories below it too."""
    territories.demand_enabled(call.store)
    key, below = as_id(call.query["territory_id"]), call.query.get("include_child", "false")
    column = territories.column(module)
    if column is None or key is None or territories.find(call.store, key) is None:
        raise refusals.bad_param("territory_id")
    if below not in ("true", "false"):
        raise refusals.bad_param("include_child", supported_values=["true", "false"])
    wanted = territories.with_all_below(call.store, key) if below == "true" else {key}
    listed = f"json_each(CASE WHEN json_valid(t.{quoted(column)}) THEN t.{quoted(column)} ELSE '[]' END)"
    marks = ", ".join("?" * len(wanted))
    sql = f"EXISTS (SELECT 1 FROM {listed} WHERE json_extract(value, '$.id') IN ({marks}))"  # noqa: S608
    return sql, [str(one) for one in sorted(wanted)]


def narrowed(call: Call, module: ModuleDef) -> tuple[list[str], list[object]]:
    """What `cvid` and `filters` ask for. A view settles by itself whether converted leads are among its records."""
    conditions: list[str] = []
    values: list[object] = []
    cvid, filters = call.query.get("cvid"), call.query.get("filters")
    if "territory_id" in call.query:
        sql, values = territory_condition(call, module)
        conditions.append(sql)
    if cvid is not None:
        sql, more = view_condition(call.store, call.caller, module, cvid)
        conditions.append(sql)
        values = [*values, *more]
    if filters is not None:
        sql, more = filter_condition(call.store, call.caller, module, filters)
        conditions.append(sql)
        values = [*values, *more]
    if cvid is None or "converted" in call.query:
        conditions.append(converted_condition(call, module))
    return conditions, values


def list_records(call: Call) -> Response:
    module = call.module
    if module.api_name == "Notes" and not is_admin(call):
        raise Refusal("NOT_SUPPORTED", "Permission denied to read", status=403)
    conditions, values = narrowed(call, module)
    return listing(call, module, conditions, values)


def listing(
    call: Call,
    module: ModuleDef,
    conditions: list[str],
    values: list[object],
    *,
    beside: Sequence[Shown] = (),
) -> Response:
    """A page of a module's records under conditions, by the rules all lists share.

    `beside` are keys of this list that are no fields of the module.
    """
    names = asked_fields(call, mandatory=True)
    page = paging.page_of(call, module, default_order="asc" if module.api_name == "Notes" else "desc")
    for name in UNCOVERED:
        if name in call.query:
            raise refusals.not_covered(f"the parameter {name} of lists", param_name=name)
    ids = ids_param(call)
    if ids is not None:
        conditions.append(f"t.id IN ({', '.join('?' * len(ids))})")
        values.extend(ids)
    since = call.since("If-Modified-Since")
    if since is not None:
        conditions.append('t."Modified_Time" > ?')
        values.append(since)
    resume, resume_values = page.after()
    where = " AND ".join(filter(None, (*conditions, resume))) or "1"
    tail = f"FROM {quoted(module.api_name)} t WHERE {where} {page.order()}"
    ctx = context(call.store, call.caller)
    edge = Shown("", (f"t.{quoted(page.sort_by)}", "t.id"), lambda row, at: (row[at], row[at + 1]))
    rows = read(
        call.store, [*fields_shown(ctx, module, names), *beside, edge], tail, (*values, *resume_values)
    )
    rows, more = paging.cut(page, rows)
    if not rows:
        return nothing() if since is None else not_modified()
    edges = [row.pop("") for row in rows]
    return reply(
        {
            "data": rows,
            "info": paging.info(call, page, count=len(rows), more=more, edges=(edges[0], edges[-1])),
        }
    )


def get_record(call: Call) -> Response:
    module, record_id = call.module, call.record_id
    names = asked_fields(call, mandatory=False)
    since = call.since("If-Modified-Since")
    ctx = context(call.store, call.caller)
    tail = f"FROM {quoted(module.api_name)} t WHERE t.id = ?"
    stamp = Shown("", ('t."Modified_Time"',))
    rows = read(call.store, [*fields_shown(ctx, module, names, single=True), stamp], tail, (record_id,))
    if not rows:
        return nothing()
    modified: Any = rows[0].pop("")
    if since is not None and modified <= since:
        return not_modified()
    return reply({"data": rows})


def deleted_records(call: Call) -> Response:
    module = call.module
    kind = call.query.get("type", "all")
    if kind not in ("all", "recycle", "permanent"):
        raise refusals.bad_pattern("type")
    number, per_page = paging.numbers(call)
    since = call.since("If-Modified-Since")
    recycling.sweep(call.store)
    rows = call.store.fetch(
        "SELECT id, display_name, kind, created_by, deleted_by, deleted_time FROM _deleted"
        " WHERE module = ? AND ? IN ('all', kind) AND deleted_time > ?"
        " ORDER BY deleted_time DESC, id DESC LIMIT ? OFFSET ?",
        (module.api_name, kind, since or 0, per_page + 1, (number - 1) * per_page),
    )
    if not rows:
        return nothing() if since is None else not_modified()
    users = context(call.store, call.caller).users

    def person(user_id: int | None) -> Json | None:
        user = None if user_id is None else users.get(user_id)
        return user and {"name": user["name"], "id": user["id"]}

    data = [
        {
            "deleted_by": person(by),
            "id": str(record_id),
            "display_name": name,
            "type": found,
            "created_by": person(creator),
            "deleted_time": zoned(at, call.caller.time_zone),
        }
        for record_id, name, found, creator, by, at in rows[:per_page]
    ]
    info = {"per_page": per_page, "count": len(data), "page": number, "more_records": len(rows) > per_page}
    return reply({"data": data, "info": info})


def relation_of(call: Call, module: ModuleDef) -> Relation:
    """The related list in the path; refused when the module has none of that name."""
    relation = relations.of(call.store, module).get(call.path["relation"])
    if relation is None:
        raise refusals.bad_path_id(2, "the relation name given seems to be invalid")
    return relation


def list_related(call: Call) -> Response:
    """Records that point at one, such as the contacts of an account, and those linked to it."""
    module, record_id = call.module, call.record_id
    relation = relation_of(call, module)
    other = call.store.modules[relation.module]
    conditions, values = relations.condition(call.store, relation, module, record_id)
    names = asked_fields(call, mandatory=True)
    beside = []
    if relation.linked and (names is None or relations.STATUS in names):
        beside.append(Shown(relations.STATUS, (relations.status_of(record_id),)))
    return listing(call, other, conditions, values, beside=beside)


def related_summary(call: Call, module: ModuleDef) -> Sequence[Json]:
    """`GET /settings/related_lists` of a module."""
    found = relations.of(call.store, module)
    return [
        {
            "module": module_reference(call.store, relation.module),
            "type": "default",
            "sequence_number": str(number),
            "display_label": name.replace("_", " "),
            "customize_sort": False,
            "customize_fields": True,
            "api_name": name,
            "customize_display_label": True,
            "name": name.replace("_", " "),
            "action": None,
            "href": f"{module.api_name}/{{ENTITYID}}/{name}",
            "id": relations.list_id(module, list(found), name),
            "status": "visible",
            "connectedmodule": None,
            "linkingmodule": None,
        }
        for number, (name, relation) in enumerate(found.items(), start=1)
    ]


routes: list[Route] = [
    route("/{module}/deleted", deleted_records, "deleted_records"),
    route("/{module}/{id}/{relation}", list_related, "list_related"),
    route("/{module}/{id}", get_record, "get_record"),
    route("/{module}", list_records, "list_records"),
]
