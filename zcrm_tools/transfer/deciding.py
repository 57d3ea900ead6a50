"""What each row of an import comes to, as the records are now: a create, an update, or nothing, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zcrm_tools.crm.checking import Checker
from zcrm_tools.crm.writes import Create, Update, Write
from zcrm_tools.errors import Problem
from zcrm_tools.transfer import keys, reasons
from zcrm_tools.transfer.intake import Import, Row
from zcrm_tools.transfer.traces import Noted


@dataclass(frozen=True, slots=True)
class Decided:
    noted: Noted
    write: Write

    @property
    def row(self) -> Row:
        return self.noted.row

    @property
    def changes(self) -> str:
        """The record that it changes, "" when it makes one."""
        return self.write.id if isinstance(self.write, Update) else ""


@dataclass(frozen=True, slots=True)
class Refused:
    noted: Noted
    problems: tuple[Problem, ...]


class Deciding:
    def __init__(self, asked: Import) -> None:
        self._asked = asked
        # An upsert that turns out to create is checked as a create too.
        self._creating = Checker(asked.org, asked.module, creating=True)

    async def of(self, batch: Sequence[Noted]) -> list[Decided | Refused]:
        asked = self._asked
        wanted = [one.row.key for one in batch if one.row.key is not None]
        found = await keys.holders(asked.org, asked.module, asked.key, wanted) if wanted else {}
        return [await self._one(one, found.get(keys.folded(one.row.key), [])) for one in batch]

    async def _one(self, noted: Noted, held: Sequence[str]) -> Decided | Refused:
        """`held` are the records that have the row's key."""
        asked, row = self._asked, noted.row
        if len(held) > 1:
            return Refused(noted, (reasons.ambiguous(asked, row, held),))
        if held:
            name = asked.key.api_name if asked.key else ""
            values = {field: value for field, value in row.values.items() if field != name}
            return Decided(noted, Update(asked.module, held[0], values))
        if asked.mode == "update" or (row.key is not None and asked.key is None):
            return Refused(noted, (reasons.nobody(asked, row),))
        if asked.mode == "create":
            return Decided(noted, Create(asked.module, row.values))
        (checked,) = await self._creating.check([row.values], where=[f"row {row.number}"])
        if checked.problems:
            return Refused(noted, checked.problems)
        return Decided(noted, Create(asked.module, checked.values))
