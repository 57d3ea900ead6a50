"""Posting a form to Zoho Accounts. Secrets travel in the body, never in a URL, where logs and proxies keep them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import SecretStr

from zcrm_tools.errors import OutcomeUnknown
from zcrm_tools.http import wire
from zcrm_tools.http.hosts import pinned
from zcrm_tools.http.secret import reveal
from zcrm_tools.http.wire import Transport

TIMEOUT = 20.0


async def post_form(
    accounts_url: str,
    path: str,
    form: Mapping[str, str | SecretStr],
    *,
    transport: Transport | None = None,
    timeout: float = TIMEOUT,  # noqa: ASYNC109 (httpx2's own timeout, per read)
) -> tuple[int, Any]:
    """Post and give the status with the decoded JSON, or with the text when the body is not JSON.

    Accounts answers errors with status 200 as often as 400, so the caller judges by the body. A redirect is given
    back as it is, not followed. Raises NotSent, or OutcomeUnknown when no whole answer came.
    """
    origin = pinned(accounts_url, "accounts")
    client = wire.open_client(origin, transport=transport, timeout=timeout)
    try:
        request = client.build_request("POST", path, data={k: reveal(v) for k, v in form.items()})
        answer = await wire.send(client, request, repeatable=False)
    except OutcomeUnknown as lost:
        raise _lost(lost) from None
    finally:
        if transport is None:
            await client.aclose()
    try:
        return answer.status, answer.json()
    except ValueError:
        return answer.status, answer.content.decode("utf-8", "replace")


def _lost(error: OutcomeUnknown) -> OutcomeUnknown:
    """Nothing is written at Accounts; at worst a token was made that nobody holds."""
    return OutcomeUnknown(
        replace(
            error.problem,
            not_done="It is not known whether a token was given.",
            next_step="Try again. A refresh may be repeated; a grant code may be used up by now, so make a new one.",
            fix_by="wait",
        )
    )
