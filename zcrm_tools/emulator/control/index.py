"""The control plane's own list of itself, and what it says to an address or a method it does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from inspect import cleandoc
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from zcrm_tools.emulator import pages
from zcrm_tools.emulator.control.base import BASE

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def index(routes: Iterable[Route]) -> Iterator[Route]:
    """The list of these routes, and after them all that is left under their base."""
    listed = [
        {"method": method, "path": route.path, "does": cleandoc(route.endpoint.__doc__ or "")}
        for route in routes
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]

    async def show(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(_page(listed), headers=pages.HEADERS)
        return JSONResponse({"control": listed})

    async def absent(request: Request) -> Response:
        known = sorted({one["method"] for one in listed if one["path"] == request.url.path})
        wrong = (
            f"{request.url.path} takes {' and '.join(known)}."
            if known
            else f"There is no {request.url.path}."
        )
        return JSONResponse({"error": f"{wrong} GET {BASE}/ lists what there is."}, 405 if known else 404)

    for path in (BASE, f"{BASE}/"):
        yield Route(path, show, methods=["GET"])
    yield Route(f"{BASE}/{{rest:path}}", absent, methods=list(_METHODS))


def _page(listed: Iterable[dict[str, str]]) -> str:
    rows = "".join(
        f"<tr><th scope=row><code>{one['method']} {escape(one['path'])}</code></th><td>{_marked(one['does'])}</td></tr>"
        for one in listed
    )
    return pages.document(
        "Control",
        "<p>What Zoho has nothing of: the org's seed and shape, the clock, limits, faults, and what was asked and sent."
        " It asks for no credentials and answers this machine only. The same as JSON:"
        f" <code>curl -H 'Accept: application/json' …{BASE}/</code>.</p><div class=scroll><table><thead><tr>"
        f'<th scope="col">Call</th><th scope="col">What it takes and does</th></tr></thead><tbody>{rows}</tbody></table></div>',
    )


def _marked(text: str) -> str:
    """What stands between backticks, as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))
