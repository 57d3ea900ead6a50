"""The first answers over stdio: the handshake and the list of tools, given while the SDK, which takes half a second to load,
loads behind them.

Only the plainest form of each request is answered here, in the words in which the SDK would. With the first message that
is anything else, everything said so far is said again to the SDK, in order, and its answers to what was answered already
are held back (`stdio`): from there on it is as if nobody had spoken before.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, TypeVar

from zcrm_server import published
from zcrm_server.profiles import Profiles
from zcrm_tools.actions.card import Card

T = TypeVar("T")
Json: TypeAlias = dict[str, Any]

HANDSHAKES: Final = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
STATELESS: Final = "2026-07-28"
_CHUNK: Final = 1 << 16
_NESTED: Final = 100
"""Objects and lists in a message: more than one of the first has, fewer than would be too deep to read."""
_META: Final = "io.modelcontextprotocol/"
_LISTS: Final[Json] = {
    "completions": {},
    "prompts": {"listChanged": False},
    "resources": {"listChanged": False, "subscribe": False},
    "tools": {"listChanged": False},
}
_MORE: Final[Json] = {"extensions": {"io.modelcontextprotocol/ui": {}}}
_ROOTS: Final[Sequence[Json]] = ({}, {"listChanged": True}, {"listChanged": False})
_ABILITIES: Final = {"elicitation": 1, "sampling": 1, "experimental": 1, "extensions": 1, "tasks": 3}


@dataclass(slots=True)
class FirstAnswers:
    """`said` are the lines so far, and `given` the results by the id of their request: what the SDK has to catch up with."""

    cards: Sequence[Card]
    profiles: Profiles
    said: list[bytes] = field(default_factory=list)
    given: dict[str | int, Json] = field(default_factory=dict)
    over: bool = False
    """Whether the SDK takes over: the tools were listed, or something came that only it can answer."""
    _era: Literal["", "greeted", "handshake", "stateless"] = ""

    def to(self, line: bytes) -> bytes:
        """The answer to a line; b"" when it needs none, or when the SDK is to give it."""
        self.said.append(line)
        message = None if self.over else _message(line)
        if message is None or message.get("id") in self.given:
            self.over = True
            return b""
        method, params = message["method"], message.get("params", {})
        if "id" not in message:
            self._note(method, params)
            return b""
        result = self._result(method, params)
        if result is None:
            self.over = True
            return b""
        self.over = "tools" in result
        self.given[message["id"]] = result
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def _note(self, method: str, params: Json) -> None:
        if self._era == "greeted" and method == "notifications/initialized" and not params:
            self._era = "handshake"
        else:
            self.over = True

    def _result(self, method: str, params: Json) -> Json | None:
        meta = params.get("_meta", {})
        if not isinstance(meta, dict) or not isinstance(meta.get("progressToken", ""), str | int):
            return None
        if _META + "protocolVersion" in meta:
            return self._stateless(method, params, meta)
        if method == "initialize" and not self._era and _introduces(params):
            self._era = "greeted"
            return {
                "protocolVersion": params["protocolVersion"],
                "capabilities": _LISTS,
                "serverInfo": published.IDENTITY,
                "instructions": published.INSTRUCTIONS,
            }
        if method == "tools/list" and self._era == "handshake" and not params.keys() - {"_meta"}:
            return {"tools": self._tools()}
        return None

    def _stateless(self, method: str, params: Json, meta: Json) -> Json | None:
        if self._era not in ("", "stateless") or params.keys() != {"_meta"} or not _enveloped(meta):
            return None
        if method == "server/discover":
            told = {
                "supportedVersions": [STATELESS],
                "capabilities": {**_LISTS, **_MORE},
                "instructions": published.INSTRUCTIONS,
                "ttlMs": 0,
                "cacheScope": "private",
            }
        elif method == "tools/list":
            told = {
                "tools": self._tools(),
                "ttlMs": published.LIST_FRESH_MS,
                "cacheScope": "private" if self.profiles.told else "public",
            }
        else:
            return None
        self._era = "stateless"
        return {**told, "resultType": "complete", "_meta": {_META + "serverInfo": published.IDENTITY}}

    def _tools(self) -> list[Json]:
        return [published.tool(card, self.profiles) for card in self.cards]


def answering(first: FirstAnswers, load: Callable[[], T], *, source: int = 0, sink: int = 1) -> T:
    """Answer on the two descriptors while `load` runs in a thread, and give what it loaded."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))  # nothing has begun that could be lost
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(load)
        while not first.over and (lines := _read(source)):
            for line in lines:
                _write(sink, first.to(line))
        return loading.result()


def _read(source: int) -> list[bytes]:
    """The next lines, all of them whole, so that nothing of them is left for whoever reads on; none at the end of input."""
    data = b""
    while not data.endswith(b"\n"):
        more = os.read(source, _CHUNK)
        if not more:
            break
        data += more
    return [line for line in data.split(b"\n") if line.strip()]


def _write(sink: int, data: bytes) -> None:
    while data:
        data = data[os.write(sink, data) :]


def _message(line: bytes) -> Json | None:
    """A request or notification in its plain form; None for anything else. Python reads JSON that the SDK's reader does not:
    in UTF-16, with half a character in a text, or nested beyond 200.
    """
    if b"\\ud" in line.lower() or line.count(b"{") + line.count(b"[") > _NESTED:
        return None
    try:
        message = json.loads(line.decode())
    except ValueError:
        return None
    if not isinstance(message, dict) or message.keys() - {"jsonrpc", "id", "method", "params"}:
        return None
    number = message.get("id", 0)
    plain = (
        message.get("jsonrpc") == "2.0"
        and isinstance(message.get("method"), str)
        and isinstance(number, str | int)
        and not isinstance(number, bool)
        and isinstance(message.get("params", {}), dict)
    )
    return message if plain else None


def _introduces(params: Json) -> bool:
    """Whether they are those of a plain `initialize`, in a version that is spoken here."""
    return (
        params.get("protocolVersion") in HANDSHAKES
        and _able(params.get("capabilities"))
        and _named(params.get("clientInfo"))
    )


def _enveloped(meta: Json) -> bool:
    return (
        meta[_META + "protocolVersion"] == STATELESS
        and _able(meta.get(_META + "clientCapabilities"))
        and _named(meta.get(_META + "clientInfo", {"name": "", "version": ""}))
        and _META + "logLevel" not in meta
    )


def _able(told: Any) -> bool:
    """Whether they are capabilities as the protocol writes those it has; what it does not know may be anything."""
    if not isinstance(told, dict) or told.get("roots", {}) not in _ROOTS:
        return False
    return all(_objects(told[name], deep) for name, deep in _ABILITIES.items() if name in told)


def _objects(told: Any, deep: int) -> bool:
    """Objects of objects, so many levels down."""
    return isinstance(told, dict) and (not deep or all(_objects(one, deep - 1) for one in told.values()))


def _named(info: Any) -> bool:
    texts = isinstance(info, dict) and all(isinstance(one, str) for one in info.values())
    return texts and {"name", "version"} <= info.keys()
