"""A whole module out over a slow link, against a server of canned pages: what is measured is the client.

    python tests/benchmarks/transfer.py                     # 100,000 records, 150 ms, 10 calls at once, Parquet
    python tests/benchmarks/transfer.py --format csv
    python tests/benchmarks/transfer.py --rows 1000000 --memory
    python tests/benchmarks/transfer.py --arrow             # pages to a typed Arrow table, CPU alone

The server is a process of its own. It answers COQL's count and pages with bytes made beforehand, `--latency` after
the request came, and refuses with 429 what goes beyond `--concurrency` at once. The records have 30 fields.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

BASE = 554_023_000_000_000_001
PAGE = 2_000
TYPES = [
    *("text",) * 10,
    *("picklist",) * 4,
    *("email", "phone", "website", "textarea"),
    *("integer", "bigint", "double", "currency", "currency", "boolean", "boolean"),
    *("date", "datetime", "datetime", "ownerlookup", "lookup"),
]
JSON = {
    "integer": "integer", "bigint": "string", "double": "double", "currency": "double", "boolean": "boolean",
    "ownerlookup": "jsonobject", "lookup": "jsonobject",
}  # fmt: skip


def names() -> list[str]:
    found = [f"Field_{n}" for n in range(len(TYPES))]
    found[-3] = "Created_Time"
    return found


def fields() -> list[dict[str, Any]]:
    return [
        {"api_name": n, "field_label": n, "data_type": t, "json_type": JSON.get(t, "string")}
        for n, t in zip(names(), TYPES, strict=True)
    ]


def cell(kind: str, number: int) -> Any:
    match kind:
        case "picklist":
            return ("Cold Call", "Web Form", "Partner", None)[number % 4]
        case "integer":
            return number % 1_000
        case "bigint":
            return str(number)
        case "double" | "currency":
            return number * 1.25 if number % 3 else None
        case "boolean":
            return number % 2 == 0
        case "date":
            return f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}"
        case "datetime":
            return f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}T10:00:00+01:00"
        case "ownerlookup" | "lookup":
            return {"name": "Meera Rao", "id": str(BASE + number % 50)}
        case _:
            return f"Text {number}"


@cache
def rows_json(slot: int) -> tuple[bytes, ...]:
    """The 2,000 rows of a page without their ids; two kinds of page are enough."""
    return tuple(
        json.dumps({n: cell(t, slot * PAGE + i) for n, t in zip(names(), TYPES, strict=True)})[:-1].encode()
        for i in range(PAGE)
    )


def page(first: int, count: int, *, more: bool) -> bytes:
    rows = rows_json((first // PAGE) % 2)
    body = b",".join(rows[i] + b', "id": "%d"}' % (BASE + first + i) for i in range(count))
    info = json.dumps({"count": count, "more_records": more}, separators=(",", ":")).encode()
    return b'{"data":[' + body + b'],"info":' + info + b"}"


class Server:
    """HTTP/1.1 by hand: enough for one client, and cheap beside it."""

    def __init__(self, rows: int, latency: float, concurrency: int, prepare: bool) -> None:
        self.rows, self.latency, self.concurrency = rows, latency, concurrency
        self.busy = self.refused = self.served = self.most = 0
        self.ready = {n: self.make(n) for n in range(-(-rows // PAGE))} if prepare else {}

    def make(self, number: int) -> bytes:
        first = number * PAGE
        return page(first, min(PAGE, self.rows - first), more=first + PAGE < self.rows)

    def answer(self, query: str) -> bytes:
        after = int(found.group(1)) + 1 - BASE if (found := re.search(r"id > '(\d+)'", query)) else 0
        if "count(" in query:
            return json.dumps({"data": [{"count(id)": self.rows - after}]}).encode()
        limit, offset = map(int, re.search(r"(?i)limit (\d+)(?: offset (\d+))?$", query).groups("0"))  # type: ignore[union-attr]
        first = after + offset
        if first % PAGE == 0 and limit == PAGE:
            return self.ready.get(first // PAGE) or self.make(first // PAGE)
        return page(first, min(limit, self.rows - first), more=first + limit < self.rows)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            size = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))  # type: ignore[union-attr]
            query = json.loads(await reader.readexactly(size))["select_query"]
            self.busy += 1
            self.most = max(self.most, self.busy)
            if self.busy > self.concurrency:
                self.refused += 1
                body, status = (
                    b'{"code":"TOO_MANY_REQUESTS","message":"","status":"error","details":{}}',
                    b"429 Too Many",
                )
            else:
                await asyncio.sleep(self.latency)
                body, status = self.answer(query), b"200 OK"
            self.served += 1
            self.busy -= 1
            writer.write(
                b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
                % (status, len(body))
            )
            writer.write(body)
            await writer.drain()
        writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def _serve(pipe: Any, rows: int, latency: float, concurrency: int, prepare: bool) -> None:
    async def main() -> None:
        server = Server(rows, latency, concurrency, prepare)
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        pipe.send(listening.sockets[0].getsockname()[1])
        while await asyncio.to_thread(pipe.recv):
            pipe.send({"refused": server.refused, "served": server.served, "most": server.most})

    asyncio.run(main())


@contextmanager
def server(rows: int, latency: float, concurrency: int) -> Iterator[tuple[str, Any]]:
    """Its URL, and what asks it for its figures."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(theirs, rows, latency, concurrency, rows <= 200_000), daemon=True
    )
    process.start()
    url = f"http://127.0.0.1:{ours.recv()}"

    def figures() -> dict[str, int]:
        ours.send(True)
        told: dict[str, int] = ours.recv()
        return told

    yield url, figures
    process.kill()


