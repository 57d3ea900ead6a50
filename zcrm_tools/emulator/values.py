"""One value of a request body against its field: what Zoho accepts, and the refusal when it does not.

https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html (limits per data type)
"""

from __future__ import annotations

import json
import math
import re
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.call import as_id, parse_datetime
from zcrm_tools.emulator.inventory import checked_taxes
from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.schema import USERS, FieldDef, ModuleDef
from zcrm_tools.emulator.store import Store

EMAIL = re.compile(r"[\w.+'&%/=?^{}~!#$*`|-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,22}")
PHONE = re.compile(r"[\w\s.\-();,#+/]+")
_MAX_JSON = 32_000
_MAX_PARTICIPANTS = 50
_DIGITS_BEFORE, _DIGITS_AFTER = 16, 9


def check(store: Store, module: ModuleDef, field: FieldDef, value: Any, path: str) -> Any:
    """The raw value to store. None and empty text clear a field. `path` is the value's JSONPath."""
    if value is None or (value == "" and field.kind == "text"):
        return 0 if field.kind == "boolean" else None
    match field.kind:
        case "text":
            return _text(field, value, path)
        case "integer":
            return _integer(field, value, path)
        case "number":
            return _number(field, value, path)
        case "boolean":
            if not isinstance(value, bool):
                raise refusals.wrong_type(path, "boolean")
            return int(value)
        case "date":
            return _date(value, path)
        case "datetime":
            moment = parse_datetime(value) if isinstance(value, str) else None
            if moment is None:
                raise refusals.wrong_type(path, "datetime")
            return moment
        case "choices":
            return _choices(field, value, path)
        case "lookup" if field.data_type == "layout":
            return _layout(module, value, path)
        case "lookup":
            return reference(store, field.lookup_module, field.api_name, value, path)
        case "user":
            return reference(store, USERS, field.api_name, value, path)
        case "json":
            return _json(store, field, value, path)
        case "any_lookup":
            raise AssertionError("a multi-module lookup is two columns; see `rules.parents`")


def storable(text: str) -> bool:
    """Whether SQLite can hold it: lone surrogates, which JSON may carry, have no UTF-8."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _text(field: FieldDef, value: Any, path: str) -> str:
    data_type = field.data_type
    if not isinstance(value, str) or not storable(value):
        raise refusals.wrong_type(path, data_type)
    if len(value) > field.length:
        raise refusals.too_long(path, field.length)
    if data_type == "email" and not (4 <= len(value) <= 256 and EMAIL.fullmatch(value)):
        raise refusals.wrong_type(path, "email")
    if data_type == "phone" and not PHONE.fullmatch(value):
        raise refusals.wrong_type(path, "phone")
    if field.closed and value not in (choice.actual for choice in field.picklist):
        raise refusals.not_listed(path, [choice.actual for choice in field.picklist])
    return value


def _integer(field: FieldDef, value: Any, path: str) -> int:
    big = field.data_type == "bigint"
    if big and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,25}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise refusals.wrong_type(path, field.data_type)
    digits = min(field.length, 18)
    if abs(value) >= 10**digits:
        raise refusals.too_long(path, digits)
    if field.api_name == "Probability" and not 0 <= value <= 100:
        raise refusals.bad_value(path, "Given Probability is not valid")
    return value


def _number(field: FieldDef, value: Any, path: str) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise refusals.wrong_type(path, field.data_type)
    if abs(value) >= 10**_DIGITS_BEFORE:
        raise refusals.too_long(path, _DIGITS_BEFORE)
    if field.custom and field.data_type == "percent" and abs(value) >= 10**field.length:
        raise refusals.too_long(path, field.length)
    if isinstance(value, int):
        return value
    if field.custom and field.data_type == "currency" and field.decimal_place is not None:
        return float(Decimal(str(value)).quantize(Decimal(1).scaleb(-field.decimal_place), ROUND_DOWN))
    return round(value, _DIGITS_AFTER)


def _date(value: Any, path: str) -> str:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass  # 2026-02-30: refused below like any other text
    raise refusals.wrong_type(path, "date")


def _choices(field: FieldDef, value: Any, path: str) -> str | None:
    if not isinstance(value, list) or not all(isinstance(v, str) and storable(v) for v in value):
        raise refusals.wrong_type(path, "jsonarray")
    joined = ";".join(value)
    if len(joined) > field.length:
        raise refusals.too_long(path, field.length)
    return joined or None


def _layout(module: ModuleDef, value: Any, path: str) -> int:
    if not isinstance(value, dict):
        raise refusals.wrong_type(path, "jsonobject")
    if as_id(value.get("id")) != module.layout_id:
        raise refusals.bad_lookup(f"{path}.id", "Layout")
    return module.layout_id


def reference(store: Store, target: str, name: str, value: Any, path: str) -> int:
    """The id in `{"id": …}`, of a record that exists in `target`."""
    if not isinstance(value, dict):
        raise refusals.wrong_type(path, "jsonobject")
    if "id" not in value:
        raise refusals.missing_key(f"{path}.id")
    found = as_id(value["id"])
    if found is None or not store.exists(target, found):
        raise refusals.bad_lookup(f"{path}.id", name)
    return found


def _json(store: Store, field: FieldDef, value: Any, path: str) -> str:
    expected = dict if field.json_type == "jsonobject" else list
    if not isinstance(value, expected):
        raise refusals.wrong_type(path, field.json_type)
    if field.data_type == "participants" and len(value) > _MAX_PARTICIPANTS:
        raise Refusal("LIMIT_EXCEEDED", "Only 50 participants can be added to an event.")
    if field.api_name == "Tag" and not all(isinstance(tag, dict) and "name" in tag for tag in value):
        raise refusals.wrong_type(path, "jsonarray")
    if field.data_type == "pricing_details":
        value = [_range(store, item, f"{path}[{at}]") for at, item in enumerate(value)]
    if field.api_name == "Line_Tax":
        checked_taxes(value, path)
    text = json.dumps(value)  # ASCII, so lone surrogates stay escaped
    if len(text) > _MAX_JSON:
        raise refusals.too_long(path, _MAX_JSON)
    return text


def _range(store: Store, item: Any, path: str) -> dict[str, Any]:
    """One line of a price book: from_range, to_range, discount in percent."""
    if not isinstance(item, dict):
        raise refusals.wrong_type(path, "jsonobject")
    for name in ("from_range", "to_range", "discount"):
        if name not in item:
            raise refusals.missing_key(f"{path}.{name}")
        if isinstance(item[name], bool) or not isinstance(item[name], (int, float)):
            raise refusals.wrong_type(f"{path}.{name}", "double")
    return {"id": str(store.next_id()), **item}
