"""Record locking configurations: which records of a module get locked, by hand or by rules.

The emulator keeps what is restricted and excluded as it is given; a lock forbids updates and deletion to everybody.
https://www.zoho.com/crm/developer/docs/api/v8/add-record-locking-config.html
"""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_ids,
    changed,
    done,
    flag,
    made,
    names,
    one_of,
    path_id,
    rows_under,
    stamps,
    text,
)
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.locking_rules import KIND, lock_existing, of_module
from zcrm_tools.emulator.query.filters import BadFilter, compile_filter, with_ids
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply
from zcrm_tools.emulator.routes.locking import MODULES
from zcrm_tools.emulator.routes.metadata import module_param
from zcrm_tools.emulator.schema import USERS, ModuleDef
from zcrm_tools.emulator.views import reader_of

NAME: Final = "record_locking_configurations"
TYPES: Final = ("automatic", "manual", "both")
MAX_RULES: Final = 10
_LISTS: Final = (
    "excluded_fields",
    "restricted_actions",
    "restricted_communications",
    "restricted_custom_buttons",
    "lock_excluded_profiles",
)


def _module(call: Call) -> ModuleDef:
    module = module_param(call)
    if module.api_name not in MODULES | {"Products"} and module.generated_type != "custom":
        raise Refusal("NOT_SUPPORTED", "The given module is not supported in API", {"param_name": "module"})
    return module


def _item(call: Call, one: Json) -> Json:
    rules = [{**rule, "lock_existing_records": False} for rule in one["locking_rules"]]
    return {
        **stamps(call, one, names(call.store, USERS)),
        "id": one["id"],
        "feature_type": "record_locking",
        "lock_type": one["lock_type"],
        "locked_for": one["locked_for"],
        "lock_for_portal_users": one["lock_for_portal_users"],
        "system_defined": False,
        "locking_rules": rules,
        **{name: one[name] for name in _LISTS},
    }


def list_configurations(call: Call) -> Response:
    found = of_module(call.store, _module(call).api_name)
    if found is None or call.query.get("feature_type", "record_locking") != "record_locking":
        return nothing()
    return reply({NAME: [_item(call, found)]})


def get_configuration(call: Call) -> Response:
    found = of_module(call.store, _module(call).api_name)
    if found is None or found["id"] != str(path_id(call)):
        return nothing()
    return reply({NAME: [_item(call, found)]})


def create_configuration(call: Call) -> Response:
    module = _module(call)

    def write(row: Json, path: str) -> Json:
        if of_module(call.store, module.api_name) is not None:
            details = {"api_name": NAME, "json_path": path, "limit": 1, "available_limit": 0}
            raise Refusal("LIMIT_EXCEEDED", "limit exceeded", details)
        for name in ("lock_type", "locked_for"):
            if row.get(name) is None:
                raise refusals.missing_key(f"{path}.{name}")
        usual: Json = {"lock_for_portal_users": False, "locking_rules": [], **{name: [] for name in _LISTS}}
        body, fresh = _body(call, module, row, path, usual)
        body = {**body, **made(call), "module": module.api_name}
        key = documents.add(call.store, KIND, body, parent=module.api_name)
        lock_existing(call.store, {**body, "id": str(key)}, fresh, call.caller.user_id)
        return done("record locking configuration created successfully", key)

    return answer(call, NAME, rows_under(call, NAME, most=1), write, ok=201)


def _named(call: Call, module: ModuleDef, key: int | None) -> Json | None:
    found = of_module(call.store, module.api_name)
    return found if found is not None and found["id"] == str(key) else None


def _change(call: Call, module: ModuleDef, before: Json, row: Json, path: str) -> Json:
    body, fresh = _body(call, module, row, path, before)
    documents.put(call.store, KIND, int(before["id"]), {**body, **changed(call)})
    lock_existing(call.store, body, fresh, call.caller.user_id)
    return done("record locking configuration updated successfully", before["id"])


def update_configurations(call: Call) -> Response:
    module = _module(call)

    def write(row: Json, path: str) -> Json:
        if row.get("id") is None:
            raise refusals.missing_key(f"{path}.id")
        before = _named(call, module, as_id(row["id"]))
        if before is None:
            raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
        return _change(call, module, before, row, path)

    return answer(call, NAME, rows_under(call, NAME, most=1), write)


