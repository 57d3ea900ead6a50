"""The Edit form: made from the module's layout, checked as it is typed, and shown as a difference before it is written.

It writes as `crm.module(…).update(…)` does: the same check, plan, policy and journal. Pressing Approve is the person's yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from zcrm_tools import coql
from zcrm_tools.client import AsyncClient, Client, writing
from zcrm_tools.crm import reads, setup
from zcrm_tools.errors import ApiError, InvalidInput, NotFound, Problem, ScopeMissing
from zcrm_tools.models.metadata import FieldInfo
from zcrm_tools.models.record import Record, naming_field
from zcrm_tools.safety import show
from zcrm_tools.safety.gate import Submitted
from zcrm_tools.safety.plan import Proposal
from zcrm_tools.widgets import layout
from zcrm_tools.widgets.panel import Panel, esm
from zcrm_tools.widgets.written import told, undone

BY = "a person at a notebook form"
_EDITED = frozenset(
    "text textarea email phone website integer bigint double currency percent boolean date datetime picklist "
    "multiselectpicklist lookup ownerlookup userlookup".split()
)
_SUGGESTED = 10


class Edit(Panel):
    """A form for one record; without an id for a new one."""

    _esm = esm("edit")
    fallback: ClassVar[str] = "Use <code>crm.module(…).update(id, field=value)</code>."

    def __init__(self, client: Client | AsyncClient, module: str, id: str = "") -> None:
        super().__init__(client)
        self._module = module
        self._id = id

    async def do_show(self) -> dict[str, Any]:
        record = await self._record()
        demanded = layout.required(await self._layouts())
        parts = await layout.sections(self.crm.org, self._module)
        sections = [
            {"label": label, "fields": [self._field(f, record, demanded) for f in some if self._takes(f)]}
            for label, some in parts
        ]
        return {
            "module": self._module,
            "id": self._id,
            "title": record.name or "New record",
            "sections": [section for section in sections if section["fields"]],
            "write": self.crm.gate.policy.write,
        }

    async def do_check(self, *, values: dict[str, Any]) -> list[dict[str, Any]]:
        """What is wrong with what is typed so far, by field."""
        try:
            await self._writes(await self._named(), values)
        except InvalidInput as refused:
            return [problem.as_dict() for problem in refused.problems]
        return []

    async def do_suggest(self, *, module: str, text: str) -> list[dict[str, str]]:
        """Records, or users, whose name has this in it."""
        if module == "Users":
            users = (await self.crm.org.catalogue.users()).values()
            found = [
                {"id": u.id, "name": u.full_name} for u in users if text.casefold() in u.full_name.casefold()
            ]
            return found[:_SUGGESTED]
        naming = naming_field(module)
        query = (
            coql.select("id", naming).from_(module).where(coql.field(naming).contains(text)).limit(_SUGGESTED)
        )
        page = await reads.query(self.crm.org, str(query), module)
        return [{"id": one.id, "name": one.name} for one in page.records]

    async def do_plan(self, *, values: dict[str, Any]) -> dict[str, Any]:
        """The difference, as a plan that waits; no card when nothing would change."""
        submitted = await self._submit(values, dry_run=True)
        if submitted.status == "unchanged":
            return {"card": None, "told": "The record already has these values. Nothing would be written."}
        return {"card": show.as_card(submitted.plan)}

    async def do_write(self, *, plan_id: str, values: dict[str, Any]) -> dict[str, Any]:
        await self.crm.approve(plan_id, by=BY)
        submitted = await self._submit(values, plan_id=plan_id)
        results = submitted.receipt.results if submitted.receipt else ()
        if results and results[0].status == "done" and not self._id:
            self._id = results[0].id
        return told(results)

    async def do_drop(self, *, plan_id: str) -> str:
        await self.crm.drop(plan_id)
        return "Nothing was written."

    async def do_undo(self, *, change: str) -> dict[str, Any]:
        return await undone(self.crm, change)

    async def _submit(self, values: Mapping[str, Any], **steering: Any) -> Submitted:
        """With the very arguments that the Python face gives for the same write, so that both are one call to the gate."""
        module = await self._named()

        async def propose() -> Proposal:
            return Proposal(tuple(await self._writes(module, values)))

        given: dict[str, Any] = {"module": module, "rows": [dict(values)]}
        if self._id:
            return await self.crm.gate.submit("update", {**given, "ids": [self._id], **steering}, propose)
        return await self.crm.gate.submit("create", {**given, **steering}, propose)

    async def _writes(self, module: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
        if self._id:
            return await writing.updating(self.crm.reach, module, [self._id], [values])
        return await writing.creating(self.crm.reach, module, [values])

    async def _named(self) -> str:
        """The module's API name, whichever of its names was given."""
        self._module = (await self.crm.org.catalogue.module(self._module)).api_name
        return self._module

    async def _record(self) -> Record:
        module = await self._named()
        if not self._id:
            return Record(module, {})
        record = await reads.get(self.crm.org, module, self._id)
        if record is None:
            problem = Problem(
                "RECORD_NOT_FOUND", f"There is no {self._module} record {self._id}.", field="id"
            )
            raise NotFound(problem, status=204)
        return record

    async def _layouts(self) -> tuple[setup.Json, ...]:
        try:
            return await setup.layouts(self.crm.org, self._module)
        except (ApiError, ScopeMissing):
            return ()

    def _takes(self, info: FieldInfo) -> bool:
        may = info.operations.api_update if self._id else info.operations.api_create
        return may and info.data_type in _EDITED and info.api_name != "Tag"  # tags have a way of their own

    def _field(self, info: FieldInfo, record: Record, demanded: frozenset[str]) -> dict[str, Any]:
        people = info.data_type in ("ownerlookup", "userlookup")
        return {
            "name": info.api_name,
            "label": info.label,
            "type": info.data_type,
            "required": info.mandatory or info.api_name in demanded,
            "length": info.length,
            "value": record.get(info.api_name),
            "choices": [[one.actual, one.display] for one in info.offered],
            "module": "Users" if people else info.lookup_module,
        }
