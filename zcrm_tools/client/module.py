"""One module of the org: `crm.leads`, `crm.module("Vehicles")`. Names of fields are API names, labels or snake_case.

Record writes are checked, planned and journaled as every action's are, and can be undone. `raw` writes as Zoho takes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self, overload

from zcrm_tools.client import writing
from zcrm_tools.client.sides import AsyncSide, Bound, Reach, SyncSide, operation, stream
from zcrm_tools.crm import (
    blueprint,
    convert,
    files,
    links,
    listing,
    mail,
    mass,
    notes,
    people,
    raw,
    reads,
    setup,
    tags,
)
from zcrm_tools.crm.blueprint import Blueprint
from zcrm_tools.crm.convert import Converted
from zcrm_tools.crm.tags import Tag
from zcrm_tools.crm.writes import Outcome
from zcrm_tools.endpoints import API_VERSION
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, NotFound, Problem
from zcrm_tools.metadata import values
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.models.record import Lookup, Record, naming_field
from zcrm_tools.models.unified import MODELS, Unified
from zcrm_tools.safety.plan import Result

Names = Sequence[str]
_LISTED = 50
_UNLISTED = frozenset({"subform", "multiselectlookup", "multiuserlookup", "profileimage", "ALARM", "RRULE"})
"""Types that lists leave out or that say nothing there."""


class ModuleOperations(Bound):
    """The operations of one module, for both sides."""

    def __init__(self, reach: Reach, name: str, version: str = API_VERSION) -> None:
        super().__init__(reach)
        self.name = name
        self.version = version

    async def _module(self) -> str:
        """The API name. A standard module's is known; another's is looked up by name or label."""
        if self.name not in STANDARD:
            self.name = (await self.reach.org.catalogue.module(self.name)).api_name
        return self.name

    async def _fields(self) -> Fields:
        return await self.reach.org.catalogue.fields(await self._module())

    async def _names(self, asked: Names) -> list[str]:
        """API names of the fields asked for; without any, as many of the module as one list gives."""
        known = await self._fields()
        if not asked:
            useful = [f.api_name for f in known.values() if f.data_type not in _UNLISTED]
            first = [naming_field(self.name)] if naming_field(self.name) in known else []
            return list(dict.fromkeys([*first, *useful]))[:_LISTED]
        found = list(writing.named(self.name, known, dict.fromkeys(asked), self._map()))
        unknown = [name for name in found if name not in known and not _beyond(name)]
        if unknown:
            raise InvalidInput(*(_no_field(name, known) for name in unknown))
        return found

    def _map(self) -> Mapping[str, str]:
        return self.reach.maps.get(self.name, {})

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
                raise InvalidInput(*(_no_field(name, known) for name in unknown))
            criteria = "and".join(
                [f"({criteria})"] * bool(criteria) + [_equals(n, v) for n, v in given.items()]
            )
            criteria = f"({criteria})" if len(given) + bool(criteria) > 1 else criteria
        kinds: dict[Literal["criteria", "email", "phone", "word"], str] = {
            "criteria": criteria,
            "email": email,
            "phone": phone,
            "word": word,
        }
        asked = [(by, text) for by, text in kinds.items() if text]
        if len(asked) != 1:
            raise InvalidInput(
                Problem(
                    "ONE_WAY_OF_SEARCHING",
                    f"Zoho searches by one thing at a time; {len(asked)} were given.",
                    NOTHING_SENT,
                    "Give a word, email=, phone=, criteria= or fields, and combine fields with query().",
                    allowed=tuple(kinds),
                )
            )
        by, text = asked[0]
        names = await self._names(fields)
        found = await reads.search(
            self.reach.org, module, by, text, names, limit=limit, page=page, version=self.version
        )
        return found.records

    @operation
    async def count(self, *, word: str = "", email: str = "", phone: str = "", criteria: str = "") -> int:
        """How many there are, or match one of these. 50 credits."""
        given = {"criteria": criteria, "email": email, "phone": phone, "word": word}
        by, value = next(((by, value) for by, value in given.items() if value), ("", ""))
        return await listing.count(self.reach.org, await self._module(), by, value)

    @stream
    async def deleted(self, kind: listing.Deleted = "all") -> AsyncIterator[tuple[Record, ...]]:
        """What was deleted, and by whom."""
        async for page in listing.deleted(self.reach.org, await self._module(), kind):
            yield page

    @operation
    async def fields(self) -> Fields:
        """The module's fields, by API name."""
        return await self._fields()

    @operation
    async def layouts(self) -> tuple[setup.Json, ...]:
        return await setup.layouts(self.reach.org, await self._module())

    @operation
    async def views(self) -> tuple[setup.Json, ...]:
        """The module's custom views; the id of one goes into `all(view=…)`."""
        return await setup.custom_views(self.reach.org, await self._module())

    @operation
    async def related_lists(self) -> tuple[setup.Json, ...]:
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
        """Into the recycle bin, once a person has agreed: NotAllowed says how, until then."""
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

    # --- what hangs on a record

    @stream
    async def related(self, id: str, related: str, fields: Names) -> AsyncIterator[tuple[Record, ...]]:
        """A related list, by its API name."""
        async for page in links.pages(self.reach.org, await self._module(), id, related, fields):
            yield page

    @operation
    async def link(
        self, id: str, related: str, rows: Sequence[str | Mapping[str, Any]]
    ) -> tuple[Outcome, ...]:
        return await links.link(self.reach.writable(), await self._module(), id, related, rows)

    @operation
    async def unlink(self, id: str, related: str, ids: Sequence[str]) -> tuple[Outcome, ...]:
        return await links.unlink(self.reach.writable(), await self._module(), id, related, ids)

    @stream
    async def activities(
        self, id: str, kind: Literal["Tasks", "Events", "Calls"], fields: Names = ()
    ) -> AsyncIterator[tuple[Record, ...]]:
        """The open tasks, events or calls of a record."""
        names = fields or (naming_field(kind), "Owner", "Created_Time")
        async for page in links.pages(self.reach.org, await self._module(), id, kind, names):
            yield page

    @stream
    async def notes(self, id: str) -> AsyncIterator[tuple[Record, ...]]:
        async for page in notes.pages(self.reach.org, await self._module(), id):
            yield page

    @operation
    async def note(self, id: str, content: str, title: str = "") -> str:
        """Add a note; its id."""
        return await notes.add(self.reach.writable(), await self._module(), id, content, title)

    @operation
    async def tag(self, ids: Sequence[str], names: Names, *, replace: bool = False) -> tuple[Outcome, ...]:
        return await tags.add(self.reach.writable(), await self._module(), ids, names, replace=replace)

    @operation
    async def untag(self, ids: Sequence[str], names: Names) -> tuple[Outcome, ...]:
        return await tags.remove(self.reach.writable(), await self._module(), ids, names)

    @operation
    async def tags(self) -> tuple[Tag, ...]:
        """Those that the module has."""
        return await tags.of_module(self.reach.org, await self._module())

    @operation
    async def attachments(self, id: str) -> tuple[Record, ...]:
        return await files.attachments(self.reach.org, await self._module(), id)

    @operation
    async def attach(self, id: str, source: files.Source, name: str = "") -> str:
        """Attach a file: its path, content or an open binary file. The attachment's id."""
        return await files.attach(self.reach.writable(), await self._module(), id, source, name)

    @operation
    async def attach_link(self, id: str, url: str, title: str = "") -> str:
        return await files.attach_link(self.reach.writable(), await self._module(), id, url, title)

    @operation
    async def download(self, id: str, attachment: str, to: Path) -> Path:
        """Write an attachment to a file, as it comes."""
        return await files.save(files.attachment(self.reach.org, await self._module(), id, attachment), to)

    @operation
    async def attachment(self, id: str, attachment: str) -> bytes:
        """An attachment's content, in memory."""
        return await files.content(files.attachment(self.reach.org, await self._module(), id, attachment))

    @operation
    async def detach(self, id: str, attachment: str) -> None:
        """Delete an attachment for good."""
        await files.detach(self.reach.writable(), await self._module(), id, attachment)

    @operation
    async def photo(self, id: str) -> bytes:
        return await files.content(files.photo(self.reach.org, await self._module(), id))

    @operation
    async def set_photo(self, id: str, source: files.Source) -> None:
        await files.set_photo(self.reach.writable(), await self._module(), id, source)

    @operation
    async def delete_photo(self, id: str) -> None:
        await files.delete_photo(self.reach.writable(), await self._module(), id)

    @operation
    async def blueprint(self, id: str) -> Blueprint:
        """Where the record is in its process, and the transitions from there."""
        return await blueprint.of_record(self.reach.org, await self._module(), id)

    @operation
    async def transition(self, id: str, transition: str, data: Mapping[str, Any] | None = None) -> None:
        """Take a transition of the blueprint."""
        await blueprint.take(self.reach.writable(), await self._module(), id, transition, data)

    @operation
    async def send_mail(
        self,
        id: str,
        /,
        *,
        sender: mail.Address,
        to: Sequence[mail.Address],
        subject: str,
        content: str,
        **options: Any,
    ) -> str:
        """Send a mail about the record. 20 credits; it cannot be taken back."""
        return await mail.send(
            self.reach.writable(),
            await self._module(),
            id,
            sender=sender,
            to=to,
            subject=subject,
            content=content,
            **options,
        )

    # --- plain names

    def model(self, record: Record) -> Unified:
        """The record as a Lead, Contact, Account or Deal, by the org's field map. KeyError for other modules."""
        return MODELS[record.module].read(record, self.reach.maps.get(record.module))


