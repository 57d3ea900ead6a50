"""Webhooks that workflow rules call: list, one, add, change, delete; what was called, and what failed.

https://www.zoho.com/crm/developer/docs/api/v8/create-webhook.html
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.datacenters import is_loopback
from zcrm_tools.emulator import deliveries, documents, merge_fields, refusals
from zcrm_tools.emulator.bodies import (
    answer,
    answer_ids,
    answer_one,
    at,
    changed,
    done,
    kept,
    kept_one,
    kept_row,
    listed,
    made,
    names,
    one_of,
    rows_under,
    shown,
    stamps,
    text,
)
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.render import module_reference
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply
from zcrm_tools.emulator.routes.field_updates import module_of
from zcrm_tools.emulator.routes.metadata import module_param
from zcrm_tools.emulator.schema import USERS, ModuleDef
from zcrm_tools.emulator.webhook_actions import CALL, KIND, PARTS, calls, texts
from zcrm_tools.emulator.workflows import remove_unused, using

METHODS: Final = ("GET", "POST", "PUT", "DELETE")
MAX_NAME: Final = 250
_SHORT: Final = ("name", "description", "url", "http_method", "feature_type")
_DETAILS: Final = ("headers", "body", "url_parameters", "date_time_format", "authentication")


def _item(call: Call, hook: Json, *, whole: bool = False) -> Json:
    return {
        **stamps(call, hook, names(call.store, USERS)),
        **{key: hook[key] for key in (*_SHORT, *(_DETAILS if whole else ()))},
        "id": hook["id"],
        "module": module_reference(call.store, hook["module"]),
        "related_module": None,
        "source": "crm",
        "lock_status": {"locked": False},
        "editable": True,
        "deletable": True,
        "associated": bool(using(call.store, hook["id"])),
    }


def _wanted(call: Call) -> list[Json]:
    """All webhooks, or those of the module in the query."""
    module = module_param(call).api_name if call.query.get("module") else None
    return [one for one in documents.every(call.store, KIND) if module in (None, one["module"])]


def list_webhooks(call: Call) -> Response:
    return listed(call, "webhooks", [_item(call, one) for one in reversed(_wanted(call))])


def get_webhook(call: Call) -> Response:
    return shown(call, "webhooks", KIND, partial(_item, whole=True))


def create_webhooks(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        body = {**_body(call, row, path), **made(call)}
        return done("webhook created successfully", documents.add(call.store, KIND, body))

    return answer(call, "webhooks", rows_under(call, "webhooks", most=1), write, ok=201)


def _change(call: Call, before: Json, row: Json, path: str) -> Json:
    usual = {name: before[name] for name in (*_SHORT, *_DETAILS)}
    module = {"api_name": before["module"]}
    body = _body(call, {**usual, **row, "module": row.get("module", module)}, path)
    if body["module"] != before["module"]:
        raise refusals.bad_value(f"{path}.module", "the module cannot be changed")
    documents.put(call.store, KIND, int(before["id"]), {**before, **body, **changed(call)})
    return done("webhook updated successfully", before["id"])


def update_webhooks(call: Call) -> Response:
    def write(row: Json, path: str) -> Json:
        return _change(call, kept_row(call, KIND, row, path), row, path)

    return answer(call, "webhooks", rows_under(call, "webhooks"), write)


def update_webhook(call: Call) -> Response:
    hook = kept(call, KIND, 3)
    return answer_one(call, "webhooks", lambda row, path: _change(call, hook, row, path))


def _delete(call: Call, key: int) -> Json:
    kept_one(call, KIND, key)
    message = "webhook is associated with at least one of Approval Process/Workflow Rules/Blueprint"
    remove_unused(call.store, KIND, key, message)
    for one in documents.every(call.store, CALL, parent=str(key)):
        documents.remove(call.store, CALL, int(one["id"]))
    return done("webhook deleted successfully", key)


def delete_webhooks(call: Call) -> Response:
    return answer_ids(call, "webhooks", lambda key: _delete(call, key))


def delete_webhook(call: Call) -> Response:
    key = int(kept(call, KIND, 3)["id"])
    return answer(call, "webhooks", [{}], lambda _row, _path: _delete(call, key))


# ---- what a webhook may be


def _body(call: Call, row: Json, path: str) -> Json:
    module = module_of(call, row.get("module"), f"{path}.module")
    if module.api_name in ("Notes", "Calls"):
        raise refusals.bad_value(f"{path}.module", "Webhooks cannot be set up for this module")
    url = text(row, "url", path, needed=True, most=2_000)
    parts = urlsplit(url or "")
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or not (parts.scheme == "https" or is_loopback(url or ""))
    ):
        raise refusals.bad_value(f"{path}.url", "please enter a valid URL")
    method = text(row, "http_method", path, needed=True)
    if method not in METHODS:
        raise refusals.bad_value(f"{path}.http_method", "The method type given is invalid")
    found: Json = {
        "module": module.api_name,
        "name": text(row, "name", path, needed=True, most=MAX_NAME),
        "description": text(row, "description", path, most=32_000),
        "url": url,
        "http_method": method,
        "feature_type": one_of(row, "feature_type", path, ("workflow",), "workflow"),
        "headers": _parameters(row.get("headers"), f"{path}.headers"),
        "url_parameters": _parameters(row.get("url_parameters"), f"{path}.url_parameters"),
        "body": _content(row.get("body"), f"{path}.body"),
        "date_time_format": row.get("date_time_format"),
        "authentication": row.get("authentication") or {"type": "general"},
    }
    _check_fields(module, found, path)
    return found


def _parameters(value: Any, path: str) -> Json | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise refusals.wrong_type(path, "jsonobject")
    for part in PARTS:
        rows, seen = value.get(part) or [], set()
        if not isinstance(rows, list):
            raise refusals.wrong_type(f"{path}.{part}", "jsonarray")
        for number, row in enumerate(rows):
            where = f"{path}.{part}[{number}]"
            if not isinstance(row, dict):
                raise refusals.wrong_type(where, "jsonobject")
            name = text(row, "name", where, needed=True)
            text(row, "value", where, needed=True, most=2_000)
            if name in seen:
                details = {"api_name": "name", "json_path": f"{where}.name"}
                raise Refusal("DUPLICATE_DATA", "duplicate parameter name found", details)
            seen.add(name)
    return {part: value.get(part) or [] for part in PARTS}


def _content(value: Any, path: str) -> Json | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise refusals.wrong_type(path, "jsonobject")
    kind = one_of(value, "type", path, ("raw", "form_data", "none"))
    if kind == "raw":
        content = text(value, "raw_data_content", path, needed=True, most=32_000)
        shape = one_of(value, "format", path, ("JSON", "XML", "HTML", "Text"), "Text")
        return {"type": kind, "format": shape, "raw_data_content": content}
    if kind == "none":
        return {"type": kind, "format": None}
    form = _parameters(value.get("form_data_content") or {}, f"{path}.form_data_content")
    return {"type": kind, "format": None, "form_data_content": form}


def _check_fields(module: ModuleDef, hook: Json, path: str) -> None:
    """Only fields of the webhook's own module can be named."""
    for owner, field in merge_fields.named(texts(hook)):
        if owner != module.api_name or (field not in merge_fields.IDS and field not in module.fields):
            raise Refusal(
                "INVALID_DATA", "Unsupported fields are present", {"api_name": "value", "json_path": path}
            )


