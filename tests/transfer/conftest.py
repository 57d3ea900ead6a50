"""An org in this process behind a real session, with pages small enough for the demo company to fill many."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm.org import Org
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.session import Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Profile
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.policy import Policy
from zcrm_tools.state.sqlite import SqliteState
from zcrm_tools.testing import IN_PROCESS, ZohoOrg
from zcrm_tools.transfer import paging


class _Token:
    def __init__(self, text: str) -> None:
        self._text = text

    async def token(self) -> str:
        return self._text

    async def renew(self, refused: str) -> str:
        return refused


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of 20 and windows of 100 rows, so that three hundred leads are fifteen pages in three windows."""
    monkeypatch.setattr(paging, "PAGE", 20)
    monkeypatch.setattr(paging, "REACH", 100)


@pytest.fixture
async def org(zoho_org: ZohoOrg) -> AsyncIterator[Org]:
    session = Session(
        "http://localhost", _Token(zoho_org.credentials.access_token), transport=InProcess(zoho_org.app)
    )
    profile = Profile(name="demo", kind="emulator", accounts_url=IN_PROCESS, api_url="http://localhost")
    yield Org(profile, session, Catalogue(session))
    await session.aclose()


@pytest.fixture
async def client(org: Org, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    state = SqliteState(tmp_path / "state.db")

    async def close() -> None:
        state.close()

    async with AsyncClient(org, Gate(org, state, Policy(write=True)), close) as crm:
        yield crm


@pytest.fixture
def stored(zoho_org: ZohoOrg) -> Callable[[str], list[str]]:
    """The ids of a module's rows, in order, as the database has them."""

    def ids(module: str) -> list[str]:
        rows: Any = zoho_org.emulator.store.fetch(f'SELECT id FROM "{module}" ORDER BY id')
        return [str(row[0]) for row in rows]

    return ids


@pytest.fixture
def gate(org: Org) -> Iterator[Gate]:
    state = SqliteState(None)
    yield Gate(org, state, Policy(write=True))
    state.close()
