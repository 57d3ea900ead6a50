"""What bulk jobs have in common: how they start, what state they show, where their files are kept.

https://www.zoho.com/crm/developer/docs/api/v8/bulk-read/overview.html
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from zcrm_tools.emulator import deliveries, jobs
from zcrm_tools.emulator.call import Call
from zcrm_tools.emulator.jobs import RATE, WAIT, Job
from zcrm_tools.emulator.render import context, zoned
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.store import Store, epoch

AT_ONCE: Final = "jobs_at_once"
"""The key of `Store.meta` that makes bulk jobs finish in the call that creates them."""
FILE_SECONDS: Final = 24 * 3600
_TABLES = (
    "CREATE TABLE IF NOT EXISTS _bulk_file (job INTEGER PRIMARY KEY, body BLOB NOT NULL, at INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS _bulk_download (user INTEGER NOT NULL, at INTEGER NOT NULL)",
)


def ensure(store: Store) -> None:
    for sql in _TABLES:
        store.execute(sql)


def start(
    call: Call,
    kind: str,
    module: str,
    count: int,
    body: Mapping[str, Any],
    before: Callable[[int], None] = lambda _job: None,
) -> int:
    """Schedule a job of `count` steps; its id. `before` keeps what the work needs, under the job's id."""
    store, now = call.store, epoch(call.store.clock.now())
    kept = {**body, "created_time": now, "zone": call.caller.time_zone.key}
    job = jobs.schedule(
        store, kind, module, range(count), kept, by=call.caller.user_id, version=call.caller.version
    )
    before(job)
    last = WAIT + -(-count // RATE)
    if store.meta(AT_ONCE):
        store.execute("UPDATE _job SET at = at - ? WHERE id = ?", (last, job))
        jobs.settle(store)
    else:
        deliveries.courier_of(store).wake_at(now + last)
    return job


def state_of(store: Store, job: Job) -> str:
    """A function of the clock: ADDED, QUEUED after a second, IN PROGRESS once its work begins, COMPLETED, FAILURE."""
    if not job.open:
        return "FAILURE" if job.state == "FAILED" else "COMPLETED"
    waited = epoch(store.clock.now()) - job.at
    return "ADDED" if waited < 1 else "QUEUED" if waited < WAIT else "IN PROGRESS"


def people(call: Call, user: int) -> Json:
    found = context(call.store, call.caller).users.get(user, {"id": str(user), "name": None})
    return {"id": found["id"], "name": found["name"]}


def created_time(call: Call, job: Job) -> str:
    return zoned(job.body["created_time"], call.caller.time_zone)


def not_found(text: str) -> Refusal:
    return Refusal(
        "RESOURCE_NOT_FOUND", "The requested resource doesn't exist.", {"resource": text}, status=404
    )


def callback_of(body: Mapping[str, Any]) -> Json | None:
    """The callback a job asks for, checked. Zoho's samples write `callBack` too."""
    given = body.get("callback", body.get("callBack"))
    if given is None:
        return None
    url = given.get("url") if isinstance(given, dict) else None
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or not _host(url):
        raise Refusal("INVALID_CALLBACK_URL", "The callback URL is invalid.", {"api_name": "url"})
    if str(given.get("method", "")).lower() != "post":
        details = {"supported_callback_methods": ["post"]}
        raise Refusal("INVALID_CALLBACK_METHOD", "The callback method is not supported.", details)
    return {"url": url, "method": "post"}


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


# ---- files


def zipped(name: str, data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def keep(store: Store, job: int, body: bytes) -> None:
    ensure(store)
    now = epoch(store.clock.now())
    store.execute("INSERT OR REPLACE INTO _bulk_file VALUES (?, ?, ?)", (job, body, now))
    store.execute("DELETE FROM _bulk_file WHERE at <= ?", (now - FILE_SECONDS,))


def file_of(store: Store, job: int) -> bytes | None:
    """The result of a job, for 24 hours."""
    ensure(store)
    since = epoch(store.clock.now()) - FILE_SECONDS
    found = store.fetch("SELECT body FROM _bulk_file WHERE job = ? AND at > ?", (job, since))
    return bytes(found[0][0]) if found else None


def count_download(call: Call, *, most: int = 10, seconds: int = 60) -> None:
    """Refuse more than ten downloads a minute."""
    store, now = call.store, epoch(call.store.clock.now())
    ensure(store)
    with store.transaction():
        store.execute("DELETE FROM _bulk_download WHERE at <= ?", (now - seconds,))
        sql = "SELECT count(*) FROM _bulk_download WHERE user = ?"
        if store.fetch(sql, (call.caller.user_id,))[0][0] >= most:
            message = "You have exceeded the number of downloads allowed in a minute."
            raise Refusal("TOO_MANY_REQUESTS", message, status=429)
        store.execute("INSERT INTO _bulk_download VALUES (?, ?)", (call.caller.user_id, now))
