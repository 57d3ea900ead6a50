"""What hangs on a record: related lists, notes, tags, files, the photo, the blueprint, mail.

Writes are refused on a read-only connection; no plan covers them, and they are in no journal.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from zcrm_tools.client.of_module import Names, OfModule
from zcrm_tools.client.sides import operation, stream
from zcrm_tools.crm import (
    blueprint,
    files,
    links,
    mail,
    notes,
    tags,
)
from zcrm_tools.crm.blueprint import Blueprint
from zcrm_tools.crm.tags import Tag
from zcrm_tools.crm.writes import Outcome
from zcrm_tools.models.record import Record, naming_field


class AttachedOperations(OfModule):
    """For both sides."""

    @stream
    async def related(self, id: str, related: str, fields: Names) -> AsyncIterator[tuple[Record, ...]]:
        """A related list, by its API name."""
        async for page in links.pages(
            self.reach.org, await self._module(), id, related, fields, version=self.version
        ):
            yield page

    @operation
    async def link(
        self, id: str, related: str, rows: Sequence[str | Mapping[str, Any]]
    ) -> tuple[Outcome, ...]:
        """Link up to 100 records, by id, or as `{"id": …, "Member_Status": …}` where the list has fields of its own."""
        return await links.link(self.reach.writable(), await self._module(), id, related, rows)

    @operation
    async def unlink(self, id: str, related: str, ids: Sequence[str]) -> tuple[Outcome, ...]:
        """Take links away; the records stay."""
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
        """The record's notes."""
        async for page in notes.pages(self.reach.org, await self._module(), id):
            yield page

    @operation
    async def note(self, id: str, content: str, title: str = "") -> str:
        """Add a note; its id."""
        return await notes.add(self.reach.writable(), await self._module(), id, content, title)

    @operation
    async def tag(self, ids: Sequence[str], names: Names, *, replace: bool = False) -> tuple[Outcome, ...]:
        """Tag up to 500 records; a tag that does not exist is made. With `replace` they lose the tags they had."""
        return await tags.add(self.reach.writable(), await self._module(), ids, names, replace=replace)

    @operation
    async def untag(self, ids: Sequence[str], names: Names) -> tuple[Outcome, ...]:
        """Take tags off up to 500 records."""
        return await tags.remove(self.reach.writable(), await self._module(), ids, names)

    @operation
    async def tags(self) -> tuple[Tag, ...]:
        """Those that the module has."""
        return await tags.of_module(self.reach.org, await self._module())

    @operation
    async def attachments(self, id: str) -> tuple[Record, ...]:
        """What is attached: id, File_Name, Size and the like of each."""
        return await files.attachments(self.reach.org, await self._module(), id)

    @operation
    async def attach(self, id: str, source: files.Source, name: str = "") -> str:
        """Attach a file: its path, content or an open binary file. The attachment's id."""
        return await files.attach(self.reach.writable(), await self._module(), id, source, name)

    @operation
    async def attach_link(self, id: str, url: str, title: str = "") -> str:
        """Attach a web address. The attachment's id."""
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
        """The record's picture, in memory. NotFound when it has none."""
        return await files.content(files.photo(self.reach.org, await self._module(), id))

    @operation
    async def set_photo(self, id: str, source: files.Source) -> None:
        """PNG, JPEG, GIF or BMP of at most 10 MB: its path, content or an open binary file."""
        await files.set_photo(self.reach.writable(), await self._module(), id, source)

    @operation
    async def delete_photo(self, id: str) -> None:
        """Delete the record's picture for good."""
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
