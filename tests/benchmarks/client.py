"""What our layers cost over bare httpx2, and what the official SDK costs: CPU of one page of 200 leads × 30 fields.

    python tests/benchmarks/client.py
    ZOHO_SDK8_PYTHON=…/bin/python python tests/benchmarks/client.py   # with the official SDK beside it

A server of its own process gives one page without making it, so only clients are measured. Rounds alternate between
the clients; the figures are the least CPU milliseconds for each call of any round, as other work on the machine only
adds to them, and the medians beside them; 20 calls at once (the SDK makes one at a time).
Bare is httpx2 and a JSON decoder: orjson where it is installed, and the standard library's.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2

CALLS = int(os.environ.get("CALLS", "400"))
ROUNDS = int(os.environ.get("ROUNDS", "7"))
AT_ONCE = 20
ONE = "ours, one at a time"
"""As the official SDK makes its calls."""
SDK = Path(__file__).parent.parent / "sdk" / "v8"
WIDE = (
    "Last_Name First_Name Company Email Phone Mobile Fax Website Designation Lead_Source Lead_Status Industry"
    " No_of_Employees Annual_Revenue Rating Street City State Zip_Code Country Description Skype_ID Secondary_Email"
    " Twitter Salutation Email_Opt_Out Owner Created_By Created_Time Modified_Time"
).split()


def serve() -> None:
    """The canned page in front of an emulator, which answers what else the SDK asks for."""
    import uvicorn

    from zcrm_tools.emulator.app import open_emulator

    emulator = open_emulator(seed="demo")
    stored = [row[0] for row in emulator.store.fetch('SELECT id FROM "Leads" LIMIT 200')]
    body = json.dumps(
        {"data": [_lead(i, stored[i % len(stored)]) for i in range(200)], "info": _INFO}
    ).encode()
    head = [
        (b"content-type", b"application/json;charset=UTF-8"),
        (b"content-length", str(len(body)).encode()),
    ]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/crm/v8/Leads":
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": body})
        else:
            await emulator.app(scope, receive, send)

    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    given = emulator.credentials
    print(
        json.dumps(
            {
                "url": url,
                "accounts_url": url,
                "client_id": given.client_id,
                "client_secret": given.client_secret,
                "refresh_token": given.refresh_token,
                "access_token": given.access_token,
                "bytes": len(body),
            }
        ),
        flush=True,
    )
    config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_keep_alive=300)
    uvicorn.Server(config).run(sockets=[listener])


_INFO = {
    "per_page": 200,
    "count": 200,
    "page": 1,
    "more_records": False,
    "sort_by": "id",
    "sort_order": "desc",
}


def _lead(number: int, record: int) -> dict[str, Any]:
    person = {"name": "Ada Lovelace", "id": "111111000000000001", "email": "ada@example.com"}
    row: dict[str, Any] = {name: f"{name} of lead {number}" for name in WIDE}
    return row | {
        "id": str(record),
        "Email": f"lead{number}@example.com",
        "Secondary_Email": f"second{number}@example.com",
        "No_of_Employees": number,
        "Annual_Revenue": number * 1_000.5,
        "Email_Opt_Out": False,
        "Owner": person,
        "Created_By": person,
        "Created_Time": "2026-11-24T09:00:00+00:00",
        "Modified_Time": "2026-11-24T09:00:00+00:00",
    }


# --- the clients

Fetch = Callable[[], Awaitable[Any]]


def bare(url: str, token: str, loads: Callable[[bytes], Any]) -> tuple[Fetch, httpx2.AsyncClient]:
    client = httpx2.AsyncClient(base_url=url, headers={"Authorization": f"Zoho-oauthtoken {token}"})

    async def fetch() -> Any:
        reply = await client.get("/crm/v8/Leads", params={"fields": ",".join(WIDE)})
        return loads(reply.content)

    return fetch, client


class Token:
    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    async def renew(self, refused: str) -> str:
        return self._token


def ours(url: str, token: str) -> tuple[Fetch, Any]:
    """Everything between a caller and httpx2: scopes, attempts, places shared by processes, credits, records."""
    from zcrm_tools import endpoints, scopes
    from zcrm_tools.crm.reads import page_of
    from zcrm_tools.http.line import Line
    from zcrm_tools.http.places import Places
    from zcrm_tools.http.session import Session
    from zcrm_tools.state.shares import SharedSlots
    from zcrm_tools.state.sqlite import SqliteState

    state = SqliteState(None)
    places = Places(SharedSlots(state, "bench"))
    places.learn("enterprise")
    session = Session(
        url, Token(token), granted=scopes.parse("ZohoCRM.modules.ALL"), line=Line(places=places)
    )

    async def fetch() -> Any:
        params = {"fields": ",".join(WIDE)}
        return page_of(
            "Leads", await session.call(endpoints.LIST_RECORDS, module="Leads", params=params)
        ).records

    return fetch, session


async def cpu(fetch: Fetch, at_once: int = AT_ONCE) -> float:
    """CPU milliseconds for each of CALLS calls, so many at a time."""
    left = CALLS

    async def worker() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await fetch()

    before = time.process_time()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return (time.process_time() - before) * 1_000 / CALLS


async def measure(url: str, token: str) -> dict[str, list[float]]:
    made: dict[str, tuple[Fetch, Any]] = {
        "bare httpx2 + json": bare(url, token, json.loads),
        "ours": ours(url, token),
    }
    if importlib.util.find_spec("orjson"):
        made["bare httpx2 + orjson"] = bare(url, token, importlib.import_module("orjson").loads)
    seen: dict[str, list[float]] = {name: [] for name in made}
    for _ in range(ROUNDS + 1):
        for name, (fetch, _client) in made.items():
            seen[name].append(await cpu(fetch))
        seen.setdefault(ONE, []).append(await cpu(made["ours"][0], 1))
    for _fetch, client in made.values():
        await client.aclose()
    return {name: rounds[1:] for name, rounds in seen.items()}


def sdk(python: str, given: dict[str, Any]) -> list[float]:
    """In its own Python: one call to warm up, then CPU milliseconds for each of some, round by round."""
    script = f"""
