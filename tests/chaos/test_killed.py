"""kill -9 of a process that writes, at any point: what it was told is there, and nothing is there twice."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Create
from zcrm_tools.emulator.app import Emulator, open_emulator
from zcrm_tools.http.session import Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Profile
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.plan import Proposal
from zcrm_tools.safety.policy import Policy
from zcrm_tools.state.sqlite import SqliteState

CHILD = Path(__file__).with_name("child.py")
KILLS = 100 if os.environ.get("LONG_TESTS") else 4
SEED = 20261124


@pytest.fixture
def served():
    emulator = open_emulator(seed="empty")
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(emulator.app, ws="none", log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield emulator, f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = server.force_exit = True
    thread.join(10)
    emulator.close()


def kill_in_the_middle(
    url: str, state: Path, emulator: Emulator, first: int, words: int, after: float
) -> list[list[str]]:
    """Let a child write, kill it some time after so many words, and give what it said."""
    command = [sys.executable, str(CHILD), url, str(state), emulator.credentials.access_token, str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(words)]
        time.sleep(after)
        child.kill()
        said += child.stdout.readlines()
    return [line.split() for line in said if line.endswith("\n")]


@pytest.mark.timeout(1_800)
async def test_a_process_killed_while_it_writes_leaves_one_row_for_each_intent(served: Any, tmp_path: Path):
    emulator, url = served
    path = tmp_path / "state.db"
    chance = random.Random(SEED)
    asked: list[str] = []
    unsettled = 0
    profile = Profile(name="killed", kind="emulator", accounts_url=url, api_url=url, client_id="1000.X")
    state = SqliteState(path)
    for kill in range(KILLS):
        said = kill_in_the_middle(
            url, path, emulator, kill * 1_000, chance.randint(1, 12), chance.random() * 0.02
        )
        for word, name, *rest in said:
            if word == "said":
                assert rest[0] == "done"
                assert _rows(emulator, name) == [int(rest[1])]
            else:
                asked.append(name)
        unsettled += len(state.unsettled(profile.identity)) > 0
    session = Session(url, _Token(emulator))
    later = datetime.now(UTC) + timedelta(minutes=7)
    gate = Gate(Org(profile, session, Catalogue(session)), state, Policy(write=True), now=lambda: later)
    await gate.reconcile_all()
    assert state.unsettled(profile.identity) == []
    for name in asked:

        async def propose(name: str = name) -> Proposal:
            return Proposal((Create("Leads", {"Last_Name": name}),))

        await gate.submit("test", {"name": name}, propose)
        assert len(_rows(emulator, name)) == 1, name
    await session.aclose()
    state.close()
    print(f"{KILLS} kills, seed {SEED}: {len(asked)} intents, {unsettled} times one was left in the middle")


def _rows(emulator: Emulator, name: str) -> list[int]:
    return [
        int(row[0]) for row in emulator.store.fetch('SELECT id FROM "Leads" WHERE "Last_Name" = ?', (name,))
    ]


class _Token:
    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    async def token(self) -> str:
        return self._emulator.credentials.access_token

    async def renew(self, refused: str) -> str:
        raise AssertionError("the token is good for an hour")
