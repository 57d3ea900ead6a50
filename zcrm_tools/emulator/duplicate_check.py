"""The duplicate check preference of Leads: where else a lead's unique values are looked for when it is written.

`converted_records`: among converted leads too. `mapped_module_records`: also in Contacts, by mapped fields.
https://www.zoho.com/crm/developer/docs/api/v8/enable-duplicate-record-check.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zcrm_tools.emulator import documents

if TYPE_CHECKING:
    from zcrm_tools.emulator.replies import Json
    from zcrm_tools.emulator.store import Store

KIND: Final = "duplicate_check"
KEY: Final = 1
"""There is one preference, that of Leads."""


def preference(store: Store) -> Json | None:
    return documents.get(store, KIND, KEY)


def elsewhere(store: Store, module: str, field: str) -> list[tuple[str, str]]:
    """The modules and fields in which a unique value of this field must not be either."""
    kept = preference(store) if module == "Leads" else None
    if kept is None:
        return []
    return [
        (one["module"], mapping["mapped"])
        for one in kept["configurations"]
        for mapping in one["mappings"]
        if mapping["current"] == field
    ]
