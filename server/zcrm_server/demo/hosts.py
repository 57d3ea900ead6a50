"""How to connect an assistant: exact text for four hosts, with this installation's own path."""

from __future__ import annotations

import json
import shlex

from zcrm_server.demo.screen import Screen
from zcrm_tools.hosts.command import server_command, typed_command


def configuration(key: str, command: str, arguments: list[str], *, kind: str = "") -> str:
    """A host's JSON, the server's line of arguments kept on one line."""
    lines = [f'"type": {json.dumps(kind)}'] if kind else []
    lines += [f'"command": {json.dumps(command)}', f'"args": {json.dumps(arguments)}']
    inner = ",\n      ".join(lines)
    return f'{{\n  "{key}": {{\n    "zcrm": {{\n      {inner}\n    }}\n  }}\n}}'


def show(screen: Screen) -> None:
    command, *arguments = words = [*server_command(), "--demo", "--write"]
    typed = shlex.join(typed_command())
    screen.heading("Connect your assistant to this demo org")
    screen.say()
    screen.say("Claude Code:")
    screen.verbatim(f"claude mcp add zcrm -- {shlex.join(words)}")
    screen.say()
    screen.say("Claude Desktop: Settings → Developer → Edit Config. Cursor: ~/.cursor/mcp.json")
    screen.verbatim(configuration("mcpServers", command, arguments))
    screen.say()
    screen.say("VS Code: .vscode/mcp.json")
    screen.verbatim(configuration("servers", command, arguments, kind="stdio"))
    screen.say()
    screen.text("Or have it written into the host's own file, shown to you first:")
    screen.verbatim(f"{typed} install cursor --demo --write")
    screen.say()
    screen.text("Then ask: “Which deals close this month, and how much are they worth by stage?”")
    screen.heading("Then use your own Zoho CRM")
    screen.say()
    screen.verbatim(f"{typed} login")
    screen.say()
    screen.text(
        "and leave out --demo. Without --write the server is read-only: it offers no tool that changes anything."
    )
    screen.say()
