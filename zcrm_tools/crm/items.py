"""Zoho's results, one per item of a request, read into outcomes or raised as the refusal that they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zcrm_tools.crm.writes import Outcome
from zcrm_tools.errors import OutcomeUnknown, Problem
from zcrm_tools.http.refusals import api_error

if TYPE_CHECKING:  # to list tools loads no HTTP client
    from zcrm_tools.http.session import Reply

_REFUSED = 400


def results(reply: Reply, key: str = "data") -> list[dict[str, Any]]:
    """The results under a key; a reply without any (204) has none."""
    found = (reply.body or {}).get(key)
    return list(found) if isinstance(found, list) else []


def outcomes(reply: Reply, ids: Sequence[str], key: str = "data") -> tuple[Outcome, ...]:
    """One outcome per id, in order; "" for what had none. OutcomeUnknown when Zoho did not answer item by item."""
    found = results(reply, key)
    if len(found) != len(ids):
        raise odd(reply)
    return tuple(_outcome(item, about) for item, about in zip(found, ids, strict=True))


def done(reply: Reply, key: str = "data") -> Mapping[str, Any]:
    """The details of the one result. Raises the ApiError that a refused one stands for."""
    body = reply.body or {}
    found = results(reply, key) or ([body] if "status" in body else [])
    if not found:
        raise odd(reply)
    for item in found:
        if item.get("status") != "success":
            raise api_error(_REFUSED, item, writes=True)
    return dict(found[0].get("details") or {})


def _outcome(item: Mapping[str, Any], id: str) -> Outcome:
    details = item.get("details") or {}
    if item.get("status") == "success":
        return Outcome("done", str(details.get("id") or id), details=details)
    return Outcome("refused", id, api_error(_REFUSED, dict(item), writes=True).problem, details)


def odd(reply: Reply) -> OutcomeUnknown:
    """The error for an answer that does not say what became of each item."""
    return OutcomeUnknown(
        Problem(
            "ODD_ANSWER",
            f"Zoho answered HTTP {reply.status} without a result for each item.",
            next_step="Look at the records before writing again.",
            fix_by="person",
        )
    )
