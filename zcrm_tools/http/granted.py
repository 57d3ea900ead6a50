"""What a sign-in may do, as far as is known: what it was given, less what Zoho has refused since.

Zoho's refusal does not say which scope it missed. A call that needs several leaves a group of suspects; what another call
has shown to be granted is taken out of it, and a suspect that is left alone is certain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from zcrm_tools import scopes
from zcrm_tools.http.ports import GrantRecord
from zcrm_tools.scopes import Need, Scope

Told = tuple[frozenset[Scope] | None, frozenset[Scope]]
"""What was granted, None when unknown, and what Zoho has refused since."""


def lacking(told: Told, wanted: tuple[Need, ...]) -> tuple[Scope, ...]:
    """The narrowest scopes for what is not granted, and those that were refused."""
    given, refused = told
    absent = () if given is None else scopes.missing(given, wanted)
    return (*absent, *(need[0] for need in wanted if need[0] in refused))


class Granted:
    """`given` None means unknown. A `record` is read instead of it, and told of refusals that are certain."""

    def __init__(self, given: frozenset[Scope] | None, record: GrantRecord | None = None) -> None:
        self._told: Told = (given, frozenset()) if record is None else record.read()
        self._record = record
        self._shown: set[Need] = set()
        self._suspects: set[frozenset[Need]] = set()

    def missing(self, needs: Iterable[Need]) -> tuple[Scope, ...]:
        """The narrowest scopes for what is known not to be granted; none when nothing is known against the call."""
        wanted = tuple(needs)
        suspect = {need for group in self._suspects if group <= set(wanted) for need in group}
        return tuple(dict.fromkeys((*lacking(self._told, wanted), *(n[0] for n in wanted if n in suspect))))

    async def news(self) -> Told | None:
        """What the record says by now, if that is something else: a person may have added scopes."""
        if self._record is None:
            return None
        read = await asyncio.to_thread(self._record.read)
        return None if read == self._told else read

    def believe(self, news: Told) -> None:
        self._told = news
        self._shown, self._suspects = set(), set()

    async def shown(self, needs: Iterable[Need]) -> None:
        """A call with these needs was let through."""
        wanted = frozenset(needs)
        if self._shown.issuperset(wanted):
            return
        self._shown |= wanted
        left = {group - self._shown for group in self._suspects} - {frozenset()}
        self._suspects = {group for group in left if len(group) > 1}
        for group in left - self._suspects:
            for need in group:
                await self._note(need[0])

    async def refused(self, needs: Iterable[Need]) -> tuple[Scope, ...]:
        """Zoho did not let a call through; gives the scopes of which it misses at least one."""
        wanted = tuple(needs)
        unproved = tuple(need for need in wanted if need not in self._shown) or wanted
        named = self.missing(unproved) or tuple(need[0] for need in unproved)
        if len(unproved) > 1:
            self._suspects.add(frozenset(unproved))
        elif unproved:  # none for a call that no table knows
            self._shown.discard(unproved[0])
            await self._note(unproved[0][0])
        return named

    async def _note(self, certain: Scope) -> None:
        given, refused = self._told
        if certain not in refused:
            self._told = given, refused | {certain}
            if self._record is not None:
                await asyncio.to_thread(self._record.refuse, certain)
