"""One attempt at one task: by the scripted reference agent in this process, or by an agent of one's own as a command."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from crm_evals.person import Person
from crm_evals.task import Case, Task, faults
from crm_evals.world import Changes, World, world

CHARACTERS_A_TOKEN = 4
"""A rule of thumb, the same for every agent that is compared."""

TURNS = 3
"""How often a reference agent applies a plan that changed under it before it gives up."""


@dataclass(frozen=True)
class Verdict:
    """`faults` is empty when the task was done, and nothing else. `tokens` are those of tool results, estimated."""

    task: str
    org: int
    faults: list[str]
    unallowed: list[str]
    calls: int
    tokens: int
    answer: str = field(repr=False)

    @property
    def success(self) -> bool:
        return not self.faults and not self.unallowed

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "success": self.success}


class Scripted:
    """The reference agent: a solution that calls tools through a real MCP client, as a model would."""

    def __init__(self, client: Any, person: Person) -> None:
        self._client = client
        self._person = person
        self.calls = 0
        self.characters = 0

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        result = await self._client.call_tool(tool, arguments)
        self.calls += 1
        self.characters += sum(len(part.text) for part in result.content if part.type == "text")
        structure: dict[str, Any] = result.structured_content
        return structure

    async def write(self, tool: str, **arguments: Any) -> dict[str, Any]:
        told = await self.call(tool, **arguments)
        for _ in range(TURNS):
            if told.get("status") != "waiting":
                break
            self._person.look()
            told = await self.call(tool, **arguments, plan_id=told["plan_id"])
        return told

    async def coql(self, query: str) -> list[dict[str, Any]]:
        table = await self.call("run_coql", query=query, max_rows=2000)
        assert "rows" in table or table.get("count") == 0, table
        return [dict(zip(table["columns"], row, strict=True)) for row in table.get("rows", [])]


async def scripted(task: Task, org: World, case: Case) -> tuple[Verdict, Changes]:
    """The reference agent's attempt, through a server in this process."""
    from mcp import Client

    from zcrm_server.app import build
    from zcrm_tools import settings
    from zcrm_tools.connection import Connector

    person = Person(org.environment, case.approves)
    connector = Connector(settings.from_environment(org.environment), write=task.write)
    try:
        server = build(connector, toolsets=("core", *task.toolsets), write=task.write)
        async with Client(server) as client:
            agent = Scripted(client, person)
            answer = await case.solve(agent)
        return _verdict(task, org, case, person, answer, agent.calls, agent.characters)
    finally:
        person.close()
        await connector.aclose()


def commanded(task: Task, number: int, command: str, folder: Path, seconds: float) -> Verdict:
    """An attempt by a command. `{prompt}` and `{config}` in it are replaced; its stdout is the answer.

    `config` is a file of the form `{"mcpServers": {"zcrm": {"command": …, "args": …, "env": …}}}`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "calls.jsonl"
    with world(number, folder / "home") as org:
        case = task.prepare(org)
        org.begin()
        config = folder / "mcp.json"
        config.write_text(json.dumps({"mcpServers": {"zcrm": _server(task, org, log)}}, indent=2))
        words = [
            w.replace("{prompt}", case.prompt).replace("{config}", str(config)) for w in shlex.split(command)
        ]
        person = Person(org.environment, case.approves)
        try:
            with person:
                ran = subprocess.run(
                    words, input=case.prompt, capture_output=True, text=True, timeout=seconds, check=False
                )
            (folder / "stderr.txt").write_text(ran.stderr)
            seen = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
            calls, characters = len(seen), sum(one["characters"] for one in seen)
            verdict, _ = _verdict(task, org, case, person, ran.stdout, calls, characters)
        finally:
            person.close()
    return verdict


def _server(task: Task, org: World, log: Path) -> dict[str, Any]:
    """How a host starts the server under test, with a recorder between them."""
    flags = ["--toolsets", ",".join(("core", *task.toolsets)), *(["--write"] if task.write else [])]
    return {
        "command": sys.executable,
        "args": [
            str(Path(__file__).with_name("recorder.py")),
            str(log),
            sys.executable,
            "-m",
            "zcrm_server",
            *flags,
        ],
        "env": {**org.environment, "PATH": os.environ.get("PATH", "")},
    }


def _verdict(
    task: Task, org: World, case: Case, person: Person, answer: str, calls: int, characters: int
) -> tuple[Verdict, Changes]:
    changes = org.changes()
    wrong = faults(case.wanted, changes, answer)
    unallowed = person.unallowed(changes)
    tokens = round(characters / CHARACTERS_A_TOKEN)
    return Verdict(task.name, org.number, wrong, unallowed, calls, tokens, answer), changes
