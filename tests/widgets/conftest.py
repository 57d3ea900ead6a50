"""The kernel's half of a widget without a kernel: questions go in as the browser sends them, answers come out."""

from __future__ import annotations

import copy
import json
import queue
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from zcrm_tools.client import AsyncClient, Client
from zcrm_tools.connection import connect
from zcrm_tools.crm.org import Org
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.session import Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Profile
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.policy import Policy
from zcrm_tools.state.sqlite import SqliteState
from zcrm_tools.testing import ZohoOrg


@pytest.fixture
def crm() -> Iterator[Client]:
    """The demo org, for writing too."""
    with connect(demo=True, write=True) as client:
        yield client


class Browser:
    """What a browser would see of a panel."""

    def __init__(self, panel: Any) -> None:
        self.panel = panel
        self.messages: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.news: list[dict[str, Any]] = []
        panel.send = lambda content, buffers=None: self.messages.put(content)

    def send(self, verb: str, /, **given: Any) -> str:
        number = f"view-{id(given)}"
        self.panel._handle_custom_msg({"ask": verb, "id": number, "with": given}, [])
        return number

    def ask(self, verb: str, /, **given: Any) -> Any:
        """The answer's value; AssertionError with the problems of a refusal."""
        reply = self.reply(self.send(verb, **given))
        assert "error" not in reply, reply["error"]
        return reply["value"]

    def refused(self, verb: str, /, **given: Any) -> list[dict[str, Any]]:
        return self.reply(self.send(verb, **given))["error"]["problems"]

    def reply(self, number: str) -> dict[str, Any]:
        while True:
            message = self.messages.get(timeout=20)
            if message.get("answer") == number:
                return message
            self.news.append(message)

    def until(self, news: str, wanted: Callable[[Any], bool]) -> Any:
        """The next news that is wanted."""
        while True:
            message = self.news.pop(0) if self.news else self.messages.get(timeout=20)
            if message.get("news") == news and wanted(message["value"]):
                return message["value"]


@pytest.fixture
def browser() -> Callable[[Any], Browser]:
    return Browser


class TwoLayouts:
    """An org as it answers when Leads have a second layout, which the emulator has not.

    Partners demands Industry, of which it offers two, shows no Twitter to people who edit, and has Fax taken off.
    """

    ID = "554023000000099001"

    def __init__(self, app: Any) -> None:
        self._app = app
        self.partners: set[str] = set()
        """Ids of the leads that have it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(("/crm/v8/settings/layouts", "/crm/v8/Leads")):
            return await self._app(scope, receive, send)
        body = b"".join([part async for part in _parts(receive)])
        sent = json.loads(body) if body else {}
        rows = sent.get("data", ()) if scope["method"] == "POST" else ()
        named = [row.pop("Layout", {}).get("id") == self.ID for row in rows]
        status, headers, reply = await self._ask(scope, json.dumps(sent).encode() if rows else body)
        told = json.loads(reply) if reply else {}
        for row, here in zip(told.get("data", ()), named, strict=bool(named)):
            self.partners |= {row["details"]["id"]} if here else set()
        for row in told.get("data", ()):
            if row.get("id") in self.partners and "Layout" in row:
                row["Layout"] = {"id": self.ID, "name": "Partners"}
        if path.endswith("layouts") and b"module=Leads" in scope["query_string"]:
            told["layouts"].append(self._second(told["layouts"][0]))
        reply = json.dumps(told).encode() if reply else b""
        await send({"type": "http.response.start", "status": status, "headers": headers})
        return await send({"type": "http.response.body", "body": reply})

    def _second(self, first: dict[str, Any]) -> dict[str, Any]:
        fields = {field["api_name"]: field for field in copy.deepcopy(first["sections"][0]["fields"])}
        fields["Industry"] |= {
            "required": True,
            "pick_list_values": fields["Industry"]["pick_list_values"][1:3],
        }
        fields["Twitter"]["view_type"] = {"view": True, "edit": False, "create": False}
        fields["Fax"]["type"] = "unused"
        names = (("Partner", ("Last_Name", "Company", "Industry")), ("Reach", ("Email", "Twitter", "Fax")))
        sections = [
            {"display_label": label, "fields": [fields[one] for one in some]} for label, some in names
        ]
        return {**first, "id": self.ID, "name": "Partners", "display_label": "Partners", "sections": sections}

    async def _ask(self, scope: Any, body: bytes) -> tuple[int, list[Any], bytes]:
        """The emulator's own answer, whole."""
        sent: list[dict[str, Any]] = []

        async def once() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: dict[str, Any]) -> None:
            sent.append(message)

        own = [(k, v) for k, v in scope["headers"] if k != b"content-length"]
        await self._app(
            {**scope, "headers": [*own, (b"content-length", str(len(body)).encode())]}, once, keep
        )
        headers = [(k, v) for k, v in sent[0]["headers"] if k != b"content-length"]
        return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


async def _parts(receive: Any) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        yield message.get("body", b"")


class Fixed:
    """The emulator's own access token."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    async def renew(self, refused: str) -> str:
        raise AssertionError(f"{len(refused)} characters of token were refused")


@pytest.fixture
def two_layouts(zoho_org: ZohoOrg) -> Iterator[tuple[Client, TwoLayouts]]:
    """A client that may write to such an org, and the org."""
    app = TwoLayouts(zoho_org.app)
    url = "http://localhost"

    async def opened() -> AsyncClient:
        session = Session(url, Fixed(zoho_org.credentials.access_token), transport=InProcess(app))
        org = Org(
            Profile(name="test", kind="emulator", accounts_url=url, api_url=url), session, Catalogue(session)
        )
        return AsyncClient(org, Gate(org, SqliteState(None), Policy(write=True)), session.aclose)

    with Client(opened) as client:
        yield client, app
