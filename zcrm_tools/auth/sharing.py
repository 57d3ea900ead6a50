"""One access token for all processes of a sign-in, and one memory of how many were asked for.

Zoho gives 10 access tokens in 10 minutes for one refresh token, and each new one may silently end the oldest. So the
token, the times of asking and a wait that Zoho imposed are kept in one file beside the profiles. A lock that the
operating system holds, and gives back when a process dies, is held over the whole exchange: read, decide, ask, write.
The token is sealed with a key made from the refresh token: who can read it could have made one.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from pydantic import SecretStr

from zcrm_tools.auth import private_file, sealing
from zcrm_tools.errors import ZcrmError
from zcrm_tools.models.grant import Credentials, Grant, Profile

FOLDER = "tokens"
WAIT = 60.0
"""Seconds for the lock: a token call may take 30, and two may be ahead. After that a process goes on alone."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """What the processes of a sign-in know together. `mints` are the times of asking, oldest first."""

    grant: Grant | None = None
    mints: tuple[datetime, ...] = ()
    blocked_until: datetime | None = None


class Shared(Protocol):
    """Where `Known` is kept. Read and written only while held."""

    def held(self) -> Any:
        """An asynchronous context: nobody else holds it meanwhile."""
        ...

    async def read(self) -> Known: ...

    async def write(self, known: Known) -> None: ...


class InMemory:
    """For one process, or for sign-ins that must leave nothing behind."""

    def __init__(self, known: Known | None = None) -> None:
        self.known = known or Known()
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        async with self._lock:
            yield

    async def read(self) -> Known:
        return self.known

    async def write(self, known: Known) -> None:
        self.known = known


class InFile:
    """For all processes of one user. A folder that cannot be used costs the sharing, never the call."""

    def __init__(self, home: Path, profile: Profile, credentials: Credentials) -> None:
        self._identity = profile.identity
        self._path = path_of(home, profile)
        self._key = sealing.derived(_strongest(credentials), "access token")
        self._alone: Known | None = None

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        from filelock import AsyncFileLock, Timeout

        try:
            await asyncio.to_thread(private_file.folder, self._path.parent)
            lock = AsyncFileLock(
                self._path.with_suffix(".lock"),
                mode=0o600,
                timeout=WAIT,
                preserve_lock_file=True,
                fallback_to_soft=False,
            )
            await lock.acquire()
        except (OSError, Timeout, NotImplementedError, ZcrmError) as error:
            self._go_alone(error)
            yield
            return
        try:
            yield
        finally:
            await lock.release()

    async def read(self) -> Known:
        if self._alone is not None:
            return self._alone
        try:
            data = await asyncio.to_thread(private_file.read, self._path)
        except (OSError, ZcrmError) as error:
            self._go_alone(error)
            return Known()
        return self._parsed(data) if data else Known()

    async def write(self, known: Known) -> None:
        if self._alone is not None:
            self._alone = known
            return
        body = json.dumps(self._body(known)).encode()
        try:
            await asyncio.to_thread(private_file.write, self._path, body)
        except (OSError, ZcrmError) as error:
            self._go_alone(error)
            self._alone = known

    def _go_alone(self, error: Exception) -> None:
        if self._alone is None:
            self._alone = Known()
            why = error.problem.message if isinstance(error, ZcrmError) else type(error).__name__
            _log.warning("access tokens are not shared with other processes: %s", why)

    def _body(self, known: Known) -> dict[str, Any]:
        token = known.grant and {
            "text": known.grant.access_token.get_secret_value(),
            "until": known.grant.expires_at.isoformat(),
            "scopes": known.grant.scopes,
        }
        return {
            "version": sealing.VERSION,
            "token": token and sealing.seal(self._key, self._identity, token),
            "mints": [at.isoformat() for at in known.mints],
            "blocked_until": known.blocked_until and known.blocked_until.isoformat(),
        }

    def _parsed(self, data: bytes) -> Known:
        """What cannot be read any more (another sign-in's, damaged) is as if it were not there: it is only a cache."""
        try:
            body = json.loads(data)
            mints = tuple(_moment(at) for at in body["mints"])
            blocked = _moment(body["blocked_until"]) if body["blocked_until"] else None
            known = Known(None, mints, blocked)
        except (ValueError, KeyError, TypeError):
            return Known()
        try:
            token = sealing.unseal(self._key, self._identity, body["token"]) if body.get("token") else None
            return replace(known, grant=_grant(token)) if token else known
        except (ZcrmError, ValueError, KeyError, TypeError):
            # Sealed by an earlier sign-in: its token is of no use, and its times of asking were another token's.
            return Known()


def path_of(home: Path, profile: Profile) -> Path:
    return private_file.named(home / FOLDER, profile.identity)


def forget(home: Path, profile: Profile) -> None:
    """Remove what was shared. The lock file stays: removing one that is in use would make two of it."""
    path_of(home, profile).unlink(missing_ok=True)


def _strongest(credentials: Credentials) -> str:
    """The refresh token; a self client that has none has its secret."""
    return credentials.refresh_token.get_secret_value() or credentials.client_secret.get_secret_value()


def _grant(token: dict[str, str]) -> Grant:
    return Grant(
        access_token=SecretStr(token["text"]), expires_at=_moment(token["until"]), scopes=token["scopes"]
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
