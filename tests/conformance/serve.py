"""The server that the conformance suite is pointed at: the shipped app on a free port, its address in one line on stdout.

`python tests/conformance/serve.py` serves it as it is, `--fixtures` with what the suite calls added. The suite cannot send
a token, so a layer outside the door adds it: everything within is as shipped.
"""

from __future__ import annotations

import asyncio
import sys
import warnings
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from zcrm_server import http, logs
from zcrm_server.app import build_for
from zcrm_server.local_token import LocalToken
from zcrm_server.offers import Offer
from zcrm_server.opening import opened
from zcrm_server.tools import Desk


class WithToken:
    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._header = (b"authorization", f"Bearer {token}".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = [*scope["headers"], self._header]
        await self._app(scope, receive, send)


def main() -> None:
    warnings.simplefilter("ignore")  # the suite asks for what the newest revision calls deprecated
    logs.to_stderr()
    found = opened(demo=True, write=True)
    server = build_for(Desk(found.profiles), Offer(("all",)))
    if "--fixtures" in sys.argv:
        sys.path.insert(0, str(Path(__file__).parent))
        import fixtures

        fixtures.add_to(server)
    token = LocalToken()
    app = WithToken(http.asgi(server, http.Door(token)), token.value)
    with http.bound("127.0.0.1", 0) as (listener, origin):
        print(f"{origin}{http.PATH}", flush=True)
        asyncio.run(http.serve(app, listener, found.close))


if __name__ == "__main__":
    main()
