"""What every widget is: two halves that talk in custom messages, the kernel's half at work on the client's own loop.

A question from the browser never waits in the kernel's thread, so no cell is held up, and a cell that runs holds up no
answer. Synced traits are kept in saved notebooks, so there are none but those that anywidget needs to draw at all.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, ClassVar

import anywidget

from zcrm_tools import screens
from zcrm_tools.actions import render
from zcrm_tools.client import AsyncClient, Client, submit
from zcrm_tools.errors import Problem, ZcrmError
from zcrm_tools.redact import redact
from zcrm_tools.screens.linking import joined
from zcrm_tools.untrusted import clean_value

HERE = Path(__file__).parent
LONG = 40_000
"""Characters of one text that is shown; Zoho's longest field holds 32,000."""
_EXACT = 2**53
"""The first whole number that a browser cannot tell from its neighbours."""

log = logging.getLogger(__name__)


def esm(name: str) -> str:
    """The browser's half: the panel's own module, the screens it shows and what they need, as one."""
    text, scope = joined(HERE / f"{name}.js", screens.HERE)
    return f"{text}\nexport default {{ render: {scope}.render }};\n"


class Panel(anywidget.AnyWidget):
    """The browser asks `verb` with arguments; the coroutine `do_verb` answers with JSON, or raises ZcrmError."""

    _css = screens.css()
    fallback: ClassVar[str] = "Run <code>zcrm_tools.login()</code> in a cell, which asks in plain text."

    def __init__(self, client: Client | AsyncClient | None = None) -> None:
        super().__init__()
        self._client = client
        self._asked: dict[str, Future[None]] = {}
        self.on_msg(self._received)

    @property
    def crm(self) -> AsyncClient:
        """The connection as it is now, for coroutines on the client's loop. LoginRequired while there is none."""
        assert self._client is not None  # noqa: S101 — only Connect and Rows have none, and ask nothing of it
        return self._client.asynchronous if isinstance(self._client, Client) else self._client

    def tell(self, news: str, value: Any) -> None:
        """Tell every view of this widget."""
        self.send({"news": news, "value": clean_value(exact(value), LONG)})

    def _received(self, _widget: object, content: Mapping[str, Any], _buffers: object) -> None:
        """In whatever thread the kernel hears messages."""
        match content:
            case {"ask": str(verb), "id": str(number), "with": dict(given)}:
                self.send({"heard": number})
                asked = self._asked[number] = submit(self._answer(number, verb, given))
                asked.add_done_callback(lambda _: self._asked.pop(number, None))
            case {"stop": str(number)} if number in self._asked:
                self._asked[number].cancel()

    async def _answer(self, number: str, verb: str, given: Mapping[str, Any]) -> None:
        try:
            do = getattr(self, f"do_{verb}")
            reply = {"value": clean_value(exact(await do(**given)), LONG)}
        except ZcrmError as refused:
            reply = {"error": render.failure(refused)}
        except asyncio.CancelledError:
            reply = {"error": {"problems": [Problem("CANCELLED", "Cancelled.").as_dict()]}}
        except Exception as broken:  # noqa: BLE001 — told and logged, and the next question is answered
            reply = {"error": {"problems": [fault(verb, broken).as_dict()]}}
        self.send({"answer": number, **reply})

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """With a line of plain HTML for front ends that draw no widgets."""
        bundle = super()._repr_mimebundle_(**kwargs)
        found = bundle[0] if isinstance(bundle, tuple) else bundle
        if found is not None:
            found["text/plain"] = f"<{type(self).__name__}>"
            found["text/html"] = f"<p>No widget shows here? {self.fallback}</p>"
        return bundle

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def fault(what: str, broken: Exception) -> Problem:
    """What to tell of an error that is nobody's but ours; its traceback is logged, and both without secrets."""
    trace = "".join(traceback.format_exception(broken))
    log.error("a widget's %s failed\n%s", what, redact(trace))
    message = f"This is a fault of zcrm_tools: {type(broken).__name__}: {redact(str(broken))[:300]}"
    return Problem("FAULT", message, fix_by="nobody")


def exact(value: Any) -> Any:
    """JSON that a browser reads without loss: whole numbers beyond 2⁵³ as text."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT:
        return str(value)
    if isinstance(value, Mapping):
        return {str(k): exact(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [exact(v) for v in value]
    return value
