"""What the routes of the control plane share: who may ask, how a body is read, how a mistake is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse
from starlette.routing import Route

from zcrm_tools.emulator import jobs
from zcrm_tools.emulator.accounts import own_url
from zcrm_tools.emulator.replies import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from zcrm_tools.emulator.app import Emulator

    Answer = Callable[[Request, Emulator], Awaitable[Response]]

BASE: Final = "/__emulator__"


class Wrong(Exception):
    """The request to the control plane is wrong; the text says how."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def route(path: str, answer: Answer, method: str = "GET") -> Route:
    async def endpoint(request: Request) -> Response:
        origin = request.headers.get("origin")
        try:
            if origin is not None and origin != own_url(request):
                raise Wrong("The control plane answers no page of another origin.", 403)
            jobs.settle(request.app.state.store)
            return await answer(request, request.app.state.emulator)
        except Wrong as wrong:
            return JSONResponse({"error": str(wrong)}, wrong.status)
        except Refusal as refusal:
            return JSONResponse({"error": str(refusal), "refusal": refusal.item()}, 400)

    endpoint.__doc__ = answer.__doc__
    return Route(f"{BASE}{path}", endpoint, methods=[method])


async def body_of(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError) as problem:
        raise Wrong(f"The body is not JSON: {problem}") from problem
    if not isinstance(body, dict):
        raise Wrong("The body must be a JSON object.")
    return body


def listed(body: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """A list of objects under a key, or the body itself as the only one."""
    found = body.get(key, [body])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found) or not found:
        raise Wrong(f'"{key}" must be a list of at least one object.')
    return found


def module_in_path(request: Request, emulator: Emulator) -> str:
    module: str = request.path_params["module"]
    if module not in emulator.store.modules:
        raise Wrong(f"There is no module {module!r} in the store.", 404)
    return module
