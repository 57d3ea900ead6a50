"""The Connect widget: signing in from a cell, by the same steps as `zcrm login`, with the widget as their screen.

It never waits in the kernel, so "Run all" runs on: the client it stands for says who must sign in until somebody has.
What is typed travels in messages and is in no trait; links carry a state and travel likewise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from zcrm_tools import scopes, signing_in
from zcrm_tools.auth import keeping, leaving, presets, profiles
from zcrm_tools.auth.flows import choice
from zcrm_tools.auth.flows.browser import REDIRECT_URI
from zcrm_tools.auth.flows.choice import Flow
from zcrm_tools.auth.store import opening
from zcrm_tools.client import AsyncClient, Client, run
from zcrm_tools.connection import open_client
from zcrm_tools.datacenters import DATA_CENTERS
from zcrm_tools.errors import LoginRequired, NotConfigured, Problem, ZcrmError
from zcrm_tools.models.grant import Profile
from zcrm_tools.settings import Settings, from_environment
from zcrm_tools.widgets.panel import Panel, esm, fault

_FLOWS: dict[Flow, str] = {
    "browser": "The browser comes back to this machine",
    "paste": "Paste the address of the page you land on",
    "self-client": "Paste a code from the API console",
    "client-credentials": "A self client in its own name",
    "device": "Type a code on another device",
}
_PRESETS = {False: "See everything, change nothing", True: "See, add, change and delete records"}


class SignedInLater(Client):
    """A client that can be used once somebody has signed in by its widget. Until then every call says so."""

    def __init__(self, panel: Connect) -> None:
        self._panel = panel

    def __getattr__(self, name: str) -> Any:
        """Only of what is not there yet."""
        if name in ("_asynchronous", "reach"):
            raise LoginRequired(
                Problem(
                    "LOGIN_REQUIRED",
                    "Nobody has signed in yet.",
                    "No request was sent.",
                    "Sign in by the widget above, or press Use the demo org there; then run this cell again.",
                    fix_by="person",
                )
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def become(self, client: AsyncClient | None) -> None:
        """Be this client from now on, or nobody's."""
        for name in ("_asynchronous", "reach"):
            self.__dict__.pop(name, None)
        if client is not None:
            self._asynchronous = client
            self.reach = client.reach

    @property
    def signed_in(self) -> bool:
        return "_asynchronous" in self.__dict__

    def close(self) -> None:
        if self.signed_in:
            run(self._asynchronous.aclose())
            self.become(None)

    def __repr__(self) -> str:
        return super().__repr__() if self.signed_in else "<Client, nobody is signed in>"


