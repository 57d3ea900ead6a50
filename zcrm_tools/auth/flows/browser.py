"""Sign-in through the browser on this machine: Zoho redirects to a port that listens here for a few minutes.

Zoho wants the redirect address registered with its port, and takes `http://localhost:…` where it refuses 127.0.0.1
(https://github.com/rclone/rclone/issues/6163). Which of the two families `localhost` means is the browser's choice, so
both are listened on. A request that is not ours, or has another state, is answered and changes nothing.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import parse_qs, urlsplit

from zcrm_tools.auth.flows.asked import Asked, SignedIn
from zcrm_tools.auth.flows.redirect import Begun, begin, finish
from zcrm_tools.errors import LoginRequired, NotConfigured, Problem

REDIRECT_URI = "http://localhost:8765/callback"
TIMEOUT = 300.0
_LONGEST_REQUEST = 16_384
_READ_TIMEOUT = 10.0


async def sign_in(
    asked: Asked,
    *,
    on_link: Callable[[str], object],
    redirect_uri: str = REDIRECT_URI,
    patience: float = TIMEOUT,
) -> SignedIn:
    """Show the address by `on_link` (which may open a browser), wait, and trade the code.

    Raises NotConfigured when the port is taken, LoginRequired when the person declined or the time was up.
    Cancelling closes the port.
    """
    begun = begin(asked, redirect_uri)
    came_back: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    with ExitStack() as listening:
        for server in await _listen(begun, came_back):
            listening.callback(server.close)  # and not waited for: browsers keep a spare connection open
        on_link(begun.url)
        try:
            async with asyncio.timeout(patience):
                address = await came_back
        except TimeoutError:
            raise LoginRequired(_timed_out(patience)) from None
        return await finish(begun, address)


async def _listen(begun: Begun, came_back: asyncio.Future[str]) -> list[asyncio.Server]:
    """Servers on both loopback families; one is enough where the other does not exist."""
    parts = urlsplit(begun.redirect_uri)
    port = parts.port or 80

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ours = ""
        try:
            status, page, ours = await _answer(reader, begun, parts.path)
            writer.write(_response(status, page))
            writer.close()
            await writer.wait_closed()
        except (OSError, ValueError, TimeoutError):
            writer.close()  # a broken, slow or overlong request is nobody's sign-in
        finally:
            # Only now: the wait may be over for the whole program, and the person should still see the page.
            if ours and not came_back.done():
                came_back.set_result(ours)

    servers: list[asyncio.Server] = []
    busy = OSError()
    for host in ("127.0.0.1", "::1"):
        try:
            servers.append(await asyncio.start_server(answer, host, port, limit=_LONGEST_REQUEST))
        except OSError as error:
            busy = error
    if not servers:
        raise NotConfigured(_busy(port, busy))
    return servers


async def _answer(reader: asyncio.StreamReader, begun: Begun, path: str) -> tuple[int, str, str]:
    """What to show for one request, and its address when it is the true answer of Zoho, which ends the wait."""
    async with asyncio.timeout(_READ_TIMEOUT):
        line = (await reader.readline()).decode("ascii", "replace")
        while (await reader.readline()) not in (b"\r\n", b"\n", b""):
            pass
    method, _, rest = line.partition(" ")
    target = rest.partition(" ")[0]
    if method != "GET" or urlsplit(target).path != path:
        return 404, "There is nothing here. The sign-in waits for Zoho's answer on another address.", ""
    if not _is_ours(target, begun):
        return 400, "This address does not answer the sign-in that waits here. Nothing was done with it.", ""
    if "error=" in urlsplit(target).query:
        return 200, "You did not agree, so nobody was signed in. You can close this page.", target
    return 200, "Zoho has answered. You can close this page and go back to where you started.", target


def _is_ours(target: str, begun: Begun) -> bool:
    """Whether it carries our state; reading it fully is `finish`'s."""
    given = parse_qs(urlsplit(target).query).get("state", [""])[0]
    return hmac.compare_digest(given.encode(), begun.state.encode())


def _response(status: int, text: str) -> bytes:
    """A page without scripts, links or anything of the request in it."""
    page = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>zcrm: sign-in</title>
<style>:root{{color-scheme:light dark;font:1.1rem/1.5 system-ui,sans-serif}}main{{max-width:34rem;margin:20vh auto;padding:0 1rem}}</style>
<main><h1>zcrm</h1><p>{text}</p></main></html>"""
    body = page.encode()
    head = (
        f"HTTP/1.1 {status} {'OK' if status == 200 else 'Not here'}\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _timed_out(patience: float) -> Problem:
    return Problem(
        "LOGIN_TIMED_OUT",
        f"No answer came back to this machine in {patience:g} seconds.",
        not_done="Nobody was signed in.",
        next_step="If the browser runs elsewhere (SSH, a container, a notebook server), use `zcrm login --flow paste`.",
        fix_by="person",
    )


def _busy(port: int, error: OSError) -> Problem:
    return Problem(
        "PORT_BUSY",
        f"Port {port} of this machine cannot be listened on: {error.strerror}.",
        not_done="Nothing was asked for.",
        next_step=(
            "End the program that uses it (perhaps another sign-in), or use `zcrm login --flow paste`. The port "
            "is part of the address registered with Zoho, so another one cannot simply be taken."
        ),
        fix_by="person",
    )
