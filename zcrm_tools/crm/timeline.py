"""What happened to a record and to what hangs on it, newest first.

https://www.zoho.com/crm/developer/docs/api/v8/timeline-of-a-record.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zcrm_tools import operations
from zcrm_tools.crm import items, reads
from zcrm_tools.crm.org import Org


@dataclass(frozen=True, slots=True)
class Happened:
    """One line. `changes` are field → old and new, as people read them."""

    at: str
    by: str
    action: str
    source: str
    what: str
    changes: Mapping[str, tuple[Any, Any]]


async def of_record(org: Org, module: str, id: str, *, limit: int = 20) -> tuple[tuple[Happened, ...], bool]:
    """Up to 200 lines, and whether there are more."""
    reply = await org.session.call(
        operations.GET_TIMELINE, module=module, id=reads.record_id(id), params={"per_page": str(limit)}
    )
    more = bool(((reply.body or {}).get("info") or {}).get("more_records"))
    return tuple(map(_happened, items.results(reply, "__timeline"))), more


def _happened(item: Mapping[str, Any]) -> Happened:
    record = item.get("related_record") or item.get("record") or {}
    module = (record.get("module") or {}).get("api_name") or ""
    values = {str(c.get("api_name", "")): c.get("_value") or {} for c in item.get("field_history") or ()}
    return Happened(
        str(item.get("audited_time") or ""),
        str((item.get("done_by") or {}).get("name") or ""),
        str(item.get("action") or ""),
        str(item.get("source") or ""),
        f"{module} {record.get('name') or ''}".strip(),
        {name: (value.get("old"), value.get("new")) for name, value in values.items()},
    )
