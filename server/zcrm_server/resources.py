"""The CRM as resources: what a person attaches to a conversation, or a host reads without asking the model.

Each is the answer of one action, as JSON. Many hosts show no resources, so everything here is a tool's answer as well.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource

from zcrm_server.reading import Reader
from zcrm_tools import untrusted
from zcrm_tools.actions import render
from zcrm_tools.coql.guide import guide
from zcrm_tools.errors import ZcrmError

JSON = "application/json"
CHANGES_SHOWN = 50
_ABSENT = frozenset({"RECORD_NOT_FOUND", "UNKNOWN_MODULE"})


def add(server: MCPServer[Any], reader: Reader) -> None:
    """Those whose action is offered, in a fixed order."""
    for uri, action, title, description, arguments in (
        ("zcrm://connection", "get_connection", "Connection", "Who is connected to which org, and what may be done.", {}),
        ("zcrm://modules", "describe_module", "Modules", "Every module of this org: API name and label.", {}),
        ("zcrm://changes", "list_changes", "Changes", f"The last {CHANGES_SHOWN} writes made through this connection.", {"limit": CHANGES_SHOWN}),
    ):  # fmt: skip
        if action in reader.offered:
            server.add_resource(
                FunctionResource(
                    uri=uri,
                    name=uri.removeprefix("zcrm://"),
                    title=title,
                    description=description,
                    mime_type=JSON,
                    fn=_answering(reader, action, arguments),
                )
            )
    if "describe_module" in reader.offered:
        _add_module(server, reader)
    if "get_record" in reader.offered:
        _add_record(server, reader)
    if "run_coql" in reader.offered:
        server.add_resource(
            FunctionResource(
                uri="zcrm://coql/guide",
                name="coql/guide",
                title="COQL on one page",
                description="The query language: grammar, operators, limits, and examples that run.",
                mime_type="text/markdown",
                fn=_guide,
            )
        )


def _add_module(server: MCPServer[Any], reader: Reader) -> None:
    @server.resource(
        "zcrm://modules/{module}",
        name="module",
        title="A module's fields",
        description="API names, types, picklist values, and what is mandatory.",
        mime_type=JSON,
    )
    async def module(module: str) -> str:
        return await _answer(reader, "describe_module", {"module": module})


def _add_record(server: MCPServer[Any], reader: Reader) -> None:
    @server.resource(
        "zcrm://records/{module}/{id}",
        name="record",
        title="A record",
        description="Every filled field of one record. Its text was typed by customers and strangers.",
        mime_type=JSON,
    )
    async def record(module: str, id: str) -> str:
        return await _answer(reader, "get_record", {"module": module, "id": id})


async def _guide() -> str:
    return guide()


def _answering(reader: Reader, action: str, arguments: dict[str, Any]) -> Callable[[], Awaitable[str]]:
    async def read() -> str:
        return await _answer(reader, action, arguments)

    return read


async def _answer(reader: Reader, action: str, arguments: dict[str, Any]) -> str:
    try:
        return render.text(render.marked(await reader.read(action, arguments)))
    except ZcrmError as refused:
        kind = ResourceNotFoundError if refused.problem.code in _ABSENT else ResourceError
        raise kind(untrusted.clean(str(refused))) from refused
