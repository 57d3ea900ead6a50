"""Composite requests: up to five calls in one, which may refer to one another and be undone together.

The sub-requests run one after another whether or not they may run in parallel; only what Zoho checks differs.
https://www.zoho.com/crm/developer/docs/api/v8/composite-api.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator.call import V3
from zcrm_tools.emulator.composites import (
    KEY,
    Sub,
    as_text,
    asked,
    check_ids,
    check_references,
    filled,
    ordered,
    read,
)
from zcrm_tools.emulator.replies import Json, Refusal, reply

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope


class _RolledBack(Exception):
    """Undoes the transaction of all sub-requests."""


async def composite(request: Request) -> Response:
    try:
        return _run(request, await request.body())
    except Refusal as refusal:
        return refusal.to_response()


def _run(request: Request, raw: bytes) -> Response:
    version = request.state.caller.version
    if version < V3:
        raise Refusal("API_NOT_SUPPORTED", "The API is not supported in this version.")
    rollback, parallel, listed = asked(raw)
    subs = [read(number, given, version) for number, given in enumerate(listed)]
    check_ids(subs)
    check_references(subs, parallel=parallel)
    store = request.app.state.store
    caller = _Caller(request)
    try:
        with store.transaction():
            for sub in ordered(subs) if parallel else subs:
                caller.call(sub, subs)
                if rollback and not sub.good:
                    raise _RolledBack
    except _RolledBack:
        _roll_back(subs)
        return reply({KEY: [sub.item() for sub in subs]}, 400)
    called = sum(sub.called for sub in subs)
    status = 200 if called == len(subs) else 207 if called else 400
    return reply({KEY: [sub.item() for sub in subs]}, status)


def _roll_back(subs: Sequence[Sub]) -> None:
    by = next(sub for sub in subs if not sub.good and (sub.called or sub.error is not None))
    message = "the transaction was rolled back since another sub request in the same transaction failed."
    for sub in subs:
        if sub is not by and sub.error is None:
            code = "ROLLBACK_PERFORMED" if sub.called else "PROCESSING_STOPPED"
            sub.error = Refusal(code, message, {"rollbacked_by_sub_request_index": by.number}).item()


# ---- calling


class _Caller:
    """Makes sub-requests on the emulator itself, with the credentials of the composite request."""

    def __init__(self, request: Request) -> None:
        self._app: ASGIApp = request.app.router
        self._scope = request.scope
        self._headers = [(name, value) for name, value in request.scope["headers"] if name in _PASSED]

    def call(self, sub: Sub, subs: Sequence[Sub]) -> None:
        if sub.error is not None:
            return
        try:
            uri, params, headers, body = (
                filled(value, sub, subs) for value in (sub.uri, sub.params, sub.headers, sub.body)
            )
        except Refusal as refusal:
            sub.error = refusal.item()
            return
        try:
            _limit(sub, params, body)
            found = self._made(sub.method, uri, params, headers, body)
        except Refusal as refusal:
            found = (refusal.status, {"content-type": "application/json;charset=utf-8"}, refusal.item())
        sub.status, sub.sent, sub.answer = found

    def _made(self, method: str, uri: str, params: Json, headers: Json, body: Any) -> tuple[int, Json, Any]:
        path, _, query = uri.partition("?")
        parameters = urlencode({key: as_text(value) for key, value in params.items()})
        data = b"" if body is None else json.dumps(body).encode()
        given = [
            (str(k).lower().encode(), as_text(v).encode("latin-1", "replace")) for k, v in headers.items()
        ]
        scope: Scope = {
            **{
                key: self._scope[key]
                for key in ("type", "asgi", "http_version", "scheme", "server", "client", "app")
            },
            "method": method,
            "path": unquote(path),
            "raw_path": quote(path, safe="/%").encode(),
            "query_string": "&".join(filter(None, (query, parameters))).encode(),
            "root_path": "",
            "headers": [*self._headers, (b"content-type", b"application/json"), *given],
            "state": {"composite": True},
        }
        return _answer(_at_once(self._app, scope, data))


_PASSED: Final = (b"authorization", b"host")


def _at_once(app: ASGIApp, scope: Scope, data: bytes) -> list[Message]:
    """Run a call to its end with nothing else in between: all of it lies in one transaction."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": data, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def whole() -> None:
        await app(scope, receive, send)

    made = whole()
    try:
        made.send(None)
    except StopIteration:
        return sent
    made.close()
    raise RuntimeError("a sub-request waited for something")


def _answer(sent: Sequence[Message]) -> tuple[int, Json, Any]:
    head = sent[0]
    data = b"".join(message.get("body", b"") for message in sent[1:])
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head["headers"]}
    headers.pop("content-length", None)
    try:
        body = json.loads(data) if data else None
    except ValueError:
        body = data.decode("utf-8", "replace")
    return head["status"], headers, body


def _limit(sub: Sub, params: Json, body: Any) -> None:
    """Cap what is read at 25 rows, and refuse more, or more than one record given."""
    if sub.limit is None:
        return
    if sub.limit == 1:
        rows = [value for value in (body or {}).values() if isinstance(value, list)]
        if any(len(one) > 1 for one in rows[:1]) or "," in as_text(params.get("ids", "")):
            raise Refusal("LIMIT_EXCEEDED", "limit exceeded", {"limit": 1})
        return
    if sub.uri.partition("?")[0].endswith("/coql"):
        query = str((body or {}).get("select_query", ""))
        found = re.search(r"\blimit\s+(?:\d+\s*,\s*)?(\d+)(?:\s+offset\s+\d+)?\s*$", query, re.IGNORECASE)
        if found is None:
            body["select_query"] = f"{query} limit {sub.limit}"
        elif int(found[1]) > sub.limit:
            raise Refusal("LIMIT_EXCEEDED", "limit exceeded", {"by": "limit", "limit": sub.limit})
        return
    per_page = as_text(params.setdefault("per_page", str(sub.limit)))
    if per_page.isdigit() and int(per_page) > sub.limit:
        raise Refusal("LIMIT_EXCEEDED", "limit exceeded", {"by": "per_page", "limit": sub.limit})


routes: list[Route] = [Route(f"/{KEY}", composite, methods=["POST"], name="composite")]
