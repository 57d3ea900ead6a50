"""Bulk write: a zipped CSV of up to 25,000 records in, a CSV of what became of each line out. 500 credits.

https://www.zoho.com/crm/developer/docs/api/v8/bulk-write/overview.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from zcrm_tools import operations
from zcrm_tools.crm import items
from zcrm_tools.crm.files import Opening, Source, form
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem

Operation = Literal["insert", "update", "upsert"]
FINISHED = frozenset({"COMPLETED", "FAILED"})
_RESULT = re.compile(r"/v[\d.]+/crm/(org\d+)/bulk-write/(\d+)/([\w.-]+\.zip)")


@dataclass(frozen=True, slots=True)
class BulkWrite:
    """How far a job has come; `download` is where its result is, "" before it has one."""

    id: str
    state: str
    added: int = 0
    updated: int = 0
    skipped: int = 0
    total: int = 0
    download: str = ""

    @property
    def finished(self) -> bool:
        return self.state in FINISHED


async def upload(org: Org, archive: Source, name: str = "records.zip") -> str:
    """A ZIP of at most 25 MB with CSV files; its id. It goes to the data centre's upload host."""
    about = await org.catalogue.org()
    reply = await org.session.call(
        operations.UPLOAD_BULK_FILE,
        files=await form(archive, name),
        headers={"feature": "bulk-write", "X-CRM-ORG": about.zgid or about.id},
    )
    return str(items.done(reply)["file_id"])


async def create(
    org: Org,
    module: str,
    file: str,
    operation: Operation = "insert",
    *,
    find_by: str = "",
    columns: Sequence[str] = (),
    ignore_empty: bool = True,
) -> str:
    """Start a job; its id. `columns` name the CSV's columns in order; without them its first line does.

    `find_by` (id or a unique field) is what update and upsert find records by. An insert whose reply is lost must not
    be started again before `look` or a count says that it did not run.
    """
    resource: dict[str, Any] = {"type": "data", "module": {"api_name": module}, "file_id": file}
    if find_by:
        resource["find_by"] = find_by
    if columns:
        resource["field_mappings"] = [{"api_name": name, "index": i} for i, name in enumerate(columns)]
    body = {"operation": operation, "ignore_empty": ignore_empty, "resource": [resource]}
    return str(
        items.done(await org.session.call(operations.CREATE_BULK_WRITE, module=module, json=body))["id"]
    )


async def look(org: Org, job: str) -> BulkWrite:
    """The job now."""
    found = (await org.session.call(operations.GET_BULK_WRITE, parts={"job": job})).body or {}
    file = ((found.get("resource") or [{}])[0]).get("file") or {}
    counts = {name: int(file.get(f"{name}_count") or 0) for name in ("added", "updated", "skipped", "total")}
    download = str((found.get("result") or {}).get("download_url") or "")
    return BulkWrite(job, str(found.get("status", "")), download=download, **counts)


def result(org: Org, job: BulkWrite) -> Opening:
    """Open the ZIP of a completed job: each line's STATUS, RECORD_ID and ERRORS."""
    found = _RESULT.fullmatch(job.download)
    if found is None:
        raise InvalidInput(
            Problem("NO_RESULT", f"Job {job.id} has no result to download; it is {job.state}.", NOTHING_SENT)
        )
    parts = dict(zip(("org", "job", "file"), found.groups(), strict=True))
    return org.session.download(operations.DOWNLOAD_BULK_WRITE, parts=parts)
