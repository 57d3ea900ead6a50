"""Scoring rules, and the scores they give.

The emulator keeps field rules; signals, which come from other applications, it refuses rather than keep one that never
counts. https://www.zoho.com/crm/developer/docs/api/v8/create-scoring-rules.html
"""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_ids,
    answer_one,
    changed,
    done,
    flag,
    kept,
    kept_one,
    kept_row,
    listed,
    made,
    names,
    not_taken,
    rows_under,
    shown,
    stamps,
    text,
)
from zcrm_tools.emulator.call import Call, as_id, ids_param, route
from zcrm_tools.emulator.query.filters import BadFilter, compile_filter, with_ids
from zcrm_tools.emulator.render import module_reference
from zcrm_tools.emulator.replies import Json, Refusal, reply
from zcrm_tools.emulator.routes.field_updates import module_of
from zcrm_tools.emulator.routes.metadata import module_param
from zcrm_tools.emulator.schema import USERS, ModuleDef
from zcrm_tools.emulator.scoring import KIND, Score, scores
from zcrm_tools.emulator.views import reader_of

NAME: Final = "scoring_rules"
MODULES: Final = frozenset(("Leads", "Accounts", "Contacts", "Deals"))
MAX_NAME, MAX_DESCRIPTION, MAX_SCORE = 25, 500, 1_000
MAX_ACTIVE, MAX_RULES, MAX_FIELD_RULES = 25, 50, 30
"""Of a module, and of a rule, in the Enterprise edition."""


def _item(call: Call, rule: Json) -> Json:
    module = call.store.modules[rule["module"]]
    return {
        **stamps(call, rule, names(call.store, USERS)),
        **{key: rule[key] for key in ("id", "name", "description", "active", "field_rules")},
        "module": module_reference(call.store, module.api_name),
        "layout": {"id": str(module.layout_id), "api_name": "Standard__s"},
        "signal_rules": [],
    }


def list_rules(call: Call) -> Response:
    """`module`, `layout_id`, `active` and `name` narrow the list."""
    found = documents.every(call.store, KIND)
    if call.query.get("module"):
        module = module_param(call)
        found = [rule for rule in found if rule["module"] == module.api_name]
    items = [_item(call, rule) for rule in found]
    for key, value in (
        ("active", lambda one: str(one["active"]).lower()),
        ("name", lambda one: one["name"]),
        ("layout_id", lambda one: one["layout"]["id"]),
    ):
        if key in call.query:
            items = [one for one in items if value(one) == call.query[key]]
    return listed(call, NAME, items)


def get_rule(call: Call) -> Response:
    return shown(call, NAME, KIND, _item)


