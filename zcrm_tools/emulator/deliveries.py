"""Calls the emulator makes of its own accord: notifications, webhooks, callbacks of bulk jobs.

A call is a row first, written in the transaction of what caused it, and sent after the commit by a thread that lives
while there is something to send. Zoho documents no retry: a call is made once, and how it ended stays in its row.
"""

from __future__ import annotations

import http.client
import json
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from zcrm_tools.datacenters import is_loopback
from zcrm_tools.emulator import jobs
from zcrm_tools.emulator.store import Store, epoch

Deliver = Callable[[str, str, Mapping[str, str], bytes], int]
"""Makes one call (url, method, headers, body) and gives the status of the answer. Raises OSError when none came."""

TIMEOUT_SECONDS: Final = 20
KEPT: Final = 1_000
_LOOK_AGAIN_SECONDS = 0.5
_TABLE = """CREATE TABLE IF NOT EXISTS _delivery (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, url TEXT NOT NULL, method TEXT NOT NULL,
    headers TEXT NOT NULL, body BLOB NOT NULL, due INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
    status INTEGER, error TEXT, at INTEGER)"""


class NotCalled(OSError):
    """The address is not called; the text says why."""


def send(url: str, method: str, headers: Mapping[str, str], body: bytes) -> int:
    """One call over HTTP, nowhere but to this machine."""
    if not is_loopback(url):
        raise NotCalled("The emulator calls addresses of this machine only.")
    return send_anywhere(url, method, headers, body)


