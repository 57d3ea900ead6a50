"""Mail of a record: sending, what was sent, and whom mail may come from.

https://www.zoho.com/crm/developer/docs/api/v8/send-mail.html and get-email-rel-list.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import blobs, bodies, documents, history, locks, outbox, refusals, templates
from zcrm_tools.emulator.call import Call, as_id, parse_datetime, route
from zcrm_tools.emulator.outbox import Mail
from zcrm_tools.emulator.replies import Json, Refusal, reply, success
from zcrm_tools.emulator.routes.writes import rows_of, write_all, writer_of
from zcrm_tools.emulator.schema import USERS, ModuleDef
from zcrm_tools.emulator.values import EMAIL

MODULES = frozenset(
    "Leads Accounts Contacts Deals Quotes Sales_Orders Purchase_Orders Invoices Cases Vendors".split()
)
MAX_ATTACHED = 10 * 1024 * 1024
PAGE = 10
TYPES = ("sent_from_crm", "scheduled_in_crm", "drafts", "user_emails")
ACCOUNT_TYPES = (
    "all_contacts_sent_crm_emails",
    "all_contacts_scheduled_crm_emails",
    "all_contacts_draft_crm_emails",
)


def list_from_addresses(call: Call) -> Response:
    """The caller's own address; the org's when it has one."""
    return reply({"from_addresses": _addresses(call)})


def _addresses(call: Call) -> list[Json]:
    user = call.store.get(USERS, call.caller.user_id) or {}
    org = call.store.org()
    found = [
        {
            "email": user.get("email"),
            "type": "primary",
            "id": str(call.caller.user_id),
            "user_name": user.get("full_name"),
            "default": True,
        }
    ]
    if org.get("primary_email") not in (None, user.get("email")):
        found.append(
            {
                "email": org["primary_email"],
                "type": "org_email",
                "id": str(org.get("id")),
                "user_name": org.get("company_name"),
                "default": False,
            }
        )
    return found


# ---- sending


def mailed(call: Call) -> tuple[ModuleDef, int, Mapping[str, Any]]:
    module, record_id = call.module, call.record_id
    if module.api_name not in MODULES and module.generated_type != "custom":
        raise Refusal(
            "INVALID_MODULE", "The given module is not supported in API", {"resource_path_index": 0}
        )
    row = call.store.get(module.api_name, record_id)
    if row is None:
        raise refusals.bad_path_id()
    return module, record_id, row


def send_mail(call: Call) -> Response:
    module, record_id, record = mailed(call)
    _, data = rows_of(call)
    locks.refuse_locked(call.store, record_id)
    _reachable(call, module, record)
    writer = writer_of(call)

    def write(row: Json, path: str) -> Json:
        if outbox.sent_within_a_day(call.store) >= outbox.DAILY:
            message = f"You have exceeded the maximum limit of sending {outbox.DAILY} emails per day."
            raise Refusal("LIMIT_EXCEEDED", message, {"limit": outbox.DAILY})
        body, due = _checked(call, row, path)
        mail = outbox.send(call.store, (module.api_name, record_id), writer.user_id, body, due)
        of = (module.api_name, record_id)
        history.event(writer, "Emails", call.store.next_id(), body["subject"], "added", of)
        done = "scheduled" if due is not None else "sent"
        return success(f"Your mail has been {done} successfully.", {"message_id": mail.message_id})

    return write_all(call, data, write, ok=200)


def _reachable(call: Call, module: ModuleDef, record: Mapping[str, Any]) -> None:
    """A lead, a contact, or the contact of a deal must have an address, and want mail."""
    row: Mapping[str, Any] = record
    if module.api_name == "Deals":
        contact = record.get("Contact_Name")
        row = (contact and call.store.get("Contacts", contact)) or {}
    elif module.api_name not in ("Leads", "Contacts"):
        return
    if not row.get("Email") and not row.get("Secondary_Email"):
        message = "The record does not have either primary or secondary email addresses."
        raise Refusal("NOT_ALLOWED", message)
    if row.get("Email_Opt_Out"):
        raise Refusal("NOT_ALLOWED", "The intended receiver has opted to stop email communication.")


def _person(row: Any, path: str) -> Json:
    if not isinstance(row, dict):
        raise refusals.wrong_type(path, "jsonobject")
    email = row.get("email")
    if email is None:
        raise refusals.missing_key(f"{path}.email")
    if not isinstance(email, str) or not EMAIL.fullmatch(email):
        raise refusals.wrong_type(f"{path}.email", "email")
    name = row.get("user_name")
    if name is not None and not isinstance(name, str):
        raise refusals.wrong_type(f"{path}.user_name", "string")
    return {"user_name": name, "email": email}


def people_of(row: Json, name: str, path: str) -> list[Json]:
    """A list of addresses in a body."""
    given = row.get(name)
    if given is None:
        return []
    if not isinstance(given, list):
        raise refusals.wrong_type(f"{path}.{name}", "jsonarray")
    return [_person(one, f"{path}.{name}[{number}]") for number, one in enumerate(given)]


def _checked(call: Call, row: Json, path: str) -> tuple[Json, int | None]:
    """The mail as it is kept, and the instant it is scheduled for."""
    for name in ("from", "to"):
        if not row.get(name):
            raise refusals.missing_key(f"{path}.{name}")
    for name in ("inventory_details", "data_subject_request"):
        if row.get(name):
            raise refusals.not_covered(f"{name} in a mail", api_name=name)
    sender = _person(row["from"], f"{path}.from")
    if sender["email"].lower() not in {str(one["email"]).lower() for one in _addresses(call)}:
        message = "You cannot use this email address to send mails from."
        raise refusals.bad_value(f"{path}.from.email", message)
    body: Json = {"from": sender}
    for name in ("to", "cc", "bcc"):
        body[name] = people_of(row, name, path)
    reply_to = row.get("reply_to")
    body["reply_to"] = None if reply_to is None else _person(reply_to, f"{path}.reply_to")
    body["subject"] = bodies.text(row, "subject", path, most=1_000)
    body["content"] = bodies.text(row, "content", path, most=1_000_000)
    if row.get("template") is not None:
        subject, content = _from_template(call, row["template"], f"{path}.template")
        body |= {"subject": body["subject"] or subject, "content": content}
    body["mail_format"] = bodies.one_of(row, "mail_format", path, ("html", "text"), "html")
    body["org_email"] = bodies.flag(row, "org_email", path, False)
    body["in_reply_to"] = _answered(call, row, path)
    body["attachments"] = _attached(call, row, path)
    return body, _due(call, row, path)


def _from_template(call: Call, given: Any, path: str) -> tuple[str, str]:
    """The subject and the text of a template of the record's module, filled in."""
    if not isinstance(given, dict):
        raise refusals.wrong_type(path, "jsonobject")
    if given.get("id") is None:
        raise refusals.missing_key(f"{path}.id")
    module, record_id, _ = mailed(call)
    template = documents.get(call.store, templates.EMAIL, as_id(given["id"]))
    if template is None or template["module"] != module.api_name:
        raise refusals.bad_value(f"{path}.id", refusals.INVALID_ID)
    return templates.filled(call.store, template, module.api_name, record_id, call.caller.user_id)


