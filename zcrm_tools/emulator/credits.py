"""What a call costs: credits of the day, and places among the calls that run at once.

https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LIMIT = re.compile(rb"\blimit\s+(?:\d+\s*,\s*)?(\d+)", re.IGNORECASE)
_WRITES = frozenset(
    "create_records update_records update_record upsert_records create_related link_related".split()
)
_FLAT: Mapping[str, int] = {
    "count_records": 50,
    "convert_lead": 5,
    "mass_convert": 200,
    "send_mail": 20,
    "merge_records": 50,
    "create_bulk_read": 50,
    "create_bulk_write": 500,
    "create_modules": 500,
}
_PER: Mapping[str, tuple[str, int]] = {
    "add_tags": ("ids", 50),
    "remove_tags": ("ids", 50),
    "mass_delete": ("ids", 100),
    "mass_update": ("ids", 100),
}
"""One credit for each started so many of the list under a key of the body."""
_HEAVY = frozenset({"convert_lead", "send_mail", "coql", "composite"})
COMPOSITE_PLACES = 5


@dataclass(frozen=True, slots=True)
class Price:
    """`places` count towards the edition's concurrent calls; `heavy` calls have a limit of their own."""

    credits: int = 1
    heavy: bool = False
    places: int = 1


def price(route: str, query: Mapping[str, str], body: bytes) -> Price:
    """Of a call by its route's name. A body that cannot be read costs one credit, as any refused call does."""
    if route == "list_records":
        return Price(3 if "cvid" in query else 1, heavy="cvid" in query or "sort_by" in query)
    if route in _WRITES:
        rows = _length(body, "data")
        return Price(_started(rows, 10), heavy=rows > 10)
    if route == "coql":
        found = _LIMIT.findall(body)
        rows = int(found[-1]) if found else 200
        return Price(1 if rows <= 200 else 2 if rows <= 1_000 else 3, heavy=True)
    if route == "composite":
        return Price(2 if _object(body).get("rollback_on_fail") is True else 1, True, COMPOSITE_PLACES)
    if route in _PER:
        key, each = _PER[route]
        return Price(_started(_length(body, key), each))
    return Price(_FLAT.get(route, 1), heavy=route in _HEAVY)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _length(body: bytes, key: str) -> int:
    found = _object(body).get(key)
    return len(found) if isinstance(found, list) else 0


def _started(count: int, each: int) -> int:
    return max(1, -(-count // each))