class RawOperations(Bound):
    """Record writes as Zoho takes them: unchecked, unplanned, in no journal. An outcome for each row, in order."""

    def __init__(self, reach: Reach, module: str, version: str = API_VERSION) -> None:
        super().__init__(reach)
        self.name = module
        self.version = version

    @operation
    async def create(self, rows: Sequence[raw.Row], /, **options: Any) -> tuple[Outcome, ...]:
        """`options` are Zoho's: trigger=[], lar_id="…"."""
        return await raw.create(self.reach.writable(), self.name, rows, version=self.version, **options)

    @operation
    async def update(
        self, rows: Sequence[raw.Row], /, *, unmodified_since: datetime | None = None, **options: Any
    ) -> tuple[Outcome, ...]:
        return await raw.update(
            self.reach.writable(),
            self.name,
            rows,
            unmodified_since=unmodified_since,
            version=self.version,
            **options,
        )

    @operation
    async def upsert(self, rows: Sequence[raw.Row], by: Names = (), /, **options: Any) -> tuple[Outcome, ...]:
        """Zoho's own upsert; `details["action"]` says what it did."""
        return await raw.upsert(self.reach.writable(), self.name, rows, by, version=self.version, **options)

    @operation
    async def delete(self, ids: Sequence[str], *, workflows: bool = True) -> tuple[Outcome, ...]:
        return await raw.delete(self.reach.writable(), self.name, ids, workflows=workflows)


