"""The `zcrm` command. Its verbs load when used, so that `zcrm --help` costs nothing."""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module

import click

from zcrm_tools import __version__
from zcrm_tools.errors import ZcrmError
from zcrm_tools.redact import redact
from zcrm_tools.safety import asker

COMMANDS: dict[str, str] = {
    "demo": "The main job, end to end, on a freshly seeded demo org.",
    "emulator": "An offline Zoho Accounts and CRM on a port.",
    "login": "Sign in to Zoho CRM.",
    "logout": "Revoke a sign-in and forget it.",
    "status": "Who is signed in, and what the sign-in may do.",
    "profiles": "The sign-ins of this machine.",
    "doctor": "What is wrong with a connection, and the one fix.",
    "call": "Run any action from the shell.",
    "tools": "Every action: toolset, effect, scopes, schema.",
    "coql": "Check, format, explain and run COQL queries.",
    "install": "Connect an assistant: Claude, VS Code, Cursor, Codex and others.",
    "types": "Type stubs of the org's own modules.",
    "skill": "An agent skill that knows this org.",
    "export": "A whole module into a CSV, Excel, JSON lines or Parquet file.",
    "import": "A CSV, Excel, JSON lines or Parquet file into a module.",
    "scopes": "The exact scopes that the chosen tools need.",
    "changes": "What was written: list, show, undo, verify, purge.",
    "policy": "What the operator's policy lets assistants write.",
    "approve": "Look at a waiting plan and approve it.",
}
"""Name → what `zcrm --help` says. Each is `command` in the module of its name."""
_MODULES = {"import": "import_"}
"""Where the name is a word of Python's."""


class Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{_MODULES.get(cmd_name, cmd_name)}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


_CODES = (
    "Exit code: 0 done, 1 refused or failed, 2 a wrong command line, 130 stopped by Ctrl-C or by saying no."
)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_CODES)
@click.version_option(__version__, prog_name="zcrm")
@click.pass_context
def zcrm(context: click.Context) -> None:
    """Zoho CRM for AI assistants, notebooks and scripts.

    Without an account, start with `zcrm demo`.
    """
    context.with_resource(asker.asking(asker.Asker(client=f"zcrm {context.invoked_subcommand}")))


def main() -> None:
    """Exit as `_CODES` says."""
    try:
        sys.exit(zcrm.main(prog_name="zcrm", standalone_mode=False) or 0)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except ZcrmError as refused:
        for problem in refused.problems:
            click.echo(redact(f"zcrm: {problem}"), err=True)
        sys.exit(1)
    except BrokenPipeError:
        # The reader (`| head`) has gone; say nothing more to it, not even at interpreter exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as failed:
        click.echo(redact(_of_the_system(failed)), err=True)
        sys.exit(1)
    except Exception as mistake:  # noqa: BLE001 — the last line between a person and a traceback
        click.echo(redact(_in_words(mistake)), err=True)
        sys.exit(1)


def _of_the_system(failed: OSError) -> str:
    """A full disk, a folder that may not be written: nothing that we can mend."""
    if failed.errno is None:
        return _in_words(failed)
    return f"zcrm: {f'{failed.filename}: ' if failed.filename else ''}{failed.strerror}."


def _in_words(mistake: Exception) -> str:
    place = traceback.extract_tb(mistake.__traceback__)[-1]
    return (
        f"zcrm: this is a mistake in zcrm-tools {__version__}, not in what you typed: "
        f"{type(mistake).__name__}: {mistake} ({os.path.basename(place.filename)}, line {place.lineno}). "  # noqa: PTH119
        "Please report it."
    )
