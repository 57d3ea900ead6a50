"""Fixtures that every folder may use: real parts only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """asyncio only: a client belongs to an event loop, and the emulator's server runs on one."""
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the developer's own profile, keyring or proxy."""
    for name in list(os.environ):
        if name.startswith("ZCRM_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ZCRM_HOME", str(tmp_path / "zcrm-home"))
