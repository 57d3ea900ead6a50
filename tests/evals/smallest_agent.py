"""The smallest agent that the kit can judge: it asks one tool and says what came back. With `--meddle` it writes as well.

Also an example of what a command given to `run.py --agent` is told: a file that names the server to start.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from mcp import Client
from mcp.client.stdio import StdioServerParameters


async def main(server: dict[str, Any]) -> None:
    async with Client(StdioServerParameters(**server)) as client:
        if "--meddle" in sys.argv:
            await client.call_tool("create_lead", {"last_name": "Meddled", "company": "Nobody asked"})
        told = await client.call_tool("describe_module", {"module": "Leads", "detail": "full"})
        print(told.content[0].text)


asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())["mcpServers"]["zcrm"]))