import json, sys, tempfile, time
sys.path.insert(0, {str(SDK)!r})
from link import connect, params, sdk
given = json.load(sys.stdin)
with tempfile.TemporaryDirectory() as folder:
    connect(given, folder)
    leads = sdk("record.RecordOperations")("Leads")
    ask = params("record.GetRecordsParam", fields={",".join(WIDE)!r})
    def page():
        assert len(leads.get_records(ask).get_object().get_data()) == 200
    page()
    for _ in range({ROUNDS}):
        before = time.process_time()
        for _ in range(10):
            page()
        print("CPU", (time.process_time() - before) * 1000 / 10)
"""
    done = subprocess.run(
        [python, "-c", script], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    found = [float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("CPU ")]
    if not found:
        raise SystemExit(done.stderr)
    return found


def main() -> None:
    if sys.argv[1:] == ["serve"]:
        serve()
        return
    with subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        given = json.loads(server.stdout.readline())
        try:
            found = asyncio.run(measure(given["url"], given["access_token"]))
            if python := os.environ.get("ZOHO_SDK8_PYTHON"):
                found["official SDK 8"] = sdk(python, given)
        finally:
            server.terminate()
    print(f"{given['bytes'] / 1024:.0f} KB a page; {ROUNDS} rounds of {CALLS} calls, {AT_ONCE} at once")
    least = {name: min(rounds) for name, rounds in found.items()}
    for name, milliseconds in sorted(least.items(), key=lambda item: item[1]):
        times = milliseconds / least["ours"]
        print(
            f"{name:24} {milliseconds:7.3f} ms CPU   {times:6.2f} × ours   (median {statistics.median(found[name]):.3f})"
        )


if __name__ == "__main__":
    main()
