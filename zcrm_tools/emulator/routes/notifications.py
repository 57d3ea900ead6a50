"""`/actions/watch`: subscribe to changes, look at one's subscriptions, change and end them.

https://www.zoho.com/crm/developer/docs/api/v8/notifications/enable.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import channels, refusals
from zcrm_tools.emulator.call import Call, as_id, parse_datetime, route
from zcrm_tools.emulator.channels import OPERATIONS, Channel
from zcrm_tools.emulator.render import zoned
from zcrm_tools.emulator.replies import Json, Refusal, nothing, page_info, reply, success
from zcrm_tools.emulator.schema import ModuleDef
from zcrm_tools.emulator.store import epoch

MAX_TOKEN = 50
MAX_FIELDS = 10
MAX_PAGE = 200
SUBSCRIBED = "Successfully subscribed for actions-watch of the given module"
UPDATED = "Successfully updated the subscribe details"
REMOVED = "Successfully removed the subscribe details"
ENDED = "Successfully un-subscribed from actions-watch"
_NO_TABLE = frozenset({"Notes", "Attachments", "Users"})


def enable(call: Call) -> Response:
    return _each(call, lambda item, path: _subscribe(call, item, path), ok=201)


def replace_all(call: Call) -> Response:
    """What is given stays, the rest of the channel goes."""

    def write(item: Json, path: str) -> Json:
        known = _known(call, item, path)
        answer = _subscribe(call, item, path)
        kept = {name.partition(".")[0] for name in item["events"]}
        for one in known:
            if one.module not in kept:
                channels.drop(call.store, one)
        return answer

    return _each(call, write, ok=200)


def change(call: Call) -> Response:
    def write(item: Json, path: str) -> Json:
        known = {one.module: one for one in _known(call, item, path)}
        wanted = _events(call, item, path)
        if item.get("_delete_events") is True:
            return _take_away(call, wanted, known)
        settings = _settings(call, item, path)
        changed = []
        conditions = _conditions(call, item, path, wanted)
        for module, operations in wanted.items():
            old = known.get(module)
            base = old or replace(next(iter(known.values())), module=module, operations=(), condition=None)
            both = tuple(op for op in OPERATIONS if op in {*operations, *base.operations})
            condition = conditions.get(module, base.condition)
            one = replace(base, operations=both, condition=condition, **settings)
            channels.put(call.store, one)
            changed.append(one)
        return success(UPDATED, {"events": [_event(call, one) for one in changed]})

    return _each(call, write, ok=200)


def _take_away(call: Call, wanted: dict[str, tuple[str, ...]], known: dict[str, Channel]) -> Json:
    gone = []
    for module, operations in wanted.items():
        one = known.get(module)
        if one is None or not set(operations) & set(one.operations):
            raise _not_subscribed()
        left = tuple(op for op in one.operations if op not in operations)
        if left:
            channels.put(call.store, replace(one, operations=left))
        else:
            channels.drop(call.store, one)
        gone.append({key: value for key, value in _event(call, one).items() if key != "channel_expiry"})
    return success(REMOVED, {"events": gone})


def disable(call: Call) -> Response:
    text = call.query.get("channel_ids")
    if not text:
        raise refusals.missing_param("channel_ids", "The expected parameter is missing")
    items: list[Json] = []
    with call.store.transaction():
        for channel in text.split(","):
            known = channels.live(call.store, user=call.caller.user_id, channel=channel.strip())
            if not known:
                items.append(_not_subscribed().item())
            for one in known:
                channels.drop(call.store, one)
                event = _event(call, one)
                details = {name: event[name] for name in ("resource_uri", "resource_id", "channel_id")}
                items.append(success(ENDED, details))
    return _answer(items, ok=200)


def show(call: Call) -> Response:
    page, per_page = (_number(call, name, default) for name, default in (("page", 1), ("per_page", MAX_PAGE)))
    if per_page > MAX_PAGE:
        raise refusals.too_many(MAX_PAGE, "per_page")
    found = channels.live(
        call.store,
        user=call.caller.user_id,
        channel=call.query.get("channel_id"),
        module=call.query.get("module"),
    )
    shown = found[(page - 1) * per_page : page * per_page]
    if not shown:
        return nothing()
    info = page_info(per_page=per_page, count=len(shown), page=page, more=len(found) > page * per_page)
    return reply({"watch": [_shown(call, one) for one in shown], "info": info})


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 10**9:
        raise refusals.bad_param(name)
    return int(text)


# ---- answers


def _each(call: Call, write: Callable[[Json, str], Json], *, ok: int) -> Response:
    """Answer for each entry of `watch` by itself."""
    body = call.json()
    if "watch" not in body:
        raise refusals.missing_key("$.watch")
    watch = body["watch"]
    if not isinstance(watch, list) or not watch:
        raise refusals.wrong_type("$.watch", "jsonarray")
    items: list[Json] = []
    with call.store.transaction():
        for number, item in enumerate(watch):
            path = f"$.watch[{number}]"
            try:
                if not isinstance(item, dict):
                    raise refusals.wrong_type(path, "jsonobject")
                with call.store.transaction():
                    items.append(write(item, path))
            except Refusal as refusal:
                items.append(refusal.item())
    return _answer(items, ok=ok)


def _answer(items: list[Json], *, ok: int) -> Response:
    passed = sum(item["status"] == "success" for item in items)
    return reply({"watch": items}, ok if passed == len(items) else 207 if passed else 400)


def _event(call: Call, one: Channel) -> Json:
    return {
        "channel_expiry": zoned(one.expiry, call.caller.time_zone),
        "resource_uri": one.resource_uri,
        "resource_id": str(call.store.modules[one.module].id),
        "resource_name": one.module,
        "channel_id": one.channel,
    }


def _shown(call: Call, one: Channel) -> Json:
    return {
        "notify_on_related_action": one.related,
        "channel_expiry": zoned(one.expiry, call.caller.time_zone),
        "return_affected_field_values": one.with_values,
        "resource_uri": one.resource_uri,
        "resource_id": str(call.store.modules[one.module].id),
        "notify_url": one.url,
        "resource_name": one.module,
        "fields": None,
        "notification_condition": None if one.condition is None else [one.condition],
        "channel_id": one.channel,
        "events": [f"{one.module}.{operation}" for operation in one.operations],
        "token": one.token,
    }


def _not_subscribed() -> Refusal:
    return Refusal("NOT_SUBSCRIBED", "The given channel is not subscribed")


# ---- what a subscription asks for


def _subscribe(call: Call, item: Json, path: str) -> Json:
    channel = _channel_id(item, path)
    wanted = _events(call, item, path)
    settings = {"token": None, "with_values": False, "related": True, **_settings(call, item, path)}
    if "url" not in settings:
        raise refusals.missing_key(f"{path}.notify_url")
    settings.setdefault("expiry", channels.expiry_of(call.store, None))
    conditions = _conditions(call, item, path, wanted)
    base = f"http://{call.headers.get('host', 'localhost')}"
    made = []
    for module, operations in wanted.items():
        one = Channel(
            channel=channel,
            module=module,
            user=call.caller.user_id,
            operations=operations,
            condition=conditions.get(module),
            base=base,
            **settings,
        )
        channels.put(call.store, one)
        made.append(one)
    return success(SUBSCRIBED, {"events": [_event(call, one) for one in made]})


def _channel_id(item: Json, path: str) -> str:
    if item.get("channel_id") is None:
        raise refusals.missing_key(f"{path}.channel_id")
    found = as_id(item["channel_id"])
    if found is None:
        raise refusals.wrong_type(f"{path}.channel_id", "bigint")
    return str(found)


def _known(call: Call, item: Json, path: str) -> list[Channel]:
    found = channels.live(call.store, user=call.caller.user_id, channel=_channel_id(item, path))
    if not found:
        raise _not_subscribed()
    return found


def _events(call: Call, item: Json, path: str) -> dict[str, tuple[str, ...]]:
    """The operations by module."""
    where = f"{path}.events"
    if item.get("events") is None:
        raise refusals.missing_key(where)
    listed = item["events"]
    if not isinstance(listed, list) or not listed:
        raise refusals.wrong_type(where, "jsonarray")
    found: dict[str, set[str]] = {}
    for number, text in enumerate(listed):
        name, dot, operation = text.partition(".") if isinstance(text, str) else ("", "", "")
        module = call.store.modules.get(name)
        known = module is not None and module.generated_type not in ("system", "subform", "linking")
        if not dot or operation not in (*OPERATIONS, "all") or not known or name in _NO_TABLE:
            raise refusals.bad_value(f"{where}[{number}]")
        found.setdefault(name, set()).update(OPERATIONS if operation == "all" else {operation})
    return {name: tuple(op for op in OPERATIONS if op in ops) for name, ops in found.items()}


def _settings(call: Call, item: Json, path: str) -> dict[str, Any]:
    """The keys that were given, by the names a Channel has for them."""
    found: dict[str, Any] = {}
    if item.get("notify_url") is not None:
        url = item["notify_url"]
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise refusals.bad_value(f"{path}.notify_url")
        found["url"] = url
    if item.get("token") is not None:
        if not isinstance(item["token"], str):
            raise refusals.wrong_type(f"{path}.token", "string")
        if len(item["token"]) > MAX_TOKEN:
            raise refusals.too_long(f"{path}.token", MAX_TOKEN)
        found["token"] = item["token"]
    for key, name in (
        ("return_affected_field_values", "with_values"),
        ("notify_on_related_action", "related"),
    ):
        if item.get(key) is not None:
            if not isinstance(item[key], bool):
                raise refusals.wrong_type(f"{path}.{key}", "boolean")
            found[name] = item[key]
    asked = item.get("channel_expiry")
    if asked is not None:
        moment = parse_datetime(asked) if isinstance(asked, str) else None
        if moment is None:
            raise refusals.wrong_type(f"{path}.channel_expiry", "datetime")
        if moment <= epoch(call.store.clock.now()):
            raise refusals.bad_value(f"{path}.channel_expiry")
        found["expiry"] = channels.expiry_of(call.store, moment)
    return found


def _conditions(call: Call, item: Json, path: str, wanted: dict[str, tuple[str, ...]]) -> dict[str, Json]:
    """The notification_condition by module."""
    listed = item.get("notification_condition")
    if listed is None:
        return {}
    if not isinstance(listed, list):
        raise refusals.wrong_type(f"{path}.notification_condition", "jsonarray")
    found = {}
    for number, condition in enumerate(listed):
        where = f"{path}.notification_condition[{number}]"
        if not isinstance(condition, dict):
            raise refusals.wrong_type(where, "jsonobject")
        if condition.get("type") is None:
            if "field_selection" in condition:
                raise refusals.needs(f"{where}.field_selection", f"{where}.type")
            raise refusals.missing_key(f"{where}.type")
        if condition["type"] != "field_selection":
            raise refusals.not_listed(f"{where}.type", ["field_selection"])
        module = _module(call, condition, where)
        if module.api_name not in wanted:
            raise refusals.bad_value(f"{where}.module.api_name")
        if condition.get("field_selection") is None:
            raise refusals.missing_key(f"{where}.field_selection")
        selection, count = _selection(module, condition["field_selection"], f"{where}.field_selection", 0)
        if count > MAX_FIELDS:
            raise refusals.too_long(f"{where}.field_selection.group", MAX_FIELDS)
        about = {"api_name": module.api_name, "id": str(module.id)}
        found[module.api_name] = {"field_selection": selection, "module": about, "type": "field_selection"}
    return found


def _module(call: Call, condition: Json, where: str) -> ModuleDef:
    given = condition.get("module")
    if given is None:
        raise refusals.missing_key(f"{where}.module")
    if not isinstance(given, dict):
        raise refusals.wrong_type(f"{where}.module", "jsonobject")
    name, key = given.get("api_name"), given.get("id")
    if name is None and key is None:
        fields = [{"api_name": one, "json_path": f"{where}.module.{one}"} for one in ("api_name", "id")]
        message = "One of the expected field(s) is missing"
        raise Refusal("EXPECTED_FIELD_MISSING", message, {"expected_fields": fields})
    by_name = call.store.modules.get(name) if isinstance(name, str) else None
    by_id = next((m for m in call.store.modules.values() if str(m.id) == str(key)), None)
    if name is not None and by_name is None:
        raise refusals.bad_value(f"{where}.module.api_name")
    if key is not None and by_id is None:
        raise refusals.bad_value(f"{where}.module.id")
    if by_name is not None and by_id is not None and by_name is not by_id:
        due_to = [{"api_name": one, "json_path": f"{where}.module.{one}"} for one in ("api_name", "id")]
        message = "Ambiguity while processing the request"
        raise Refusal("AMBIGUITY_DURING_PROCESSING", message, {"ambiguity_due_to": due_to})
    found = by_name or by_id
    if found is None:
        raise refusals.bad_value(f"{where}.module.api_name")
    return found


def _selection(module: ModuleDef, given: Any, where: str, depth: int) -> tuple[Json, int]:
    """A selection as it is shown, and how many fields it names."""
    if not isinstance(given, dict):
        raise refusals.wrong_type(where, "jsonobject")
    if given.get("field") is not None:
        named = given["field"]
        if not isinstance(named, dict):
            raise refusals.wrong_type(f"{where}.field", "jsonobject")
        name, key = named.get("api_name"), named.get("id")
        field = module.fields.get(str(name)) if name is not None else None
        if name is None:
            field = next((f for f in module.fields.values() if str(f.id) == str(key)), None)
        if field is None:
            raise refusals.bad_value(f"{where}.field.api_name")
        shown = {"api_name": field.api_name, "id": str(field.id)}
        return {"field": shown, "group_operator": None, "group": None}, 1
    operator, group = given.get("group_operator"), given.get("group")
    if operator is None:
        raise refusals.missing_key(f"{where}.group_operator")
    if str(operator).lower() not in ("and", "or"):
        raise refusals.not_listed(f"{where}.group_operator", ["and", "or"])
    if group is None:
        raise refusals.missing_key(f"{where}.group")
    if not isinstance(group, list) or not group or depth > MAX_FIELDS:
        raise refusals.wrong_type(f"{where}.group", "jsonarray")
    members = [_selection(module, one, f"{where}.group[{at}]", depth + 1) for at, one in enumerate(group)]
    inner = [member for member, _ in members]
    return {"group_operator": operator, "group": inner}, sum(count for _, count in members)


routes: list[Route] = [
    route("/actions/watch", enable, "enable_notifications", "POST"),
    route("/actions/watch", show, "list_notifications"),
    route("/actions/watch", replace_all, "replace_notifications", "PUT"),
    route("/actions/watch", change, "change_notifications", "PATCH"),
    route("/actions/watch", disable, "disable_notifications", "DELETE"),
]