def update_configuration(call: Call) -> Response:
    module = _module(call)
    before = _named(call, module, path_id(call))
    if before is None:
        raise refusals.bad_path_id(2)
    rows = rows_under(call, NAME, most=1)
    return answer(call, NAME, rows, lambda row, path: _change(call, module, before, row, path))


def delete_configurations(call: Call) -> Response:
    module = _module(call)

    def act(key: int) -> Json:
        if _named(call, module, key) is None:
            raise Refusal("INVALID_DATA", refusals.INVALID_ID, {"id": str(key)})
        return _drop(call, key)

    return answer_ids(call, NAME, act)


def delete_configuration(call: Call) -> Response:
    found = _named(call, _module(call), path_id(call))
    if found is None:
        raise refusals.bad_path_id(2)
    return reply({NAME: [_drop(call, int(found["id"]))]})


def _drop(call: Call, key: int) -> Json:
    documents.remove(call.store, KIND, key)
    return done("record locking configuration deleted successfully", key)


# ---- what a configuration may be


def _body(call: Call, module: ModuleDef, row: Json, path: str, before: Json) -> tuple[Json, list[Json]]:
    """The configuration as it is kept, and the rules that are to lock what is there already."""
    body = {**before}
    if "lock_type" in row:
        body["lock_type"] = one_of(row, "lock_type", path, TYPES)
    if "locked_for" in row:
        body["locked_for"] = text(row, "locked_for", path, needed=True)
    if "lock_for_portal_users" in row:
        body["lock_for_portal_users"] = flag(row, "lock_for_portal_users", path, default=False)
    for name in _LISTS:
        if name in row:
            if not isinstance(row[name], list):
                raise refusals.wrong_type(f"{path}.{name}", "jsonarray")
            body[name] = row[name]
    fresh: list[Json] = []
    if "locking_rules" in row:
        where = f"{path}.locking_rules"
        body["locking_rules"], fresh = _rules(
            call, module, row["locking_rules"], where, before["locking_rules"]
        )
    if body["lock_type"] != "manual" and not body["locking_rules"]:
        raise refusals.needs(f"{path}.lock_type", f"{path}.locking_rules")
    return body, fresh


def _rules(
    call: Call, module: ModuleDef, rows: Any, path: str, before: list[Json]
) -> tuple[list[Json], list[Json]]:
    """A rule with an id is changed, or goes with `_delete`; others are new."""
    if not isinstance(rows, list):
        raise refusals.wrong_type(path, "jsonarray")
    known, fresh = {rule["id"]: rule for rule in before}, []
    for at, row in enumerate(rows):
        where = f"{path}[{at}]"
        if not isinstance(row, dict):
            raise refusals.wrong_type(where, "jsonobject")
        old = known.get(str(row["id"])) if row.get("id") is not None else {}
        if old is None:
            raise refusals.bad_value(f"{where}.id", refusals.INVALID_ID)
        if old and "_delete" in row and row["_delete"] is not False:
            del known[old["id"]]
            continue
        name = text({**old, **row}, "name", where, needed=True)
        criteria = row.get("criteria", old.get("criteria"))
        if criteria is None:
            raise refusals.missing_key(f"{where}.criteria")
        try:
            compile_filter(module, criteria, reader_of(call.store, call.caller))
        except BadFilter as bad:
            raise refusals.bad_value(f"{where}.criteria{bad.path}") from None
        key = old.get("id") or str(call.store.next_id())
        known[key] = {"id": key, "name": name, "criteria": with_ids(module, criteria)}
        if flag(row, "lock_existing_records", where, default=False):
            fresh.append(known[key])
    if len(known) > MAX_RULES:
        raise refusals.over_limit(path, MAX_RULES)
    return list(known.values()), fresh


_PATH = "/settings/record_locking_configurations"
routes: list[Route] = [
    route(_PATH, list_configurations, "list_locking_configurations"),
    route(_PATH, create_configuration, "create_locking_configuration", "POST"),
    route(_PATH, update_configurations, "update_locking_configurations", "PUT"),
    route(_PATH, delete_configurations, "delete_locking_configurations", "DELETE"),
    route(f"{_PATH}/{{id}}", get_configuration, "get_locking_configuration"),
    route(f"{_PATH}/{{id}}", update_configuration, "update_locking_configuration", "PUT"),
    route(f"{_PATH}/{{id}}", delete_configuration, "delete_locking_configuration", "DELETE"),
]
