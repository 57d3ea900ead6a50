"""Webhooks: calls to an address when something happens to a record, or when it is time.

Zoho lets an administrator set them up on a page; here the control plane does, with `define`. What is sent when no body
is given is the payload that integration guides show: module, operation, resource_uri, ids, timestamp, token.
https://www.zoho.com/crm/developer/docs/api/v8/get-webhooks.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from zcrm_tools.datacenters import is_loopback
from zcrm_tools.emulator import deliveries, documents, events
from zcrm_tools.emulator.call import as_id, parse_datetime
from zcrm_tools.emulator.channels import shown_values
from zcrm_tools.emulator.events import Change, Happening
from zcrm_tools.emulator.query.filters import BadFilter, Reader, compile_filter, matches
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.store import Store, epoch

KIND: Final = "webhook"
RECORD: Final = {"insert": "create", "update": "update", "delete": "delete"}
OCCASIONS: Final = (
    "workflow_rule",
    "blueprint_transition",
    "approval_requested",
    "approval_approved",
    "approval_rejected",
)
SCHEDULE: Final = "schedule"
TRIGGERS: Final = (*RECORD.values(), *OCCASIONS, SCHEDULE)
SITE: Final = "https://www.zohoapis.com"
_METHODS: Final = ("POST", "PUT", "GET", "DELETE", "PATCH")
_KEYS: Final = frozenset(
    "name url method headers module triggers criteria named token body every at active".split()
)
_MERGE: Final = re.compile(r"\$\{([A-Za-z_]\w*)\}")


class BadWebhook(ValueError):
    """A definition that cannot be; the text says why."""


def define(store: Store, body: Mapping[str, Any], *, base: str = SITE) -> Json:
    """Keep a webhook and give it back with its id. Raises BadWebhook.

    `{"url", "triggers": [of TRIGGERS], "module"? (needed but for a schedule alone), "name"?, "method"? (POST),
    "headers"?, "token"?, "criteria"? (as in custom views), "named"? (only the rule or transition of this name),
    "body"? (JSON in which `${Field_API_Name}` stands for a value), "every"? (seconds) or "at"? (ISO time) of a
    schedule, "active"?}`. `base` is what resource_uri begins with.
    """
    unknown = body.keys() - _KEYS
    if unknown:
        raise BadWebhook(f"A webhook has no {', '.join(sorted(map(str, unknown)))}.")
    url, method = body.get("url"), body.get("method", "POST")
    if not isinstance(url, str) or not (url.startswith("https://") or is_loopback(url)):
        raise BadWebhook('"url" must be an https address, or one of this machine.')
    if method not in _METHODS:
        raise BadWebhook(f'"method" is one of {", ".join(_METHODS)}.')
    triggers = body.get("triggers")
    if not isinstance(triggers, list) or not triggers or any(one not in TRIGGERS for one in triggers):
        raise BadWebhook(f'"triggers" must be a list of at least one of {", ".join(TRIGGERS)}.')
    module = _module(store, body, needed=triggers != [SCHEDULE])
    _check_texts(body)
    kept: Json = {
        "name": body.get("name") or f"{module or 'Scheduled'} webhook",
        "url": url,
        "method": method,
        "headers": dict(body.get("headers") or {}),
        "module": module,
        "triggers": triggers,
        "criteria": body.get("criteria"),
        "named": body.get("named"),
        "token": body.get("token"),
        "body": body.get("body"),
        "active": body.get("active") is not False,
        "base": base,
    }
    first = None
    if SCHEDULE in triggers:
        first, kept["every"] = _times(store, body)
    with store.transaction():
        key = documents.add(store, KIND, kept)
        hook = {**kept, "id": str(key)}
        if first is not None and kept["active"]:
            _schedule(store, hook, first)
    return hook


def _module(store: Store, body: Mapping[str, Any], *, needed: bool) -> str | None:
    name = body.get("module")
    if name is None and not needed:
        return None
    module = store.modules.get(name) if isinstance(name, str) else None
    if module is None or module.generated_type == "system":
        raise BadWebhook(f"There is no module {name!r}.")
    if body.get("criteria") is not None:
        try:
            compile_filter(module, body["criteria"], Reader(0, ZoneInfo("UTC"), store.clock.now()))
        except BadFilter as bad:
            raise BadWebhook(f'"criteria" cannot be understood at {bad.path or "its top"}.') from None
    return module.api_name


def _check_texts(body: Mapping[str, Any]) -> None:
    for key in ("name", "token", "named"):
        if body.get(key) is not None and not isinstance(body[key], str):
            raise BadWebhook(f'"{key}" must be a text.')
    headers = body.get("headers") or {}
    if not isinstance(headers, dict) or not all(isinstance(one, str) for one in headers.values()):
        raise BadWebhook('"headers" must be an object of texts.')


def _times(store: Store, body: Mapping[str, Any]) -> tuple[int, int | None]:
    """When a schedule is first due, and every how many seconds after that."""
    every, at = body.get("every"), body.get("at")
    now = epoch(store.clock.now())
    if every is not None and (isinstance(every, bool) or not isinstance(every, int) or every < 1):
        raise BadWebhook('"every" is a whole number of seconds from 1.')
    moment = parse_datetime(at) if isinstance(at, str) else None
    if at is not None and (moment is None or moment <= now):
        raise BadWebhook('"at" is an ISO time to come, with an offset.')
    if moment is not None:
        return moment, every
    if every is None:
        raise BadWebhook('A schedule needs "every" or "at".')
    return now + every, every


def listing(store: Store) -> list[Json]:
    return documents.every(store, KIND)


def remove(store: Store, webhook: int) -> bool:
    """Whether it was there. Its scheduled calls are not made."""
    with store.transaction():
        deliveries.cancel(store, SCHEDULE, str(webhook))
        return documents.remove(store, KIND, webhook)


def tell(store: Store, body: Mapping[str, Any], *, by: int) -> Happening:
    """Let something happen to a record that the emulator does not do by itself, such as an approval.

    `{"occasion": of OCCASIONS, "module", "id", "name"?}`. Raises BadWebhook.
    """
    occasion, module, key = body.get("occasion"), body.get("module"), as_id(body.get("id"))
    if occasion not in OCCASIONS:
        raise BadWebhook(f'"occasion" is one of {", ".join(OCCASIONS)}.')
    if module not in store.modules or key is None or not store.exists(str(module), key):
        raise BadWebhook("There is no such record.")
    news = Happening(occasion, str(module), key, str(body.get("name") or ""), by, epoch(store.clock.now()))
    with store.transaction():
        events.publish(store, news)
    return news


# ---- what is sent


def observe(store: Store, news: Change | Happening) -> None:
    hooks = [one for one in listing(store) if one["active"] and one["module"] == news.module]
    if not hooks:
        return
    occasion: str = news.occasion if isinstance(news, Happening) else RECORD[news.operation]
    name = news.name if isinstance(news, Happening) else ""
    for hook in hooks:
        wanted = occasion in hook["triggers"] and (hook["named"] in (None, name) or not name)
        if wanted and _meets(store, hook, news):
            _send(store, hook, occasion, news.id, news.at)


def _meets(store: Store, hook: Json, news: Change | Happening) -> bool:
    """A deleted record has no values left to look at."""
    if hook["criteria"] is None or (isinstance(news, Change) and news.operation == "delete"):
        return True
    reader = Reader(news.by, ZoneInfo("UTC"), store.clock.now())
    return matches(store, store.modules[news.module], news.id, hook["criteria"], reader)


def _send(
    store: Store, hook: Json, occasion: str, record: int | None, at: int, due: int | None = None
) -> None:
    body = _payload(store, hook, occasion, record, at)
    kind = SCHEDULE if occasion == SCHEDULE else KIND
    deliveries.enqueue(
        store, kind, hook["id"], hook["url"], body, method=hook["method"], headers=hook["headers"], due=due
    )


def _payload(store: Store, hook: Json, occasion: str, record: int | None, at: int) -> Any:
    if hook["body"] is not None:
        names = set(_MERGE.findall(str(hook["body"])))
        values: Json = {}
        if record is not None and names:
            user = min(key for (key,) in store.fetch('SELECT id FROM "Users"'))
            values = shown_values(store, user, hook["module"], record, names)
        return _merged(hook["body"], values)
    resource = f"{hook['base']}/crm/v2"
    for part in (hook["module"], record):
        resource += "" if part is None else f"/{part}"
    return {
        "module": hook["module"],
        "operation": occasion,
        "resource_uri": resource,
        "ids": [] if record is None else [str(record)],
        "timestamp": datetime.fromtimestamp(at, UTC).isoformat(),
        "token": hook["token"],
    }


def _merged(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, dict):
        return {key: _merged(inner, values) for key, inner in template.items()}
    if isinstance(template, list):
        return [_merged(inner, values) for inner in template]
    if not isinstance(template, str):
        return template
    whole = _MERGE.fullmatch(template)
    if whole is not None:
        return values.get(whole[1])
    return _MERGE.sub(lambda found: _plain(values.get(found[1])), template)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name")
    return "" if value is None else str(value)


# ---- schedules


def _schedule(store: Store, hook: Json, due: int) -> None:
    _send(store, hook, SCHEDULE, None, due, due)


def _again(store: Store, subject: str, due: int) -> None:
    """A scheduled call was taken: the next one waits."""
    hook = documents.get(store, KIND, as_id(subject))
    if hook is not None and hook.get("every"):
        _schedule(store, hook, due + hook["every"])


deliveries.TAKEN[SCHEDULE] = _again
events.OBSERVERS.append(observe)