class Connect(Panel):
    """Sign in, see who is, be given more scopes, sign out, or use the demo org. `client` is what it connects."""

    _esm = esm("connect")
    fallback: ClassVar[str] = (
        "Run <code>zcrm_tools.login()</code> in a cell, which asks in plain text, then this cell again."
    )

    def __init__(
        self, settings: Settings | None = None, *, write: bool = False, redirect_uri: str = REDIRECT_URI
    ) -> None:
        super().__init__()
        self._settings = settings or from_environment()
        self._write = write
        self._redirect_uri = redirect_uri
        self._shown: dict[str, Any] = {"phase": "idle", "said": [], "link": "", "question": None, "who": {}}
        self._answers: dict[str, asyncio.Future[str]] = {}
        self._work: asyncio.Task[None] | None = None
        self.client = SignedInLater(self)

    # --- what the browser asks

    async def do_show(self) -> dict[str, Any]:
        """The form, and where things stand; a sign-in that is there already is used."""
        there = self._profile()
        if self._shown["phase"] == "idle" and there is not None and self._work is None:
            self._start(self._again())
        return {"form": self._form(), **self._shown}

    async def do_sign_in(
        self, *, data_center: str, environment: str, write: bool, flow: Flow, again: bool = False
    ) -> None:
        """Begin; what follows is told as news."""
        emulator = data_center == "emulator"
        request = signing_in.Request(
            settings=self._settings,
            data_center="" if emulator or (self._profile() and not again) else data_center,
            environment=environment,
            write=write,
            flow=flow,
            redirect_uri=self._redirect_uri,
            again=again,
        )
        self._start(self._signed_in(request))

    async def do_answer(self, *, question: str, text: str) -> None:
        waiting = self._answers.pop(question, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(text)

    async def do_cancel(self) -> None:
        if self._work is not None:
            self._work.cancel()

    async def do_demo(self, *, write: bool) -> None:
        self._start(self._use(replace(self._settings, demo=True), write=write))

    async def do_disconnect(self) -> None:
        self._start(self._leave())

    # --- the work, one piece at a time

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        if self._work is not None and not self._work.done():
            self._work.cancel()
        self._show(phase="working", said=[], link="", question=None)
        self._work = asyncio.ensure_future(self._told(work))

    async def _told(self, work: Coroutine[Any, Any, None]) -> None:
        """The work, with its end on the screen whatever it is."""
        try:
            await work
        except ZcrmError as failed:
            self._show(phase="idle", said=[str(failed)], link="", question=None)
        except asyncio.CancelledError:
            if asyncio.current_task() is self._work:  # and not pushed aside by other work
                self._show(phase="idle", said=["Cancelled. Nothing was changed."], link="", question=None)
            raise
        except Exception as broken:  # noqa: BLE001 — told and logged; the form is there again
            self._show(phase="idle", said=[str(fault("sign-in", broken))], link="", question=None)

    async def _signed_in(self, request: signing_in.Request) -> None:
        self._show(phase="signing in")
        screen = _Screen(self._shown, self._show, self._answers)
        request = replace(request, settings=await self._with_a_store(request, screen))
        await signing_in.sign_in(request, screen)
        self._settings = request.settings
        await self._use(request.settings, write=request.write)

    async def _again(self) -> None:
        """The sign-in that is there; its passphrase is asked for where it is sealed by one that is not given."""
        try:
            await self._use(self._settings, write=self._write)
        except NotConfigured as sealed:
            if sealed.problem.code != "NO_KEY":
                raise
            self._show(phase="signing in")
            screen = _Screen(self._shown, self._show, self._answers)
            screen.say(f"The sign-in of profile {self._settings.profile!r} is sealed by a passphrase.")
            phrase = await screen.ask("The passphrase (not shown)", hidden=True)
            self._settings = replace(self._settings, passphrase=SecretStr(phrase))
            await self._use(self._settings, write=self._write)

    async def _with_a_store(self, request: signing_in.Request, screen: _Screen) -> Settings:
        """Where no keyring is, as on a server, a passphrase seals the sign-in in a file."""
        settings = request.settings
        try:
            opening.choose(settings)
        except NotConfigured as nowhere:
            if nowhere.problem.code != "NO_STORE":
                raise
            screen.say(
                "This machine has no keyring, so the sign-in is kept in a file sealed by a passphrase."
            )
            phrase = await screen.ask("A passphrase of your own (not shown)", hidden=True)
            settings = replace(settings, passphrase=SecretStr(phrase))
        return settings

    async def _use(self, settings: Settings, *, write: bool) -> None:
        """Open a client and be it. What cannot be asked is left out of what is shown."""
        self._show(phase="working")
        client = await open_client(settings, write=write)
        who = _who(client, write=write)
        try:
            who["org"] = (await client.org.catalogue.org()).company_name
        except LoginRequired:
            await client.aclose()
            raise
        except ZcrmError as refused:
            who["org"] = f"an organisation that may not be asked ({refused.problem.message})"
        with suppress(ZcrmError):
            who["user"] = (await client.org.catalogue.me()).full_name
        await self._close()
        self.client.become(client)
        self._show(phase="connected", who=who, said=[], link="", question=None)

    async def _leave(self) -> None:
        """The demo org is only closed; a sign-in is revoked at Zoho and forgotten here."""
        profile = self._profile()
        demo = self._shown["who"].get("kind") == "demo org"
        await self._close()
        said = ["Disconnected."]
        if profile is not None and not demo:
            _, refused = await leaving.leave(self._settings, profile, opening.of(profile, self._settings))
            said = [f"Zoho did not revoke it: {refused}" if refused else "Signed out. Zoho has revoked it."]
        self._show(phase="idle", who={}, said=said)

    async def _close(self) -> None:
        if self.client.signed_in:
            await self.client.asynchronous.aclose()
            self.client.become(None)

    # --- what is shown

    def _show(self, **changed: Any) -> None:
        self._shown.update(changed)
        self.tell("state", self._shown)

    def _profile(self) -> Profile | None:
        return profiles.load(self._settings.home).get(self._settings.profile)

    def _form(self) -> dict[str, Any]:
        settings, picked = self._settings, choice.choose(choice.here())
        centers = [{"value": "", "label": "Choose: crm.zoho.eu is eu"}]
        centers += [{"value": dc.code, "label": f"{dc.region} ({dc.code})"} for dc in DATA_CENTERS.values()]
        if settings.api_url and settings.accounts_url:
            where = f"The emulator at {urlsplit(settings.accounts_url).netloc}"
            centers.insert(0, {"value": "emulator", "label": where})
        return {
            "data_centers": centers,
            "data_center": centers[0]["value"] if settings.api_url else settings.data_center,
            "environments": ["production", "sandbox", "developer"],
            "environment": settings.environment,
            "presets": [
                {
                    "write": write,
                    "label": label,
                    "scopes": [[str(s), scopes.explain(s)] for s in _scopes(write=write)],
                }
                for write, label in _PRESETS.items()
            ],
            "write": self._write,
            "flows": [{"value": flow, "label": label} for flow, label in _FLOWS.items()],
            "flow": picked.flow,
            "why": picked.why,
            "profile": settings.profile,
        }


class _Screen:
    """The screen of `signing_in`: what it says and asks is put into what is shown, for every view of the widget."""

    def __init__(
        self, shown: Mapping[str, Any], show: Callable[..., None], answers: dict[str, asyncio.Future[str]]
    ) -> None:
        self._shown = shown
        self._show = show
        self._answers = answers
        self._count = 0

    def say(self, text: str) -> None:
        self._show(said=[*self._shown["said"], text])

    def link(self, url: str) -> bool:
        self._show(link=url)
        return False

    async def ask(self, question: str, *, hidden: bool = False, choices: tuple[str, ...] = ()) -> str:
        self._count += 1
        name = f"{self._count} {question}"
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._answers[name] = answer
        self._show(question={"id": name, "text": question, "hidden": hidden, "choices": list(choices)})
        try:
            return (await answer).strip()
        finally:
            self._answers.pop(name, None)
            self._show(question=None)

    async def agrees(self, question: str) -> bool:
        return await self.ask(question, choices=("yes", "no")) == "yes"


def _scopes(*, write: bool) -> tuple[scopes.Scope, ...]:
    return presets.read_write() if write else presets.read_only()


def _who(client: AsyncClient, *, write: bool) -> dict[str, Any]:
    profile = client.org.profile
    demo = profile.name == "demo" and profile.kind == "emulator"
    return {
        "kind": "demo org" if demo else profile.kind,
        "profile": profile.name,
        "where": "inside this kernel"
        if demo
        else f"{urlsplit(profile.api_url).netloc}, {profile.environment}",
        "environment": profile.environment,
        "mode": "may write, after showing what" if write else "read-only",
        "write": write,
        "can_widen": not demo
        and bool(profile.redirect_uri)
        and not keeping.covers(profile, presets.read_write()),
        "scopes": [[str(s), scopes.explain(s)] for s in sorted(scopes.parse(profile.scopes))],
    }
