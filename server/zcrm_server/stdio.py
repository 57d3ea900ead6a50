"""The server over stdin and stdout. It stops when its client closes stdin, and on SIGTERM and SIGINT."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Self

import anyio
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCError, JSONRPCResponse, jsonrpc_message_adapter

from zcrm_server.first import FirstAnswers
from zcrm_server.server import Server

_log = logging.getLogger(__name__)


async def serve(server: Server, close: Callable[[], Awaitable[None]], first: FirstAnswers) -> None:
    """Serve until end of input or a signal, then let writes that have begun finish. `first` is what was said before."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(told.set))
    serving = asyncio.create_task(_resume(server, first))
    stopping = asyncio.create_task(told.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    await close()
    if serving.done():
        stopping.cancel()
        serving.result()
        return
    # The SDK's reader sits in a blocking read of stdin in a thread that nothing can wake.
    sys.stderr.flush()
    os._exit(0)


async def _resume(server: Server, first: FirstAnswers) -> None:
    async with stdio_server() as (read, write):
        await server.run_on(Said(first.said, read), Held(first.given, write))


class Said:
    """The client's messages from the first on: those that were read before the SDK was there, then those of its stream."""

    def __init__(self, lines: Iterable[bytes], rest: Any) -> None:
        self._before = deque(map(_parsed, lines))
        self._rest = rest

    async def receive(self) -> SessionMessage | Exception:
        if self._before:
            return self._before.popleft()
        item: SessionMessage | Exception = await self._rest.receive()
        return item

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        await self._rest.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class Held:
    """The SDK's answers to the client, without those to what was answered before."""

    def __init__(self, given: dict[str | int, dict[str, Any]], rest: Any) -> None:
        self._given = given
        self._rest = rest

    async def send(self, item: SessionMessage) -> None:
        message = item.message
        if isinstance(message, JSONRPCResponse | JSONRPCError) and message.id in self._given:
            given = self._given.pop(message.id)
            if getattr(message, "result", None) != given:
                _log.warning("the first answer to request %r was not the one of the SDK", message.id)
            return
        await self._rest.send(item)

    async def aclose(self) -> None:
        await self._rest.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def _parsed(line: bytes) -> SessionMessage | Exception:
    """As the SDK's own reader of stdin does it."""
    try:
        return SessionMessage(
            jsonrpc_message_adapter.validate_json(line.decode(errors="replace"), by_name=False)
        )
    except ValueError as wrong:
        return wrong
