"""Actions as MCP tools: our model validates, our schema is published, and every answer is one JSON value, once as
structure and once as compact text, fenced as data. Clients differ in which of the two they show a model, so neither
says more.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.types import CallToolResult, InputRequiredResult, TextContent, ToolAnnotations

from zcrm_server import access, approval, published
from zcrm_server.profiles import Profiles, Served
from zcrm_tools.actions import registry, render
from zcrm_tools.actions.card import Card
from zcrm_tools.errors import Problem, ZcrmError
from zcrm_tools.safety.asker import APART, Asker, Way, asking
from zcrm_tools.safety.masks import Masks
from zcrm_tools.untrusted import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from zcrm_tools.actions.action import AnyAction, Output
    from zcrm_tools.client import AsyncClient

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """What every tool of a server works with. `beside`: a person can approve beside the client; `page` is where, if not
    by `zcrm approve`.
    """

    profiles: Profiles
    beside: bool = True
    page: str = ""


class ActionTool(Tool):
    """One action as a tool. None of the SDK's signature inference and argument coercion runs."""

    card: Any
    load: Any
    desk: Any

    async def run(
        self,
        arguments: dict[str, Any],
        context: Context[Any, Any],
        convert_result: bool = False,  # noqa: ARG002 — the SDK passes it
    ) -> CallToolResult | InputRequiredResult:
        """Perform the action. Cancelling is safe at any moment: the gate shields a write that has begun."""
        card: Card = self.card
        desk: Desk = self.desk
        shown: dict[str, str] = {}
        masks = Masks()
        try:
            served, rest = desk.profiles.pick(card.effect, arguments)
            shown = served.shown if desk.profiles.several else {}
            with asking(_asker(context, desk, served)):
                client = await served.connection.client()
                masks = client.gate.masks
                output = await _perform(self._action(), client, masks.reveal(rest), context)
        except ZcrmError as refused:
            return answer({**shown, **render.failure(refused, masks)}, failed=True)
        except Exception:  # noqa: BLE001 — a crash must reach neither the model nor the transport
            _log.exception("%s failed unexpectedly", card.name)
            return answer({**shown, **_crash(card)}, failed=True)
        if isinstance(output, InputRequiredResult):
            return output
        return answer({**shown, **render.structured(output, masks, size=render.MODEL_SIZE)})

    def _action(self) -> AnyAction:
        """Profiles and tokens were judged by the card, so the action may do no more than that."""
        action: AnyAction = self.load(self.card.name)
        if action.effect != self.card.effect:
            raise RuntimeError(
                f"{action.name} is of effect {action.effect}; its card says {self.card.effect}"
            )
        return action


async def _perform(
    action: AnyAction, client: AsyncClient, arguments: dict[str, Any], context: Context[Any, Any]
) -> Output | InputRequiredResult:
    """The action's answer, once the person was asked where they must be and can be. Else the question, or a waiting plan."""
    from zcrm_tools.actions.written import Written  # with the gate, which listing does without

    said = approval.answered(context)
    if said is not None:
        await said.settle(client)
        arguments = {**arguments, "plan_id": said.plan}
    given = action.accept(arguments)
    output: Output = await client.perform(action, given, progress=context.report_progress)
    if not (isinstance(output, Written) and output.needs_person) or getattr(given, "dry_run", False):
        return output
    way = approval.way(context)
    if way == "cannot ask" or "client" not in client.gate.policy.approval:
        return output
    text = await approval.question(client, output.plan_id)
    if way == "calls again":
        return approval.call_again(text, output.plan_id)
    said = await approval.ask(context, text, output.plan_id)
    if said is None:
        return output
    await said.settle(client)
    again = action.accept({**arguments, "plan_id": said.plan})
    approved: Output = await client.perform(action, again, progress=context.report_progress)
    return approved


def _asker(context: Context[Any, Any], desk: Desk, served: Served) -> Asker:
    ways: set[Way] = {"client"} if approval.way(context) != "cannot ask" else set()
    if desk.page:
        ways |= {"page"}
    if desk.beside and served.connection.shared:
        ways |= APART
    return Asker(access.principal(), _client_name(context), frozenset(ways), desk.page)


def _client_name(context: Context[Any, Any]) -> str:
    """The program as it calls itself: for the audit, never for a decision."""
    told = context.session.client_params if context.protocol_version else None
    return "" if told is None else clean(f"{told.client_info.name} {told.client_info.version}".strip(), 100)


def tool(card: Card, desk: Desk, load: Callable[[str], AnyAction] = registry.action) -> Tool:
    """The tool that projects an action, which is loaded by its name at the first call."""
    listed = published.tool(card, desk.profiles)
    return ActionTool(
        fn=_never,
        is_async=True,
        context_kwarg=None,
        card=card,
        load=load,
        desk=desk,
        name=listed["name"],
        title=listed["title"],
        description=listed["description"],
        parameters=listed["inputSchema"],
        fn_metadata=FuncMetadata(arg_model=ArgModelBase, output_schema=listed["outputSchema"]),
        annotations=ToolAnnotations.model_validate(listed["annotations"]),
        meta=listed.get("_meta"),
    )


def own_tool(action: AnyAction, desk: Desk) -> Tool:
    """The tool of an action that is not in the catalogue, for `extra`."""
    from zcrm_tools.actions import schema

    return tool(schema.card(action), desk, lambda _: action)


def answer(body: dict[str, Any], *, failed: bool = False) -> CallToolResult:
    told = render.marked(body)
    return CallToolResult(
        content=[TextContent(type="text", text=render.fenced(told))],
        structured_content=told,
        is_error=failed,
    )


def _crash(card: Card) -> dict[str, Any]:
    """Nothing of an unexpected exception reaches a model; the log on stderr has it."""
    writes = card.effect != "read"
    return render.failure(
        ZcrmError(
            Problem(
                "INTERNAL_ERROR",
                f"{card.name} failed because of a mistake in this server.",
                not_done="Whether anything was written is not known." if writes else "Nothing was written.",
                next_step="Look at list_changes and at the record before writing again."
                if writes
                else "Try other arguments, or tell the person; the server's log has the details.",
                fix_by="nobody",
            )
        )
    )


async def _never() -> None:
    raise AssertionError("ActionTool.run replaces it")
