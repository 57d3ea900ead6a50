"""What every writing action answers: what was or would be written, record by record, and what to do next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from zcrm_tools.actions.action import Call, In, Input, Output
from zcrm_tools.errors import NOTHING_WRITTEN
from zcrm_tools.safety import asker
from zcrm_tools.safety.changes import LASTING, RecordChange
from zcrm_tools.safety.plan import Proposal, Result
from zcrm_tools.safety.show import exact, plain, spelled

if TYPE_CHECKING:  # to list tools loads no HTTP client
    from zcrm_tools.safety.gate import Submitted

PLAN_ID = "Apply this waiting plan, other arguments unchanged"


class WriteInput(Input):
    """The arguments that every writing action shares."""

    dry_run: Annotated[bool, Field(description="Only show the plan")] = False
    plan_id: Annotated[str, Field(description=PLAN_ID)] = ""


class Changed(Output):
    field: str
    old: Any = None
    new: Any = None


class Entry(Output):
    kind: str
    module: str
    id: str = ""
    name: str = ""
    outcome: str = ""
    change_id: str = ""
    made: Annotated[dict[str, Any], Field(description="Ids of what came of it")] = {}
    problem: str = ""
    changes: list[Changed] = []


class Written(Output):
    """`waiting` and `unchanged` wrote nothing; `unknown` may have."""

    status: Literal["applied", "partly_applied", "waiting", "unchanged", "refused", "unknown"]
    summary: str
    next_step: str = ""
    plan_id: str = ""
    needs_person: Annotated[bool, Field(description="Waits for a person's approval")] = False
    credits: int = 0
    warnings: list[str] = []
    likely_duplicates: list[dict[str, str]] = []
    unchanged: Annotated[list[str], Field(description="Ids that already had the values")] = []
    records: list[Entry] = []

    def _repr_html_(self) -> str:
        from zcrm_tools.screens import page

        rows = [
            (f"{one.kind} {one.name or one.id}", field.field, field.old, spelled(field.new))
            for one in self.records
            for field in one.changes
        ]
        refused = [f"{one.name or one.id}: {one.problem}" for one in self.records if one.problem]
        twins = [f"May be there already: {', '.join(twin.values())}" for twin in self.likely_duplicates]
        named = self.status != "waiting" or self.plan_id in self.next_step
        note = self.next_step if named else f"{self.next_step} ({self.plan_id})"
        return page.differences(self.summary, note, rows, (*refused, *self.warnings, *twins))


def writing(propose: Callable[[Call, In], Awaitable[Proposal]]) -> Callable[[Call, In], Awaitable[Written]]:
    """What an action does that only proposes: the gate plans and perhaps applies it, and the answer is put into words."""

    async def do(call: Call, given: In) -> Written:
        return written(await call.gate.submit(call.action, call.arguments, lambda: propose(call, given)))

    return do


def written(submitted: Submitted) -> Written:
    """Put the gate's answer into words."""
    plan = submitted.plan
    duplicates: list[dict[str, str]] = list(plan.proposal.facts.get("likely_duplicates", ()))
    warnings = [str(w) for w in plan.proposal.warnings]
    shown: dict[str, Any] = {
        "warnings": warnings,
        "likely_duplicates": duplicates,
        "unchanged": list(plan.proposal.facts.get("unchanged", ())),
        "credits": plan.credits,
    }
    if submitted.status == "unchanged":
        return Written(
            status="unchanged",
            summary=f"The records already have these values. {NOTHING_WRITTEN}",
            warnings=warnings,
        )
    if submitted.receipt is None:
        return Written(
            status="waiting",
            summary=f"Waiting: {submitted.reason}. {NOTHING_WRITTEN}",
            next_step=_how_to_apply(submitted),
            plan_id=plan.id,
            needs_person=submitted.needs_person,
            records=[_entry(change) for change in plan.changes],
            **shown,
        )
    entries = [_entry(c, r) for c, r in zip(plan.changes, submitted.receipt.results, strict=True)]
    status, summary = _verdict(submitted.receipt.results)
    again = "This was already done; nothing was written a second time. " if submitted.repeated else ""
    return Written(
        status=status,
        summary=again + summary,
        next_step=_after(status, plan.changes),
        plan_id=plan.id,
        records=entries,
        **shown,
    )


def _how_to_apply(submitted: Submitted) -> str:
    if submitted.needs_person:
        return (
            f"A person must approve it {_where(submitted)}; "
            "then call this tool again with the same arguments and the plan_id."
        )
    return "To write exactly this, call again with the same arguments and this plan_id within ten minutes."


def _where(submitted: Submitted) -> str:
    page = asker.current().page
    if page and "page" in submitted.ways:
        return f"at {page}"
    if "terminal" in submitted.ways:
        return f"by running `zcrm approve {submitted.plan.id}`"
    return "in Python or a notebook" if "python" in submitted.ways else "in this program"


def _verdict(
    results: tuple[Result, ...],
) -> tuple[Literal["applied", "partly_applied", "refused", "unknown"], str]:
    done = sum(r.status == "done" for r in results)
    if any(r.status == "unknown" for r in results):
        return "unknown", f"Sent, but the answer was lost: {done} of {len(results)} are known to be written."
    if done == len(results):
        return "applied", f"{done} record{'s' if done != 1 else ''} written."
    if done:
        return "partly_applied", f"{done} of {len(results)} records written; the others were refused."
    return "refused", f"Zoho refused {'it' if len(results) == 1 else 'all of them'}. {NOTHING_WRITTEN}"


def _after(status: str, changes: tuple[RecordChange, ...]) -> str:
    if status == "unknown":
        return "Look the records up before writing again: a second attempt could write twice."
    if status == "refused" or all(c.kind in LASTING for c in changes):
        return ""
    return "undo_change with a change_id reverses that record's change."


def _entry(change: RecordChange, result: Result | None = None) -> Entry:
    entry = Entry(
        kind=change.kind,
        module=change.module,
        id=change.id,
        name=change.name,
        changes=[Changed(field=f.field, old=plain(f.old), new=exact(f.new)) for f in change.fields],
    )
    if result is None:
        return entry
    problem = str(result.problem) if result.problem else ""
    return entry.model_copy(
        update={
            "id": result.id,
            "outcome": result.status,
            "change_id": result.change,
            "made": dict(result.details),
            "problem": problem,
        }
    )
