"""A session that every client completes alike: it looks around, is refused, writes what needs a person, and looks again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SERVER = (sys.executable, "-m", "zcrm_server", "--demo", "--write")


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZCRM_")}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home), "ZCRM_HOME": str(home / "zcrm")}


@dataclass(frozen=True)
class Web:
    url: str
    token: str


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    """The server over HTTP, as a process of its own."""
    process = subprocess.Popen(
        [*SERVER, "--http", "--port", "0"],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(tmp_path),
    )
    assert process.stderr is not None
    process.stderr.readline()
    (file,) = (tmp_path / "zcrm" / "servers").iterdir()
    told = json.loads(file.read_text())
    yield Web(told["url"], told["token"])
    process.terminate()
    process.communicate(timeout=20)
