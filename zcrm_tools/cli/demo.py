"""`zcrm demo`: runs the server's own demonstration; the command line and the server do not know each other's code."""

from __future__ import annotations

import subprocess
import sys

import click


@click.command("demo", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """The main job, end to end, on a freshly seeded demo org."""
    # Ctrl-C reaches both processes; the demo cleans up and says so, and we wait for it.
    with subprocess.Popen([sys.executable, "-m", "zcrm_server.demo", *arguments]) as running:  # noqa: S603
        while True:
            try:
                code = running.wait()
                break
            except KeyboardInterrupt:
                continue
    sys.exit(code if code >= 0 else 1)
