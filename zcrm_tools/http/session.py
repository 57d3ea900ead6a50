"""One signed-in connection to the CRM API: scopes checked first, one token renewal, Zoho's refusals as exceptions.

What a request means is its endpoint's; what an answer means is `refusals`'; this is the road between the two.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import IO, Any
from urllib.parse import urlsplit

import httpx2

from zcrm_tools import scopes
from zcrm_tools.endpoints import API_VERSION, Endpoint
from zcrm_tools.errors import (
    NOTHING_SENT,
    NOTHING_WRITTEN,
    ApiError,
    InvalidInput,
    LoginRequired,
    NotSent,
    Problem,
    ScopeMissing,
    ZcrmError,
)
from zcrm_tools.http import refusals, wire
from zcrm_tools.http.granted import Granted, lacking
from zcrm_tools.http.hosts import pinned, upload_origin
from zcrm_tools.http.line import Line
from zcrm_tools.http.patience import asked_to_wait
from zcrm_tools.http.ports import GrantRecord, TokenSource
from zcrm_tools.http.secret import SecretText
from zcrm_tools.http.weight import Params, Weight, weigh
from zcrm_tools.http.wire import Answer, Streamed, Transport
from zcrm_tools.scopes import Scope

_SCHEME = "Zoho-oauthtoken "
_CREDITS_LEFT = "x-api-credits-remaining"

Files = Mapping[str, tuple[str, bytes | IO[bytes]]]
"""Form name → file name and content."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What Zoho answered. `body` is None for 204 (nothing found) and 304 (not modified); header names are lower case."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(repr=False)


