"""One module of the org: `crm.leads`, `crm.module("Vehicles")`. Names of fields are API names, labels or snake_case.

Record writes are checked, planned and journaled as every action's are, and can be undone. `raw` writes as Zoho takes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

from zcrm_tools.client import writing
from zcrm_tools.client.attached import AttachedOperations
from zcrm_tools.client.of_module import Names, no_field
from zcrm_tools.client.sides import AsyncSide, SyncSide, operation, stream
from zcrm_tools.client.unchecked import AsyncRaw, Raw
from zcrm_tools.crm import (
    convert,
    listing,
    mass,
    people,
    reads,
    setup,
)
from zcrm_tools.crm.convert import Converted
from zcrm_tools.crm.writes import Outcome
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, NotFound, Problem
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.models.record import Lookup, Record
from zcrm_tools.models.unified import MODELS, Unified
from zcrm_tools.safety.plan import Result


class ModuleOperations(AttachedOperations):
    """The operations of one module, for both sides."""

    # --- reading

    @operation
    async def get(self, id: str) -> Record:
        """One record with every field and its subforms. NotFound when there is none."""
        found = await reads.get(self.reach.org, await self._module(), id, version=self.version)
        if found is None:
            raise NotFound(
                Problem("RECORD_NOT_FOUND", f"There is no {self.name} record {id}.", field="id"), status=204
            )
        return found

    @operation
    async def find(self, id: str) -> Record | None:
        """One record, or None."""
        return await reads.get(self.reach.org, await self._module(), id, version=self.version)

    @operation
    async def many(self, ids: Sequence[str], fields: Names = ()) -> dict[str, Record]:
        """Several records by id; those that do not exist are absent."""
        module = await self._module()
        return await reads.get_many(
            self.reach.org, module, ids, await self._names(fields), version=self.version
        )

    @stream
    async def all(
        self,
        fields: Names = (),
        *,
        view: str = "",
        sort_by: str = "",
        descending: bool = True,
        modified_since: datetime | None = None,
        converted: Literal["true", "false", "both"] = "false",
    ) -> AsyncIterator[tuple[Record, ...]]:
        """Every record, a page of 200 a call and a credit. Lists reach 100,000 records and leave out subforms."""
        names = await self._names(fields)
        pages = listing.pages(
            self.reach.org,
            await self._module(),
            names,
            view=view,
            sort_by=sort_by,
            descending=descending,
            modified_since=modified_since,
            converted=converted,
            version=self.version,
        )
        async for page in pages:
            yield page

    @operation
    async def page(self, fields: Names = (), *, number: int = 1, per_page: int = 200) -> tuple[Record, ...]:
        """One page, last created first."""
        names = await self._names(fields)
        found = await reads.list_page(
            self.reach.org, await self._module(), names, page=number, per_page=per_page, version=self.version
        )
        return found.records

    @operation
    async def search(
        self,
        word: str = "",
        /,
        *,
        email: str = "",
        phone: str = "",
        criteria: str = "",
        fields: Names = (),
        limit: int = 200,
        page: int = 1,
        **equal: Any,
    ) -> tuple[Record, ...]:
        """Zoho's search: by a word, an e-mail, a phone, its criteria, or fields that equal values.

        Its index lags behind writes, and its `equal` on text is a `contains`; ask `query` where that matters.
        """
        module = await self._module()
        if equal:
            known = await self._fields()
            given = writing.named(module, known, equal, self._map())
            if unknown := [name for name in given if name not in known]:
                raise InvalidInput(*(no_field(name, known) for name in unknown))
            criteria = "and".join(
                [f"({criteria})"] * bool(criteria) + [_equals(n, v) for n, v in given.items()]
            )
            criteria = f"({criteria})" if len(given) + bool(criteria) > 1 else criteria
        asked = _given(word=word, email=email, phone=phone, criteria=criteria)
        if len(asked) != 1:
            raise InvalidInput(_one_way(len(asked)))
        by, text = asked[0]
        names = await self._names(fields)
        found = await reads.search(
            self.reach.org, module, by, text, names, limit=limit, page=page, version=self.version
        )
        return found.records

    @operation
    async def count(self, *, word: str = "", email: str = "", phone: str = "", criteria: str = "") -> int:
        """How many there are, or match one of these. 50 credits."""
        asked = _given(word=word, email=email, phone=phone, criteria=criteria)
        if len(asked) > 1:
            raise InvalidInput(_one_way(len(asked)))
        by, value = asked[0] if asked else ("", "")
        return await listing.count(self.reach.org, await self._module(), by, value, version=self.version)

    @stream
    async def deleted(self, kind: listing.Deleted = "all") -> AsyncIterator[tuple[Record, ...]]:
        """What was deleted, and by whom."""
        async for page in listing.deleted(self.reach.org, await self._module(), kind, version=self.version):
            yield page

    @operation
    async def fields(self) -> Fields:
        """The module's fields, by API name."""
        return await self._fields()

    @operation
    async def layouts(self) -> tuple[setup.Json, ...]:
        """The module's layouts, as Zoho describes them."""
        return await setup.layouts(self.reach.org, await self._module())

    @operation
    async def views(self) -> tuple[setup.Json, ...]:
        """The module's custom views; the id of one goes into `all(view=…)`."""
        return await setup.custom_views(self.reach.org, await self._module())

    @operation
    async def related_lists(self) -> tuple[setup.Json, ...]:
        """The module's related lists, as Zoho describes them; `related` takes their api_name."""
        return await setup.related_lists(self.reach.org, await self._module())

    @operation
    async def may_fire(self, kind: Literal["create", "update", "delete"]) -> setup.Firing:
        """Names of the workflow rules that such a write may set off, or "unknown"."""
        return await setup.may_fire(self.reach.org, await self._module(), kind)

    # --- writing, through the gate

    @operation
    async def create(self, /, *, plan_id: str = "", repeat: bool = False, **fields: Any) -> Result:
        """A new record. The same create within ten minutes gives the earlier one, unless `repeat`."""
        module = await self._module()
        writes = await writing.creating(self.reach, module, [fields])
        given = {"module": module, "rows": [fields]}
        return writing.single(
            await writing.submit(self.reach, "create", given, writes, plan_id=plan_id, repeat=repeat)
        )

    @operation
    async def create_many(
        self, rows: Sequence[Mapping[str, Any]], *, plan_id: str = "", repeat: bool = False
    ) -> tuple[Result, ...]:
        """A result for each row, in order; refused rows say why and keep no other from being written."""
        module = await self._module()
        writes = await writing.creating(self.reach, module, rows)
        given = {"module": module, "rows": [dict(row) for row in rows]}
        return await writing.submit(self.reach, "create", given, writes, plan_id=plan_id, repeat=repeat)

    @operation
    async def update(self, id: str, /, *, plan_id: str = "", **fields: Any) -> Result:
        """Set fields; None empties one. What has the value already is left alone."""
        module = await self._module()
        writes = await writing.updating(self.reach, module, [id], [fields])
        given = {"module": module, "ids": [id], "rows": [fields]}
        return writing.single(await writing.submit(self.reach, "update", given, writes, plan_id=plan_id))

    @operation
    async def update_many(
        self, rows: Mapping[str, Mapping[str, Any]], *, plan_id: str = ""
    ) -> tuple[Result, ...]:
        """Id → fields. A result for each, in order."""
        module = await self._module()
        writes = await writing.updating(self.reach, module, [*rows], [*rows.values()])
        given = {"module": module, "ids": [*rows], "rows": [dict(row) for row in rows.values()]}
        return await writing.submit(self.reach, "update", given, writes, plan_id=plan_id)

    @operation
    async def upsert(self, by: str, /, *, plan_id: str = "", **fields: Any) -> Result:
        """Update the one record whose field `by` has the value given for it, or create it.

        Found by COQL, not by Zoho's own upsert, so that it is planned, journaled and undone like any other write.
        InvalidInput when several records have the value.
        """
        module = await self._module()
        known = await self._fields()
        given = writing.named(module, known, {**fields}, self._map())
        key = next(iter(writing.named(module, known, {by: None}, self._map())))
        if given.get(key) in (None, ""):
            raise InvalidInput(
                Problem("NO_KEY", f"{by} is what records are found by, and has no value.", NOTHING_SENT)
            )
        found = await reads.same(self.reach.org, module, key, given[key])
        if len(found) > 1:
            ids = tuple(record.id for record in found)
            message = f"Several {module} have {key} {given[key]!r}."
            raise InvalidInput(
                Problem("AMBIGUOUS_KEY", message, NOTHING_SENT, "Update one of them by its id.", allowed=ids)
            )
        if found:
            writes = await writing.updating(self.reach, module, [found[0].id], [fields])
        else:
            writes = await writing.creating(self.reach, module, [fields])
        asked = {"module": module, "by": by, "rows": [fields], "id": found[0].id if found else ""}
        return writing.single(await writing.submit(self.reach, "upsert", asked, writes, plan_id=plan_id))

    @operation
    async def delete(self, *ids: str, plan_id: str = "") -> tuple[Result, ...]:
        """Into the recycle bin, once a person has agreed; until then NotAllowed is raised, which says how.

        except NotAllowed as waiting:
            crm.approve(waiting.plan_id, by="who agreed")
            crm.leads.delete(id, plan_id=waiting.plan_id)
        """
        module = await self._module()
        writes = writing.delete(module, ids)
        given = {"module": module, "ids": [*ids]}
        return await writing.submit(self.reach, "delete", given, writes, plan_id=plan_id)

    # --- writing what no plan covers: refused on a read-only connection, and in no journal

    @operation
    async def clone(self, id: str, /, **changes: Any) -> str:
        """Copy a record, with other values for some fields; the id of the copy."""
        module = await self._module()
        given = writing.named(module, await self._fields(), changes, self._map())
        return await mass.clone(self.reach.writable(), module, id, given)

    @operation
    async def mass_update(self, ids: Sequence[str], /, **fields: Any) -> tuple[Outcome, ...]:
        """The same values for up to 500 records: three fields of Deals, one of any other module."""
        module = await self._module()
        given = writing.named(module, await self._fields(), fields, self._map())
        return await mass.update_many(self.reach.writable(), module, ids, given)

    @operation
    async def mass_update_view(self, view: str, /, **fields: Any) -> str:
        """The same value for every record of a custom view: the id of Zoho's job, for `mass_update_status`."""
        module = await self._module()
        given = writing.named(module, await self._fields(), fields, self._map())
        return await mass.update_view(self.reach.writable(), module, view, given)

    @operation
    async def mass_update_status(self, job: str) -> mass.MassUpdate:
        """How far a job of `mass_update_view` has come."""
        return await mass.view_update(self.reach.org, await self._module(), job)

    @operation
    async def change_owner(
        self, ids: Sequence[str], owner: str, *, notify: bool = False
    ) -> tuple[Outcome, ...]:
        """Give up to 500 records to a user: by id, name, e-mail or `me`."""
        user = await people.find(self.reach.org, owner)
        return await mass.change_owner(
            self.reach.writable(), await self._module(), ids, user.id, notify=notify
        )

    @operation
    async def convert(self, id: str, /, **options: Any) -> Converted:
        """Turn a lead into a contact, an account and, with `deal={…}`, a deal. It cannot be undone. 5 credits."""
        return await convert.convert(self.reach.writable(), id, **options)

    # --- plain names

    def model(self, record: Record) -> Unified:
        """The record as a Lead, Contact, Account or Deal, by the org's field map. KeyError for other modules."""
        return MODELS[record.module].read(record, self.reach.maps.get(record.module))


