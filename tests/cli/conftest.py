"""The `zcrm` command in this process, and a live emulator in another one for what must outlive a call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from urllib.request import Request, urlopen

import pytest

from zcrm_tools.cli import main
from zcrm_tools.emulator.access import EVERYTHING

PROGRAM = [sys.executable, "-m", "zcrm_tools.cli"]


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def zcrm(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`zcrm("coql", "check", …)`."""

    def run(*arguments: str, stdin: str = "") -> Done:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["zcrm", *arguments])
        monkeypatch.setattr(sys, "stdin", StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture(scope="session")
def emulator() -> Iterator[Mapping[str, str]]:
    """The credentials of an emulator that runs as long as the tests of this folder."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ZCRM_")}
    process = subprocess.Popen(
        [*PROGRAM, "emulator", "--ready-json"], stdout=subprocess.PIPE, encoding="utf-8", env=environment
    )
    assert process.stdout is not None
    with process.stdout:
        yield json.loads(process.stdout.readline())
        process.terminate()
    assert process.wait(10) == 0


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch, emulator: Mapping[str, str]) -> None:
    """A sign-in of its own to the live emulator: each mints ten tokens at most. The home is fresh."""
    asked = Request(f"{emulator['url']}/__emulator__/grants", json.dumps({"scopes": EVERYTHING}).encode())
    with urlopen(asked) as reply:
        monkeypatch.setenv("ZCRM_REFRESH_TOKEN", json.load(reply)["refresh_token"])
    monkeypatch.setenv("ZCRM_API_URL", emulator["url"])
    for name in ("accounts_url", "client_id", "client_secret"):
        monkeypatch.setenv(f"ZCRM_{name.upper()}", emulator[name])