class _Token:
    async def token(self) -> str:
        return "canned"

    async def renew(self, refused: str) -> str:
        return refused


async def export(url: str, target: Path, rows: int, concurrency: int) -> tuple[float, float, int]:
    """Seconds, seconds of CPU and credits of one export."""
    from zcrm_tools.crm.org import Org
    from zcrm_tools.http.line import Line
    from zcrm_tools.http.places import AT_ONCE, Places
    from zcrm_tools.http.session import Session
    from zcrm_tools.metadata.catalogue import Catalogue
    from zcrm_tools.models.grant import Profile
    from zcrm_tools.models.metadata import FieldInfo
    from zcrm_tools.transfer import export as out
    from zcrm_tools.transfer.wanted import Export

    places = Places()
    places.learn(next(name for name, most in AT_ONCE.items() if most >= concurrency))
    session = Session(url, _Token(), line=Line(places=places))
    org = Org(
        Profile(name="canned", kind="emulator", accounts_url=url, api_url=url), session, Catalogue(session)
    )
    chosen = tuple(map(FieldInfo.model_validate, fields()))
    request = Export(org, "Leads", chosen, "", None, target, target.suffix[1:], ())
    wall, cpu = time.perf_counter(), time.process_time()
    report = await out.run(request, concurrency=concurrency)
    taken = time.perf_counter() - wall, time.process_time() - cpu
    if report.rows != rows:
        raise SystemExit(f"{report.rows} rows came out of {rows}")
    await session.aclose()
    return *taken, report.credits


def to_arrow(rows: int, rounds: int) -> None:
    from zcrm_tools.models.metadata import FieldInfo
    from zcrm_tools.transfer import tables
    from zcrm_tools.transfer.columns import columns

    shape = columns(map(FieldInfo.model_validate, fields()))
    pages = [page(n * PAGE, PAGE, more=True) for n in range(rows // PAGE)]
    tables.page(pages[0], shape)
    took = []
    for _ in range(rounds):
        begun = time.process_time()
        whole = tables.joined([tables.page(content, shape)[0] for content in pages])
        took.append(time.process_time() - begun)
        assert whole.num_rows == rows
    size = sum(map(len, pages)) / 1e6
    print(
        f"{rows:,} records ({size:.0f} MB of JSON) to a typed Arrow table: {min(took):.2f} s CPU at best, {statistics.median(took):.2f} s median of {rounds}"
    )


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--rows", type=int, default=100_000)
    ask.add_argument("--latency", type=float, default=0.15)
    ask.add_argument("--concurrency", type=int, default=10)
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--format", default="parquet")
    ask.add_argument("--memory", action="store_true")
    ask.add_argument("--arrow", action="store_true")
    given = ask.parse_args()
    if given.arrow:
        to_arrow(given.rows, given.rounds)
        return
    with (
        server(given.rows, given.latency, given.concurrency) as (url, figures),
        tempfile.TemporaryDirectory() as home,
    ):
        target = Path(home) / f"leads.{given.format}"
        asyncio.run(_warm(url, Path(home)))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        took = [
            asyncio.run(export(url, target, given.rows, given.concurrency))
            for _ in range(1 if given.memory else given.rounds)
        ]
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        told = figures()
        wall = [t[0] for t in took]
        print(
            f"{given.rows:,} records to {given.format} over {given.latency * 1000:.0f} ms, {given.concurrency} at once: "
            f"{min(wall):.2f} s at best, {statistics.median(wall):.2f} s median of {len(wall)}, "
            f"{statistics.median(t[1] for t in took):.2f} s CPU, {took[0][2]} credits, "
            f"{told['refused']} refused with 429, at most {told['most']} at once, "
            f"{target.stat().st_size / 1e6:.0f} MB, memory grew {grown:.0f} MB over imports"
        )


async def _warm(url: str, home: Path) -> None:
    """Everything imported, nothing of the measured file made."""
    from zcrm_tools.transfer import export, tables  # noqa: F401

    tables.be_frugal()  # as `zcrm export` does, before Arrow is loaded

    import pyarrow.parquet  # noqa: F401
    from pyarrow import json as _  # noqa: F401


if __name__ == "__main__":
    sys.exit(main())
