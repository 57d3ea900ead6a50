"""The only place, with `sockets`, that names httpx2: opens its client, sends one request, turns its errors into ours.

Ours are raised outside the `except` that saw httpx2's, so no traceback of ours drags along its frames, whose
variables hold headers and forms with secrets in them.
"""

from __future__ import annotations

import asyncio
import json as jsonlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import getproxies

import httpx2
import orjson

from zcrm_tools.datacenters import is_loopback
from zcrm_tools.errors import NOTHING_SENT, NotSent, OutcomeUnknown, Problem, TransportError
from zcrm_tools.http.sockets import Pool

# Raised by httpx2 before the first byte of the request is written. Its CloseError and WriteError come later.
_BEFORE_SENDING = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (httpx2.ConnectTimeout, "connecting took too long"),
    (httpx2.PoolTimeout, "every connection was busy for too long"),
    (httpx2.ProxyError, "the proxy refused the connection"),
    (httpx2.LocalProtocolError, "the request could not be written as HTTP"),
    (httpx2.ReadTimeout, "no answer came in time"),
    (httpx2.WriteTimeout, "sending took too long"),
    (httpx2.DecodingError, "the answer could not be decompressed"),
    (httpx2.RemoteProtocolError, "the server closed the connection"),
    (httpx2.NetworkError, "the connection broke"),
)

UNTRUSTED = "UNTRUSTED_CERTIFICATE"
_CERTIFICATE = (
    "If a proxy or virus scanner looks into TLS here, name its certificate by SSL_CERT_FILE. Otherwise check this machine's "
    "clock: a wrong one makes a good certificate look too young or too old."
)
Transport = httpx2.AsyncBaseTransport
_HEADERS = {
    "User-Agent": "zcrm-tools",
    "Accept": "application/json",
}
_PATH = "/:@!$&'()*+,;=~"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: header names in lower case, the body undecoded."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_redirect(self) -> bool:
        return 300 <= self.status < 400 and self.status != 304

    def json(self) -> Any:
        """The decoded body, None when empty. ValueError when it is not JSON.

        orjson takes a third of the time; half a character in a name is left to the other. A number has a double's digits
        behind its point, and beyond 64 bits before it; Zoho's whole numbers have at most 18, and its ids are text.
        """
        if not self.content.strip():
            return None
        try:
            return orjson.loads(self.content)
        except ValueError:
            return jsonlib.loads(self.content)


def open_client(origin: str, *, transport: Transport | None, timeout: float) -> httpx2.AsyncClient:
    """A client for one origin. `timeout` in seconds holds for each read and write; connecting gets at most 10.

    Proxy settings in the environment are for Zoho; a request to this machine stays on it. A transport that is given
    stays its giver's to close, as it may be shared.
    """
    return httpx2.AsyncClient(
        base_url=origin,
        transport=transport or usual_transport(origin),
        timeout=httpx2.Timeout(timeout, connect=min(timeout, 10.0)),
        follow_redirects=False,
        trust_env=not is_loopback(origin),
        headers=_HEADERS,
    )


def usual_transport(origin: str) -> Transport | None:
    """Our own sockets; None, for httpx2's own, where the environment names a proxy."""
    here = is_loopback(origin)
    if not here and {"http", "https", "all"} & getproxies().keys():
        return None
    return Pool(httpx2.create_ssl_context(trust_env=not here))


def build(
    client: httpx2.AsyncClient,
    method: str,
    origin: str,
    path: str,
    *,
    short: bool,
    params: Mapping[str, str | int | bool] | None = None,
    json: Any = None,
    headers: Mapping[str, str] | None = None,
    files: Mapping[str, Any] | None = None,
) -> httpx2.Request:
    """A request of a client. `short`: its transport takes the target apart from the URL (`takes_target`).

    httpx2 looks at each character of a URL several times; a list of 30 fields in it costs more than all of our layers.
    """
    target = quote(path, safe=_PATH)
    if params:
        target = f"{target}?{urlencode({k: _query_value(v) for k, v in params.items()})}"
    extensions: dict[str, Any] = {"timeout": client.timeout.as_dict()}
    if short:
        extensions["target"] = target.encode("ascii")
    sent = client.headers
    if headers:
        sent = sent.copy()
        sent.update(headers)
    return httpx2.Request(
        method,
        _url(origin) if short else origin + target,
        headers=sent,
        json=json,
        files=files,
        extensions=extensions,
    )


@cache
def _url(origin: str) -> httpx2.URL:
    return httpx2.URL(origin)


