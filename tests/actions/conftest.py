"""A fresh demo org in this process for each test, with a client that may write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.connection import open_client
from zcrm_tools.settings import Settings


@pytest.fixture
async def crm(tmp_path: Path) -> AsyncIterator[AsyncClient]:
    async with await open_client(Settings(home=tmp_path, demo=True), write=True) as client:
        yield client


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[AsyncClient]:
    async with await open_client(Settings(home=tmp_path, demo=True)) as client:
        yield client
