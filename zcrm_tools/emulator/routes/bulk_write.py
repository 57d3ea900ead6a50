"""Bulk write: start a job over an uploaded file, ask after it, download what became of each line.

https://www.zoho.com/crm/developer/docs/api/v8/bulk-write/overview.html
"""

from __future__ import annotations

import csv
import io
from dataclasses import astuple
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import bulk, bulk_writes, jobs, permissions, refusals
from zcrm_tools.emulator.access import demand, module_scope
from zcrm_tools.emulator.bulk_writes import Mapping, pattern
from zcrm_tools.emulator.call import Call, as_id, route
from zcrm_tools.emulator.replies import Json, Refusal, reply
from zcrm_tools.emulator.routes.upload import csv_of
from zcrm_tools.emulator.schema import ModuleDef

MAX_FIELDS = 200
MAX_LINES = 25_000
_UNSUPPORTED = frozenset(
    {"Notes", "Attachments", "Events", "Calls", "Invoices", "Quotes", "Sales_Orders", "Purchase_Orders"}
)
"""Not among the modules that the page lists."""


def create(call: Call) -> Response:
    body = call.json()
    operation = body.get("operation")
    if operation is None:
        raise _missing("operation")
    if operation not in ("insert", "update", "upsert"):
        raise refusals.not_listed("$.operation", ["insert", "update", "upsert"])
    callback = bulk.callback_of(body)
    resource = _resource(body)
    module = _module(call, resource)
    demand(call.caller, module_scope(module.api_name, "CREATE"))
    for act in {"insert": ["Create"], "update": ["Edit"], "upsert": ["Create", "Edit"]}[operation]:
        permissions.demand(call.store, call.caller, act, module)
    names = resource.get("file_names") or [None]
    found = csv_of(call.store, resource.get("file_id"), names[0] if isinstance(names, list) else None)
    if found is None:
        raise Refusal("INVALID_FILE_ID", "improper file id", {"file_id": resource.get("file_id")})
    file_name, data = found
    encoding, lines = _lines(data, body.get("character_encoding"))
    mappings, lines = _mappings(call, module, resource, lines)
    find_by = _find_by(module, resource, operation, mappings)
    if operation == "insert":
        _check_mandatory(module, mappings)
    kept = {
        "operation": operation,
        "find_by": find_by,
        "ignore_empty": bool(resource.get("ignore_empty", body.get("ignore_empty"))),
        "callback": callback,
        "mappings": [astuple(one) for one in mappings],
        "file_name": file_name,
        "encoding": encoding,
    }
    with call.store.transaction():
        job = bulk.start(
            call,
            bulk_writes.KIND,
            module.api_name,
            max(1, len(lines)),
            kept,
            before=lambda job: bulk_writes.keep_lines(call.store, job, lines),
        )
    details = {"id": str(job), "created_by": bulk.people(call, call.caller.user_id)}
    answer = {"status": "success", "code": "SUCCESS", "message": "success", "details": details}
    return reply(answer, 201)


def _missing(key: str) -> Refusal:
    message = f"required key {key} is not found in request body."
    return Refusal("MANDATORY_NOT_FOUND", message, {"api_name": key})


def _resource(body: Json) -> Json:
    listed = body.get("resource")
    if not isinstance(listed, list) or not listed or not isinstance(listed[0], dict):
        raise _missing("resource")
    if len(listed) > 1:
        raise refusals.not_covered("the children of a bulk write: subforms, line items and linking modules")
    resource: Json = listed[0]
    for key in ("type", "module", "file_id"):
        if resource.get(key) is None:
            raise _missing(key)
    if resource["type"] != "data":
        raise refusals.not_listed("$.resource[0].type", ["data"])
    return resource


def _module(call: Call, resource: Json) -> ModuleDef:
    named = resource["module"]
    name = named.get("api_name") if isinstance(named, dict) else named
    module = call.store.modules.get(name) if isinstance(name, str) else None
    if module is not None and module.generated_type in ("subform", "linking"):
        raise refusals.not_covered("bulk writes into subforms and linking modules")
    if module is None or module.generated_type == "system" or module.api_name in _UNSUPPORTED:
        message = f"Requested module '{name}' is not available."
        raise Refusal("MODULE_NOT_AVAILABLE", message, {"api_name": name})
    return module


def _lines(data: bytes, encoding: Any) -> tuple[str, list[list[str]]]:
    """The file's lines, its header first."""
    name = encoding if isinstance(encoding, str) and encoding else "UTF-8"
    try:
        text = data.decode("utf-8-sig" if name.upper() == "UTF-8" else name)
    except (LookupError, UnicodeDecodeError):
        raise Refusal(
            "INVALID_FORMAT", "The file cannot be read in its encoding.", {"encoding": name}
        ) from None
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except csv.Error as problem:
        raise Refusal("INVALID_FORMAT", f"The file is no CSV: {problem}.") from None
    if not lines:
        raise Refusal("INVALID_FORMAT", "The file has no header.")
    if len(lines) - 1 > MAX_LINES:
        raise Refusal("LIMIT_EXCEEDED", "The file has too many lines.", {"limit": MAX_LINES})
    return name, lines


