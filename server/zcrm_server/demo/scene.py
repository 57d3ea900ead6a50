"""One running demonstration: calls through the server, and what its steps found on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp import Client, MCPError
from mcp.types import CallToolResult

from zcrm_server.demo.screen import Screen
from zcrm_server.demo.stage import Broken, Emulator

Reply = Mapping[str, Any]


@dataclass(slots=True)
class Scene:
    """`lead`, `deal` and the rest are filled by the step that finds them, through the tools."""

    screen: Screen
    client: Client
    emulator: Emulator
    calls: int = 0
    checks: int = 0
    lead: dict[str, Any] = field(default_factory=dict)
    deal: dict[str, Any] = field(default_factory=dict)
    created: str = ""
    moved: str = ""
    undone: str = ""

    async def ask(self, tool: str, **arguments: Any) -> Reply:
        """Call a tool that must succeed."""
        result = await self._call(tool, arguments)
        if result.is_error:
            problems = (result.structured_content or {}).get("problems") or [{}]
            raise Broken(f"{tool} was refused: {problems[0].get('message', 'without a reason')}")
        return self._body(tool, result)

    async def ask_refused(self, tool: str, **arguments: Any) -> Reply:
        """Call a tool that must be refused."""
        result = await self._call(tool, arguments)
        if not result.is_error:
            raise Broken(f"{tool} accepted what it had to refuse.")
        return self._body(tool, result)

    def check(self, *, holds: bool, what: str) -> None:
        """`what` is printed when it holds, and is what was expected when it does not."""
        if not holds:
            raise Broken(f"The store does not agree with: {what}")
        self.checks += 1
        self.screen.checked(what)

    async def _call(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        self.screen.asks(tool, arguments)
        self.calls += 1
        calling = asyncio.ensure_future(self.client.call_tool(tool, arguments))
        dying = asyncio.ensure_future(self.emulator.process.wait())
        try:
            await asyncio.wait({calling, dying}, return_when=asyncio.FIRST_COMPLETED)
            if ended := self.emulator.ended():
                raise Broken(ended)
            return await calling
        except MCPError as lost:
            raise Broken(f"The server gave no answer to {tool}: {lost.error.message}.") from None
        finally:
            calling.cancel()
            dying.cancel()
            await asyncio.gather(calling, dying, return_exceptions=True)

    @staticmethod
    def _body(tool: str, result: CallToolResult) -> Reply:
        if not isinstance(result.structured_content, dict):
            raise Broken(f"{tool} answered without structured content.")
        return result.structured_content


def rows(table: Reply) -> list[dict[str, Any]]:
    """A table's rows by column name."""
    columns = table.get("columns", [])
    return [dict(zip(columns, row, strict=True)) for row in table.get("rows", [])]
