"""A person is asked through the client whether a waiting plan may be written. Only a person's answer counts: no argument of
a tool can give it.

A client of 2026-07-28 is answered with the question, and calls again with the person's answer and the plan's id, which
travels sealed. A client of 2025-11-25 is asked while its call waits. Every other client is told where the person can
approve, and calls again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mcp.server.mcpserver import Context
from mcp.server.request_state import AESGCMRequestStateCodec, RequestStateSecurity
from mcp.shared.exceptions import MCPError
from mcp.types import (
    ElicitRequest,
    ElicitRequestedSchema,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
)

from zcrm_tools.errors import NOTHING_WRITTEN, NotAllowed, Problem

if TYPE_CHECKING:
    from zcrm_tools.client import AsyncClient

_log = logging.getLogger(__name__)

ANSWER = "approval"
"""The name of the question among those that a call asks."""

SEALED_FOR = 600.0
"""Seconds for which an answer is taken: as long as a plan waits."""

STATELESS = "2026-07-28"
"""From this version on a client calls again with the answer; before, it is asked while the call waits."""

Way: TypeAlias = Literal["calls again", "is asked", "cannot ask"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a person said about a plan. `by` goes into the audit: how they were asked."""

    plan: str
    action: Literal["accept", "decline", "cancel"]
    by: str = "elicitation"

    async def settle(self, client: AsyncClient) -> None:
        """Note the answer. Raises NotAllowed unless it was yes; nothing was written then."""
        if self.action == "accept":
            await client.approve(self.plan, by=self.by, way="client")
            return
        if self.action == "decline":
            await client.drop(self.plan)
            raise NotAllowed(_declined(self.plan))
        raise NotAllowed(_left_open(self.plan))


def way(context: Context[Any, Any]) -> Way:
    """How this client can ask its user, as it declared."""
    version = context.protocol_version
    capabilities = context.client_capabilities if version else None
    elicitation = capabilities.elicitation if capabilities else None
    if version is None or elicitation is None or (elicitation.form is None and elicitation.url is not None):
        return "cannot ask"
    if version >= STATELESS:
        return "calls again"
    return "is asked" if context.session.can_send_request else "cannot ask"


def answered(context: Context[Any, Any]) -> Answered | None:
    """The answer that a client brought with its second call, None on a first one."""
    plan, said = context.request_state, (context.input_responses or {}).get(ANSWER)
    if plan is None or not isinstance(said, ElicitResult):
        return None
    return Answered(plan, said.action)


async def question(client: AsyncClient, plan_id: str) -> str:
    """All that would be written, and what the answers mean. The same text whenever it is asked."""
    from zcrm_tools.safety import show

    plan = await client.plan(plan_id)
    who = client.org.profile.name
    return (
        f"May this be written to Zoho CRM (profile {who})?\n\n{show.as_text(plan)}\n\n"
        "Accept writes exactly this. Decline writes nothing."
    )


def call_again(text: str, plan_id: str) -> InputRequiredResult:
    return InputRequiredResult(
        input_requests={
            ANSWER: ElicitRequest(
                params=ElicitRequestFormParams(message=text, requested_schema=_nothing_to_fill_in())
            )
        },
        request_state=plan_id,
    )


async def ask(context: Context[Any, Any], text: str, plan_id: str) -> Answered | None:
    """Ask and wait. None when the client, against its word, cannot."""
    try:
        said = await context.session.elicit_form(
            text, _nothing_to_fill_in(), context.request_context.request_id
        )
    except MCPError as failed:
        _log.warning("the client could not ask its user: %s", failed)
        return None
    return Answered(plan_id, said.action)


def security(key: Callable[[], bytes]) -> RequestStateSecurity:
    """Seals the plan's id on its way through the client, with a key that outlives this process and that others share."""
    return RequestStateSecurity(codec=_Sealed(key), ttl=SEALED_FOR)


class _Sealed:
    """The SDK's codec, with a key that is read when it is first needed: starting touches no file."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    @cached_property
    def _codec(self) -> AESGCMRequestStateCodec:
        return AESGCMRequestStateCodec([self._key()])

    def seal(self, payload: bytes) -> str:
        return self._codec.seal(payload)

    def unseal(self, token: str) -> bytes:
        return self._codec.unseal(token)


def _nothing_to_fill_in() -> ElicitRequestedSchema:
    """Accept and decline are the whole answer."""
    return {"type": "object", "properties": {}}


def _declined(plan: str) -> Problem:
    return Problem(
        "DECLINED",
        f"The person said no to plan {plan}. It was dropped.",
        NOTHING_WRITTEN,
        "Do not try the same again; ask the person what they want instead.",
        fix_by="person",
    )


def _left_open(plan: str) -> Problem:
    return Problem(
        "NOT_ANSWERED",
        f"The person closed the question about plan {plan} without an answer.",
        NOTHING_WRITTEN,
        "If they still want it, call again with the same arguments and this plan_id; they are asked again.",
        fix_by="person",
    )