def send_anywhere(url: str, method: str, headers: Mapping[str, str], body: bytes) -> int:
    """One call over HTTP or HTTPS to any address."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, dict(headers))
        return connection.getresponse().status
    except http.client.HTTPException as problem:
        raise OSError(f"{type(problem).__name__}: {problem}") from problem
    finally:
        connection.close()


TAKEN: Final[dict[str, Callable[[Store, str, int], None]]] = {}
"""By kind, what is to be done with (store, subject, due) once a call is taken to be made."""


def ensure(store: Store) -> None:
    store.execute(_TABLE)


def enqueue(
    store: Store,
    kind: str,
    subject: str,
    url: str,
    body: Any,
    *,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    due: int | None = None,
) -> None:
    """Have a call made once the transaction is through, and not before `due` (epoch seconds).

    `kind` and `subject` say in the log what it is about: a channel's id, a webhook's, a job's. `body` is sent as
    JSON, bytes as they are.
    """
    ensure(store)
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    sent = {"Content-Type": "application/json;charset=UTF-8", **(headers or {})}
    store.execute(
        "INSERT INTO _delivery (kind, subject, url, method, headers, body, due) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            kind,
            subject,
            url,
            method,
            json.dumps(sent),
            data,
            epoch(store.clock.now()) if due is None else due,
        ),
    )
    courier_of(store).wake()


def cancel(store: Store, kind: str, subject: str) -> None:
    """Do not make the calls that wait."""
    ensure(store)
    sql = "DELETE FROM _delivery WHERE state = 'waiting' AND kind = ? AND subject = ?"
    store.execute(sql, (kind, subject))


def log(store: Store) -> list[dict[str, Any]]:
    """The calls that were made or wait, oldest first."""
    ensure(store)
    names = (
        "id",
        "kind",
        "subject",
        "url",
        "method",
        "headers",
        "body",
        "due",
        "state",
        "status",
        "error",
        "at",
    )
    rows = store.fetch(f"SELECT {', '.join(names)} FROM _delivery ORDER BY id")  # noqa: S608 - a literal
    return [
        {
            **dict(zip(names, row, strict=True)),
            "headers": json.loads(row[5]),
            "body": row[6].decode("utf-8", "replace"),
        }
        for row in rows
    ]


class Courier:
    """Makes the calls of one store, one after another in the order they fell due."""

    def __init__(self, store: Store, deliver: Deliver = send) -> None:
        self.deliver = deliver
        self._store = weakref.ref(store)
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._asked = False
        self._busy = False
        self._until: int | None = None

    def wake(self) -> None:
        """There may be something to send."""
        with self._changed:
            self._asked = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="zoho-emulator-courier", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def wake_at(self, due: int) -> None:
        """Scheduled work falls due at a moment (epoch seconds), whether or not a request comes in."""
        with self._changed:
            self._until = due if self._until is None else max(self._until, due)
        self.wake()

    def settled(self, timeout: float = 10) -> bool:
        """Wait until all that is due has been sent; whether that came about in `timeout` seconds.

        Call it from another thread than the one the receiver runs in.
        """
        deadline = time.monotonic() + timeout
        while True:
            store = self._store()
            if store is None:
                return True
            jobs.settle(store)
            if not _outstanding(store) and not self._busy:  # in this order: a call is taken while busy
                return True
            if time.monotonic() > deadline:
                return False
            self.wake()
            with self._changed:
                self._changed.wait(0.02)

    def _run(self) -> None:
        try:
            while self._step():
                pass
        except sqlite3.ProgrammingError:
            pass  # the store was closed: nothing is left to send from
        finally:
            with self._changed:
                if self._thread is threading.current_thread():
                    self._thread = None
                self._changed.notify_all()

    def _step(self) -> bool:
        """Send what is due, and wait for more; False when nothing can come up without a `wake`."""
        store = self._store()
        if store is None:
            return False
        with self._changed:
            self._asked = False
        jobs.settle(store)
        self._busy = True
        try:
            while self._send_one(store):
                with self._changed:
                    self._changed.notify_all()
        finally:
            self._busy = False
        now = epoch(store.clock.now())
        waiting = _next_due(store)
        del store
        with self._changed:
            if self._until is not None and self._until <= now:
                self._until = None
            if self._asked:
                return True
            if waiting is None and self._until is None:
                self._thread = None
                return False
            self._changed.wait(_LOOK_AGAIN_SECONDS)
        return True

    def _send_one(self, store: Store) -> bool:
        row = _claim(store)
        if row is None:
            return False
        number, url, method, headers, body = row
        status, error = None, None
        try:
            status = self.deliver(url, method, json.loads(headers), body)
        except (OSError, ValueError) as problem:  # ValueError: an address http.client cannot make sense of
            error = f"{type(problem).__name__}: {problem}"
        good = status is not None and 200 <= status < 300
        store.execute(
            "UPDATE _delivery SET state = ?, status = ?, error = ? WHERE id = ?",
            ("sent" if good else "failed", status, error, number),
        )
        return True


_couriers: weakref.WeakKeyDictionary[Store, Courier] = weakref.WeakKeyDictionary()


def courier_of(store: Store) -> Courier:
    """The one that sends for a store; its `deliver` may be replaced."""
    found = _couriers.get(store)
    if found is None:
        found = _couriers[store] = Courier(store)
    return found


def _claim(store: Store) -> tuple[int, str, str, str, bytes] | None:
    """Take the next call that is due, so that no other process makes it too."""
    now = epoch(store.clock.now())
    with store.transaction():
        ensure(store)
        found = store.fetch(
            "SELECT id, url, method, headers, body, kind, subject, due FROM _delivery WHERE state = 'waiting' AND due <= ?"
            " ORDER BY due, id LIMIT 1",
            (now,),
        )
        if not found:
            return None
        store.execute("UPDATE _delivery SET state = 'sending', at = ? WHERE id = ?", (now, found[0][0]))
        store.execute("DELETE FROM _delivery WHERE id <= ? AND state <> 'waiting'", (found[0][0] - KEPT,))
        number, url, method, headers, body, kind, subject, due = found[0]
        if kind in TAKEN:
            TAKEN[kind](store, subject, due)
    return number, url, method, headers, body


def _next_due(store: Store) -> int | None:
    found: int | None = store.fetch("SELECT min(due) FROM _delivery WHERE state = 'waiting'")[0][0]
    return found


def _outstanding(store: Store) -> bool:
    ensure(store)
    now = epoch(store.clock.now())
    sql = "SELECT 1 FROM _delivery WHERE state = 'waiting' AND due <= ? LIMIT 1"
    return bool(store.fetch(sql, (now,)))
