"""File and image upload fields: arrays of references to files that `POST /files` has taken.

https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.schema import FieldDef
from zcrm_tools.emulator.store import Store

TYPES: Final = ("fileupload", "imageupload")


def merged(
    store: Store, field: FieldDef, value: Any, before: Mapping[str, Any] | None, path: str
) -> str | None:
    """The stored array after a write: files are added, and go with `{"id": …, "_delete": null}`; null clears."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise refusals.wrong_type(path, "jsonarray")
    kept: dict[str, dict[str, Any]] = {}
    if before is not None and before.get(field.api_name):
        kept = {item["id"]: item for item in json.loads(before[field.api_name])}
    for at, item in enumerate(value):
        place = f"{path}[{at}]"
        if not isinstance(item, dict):
            raise refusals.wrong_type(place, "jsonobject")
        if item.get("id") is not None and str(item["id"]) not in kept:
            raise refusals.bad_value(f"{place}.id", refusals.INVALID_ID)
        if "_delete" in item:
            if item.get("id") is None:
                raise refusals.missing_key(f"{place}.id")
            del kept[str(item["id"])]
        elif item.get("id") is None:
            if not isinstance(item.get("File_Id__s"), str):
                raise refusals.missing_key(f"{place}.File_Id__s")
            key = str(store.next_id())
            kept[key] = {"id": key, "File_Id__s": item["File_Id__s"]}
    if len(kept) > field.length:
        raise refusals.too_long(path, field.length)
    return json.dumps(list(kept.values())) if kept else None
