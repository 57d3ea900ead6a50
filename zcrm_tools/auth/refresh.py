"""Access tokens, kept fresh: one refresh serves every call that waits for it, in this process and in others."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from zcrm_tools import scopes
from zcrm_tools.auth import tokens
from zcrm_tools.auth.clock import Clock, SystemClock
from zcrm_tools.auth.sharing import InMemory, Known, Shared
from zcrm_tools.errors import OutcomeUnknown, Problem, TokenThrottled
from zcrm_tools.http.secret import SecretText
from zcrm_tools.http.wire import Transport
from zcrm_tools.models.grant import Credentials, Grant, Profile
from zcrm_tools.redact import NotPickled

MARGIN = timedelta(minutes=5)
COOL_DOWN = timedelta(minutes=10)
MINTS, WINDOW = 10, timedelta(minutes=10)
"""What Zoho allows for one refresh token: https://zoho.com/accounts/protocol/oauth/token-limits.html"""
_LIFE = timedelta(hours=1)


class Tokens(NotPickled):
    """A `TokenSource` for one profile. `shared` is what its processes know together; memory when left out.

    A caller that is cancelled while waiting does not take the refresh away from the others.
    """

    def __init__(
        self,
        profile: Profile,
        credentials: Credentials,
        *,
        shared: Shared | None = None,
        transport: Transport | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._profile = profile
        self._credentials = credentials
        self._shared = shared or InMemory()
        self._transport = transport
        self._clock = clock or SystemClock()
        self._grant: Grant | None = None
        self._good_until = 0.0
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
        async with self._shared.held():
            known = await self._shared.read()
            own = _text(self._grant) if self._grant else ""
            if known.grant is not None and _text(known.grant) not in (refused, own):
                self._adopt(known.grant)
                if self._is_fresh(known.grant):
                    return known.grant
            return await self._mint(known)

    async def _mint(self, known: Known) -> Grant:
        """Ask Zoho, and let the others know of each time that it may have counted."""
        now = self._clock.now()
        recent = tuple(at for at in known.mints if now - WINDOW < at <= now)
        self._check_budget(recent, known.blocked_until, now)
        noted = replace(known, mints=(*recent, now), blocked_until=None)
        try:
            grant = await self._ask(now)
        except TokenThrottled:
            await self._shared.write(replace(noted, blocked_until=now + COOL_DOWN))
            raise
        except OutcomeUnknown:
            await self._shared.write(noted)
            raise
        self._adopt(grant)
        await self._shared.write(replace(noted, grant=grant))
        return grant

    async def _ask(self, now: datetime) -> Grant:
        """With the refresh token; or in the client's own name, where the profile was signed in that way."""
        if not self._profile.soid:
            return await tokens.refresh(
                self._profile.accounts_url, self._credentials, asked_at=now, transport=self._transport
            )
        return await tokens.client_credentials(
            self._profile.accounts_url,
            client_id=self._credentials.client_id,
            client_secret=self._credentials.client_secret,
            scopes=scopes.parse(self._profile.scopes),
            soid=self._profile.soid,
            asked_at=now,
            transport=self._transport,
        )

    def _check_budget(self, recent: tuple[datetime, ...], blocked: datetime | None, now: datetime) -> None:
        """A try beyond the limit makes the wait longer, so it is not made."""
        if blocked is not None and now < blocked <= now + COOL_DOWN:
            raise _throttled("Zoho refused a token a short while ago", blocked - now)
        if len(recent) >= MINTS:
            raise _throttled(
                f"{MINTS} tokens were asked for in the last ten minutes", recent[-MINTS] + WINDOW - now
            )

    def _adopt(self, grant: Grant) -> None:
        """An hour is all a token lives, whatever a wrong clock elsewhere wrote down."""
        left = min(grant.expires_at - self._clock.now(), _LIFE)
        self._grant = grant
        self._good_until = self._clock.monotonic() + left.total_seconds()


def _throttled(why: str, wait: timedelta) -> TokenThrottled:
    return TokenThrottled(
        Problem(
            "TOKEN_THROTTLED",
            f"{why}, and asking again would make the wait longer.",
            not_done="No request was sent.",
            next_step=f"Wait {ceil(wait.total_seconds())} seconds. The sign-in is still good.",
            fix_by="wait",
        )
    )


def _text(grant: Grant) -> str:
    return SecretText(grant.access_token.get_secret_value())
