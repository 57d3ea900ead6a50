"""`login()`: sign in from a notebook cell or a script, with plain text as the screen.

The work runs on the client's loop thread; questions are asked on the calling thread, where `input` works in a kernel too.
A notebook keeps what a cell prints, so nothing secret is printed, and secrets are read by `getpass`.
"""

from __future__ import annotations

import asyncio
import queue
import webbrowser
from collections.abc import Callable
from concurrent.futures import Future
from getpass import getpass

from zcrm_tools import signing_in
from zcrm_tools.auth.flows import choice
from zcrm_tools.auth.flows.choice import Flow
from zcrm_tools.client import submit
from zcrm_tools.models.grant import Profile
from zcrm_tools.settings import from_environment


class Cell:
    """A screen whose questions are answered by whoever called `login`."""

    def __init__(self) -> None:
        self.questions: queue.SimpleQueue[tuple[Callable[[], str], Future[str]]] = queue.SimpleQueue()

    def say(self, text: str) -> None:
        print(text)  # noqa: T201 — this is a screen

    def link(self, url: str) -> bool:
        """Opened only where the browser is on this machine; a server would open it for nobody."""
        opened = choice.here() == "desktop" and webbrowser.open(url)
        self.say(f"{'The browser shows' if opened else 'Open'} this page:\n\n{url}\n")
        return opened

    async def ask(self, question: str, *, hidden: bool = False, choices: tuple[str, ...] = ()) -> str:
        shown = f"{question} ({', '.join(choices)}): " if choices else f"{question}: "
        while True:
            answer: Future[str] = Future()
            self.questions.put((lambda: (getpass if hidden else input)(shown), answer))
            given = (await asyncio.wrap_future(answer)).strip()
            if not choices or given in choices:
                return given

    async def agrees(self, question: str) -> bool:
        return (await self.ask(f"{question} [Y/n]")).lower() in ("", "y", "yes")


def login(
    *,
    profile: str = "",
    data_center: str = "",
    environment: str = "",
    client_id: str = "",
    scopes: str = "",
    write: bool = False,
    flow: Flow | None = None,
    again: bool = False,
) -> Profile:
    """Sign in; at once when the sign-in that is there may do what is asked, so it is safe in "Run all".

    `scopes` is a list of your own; otherwise the least for reading, or with `write` for writing too.
    """
    request = signing_in.Request(
        settings=from_environment().of(profile),
        data_center=data_center,
        environment=environment,
        client_id=client_id,
        scope_list=scopes,
        write=write,
        flow=flow,
        again=again,
    )
    cell = Cell()
    done = submit(signing_in.sign_in(request, cell))
    try:
        while not done.done():
            _answer_one(cell)
        return done.result()
    except BaseException:
        done.cancel()
        raise


def _answer_one(cell: Cell) -> None:
    """Answer a question if one comes within a moment."""
    try:
        question, answer = cell.questions.get(timeout=0.05)
    except queue.Empty:
        return
    try:
        answer.set_result(question())
    except BaseException as stopped:
        answer.set_exception(stopped)
        raise
