"""`zcrm demo`: it succeeds only when all of it happened."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from zcrm_server.demo import __main__ as demo
from zcrm_server.demo import hosts
from zcrm_server.demo.play import STEPS, choices, misspelt
from zcrm_server.demo.scene import Scene
from zcrm_server.demo.screen import Screen
from zcrm_server.demo.stage import Emulator

linux_only = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="finds the demo's processes in /proc"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the demo makes its own folder."""
    own = tmp_path / "tmp"
    own.mkdir()
    return own


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    with playing(folder, *arguments) as process:
        out, err = process.communicate(timeout=90)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def playing(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "zcrm_tools.cli", "demo", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "TMPDIR": str(folder), "PYTHONIOENCODING": "utf-8"},
    )


def descendants(pid: int) -> Iterator[tuple[int, str]]:
    """Processes below one, with their command lines."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    pending = [pid]
    while pending:
        for child in parents.get(pending.pop(), ()):
            pending.append(child)
            yield child, Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")


def pid_of(process: subprocess.Popen[str], words: str) -> int:
    return next(pid for pid, command in descendants(process.pid) if words in command)


@pytest.mark.parametrize("number", [1, 7])
def test_it_plays_every_step_checks_the_store_and_exits_0(folder: Path, number: int) -> None:
    done = run(folder, "--number", str(number))
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr
    assert done.stderr == ""
    for position, (title, _) in enumerate(STEPS, 1):
        assert f"── {position} {title}" in done.stdout
    assert done.stdout.count("  ✓ ") >= len(STEPS)
    for said in ("likely duplicate", "Nothing was written", "Did you mean Industry?", "claude mcp add zcrm"):
        assert said in done.stdout
    assert "\x1b[" not in done.stdout
    assert max(map(len, done.stdout.partition("Connect your assistant")[0].splitlines())) <= 100
    assert list(folder.iterdir()) == []


@linux_only
@pytest.mark.parametrize(
    ("victim", "after", "said"),
    [
        ("zcrm_tools.cli emulator", "── 3 ", "The emulator stopped in the middle (signal 9)"),
        ("zcrm_tools.cli emulator", "── 6 ", "The emulator stopped in the middle (signal 9)"),
        ("zcrm_server --write", "── 2 ", "The server gave no answer"),
        ("zcrm_server --write", "── 5 ", "The server gave no answer"),
    ],
)
def test_killing_a_part_in_the_middle_is_said_and_exits_1(
    folder: Path, victim: str, after: str, said: str
) -> None:
    with playing(folder) as process:
        assert process.stdout is not None
        begun = next(line for line in process.stdout if line.startswith(after))
        below = [pid for pid, _ in descendants(process.pid)]
        os.kill(pid_of(process, victim), signal.SIGKILL)
        out, err = process.communicate(timeout=60)
    assert begun
    assert process.returncode == 1
    assert "✗ Step" in out
    assert said in " ".join(out.split())
    assert "Traceback" not in out + err
    assert "Connect your assistant" not in out
    assert [pid for pid in below if Path(f"/proc/{pid}").exists()] == []
    assert list(folder.iterdir()) == []


@linux_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_being_told_to_stop_leaves_nothing_behind(folder: Path, number: int) -> None:
    with playing(folder) as process:
        assert process.stdout is not None
        assert next(line for line in process.stdout if line.startswith("── 2 "))
        below = [pid for pid, _ in descendants(process.pid)]
        os.kill(pid_of(process, "zcrm_server.demo"), number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Stopped." in out
    assert "Traceback" not in out + err
    assert [pid for pid in below if Path(f"/proc/{pid}").exists()] == []
    assert list(folder.iterdir()) == []


def test_the_temporary_folder_is_the_one_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above look into it."""
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert Path(tempfile.gettempdir()) == folder


async def test_a_store_that_disagrees_fails_the_step_that_looked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def looks(scene: Scene) -> None:
        scene.check(holds=True, what="one is one")
        scene.check(holds=False, what="one is two")

    async def comes_after(scene: Scene) -> None:
        scene.screen.text("went on")

    monkeypatch.setattr(demo, "STEPS", (("Look", looks), ("Go on", comes_after)))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=subprocess.PIPE)
    scene = Scene(Screen(80, colour=False), None, Emulator(process, {}, Path(os.devnull)))  # type: ignore[arg-type]
    wrong = await demo._play(scene)
    process.kill()
    await process.wait()
    assert wrong == "Step 1 did not happen. The store does not agree with: one is two"
    said = capsys.readouterr().out
    assert "✓ one is one" in said
    assert "went on" not in said


def test_a_hosts_configuration_is_json_that_starts_this_server() -> None:
    words = hosts.server_command()
    entry = json.loads(hosts.configuration("servers", words[0], [*words[1:], "--demo"], kind="stdio"))
    told = entry["servers"]["zcrm"]
    assert told["type"] == "stdio"
    assert Path(told["command"]).is_absolute()
    said = subprocess.run(
        [told["command"], *told["args"], "--version"], capture_output=True, encoding="utf-8", check=True
    )
    assert said.stdout.startswith("zcrm-mcp, version")


@pytest.mark.parametrize(
    ("name", "heard"), [("Asante", "Asannte"), ("Yatess", "Yates"), ("O'Dowd", "O'Doowd"), ("Ng", "Ngg")]
)
def test_a_misheard_name_differs_by_one_letter(name: str, heard: str) -> None:
    assert misspelt(name) == heard


def test_values_are_read_as_people_see_them() -> None:
    assert choices("picklist: New | OnlineStore (shown as Online Store) | Chat") == [
        "New",
        "Online Store",
        "Chat",
    ]
