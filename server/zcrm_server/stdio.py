"""The server over stdin and stdout. It stops when its client closes stdin, and on SIGTERM and SIGINT."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable

from zcrm_server.server import Server


async def serve(server: Server, close: Callable[[], Awaitable[None]]) -> None:
    """Serve until end of input or a signal, then let writes that have begun finish."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(told.set))
    serving = asyncio.create_task(server.run_stdio_async())
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
