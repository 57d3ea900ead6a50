"""What is the org's and no module's: COQL, settings, users, files, jobs, the recycle bin, channels, any other call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from zcrm_tools.client.budget import Budgeted
from zcrm_tools.client.sides import AsyncSide, SyncSide, operation, stream
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.crm import (
    bulk_read,
    bulk_write,
    channels,
    composite,
    coql,
    files,
    passthrough,
    recycle_bin,
    setup,
)
from zcrm_tools.crm.bulk_read import BulkRead
from zcrm_tools.crm.bulk_write import BulkWrite, Operation
from zcrm_tools.crm.composite import SubReply, SubRequest
from zcrm_tools.crm.writes import Outcome
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.http.session import Files, Reply
from zcrm_tools.http.weight import Params
from zcrm_tools.models.metadata import ModuleInfo, OrgInfo, Pipeline, User
from zcrm_tools.models.record import Record
from zcrm_tools.transfer import importing, incoming, intake
from zcrm_tools.transfer.fitting import Mode
from zcrm_tools.transfer.incoming import Rows
from zcrm_tools.transfer.outcome import Report
from zcrm_tools.transfer.progress import Progress

ALL_ROWS = 1_000_000_000


class OrgWideOperations(Budgeted):
    """The operations of the org, for both sides."""

    @stream
    async def query(self, text: str, *, max_rows: int = ALL_ROWS) -> AsyncIterator[tuple[Record, ...]]:
        """The rows of a COQL query, checked and rewritten first and paged to its end. QueryRefused with every fault."""
        prepared = await coql.prepare(self.reach.org, text)
        async for page in coql.pages(self.reach.org, prepared, max_rows=max_rows):
            yield page.records

    @operation
    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        files: Files | None = None,
    ) -> Reply:
        """Any call of Zoho's API, on this profile's host only. What is no read is refused on a read-only connection."""
        endpoint, _, _ = passthrough.meant(method, path)
        if endpoint.effect != "read":
            self.reach.gate.policy.beside_plans()
        return await passthrough.request(
            self.reach.org, method, path, params=params, json=json, headers=headers, files=files
        )

    @operation
    async def composite(
        self, requests: Sequence[SubRequest], *, rollback: bool = False, parallel: bool = False
    ) -> tuple[SubReply, ...]:
        """Up to five calls in one."""
        reads = all(
            passthrough.meant(r.method, composite.plain(r.path))[0].effect == "read" for r in requests
        )
        org = self.reach.org if reads else self.reach.writable()
        return await composite.send(org, requests, rollback=rollback, parallel=parallel)

    @operation
    async def write(
        self,
        rows: Rows,
        module: str,
        *,
        mode: Mode = "create",
        key: str = "",
        name: str = "",
        approved_by: str = "",
        dry_run: bool = False,
        as_new: bool = False,
        again: bool = False,
        max_credits: int | None = None,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> Report:
        """Any number of rows into a module: mappings, a table of pandas, polars or Arrow, or the path of a file.

        The report has the outcome of each row, and why those were rejected that were; nothing is raised for these.
        `key` is the field that finds records for update and upsert, "id" for their ids. Rows of a file, and rows
        under a `name`, are written once: after a kill the same call goes on, and with `again` it begins anew. Where rows
        of a file that were written look different now, they are new ones only if you say so: `as_new`. More records than
        the policy lets through need a person, who is named by `approved_by`; without one NotAllowed is raised and
        nothing is written.
        """
        if mode not in get_args(Mode):
            told = Problem("BAD_MODE", f"There is no mode {mode!r}.", NOTHING_SENT, allowed=get_args(Mode))
            raise InvalidInput(replace(told, closest=nearest(mode, told.allowed) or ""))
        given = (
            incoming.open_file(Path(rows)) if isinstance(rows, Path | str) else incoming.of_memory(rows, name)
        )
        asked = await intake.checked(self.reach.org, module, given, mode=mode, key=key)
        return await importing.run(
            asked,
            self.reach.gate,
            by=approved_by,
            dry_run=dry_run,
            as_new=as_new,
            again=again,
            max_credits=max_credits,
            progress=progress,
        )

    # --- settings

    @operation
    async def modules(self) -> Mapping[str, ModuleInfo]:
        """The modules that the API serves, by API name."""
        return await self.reach.org.catalogue.modules()

    @operation
    async def org_info(self) -> OrgInfo:
        """The organisation's name, currency, time zone and edition."""
        return await self.reach.org.catalogue.org()

    @operation
    async def users(self) -> Mapping[str, User]:
        """The active users, by id."""
        return await self.reach.org.catalogue.users()

    @operation
    async def me(self) -> User:
        """The user that the sign-in acts as."""
        return await self.reach.org.catalogue.me()

    @operation
    async def roles(self) -> tuple[setup.Json, ...]:
        """The org's roles, as Zoho describes them."""
        return await setup.roles(self.reach.org)

    @operation
    async def profiles(self) -> tuple[setup.Json, ...]:
        """The org's user profiles (permissions), as Zoho describes them."""
        return await setup.profiles(self.reach.org)

    @operation
    async def currencies(self) -> tuple[setup.Json, ...]:
        """Empty for an org that keeps one currency."""
        return await setup.currencies(self.reach.org)

    @operation
    async def pipelines(self, module: str = "Deals") -> tuple[Pipeline, ...]:
        """The pipelines of every layout, with their stages in order. Empty when the org has none."""
        return await self.reach.org.catalogue.pipelines(module)

    @operation
    async def workflow_rules(self, module: str = "") -> tuple[setup.Json, ...]:
        """The workflow rules of one module, or of all."""
        return await setup.workflow_rules(self.reach.org, module)

    @operation
    async def from_addresses(self) -> tuple[setup.FromAddress, ...]:
        """Who a mail may come from."""
        return await setup.from_addresses(self.reach.org)

    # --- the file store

    @operation
    async def upload(self, source: files.Source, name: str = "") -> str:
        """Into Zoho's file store; the id goes into file fields and mails."""
        return await files.upload(self.reach.writable(), source, name)

    @operation
    async def stored_file(self, file: str) -> bytes:
        """A file of the file store, in memory. NotFound when there is none."""
        return await files.content(files.stored(self.reach.org, file))

    # --- the recycle bin

    @stream
    async def recycle_bin(self) -> AsyncIterator[tuple[Record, ...]]:
        """What is in the recycle bin, last deleted first: id, display_name, module, deleted_by, deleted_time."""
        async for page in recycle_bin.pages(self.reach.org):
            yield page

    @operation
    async def restore(self, *ids: str) -> tuple[Outcome, ...]:
        """Back from the recycle bin, up to 200."""
        return await recycle_bin.restore(self.reach.writable(), ids)

    @operation
    async def delete_forever(self, *ids: str) -> tuple[Outcome, ...]:
        """Out of the recycle bin, up to 100: nothing brings them back."""
        return await recycle_bin.delete(self.reach.writable(), ids)

    # --- bulk jobs

    @operation
    async def start_bulk_read(
        self,
        module: str,
        fields: Sequence[str] = (),
        *,
        criteria: Mapping[str, Any] | None = None,
        page_token: str = "",
    ) -> str:
        """Up to 200,000 records as a file; the job's id. 50 credits."""
        return await bulk_read.create(
            self.reach.org, module, fields, criteria=criteria, page_token=page_token
        )

    @operation
    async def bulk_read(self, job: str) -> BulkRead:
        """How far a job of `start_bulk_read` has come. It stays 24 hours."""
        return await bulk_read.look(self.reach.org, job)

    @operation
    async def save_bulk_read(self, job: str, to: Path) -> Path:
        """The ZIP of a completed job."""
        return await files.save(bulk_read.result(self.reach.org, job), to)

    @operation
    async def start_bulk_write(
        self, module: str, archive: files.Source, operation: Operation = "insert", /, **options: Any
    ) -> str:
        """Upload a ZIP with a CSV and start writing it; the job's id. 500 credits, and no journal."""
        org = self.reach.writable()
        file = await bulk_write.upload(org, archive)
        return await bulk_write.create(org, module, file, operation, **options)

    @operation
    async def bulk_write(self, job: str) -> BulkWrite:
        """How far a job of `start_bulk_write` has come."""
        return await bulk_write.look(self.reach.org, job)

    @operation
    async def save_bulk_write(self, job: str, to: Path) -> Path:
        """What became of each line, as a ZIP."""
        found = await bulk_write.look(self.reach.org, job)
        return await files.save(bulk_write.result(self.reach.org, found), to)

    # --- notification channels

    @operation
    async def channels(self, channel: str = "") -> tuple[Mapping[str, Any], ...]:
        """The notification channels of this user and client, or one of them."""
        return await channels.channels(self.reach.org, channel)

    @operation
    async def enable_channel(
        self, channel: str, events: Sequence[str], url: str, /, *, token: str, until: datetime, **options: Any
    ) -> Mapping[str, Any]:
        """Have Zoho call a URL when records change; a week at most."""
        org = self.reach.writable()
        return await channels.enable(org, channel, events, url, token=token, until=until, **options)

    @operation
    async def disable_channels(self, *ids: str) -> None:
        """Have Zoho stop calling."""
        await channels.disable(self.reach.writable(), ids)


class AsyncOrgWide(OrgWideOperations, AsyncSide):
    """Awaited."""


class OrgWide(OrgWideOperations, SyncSide):
    """Waits."""
