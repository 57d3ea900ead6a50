"""One demo org for the whole folder: nothing here writes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from zcrm_tools.client import Client
from zcrm_tools.connection import connect


@pytest.fixture(scope="session")
def crm() -> Iterator[Client]:
    with connect(demo=True) as client:
        yield client