class AsyncModule(ModuleOperations, AsyncSide):
    """`crm.leads` of an AsyncClient."""

    @property
    def raw(self) -> AsyncRaw:
        return AsyncRaw(self.reach, self.name, self.version)


class Module(ModuleOperations, SyncSide):
    """`crm.leads` of a Client."""

    @property
    def raw(self) -> Raw:
        return Raw(self.reach, self.name, self.version)


Kind: TypeAlias = Literal["criteria", "email", "phone", "word"]


def _given(*, word: str, email: str, phone: str, criteria: str) -> list[tuple[Kind, str]]:
    kinds: dict[Kind, str] = {"criteria": criteria, "email": email, "phone": phone, "word": word}
    return [(by, text) for by, text in kinds.items() if text]


def _one_way(count: int) -> Problem:
    return Problem(
        "ONE_WAY_OF_SEARCHING",
        f"Zoho searches by one thing at a time; {count} were given.",
        NOTHING_SENT,
        "Give a word, email=, phone=, criteria= or fields, and combine fields with query().",
        allowed=get_args(Kind),
    )


def _equals(name: str, value: Any) -> str:
    shown = value.id if isinstance(value, Record | Lookup) else value
    text = str(shown).lower() if isinstance(shown, bool) else str(shown)
    escaped = "".join(f"\\{c}" if c in "(),\\" else c for c in text)
    return f"({name}:equals:{escaped})"
