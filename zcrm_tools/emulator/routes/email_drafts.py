"""Drafts of mail: kept with a record until somebody sends or deletes them.

https://www.zoho.com/crm/developer/docs/api/v8/get-email-drafts.html
"""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals, templates
from zcrm_tools.emulator.bodies import answer, answer_one, at, done, flag, now, path_id, rows_under, text
from zcrm_tools.emulator.call import Call, as_id, parse_datetime, route
from zcrm_tools.emulator.replies import Json, nothing, reply
from zcrm_tools.emulator.routes.mail import mailed, people_of

NAME: Final = "__email_drafts"
KIND: Final = "email_draft"
"""Documents, under the id of their record."""


def _kept(call: Call) -> list[Json]:
    mailed(call)
    return documents.every(call.store, KIND, parent=call.path["id"])


def _item(call: Call, one: Json) -> Json:
    template = documents.get(call.store, templates.EMAIL, one["template"])
    return {
        **{
            key: one[key]
            for key in ("id", "from", "to", "cc", "bcc", "subject", "content", "rich_text", "reply_to")
        },
        "created_time": at(call, one["created"]),
        "modified_time": at(call, one["modified"]),
        "template": template and {"id": template["id"], "name": template["name"]},
        "inventory_details": None,
        "attachments": [],
        "schedule_details": one["due"] and {"time": at(call, one["due"])},
        "email_opt_out": False,
        "summary": (one["content"] or "")[:100] or None,
    }


def list_drafts(call: Call) -> Response:
    found = [_item(call, one) for one in _kept(call)]
    return reply({NAME: found}) if found else nothing()


def get_draft(call: Call) -> Response:
    found = next((one for one in _kept(call) if one["id"] == call.path["draft"]), None)
    return reply({NAME: [_item(call, found)]}) if found else nothing()


def create_draft(call: Call) -> Response:
    mailed(call)

    def write(row: Json, path: str) -> Json:
        usual: Json = {"from": None, "subject": None, "content": None, "reply_to": None, "rich_text": True}
        usual |= {"to": [], "cc": [], "bcc": [], "template": None, "due": None, "created": now(call)}
        body = _body(call, row, path, usual)
        return done(
            "Email draft created successfully", documents.add(call.store, KIND, body, parent=call.path["id"])
        )

    return answer(call, NAME, rows_under(call, NAME, most=1), write, ok=201)


def _named(call: Call) -> Json:
    key = path_id(call, "draft")
    found = next((one for one in _kept(call) if one["id"] == str(key)), None)
    if found is None:
        raise refusals.bad_path_id(3)
    return found


def update_draft(call: Call) -> Response:
    before = _named(call)

    def write(row: Json, path: str) -> Json:
        documents.put(call.store, KIND, int(before["id"]), _body(call, row, path, before))
        return done("Email draft updated successfully", before["id"])

    return answer_one(call, NAME, write)


def delete_draft(call: Call) -> Response:
    found = _named(call)
    documents.remove(call.store, KIND, int(found["id"]))
    return reply({NAME: [done("Email draft deleted successfully", found["id"])]})


def _body(call: Call, row: Json, path: str, before: Json) -> Json:
    for name in ("inventory_details", "attachments"):
        if row.get(name):
            raise refusals.not_covered(f"{name} in a draft", api_name=name)
    body = {**before, "modified": now(call)}
    for name, most in (("from", 255), ("subject", 1_000), ("content", 1_000_000), ("reply_to", 255)):
        if name in row:
            body[name] = text(row, name, path, most=most)
    for name in ("to", "cc", "bcc"):
        if name in row:
            body[name] = people_of(row, name, path)
    if "rich_text" in row:
        body["rich_text"] = flag(row, "rich_text", path, default=True)
    if row.get("template") is not None:
        given = row["template"]
        key = as_id(given.get("id")) if isinstance(given, dict) else None
        if documents.get(call.store, templates.EMAIL, key) is None:
            raise refusals.bad_value(f"{path}.template.id", refusals.INVALID_ID)
        body["template"] = key
    if row.get("schedule_details") is not None:
        given = row["schedule_details"]
        when = given.get("time") if isinstance(given, dict) else None
        body["due"] = parse_datetime(when) if isinstance(when, str) else None
        if body["due"] is None:
            raise refusals.wrong_type(f"{path}.schedule_details.time", "datetime")
    return body


_PATH = "/{module}/{id}/__email_drafts"
routes: list[Route] = [
    route(_PATH, list_drafts, "list_drafts"),
    route(_PATH, create_draft, "create_draft", "POST"),
    route(f"{_PATH}/{{draft}}", get_draft, "get_draft"),
    route(f"{_PATH}/{{draft}}", update_draft, "update_draft", "PUT"),
    route(f"{_PATH}/{{draft}}", delete_draft, "delete_draft", "DELETE"),
]
