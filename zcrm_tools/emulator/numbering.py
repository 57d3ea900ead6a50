"""Numbers that Zoho gives to records by itself: auto-number fields and the numbers of orders."""

from __future__ import annotations

from typing import Any

from zcrm_tools.emulator.schema import FieldDef, ModuleDef
from zcrm_tools.emulator.store import Store

_ORDER_NUMBERS = ("Quote_Number", "SO_Number", "Invoice_Number")


def counter(module: str, name: str) -> str:
    return f"autonumber {module}.{name}"


def following(store: Store, module: str, field: FieldDef) -> str:
    """The next number of an auto-number field, with its prefix and suffix. Deleted records leave gaps."""
    spec = field.spec["auto_number"]
    key = counter(module, field.api_name)
    store.execute("INSERT OR IGNORE INTO _meta VALUES (?, ?)", (key, int(spec["start_number"])))
    ((number,),) = store.fetch("UPDATE _meta SET value = value + 1 WHERE key = ? RETURNING value - 1", (key,))
    return f"{spec.get('prefix') or ''}{number}{spec.get('suffix') or ''}"


def numbered(store: Store, module: ModuleDef, record_id: int) -> dict[str, Any]:
    """The raw values of a new record's numbers."""
    found: dict[str, Any] = {}
    for name, field in module.fields.items():
        if "auto_number" in field.spec:
            found[name] = following(store, module.api_name, field)
        elif name in _ORDER_NUMBERS:
            found[name] = store.next_id()
        elif field.data_type == "autonumber":
            found[name] = f"{name[0]}{record_id % 10**7}"
    return found
