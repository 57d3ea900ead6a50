"""Currencies of the org: switched on with a home currency, then added and changed.

https://www.zoho.com/crm/developer/docs/api/v8/get-currencies-data.html, enable-multi-currency.html
"""

from __future__ import annotations

import re

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_one,
    changed,
    done,
    flag,
    made,
    names,
    object_under,
    path_id,
    row_id,
    rows_under,
    stamps,
    text,
)
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply
from zcrm_tools.emulator.schema import USERS

KIND = "currency"
MAX_ACTIVE = 10
_RATE = re.compile(r"[0-9]{1,10}(\.[0-9]{1,9})?")
_SEPARATORS = ("Period", "Comma", "Space")
_FORMAT = {"decimal_separator": "Period", "thousand_separator": "Comma", "decimal_places": "2"}


def _currencies(call: Call) -> list[Json]:
    """Those there are; refused before the feature is on."""
    found = documents.every(call.store, KIND)
    if not found:
        raise Refusal("CURRENCIES_NOT_ENABLED", "Multi currency is not enabled", status=403)
    return found


def _item(call: Call, currency: Json) -> Json:
    shown = {key: value for key, value in currency.items() if not key.endswith(("_by", "_time"))}
    return {**shown, **stamps(call, currency, names(call.store, USERS))}


def list_currencies(call: Call) -> Response:
    return reply({"currencies": [_item(call, one) for one in _currencies(call)]})


def get_currency(call: Call) -> Response:
    found = [one for one in _currencies(call) if one["id"] == call.path["id"]]
    return reply({"currencies": [_item(call, found[0])]}) if found else nothing()


def enable_currencies(call: Call) -> Response:
    if documents.every(call.store, KIND):
        raise Refusal("ALREADY_ENABLED", "The multi-currency is already enabled")
    row = object_under(call, "base_currency")
    with call.store.transaction():
        body = {**_new(row, "$.base_currency"), **made(call), "is_base": True, "is_active": True}
        key = documents.add(call.store, KIND, body)
        _home(call, body)
    message = "The multi-currency feature is enabled and given currency is created as the base currency."
    return reply({"base_currency": done(message, key)})


def _home(call: Call, currency: Json) -> None:
    home = {
        "mc_status": True,
        "currency": currency["name"],
        "iso_code": currency["iso_code"],
        "currency_symbol": currency["symbol"],
    }
    call.store.load_org({**call.store.org(), **home})


def update_base_currency(call: Call) -> Response:
    row = object_under(call, "base_currency")
    currencies = _currencies(call)
    key = str(row_id(row, "$.base_currency"))
    base = next((one for one in currencies if one["id"] == key and one["is_base"]), None)
    if base is None:
        raise refusals.bad_value("$.base_currency.id", "ID is invalid")
    with call.store.transaction():
        body = {**base, **_changes(row, "$.base_currency"), **changed(call), "is_active": True}
        documents.put(call.store, KIND, int(key), body)
        _home(call, body)
    return reply({"base_currency": done("The currency updated successfully", key)})


def create_currencies(call: Call) -> Response:
    _currencies(call)

    def write(row: Json, path: str) -> Json:
        body = _new(row, path)
        others = _currencies(call)
        if body["iso_code"] in (one["iso_code"] for one in others):
            details = {"api_name": "iso_code", "json_path": f"{path}.iso_code"}
            raise Refusal("DUPLICATE_DATA", 'Duplicate value given for "Isocode" parameter.', details)
        _room(others, body)
        key = documents.add(call.store, KIND, {**body, **made(call), "is_base": False})
        return done("The currency created successfully.", key)

    return answer(call, "currencies", rows_under(call, "currencies"), write)


def _room(others: list[Json], body: Json) -> None:
    if body["is_active"] and sum(one["is_active"] for one in others) >= MAX_ACTIVE:
        message = (
            f"Allowed active currency limit {MAX_ACTIVE} reached. Please deactivate any one of the existing active"
            " currencies to create this currency"
        )
        raise Refusal("ACTIVE_STATE_LIMIT_EXCEEDED", message)


