"""MCPServer with three things more: a tool that is not offered is refused in words that say why, over HTTP a caller is
offered no more than its token allows, and any two streams can be served.
"""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, GetPromptResult, InputRequiredResult
from mcp.types import Tool as Listed

from zcrm_server import access, prompts
from zcrm_server.offers import not_offered
from zcrm_server.tools import answer
from zcrm_tools.actions import render
from zcrm_tools.errors import NOTHING_WRITTEN, NotAllowed, Problem


class Server(MCPServer[Any]):
    @property
    def offered(self) -> frozenset[str]:
        return frozenset(tool.name for tool in self._tool_manager.list_tools())

    def scope_of(self, name: str) -> str | None:
        """The scope that a token needs to call this tool; None when it is not offered."""
        tool = self._tool_manager.get_tool(name)
        if tool is None:
            return None
        reads = tool.annotations is not None and tool.annotations.read_only_hint
        return access.READ if reads else access.WRITE

    def longest(self, held: frozenset[str]) -> int:
        """Characters of the longest argument that some tool takes from a token of these scopes; 0 where none says."""
        tools = [tool for tool in self._tool_manager.list_tools() if self.scope_of(tool.name) in held]
        return max(
            (one.get("maxLength", 0) for t in tools for one in t.parameters.get("properties", {}).values()),
            default=0,
        )

    def scopes(self) -> list[str]:
        """Those that some tool here needs, the smaller first."""
        used = {self.scope_of(name) for name in self.offered}
        return [scope for scope in access.SCOPES if scope in used]

    async def run_on(self, read: Any, write: Any) -> None:
        """Serve one client over two of the SDK's streams, until the first ends."""
        await self._lowlevel_server.run(read, write, self._lowlevel_server.create_initialization_options())

    async def list_tools(self) -> list[Listed]:
        """Those that the token of this request may call, in the order of the catalogue."""
        held = access.held()
        return [
            tool for tool in await super().list_tools() if held is None or self.scope_of(tool.name) in held
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        needs = self.scope_of(name)
        if needs is None:
            return answer(render.failure(NotAllowed(not_offered(name, self.offered))), failed=True)
        held = access.held()
        if held is not None and needs not in held:
            return answer(render.failure(NotAllowed(_not_covered(name, needs))), failed=True)
        return await super().call_tool(name, arguments, context)

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[Any, Any] | None = None
    ) -> GetPromptResult | InputRequiredResult:
        prompts.refuse(await self.list_prompts(), name, arguments or {})
        return await super().get_prompt(name, arguments, context)


def _not_covered(name: str, scope: str) -> Problem:
    """The door says so first; this is for a request that it read otherwise than the SDK does."""
    return Problem(
        "SCOPE_NEEDED",
        f"{name} needs the scope {scope}, which this token does not have.",
        NOTHING_WRITTEN,
        "Sign in to this server again with that scope.",
        fix_by="person",
    )
