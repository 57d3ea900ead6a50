"""Access tokens, kept fresh: one refresh serves every call that waits for it."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from math import ceil

from zcrm_tools.auth import tokens
from zcrm_tools.auth.clock import Clock, SystemClock
from zcrm_tools.auth.store.protocol import CredentialStore
from zcrm_tools.errors import Problem, TokenThrottled, ZcrmError
from zcrm_tools.http.secret import SecretText
from zcrm_tools.http.wire import Transport
from zcrm_tools.models.grant import Credentials, Grant, Profile

MARGIN = timedelta(minutes=5)
COOL_DOWN = 600.0
_LIFE = timedelta(hours=1)

_log = logging.getLogger(__name__)


class Tokens:
    """A `TokenSource` for one profile. With a store, the access token is shared with other processes.

    A caller that is cancelled while waiting does not take the refresh away from the others.
    """

    def __init__(
        self,
        profile: Profile,
        credentials: Credentials,
        *,
        store: CredentialStore | None = None,
        transport: Transport | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._profile = profile
        self._credentials = credentials
        self._store = store
        self._transport = transport
        self._clock = clock or SystemClock()
        self._grant: Grant | None = None
        self._good_until = 0.0
        self._blocked_until = 0.0
        self._refreshing: asyncio.Task[Grant] | None = None

    async def token(self) -> str:
        """A token with at least five minutes left. Raises AuthError when none can be had."""
        grant = self._grant
        if grant is None or not self._is_fresh(grant):
            grant = await self._replaced(refused="")
        return _text(grant)

    async def renew(self, refused: str) -> str:
        """A token other than `refused`, minted once however many callers were refused with it."""
        grant = self._grant
        if grant is None or _text(grant) == refused:
            grant = await self._replaced(refused=refused)
        return _text(grant)

    @property
    def scopes(self) -> str:
        """As the last token reply named them, space separated; empty when it named none."""
        return self._grant.scopes if self._grant else ""

    def _is_fresh(self, grant: Grant) -> bool:
        """By both clocks: the wall's may be set back, the monotonic one may stand still while the machine sleeps."""
        left_by_wall = grant.expires_at - self._clock.now()
        left = timedelta(seconds=self._good_until - self._clock.monotonic())
        return min(left_by_wall, left) > MARGIN

    async def _replaced(self, *, refused: str) -> Grant:
        if self._refreshing is None:
            self._refreshing = asyncio.create_task(self._replace(SecretText(refused)))
            self._refreshing.add_done_callback(self._done)
        return await asyncio.shield(self._refreshing)

    def _done(self, task: asyncio.Task[Grant]) -> None:
        self._refreshing = None
        if not task.cancelled():
            task.exception()  # seen, even if every caller has gone

    async def _replace(self, refused: str) -> Grant:
        """Another process's token when it is fresh, not the refused one and not our own; otherwise a new one."""
        stored = await self._stored()
        own = _text(self._grant) if self._grant else ""
        if stored is not None and _text(stored) not in (refused, own):
            self._adopt(stored)
            if self._is_fresh(stored):
                return stored
        grant = await self._mint()
        self._adopt(grant)
        await self._share(grant)
        return grant

    async def _mint(self) -> Grant:
        if self._clock.monotonic() < self._blocked_until:
            raise TokenThrottled(
                Problem(
                    "TOKEN_THROTTLED",
                    "Zoho refused a token a short while ago, and asking again would make the wait longer.",
                    not_done="No request was sent.",
                    next_step=f"Wait {ceil(self._blocked_until - self._clock.monotonic())} seconds. The sign-in is still good.",
                    fix_by="wait",
                )
            )
        try:
            return await tokens.refresh(
                self._profile.accounts_url,
                self._credentials,
                asked_at=self._clock.now(),
                transport=self._transport,
            )
        except TokenThrottled:
            self._blocked_until = self._clock.monotonic() + COOL_DOWN
            raise

    def _adopt(self, grant: Grant) -> None:
        """An hour is all a token lives, whatever a wrong clock elsewhere wrote down."""
        left = min(grant.expires_at - self._clock.now(), _LIFE)
        self._grant = grant
        self._good_until = self._clock.monotonic() + left.total_seconds()

    async def _stored(self) -> Grant | None:
        if self._store is None:
            return None
        try:
            return await asyncio.to_thread(self._store.load_grant, self._profile)
        except ZcrmError as error:
            _log.warning("no shared access token: %s", error.problem.message)
            return None

    async def _share(self, grant: Grant) -> None:
        """Failing to share costs a refresh elsewhere, which is no reason to fail the call."""
        if self._store is None:
            return
        try:
            await asyncio.to_thread(self._store.save_grant, self._profile, grant)
        except ZcrmError as error:
            _log.warning("the access token was not shared: %s", error.problem.message)


def _text(grant: Grant) -> str:
    return SecretText(grant.access_token.get_secret_value())
