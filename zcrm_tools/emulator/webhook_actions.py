"""Webhooks as actions of workflow rules: what `/settings/automation/webhooks` sets up and a rule that fires sends.

Texts may name fields of the record, `${!Leads.Email}`. https://www.zoho.com/crm/developer/docs/api/v8/create-webhook.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from zcrm_tools.emulator import deliveries, documents, merge_fields
from zcrm_tools.emulator.events import Change
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.store import Store

KIND: Final = "webhook_action"
CALL: Final = "webhook_call"
"""Documents: every time a webhook was called, under the webhook's id; the delivery's subject is the call's id."""
PARTS: Final = ("module_parameters", "custom_parameters")
_TYPES: Final = {"JSON": "application/json", "XML": "application/xml", "HTML": "text/html"}


def pairs(parameters: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Names and values of `{"module_parameters": [...], "custom_parameters": [...]}`."""
    found = parameters or {}
    return [(one["name"], one["value"]) for part in PARTS for one in found.get(part) or ()]


def texts(hook: Mapping[str, Any]) -> list[str]:
    """Everything of a webhook that may name fields."""
    body = hook.get("body") or {}
    listed = (hook.get("headers"), hook.get("url_parameters"), body.get("form_data_content"))
    return [str(body.get("raw_data_content") or ""), *(value for one in listed for _, value in pairs(one))]


def call(store: Store, key: int, rule: Json, change: Change) -> None:
    """Have a rule's webhook called for the record that fired it."""
    hook = documents.get(store, KIND, key)
    if hook is None:
        return
    fill = merge_fields.filler(
        store, hook["modified_by"], change.module, change.id, texts(hook), gone=change.after is None
    )
    headers = {name: fill(value) for name, value in pairs(hook["headers"])}
    query = [(name, fill(value)) for name, value in pairs(hook["url_parameters"])]
    url = hook["url"]
    if query:
        url += ("&" if "?" in url else "?") + urlencode(query)
    body = hook["body"] or {}
    data = b""
    if body.get("type") == "form_data":
        data = urlencode([(name, fill(value)) for name, value in pairs(body["form_data_content"])]).encode()
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    elif body.get("type") == "raw":
        data = fill(body["raw_data_content"]).encode()
        headers["Content-Type"] = _TYPES.get(body["format"], "text/plain") + ";charset=UTF-8"
    made = {"at": change.at, "module": change.module, "record": change.id, "rule": [rule["name"], rule["id"]]}
    subject = documents.add(store, CALL, made, parent=hook["id"])
    deliveries.enqueue(store, KIND, str(subject), url, data, method=hook["http_method"], headers=headers)


def calls(store: Store, hooks: Iterable[Json]) -> list[tuple[Json, Json]]:
    """Every call of the webhooks, the latest first."""
    found = [(hook, one) for hook in hooks for one in documents.every(store, CALL, parent=hook["id"])]
    return sorted(found, key=lambda pair: int(pair[1]["id"]), reverse=True)
