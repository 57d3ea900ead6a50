"""Bulk read: start a job, ask after it, download what it made.

https://www.zoho.com/crm/developer/docs/api/v8/bulk-read/overview.html
"""

from __future__ import annotations

import json

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import bulk, bulk_reads, jobs, permissions
from zcrm_tools.emulator.access import demand, module_scope
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.jobs import Job
from zcrm_tools.emulator.replies import Json, Refusal, reply


def body_of(call: Call) -> Json:
    if "content-type" not in call.headers:
        raise Refusal("MEDIA_TYPE_NOT_SUPPORTED", "Media type is not supported.", status=415)
    if not call.body.strip():
        raise Refusal("REQUEST_BODY_IS_EMPTY", "The request body is empty.")
    try:
        body = json.loads(call.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refusal("REQUEST_BODY_NOT_READABLE", "The request body is not readable.")
    return body


def create(call: Call) -> Response:
    body = body_of(call)
    callback = bulk.callback_of(body)
    query = body.get("query")
    if not isinstance(query, dict):
        raise Refusal("INVALID_REQUEST", "The request is invalid.", {"api_name": "query"})
    file_type = body.get("file_type") or "csv"
    if file_type not in ("csv", "ics"):
        raise Refusal("INVALID_REQUEST", "The request is invalid.", {"api_name": "file_type"})
    if "page_token" in query:
        query = bulk_reads.behind_token(call.store, call.caller, query["page_token"])
    module = bulk_reads.module_of(call.store, query)
    demand(call.caller, module_scope(module.api_name, "READ"))
    permissions.demand(call.store, call.caller, "View", module)
    made = bulk_reads.plan(call.store, call.caller, query, file_type)
    kept = {"query": query, "echo": made.echo, "file_type": file_type, "callback": callback}
    with call.store.transaction():
        job_id = bulk.start(call, bulk_reads.KIND, made.module.api_name, 1, kept)
    job = _job(call, str(job_id))
    details = {
        "id": str(job_id),
        "operation": "read",
        "state": "ADDED",
        "created_by": bulk.people(call, call.caller.user_id),
        "created_time": bulk.created_time(call, job),
    }
    item = {
        "status": "success",
        "code": "ADDED_SUCCESSFULLY",
        "message": "Added successfully.",
        "details": details,
    }
    return reply({"data": [item], "info": {}}, 201)


def _job(call: Call, text: str) -> Job:
    found = jobs.find(call.store, bulk_reads.KIND, as_id(text))
    if found is None:
        raise bulk.not_found(text)
    return found


def show(call: Call) -> Response:
    job = _job(call, call.path["job"])
    state, result = bulk.state_of(call.store, job), job.body.get("result")
    return reply({"data": [bulk_reads.shown(call.store, job, state, result, call.caller.time_zone)]})


def download(call: Call) -> Response:
    job = _job(call, call.path["job"])
    found = bulk.file_of(call.store, job.id)
    if found is None:
        raise bulk.not_found(call.path["job"])
    bulk.count_download(call)
    disposition = f"attachment; filename={job.id}.zip"
    return Response(found, headers={"Content-Disposition": disposition}, media_type="application/zip")


bulk_routes: list[Route] = [
    route("/read", create, "create_bulk_read", "POST"),
    route("/read/{job}", show, "get_bulk_read"),
    route("/read/{job}/result", download, "download_bulk_read"),
]
