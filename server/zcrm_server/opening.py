"""From the command line to the profiles that are served. Opens nothing: the first call of each does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zcrm_server.profiles import Profiles, Served
from zcrm_tools import scopes, settings
from zcrm_tools.errors import NotConfigured, Problem, ZcrmError
from zcrm_tools.settings import Settings

if TYPE_CHECKING:
    from zcrm_tools.client import AsyncClient
    from zcrm_tools.connection import Connector

_MODES = {"read": False, "write": True}


class Later:
    """A connection whose libraries load with its first call: to list tools needs none of them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _connector(self) -> Connector:
        from zcrm_tools.connection import Connector

        return Connector(self._settings, write=self._settings.write)

    @property
    def shared(self) -> bool:
        return not self._settings.demo

    async def client(self) -> AsyncClient:
        return await self._connector.client()

    def secret(self, name: str) -> bytes:
        return self._connector.secret(name)

    async def aclose(self) -> None:
        if "_connector" in self.__dict__:
            await self._connector.aclose()


@dataclass(frozen=True, slots=True)
class Opened:
    """`home` is the folder of profiles and state."""

    profiles: Profiles
    home: Path
    connections: tuple[Later, ...]

    async def close(self) -> None:
        """Let writes that have begun finish, then close every connection."""
        await asyncio.gather(*(connection.aclose() for connection in self.connections))


def opened(*, demo: bool = False, profiles: tuple[str, ...] = (), write: bool | None = None) -> Opened:
    """The environment's settings with what the command line says. Raises NotConfigured."""
    found = settings.from_environment()
    may_write = found.write if write is None else write
    asked = [_asked(one, write=may_write) for one in profiles] or [("", may_write)]
    _can_be_served([name for name, _ in asked], demo=demo)
    wanted = [_wanted(found, name, demo=demo, write=mode) for name, mode in asked]
    connections = tuple(map(Later, wanted))
    return Opened(Profiles(tuple(map(_served, wanted, connections))), found.home, connections)


def _wanted(found: Settings, profile: str, *, demo: bool, write: bool) -> Settings:
    """What is to be opened for one profile: the demo org where it is asked for, else the profile that is named."""
    chosen = (
        replace(found, demo=found.demo or 1, profile=profile or found.profile) if demo else found.of(profile)
    )
    chosen = replace(chosen, write=write)
    return replace(chosen, write=_allowed(chosen))


def _served(wanted: Settings, connection: Later) -> Served:
    """With what is on this machine about the sign-in and its org: no network, no keyring."""
    if wanted.demo:
        return Served(wanted.profile, connection, wanted.write)
    from zcrm_tools.auth import profiles
    from zcrm_tools.metadata import pin

    try:
        granted = scopes.parse(profiles.resolve(wanted).scopes)
    except ZcrmError:  # the first call says what is wrong; until then everything is offered
        granted = frozenset()
    return Served(wanted.profile, connection, wanted.write, granted, pin.read(wanted))


def _asked(said: str, *, write: bool) -> tuple[str, bool]:
    """`NAME` or `NAME=MODE`."""
    name, given, mode = said.partition("=")
    if given and mode not in _MODES:
        raise NotConfigured(
            Problem(
                "BAD_MODE",
                f"--profile {said!r}: {mode!r} is no mode.",
                allowed=tuple(_MODES),
                fix_by="person",
            )
        )
    return name, _MODES.get(mode, write)


def _allowed(wanted: Settings) -> bool:
    """Whether the operator's policy lets the profile be written. Its mistakes are told before anything is served."""
    if not wanted.policy:
        return wanted.write
    from zcrm_tools.safety import policy_file

    return policy_file.of(wanted).write


def _can_be_served(names: list[str], *, demo: bool) -> None:
    """Several profiles are several sign-ins, and the demo org is one whatever its name."""
    if len(names) == 1:
        return
    wrong = ""
    if len(set(names)) < len(names):
        wrong = f"--profile names {next(n for n in names if names.count(n) > 1)} twice"
    elif demo:
        wrong = "the demo org is one profile"
    if wrong:
        raise NotConfigured(
            Problem("PROFILES_CLASH", f"Several profiles cannot be served: {wrong}.", fix_by="person")
        )
