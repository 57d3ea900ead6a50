"""Converting orders: a quote to a sales order, an invoice or both, a sales order to an invoice.

https://www.zoho.com/crm/developer/docs/api/v8/inventory-convert.html
"""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals, rules
from zcrm_tools.emulator.bodies import flag
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.copying import values
from zcrm_tools.emulator.replies import Json, Refusal, success
from zcrm_tools.emulator.routes.writes import rows_of, write_all
from zcrm_tools.emulator.rules import Writer
from zcrm_tools.emulator.schema import LINE_ITEMS, ModuleDef

CONVERTED: Final = "converted_order"
"""Documents: what an order was converted to, under its own id."""
_TARGETS: Final = {"Quotes": ("Sales_Orders", "Invoices"), "Sales_Orders": ("Invoices",)}
_BACK: Final = {("Quotes", "Sales_Orders"): "Quote_Name", ("Sales_Orders", "Invoices"): "Sales_Order"}
"""The lookup by which an order names the one it comes from."""
_LEFT: Final = frozenset({"Status", "Quote_Stage", "Due_Date", "Layout"})


def convert_order(call: Call) -> Response:
    module, record_id = call.module, call.record_id
    if module.api_name not in _TARGETS:
        raise Refusal("NOT_SUPPORTED", "The given module is not supported in API", {"resource_path_index": 0})
    kept = values(call.store, module, record_id)
    if kept is None:
        raise refusals.bad_path_id()
    if documents.get(call.store, CONVERTED, record_id) is not None:
        raise Refusal("ID_ALREADY_CONVERTED", "id already converted", {"resource_path_index": 1})
    _, data = rows_of(call)
    if len(data) > 1:
        raise refusals.over_limit("$.data", 1)
    writer = Writer(call.store, call.caller.user_id, call.caller.version, source="convert")

    def write(row: Json, path: str) -> Json:
        made: Json = {}
        for number, wish in enumerate(_wishes(row, path)):
            where = f"{path}.convert_to[{number}]"
            target = _target(call, module, wish, where)
            if target.api_name in made:
                raise refusals.bad_value(f"{where}.module.api_name")
            tagged = flag(wish, "carry_over_tags", where, default=True)
            new = _as(module, record_id, target, kept, tagged=tagged)
            key = rules.create(writer, target, new, path)
            made[target.api_name] = {"name": new[target.display_field], "id": str(key)}
        documents.add(call.store, CONVERTED, {"module": module.api_name, "to": made}, key=record_id)
        if module.api_name == "Sales_Orders":
            rules.update(writer, module, record_id, {"Status": "Delivered"}, path)
        return success("The record has been converted successfully", made)

    return write_all(call, data, write, ok=200)


def _wishes(row: Json, path: str) -> list[Json]:
    wishes = row.get("convert_to")
    if wishes is None:
        raise refusals.missing_key(f"{path}.convert_to")
    if not isinstance(wishes, list) or not wishes or not all(isinstance(one, dict) for one in wishes):
        raise refusals.wrong_type(f"{path}.convert_to", "jsonarray")
    return wishes


def _target(call: Call, module: ModuleDef, wish: Json, path: str) -> ModuleDef:
    named = wish.get("module")
    if named is None:
        raise refusals.missing_key(f"{path}.module")
    if not isinstance(named, dict):
        raise refusals.wrong_type(f"{path}.module", "jsonobject")
    for name in _TARGETS[module.api_name]:
        target = call.store.modules[name]
        if named.get("api_name", name) == name and str(named.get("id", target.id)) == str(target.id):
            return target
    raise refusals.not_listed(f"{path}.module.api_name", _TARGETS[module.api_name])


def _as(module: ModuleDef, record_id: int, target: ModuleDef, kept: Json, *, tagged: bool) -> Json:
    """What a write would have to say to make the order as a record of the target."""
    row = {name: value for name, value in kept.items() if name in target.fields and name not in _LEFT}
    row[LINE_ITEMS[target.api_name]] = kept[LINE_ITEMS[module.api_name]]
    if "$line_tax" in kept:
        row["$line_tax"] = kept["$line_tax"]
    if not tagged:
        row.pop("Tag", None)
    back = _BACK.get((module.api_name, target.api_name))
    if back is not None:
        row[back] = {"id": str(record_id)}
    return {**row, "Status": "Created"}


routes: list[Route] = [route("/{module}/{id}/actions/convert", convert_order, "convert_order", "POST")]
