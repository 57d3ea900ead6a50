"""Record writes as Zoho takes them: `crm.leads.raw`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from zcrm_tools.client.of_module import Names
from zcrm_tools.client.sides import AsyncSide, Bound, Reach, SyncSide, operation
from zcrm_tools.crm import (
    raw,
)
from zcrm_tools.crm.writes import Outcome
from zcrm_tools.endpoints import API_VERSION


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
        """Every row has its `id`. With `unmodified_since`, a record that changed later is refused."""
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
        """Into the recycle bin. Without `workflows` no rule of the org's is set off."""
        return await raw.delete(
            self.reach.writable(), self.name, ids, workflows=workflows, version=self.version
        )


class AsyncRaw(RawOperations, AsyncSide):
    """`crm.leads.raw`, awaited."""


class Raw(RawOperations, SyncSide):
    """`crm.leads.raw`."""
