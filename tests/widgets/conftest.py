"""The kernel's half of a widget without a kernel: questions go in as the browser sends them, answers come out."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from zcrm_tools.client import Client
from zcrm_tools.connection import connect


@pytest.fixture
def crm() -> Iterator[Client]:
    """The demo org, for writing too."""
    with connect(demo=True, write=True) as client:
        yield client


class Browser:
    """What a browser would see of a panel."""

    def __init__(self, panel: Any) -> None:
        self.panel = panel
        self.messages: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.news: list[dict[str, Any]] = []
        panel.send = lambda content, buffers=None: self.messages.put(content)

    def send(self, verb: str, /, **given: Any) -> str:
        number = f"view-{id(given)}"
        self.panel._handle_custom_msg({"ask": verb, "id": number, "with": given}, [])
        return number

    def ask(self, verb: str, /, **given: Any) -> Any:
        """The answer's value; AssertionError with the problems of a refusal."""
        reply = self.reply(self.send(verb, **given))
        assert "error" not in reply, reply["error"]
        return reply["value"]

    def refused(self, verb: str, /, **given: Any) -> list[dict[str, Any]]:
        return self.reply(self.send(verb, **given))["error"]["problems"]

    def reply(self, number: str) -> dict[str, Any]:
        while True:
            message = self.messages.get(timeout=20)
            if message.get("answer") == number:
                return message
            self.news.append(message)

    def until(self, news: str, wanted: Callable[[Any], bool]) -> Any:
        """The next news that is wanted."""
        while True:
            message = self.news.pop(0) if self.news else self.messages.get(timeout=20)
            if message.get("news") == news and wanted(message["value"]):
                return message["value"]


@pytest.fixture
def browser() -> Callable[[Any], Browser]:
    return Browser