def create_rules(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        module = module_of(call, row.get("module"), f"{path}.module")
        if module.api_name not in MODULES and module.generated_type != "custom":
            raise refusals.bad_value(f"{path}.module.api_name")
        for name in ("name", "field_rules"):
            if row.get(name) is None:
                raise refusals.missing_key(f"{path}.{name}")
        active = flag(row, "active", path, default=True)
        _room(call, module, path, active=active)
        usual: Json = {"module": module.api_name, "description": None, "active": active, "field_rules": []}
        body = {**_body(call, module, row, path, usual), **made(call)}
        key = documents.add(call.store, KIND, body, parent=module.api_name)
        return done("scoring rule created successfully", key)

    return answer(call, NAME, rows_under(call, NAME, most=1), write, ok=201)


def _room(call: Call, module: ModuleDef, path: str, *, active: bool) -> None:
    """Refuse one more rule, or one more active rule, than a module may have."""
    others = documents.every(call.store, KIND, parent=module.api_name)
    if len(others) >= MAX_RULES:
        raise refusals.over_limit(path, MAX_RULES)
    if active and sum(one["active"] for one in others) >= MAX_ACTIVE:
        raise Refusal("ACTIVE_STATE_LIMIT_EXCEEDED", "limit exceeded", {"limit": MAX_ACTIVE})


def _update(call: Call, before: Json, row: Json, path: str) -> Json:
    """Name, description and rules; module, layout and status are passed over, as Zoho does."""
    body = _body(call, call.store.modules[before["module"]], row, path, before)
    documents.put(call.store, KIND, int(before["id"]), {**body, **changed(call)})
    return done("scoring rule updated successfully", before["id"])


def update_rules(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        return _update(call, kept_row(call, KIND, row, path), row, path)

    return answer(call, NAME, rows_under(call, NAME), write)


def update_rule(call: Call) -> Response:
    rule = kept(call, KIND, 3)
    return answer_one(call, NAME, lambda row, path: _update(call, rule, row, path))


def _drop(call: Call, key: int) -> Json:
    kept_one(call, KIND, key)
    documents.remove(call.store, KIND, key)
    return done("scoring rule deleted successfully", key)


def delete_rules(call: Call) -> Response:
    return answer_ids(call, NAME, lambda key: _drop(call, key))


def delete_rule(call: Call) -> Response:
    key = int(kept(call, KIND, 3)["id"])
    return answer(call, NAME, [{}], lambda _row, _path: _drop(call, key))


def _switch(call: Call, *, active: bool) -> Response:
    rule = kept(call, KIND, 3)
    others = documents.every(call.store, KIND, parent=rule["module"])
    if active and sum(one["active"] for one in others if one["id"] != rule["id"]) >= MAX_ACTIVE:
        raise Refusal("ACTIVE_STATE_LIMIT_EXCEEDED", "limit exceeded", {"limit": MAX_ACTIVE})
    documents.put(call.store, KIND, int(rule["id"]), {**rule, "active": active, **changed(call)})
    message = f"scoring rule {'activated' if active else 'deactivated'} successfully"
    return reply({NAME: [done(message, rule["id"])]})


def activate_rule(call: Call) -> Response:
    return _switch(call, active=True)


def deactivate_rule(call: Call) -> Response:
    return _switch(call, active=False)


def clone_rule(call: Call) -> Response:
    rule = kept(call, KIND, 3)
    taken = {one["name"] for one in documents.every(call.store, KIND)}
    number, name = 1, f"{rule['name'][: MAX_NAME - 5]} copy"
    while name in taken:
        number += 1
        name = f"{rule['name'][: MAX_NAME - 8]} copy {number}"
    _room(call, call.store.modules[rule["module"]], "$", active=False)
    copy = {**rule, "name": name, "active": False, **made(call)}
    key = documents.add(call.store, KIND, copy, parent=rule["module"])
    return reply({NAME: [done("scoring rule cloned successfully", key)]})


# ---- what a rule may be


def _body(call: Call, module: ModuleDef, row: Json, path: str, before: Json) -> Json:
    body = dict(before)
    if row.get("signal_rules"):
        raise refusals.not_covered("signals in scoring rules", json_path=f"{path}.signal_rules")
    if "name" in row:
        body["name"] = text(row, "name", path, needed=True, most=MAX_NAME)
        not_taken(call, KIND, "name", body["name"], path, before.get("id"))
    if "description" in row:
        body["description"] = text(row, "description", path, most=MAX_DESCRIPTION)
    if "field_rules" in row:
        body["field_rules"] = _field_rules(call, module, row["field_rules"], f"{path}.field_rules", before)
    return body


def _field_rules(call: Call, module: ModuleDef, rows: Any, path: str, before: Json) -> list[Json]:
    """A row with an id changes that rule or, with `_delete`, takes it away; others are new."""
    if not isinstance(rows, list):
        raise refusals.wrong_type(path, "jsonarray")
    found = {one["id"]: one for one in before["field_rules"]}
    for at, row in enumerate(rows):
        where = f"{path}[{at}]"
        if not isinstance(row, dict):
            raise refusals.wrong_type(where, "jsonobject")
        old = {} if row.get("id") is None else found.get(str(row["id"]))
        if old is None:
            raise refusals.bad_value(f"{where}.id", refusals.INVALID_ID)
        if old and "_delete" in row and row["_delete"] is not False:
            del found[old["id"]]
            continue
        for name in ("score", "criteria"):
            if row.get(name, old.get(name)) is None:
                raise refusals.missing_key(f"{where}.{name}")
        score = row.get("score", old.get("score"))
        if isinstance(score, bool) or not isinstance(score, int):
            raise refusals.wrong_type(f"{where}.score", "integer")
        if not 0 < abs(score) <= MAX_SCORE:
            raise refusals.bad_value(f"{where}.score", range=[-MAX_SCORE, MAX_SCORE])
        key = old.get("id") or str(call.store.next_id())
        criteria = _criteria(call, module, row.get("criteria", old.get("criteria")), f"{where}.criteria")
        found[key] = {"id": key, "score": score, "criteria": criteria}
    if len(found) > MAX_FIELD_RULES:
        raise refusals.over_limit(path, MAX_FIELD_RULES)
    return list(found.values())


def _criteria(call: Call, module: ModuleDef, criteria: Any, path: str) -> Json:
    try:
        compile_filter(module, criteria, reader_of(call.store, call.caller))
    except BadFilter as bad:
        raise refusals.bad_value(f"{path}{bad.path}") from None
    return with_ids(module, criteria)


# ---- the scores


def _scored(call: Call, score: Score) -> Json:
    entity = {
        "name": score.name,
        "id": str(score.record),
        "module": module_reference(call.store, score.rule["module"]),
    }
    return {
        "Entity": entity,
        "Score": score.positive + score.negative,
        "Positive_Score": score.positive,
        "Negative_Score": score.negative,
        **dict.fromkeys(("Touch_Point_Score", "Touch_Point_Positive_Score", "Touch_Point_Negative_Score"), 0),
        "Scoring_Rule": {"name": score.rule["name"], "id": score.rule["id"]},
        "$field_states": [],
        "$zia_visions": False,
        "id": str(score.record),
    }


def list_scores(call: Call) -> Response:
    if not call.query.get("fields"):
        raise refusals.missing_param("fields")
    wanted = ids_param(call)
    found = [
        _scored(call, score)
        for score in scores(call.store, reader_of(call.store, call.caller))
        if wanted is None or score.record in wanted
    ]
    return _page(call, found)


def get_scores(call: Call) -> Response:
    """What every active rule of its module gives one record."""
    key = as_id(call.path["id"])
    if key is None:
        raise Refusal("INVALID_DATA", refusals.INVALID_ID, {"resource_path_index": 1})
    found = [_scored(call, score) for score in scores(call.store, reader_of(call.store, call.caller), key)]
    return _page(call, found)


def _page(call: Call, found: list[Json]) -> Response:
    tokens = dict.fromkeys(("next_page_token", "previous_page_token", "page_token_expiry"))
    return listed(call, "data", found, sort_by="id", sort_order="asc", **tokens)


_PATH = "/settings/automation/scoring_rules"
routes: list[Route] = [
    route(_PATH, list_rules, "list_scoring_rules"),
    route(_PATH, create_rules, "create_scoring_rules", "POST"),
    route(_PATH, update_rules, "update_scoring_rules", "PUT"),
    route(_PATH, delete_rules, "delete_scoring_rules", "DELETE"),
    route(f"{_PATH}/{{id}}", get_rule, "get_scoring_rule"),
    route(f"{_PATH}/{{id}}", update_rule, "update_scoring_rule", "PUT"),
    route(f"{_PATH}/{{id}}", delete_rule, "delete_scoring_rule", "DELETE"),
    route(f"{_PATH}/{{id}}/actions/activate", activate_rule, "activate_scoring_rule", "PUT"),
    route(f"{_PATH}/{{id}}/actions/activate", deactivate_rule, "deactivate_scoring_rule", "DELETE"),
    route(f"{_PATH}/{{id}}/actions/clone", clone_rule, "clone_scoring_rule", "POST"),
    route("/Entity_Scores__s", list_scores, "list_entity_scores"),
    route("/Entity_Scores__s/{id}", get_scores, "get_entity_scores"),
]
