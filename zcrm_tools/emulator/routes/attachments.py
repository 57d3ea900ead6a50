"""Attachments of a record: list, upload a file or a link, download, delete.

https://www.zoho.com/crm/developer/docs/api/v8/get-attachments.html and its neighbours
"""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import blobs, bodies, history, multipart, refusals
from zcrm_tools.emulator.blobs import Attachment
from zcrm_tools.emulator.call import Call, as_id, ids_param, route
from zcrm_tools.emulator.render import Context, context, zoned
from zcrm_tools.emulator.replies import Json, Refusal, batch, nothing, reply, success
from zcrm_tools.emulator.routes.records import asked_fields
from zcrm_tools.emulator.routes.writes import writer_of
from zcrm_tools.emulator.schema import ModuleDef

_LINK = re.compile(r"(https?://)?[\w-]+(\.[\w-]+)+(:\d+)?([/?#]\S*)?", re.IGNORECASE)


def parent_of(call: Call) -> tuple[ModuleDef, int]:
    """The record in the path; refused when it is not there."""
    module, record_id = call.module, call.record_id
    if not call.store.exists(module.api_name, record_id):
        raise refusals.bad_path_id(1, "the related id given seems to be invalid")
    return module, record_id


def list_attachments(call: Call) -> Response:
    module, record_id = parent_of(call)
    names = asked_fields(call, mandatory=True)
    ids = ids_param(call)
    ctx = context(call.store, call.caller)
    name = call.store.get(module.api_name, record_id) or {}
    parent = {"name": name.get(module.display_field), "id": str(record_id)}
    found = [
        item(ctx, one, parent, names)
        for one in blobs.attachments(call.store, module.api_name, record_id)
        if ids is None or one.id in ids
    ]
    tokens = {"next_page_token": None, "previous_page_token": None, "page_token_expiry": None}
    return bodies.listed(call, "data", found, **tokens)


def item(ctx: Context, one: Attachment, parent: Json, names: list[str] | None) -> Json:
    """An attachment as a list shows it: the fields asked for and `id`. Sizes are strings."""
    at, by = zoned(one.at, ctx.zone), ctx.users.get(one.by)
    whole: Json = {
        "Owner": by,
        "Modified_Time": at,
        "File_Name": one.name,
        "Created_Time": at,
        "Size": str(one.size),
        "Parent_Id": parent,
        "$editable": True,
        "$file_id": one.blob,
        "$type": "Link URL" if one.link else "Attachment",
        "$se_module": one.module,
        "$link_url": one.link,
        "Modified_By": by,
        "Created_By": by,
        "id": str(one.id),
    }
    return whole if names is None else {key: whole[key] for key in (*names, "id") if key in whole}


def _found(call: Call) -> Attachment:
    module, record_id = parent_of(call)
    wanted = as_id(call.path["attachment"])
    for one in blobs.attachments(call.store, module.api_name, record_id):
        if one.id == wanted:
            return one
    raise refusals.bad_path_id(3, "the related id given seems to be invalid")


def get_attachment(call: Call) -> Response:
    """The file. A link has no bytes."""
    one = _found(call)
    blob = blobs.read(call.store, one.blob) if one.blob else None
    return nothing() if blob is None else blobs.download(blob)


def upload_attachment(call: Call) -> Response:
    module, record_id = parent_of(call)
    title, link = call.query.get("title", ""), call.query.get("attachmentUrl", "")
    files = []
    if link == "":
        parts = multipart.parts_of(call)
        files = [part for part in parts if part.name == "file" and part.filename is not None]
        plain = {part.name: part.text for part in parts if part.filename is None}
        title, link = plain.get("title", title), plain.get("attachmentUrl", "")
    if len(files) > 1:
        raise refusals.over_limit("$.file", 1)
    if not files and not link:
        raise refusals.missing_key("$.file")
    of = (module.api_name, record_id)
    writer = writer_of(call)
    with call.store.transaction():
        if files:
            blob = blobs.keep(call.store, files[0], writer.user_id)
            one = blobs.attach(call.store, of, writer.user_id, blob=blob)
        else:
            if not _LINK.fullmatch(link):
                message = "the given attachment URL is incorrect"
                raise Refusal("INVALID_URL_PATTERN", message, {"api_name": "attachmentUrl"})
            one = blobs.attach(call.store, of, writer.user_id, link=link, title=title)
        history.event(writer, "Attachments", one.id, one.name, "added", of)
    return reply({"data": [success("attachment uploaded successfully", _stamps(call, one))]})


def _stamps(call: Call, one: Attachment) -> Json:
    at = zoned(one.at, call.caller.time_zone)
    user = context(call.store, call.caller).users.get(one.by)
    person: Any = user and {"name": user["name"], "id": user["id"]}
    return {
        "Modified_Time": at,
        "Modified_By": person,
        "Created_Time": at,
        "id": str(one.id),
        "Created_By": person,
    }


def delete_attachment(call: Call) -> Response:
    one = _found(call)
    _delete(call, one)
    return batch([success("record deleted", {"id": str(one.id)})])


def delete_attachments(call: Call) -> Response:
    module, record_id = parent_of(call)
    ids = ids_param(call)
    if not ids:
        raise refusals.missing_param("ids")
    if len(ids) > bodies.MAX_ROWS:
        raise refusals.too_many(bodies.MAX_ROWS, "ids")
    here = {one.id: one for one in blobs.attachments(call.store, module.api_name, record_id)}
    items = []
    for wanted in ids:
        details = {"id": str(wanted)}
        one = here.pop(wanted, None)
        if one is None:
            items.append(Refusal("INVALID_DATA", "record not deleted", details).item())
        else:
            _delete(call, one)
            items.append(success("record deleted", details))
    return batch(items)


def _delete(call: Call, one: Attachment) -> None:
    with call.store.transaction():
        history.event(writer_of(call), "Attachments", one.id, one.name, "deleted", (one.module, one.record))
        blobs.detach(call.store, one)


routes: list[Route] = [
    route("/{module}/{id}/Attachments", list_attachments, "list_attachments"),
    route("/{module}/{id}/Attachments", upload_attachment, "upload_attachment", "POST"),
    route("/{module}/{id}/Attachments", delete_attachments, "delete_attachments", "DELETE"),
    route("/{module}/{id}/Attachments/{attachment}", get_attachment, "get_attachment"),
    route("/{module}/{id}/Attachments/{attachment}", delete_attachment, "delete_attachment", "DELETE"),
]