# ---- what became of them


def list_webhook_modules(call: Call) -> Response:
    found = dict.fromkeys(one["module"] for one in documents.every(call.store, KIND))
    items = [module_reference(call.store, name) for name in found]
    return reply({"associated_modules": items}) if items else nothing()


def list_webhook_failures(call: Call) -> Response:
    failed = {
        one["subject"]: one
        for one in deliveries.log(call.store)
        if one["kind"] == KIND and one["state"] == "failed"
    }
    items = []
    for hook, one in calls(call.store, _wanted(call)):
        if one["id"] not in failed:
            continue
        sent, module = failed[one["id"]], call.store.modules[one["module"]]
        row = call.store.get(module.api_name, one["record"]) or {}
        items.append(
            {
                "id": one["id"],
                "webhook": {"name": hook["name"], "id": hook["id"]},
                "entity_details": {
                    "module": module_reference(call.store, module.api_name),
                    "name": row.get(module.display_field),
                    "id": str(one["record"]),
                },
                "failure_time": at(call, sent["at"]),
                "failure_reason": sent["error"] or f"HTTP {sent['status']}",
                "workflow_rule": dict(zip(("name", "id"), one["rule"], strict=True)),
            }
        )
    return listed(call, "webhook_failures", items)


def report_webhook_usage(call: Call) -> Response:
    if not call.query.get("group_by"):
        raise refusals.missing_param("group_by")
    used = Counter(
        ((at(call, one["at"]) or "")[:10], hook["name"], hook["id"])
        for hook, one in calls(call.store, _wanted(call))
    )
    items = [
        {"date": day, "resource": {"name": name, "id": key}, "count": count, "type": "webhooks"}
        for (day, name, key), count in sorted(used.items(), reverse=True)
    ]
    return listed(call, "data_usage", items, max_limit=2_500)


_PATH = "/settings/automation/webhooks"
routes: list[Route] = [
    route(_PATH, list_webhooks, "list_webhooks"),
    route(_PATH, create_webhooks, "create_webhooks", "POST"),
    route(_PATH, update_webhooks, "update_webhooks", "PUT"),
    route(_PATH, delete_webhooks, "delete_webhooks", "DELETE"),
    route(f"{_PATH}/actions/associated_modules", list_webhook_modules, "list_webhook_modules"),
    route(f"{_PATH}/actions/usage_reports", report_webhook_usage, "report_webhook_usage"),
    route(f"{_PATH}/{{id}}", get_webhook, "get_webhook"),
    route(f"{_PATH}/{{id}}", update_webhook, "update_webhook", "PUT"),
    route(f"{_PATH}/{{id}}", delete_webhook, "delete_webhook", "DELETE"),
    route("/settings/automation/webhook_failures", list_webhook_failures, "list_webhook_failures"),
]
