"""Mails sent through the API. Nothing leaves the emulator: they lie here for tests to read.

A scheduled mail is sent once the clock has passed its time. https://www.zoho.com/crm/developer/docs/api/v8/send-mail.html
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zcrm_tools.emulator.store import epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zcrm_tools.emulator.store import Store

DAILY = 100
"""Mails an org may send within 24 hours."""
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Mail:
    """`body` is what was asked for, as JSON; `due` is when it goes out, epoch seconds. `sent` by the clock."""

    message_id: str
    module: str
    record: int
    by: int
    at: int
    due: int
    scheduled: bool
    body: dict[str, Any]
    sent: bool


def ensure(store: Store) -> None:
    store.execute(
        "CREATE TABLE IF NOT EXISTS _mail (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, module TEXT NOT NULL,"
        " record INTEGER NOT NULL, by INTEGER NOT NULL, at INTEGER NOT NULL, due INTEGER NOT NULL,"
        " scheduled INTEGER NOT NULL, body TEXT NOT NULL)"
    )


def send(store: Store, of: tuple[str, int], by: int, body: dict[str, Any], due: int | None) -> Mail:
    """Put a mail into the outbox, for later when `due` says so."""
    ensure(store)
    now = epoch(store.clock.now())
    made = (secrets.token_hex(32), *of, by, now, due or now, int(due is not None), json.dumps(body))
    store.execute(
        "INSERT INTO _mail (id, module, record, by, at, due, scheduled, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        made,
    )
    return _mail(store, made)


def _mail(store: Store, row: Sequence[Any]) -> Mail:
    message_id, module, record, by, at, due, scheduled, body = row
    sent = due <= epoch(store.clock.now())
    return Mail(message_id, module, record, by, at, due, bool(scheduled), json.loads(body), sent)


def mails(store: Store, where: str = "1", values: Sequence[object] = ()) -> list[Mail]:
    """Newest first."""
    ensure(store)
    sql = "SELECT id, module, record, by, at, due, scheduled, body FROM _mail"
    rows = store.fetch(f"{sql} WHERE {where} ORDER BY number DESC", values)
    return [_mail(store, row) for row in rows]


def sent_within_a_day(store: Store) -> int:
    ensure(store)
    since = epoch(store.clock.now()) - _DAY
    return int(store.fetch("SELECT count(*) FROM _mail WHERE at > ?", (since,))[0][0])


def as_json(store: Store) -> list[dict[str, Any]]:
    """The outbox for the control plane, oldest first; instants as epoch seconds, ids as strings."""
    return [
        {
            "message_id": mail.message_id,
            "module": mail.module,
            "record": str(mail.record),
            "by": str(mail.by),
            "at": mail.at,
            "due": mail.due,
            "sent": mail.sent,
            "mail": mail.body,
        }
        for mail in reversed(mails(store))
    ]
