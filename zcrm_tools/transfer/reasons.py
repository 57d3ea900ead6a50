"""Why a row was not written, or the whole import not gone on with, and what a person does about it."""

from __future__ import annotations

from collections.abc import Sequence

from zcrm_tools.errors import NOTHING_WRITTEN, Problem
from zcrm_tools.transfer.intake import Import, Row
from zcrm_tools.transfer.progress import counted


def ambiguous(asked: Import, row: Row, ids: Sequence[str]) -> Problem:
    name = asked.key.api_name if asked.key else "id"
    return Problem(
        "AMBIGUOUS_KEY",
        f"{len(ids)} {asked.module} have the {name} {row.key!r}.",
        NOTHING_WRITTEN,
        "Give the id of the one that is meant, or join them first.",
        field=name,
        where=f"row {row.number}",
        allowed=tuple(ids[:10]),
    )


def nobody(asked: Import, row: Row) -> Problem:
    name = asked.key.api_name if asked.key else "id"
    return Problem(
        "RECORD_NOT_FOUND",
        f"No {asked.module} record has the {name} {row.key!r}.",
        NOTHING_WRITTEN,
        "Correct it, or import with --mode upsert to make it." if asked.key else "Correct it.",
        field=name,
        where=f"row {row.number}",
    )


def needs_person(rows: int) -> Problem:
    return Problem(
        "NEEDS_APPROVAL",
        f"A person must agree to writing {rows:,} records.",
        NOTHING_WRITTEN,
        "Name the person who did: `approved_by`, or answer `zcrm import` at a terminal.",
        fix_by="person",
    )


def too_many(rows: int, most: int, source: str) -> Problem:
    return Problem(
        "POLICY_ROWS",
        f"It writes {rows:,} records, and the operator's policy ends at {most:,}.",
        NOTHING_WRITTEN,
        f"Import a part of them, or ask the operator to change the policy ({source}).",
        fix_by="person",
    )


def never_many(rows: int, cap: int, source: str) -> Problem:
    return Problem(
        "POLICY_EFFECT",
        f"It writes {rows:,} records, and the operator's policy refuses what writes more than {cap:,}.",
        NOTHING_WRITTEN,
        f"Import a part of them, or ask the operator to change the policy ({source}).",
        fix_by="person",
    )


def dear(credits: int, limit: int) -> Problem:
    return Problem(
        "COST_TOO_HIGH",
        f"This import costs up to {credits:,} credits, and the limit is {limit:,}.",
        NOTHING_WRITTEN,
        "Raise --max-credits, or import a part of the file.",
        fix_by="person",
    )


def spent(limit: int) -> Problem:
    return Problem(
        "BUDGET_SPENT",
        f"The import stopped at its limit of {limit} credits.",
        "The rows that are left were not written.",
        "Run the same command with a higher --max-credits to go on.",
        fix_by="person",
    )


def tired(rows: int) -> Problem:
    return Problem(
        "NOT_TAKEN",
        f"Zoho did not take {rows:,} rows, though they were sent several times.",
        "These were not written; the others were.",
        "Run the same import again later: it goes on with them.",
        fix_by="wait",
    )


def written_before(written: int, gone: int, new: int) -> Problem:
    return Problem(
        "WRITTEN_BEFORE",
        f"{counted(written + gone, 'row')} of this file were written before; {gone:,} of them no longer in it as written."
        f" {counted(new, 'row')} would be new, and may be the same ones, mended or by other columns.",
        NOTHING_WRITTEN,
        "If they are, import with --mode upsert --key FIELD, or with the columns and --map as they were; if they are other"
        " rows, with --as-new; --again writes every row.",
        fix_by="person",
    )


LOST = Problem(
    "OUTCOME_UNKNOWN",
    "It was sent and no answer came.",
    "It is not known whether it was written.",
    "Run the same import again: it looks for the record first.",
    fix_by="wait",
)
BUSY = Problem(
    "BUSY",
    "Another process is importing the same rows.",
    "This one stopped before its next batch.",
    "Let the other one finish.",
    fix_by="wait",
)