def _query_value(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def send(
    sender: httpx2.AsyncClient | Transport,
    request: httpx2.Request,
    *,
    repeatable: bool,
    within: float | None = None,
) -> Answer:
    """Send and read the whole answer, `within` seconds. Raises NotSent or OutcomeUnknown; never follows a redirect.

    A transport alone will do, as we want no cookies, redirects or authentication of httpx2's. `repeatable`: it only
    reads, for the words of an error.
    """
    try:
        async with asyncio.timeout(within):
            response = await _sent(sender, request)
            try:
                content = await response.aread()
            except BaseException:
                await response.aclose()
                raise
    except TimeoutError:
        fault: TransportError = _fault(httpx2.ReadTimeout(""), request.url.host, repeatable=repeatable)
    except httpx2.HTTPError as error:
        fault = _fault(error, request.url.host, repeatable=repeatable)
    else:
        return Answer(response.status_code, _lower(response), content)
    raise fault


async def _sent(sender: httpx2.AsyncClient | Transport, request: httpx2.Request) -> httpx2.Response:
    if isinstance(sender, httpx2.AsyncClient):
        return await sender.send(request, follow_redirects=False, stream=True)
    return await sender.handle_async_request(request)


def _lower(response: httpx2.Response) -> dict[str, str]:
    """Header names in lower case. Zoho's headers are ASCII; of several with one name the last counts."""
    return {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.headers.raw}


@asynccontextmanager
async def opened(
    sender: httpx2.AsyncClient | Transport,
    request: httpx2.Request,
    *,
    repeatable: bool,
    within: float | None = None,
) -> AsyncIterator[Streamed]:
    """Send, and read the body as it is wanted. Raises as `send` does, also while the body is read.

    `within` seconds are for its first byte; after that the time between two reads is the client's.
    """
    fault: TransportError | None = None
    try:
        async with asyncio.timeout(within):
            response = await _sent(sender, request)
    except TimeoutError:
        fault = _fault(httpx2.ReadTimeout(""), request.url.host, repeatable=repeatable)
    except httpx2.HTTPError as error:
        fault = _fault(error, request.url.host, repeatable=repeatable)
    if fault is not None:
        raise fault
    try:
        yield Streamed(response, request.url.host, repeatable=repeatable)
    finally:
        await response.aclose()


class Streamed:
    """An answer whose body has not been read yet."""

    def __init__(self, response: httpx2.Response, host: str, *, repeatable: bool) -> None:
        self._response = response
        self._host = host
        self._repeatable = repeatable
        self._whole: Answer | None = None
        self.status = response.status_code
        self.headers = _lower(response)

    async def whole(self) -> Answer:
        """All of it, in memory; asked for twice, it is read once."""
        if self._whole is None:
            body = b"".join([chunk async for chunk in self.chunks()])
            self._whole = Answer(self.status, self.headers, body)
        return self._whole

    async def chunks(self) -> AsyncIterator[bytes]:
        fault: TransportError | None = None
        try:
            async for chunk in self._response.aiter_bytes():
                yield chunk
        except httpx2.HTTPError as error:
            fault = _fault(error, self._host, repeatable=self._repeatable)
        if fault is not None:
            raise fault


def _fault(error: httpx2.HTTPError, host: str, *, repeatable: bool) -> TransportError:
    said = next((words for kind, words in _WORDS if isinstance(error, kind)), "the connection failed")
    # Only this one's text is shown: it is the operating system's, and no other is sure to be free of headers.
    if isinstance(error, httpx2.ConnectError):
        said = str(error) or "no connection"
    if isinstance(error, _BEFORE_SENDING):
        untrusted = "CERTIFICATE_VERIFY_FAILED" in said
        return NotSent(
            Problem(
                UNTRUSTED if untrusted else "NOT_SENT",
                f"{host} could not be reached: {said}.",
                not_done=NOTHING_SENT,
                next_step=_CERTIFICATE
                if untrusted
                else "Check the network, then try again; repeating is safe.",
                fix_by="person" if untrusted else "wait",
            )
        )
    if repeatable:
        return OutcomeUnknown(
            Problem(
                "NO_ANSWER",
                f"The request reached {host}, and {said}.",
                not_done="It only reads, so nothing was changed.",
                next_step="Try again; repeating is safe.",
                fix_by="wait",
            )
        )
    return OutcomeUnknown(
        Problem(
            "OUTCOME_UNKNOWN",
            f"The request reached {host}, and {said}.",
            not_done="It is not known whether anything was written.",
            next_step="Look at the record before trying again: repeating may write it twice.",
            fix_by="person",
        )
    )
