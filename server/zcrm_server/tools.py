"""Actions as MCP tools: our model validates, our schema is published, and every answer is one JSON value, once as
structure and once as compact text. Clients differ in which of the two they show a model, so neither says more.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.types import CallToolResult, TextContent, ToolAnnotations

from zcrm_tools.actions import render, schema
from zcrm_tools.actions.action import AnyAction
from zcrm_tools.errors import Problem, ZcrmError

if TYPE_CHECKING:
    from zcrm_tools.client import AsyncClient

_log = logging.getLogger(__name__)

FAILURE: dict[str, Any] = {
    "error": {"type": "string", "description": "Only when the call failed"},
    "problems": {"type": "array", "items": {"type": "object"}},
    "outcome": {"type": "string", "enum": ["unknown"]},
}
"""What `render.failure` gives. Part of every output schema, because some clients hold failures to it as well."""


ANY_VALUE = {
    "anyOf": [{"type": t} for t in ("string", "number", "boolean", "array", "object", "null")],
}
"""Any JSON value, spelled out: clients that make types of schemas stumble over an empty one."""


class Connection(Protocol):
    async def client(self) -> AsyncClient:
        """The shared client. Raises NotConfigured or LoginRequired, and tries again on the next call."""


class ActionTool(Tool):
    """One action as a tool. None of the SDK's signature inference and argument coercion runs."""

    action: Any
    connection: Any

    async def run(
        self,
        arguments: dict[str, Any],
        context: Context[Any, Any],  # noqa: ARG002 — the SDK passes it
        convert_result: bool = False,  # noqa: ARG002
    ) -> CallToolResult:
        """Perform the action. Cancelling is safe at any moment: the gate shields a write that has begun."""
        action: AnyAction = self.action
        connection: Connection = self.connection
        try:
            given = action.accept(arguments)
            output = await (await connection.client()).perform(action, given)
        except ZcrmError as refused:
            return answer(render.failure(refused), failed=True)
        except Exception:  # noqa: BLE001 — a crash must reach neither the model nor the transport
            _log.exception("%s failed unexpectedly", action.name)
            return answer(_crash(action), failed=True)
        return answer(render.structured(output))


def tool(action: AnyAction, connection: Connection) -> Tool:
    """The tool that projects an action."""
    return ActionTool(
        fn=_never,
        is_async=True,
        context_kwarg=None,
        action=action,
        connection=connection,
        name=action.name,
        title=action.title,
        description=action.description,
        parameters=schema.input_schema(action),
        fn_metadata=FuncMetadata(arg_model=ArgModelBase, output_schema=published_output(action)),
        annotations=hints(action),
    )


def published_output(action: AnyAction) -> dict[str, Any]:
    """The action's output schema, with what a failure answers."""
    gives = schema.output_schema(action)
    shapes = {name: _spelled_out(shape) for name, shape in gives.get("properties", {}).items()}
    return {**gives, "properties": {**shapes, **FAILURE}}


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
    return CallToolResult(
        content=[TextContent(type="text", text=render.text(body))], structured_content=body, is_error=failed
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