def _mappings(
    call: Call, module: ModuleDef, resource: Json, lines: list[list[str]]
) -> tuple[list[Mapping], list[list[str]]]:
    """Which column goes to which field, and the lines without the header."""
    header, rest = lines[0], lines[1:]
    given = resource.get("field_mappings")
    if not given:
        if len(header) > MAX_FIELDS:
            raise _too_wide()
        found = [Mapping(name.strip(), at) for at, name in enumerate(header)]
    else:
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise refusals.wrong_type("$.resource[0].field_mappings", "jsonarray")
        if len(given) > MAX_FIELDS:
            raise _too_wide()
        found = [_mapping(one, len(header)) for one in given]
    for mapping in found:
        _check_field(call, module, mapping, by_header=not given)
    return found, rest


def _too_wide() -> Refusal:
    return Refusal("HEADER_LIMIT_EXCEEDED", "Too many fields are mapped.", {"limit": MAX_FIELDS})


def _mapping(given: Json, width: int) -> Mapping:
    name, index, default = given.get("api_name"), given.get("index"), given.get("default_value")
    if not isinstance(name, str):
        raise _missing("api_name")
    value = default.get("value") if isinstance(default, dict) else None
    if index is None and value is None:
        message = f"required key index for field {name} is not found in request body."
        raise Refusal("MANDATORY_NOT_FOUND", message, {"api_name": name})
    whole = isinstance(index, int) and not isinstance(index, bool)
    if index is not None and not (whole and 0 <= index < width):
        raise Refusal(
            "COLUMN_INDEX_NOT_FOUND", "The column index is not found.", {"api_name": name, "index": index}
        )
    if given.get("format") is not None and not _readable(given["format"]):
        raise Refusal(
            "INVALID_FORMAT", "The format is not supported.", {"api_name": name, "format": given["format"]}
        )
    return Mapping(name, index, given.get("find_by"), given.get("format"), value)


def _readable(format_: Any) -> bool:
    return isinstance(format_, str) and "%" not in format_ and pattern(format_) != format_


def _check_field(call: Call, module: ModuleDef, mapping: Mapping, *, by_header: bool) -> None:
    field = module.fields.get(mapping.api_name)
    if field is None or not field.stored or field.kind == "any_lookup":
        message = f"invalid mapping. invalid api_name {mapping.api_name}."
        raise Refusal("INVALID_FIELD", message, {"api_name": mapping.api_name})
    if field.kind not in ("lookup", "user") or field.data_type == "layout":
        return
    if mapping.find_by is None:
        if by_header or mapping.index is None:
            return  # the column holds ids
        message = "Required key find_by is not available"
        raise Refusal("MANDATORY_NOT_FOUND", message, {"api_name": field.api_name})
    target = call.store.modules.get(field.lookup_module)
    known = target is not None and (
        mapping.find_by in ("id", target.display_field)
        or (mapping.find_by in target.fields and target.fields[mapping.find_by].unique)
        or (target.api_name == "Users" and mapping.find_by == "email")
    )
    if not known:
        raise Refusal("INVALID_FIELD", "invalid mapping. invalid find_by.", {"api_name": field.api_name})


def _find_by(module: ModuleDef, resource: Json, operation: str, mappings: list[Mapping]) -> str | None:
    named = resource.get("find_by")
    if named is None:
        if operation == "insert":
            return None
        raise Refusal("MANDATORY_NOT_FOUND", "Required key find_by is not available", {"api_name": "find_by"})
    field = module.fields.get(named) if isinstance(named, str) else None
    unique = field is not None and (named == "id" or field.unique or named == module.duplicate_field)
    if not unique or named not in (one.api_name for one in mappings):
        raise Refusal("INVALID_FIELD", "invalid mapping. invalid find_by.", {"api_name": named})
    return str(named)


def _check_mandatory(module: ModuleDef, mappings: list[Mapping]) -> None:
    mapped = {one.api_name for one in mappings}
    left = [f.api_name for f in module.fields.values() if f.mandatory and f.api_name not in mapped]
    if left:
        message = "All mandatory fields are not mapped for the layout"
        raise Refusal("MANDATORY_FIELDS_NOT_MAPPED", message, {"api_names": left})


def show(call: Call) -> Response:
    job = jobs.find(call.store, bulk_writes.KIND, as_id(call.path["job"]))
    if job is None:
        raise bulk.not_found(call.path["job"])
    state = {"ADDED": "ADDED", "COMPLETED": "COMPLETED"}.get(bulk.state_of(call.store, job), "INPROGRESS")
    return reply(bulk_writes.shown(call.store, job, state, call.caller.time_zone))


def download(call: Call) -> Response:
    job = jobs.find(call.store, bulk_writes.KIND, as_id(call.path["job"]))
    found = None if job is None else bulk.file_of(call.store, job.id)
    org = f"org{call.store.org().get('zgid', '')}"
    if found is None or call.path["org"] != org or call.path["file"] != f"{call.path['job']}.zip":
        raise bulk.not_found(call.path["job"])
    disposition = f"attachment; filename={call.path['file']}"
    return Response(found, headers={"Content-Disposition": disposition}, media_type="application/zip")


bulk_routes: list[Route] = [
    route("/write", create, "create_bulk_write", "POST"),
    route("/write/{job}", show, "get_bulk_write"),
]
content_routes: list[Route] = [
    route("/bulk-write/{job}/{file}", download, "download_bulk_write"),
]