class Session:
    """Calls endpoints of one API host. Belongs to the event loop of its first call.

    `granted` None means the grant is unknown: scopes are then left to Zoho, and what it refuses is not asked for again.
    A `record` of the grant, read instead, is corrected by such refusals. `timeout` is in seconds, for each read
    and write. A `transport` that is given is not closed here.
    """

    def __init__(
        self,
        api_url: str,
        tokens: TokenSource,
        *,
        granted: frozenset[Scope] | None = None,
        record: GrantRecord | None = None,
        transport: Transport | None = None,
        timeout: float = 30.0,
        line: Line | None = None,
    ) -> None:
        self._origin = pinned(api_url, "api")
        self._tokens = tokens
        self._granted = Granted(granted, record)
        self._gaining = asyncio.Lock()
        self._transport = transport
        self._timeout = timeout
        self._client: httpx2.AsyncClient | None = None
        self._direct: Transport | None = None
        """The transport itself, where it takes a request's target apart from its URL; that spares the client's ways."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closed = False
        self.line = line or Line()
        self._date = ""
        self.server_ahead = timedelta()
        """How far Zoho's clock is ahead of this machine's, by the Date header of its last answer."""

    @property
    def credits_spent(self) -> int:
        """By the price table, counting refused calls too, as Zoho does not say whether those are free."""
        return self.line.spending.spent

    @property
    def credits_remaining(self) -> int | None:
        """As Zoho last said; it says so only once half of the day's credits are used."""
        return self.line.spending.remaining

    async def call(
        self,
        endpoint: Endpoint,
        *,
        module: str = "",
        id: str = "",
        related: str = "",
        params: Params | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        price: int | None = None,
        parts: Mapping[str, str] | None = None,
        files: Files | None = None,
        version: str = API_VERSION,
        decode: bool = True,
        repeatable: bool | None = None,
    ) -> Reply:
        """Send one request and give the reply. Per-record results are a reply even when every record failed.

        `price` in credits, where it depends on more than the number of rows (COQL's depends on its LIMIT). `parts`
        are those of the path beyond module, id and relation. `files` go as multipart, `version` is the API's. Without
        `decode` the body of a 200 is its bytes, for a caller that decodes large pages itself.
        `repeatable`: doing it twice is the same as doing it once, so that it may be sent again when no answer came;
        by default only what reads. Failures in which nothing happened are repeated for every call.
        Raises ScopeMissing before anything is sent when the grant is known not to cover it; NotAllowed beyond the
        run's credits; NotSent, OutcomeUnknown; ApiError and AuthError when Zoho refuses the call as a whole.
        """
        await self.check(endpoint, module)
        path = _path(endpoint, version, module=module, id=id, related=related, **(parts or {}))
        request = self._request(endpoint, path, params=params, json=json, headers=headers, files=files)
        weight = weigh(endpoint, params, json, price)
        reads = endpoint.effect == "read"

        async def once(within: float) -> Reply:
            answer = await self._signed(request, weight, reads=reads, within=within)
            try:
                return await self._judge(endpoint, module, answer, decode=decode)
            except ApiError as refused:
                refused.retry_after = asked_to_wait(answer.headers)
                raise

        again = reads if repeatable is None else repeatable
        streaming = any(not isinstance(content, bytes) for _, content in (files or {}).values())
        return await self.line.call(once, repeatable=again and not streaming, cost=weight.credits)

    @asynccontextmanager
    async def download(
        self,
        endpoint: Endpoint,
        *,
        module: str = "",
        id: str = "",
        params: Params | None = None,
        parts: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Streamed | None]:
        """A file, to be read as it comes; None when there is none. Raises as `call` does.

        Opening it is tried again like any read; a body that breaks off is not, as part of it has been given away. It
        keeps its place among the calls that run at once until the block ends.
        """
        await self.check(endpoint, module)
        path = _path(endpoint, API_VERSION, module=module, id=id, **(parts or {}))
        request = self._request(endpoint, path, params=params)
        async with AsyncExitStack() as kept:

            async def once(within: float) -> Streamed | None:
                async with AsyncExitStack() as attempt:
                    streamed = await self._stream(request, attempt, endpoint.credits, within)
                    if streamed.status == 200:
                        await kept.enter_async_context(attempt.pop_all())
                        return streamed
                    answer = await streamed.whole()
                try:
                    await self._judge(endpoint, module, answer)
                except ApiError as refused:
                    refused.retry_after = asked_to_wait(answer.headers)
                    raise
                return None

            yield await self.line.call(once, repeatable=True, cost=endpoint.credits)

    async def _stream(
        self, request: httpx2.Request, attempt: AsyncExitStack, cost: int, within: float
    ) -> Streamed:
        """Send with a token, once more with another if Zoho does not take the first. `attempt` ends what was begun."""
        ends = self.line.patience.clock() + within
        _sign(request, await self._tokens.token())
        await attempt.enter_async_context(self.line.places.held(heavy=False, within=within))
        streamed = await self._streamed(request, attempt, cost, ends)
        if streamed.status == 401 and refusals.is_token_refused(_json_or_none(await streamed.whole())):
            _sign(request, await self._tokens.renew(_signature(request)))
            streamed = await self._streamed(request, attempt, cost, ends)
        return streamed

    async def _streamed(
        self, request: httpx2.Request, attempt: AsyncExitStack, cost: int, ends: float
    ) -> Streamed:
        spending, left = self.line.spending, ends - self.line.patience.clock()
        spending.reserve(cost)
        try:
            opening = wire.opened(self._direct or self._open(), request, repeatable=True, within=left)
            streamed = await attempt.enter_async_context(opening)
        except NotSent:
            spending.refund(cost)
            raise
        await spending.save()
        self._heed(streamed.headers)
        return streamed

    async def aclose(self) -> None:
        """Close the connections. Calling it twice is harmless."""
        client, self._client, self.closed = self._client, None, True
        await self.line.aclose()
        if client is not None and self._transport is None:
            await client.aclose()

    def _request(self, endpoint: Endpoint, path: str, **parts: Any) -> httpx2.Request:
        client = self._open()
        origin = upload_origin(self._origin) if endpoint.upload else self._origin
        return wire.build(client, endpoint.method, origin, path, short=self._direct is not None, **parts)

    def check_open(self) -> None:
        """Raises InvalidInput once it is closed."""
        if self.closed:
            raise InvalidInput(
                Problem(
                    "CLOSED", "This connection is closed.", NOTHING_SENT, "Connect again, and close it last."
                )
            )

    def _open(self) -> httpx2.AsyncClient:
        self.check_open()
        loop = asyncio.get_running_loop()
        if self._client is None:
            transport = self._transport or wire.usual_transport(self._origin)
            self._client = wire.open_client(self._origin, transport=transport, timeout=self._timeout)
            if getattr(transport, "takes_target", False):
                self._direct = transport
            self._loop = loop
        if self._loop is not loop:
            raise InvalidInput(
                Problem(
                    "OTHER_EVENT_LOOP",
                    "This connection belongs to another event loop.",
                    not_done=NOTHING_SENT,
                    next_step="Connect again inside this loop, or use the synchronous Client, which works everywhere.",
                )
            )
        return self._client

    async def check(self, endpoint: Endpoint, module: str = "") -> None:
        """Raises ScopeMissing when the grant is known not to cover the call, also after another look at the record."""
        needs = endpoint.scopes(module)
        if not self._granted.missing(needs):
            return
        async with self._gaining:
            news = await self._granted.news() if self._granted.missing(needs) else None
            if news is not None:
                if not lacking(news, needs):
                    # Before it is believed: with the token at hand, which lacks what was added, calls would be refused.
                    await self._tokens.renew(SecretText(await self._tokens.token()))
                self._granted.believe(news)
        if absent := self._granted.missing(needs):
            raise _scope_missing(endpoint, absent, not_done=NOTHING_SENT)

    async def _signed(self, request: httpx2.Request, weight: Weight, *, reads: bool, within: float) -> Answer:
        """Send with a token; once more with another if Zoho does not take the first (nothing was done then)."""
        ends = self.line.patience.clock() + within
        _sign(request, await self._tokens.token())
        answer = await self._send(request, weight, reads=reads, ends=ends)
        if answer.status == 401 and refusals.is_token_refused(_json_or_none(answer)):
            _sign(request, await self._tokens.renew(_signature(request)))
            answer = await self._send(request, weight, reads=reads, ends=ends)
        return answer

    async def _send(self, request: httpx2.Request, weight: Weight, *, reads: bool, ends: float) -> Answer:
        client, line = self._open(), self.line
        clock, spending = line.patience.clock, line.spending
        await line.places.take(heavy=weight.heavy, width=weight.width, within=ends - clock())
        try:
            spending.reserve(weight.credits)
            try:
                left = ends - clock()
                if left <= 0:
                    raise _too_late()
                answer = await wire.send(self._direct or client, request, repeatable=reads, within=left)
            except NotSent:
                spending.refund(weight.credits)
                raise
        finally:
            line.places.give(heavy=weight.heavy, width=weight.width)
        await spending.save()
        self._heed(answer.headers)
        return answer

    def _heed(self, headers: Mapping[str, str]) -> None:
        """What every answer says besides: credits left, and Zoho's clock."""
        left = headers.get(_CREDITS_LEFT, "")
        if left.isdecimal():
            self.line.spending.remaining = int(left)
        date = headers.get("date", "")
        if date != self._date:
            self._date = date
            self.server_ahead = _ahead(date, self.line.patience.wall())

    async def _judge(self, endpoint: Endpoint, module: str, answer: Answer, *, decode: bool = True) -> Reply:
        """The reply, or the exception that the answer stands for."""
        writes = endpoint.effect != "read"
        if answer.is_redirect:
            host = urlsplit(answer.headers.get("location", "")).hostname or "nowhere"
            raise refusals.not_zoho(
                answer.status, f"a redirect to {host}, which is not followed", writes=writes
            )
        if answer.status in (204, 304):
            await self._granted.shown(endpoint.scopes(module))
            return Reply(answer.status, None, answer.headers)
        if not decode and answer.status == 200 and answer.content.startswith(b"{"):
            await self._granted.shown(endpoint.scopes(module))
            return Reply(answer.status, answer.content, answer.headers)
        body = _json_or_none(answer)
        if body is None:
            said = f"not Zoho's JSON but {answer.headers.get('content-type') or 'bytes of no stated type'}"
            raise refusals.not_zoho(answer.status, said, writes=writes)
        if not refusals.is_refusal(answer.status, body):
            await self._granted.shown(endpoint.scopes(module))
            return Reply(answer.status, body, answer.headers)
        if refusals.code_of(body) in refusals.SCOPE_CODES:
            absent = await self._granted.refused(endpoint.scopes(module))
            raise _scope_missing(endpoint, absent, not_done=NOTHING_WRITTEN if writes else "")
        if answer.status == 401 and not refusals.is_listed(body):
            raise _token_refused(body)
        raise refusals.api_error(answer.status, body, writes=writes)