def update_currencies(call: Call) -> Response:
    _currencies(call)
    rows = rows_under(call, "currencies")
    return answer(call, "currencies", rows, lambda row, path: _update(call, row_id(row, path), row, path))


def update_currency(call: Call) -> Response:
    _currencies(call)
    key = path_id(call)
    if documents.get(call.store, KIND, key) is None:
        raise refusals.bad_path_id(2)
    return answer_one(call, "currencies", lambda row, path: _update(call, key or 0, row, path))


def _update(call: Call, key: int, row: Json, path: str) -> Json:
    before = documents.get(call.store, KIND, key)
    if before is None:
        raise refusals.bad_value(f"{path}.id", "ID is invalid")
    if before["is_base"]:
        details = {"api_name": "id", "json_path": f"{path}.id"}
        raise Refusal("NOT_ALLOWED", "Base currency ID is not allowed here", details)
    after = {**before, **_changes(row, path)}
    if not before["is_active"]:
        _room(_currencies(call), after)
    documents.put(call.store, KIND, key, {**after, **changed(call)})
    return done("The currency updated successfully", key)


def _new(row: Json, path: str) -> Json:
    for name in ("name", "iso_code", "symbol", "exchange_rate"):
        if row.get(name) is None:
            raise refusals.missing_key(f"{path}.{name}", "Required field not found")
    iso = text(row, "iso_code", path, needed=True, most=3) or ""
    if not re.fullmatch("[A-Z]{3}", iso):
        raise refusals.bad_value(f"{path}.iso_code", "ISO code is invalid")
    name = text(row, "name", path, needed=True, most=100) or ""
    if not name.endswith(f"- {iso}"):
        raise refusals.bad_value(f"{path}.name", "Currency name is invalid")
    usual = {"format": _FORMAT, "prefix_symbol": True, "is_active": True}
    return {**usual, "name": name, "iso_code": iso, **_changes(row, path)}


def _changes(row: Json, path: str) -> Json:
    """What a row says of the keys that may change later too."""
    changes: Json = {}
    if "symbol" in row:
        changes["symbol"] = text(row, "symbol", path, needed=True, most=10)
    if "exchange_rate" in row:
        rate = row["exchange_rate"]
        if not isinstance(rate, str) or not _RATE.fullmatch(rate) or float(rate) <= 0:
            raise refusals.bad_value(f"{path}.exchange_rate")
        changes["exchange_rate"] = f"{float(rate):.9f}"
    for name in ("prefix_symbol", "is_active"):
        if name in row:
            changes[name] = flag(row, name, path, default=True)
    if "format" in row:
        changes["format"] = _format(row["format"], f"{path}.format")
    return changes


def _format(value: object, path: str) -> Json:
    if not isinstance(value, dict):
        raise refusals.wrong_type(path, "jsonobject")
    found = {**_FORMAT, **{key: value[key] for key in _FORMAT if key in value}}
    for name in ("decimal_separator", "thousand_separator"):
        if found[name] not in _SEPARATORS:
            raise refusals.not_listed(f"{path}.{name}", _SEPARATORS)
    if found["decimal_separator"] == found["thousand_separator"]:
        message = "Thousand separator and decimal separator should not be equal"
        raise Refusal("NOT_ALLOWED", message, {"api_name": "format", "json_path": path})
    if str(found["decimal_places"]) not in "0123456789":
        raise refusals.bad_value(f"{path}.decimal_places")
    return {**found, "decimal_places": str(found["decimal_places"])}


routes: list[Route] = [
    route("/org/currencies", list_currencies, "list_currencies"),
    route("/org/currencies", create_currencies, "create_currencies", "POST"),
    route("/org/currencies", update_currencies, "update_currencies", "PUT"),
    route("/org/currencies/actions/enable", enable_currencies, "enable_currencies", "POST"),
    route("/org/currencies/actions/enable", update_base_currency, "update_base_currency", "PUT"),
    route("/org/currencies/{id}", get_currency, "get_currency"),
    route("/org/currencies/{id}", update_currency, "update_currency", "PUT"),
]
