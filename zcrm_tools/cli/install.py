"""`zcrm install`: the server into a host's own list of servers, and out of it again."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from zcrm_tools.cli import options

if TYPE_CHECKING:
    from zcrm_tools.errors import NotConfigured
    from zcrm_tools.hosts.table import Host, System


@click.command("install")
@click.argument("host", required=False)
@click.option("--demo", is_flag=True, help="Serve the demo org; no account is needed.")
@options.profile
@click.option("--write", is_flag=True, help="Let the assistant write; without it the server is read-only.")
@click.option("--toolsets", default="", metavar="A,B", help="Groups of tools; default core.")
@click.option(
    "--project", "where", flag_value="project", help="Into this folder's file, for everybody who works in it."
)
@click.option(
    "--user", "where", flag_value="user", help="Into your own file; the default where the host has one."
)
@click.option(
    "--file", type=click.Path(dir_okay=False, path_type=Path), help="Into this file, wherever it is."
)
@click.option("--remove", is_flag=True, help="Take it out again.")
@click.option("--print", "shown", is_flag=True, help="Only show what would be in the file.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(
    *,
    host: str | None,
    demo: bool,
    profile: str,
    write: bool,
    toolsets: str,
    where: Literal["project", "user"] | None,
    file: Path | None,
    remove: bool,
    shown: bool,
    yes: bool,
) -> None:
    """Connect an assistant: zcrm install claude-desktop --demo

    HOST is one of those that `zcrm install` lists. The difference is shown first; nothing else in the file changes, a
    copy of it is kept, and no secret is written: the server reads the sign-in of `zcrm login`.
    """
    from zcrm_tools.hosts import change, files, table
    from zcrm_tools.hosts.command import server_command

    if not host:
        _list()
        return
    chosen = table.host(host)
    program, *words = server_command()
    words += ["--demo"] if demo else []
    words += ["--profile", profile] if profile else []
    words += ["--toolsets", toolsets] if toolsets else []
    words += ["--write"] if write else []
    entry = chosen.entry(program, words, _environment())
    if shown:
        click.echo(change.config(chosen, entry), nl=False)
        return
    path = file or _path(chosen, where)
    before = files.read(path)
    after = change.without_server(chosen, before) if remove else change.with_server(chosen, before, entry)
    if after == before:
        click.echo(f"{path} {'has no zcrm' if remove else 'says so already'}.")
        return
    click.echo(f"{path}:")
    click.echo("\n".join(change.difference(chosen, before, after)))
    if not yes:
        click.confirm(f"Write {path}?", abort=True)
    backup = files.replace(path, before, after)
    click.echo(f"{path} is written." + (f" Its old content is in {backup}." if backup else ""))
    click.echo(f"{chosen.title} forgets zcrm when it starts next." if remove else chosen.then)
    if not (remove or chosen.asks or not write):
        click.echo("What needs a person's approval waits for `zcrm approve`.")


def _environment() -> dict[str, str]:
    """Where sign-in and policy are, when not in the usual place: a host started from the desktop is not told by the shell."""
    given = {name: os.environ.get(name, "").strip() for name in ("ZCRM_HOME", "ZCRM_POLICY")}
    return {name: str(Path(path).expanduser().absolute()) for name, path in given.items() if path}


def _list() -> None:
    from zcrm_tools.hosts.table import HOSTS

    width = max(len(one.id) for one in HOSTS)
    for one in HOSTS:
        path = _user_file(one)
        found = "found" if path and path.parent.is_dir() else ""
        click.echo(f"{one.id:<{width}}  {path or one.project}  {found}".rstrip())


def _path(host: Host, where: str | None) -> Path:
    """Raises NotConfigured where the host has no such file, or is not on this machine."""
    user = _user_file(host)
    if where == "user" and user is None:
        said = f"{host.title} keeps a person's servers in a file that only it should write."
        raise _cannot("NO_SUCH_FILE", said, f"Run `{host.command.format(words='zcrm-mcp')}`.")
    if where == "project" and not host.project:
        raise _cannot("NO_SUCH_FILE", f"{host.title} has no file for a project.", "Leave out --project.")
    if where == "project" or user is None:
        return Path(host.project).absolute()
    if not user.parent.is_dir():
        said = f"{host.title} keeps its servers in {user}, and that folder is not there."
        raise _cannot("HOST_NOT_FOUND", said, f"Start {host.title} once, or give the file by --file.")
    return user


def _cannot(code: str, message: str, next_step: str) -> NotConfigured:
    from zcrm_tools.errors import NotConfigured, Problem

    return NotConfigured(Problem(code, message, "Nothing was written.", next_step, fix_by="person"))


def _user_file(host: Host) -> Path | None:
    system = sys.platform if sys.platform in ("darwin", "win32") else "linux"
    return host.user_file(cast("System", system), Path.home(), os.environ)
