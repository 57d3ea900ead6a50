"""Bulk read: up to 200,000 records as one zipped CSV. 50 credits to start, none for each record.

https://www.zoho.com/crm/developer/docs/api/v8/bulk-read/overview.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zcrm_tools import operations
from zcrm_tools.crm import items
from zcrm_tools.crm.files import Opening
from zcrm_tools.crm.org import Org

PER_JOB = 200_000
FINISHED = frozenset({"COMPLETED", "FAILURE", "FAILED"})


@dataclass(frozen=True, slots=True)
class BulkRead:
    """How far a job has come. `page_token` starts the job for the records after these; "" when there are none."""

    id: str
    state: str
    count: int = 0
    page_token: str = ""
    more: bool = False
    error: str = ""

    @property
    def finished(self) -> bool:
        return self.state in FINISHED


async def create(
    org: Org,
    module: str,
    fields: Sequence[str] = (),
    *,
    criteria: Mapping[str, Any] | None = None,
    page: int = 1,
    page_token: str = "",
) -> str:
    """Start a job; its id. All fields when none are named. `criteria` are Zoho's comparator objects."""
    query: dict[str, Any] = {"module": {"api_name": module}}
    query |= {"page_token": page_token} if page_token else {"page": page}
    if fields:
        query["fields"] = list(fields)
    if criteria:
        query["criteria"] = dict(criteria)
    body = {"query": query, "file_type": "csv"}
    # It only reads, but a job that is started twice costs its 50 credits twice.
    reply = await org.session.call(operations.CREATE_BULK_READ, module=module, json=body, repeatable=False)
    return str(items.done(reply)["id"])


async def look(org: Org, job: str) -> BulkRead:
    """The job now. It stays 24 hours."""
    reply = await org.session.call(operations.GET_BULK_READ, parts={"job": job})
    found = items.results(reply)[0]
    result = found.get("result") or {}
    error = result.get("error_message") or {}
    return BulkRead(
        job,
        str(found.get("state", "")),
        int(result.get("count") or 0),
        str(result.get("next_page_token") or ""),
        bool(result.get("more_records")),
        str(error.get("message", "")),
    )


def result(org: Org, job: str) -> Opening:
    """Open the ZIP of a completed job, which holds one CSV with API names in its first line. Ten times a minute at most."""
    return org.session.download(operations.DOWNLOAD_BULK_READ, parts={"job": job})
