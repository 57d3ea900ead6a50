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


class Granted:
    """`given` None means unknown. A `record` is read instead of it, and told of refusals that are certain."""

    def __init__(self, given: frozenset[Scope] | None, record: GrantRecord | None = None) -> None:
        self._given, self._refused = (given, frozenset[Scope]()) if record is None else record.read()
        self._record = record
        self._shown: set[Need] = set()
        self._suspects: set[frozenset[Need]] = set()

    def missing(self, needs: Iterable[Need]) -> tuple[Scope, ...]:
        """The narrowest scopes for what is known not to be granted; none when nothing is known against the call."""
        wanted = tuple(needs)
        absent = () if self._given is None else scopes.missing(self._given, wanted)
        suspect = {need for group in self._suspects if group <= set(wanted) for need in group}
        refused = (need[0] for need in wanted if need in suspect or need[0] in self._refused)
        return tuple(dict.fromkeys((*absent, *refused)))

    async def changed(self) -> bool:
        """Whether the record says something else by now: a person may have added scopes."""
        if self._record is None:
            return False
        read = await asyncio.to_thread(self._record.read)
        if read == (self._given, self._refused):
            return False
        self._given, self._refused = read
        self._shown, self._suspects = set(), set()
        return True

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
        if certain not in self._refused:
            self._refused |= {certain}
            if self._record is not None:
                await asyncio.to_thread(self._record.refuse, certain)
