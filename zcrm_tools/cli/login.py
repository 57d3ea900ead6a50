"""`zcrm login`: sign in by the flow that fits this place, with the terminal as its screen."""

from __future__ import annotations

import asyncio
import sys
import threading
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from zcrm_tools.cli import options
from zcrm_tools.errors import LoginRequired, Problem

if TYPE_CHECKING:
    from zcrm_tools.auth.flows.choice import Flow
    from zcrm_tools.auth.store.protocol import CredentialStore

FLOWS = ("browser", "paste", "self-client", "client-credentials", "device")
STORES = ("keyring", "encrypted-file", "plaintext-file")


class Terminal:
    """Questions run in a thread, so that the port of a browser flow goes on listening and Ctrl-C gets through."""

    def say(self, text: str) -> None:
        click.echo(text)

    def link(self, url: str) -> bool:
        opened = webbrowser.open(url)
        click.echo(
            "The browser shows Zoho's page; its address:" if opened else "Open this page in your browser:"
        )
        click.echo(f"\n{url}\n")
        return opened

    async def ask(self, question: str, *, hidden: bool = False, choices: tuple[str, ...] = ()) -> str:
        given: dict[str, Any] = {"hide_input": hidden, "type": click.Choice(choices) if choices else str}
        if question.startswith("Press Enter"):
            given |= {"default": "", "show_default": False}
        try:
            return str(await _answered(lambda: click.prompt(question, **given)))
        except click.Abort:
            if sys.stdin.isatty():
                raise
            raise _nobody_answers(question) from None

    async def agrees(self, question: str) -> bool:
        return bool(await _answered(lambda: click.confirm(question, default=True)))


def _nobody_answers(question: str) -> LoginRequired:
    return LoginRequired(
        Problem(
            "NO_PERSON",
            f"{question!r} was asked, and there is no terminal and no more input to answer it.",
            not_done="Nobody was signed in.",
            next_step=(
                "Run it at a terminal; or give the sign-in to each run by ZCRM_DATA_CENTER, ZCRM_CLIENT_ID, "
                "ZCRM_CLIENT_SECRET and ZCRM_REFRESH_TOKEN."
            ),
            fix_by="person",
        )
    )


async def _answered(question: Callable[[], object]) -> object:
    """Ask in a thread that nobody waits for at the end: a loop's own would, until the person pressed Enter.

    A question for a secret switches the terminal's echo off, and is not there to switch it on again after Ctrl-C.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[object] = loop.create_future()

    def tell(result: object, fault: BaseException | None) -> None:
        if not answer.done():
            answer.set_result(result) if fault is None else answer.set_exception(fault)

    def ask() -> None:
        result, fault = None, None
        try:
            result = question()
        except BaseException as error:  # noqa: BLE001 (EOF and Ctrl-D too: they belong to who asked)
            fault = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, result, fault)

    restore = _terminal_as_it_is()
    threading.Thread(target=ask, name="zcrm-question", daemon=True).start()
    try:
        return await answer
    except asyncio.CancelledError:
        restore()
        raise


def _terminal_as_it_is() -> Callable[[], None]:
    """A way back to the terminal's present settings; nothing where there is none."""
    try:
        import termios
    except ImportError:  # Windows, where Ctrl-C leaves no echo switched off
        return lambda: None
    try:
        number = sys.stdin.fileno()
        settings = termios.tcgetattr(number)
    except (OSError, ValueError, termios.error):
        return lambda: None
    return lambda: termios.tcsetattr(number, termios.TCSADRAIN, settings)


@click.command("login")
@click.option("--data-center", default="", metavar="DC", help="us, eu, in, au, jp, cn, ca, sa, uk or ae.")
@click.option("--environment", default="", metavar="NAME", help="production (default), sandbox or developer.")
@click.option("--client-id", default="", help="From the API console; asked for when left out.")
@click.option("--scopes", "scope_list", default="", metavar="A,B", help="A scope list of your own.")
@click.option("--write/--read-only", default=False, help="Which scopes to ask for; read-only is the default.")
@click.option("--flow", type=click.Choice(FLOWS), help="How to sign in; chosen by where this runs.")
@click.option("--redirect-uri", default="", metavar="URL", help="As registered with the client.")
@click.option("--again", is_flag=True, help="Ask for a new sign-in although there is one.")
@click.option(
    "--store", "store_name", type=click.Choice(STORES), help="Where to keep it; the keyring if it works."
)
@options.profile
@click.pass_obj
def command(
    store: CredentialStore | None,
    data_center: str,
    environment: str,
    client_id: str,
    scope_list: str,
    flow: Flow | None,
    redirect_uri: str,
    store_name: str | None,
    profile: str,
    *,
    write: bool,
    again: bool,
) -> None:
    """Sign in to Zoho CRM. Nothing secret is printed, and nothing secret is written to a plain file.

    A sign-in that is there and may do what is asked is left alone. One that lacks scopes is given those alone.
    """
    from zcrm_tools import signing_in
    from zcrm_tools.auth.flows.browser import REDIRECT_URI

    request = signing_in.Request(
        settings=options.settings(profile=profile),
        data_center=data_center,
        environment=environment,
        client_id=client_id,
        scope_list=scope_list,
        write=write,
        flow=flow,
        redirect_uri=redirect_uri or REDIRECT_URI,
        again=again,
        store_name=store_name or "",
        store=store,
    )
    try:
        request.scopes  # noqa: B018 — a misspelt scope is a wrong command line, found before anything is asked
    except ValueError as error:
        raise click.UsageError(f"--scopes: {error}.") from None
    asyncio.run(signing_in.sign_in(request, Terminal()))
