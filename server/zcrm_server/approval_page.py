"""The server's own page, on this machine, where a person looks at waiting plans and says yes or no.

The bearer token does not open it: that one stands in an assistant's configuration, and a model must not approve itself.
The page has a code of its own, which only whoever started the server sees. It needs no script, loads nothing, and shows
what strangers typed as plain text.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from zcrm_server.profiles import Profiles, Served
from zcrm_tools.errors import ZcrmError
from zcrm_tools.safety import show
from zcrm_tools.safety.plan import Plan
from zcrm_tools.state.state import PlanRow

PATH = "/approve"
COOKIE = "zcrm_approver"
MAX_FORM = 10_000

_STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #8888;border-radius:.5rem;padding:1rem}
button,input{font:inherit;padding:.4rem .9rem;border-radius:.4rem;border:1px solid #888}
form{display:inline-block;margin-right:.5rem}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    f"style-src 'sha256-{_STYLE_HASH}'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class ApprovalPage:
    """`origin` is the server's own: a form sent from another page is refused. `code` opens the page."""

    profiles: Profiles
    origin: str
    code: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    _session: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def url(self) -> str:
        return f"{self.origin}{PATH}"

    def routes(self) -> list[Route]:
        return [Route(PATH, self._look, methods=["GET"]), Route(PATH, self._answer, methods=["POST"])]

    async def _look(self, request: Request) -> Response:
        if not self._known(request):
            return _page(
                "<h1>Approvals</h1>" + _form(f'{_code_field()}<button name="do" value="enter">Open</button>')
            )
        parts = [part async for part in self._waiting()]
        return _page("<h1>Waiting for you</h1>" + ("".join(parts) or "<p>Nothing is waiting.</p>"))

    async def _answer(self, request: Request) -> Response:
        given = await _fields(request)
        if request.headers.get("origin", self.origin) != self.origin:
            return _page(
                "<h1>Refused</h1><p>This form came from another page. Nothing was approved.</p>", 403
            )
        if given.get("do") == "enter":
            return self._enter(given.get("code", ""))
        plan, profile = given.get("plan", ""), given.get("profile", "")
        seal = given.get("seal", "").encode()
        if not self._known(request) or not hmac.compare_digest(seal, self._seal(plan).encode()):
            return _page("<h1>Refused</h1><p>Open this page anew. Nothing was approved.</p>", 403)
        served = next((one for one in self.profiles.served if one.name == profile), None)
        if served is None:
            return _page("<h1>Refused</h1><p>There is no such profile. Nothing was approved.</p>", 404)
        return await _settle(served, plan, yes=given.get("do") == "approve")

    def _enter(self, code: str) -> Response:
        if not hmac.compare_digest(code.strip().encode(), self.code.encode()):
            return _page(
                "<h1>Refused</h1><p>That is not the code that the server showed when it started.</p>", 403
            )
        answer = RedirectResponse(PATH, 303)
        answer.set_cookie(COOKIE, self._session, httponly=True, samesite="strict", path=PATH)
        return answer

    def _known(self, request: Request) -> bool:
        return hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self._session.encode())

    def _seal(self, plan: str) -> str:
        """Bound to plan and browser, so that no other page of this machine can send the form."""
        return hmac.new(self._session.encode(), plan.encode(), hashlib.sha256).hexdigest()

    async def _waiting(self) -> AsyncIterator[str]:
        for served in self.profiles.served:
            try:
                client = await served.connection.client()
            except ZcrmError as shut:
                yield f"<p>{html.escape(f'{served.name}: {shut}')}</p>"
                continue
            for row in client.gate.state.waiting(client.org.profile.identity, datetime.now(UTC)):
                yield self._shown(served, row)

    def _shown(self, served: Served, row: PlanRow) -> str:
        plan = Plan.of(row.id, row.action, row.body, row.expires_at)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
            for name, value in (("plan", row.id), ("profile", served.name), ("seal", self._seal(row.id)))
        )
        yes, no = (
            f'<button name="do" value="{do}">{words}</button>'
            for do, words in (("approve", "Approve"), ("decline", "Decline"))
        )
        return f"<pre>{html.escape(show.as_text(plan))}</pre>{_form(hidden + yes + no)}"


async def _settle(served: Served, plan: str, *, yes: bool) -> Response:
    try:
        client = await served.connection.client()
        if not yes:
            await client.drop(plan)
            return _page("<h1>Declined</h1><p>The plan was dropped. Nothing was written.</p>")
        if await client.approve(plan, by="approval page", way="page"):
            return _page("<h1>Approved</h1><p>The assistant may now repeat its call with this plan.</p>")
    except ZcrmError as refused:
        return _page(f"<h1>Not approved</h1><p>{html.escape(str(refused))}</p>", 404)
    return _page("<h1>Not approved</h1><p>The plan does not wait any more. Ask for a new one.</p>", 409)


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a small form; nothing of a bigger one."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            return {}
    return {name: values[0] for name, values in parse_qs(body.decode("ascii", "replace")).items()}


def _form(inner: str) -> str:
    return f'<form method="post" action="{PATH}">{inner}</form>'


def _code_field() -> str:
    return (
        '<label>Code shown by the server <input name="code" autocomplete="off" autofocus required></label> '
    )


def _page(inner: str, status: int = 200) -> Response:
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Zoho CRM approvals</title><style>{_STYLE}</style><main>{inner}</main></html>",
        status,
        headers=_HEADERS,
    )