def _answered(call: Call, row: Json, path: str) -> str | None:
    given = row.get("in_reply_to")
    if given is None:
        return None
    wanted = given.get("message_id") if isinstance(given, dict) else None
    if wanted is None:
        raise refusals.missing_key(f"{path}.in_reply_to.message_id")
    if not isinstance(wanted, str) or not outbox.mails(call.store, "id = ?", (wanted,)):
        raise refusals.bad_value(f"{path}.in_reply_to.message_id", refusals.INVALID_ID)
    return wanted


def _attached(call: Call, row: Json, path: str) -> list[Json]:
    given = row.get("attachments") or []
    if not isinstance(given, list):
        raise refusals.wrong_type(f"{path}.attachments", "jsonarray")
    found, total = [], 0
    for number, one in enumerate(given):
        wanted = one.get("id") if isinstance(one, dict) else None
        blob = blobs.read(call.store, wanted) if isinstance(wanted, str) else None
        if blob is None:
            raise refusals.bad_value(f"{path}.attachments[{number}].id", refusals.INVALID_ID)
        found.append({"id": blob.id, "name": blob.name, "size": str(len(blob.body))})
        total += len(blob.body)
    if total > MAX_ATTACHED:
        message = "The total size of the attachment has exceeded 10 MB."
        raise Refusal("FILE_SIZE_EXCEEDS", message, {"maximum_size": "10MB", "api_name": "attachments"})
    return found


def _due(call: Call, row: Json, path: str) -> int | None:
    text = row.get("scheduled_time")
    if text is None:
        return None
    moment = parse_datetime(text) if isinstance(text, str) else None
    if moment is None:
        raise refusals.wrong_type(f"{path}.scheduled_time", "datetime")
    if moment <= bodies.now(call):
        raise refusals.bad_value(f"{path}.scheduled_time")
    return moment


# ---- reading


