"""Work that Zoho schedules: mass updates, deletions, conversions, changes of owner, merges, restorations.

A job's state is a function of the clock: scheduled for a moment, then so many records a second. Nothing runs behind
the scenes; `settle`, called before each request, does what is due by then, stamped with the time it was due.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from zcrm_tools.emulator.clock import standing_at
from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.store import Store, epoch

WAIT: Final = 2
"""Seconds a job is scheduled before it runs."""
RATE: Final = 500
"""Records a second."""
KEPT: Final = timedelta(days=60)
"""How long the outcome of a job can be asked for."""
MAX_RECORDS: Final = 50_000

State = Literal["SCHEDULED", "RUNNING", "COMPLETED", "FAILED"]


@dataclass(frozen=True, slots=True)
class Job:
    """`module` is the API name, `ids` the records it is about, in order; `body` what its runner needs to know."""

    id: int
    kind: str
    module: str
    key: str
    by: int
    version: tuple[int, int]
    at: int
    body: dict[str, Any]
    ids: list[int]
    done: int
    failed: int
    state: State

    @property
    def total(self) -> int:
        return len(self.ids)

    @property
    def open(self) -> bool:
        return self.state in ("SCHEDULED", "RUNNING")


Runner = Callable[[Store, Job, int], bool]
"""Does a job's work on one record; whether it could. A Refusal counts as could not."""

_RUNNERS: dict[str, Runner] = {}


def runs(kind: str, runner: Runner) -> None:
    """Say who does the work of a kind of job."""
    _RUNNERS[kind] = runner


def ensure(store: Store) -> None:
    store.execute(
        "CREATE TABLE IF NOT EXISTS _job (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, module TEXT NOT NULL,"
        " key TEXT NOT NULL, by INTEGER NOT NULL, version TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,"
        " ids TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,"
        " open INTEGER NOT NULL DEFAULT 1)"
    )


def schedule(
    store: Store,
    kind: str,
    module: str,
    ids: Sequence[int],
    body: Mapping[str, Any],
    *,
    by: int,
    version: tuple[int, int],
    key: str = "",
) -> int:
    """Keep a job for later; its id. `key` tells jobs of one kind and module apart, such as by custom view."""
    ensure(store)
    job = store.next_id()
    store.execute(
        "INSERT INTO _job (id, kind, module, key, by, version, at, body, ids) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            job,
            kind,
            module,
            key,
            by,
            json.dumps(version),
            epoch(store.clock.now()),
            json.dumps(body),
            json.dumps(list(ids)),
        ),
    )
    store.set_meta("jobs", 1)
    return job


def settle(store: Store) -> None:
    """Do the work of all jobs that is due by now, the oldest job first."""
    if not store.meta("jobs"):
        return
    with store.transaction():
        ensure(store)
        found = store.fetch("SELECT id FROM _job WHERE open ORDER BY at, id")
        for (job,) in found:
            _advance(store, _read(store, job))
        if not store.fetch("SELECT 1 FROM _job WHERE open LIMIT 1"):
            store.set_meta("jobs", 0)


def _advance(store: Store, job: Job) -> None:
    """Bring one job to where the clock says it is: whole seconds of work at a time."""
    now = epoch(store.clock.now())
    done, failed = job.done, job.failed
    start = job.at + WAIT
    while done < job.total and start + done // RATE + 1 <= now:
        with standing_at(datetime.fromtimestamp(start + done // RATE + 1, UTC)):
            for record_id in job.ids[done : done + RATE]:
                failed += not _worked(store, job, record_id)
        done = min(done + RATE, job.total)
    open_ = done < job.total or now < start
    store.execute(
        "UPDATE _job SET done = ?, failed = ?, open = ? WHERE id = ?", (done, failed, int(open_), job.id)
    )


def _worked(store: Store, job: Job, record_id: int) -> bool:
    try:
        with store.transaction():
            return _RUNNERS[job.kind](store, job, record_id)
    except Refusal:
        return False


def _read(store: Store, job: int) -> Job:
    (found,) = store.fetch(
        "SELECT kind, module, key, by, version, at, body, ids, done, failed, open FROM _job WHERE id = ?",
        (job,),
    )
    kind, module, key, by, version, at, body, ids, done, failed, is_open = found
    ids = json.loads(ids)
    state: State = "RUNNING"
    if not is_open:
        state = "FAILED" if ids and failed == len(ids) else "COMPLETED"
    elif epoch(store.clock.now()) < at + WAIT:
        state = "SCHEDULED"
    major, minor = json.loads(version)
    body = json.loads(body)
    return Job(job, kind, module, key, by, (major, minor), at, body, ids, done, failed, state)


def find(store: Store, kind: str, job_id: int | None) -> Job | None:
    """A job by its id, while its outcome is kept."""
    ensure(store)
    since = epoch(store.clock.now() - KEPT)
    sql = "SELECT id FROM _job WHERE id = ? AND kind = ? AND at > ?"
    found = store.fetch(sql, (job_id, kind, since))
    return _read(store, found[0][0]) if found else None


def all_of(store: Store, kind: str, module: str, key: str | None = None) -> list[Job]:
    """The jobs of a kind in a module that are still kept, newest first."""
    ensure(store)
    since = epoch(store.clock.now() - KEPT)
    sql = (
        "SELECT id FROM _job WHERE kind = ? AND module = ? AND key = coalesce(?, key) AND at > ?"
        " ORDER BY at DESC, id DESC"
    )
    return [_read(store, job) for (job,) in store.fetch(sql, (kind, module, key, since))]
