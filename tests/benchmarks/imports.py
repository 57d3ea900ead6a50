"""Rows from a CSV file into a module of an emulator in this process: the client's own work, and the journal's size.

    python tests/benchmarks/imports.py                # 20,000 rows of eight columns
    python tests/benchmarks/imports.py --mode upsert

The seconds are of CPU. The emulator's part of them is told apart by writing the same rows without us.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HEADERS = ("Last Name", "Company", "Email", "Annual Revenue", "Lead Source", "City", "Phone", "Description")


class _Token:
    def __init__(self, text: str) -> None:
        self._text = text

    async def token(self) -> str:
        return self._text

    async def renew(self, refused: str) -> str:
        return refused


def row(number: int) -> list[Any]:
    return [
        f"Imported {number}", f"Company {number}", f"p{number}@imported.test", number, "Web Form", "Rome", "+39 06 1234",
        "Some words about them",
    ]  # fmt: skip


async def measure(rows: int, mode: str, home: Path) -> None:
    from zcrm_tools.crm import raw
    from zcrm_tools.crm.org import Org
    from zcrm_tools.emulator.snapshots import fresh
    from zcrm_tools.http.inprocess import InProcess
    from zcrm_tools.http.session import Session
    from zcrm_tools.metadata.catalogue import Catalogue
    from zcrm_tools.models.grant import Profile
    from zcrm_tools.safety.gate import Gate
    from zcrm_tools.safety.policy import Policy
    from zcrm_tools.state.sqlite import SqliteState
    from zcrm_tools.transfer import importing, incoming, intake

    emulator = fresh()
    token = _Token(emulator.credentials.access_token)
    session = Session("http://localhost", token, transport=InProcess(emulator.app))
    about = Profile(
        name="bench", kind="emulator", accounts_url="http://localhost", api_url="http://localhost"
    )
    org = Org(about, session, Catalogue(session))
    state = SqliteState(home / "state.db")
    file = home / "leads.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([HEADERS, *map(row, range(rows))])
    began = time.process_time()
    key = "" if mode == "create" else "Email"
    asked = await intake.checked(org, "Leads", incoming.open_file(file), mode=mode, key=key)  # type: ignore[arg-type]
    checked = time.process_time()
    report = await importing.run(asked, Gate(org, state, Policy(write=True)), by="a benchmark")
    written = time.process_time()
    names = [h.replace(" ", "_") for h in HEADERS]
    bare = [dict(zip(names, row(n), strict=True)) for n in range(rows)]
    await raw.create(org, "Leads", bare)
    alone = time.process_time() - written
    state.close()
    size = sum(path.stat().st_size for path in home.glob("state.db*")) / 1e6  # noqa: ASYNC240 — a benchmark
    print(
        f"{report}\n{rows:,} rows: {checked - began:.2f} s CPU to check, {written - checked:.2f} s to write, of which"
        f" about {alone:.2f} s are the emulator's and the wire's; {size:.0f} MB of journal"
    )
    await session.aclose()
    emulator.close()


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--rows", type=int, default=20_000)
    ask.add_argument("--mode", default="create", choices=["create", "upsert"])
    given = ask.parse_args()
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(measure(given.rows, given.mode, Path(home)))


if __name__ == "__main__":
    sys.exit(main())
