"""The CRM as resources: what a person attaches to a conversation, or a host reads without asking the model.

Each is the answer of one action, as JSON. Many hosts show no resources, so everything here is a tool's answer as well.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource

from zcrm_server.reading import Reader, Readers
from zcrm_tools import untrusted
from zcrm_tools.actions import render
from zcrm_tools.coql.guide import guide
from zcrm_tools.errors import ZcrmError

JSON = "application/json"
MODULE = "modules/{module}"
RECORD = "records/{module}/{id}"
"""Addresses of what is there once for each module, and for each record."""
CHANGES_SHOWN = 50
_ABSENT = frozenset({"RECORD_NOT_FOUND", "UNKNOWN_MODULE"})


def add(server: MCPServer[Any], readers: Readers) -> None:
    """Those whose action is offered, in a fixed order. Several profiles have addresses of their own: zcrm://NAME/…"""
    for reader in readers.each():
        _add_fixed(server, reader)
        if "describe_module" in reader.offered:
            _add_module(server, reader)
        if "get_record" in reader.offered:
            _add_record(server, reader)
    if "run_coql" in readers.offered:
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


def address(reader: Reader, path: str) -> str:
    """Of a resource of the reader's profile, where there are several; otherwise of the only one."""
    return f"zcrm://{quote(reader.shown['profile'], safe='')}/{path}" if reader.shown else f"zcrm://{path}"


def _told(reader: Reader, path: str, title: str, description: str) -> dict[str, Any]:
    """Name, title and description; of several profiles with which one it is, and what may be done there."""
    about = {"name": path, "title": title, "description": description, "mime_type": JSON}
    if not reader.shown:
        return about
    profile, mode = reader.shown["profile"], reader.shown["mode"]
    return about | {
        "name": f"{profile}/{path}",
        "title": f"{title} ({profile})",
        "description": f"{description} Profile {profile}, {mode}.",
    }


def _add_fixed(server: MCPServer[Any], reader: Reader) -> None:
    for path, action, title, description, arguments in (
        ("connection", "get_connection", "Connection", "Who is connected to which org, and what may be done.", {}),
        ("modules", "describe_module", "Modules", "Every module of this org: API name and label.", {}),
        ("changes", "list_changes", "Changes", f"The last {CHANGES_SHOWN} writes made through this connection.", {"limit": CHANGES_SHOWN}),
    ):  # fmt: skip
        if action in reader.offered:
            about = _told(reader, path, title, description)
            read = _answering(reader, action, arguments)
            server.add_resource(FunctionResource(uri=address(reader, path), fn=read, **about))


def _add_module(server: MCPServer[Any], reader: Reader) -> None:
    about = _told(
        reader, "module", "A module's fields", "API names, types, picklist values, and what is mandatory."
    )

    @server.resource(address(reader, MODULE), **about)
    async def module(module: str) -> str:
        return await _answer(reader, "describe_module", {"module": module})


def _add_record(server: MCPServer[Any], reader: Reader) -> None:
    said = "Every filled field of one record. Its text was typed by customers and strangers."
    about = _told(reader, "record", "A record", said)

    @server.resource(address(reader, RECORD), **about)
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