def _json_or_none(answer: Answer) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _sign(request: httpx2.Request, token: str) -> None:
    """Zoho's CRM pages use this scheme, its Accounts pages Bearer; the former is the older and surer one."""
    request.headers["Authorization"] = _SCHEME + token


def _signature(request: httpx2.Request) -> str:
    return SecretText(request.headers["Authorization"].removeprefix(_SCHEME))


def _path(endpoint: Endpoint, version: str, **parts: str) -> str:
    try:
        return endpoint.url(version=version, **{name: value for name, value in parts.items() if value})
    except ValueError as error:
        raise InvalidInput(
            Problem(
                "BAD_PATH",
                f"{error}.",
                not_done=NOTHING_SENT,
                next_step="Use the API name and the record's id.",
            )
        ) from None


def _ahead(date: str, now: datetime) -> timedelta:
    """Of a Date header that just came in; nothing when it says nothing."""
    try:
        return parsedate_to_datetime(date) - now
    except (ValueError, TypeError):
        return timedelta()


def _scope_missing(endpoint: Endpoint, absent: tuple[Scope, ...], *, not_done: str) -> ScopeMissing:
    names = tuple(map(str, absent))
    words = ", ".join(map(scopes.explain, absent))
    named = f"{' and '.join(names)} (to {words})" if names else "a scope that Zoho does not name"
    listed = ",".join(names) or "SCOPE, which Zoho's page of the call names"
    return ScopeMissing(
        Problem(
            "OAUTH_SCOPE_MISMATCH",
            f"{endpoint.name} needs {named}, which this sign-in was not given.",
            not_done=not_done,
            next_step=f"Have a person add it to this sign-in: zcrm login --scopes {listed}",
            fix_by="person",
        ),
        missing=names,
    )


def _too_late() -> NotSent:
    """A token and a place took all of the call's time. To send it now would be to cut it off at once."""
    return NotSent(
        Problem(
            "NO_TIME",
            "The time of this call was used up before it could be sent.",
            NOTHING_SENT,
            "Try again, with fewer calls at once; repeating is safe.",
            fix_by="wait",
        )
    )


def _token_refused(body: Any) -> ZcrmError:
    said = str(body.get("message") or "") if isinstance(body, dict) else ""
    return LoginRequired(
        Problem(
            refusals.code_of(body) or "INVALID_TOKEN",
            f"Zoho CRM does not accept this sign-in: {said or 'no reason given'}.",
            not_done=NOTHING_WRITTEN,
            next_step="Check the data centre and environment with `zcrm status`, then sign in again with `zcrm login`.",
            fix_by="person",
        )
    )
