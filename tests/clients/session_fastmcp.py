"""The session of conftest.py, by fastmcp's client: `session_fastmcp.py stdio COMMAND ARGUMENT…` or `… http URL TOKEN`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from fastmcp import Client
from fastmcp.client.transports import StdioTransport, StreamableHttpTransport


async def main(way: str, *rest: str) -> None:
    asked: list[str] = []

    async def answer(message: str, *_: Any) -> dict[str, Any]:
        asked.append(message)
        return {}

    if way == "stdio":
        transport: Any = StdioTransport(rest[0], list(rest[1:]), env=dict(os.environ))
    else:
        transport = StreamableHttpTransport(rest[0], headers={"authorization": f"Bearer {rest[1]}"})
    async with Client(transport, elicitation_handler=answer) as client:

        async def call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
            result = await client.call_tool(name, arguments, raise_on_error=False)
            return result.structured_content

        tools = [tool.name for tool in await client.list_tools()]
        connection = await call("get_connection", {})
        found = await call("search_leads", {"limit": 21})
        place = found["columns"].index("id")
        refused = await call("get_record", {"module": "Leads", "idd": "1"})
        records = [{"id": row[place], "fields": {"Designation": "Head of Ice"}} for row in found["rows"]]
        written = await call("update_records", {"module": "Leads", "records": records})
        changes = await call("list_changes", {"limit": 100})
        contents = await client.read_resource("zcrm://connection")
        prompts = await client.list_prompts()
    told = {
        "tools": tools,
        "mode": connection["mode"],
        "found": found["count"],
        "refused": sorted(problem["code"] for problem in refused["problems"]),
        "asked": len(asked),
        "written": [written["status"], len(written["records"])],
        "changes": changes["count"],
        "resource": len(contents),
        "prompts": [prompt.name for prompt in prompts],
    }
    print(json.dumps(told))


asyncio.run(main(*sys.argv[1:]))