def list_emails(call: Call) -> Response:
    """Ten at a time, without their text; an account's `all_contacts_…` are those of its contacts."""
    module, record_id, _ = mailed(call)
    wanted = call.query.get("type")
    allowed = (*TYPES, *(ACCOUNT_TYPES if module.api_name == "Accounts" else ()))
    if wanted is not None and wanted not in allowed:
        raise refusals.bad_param("type", supported_values=list(allowed))
    if "owner_id" in call.query and wanted != "user_emails":
        raise refusals.bad_param("owner_id")
    start = call.query.get("index", "0")
    if not (start.isascii() and start.isdigit() and len(start) < 10):
        raise refusals.bad_pattern("index")
    if wanted in ACCOUNT_TYPES:
        of = "module = 'Contacts' AND record IN (SELECT id FROM Contacts WHERE Account_Name = ?)"
        found = outbox.mails(call.store, of, (record_id,))
    else:
        found = outbox.mails(call.store, "module = ? AND record = ?", (module.api_name, record_id))
    found = [mail for mail in found if _fits(mail, wanted)]
    at = int(start)
    page = found[at : at + PAGE]
    more = len(found) > at + PAGE
    people = bodies.names(call.store, USERS)
    info = {
        "count": len(page),
        "next_index": str(at + PAGE) if more else None,
        "prev_index": str(max(0, at - PAGE)),
        "per_page": PAGE,
        "more_records": more,
    }
    return reply({"Emails": [_brief(call, mail, people) for mail in page], "info": info})


def _fits(mail: Mail, wanted: str | None) -> bool:
    if wanted is None:
        return True
    if "scheduled" in wanted:
        return not mail.sent
    return "sent" in wanted and mail.sent


def _brief(call: Call, mail: Mail, people: dict[int, Json]) -> Json:
    body = mail.body
    return {
        "cc": body["cc"] or None,
        "has_thread_attachment": False,
        "summary": None,
        "owner": people.get(mail.by),
        "read": mail.sent,
        "subject": body["subject"],
        "message_id": mail.message_id,
        "has_attachment": bool(body["attachments"]),
        "source": "individual",
        "sent": mail.sent,
        "intent": None,
        "sentiment_info": None,
        "linked_record": None,
        "related_to_record": None,
        "emotion": None,
        "from": body["from"],
        "to": body["to"],
        "time": bodies.at(call, mail.due),
        "status": [{"type": "sent" if mail.sent else "scheduled"}],
    }


def _mail(call: Call, message_id: str | None) -> Mail | None:
    module, record_id, _ = mailed(call)
    where = "module = ? AND record = ? AND id = ?"
    found = outbox.mails(call.store, where, (module.api_name, record_id, message_id))
    return found[0] if found else None


def get_email(call: Call) -> Response:
    mail = _mail(call, call.path["message"])
    if mail is None:
        raise refusals.bad_path_id(3)
    body = mail.body
    shown = {
        "attachments": [{key: one[key] for key in ("size", "name", "id")} for one in body["attachments"]],
        "subject": body["subject"],
        "message_id": mail.message_id,
        "owner": bodies.names(call.store, USERS).get(mail.by),
        "editable": False,
        "mail_format": body["mail_format"],
        "intent": None,
        "content": body["content"],
        "sentiment_info": None,
        "sent_time": bodies.at(call, mail.due),
        "thread_id": body["in_reply_to"],
        "emotion": None,
        "reply_to": body["reply_to"],
        "from": body["from"],
        "to": body["to"],
        "cc": body["cc"] or None,
        "bcc": body["bcc"] or None,
        "status": [{"type": "sent" if mail.sent else "scheduled"}],
    }
    return reply({"Emails": [shown]})


def download_email_attachments(call: Call) -> Response:
    for name in ("message_id", "user_id", "id", "name"):
        if not call.query.get(name):
            raise Refusal("MANDATORY_NOT_FOUND", refusals.NOT_FOUND, {"param_name": name})
    mail = _mail(call, call.query["message_id"])
    if mail is None:
        raise refusals.bad_param("message_id")
    if str(mail.by) != call.query["user_id"]:
        raise refusals.bad_param("user_id")
    known = {(one["id"], one["name"]) for one in mail.body["attachments"]}
    blob = blobs.read(call.store, call.query["id"])
    if blob is None or (call.query["id"], call.query["name"]) not in known:
        raise refusals.bad_param("id")
    return blobs.download(blob)


routes: list[Route] = [
    route("/settings/emails/actions/from_addresses", list_from_addresses, "list_from_addresses"),
    route("/{module}/{id}/actions/send_mail", send_mail, "send_mail", "POST"),
    route("/{module}/{id}/Emails", list_emails, "list_emails"),
    route("/{module}/{id}/Emails/{message}", get_email, "get_email"),
    route(
        "/{module}/{id}/Emails/actions/download_attachments",
        download_email_attachments,
        "download_email_attachments",
    ),
]
