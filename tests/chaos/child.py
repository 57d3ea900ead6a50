"""A process that writes until it is killed: `child.py URL STATE TOKEN FIRST`. It prints what it was told is done."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Create
from zcrm_tools.http.line import Line
from zcrm_tools.http.places import Places
from zcrm_tools.http.session import Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Profile
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.plan import Proposal
from zcrm_tools.safety.policy import Policy
from zcrm_tools.state.shares import SharedSlots
from zcrm_tools.state.sqlite import SqliteState


class Given:
    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    async def renew(self, refused: str) -> str:
        return self._token


async def main(url: str, path: str, token: str, first: int) -> None:
    state = SqliteState(Path(path))
    profile = Profile(name="killed", kind="emulator", accounts_url=url, api_url=url, client_id="1000.X")
    session = Session(url, Given(token), line=Line(places=Places(SharedSlots(state, profile.identity))))
    gate = Gate(Org(profile, session, Catalogue(session)), state, Policy(write=True))
    for number in range(first, first + 1_000):
        name = f"N{number}"

        async def propose(name: str = name) -> Proposal:
            return Proposal((Create("Leads", {"Last_Name": name}),))

        print("asked", name, flush=True)
        submitted = await gate.submit("test", {"name": name}, propose)
        assert submitted.receipt is not None
        (result,) = submitted.receipt.results
        print("said", name, result.status, result.id, flush=True)


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
