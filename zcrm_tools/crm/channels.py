"""Notification channels: Zoho calls a URL when records change. A channel lives a week at most.

Nothing is signed: the `token` given here comes back with every call and is what tells Zoho from others.
https://www.zoho.com/crm/developer/docs/api/v8/notifications/enable.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from zcrm_tools import operations
from zcrm_tools.crm import items, times
from zcrm_tools.crm.org import Org
from zcrm_tools.endpoints import Endpoint

KEY = "watch"


async def channels(org: Org, channel: str = "") -> tuple[Mapping[str, Any], ...]:
    """Those of this user and client, as Zoho gives them."""
    found: list[Mapping[str, Any]] = []
    for number in range(1, 1_000):
        params = {"page": str(number), **({"channel_id": channel} if channel else {})}
        reply = await org.session.call(operations.LIST_CHANNELS, params=params)
        found += items.results(reply, KEY)
        if not ((reply.body or {}).get("info") or {}).get("more_records"):
            break
    return tuple(found)


async def enable(
    org: Org, channel: str, events: Sequence[str], url: str, *, token: str, until: datetime, **options: Any
) -> Mapping[str, Any]:
    """`events` such as Leads.create, Deals.all. A shorter life than asked for is Zoho's answer to one over a week."""
    return await _put(org, operations.ENABLE_CHANNELS, channel, events, url, token, until, options)


async def replace(
    org: Org, channel: str, events: Sequence[str], url: str, *, token: str, until: datetime, **options: Any
) -> Mapping[str, Any]:
    """The same, for a channel that exists; it also prolongs one."""
    return await _put(org, operations.REPLACE_CHANNELS, channel, events, url, token, until, options)


async def disable(org: Org, channels: Sequence[str]) -> None:
    items.done(
        await org.session.call(operations.DISABLE_CHANNELS, params={"channel_ids": ",".join(channels)}), KEY
    )


async def _put(
    org: Org,
    endpoint: Endpoint,
    channel: str,
    events: Sequence[str],
    url: str,
    token: str,
    until: datetime,
    options: Mapping[str, Any],
) -> Mapping[str, Any]:
    one = {
        "channel_id": channel,
        "events": list(events),
        "notify_url": url,
        "token": token,
        "channel_expiry": times.stamp(until),
        **options,
    }
    return items.done(await org.session.call(endpoint, json={KEY: [one]}), KEY)
