"""One API call as the routes see it, and the adapter that turns a plain function of it into a Starlette endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import jobs, refusals
from zcrm_tools.emulator.caller import Caller
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.schema import ModuleDef
from zcrm_tools.emulator.store import Store, epoch

V2_1 = (2, 1)
V3 = (3, 0)
_MAX_ID = 2**63 - 1
_ID = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Call:
    """`path` holds the path's parameters, `url` the path itself."""

    store: Store
    caller: Caller
    url: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def module(self) -> ModuleDef:
        """The module in the path; refused when the org has none of that name."""
        return module_named(self.store, self.path["module"])

    @property
    def record_id(self) -> int:
        found = as_id(self.path["id"])
        if found is None:
            raise refusals.bad_path_id()
        return found

    def since(self, header: str) -> int | None:
        """The instant in a header such as If-Modified-Since, epoch seconds; None when it is not sent."""
        text = self.headers.get(header)
        if text is None:
            return None
        moment = parse_datetime(text)
        if moment is None:
            raise Refusal(
                "INVALID_DATA", "invalid data", {"api_name": header, "expected_data_type": "datetime"}
            )
        return moment

    def json(self) -> Json:
        """The body as an object. Anything else, and anything JSON has no notion of, is refused."""
        try:
            found = json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
            raise refusals.unreadable_body() from None
        if not isinstance(found, dict):
            raise refusals.unreadable_body()
        return found


Handler = Callable[[Call], Response]


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def module_named(store: Store, name: str) -> ModuleDef:
    found = store.modules.get(name)
    if found is None or found.generated_type == "system":
        raise refusals.unknown_module()
    return found


def as_id(text: object) -> int | None:
    """An id as Zoho writes it, a string of digits; None for anything else."""
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or not _ID.fullmatch(text) or int(text) > _MAX_ID:
        return None
    return int(text)


def ids_param(call: Call, name: str = "ids") -> list[int] | None:
    """A comma list of ids in the query string; None when absent."""
    text = call.query.get(name)
    if text is None:
        return None
    found = [as_id(part.strip()) for part in text.split(",")]
    if any(item is None for item in found):
        raise refusals.bad_param(name)
    return [item for item in found if item is not None]


_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)")


def parse_datetime(text: str) -> int | None:
    """Epoch seconds of an ISO-8601 instant with an offset; None when it is not one."""
    if not _DATETIME.fullmatch(text):
        return None
    try:
        return epoch(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Run a handler on the event loop: it never waits for anything but SQLite, so it cannot be cut in two."""

    async def run(request: Request) -> Response:
        body = await request.body()
        request.app.state.store.refresh()
        jobs.settle(request.app.state.store)
        call = Call(
            store=request.app.state.store,
            caller=request.state.caller,
            url=request.url.path,
            path=request.path_params,
            query=request.query_params,
            headers=request.headers,
            body=body,
        )
        try:
            return handler(call)
        except Refusal as refusal:
            return refusal.to_response()

    return run


def route(path: str, handler: Handler, name: str, method: str = "GET") -> Route:
    return Route(path, endpoint(handler), methods=[method], name=name)
