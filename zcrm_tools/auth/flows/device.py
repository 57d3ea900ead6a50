"""Zoho's device flow: a code is shown here and typed in on another device.

Anybody who is talked into typing such a code gives their CRM away (Salesforce closed this flow for that reason in 2025),
so it is only used when asked for by name, and the screen must say "only if you started this yourself". Names and
timing are Zoho's own and not RFC 8628's: https://zoho.com/accounts/protocol/oauth/devices/polling-request.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from zcrm_tools.auth import devices
from zcrm_tools.auth.flows.asked import Asked, SignedIn
from zcrm_tools.auth.flows.redirect import at_server, with_refresh_token
from zcrm_tools.errors import LoginRequired, Problem, TransportError

INTERVAL = 30.0
"""Zoho answers `slow_down` to two polls within 30 seconds."""


@dataclass(frozen=True, slots=True)
class Code:
    """What to show: the code, where to type it, and for how long it is good."""

    user_code: str
    verification_url: str
    life: timedelta


async def sign_in(
    asked: Asked,
    *,
    on_code: Callable[[Code], object],
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> SignedIn:
    """Raises LoginRequired when the person declined or the code ran out. A network that fails meanwhile is asked again."""
    begun = await devices.device_code(
        asked.profile.accounts_url,
        client_id=asked.profile.client_id,
        scopes=asked.scopes,
        ask_again=asked.ask_again,
        transport=asked.transport,
    )
    on_code(Code(begun.user_code, begun.verification_url, begun.life))
    profile, waited = asked.profile, 0.0
    lost: TransportError | None = None
    while waited < begun.life.total_seconds():
        await sleep(INTERVAL)
        waited += INTERVAL
        try:
            answer = await devices.device_poll(
                profile.accounts_url,
                client_id=profile.client_id,
                client_secret=asked.client_secret,
                device_code=begun.device_code,
                emulator=profile.accounts_url if profile.kind == "emulator" else "",
                transport=asked.transport,
            )
        except TransportError as failed:
            lost = failed
            continue
        lost = None
        if isinstance(answer, str):
            # Granted in another data centre: that one has the tokens.
            profile = at_server(profile, answer)
        elif answer is not None:
            return SignedIn(profile, with_refresh_token(answer))
    if lost is not None:
        raise lost
    raise LoginRequired(
        Problem(
            "CODE_EXPIRED",
            "The code ran out before it was typed in.",
            not_done="Nobody was signed in.",
            next_step="Start again: zcrm login --flow device",
            fix_by="person",
        )
    )
