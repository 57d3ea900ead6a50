"""Actions as MCP tools: our model validates, our schema is published, and every answer is one JSON value, once as
structure and once as compact text, fenced as data. Clients differ in which of the two they show a model, so neither
says more.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.types import CallToolResult, InputRequiredResult, TextContent, ToolAnnotations

from zcrm_server import access, approval, apps
from zcrm_server.profiles import ARGUMENT, SHOWN, Profiles, Served
from zcrm_tools.actions import render, schema
from zcrm_tools.actions.action import AnyAction, Output
from zcrm_tools.actions.written import Written
from zcrm_tools.errors import Problem, ZcrmError
from zcrm_tools.safety.asker import Asker, asking
from zcrm_tools.safety.masks import Masks

if TYPE_CHECKING:
    from collections.abc import Hashable

    from zcrm_tools.client import AsyncClient


_log = logging.getLogger(__name__)

FAILURE: dict[str, Any] = {
    "error": {"type": "string", "description": "Only when the call failed"},
    "problems": {"type": "array", "items": {"type": "object"}},
    "outcome": {"type": "string", "enum": ["unknown"]},
}
"""What `render.failure` gives. Part of every output schema, because some clients hold failures to it as well."""


MARKED: dict[str, Any] = {name: {"type": "string"} for name in render.MARK}
"""How every answer begins: it says of itself that it is data."""

ANY_VALUE = {
    "anyOf": [{"type": t} for t in ("string", "number", "boolean", "array", "object", "null")],
}
"""Any JSON value, spelled out: clients that make types of schemas stumble over an empty one."""


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

    action: Any
    desk: Any

    async def run(
        self,
        arguments: dict[str, Any],
        context: Context[Any, Any],
        convert_result: bool = False,  # noqa: ARG002 — the SDK passes it
    ) -> CallToolResult | InputRequiredResult:
        """Perform the action. Cancelling is safe at any moment: the gate shields a write that has begun."""
        action: AnyAction = self.action
        desk: Desk = self.desk
        shown: dict[str, str] = {}
        masks = Masks()
        try:
            served, rest = desk.profiles.pick(action.effect, arguments)
            shown = served.shown if desk.profiles.several else {}
            with asking(_asker(context, desk, served)):
                client = await served.connection.client()
                masks = client.gate.masks
                output = await _perform(action, client, masks.reveal(rest), context)
        except ZcrmError as refused:
            return answer({**shown, **render.failure(refused, masks)}, failed=True)
        except Exception:  # noqa: BLE001 — a crash must reach neither the model nor the transport
            _log.exception("%s failed unexpectedly", action.name)
            return answer({**shown, **_crash(action)}, failed=True)
        if isinstance(output, InputRequiredResult):
            return output
        return answer({**shown, **render.structured(output, masks, size=render.MODEL_SIZE)})


async def _perform(
    action: AnyAction, client: AsyncClient, arguments: dict[str, Any], context: Context[Any, Any]
) -> Output | InputRequiredResult:
    """The action's answer, once the person was asked where they must be and can be. Else the question, or a waiting plan."""
    said = approval.answered(context)
    if said is not None:
        await said.settle(client)
        arguments = {**arguments, "plan_id": said.plan}
    given = action.accept(arguments)
    output: Output = await client.perform(action, given, progress=context.report_progress)
    if not (isinstance(output, Written) and output.needs_person) or getattr(given, "dry_run", False):
        return output
    way = approval.way(context)
    if way == "cannot ask":
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
    can_ask = approval.way(context) != "cannot ask"
    beside = bool(desk.page) or (desk.beside and served.connection.shared)
    return Asker(access.principal(), _client_name(context), reachable=can_ask or beside, page=desk.page)


def _client_name(context: Context[Any, Any]) -> str:
    """The program as it calls itself: for the audit, never for a decision."""
    told = context.session.client_params if context.protocol_version else None
    return "" if told is None else f"{told.client_info.name} {told.client_info.version}".strip()


def tool(action: AnyAction, desk: Desk) -> Tool:
    """The tool that projects an action."""
    return ActionTool(
        fn=_never,
        is_async=True,
        context_kwarg=None,
        action=action,
        desk=desk,
        name=action.name,
        title=action.title,
        description=action.description,
        parameters=published_input(action, desk.profiles),
        fn_metadata=FuncMetadata(
            arg_model=ArgModelBase, output_schema=published_output(action, desk.profiles)
        ),
        annotations=hints(action),
        meta=apps.meta(action),
    )


def published_input(action: AnyAction, profiles: Profiles) -> dict[str, Any]:
    """The action's input schema with the org's values as hints, and `profile` first where there are several."""
    takes = schema.input_schema(action, profiles.hints(action))
    if not profiles.several:
        return takes
    properties = {ARGUMENT: profiles.argument(action.effect), **takes["properties"]}
    return {**takes, "properties": properties, "required": [ARGUMENT, *takes.get("required", ())]}


def published_output(action: AnyAction, profiles: Profiles) -> dict[str, Any]:
    """The action's output schema, with what a failure answers."""
    gives = _gives(cast("Hashable", action.gives))
    about = {**MARKED, **(SHOWN if profiles.several else {})}
    return {**gives, "properties": {**about, **gives["properties"], **FAILURE}}


@cache
def _gives(output: Any) -> dict[str, Any]:
    """Half of the actions give the same, and pydantic takes 4 ms to say what."""
    gives = schema.compact(output, mode="serialization")
    return {
        **gives,
        "properties": {n: _spelled_out(shape) for n, shape in gives.get("properties", {}).items()},
    }


def _spelled_out(shape: dict[str, Any]) -> dict[str, Any]:
    if not shape.keys() - {"description", "default"}:
        return {**shape, **ANY_VALUE}
    out = dict(shape)
    for key in ("items", "additionalProperties"):
        if isinstance(inner := shape.get(key), dict):
            out[key] = _spelled_out(inner)
    if "properties" in shape:
        out["properties"] = {name: _spelled_out(inner) for name, inner in shape["properties"].items()}
    return out


def hints(action: AnyAction) -> ToolAnnotations:
    """All four hints, from the effect. The world is open because strangers type into leads and notes."""
    effect = action.effect
    return ToolAnnotations(
        read_only_hint=effect == "read",
        destructive_hint=effect in ("update", "delete", "send"),
        idempotent_hint=effect in ("read", "update", "delete"),
        open_world_hint=True,
    )


def answer(body: dict[str, Any], *, failed: bool = False) -> CallToolResult:
    told = render.marked(body)
    return CallToolResult(
        content=[TextContent(type="text", text=render.fenced(told))],
        structured_content=told,
        is_error=failed,
    )


def _crash(action: AnyAction) -> dict[str, Any]:
    """Nothing of an unexpected exception reaches a model; the log on stderr has it."""
    writes = action.effect != "read"
    return render.failure(
        ZcrmError(
            Problem(
                "INTERNAL_ERROR",
                f"{action.name} failed because of a mistake in this server.",
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
