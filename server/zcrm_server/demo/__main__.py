"""`python -m zcrm_server.demo`, run by `zcrm demo`. Exit code 0 only when every check against the store held."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Coroutine
from typing import Any

import click

from zcrm_server.demo import hosts, stage
from zcrm_server.demo.play import STEPS
from zcrm_server.demo.scene import Scene
from zcrm_server.demo.screen import Screen
from zcrm_server.demo.stage import Broken

INTRODUCTION = """\
A made-up company lives in a copy of Zoho CRM on this machine: the emulator. Between it and an assistant stands the MCP
server, started as a real client would. “Quoted” is what a person says; ▸ is the tool that an assistant calls for it,
then what came back; and ✓ is a look past all of that, into the emulator's own store."""


@click.command("zcrm demo", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--number", default=1, show_default=True, help="Which demo org: the same number, the same org.")
@click.option("--plain", is_flag=True, help="No colour, even on a terminal.")
def main(*, number: int, plain: bool) -> None:
    """The main job, end to end, on a freshly seeded demo org.

    Needs no account and no network. Everything it starts and writes is gone when it ends.
    """
    screen = Screen.on_stdout(plain=plain)
    try:
        wrong = asyncio.run(_until_told(_perform(screen, number)))
    except KeyboardInterrupt:
        wrong = "Stopped."
    if wrong:
        screen.failed(wrong)
        sys.exit(1)
    hosts.show(screen)


async def _until_told(work: Coroutine[Any, Any, str]) -> str:
    """SIGTERM ends it as Ctrl-C does, so that nothing it started stays behind."""
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(task.cancel))
    try:
        return await task
    except asyncio.CancelledError:
        return "Stopped."


async def _perform(screen: Screen, number: int) -> str:
    """Empty when all went well, else what went wrong."""
    begun = time.monotonic()
    with stage.folder() as folder:
        try:
            async with stage.emulator(folder, number) as emulator:
                health = await emulator.look("health")
                total = sum(health["records"].values())
                screen.title("zcrm demo", (INTRODUCTION, f"The company has {total:,} records."))
                async with stage.assistant(folder, emulator) as client:
                    scene = Scene(screen, client, emulator)
                    wrong = await _play(scene)
        except Broken as broken:
            return str(broken)
        except (Exception, BaseExceptionGroup) as mistake:  # noqa: BLE001 — a reader gets words, not a traceback
            return f"The server did not start or stop as it should: {mistake}.{stage.tail(stage.server_log(folder))}"
        if not wrong:
            screen.heading(
                f"{scene.checks} checks against the store, and all held. {scene.calls} tool calls, "
                f"{time.monotonic() - begun:.1f} seconds, start to end."
            )
        return wrong


async def _play(scene: Scene) -> str:
    for number, (title, step) in enumerate(STEPS, 1):
        scene.screen.step(number, title)
        try:
            await step(scene)
        except Broken as broken:
            return f"Step {number} did not happen. {await _cause(scene, str(broken))}"
        except (KeyError, TypeError, ValueError, AttributeError) as odd:
            return f"Step {number} did not happen. An answer has another shape than it should: {odd!r}."
    return ""


async def _cause(scene: Scene, said: str) -> str:
    """The emulator's end, when that is behind it."""
    try:
        await asyncio.wait_for(scene.emulator.process.wait(), 0.2)
    except TimeoutError:
        return said
    return scene.emulator.ended()


if __name__ == "__main__":
    main(prog_name="zcrm demo")
