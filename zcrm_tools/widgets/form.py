"""A form of one record: made from its layout, checked as it is typed, shown as a difference before it is written.

A record keeps its own layout; a new one has the one that is chosen. What the layout demands must be there, although the
API would take the record without it: people who open it in the CRM cannot save it otherwise.

It writes as `crm.module(…).update(…)` does: the same check, plan, policy and journal. Pressing Approve is the person's yes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from zcrm_tools import coql
from zcrm_tools.client import AsyncClient, writing
from zcrm_tools.crm import reads
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, NotFound, Problem
from zcrm_tools.models.metadata import FieldInfo
from zcrm_tools.models.record import Record, naming_field
from zcrm_tools.safety.gate import Submitted
from zcrm_tools.safety.plan import Proposal
from zcrm_tools.safety.show import as_card
from zcrm_tools.widgets import layout
from zcrm_tools.widgets.written import told, undone

BY = "a person at a notebook form"
_EDITED = frozenset(
    "text textarea email phone website integer bigint double currency percent boolean date datetime picklist "
    "multiselectpicklist lookup ownerlookup userlookup".split()
)
_SUGGESTED = 10


class Form:
    """A record's form; without an id a new record's. `crm` gives the connection as it is at the time."""

    def __init__(self, crm: Callable[[], AsyncClient], module: str, id: str = "") -> None:
        self._crm = crm
        self._module = module
        self._id = id
        self._made_by = ""
        """The change that created the record, if it was made here."""
        self._layouts: tuple[layout.Layout, ...] = ()
        self._layout = ""
        """The layout of the record that is there."""

    async def do(self, verb: str, given: dict[str, Any]) -> Any:
        """What the browser asks of a form. KeyError for a verb that is none."""
        verbs: dict[str, Callable[..., Awaitable[Any]]] = {
            "show": self.show,
            "check": self.check,
            "suggest": self.suggest,
            "plan": self.plan,
            "write": self.write,
            "drop": self.drop,
            "undo": self.undo,
        }
        return await verbs[verb](**given)

    async def show(self, *, chosen: str = "") -> dict[str, Any]:
        """`chosen` is the layout that a new record shall have."""
        record = await self._record()
        self._layouts = await layout.of(self._crm().org, self._module)
        self._layout = layout.id_in(record)
        page = layout.chosen(self._layouts, self._layout or chosen)
        sections = [
            {
                "label": part.label,
                "fields": [self._field(f, record) for f in part.fields if self._takes(f.info)],
            }
            for part in page.seen(self._view)
        ]
        offered = [] if self._id else [[one.id, one.name] for one in self._layouts if one.offered]
        return {
            "module": self._module,
            "id": self._id,
            "title": record.name or "New record",
            "layout": page.id,
            "layouts": offered if len(offered) > 1 else [],
            "sections": [section for section in sections if section["fields"]],
            "write": self._crm().gate.policy.write,
        }

    async def check(self, *, values: dict[str, Any]) -> list[dict[str, Any]]:
        """What is wrong with what is typed so far, by field."""
        if not self._layouts:
            await self.show()
        problems: list[Problem] = []
        try:
            await self._writes(await self._named(), values)
        except InvalidInput as refused:
            problems += refused.problems
        told = {problem.field for problem in problems}
        problems += (one for one in self._left_out(values) if one.field not in told)
        return [problem.as_dict() for problem in problems]

    async def suggest(self, *, module: str, text: str) -> list[dict[str, str]]:
        """Records, or users, whose name has this in it."""
        if module == "Users":
            users = (await self._crm().org.catalogue.users()).values()
            found = [
                {"id": u.id, "name": u.full_name} for u in users if text.casefold() in u.full_name.casefold()
            ]
            return found[:_SUGGESTED]
        naming = naming_field(module)
        query = (
            coql.select("id", naming).from_(module).where(coql.field(naming).contains(text)).limit(_SUGGESTED)
        )
        page = await reads.query(self._crm().org, str(query), module)
        return [{"id": one.id, "name": one.name} for one in page.records]

    async def plan(self, *, values: dict[str, Any]) -> dict[str, Any]:
        """The difference, as a plan that waits; no card when nothing would change."""
        submitted = await self._submit(values, dry_run=True)
        if submitted.status == "unchanged":
            return {"card": None, "told": "The record already has these values. Nothing would be written."}
        return {"card": as_card(submitted.plan)}

    async def write(self, *, plan_id: str, values: dict[str, Any]) -> dict[str, Any]:
        await self._crm().approve(plan_id, by=BY)
        submitted = await self._submit(values, plan_id=plan_id)
        results = submitted.receipt.results if submitted.receipt else ()
        if results and results[0].status == "done" and not self._id:
            self._id, self._made_by = results[0].id, results[0].change
        return told(results)

    async def drop(self, *, plan_id: str) -> str:
        await self._crm().drop(plan_id)
        return "Nothing was written."

    async def undo(self, *, change: str, plan_id: str = "") -> dict[str, Any]:
        """A record that was made here and is taken back leaves the form to a new one."""
        answer = await undone(self._crm(), change, by=BY, plan_id=plan_id)
        if answer["done"] and change == self._made_by:
            self._id = self._made_by = ""
        return answer

    async def _submit(self, values: Mapping[str, Any], **steering: Any) -> Submitted:
        """With the very arguments that the Python face gives for the same write, so that both are one call to the gate."""
        module = await self._named()

        async def propose() -> Proposal:
            return Proposal(tuple(await self._writes(module, values)))

        given: dict[str, Any] = {"module": module, "rows": [dict(values)]}
        if self._id:
            return await self._crm().gate.submit("update", {**given, "ids": [self._id], **steering}, propose)
        return await self._crm().gate.submit("create", {**given, **steering}, propose)

    async def _writes(self, module: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
        if self._id:
            return await writing.updating(self._crm().reach, module, [self._id], [values])
        return await writing.creating(self._crm().reach, module, [values])

    async def _named(self) -> str:
        """The module's API name, whichever of its names was given."""
        self._module = (await self._crm().org.catalogue.module(self._module)).api_name
        return self._module

    async def _record(self) -> Record:
        module = await self._named()
        if not self._id:
            return Record(module, {})
        record = await reads.get(self._crm().org, module, self._id)
        if record is None:
            problem = Problem(
                "RECORD_NOT_FOUND", f"There is no {self._module} record {self._id}.", field="id"
            )
            raise NotFound(problem, status=204)
        return record

    @property
    def _view(self) -> layout.View:
        return "edit" if self._id else "create"

    def _left_out(self, values: Mapping[str, Any]) -> Iterator[Problem]:
        """What the layout demands and would be empty."""
        page = layout.chosen(self._layouts, self._layout or layout.id_in(values))
        for placed in (one for part in page.seen(self._view) for one in part.fields):
            name = placed.info.api_name
            given = values.get(name, self._id or None)  # a record that is there keeps what is not touched
            if placed.required and self._takes(placed.info) and given in (None, "", []):
                message = f"The layout {page.name} demands {placed.info.label}."
                yield Problem("MANDATORY_IN_LAYOUT", message, NOTHING_WRITTEN, field=name)

    def _takes(self, info: FieldInfo) -> bool:
        may = info.operations.api_update if self._id else info.operations.api_create
        return may and info.data_type in _EDITED and info.api_name != "Tag"  # tags have a way of their own

    def _field(self, placed: layout.Placed, record: Record) -> dict[str, Any]:
        info = placed.info
        people = info.data_type in ("ownerlookup", "userlookup")
        return {
            "name": info.api_name,
            "label": info.label,
            "type": info.data_type,
            "required": info.mandatory or placed.required,
            "length": info.length,
            "value": record.get(info.api_name),
            "choices": [[one.actual, one.display] for one in info.offered],
            "module": "Users" if people else info.lookup_module,
        }
