"""What one call takes of the org's limits: credits, and places among the calls that run at once.

https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any, NamedTuple

from zcrm_tools.endpoints import Endpoint

Params = Mapping[str, str | int | bool]
WIDE = 5
"""Places of a composite call, whatever is in it."""
_HEAVY = frozenset({"coql", "convert_lead", "send_mail", "composite"})


class Weight(NamedTuple):
    """`heavy`: it also takes one of the ten places that heavy calls have in every edition."""

    credits: int
    heavy: bool
    width: int


def weigh(endpoint: Endpoint, params: Params | None, json: Any, price: int | None = None) -> Weight:
    """`price` where the credits depend on more than the number of rows."""
    cost = _credits(endpoint, params, json) if price is None else price
    width = WIDE if endpoint.name == "composite" else 1
    return Weight(cost, _heavy(endpoint, params, cost), width)


def _heavy(endpoint: Endpoint, params: Params | None, credits: int) -> bool:
    if endpoint.name in _HEAVY or (endpoint.batch and endpoint.effect != "delete" and credits > 1):
        return True
    return (
        endpoint.name == "list_records" and params is not None and ("cvid" in params or "sort_by" in params)
    )


def _credits(endpoint: Endpoint, params: Params | None, json: Any) -> int:
    """By the table: writes cost one for each started ten rows."""
    if not endpoint.batch:
        return endpoint.credits
    rows = len(json.get("data") or ()) if isinstance(json, dict) else 0
    rows = rows or len(str((params or {}).get("ids", "")).split(","))
    return max(1, ceil(rows / 10)) * endpoint.credits
