"""Up to five calls in one, each able to use what an earlier one answered.

https://www.zoho.com/crm/developer/docs/api/v8/composite-api.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zcrm_tools import operations
from zcrm_tools.crm import items
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.passthrough import REFERENCE, normalised
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem

AT_ONCE = 5
KEY = "__composite_requests"


@dataclass(frozen=True, slots=True)
class SubRequest:
    """One call. `@{1:$.data[0].details.id}` in path, params or body stands for what call 1 answered."""

    id: str
    method: str
    path: str
    body: Any = None
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SubReply:
    """What one call came to. `code` is the composite's own: SUCCESS even when the call itself was refused."""

    id: str
    code: str
    status: int = 0
    body: Any = None
    message: str = ""


async def send(
    org: Org, requests: Sequence[SubRequest], *, rollback: bool = False, parallel: bool = False
) -> tuple[SubReply, ...]:
    """With `rollback` all is undone when one fails; it costs one credit more. Not with `parallel`."""
    if len(requests) > AT_ONCE:
        raise InvalidInput(
            Problem("TOO_MANY_CALLS", f"At most {AT_ONCE} calls go together.", NOTHING_SENT, "Split them.")
        )
    body = {
        "rollback_on_fail": rollback,
        "parallel_execution": parallel,
        KEY: [await _sent(org, request) for request in requests],
    }
    reply = await org.session.call(operations.COMPOSITE, json=body, price=2 if rollback else 1)
    found = items.results(reply, KEY)
    if len(found) != len(requests):
        raise items.odd(reply)
    return tuple(_reply(request, item) for request, item in zip(requests, found, strict=True))


def plain(path: str) -> str:
    """The path with an id in place of each reference."""
    return REFERENCE.sub("0", path)


async def _sent(org: Org, request: SubRequest) -> dict[str, Any]:
    path = normalised(request.path, references=True)
    known = operations.find(request.method.upper(), plain(path))
    if known is not None:
        endpoint, module = known
        await org.session.check(endpoint, module)
    sent: dict[str, Any] = {"sub_request_id": request.id, "method": request.method.upper(), "uri": path}
    if request.params:
        sent["params"] = dict(request.params)
    if request.body is not None:
        sent["body"] = request.body
    return sent


def _reply(request: SubRequest, item: Mapping[str, Any]) -> SubReply:
    response = (item.get("details") or {}).get("response") or {}
    return SubReply(
        request.id,
        str(item.get("code", "")),
        int(response.get("status_code") or 0),
        response.get("body"),
        str(item.get("message", "")),
    )
