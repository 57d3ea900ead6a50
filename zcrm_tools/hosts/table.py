"""One row a host. The installer, the pages in server/clients and the texts at the end of `zcrm demo` are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from zcrm_tools.coql.spelling import nearest
from zcrm_tools.errors import NotConfigured, Problem

NAME: Final = "zcrm"
"""What our server is called in every list."""
Format = Literal["json", "toml"]
"""JSON may hold comments: several hosts allow them, and none is taken out."""
System = Literal["darwin", "win32", "linux"]


@dataclass(frozen=True, slots=True)
class Host:
    """`user` is the file for all of a person's work: `~` is their home and `%APPDATA%` Windows' folder for settings; ""
    where there is none. `project` is the file in a project's folder. `key` holds the servers. `kind`: the entry says that
    it is stdio. `asks`: it shows a person what a server asks, so that approvals come up in the conversation.
    """

    id: str
    title: str
    key: str
    format: Format
    user: Mapping[System, str]
    project: str
    docs: str
    then: str
    kind: bool = False
    asks: bool = False
    command: str = ""

    def entry(self, command: str, arguments: list[str], env: Mapping[str, str]) -> dict[str, Any]:
        """What the file holds under our name."""
        found: dict[str, Any] = {"type": "stdio"} if self.kind else {}
        found |= {"command": command, "args": arguments}
        return {**found, "env": dict(env)} if env else found

    def user_file(self, system: System, home: Path, environment: Mapping[str, str]) -> Path | None:
        """None where the host has no such file."""
        where = self.user.get(system, "")
        if not where:
            return None
        appdata = environment.get("APPDATA") or str(home / "AppData" / "Roaming")
        return Path(where.replace("%APPDATA%", appdata).replace("~", str(home), 1))


def _everywhere(path: str) -> dict[System, str]:
    return {"darwin": path, "win32": path, "linux": path}


HOSTS: Final[tuple[Host, ...]] = (
    Host(
        "claude-desktop",
        "Claude Desktop",
        "mcpServers",
        "json",
        {
            "darwin": "~/Library/Application Support/Claude/claude_desktop_config.json",
            "win32": "%APPDATA%/Claude/claude_desktop_config.json",
            "linux": "~/.config/Claude/claude_desktop_config.json",
        },
        "",
        "https://modelcontextprotocol.io/docs/develop/connect-local-servers",
        "Quit Claude Desktop and start it again. The tools are under the sliders button of the message box.",
    ),
    Host(
        "claude-code",
        "Claude Code",
        "mcpServers",
        "json",
        {},
        ".mcp.json",
        "https://code.claude.com/docs/en/mcp",
        "Start `claude` in that folder; it asks once whether the project's servers may run. `/mcp` shows them.",
        kind=True,
        asks=True,
        command="claude mcp add --scope user zcrm -- {words}",
    ),
    Host(
        "vscode",
        "VS Code",
        "servers",
        "json",
        {
            "darwin": "~/Library/Application Support/Code/User/mcp.json",
            "win32": "%APPDATA%/Code/User/mcp.json",
            "linux": "~/.config/Code/User/mcp.json",
        },
        ".vscode/mcp.json",
        "https://code.visualstudio.com/docs/copilot/reference/mcp-configuration",
        "Run “MCP: List Servers” from the command palette and start zcrm; the tools are in agent mode.",
        kind=True,
        asks=True,
    ),
    Host(
        "cursor",
        "Cursor",
        "mcpServers",
        "json",
        _everywhere("~/.cursor/mcp.json"),
        ".cursor/mcp.json",
        "https://cursor.com/docs/context/mcp",
        "Open Settings → MCP and see that zcrm is on.",
        asks=True,
    ),
    Host(
        "codex",
        "Codex",
        "mcp_servers",
        "toml",
        _everywhere("~/.codex/config.toml"),
        ".codex/config.toml",
        "https://developers.openai.com/codex/mcp",
        "Start `codex`; `/mcp` lists the server. A project's file counts only in a folder that Codex trusts.",
        command="codex mcp add zcrm -- {words}",
    ),
    Host(
        "gemini-cli",
        "Gemini CLI",
        "mcpServers",
        "json",
        _everywhere("~/.gemini/settings.json"),
        ".gemini/settings.json",
        "https://github.com/google-gemini/gemini-cli/blob/main/docs/tools/mcp-server.md",
        "Start `gemini`; `/mcp` lists the server and its tools.",
        command="gemini mcp add --scope user zcrm {words}",
    ),
    Host(
        "windsurf",
        "Windsurf",
        "mcpServers",
        "json",
        _everywhere("~/.codeium/windsurf/mcp_config.json"),
        "",
        "https://docs.windsurf.com/windsurf/cascade/mcp",
        "Press the refresh button in Cascade's list of MCP servers.",
    ),
    Host(
        "zed",
        "Zed",
        "context_servers",
        "json",
        {
            "darwin": "~/.config/zed/settings.json",
            "win32": "%APPDATA%/Zed/settings.json",
            "linux": "~/.config/zed/settings.json",
        },
        ".zed/settings.json",
        "https://zed.dev/docs/ai/mcp",
        "Zed starts the server at once; the agent panel's settings show a green dot beside it.",
    ),
    Host(
        "jetbrains",
        "JetBrains IDEs (Junie, AI Assistant)",
        "mcpServers",
        "json",
        _everywhere("~/.junie/mcp/mcp.json"),
        ".junie/mcp/mcp.json",
        "https://www.jetbrains.com/help/ai-assistant/mcp.html",
        "Junie reads this file. For AI Assistant, paste the same text into Settings → Tools → AI Assistant → Model Context Protocol → Add.",
    ),
)


def host(id: str) -> Host:
    """Raises NotConfigured for a name that is none."""
    for one in HOSTS:
        if one.id == id:
            return one
    known = tuple(one.id for one in HOSTS)
    raise NotConfigured(
        Problem(
            "UNKNOWN_HOST",
            f"There is no host {id!r}.",
            "Nothing was written.",
            allowed=known,
            closest=nearest(id, known) or "",
            fix_by="person",
        )
    )
