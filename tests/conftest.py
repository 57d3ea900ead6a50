"""Fixtures that every folder may use: real parts only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


@pytest.fixture(scope="session")
def emulator_process() -> Any:
    """`with emulator_process("--seed", "empty") as ready:` is `zcrm emulator` in a process of its own.

    `ready` holds what it printed, and the process under that name; it is killed at the end.
    """

    @contextmanager
    def run(*options: str) -> Iterator[dict[str, Any]]:
        command = [sys.executable, "-m", "zcrm_tools.cli", "emulator", "--ready-json", *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line, "the emulator did not start; its reason is on stderr"
                yield {**json.loads(line), "process": process}
            finally:
                process.kill()

    return run
