"""The composition root: settings → a connected client, live or on the emulator. The only floor that knows both.

Opening sends nothing: the first call does. What cannot be opened says what a person does next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from pydantic import SecretStr

from zcrm_tools import scopes
from zcrm_tools.actions import registry
from zcrm_tools.client import AsyncClient, Client
from zcrm_tools.crm.org import Org
from zcrm_tools.http.line import Line, Spending
from zcrm_tools.http.places import Places
from zcrm_tools.http.session import Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.metadata.kept import Kept
from zcrm_tools.models.grant import Credentials, Profile
from zcrm_tools.safety import policy_file
from zcrm_tools.safety.gate import Gate
from zcrm_tools.settings import Settings, from_environment
from zcrm_tools.state.shares import SharedCredits, SharedSlots
from zcrm_tools.state.sqlite import STATE_FILE, SqliteState

if TYPE_CHECKING:
    from zcrm_tools.auth.refresh import Tokens
    from zcrm_tools.http.ports import GrantRecord
    from zcrm_tools.http.wire import Transport

DEMO_URL = "http://localhost"
"""Where the demo org seems to be; requests to it never leave the process."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What one connection is made of, live or demo."""

    profile: Profile
    tokens: Tokens
    state: SqliteState
    transport: Transport | None = None
    close: Callable[[], None] = lambda: None


async def open_client(
    settings: Settings | None = None, *, write: bool = False, max_credits: int | None = None
) -> AsyncClient:
    """A connected client for asyncio code. Raises NotConfigured or LoginRequired, saying what to do.

    `max_credits` are all that it may spend; a call beyond them raises NotAllowed and is not made.
    """
    chosen = settings or from_environment()
    policy = policy_file.of(
        replace(chosen, write=write or chosen.write), "demo" if chosen.demo else chosen.profile
    )
    parts = await _demo(chosen.demo) if chosen.demo else await asyncio.to_thread(_live, chosen)
    granted = scopes.parse(parts.profile.scopes) or None
    record = None if chosen.demo else await asyncio.to_thread(_record, chosen, parts.profile)
    session = Session(
        parts.profile.api_url,
        parts.tokens,
        granted=granted,
        record=record,
        transport=parts.transport,
        line=_line(parts, chosen.max_credits if max_credits is None else max_credits),
    )
    org = Org(parts.profile, session, Catalogue(session, _kept(chosen, parts)), chosen.key_field)
    folder = None if chosen.demo else chosen.home / "files"
    gate = Gate(org, parts.state, policy, toolset_of=_toolset_of, folder=folder)
    if policy.keep_days:
        before = datetime.now(UTC) - timedelta(days=policy.keep_days)
        await asyncio.to_thread(parts.state.purge, before, parts.profile.identity)

    async def close() -> None:
        try:
            await session.aclose()
        finally:
            parts.state.close()
            parts.close()

    return AsyncClient(org, gate, close)


def _toolset_of(action: str) -> str:
    """Empty for what is no action, such as a write of the Python face: that is the operator's own code."""
    return next((toolset for toolset, names in registry.CATALOGUE.items() if action in names), "")


def connect(
    *, demo: int = 0, profile: str = "", write: bool = False, max_credits: int | None = None
) -> Client:
    """A connected client for scripts and notebooks: by profile, by the environment, or on the demo org."""
    settings = from_environment().of(profile)
    settings = replace(settings, demo=int(demo) or settings.demo)
    return Client(lambda: open_client(settings, write=write, max_credits=max_credits))


class Connector:
    """Opens a client when it is first asked for, once, however many ask. After a failure the next one tries again."""

    def __init__(self, settings: Settings, *, write: bool) -> None:
        self._settings = settings
        self._write = write
        self._opening: asyncio.Task[AsyncClient] | None = None

    async def client(self) -> AsyncClient:
        """A caller that gives up does not take the opening away from the others."""
        opening = self._opening
        if opening is None or (opening.done() and (opening.cancelled() or opening.exception())):
            opening = self._opening = asyncio.ensure_future(open_client(self._settings, write=self._write))
        return await asyncio.shield(opening)

    @property
    def shared(self) -> bool:
        """Whether its state is on disk, where other programs of this person find it."""
        return not self._settings.demo

    def secret(self, name: str) -> bytes:
        """32 bytes that all processes of this machine share; the demo org, which is alone, has its own. Sends nothing."""
        state = SqliteState(None if self._settings.demo else self._settings.home / STATE_FILE)
        try:
            return state.secret(name)
        finally:
            state.close()

    async def aclose(self) -> None:
        opening, self._opening = self._opening, None
        if opening is None:
            return
        await asyncio.wait([opening])
        if not opening.cancelled() and opening.exception() is None:
            await opening.result().aclose()


def _live(settings: Settings) -> _Parts:
    from zcrm_tools.auth import profiles, signed_in
    from zcrm_tools.auth.store import opening

    profile = profiles.resolve(settings)
    tokens = signed_in.open_tokens(profile, opening.of(profile, settings), home=settings.home)
    return _Parts(profile, tokens, SqliteState(settings.home / STATE_FILE))


def _line(parts: _Parts, most: int | None) -> Line:
    """Places and credits are shared by all processes of a profile; the demo org has one. `most` is this run's alone."""
    if parts.transport is not None:
        return Line(spending=Spending(most=most))
    identity = parts.profile.identity
    return Line(
        places=Places(SharedSlots(parts.state, identity)),
        spending=Spending(most=most, ledger=SharedCredits(parts.state, identity)),
    )


def _kept(settings: Settings, parts: _Parts) -> Kept | None:
    """Where metadata outlives the process; nowhere for the demo org, which is another one each time."""
    if parts.transport is not None:
        return None
    return Kept(settings.home, parts.profile.identity, since=parts.profile.since)


def _record(settings: Settings, profile: Profile) -> GrantRecord | None:
    """Where refusals are noted; nowhere for a sign-in from the environment."""
    from zcrm_tools.auth import profiles
    from zcrm_tools.auth.grant_record import InProfile

    return None if profiles.has_sign_in(settings) else InProfile(settings.home, profile)


async def _demo(number: int) -> _Parts:
    """A freshly seeded company inside this process: nothing is kept, and nothing leaves."""
    from zcrm_tools.auth import signed_in
    from zcrm_tools.auth.store.memory import MemoryStore
    from zcrm_tools.emulator.access import EVERYTHING
    from zcrm_tools.emulator.app import open_emulator
    from zcrm_tools.http.inprocess import InProcess

    emulator = await asyncio.to_thread(partial(open_emulator, number=number))
    issued = emulator.credentials
    profile = Profile(
        name="demo",
        kind="emulator",
        accounts_url=DEMO_URL,
        api_url=DEMO_URL,
        client_id=issued.client_id,
        scopes=" ".join(EVERYTHING),
    )
    store = MemoryStore()
    store.save(
        profile,
        Credentials(
            client_id=issued.client_id,
            client_secret=SecretStr(issued.client_secret),
            refresh_token=SecretStr(issued.refresh_token),
        ),
    )
    transport = InProcess(emulator.app)
    tokens = signed_in.open_tokens(profile, store, transport=transport)
    return _Parts(profile, tokens, SqliteState(None), transport, emulator.close)