class AsyncRaw(RawOperations, AsyncSide):
    """`crm.leads.raw`, awaited."""


class Raw(RawOperations, SyncSide):
    """`crm.leads.raw`."""


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


STANDARD = frozenset(
    "Leads Contacts Accounts Deals Tasks Events Calls Notes Cases Products Campaigns Vendors Quotes Sales_Orders "
    "Purchase_Orders Invoices Price_Books Solutions".split()
)
"""API names that need no looking up."""


def _beyond(name: str) -> bool:
    """Names that the list of fields does not hold and lists take all the same."""
    return name == "id" or name.startswith("$") or "." in name


def _no_field(name: str, known: Fields) -> Problem:
    message, close = values.unknown_field(name, known)
    return Problem("UNKNOWN_FIELD", message, NOTHING_SENT, field=name, closest=close)


def _equals(name: str, value: Any) -> str:
    shown = value.id if isinstance(value, Record | Lookup) else value
    text = str(shown).lower() if isinstance(shown, bool) else str(shown)
    escaped = "".join(f"\\{c}" if c in "(),\\" else c for c in text)
    return f"({name}:equals:{escaped})"


class Standard:
    """A module as an attribute of a client, exactly typed on both sides."""

    def __init__(self, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, bound: None, owner: type) -> Self: ...
    @overload
    def __get__(self, bound: AsyncSide, owner: type) -> AsyncModule: ...
    @overload
    def __get__(self, bound: SyncSide, owner: type) -> Module: ...
    def __get__(self, bound: AsyncSide | SyncSide | None, owner: type) -> object:
        match bound:
            case AsyncSide():
                return AsyncModule(bound.reach, self.name)
            case SyncSide():
                return Module(bound.reach, self.name)
        return self


class Modules:
    """The standard modules. `crm.module(name)` gives any other."""

    leads = Standard("Leads")
    contacts = Standard("Contacts")
    accounts = Standard("Accounts")
    deals = Standard("Deals")
    tasks = Standard("Tasks")
    events = Standard("Events")
    calls = Standard("Calls")
    notes = Standard("Notes")
    cases = Standard("Cases")
    products = Standard("Products")
    campaigns = Standard("Campaigns")
    vendors = Standard("Vendors")
    quotes = Standard("Quotes")
    sales_orders = Standard("Sales_Orders")
    purchase_orders = Standard("Purchase_Orders")
    invoices = Standard("Invoices")
    price_books = Standard("Price_Books")
    solutions = Standard("Solutions")


def attributes() -> dict[str, str]:
    """API name → the client's attribute, for the modules that have one."""
    return {made.name: name for name, made in vars(Modules).items() if isinstance(made, Standard)}
