"""Notification channels: who wants to hear of which changes, until when, and what they are sent.

https://www.zoho.com/crm/developer/docs/api/v8/notifications/enable.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from zcrm_tools.emulator import deliveries, events
from zcrm_tools.emulator.caller import Caller
from zcrm_tools.emulator.events import Change, Happening
from zcrm_tools.emulator.render import context, fields_shown, read
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.schema import USERS
from zcrm_tools.emulator.store import Store, epoch, quoted

LONGEST: Final = 7 * 24 * 3600
DEFAULT: Final = 3600
"""Seconds a channel lives: at most a week; an hour when nothing, or more than a week, is asked for."""
OPERATIONS: Final = ("edit", "create", "delete")
_OPERATION_OF = {"insert": "create", "update": "edit", "delete": "delete"}
QUIET: Final = frozenset(
    {"Modified_Time", "Modified_By", "Last_Activity_Time", "Created_Time", "Created_By", "Change_Log_Time__s"}
)
"""Fields that move with every write and are never called affected."""
_TABLE = """CREATE TABLE IF NOT EXISTS _channel (
    channel TEXT NOT NULL, module TEXT NOT NULL, user INTEGER NOT NULL, operations TEXT NOT NULL, url TEXT NOT NULL,
    token TEXT, expiry INTEGER NOT NULL, with_values INTEGER NOT NULL, related INTEGER NOT NULL, condition TEXT,
    base TEXT NOT NULL, PRIMARY KEY (user, channel, module))"""
_COLUMNS = "channel, module, user, operations, url, token, expiry, with_values, related, condition, base"


@dataclass(frozen=True, slots=True)
class Channel:
    """One module of a channel. `condition` is the notification_condition for it; `base` the URL it was made at."""

    channel: str
    module: str
    user: int
    operations: tuple[str, ...]
    url: str
    token: str | None
    expiry: int
    with_values: bool
    related: bool
    condition: Json | None
    base: str

    @property
    def resource_uri(self) -> str:
        """Zoho says v2 here whatever the version of the call."""
        return f"{self.base}/crm/v2/{self.module}"


def ensure(store: Store) -> None:
    store.execute(_TABLE)


def expiry_of(store: Store, asked: int | None) -> int:
    now = epoch(store.clock.now())
    return now + DEFAULT if asked is None or asked > now + LONGEST else asked


def put(store: Store, one: Channel) -> None:
    ensure(store)
    store.execute(
        f"INSERT OR REPLACE INTO _channel ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            one.channel,
            one.module,
            one.user,
            json.dumps(one.operations),
            one.url,
            one.token,
            one.expiry,
            one.with_values,
            one.related,
            None if one.condition is None else json.dumps(one.condition),
            one.base,
        ),
    )


def drop(store: Store, one: Channel) -> None:
    sql = "DELETE FROM _channel WHERE user = ? AND channel = ? AND module = ?"
    store.execute(sql, (one.user, one.channel, one.module))


def live(
    store: Store, *, user: int | None = None, channel: str | None = None, module: str | None = None
) -> list[Channel]:
    """Those that have not expired, in the order they were made."""
    ensure(store)
    rows = store.fetch(
        f"SELECT {_COLUMNS} FROM _channel WHERE expiry > ? AND user = coalesce(?, user)"  # noqa: S608
        " AND channel = coalesce(?, channel) AND module = coalesce(?, module) ORDER BY rowid",
        (epoch(store.clock.now()), user, channel, module),
    )
    return [_loaded(row) for row in rows]


def _loaded(row: tuple[Any, ...]) -> Channel:
    channel, module, user, operations, url, token, expiry, with_values, related, condition, base = row
    return Channel(
        channel,
        module,
        user,
        tuple(json.loads(operations)),
        url,
        token,
        expiry,
        bool(with_values),
        bool(related),
        json.loads(condition) if condition else None,
        base,
    )


# ---- what is sent


def observe(store: Store, news: Change | Happening) -> None:
    if isinstance(news, Happening):
        return
    touched = [name for name in news.fields if name not in QUIET]
    for one in live(store, module=news.module):
        if _OPERATION_OF[news.operation] in one.operations and _wanted(one, news, touched):
            deliveries.enqueue(store, "notification", one.channel, one.url, _body(store, one, news, touched))


def _wanted(one: Channel, news: Change, touched: list[str]) -> bool:
    """A new record acts on the fields that have a value; of a deleted one every watcher hears."""
    if one.condition is None or news.operation == "delete":
        return True
    if news.operation == "insert":
        touched = [name for name, value in (news.after or {}).items() if value is not None]
    return _selected(one.condition["field_selection"], set(touched))


def _selected(selection: Json, touched: set[str]) -> bool:
    if selection.get("group"):
        every = str(selection.get("group_operator")).lower() == "and"
        found = [_selected(inner, touched) for inner in selection["group"]]
        return all(found) if every else any(found)
    return selection["field"]["api_name"] in touched


def _body(store: Store, one: Channel, news: Change, touched: list[str]) -> Json:
    body: Json = {"server_time": int(store.clock.now().timestamp() * 1000)}
    if one.with_values and news.operation == "update":
        values = shown_values(store, one.user, news.module, news.id, touched)
        body["affected_values"] = [{"record_id": str(news.id), "values": values}]
    affected = [{str(news.id): touched}] if news.operation == "update" else []
    return body | {
        "query_params": dict(parse_qsl(urlsplit(one.url).query)),
        "module": news.module,
        "resource_uri": one.resource_uri,
        "ids": [str(news.id)],
        "affected_fields": affected,
        "operation": news.operation,
        "channel_id": one.channel,
        "token": one.token,
    }


def shown_values(
    store: Store, user: int, module: str, record_id: int, names: Iterable[str]
) -> dict[str, Any]:
    """Fields of a record as the API shows them to a user."""
    row = store.get(USERS, user) or {}
    zone = ZoneInfo(row.get("time_zone") or store.org().get("time_zone") or "UTC")
    ctx = context(store, Caller(user, frozenset(), (8, 0), zone))
    wanted = fields_shown(ctx, store.modules[module], list(names))
    found = read(store, wanted, f"FROM {quoted(module)} t WHERE t.id = ?", (record_id,))
    return {key: value for key, value in (found[0] if found else {}).items() if key in names}


events.OBSERVERS.append(observe)
