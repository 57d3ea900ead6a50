"""The first answers over stdio come before the SDK is loaded, and are the SDK's own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp.shared.message import SessionMessage

from zcrm_server.app import build_for
from zcrm_server.first import HANDSHAKES, STATELESS, FirstAnswers, answering
from zcrm_server.offers import Offer, offered_by
from zcrm_server.profiles import Profiles, Served
from zcrm_server.stdio import Held, Said
from zcrm_server.tools import Desk
from zcrm_tools.actions import needs, registry
from zcrm_tools.connection import Connector
from zcrm_tools.settings import from_environment

META = {
    "io.modelcontextprotocol/protocolVersion": STATELESS,
    "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}, "of/the/future": {"x": 1}},
    "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
}
NOTED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
Answers = dict[Any, Any]


def asked(method: str, params: Any = None, number: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method} | ({} if params is None else {"params": params})


def greeting(version: str, number: Any = 1, **more: Any) -> dict[str, Any]:
    told = {
        "protocolVersion": version,
        "capabilities": {
            "roots": {"listChanged": True},
            "elicitation": {"form": {"applyDefaults": True}, "url": {}},
            "tasks": {"list": {}, "requests": {"elicitation": {"create": {}}}},
            "experimental": {"of/tests": {"x": 1}},
            "of/the/future": 1,
        },
        "clientInfo": {"name": "tests", "version": "1", "title": "Tests"},
    }
    return asked("initialize", told | more, number)


def nested(times: int) -> dict[str, Any]:
    """An object in an object, so many times."""
    inner: dict[str, Any] = {}
    for _ in range(times):
        inner = {"x": inner}
    return inner


HANDSHAKE = [greeting("2025-11-25", "hello"), NOTED, asked("tools/list", number=2)]
ENVELOPED = [
    asked("server/discover", {"_meta": META}, 1),
    asked("tools/list", {"_meta": META | {"progressToken": 7}}, 2),
]


def one_profile(write: bool = True, **known: Any) -> Profiles:
    connection = Connector(from_environment({"ZCRM_DEMO": "1"}), write=write)
    return Profiles((Served("default", connection, write, **known),))


GRANTED = frozenset(needs.minimal(registry.choose()))
SERVED: dict[str, tuple[Profiles, Offer]] = {
    "reading": (one_profile(write=False), Offer()),
    "writing": (one_profile(), Offer()),
    "everything": (one_profile(), Offer(toolsets=("all",), exclude=("call_api",))),
    "what its sign-in may do": (one_profile(granted=GRANTED), Offer(toolsets=("all",))),
    "two profiles": (
        Profiles((*one_profile().served, Served("other", one_profile().served[0].connection, write=False))),
        Offer(),
    ),
}


def lines(messages: Iterable[Any]) -> list[bytes]:
    return [one if isinstance(one, bytes) else json.dumps(one).encode() for one in messages]


async def served(profiles: Profiles, offer: Offer, said: list[bytes], given: Answers) -> Answers:
    """What the SDK answers to these lines when they were all there before it."""
    into, read = anyio.create_memory_object_stream[SessionMessage | Exception](100)
    write, out = anyio.create_memory_object_stream[SessionMessage](100)
    wanted = {m["id"] for line in said if isinstance(m := parsed(line), dict) and "id" in m and "method" in m}
    answers: Answers = {}
    server = build_for(Desk(profiles), offer)
    with into, read, write, out:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.run_on, Said(said, read), Held(dict(given), write))
            with anyio.fail_after(20):
                while wanted - answers.keys() - given.keys():
                    item = await out.receive()
                    message = item.message.model_dump(mode="json", by_alias=True, exclude_unset=True)
                    answers[message.get("id")] = message.get("result", message.get("error"))
            tasks.cancel_scope.cancel()
    return answers


def parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


async def both_ways(name: str, said: list[bytes]) -> tuple[Answers, Answers, FirstAnswers]:
    """The answers of the SDK alone, and those that a client gets of the first and the SDK together."""
    profiles, offer = SERVED[name]
    first = FirstAnswers(offered_by(offer, profiles), profiles)
    early = {}
    for line in said:
        if answer := first.to(line):
            early[json.loads(answer)["id"]] = json.loads(answer)["result"]
    alone = await served(profiles, offer, said, {})
    return alone, {**await served(profiles, offer, said, first.given), **early}, first


@pytest.mark.parametrize("name", SERVED)
@pytest.mark.parametrize(
    "messages",
    [
        *(
            pytest.param([greeting(version), NOTED, asked("tools/list", {}, 2)], id=version)
            for version in HANDSHAKES
        ),
        pytest.param(ENVELOPED, id=STATELESS),
    ],
)
async def test_they_are_those_of_the_sdk(
    name: str, messages: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    alone, together, first = await both_ways(name, lines(messages))
    assert first.given.keys() == alone.keys() == {1, 2}
    assert together == alone
    assert "was not the one of the SDK" not in caplog.text


@pytest.mark.parametrize(
    "message",
    [
        greeting("1999-01-01"),
        greeting("2025-11-25") | {"id": None},
        greeting("2025-11-25") | {"more": 1},
        asked("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}}),
        asked("initialize"),
        asked("initialize", {"protocolVersion": ["2025-11-25"], "capabilities": {}, "clientInfo": {}}),
        asked("tools/list"),
        asked("ping"),
        asked("server/discover", {}),
        asked(
            "server/discover", {"_meta": {**META, "io.modelcontextprotocol/protocolVersion": "2031-01-01"}}
        ),
        asked("server/discover", {"_meta": {"io.modelcontextprotocol/protocolVersion": STATELESS}}),
        asked("tools/list", {"_meta": META, "cursor": "x"}),
        asked("tools/call", {"name": "get_connection", "_meta": META}),
        asked("tools/list", {"_meta": []}),
        asked("tools/list", []),
        NOTED,
        [greeting("2025-11-25")],
        *(
            greeting("2025-11-25", **{part: wrong})
            for part, wrong in [
                ("capabilities", {"roots": 5}),
                ("capabilities", {"roots": {"listChanged": "perhaps"}}),
                ("capabilities", {"elicitation": {"form": True}}),
                ("capabilities", {"sampling": True}),
                ("capabilities", {"tasks": {"requests": {"sampling": 1}}}),
                ("capabilities", {"experimental": {"x": 1}}),
                ("capabilities", {"extensions": {"x": 1}}),
                ("capabilities", {"experimental": {"x": nested(300)}}),
                ("clientInfo", {"name": "tests", "version": "1", "title": 5}),
                ("clientInfo", {"name": "tests", "version": "1", "icons": 5}),
                ("clientInfo", {"name": "half of a character: \ud800", "version": "1"}),
                ("_meta", {"progressToken": []}),
            ]
        ),
        greeting("2025-11-25", "\ud800"),
        *(
            asked("tools/list", {"_meta": META | {f"io.modelcontextprotocol/{part}": wrong}})
            for part, wrong in [("clientCapabilities", {"roots": 5}), ("logLevel", "loud"), ("clientInfo", 5)]
        ),
        asked("tools/list", {"_meta": META | {"progressToken": 1.5}}),
        b"{no json",
        b"\xff\xfe",
        b"[" * 100_000,
        b"\xef\xbb\xbf" + json.dumps(greeting("2025-11-25")).encode(),
        json.dumps(greeting("2025-11-25")).encode("utf-16-be"),
    ],
    ids=lambda message: str(message)[:80],
)
def test_whatever_is_not_plain_is_left_to_the_sdk(message: Any) -> None:
    profiles, offer = SERVED["reading"]
    first = FirstAnswers(offered_by(offer, profiles), profiles)
    said = lines([message, *HANDSHAKE])
    assert [first.to(line) for line in said] == [b""] * 4
    assert first.over
    assert first.given == {}
    assert first.said == said


PIECES = [
    *HANDSHAKE,
    *ENVELOPED,
    greeting("2025-06-18", 3),
    asked("tools/list", {"_meta": {"progressToken": "p"}}, 4),
    asked("tools/list", number="hello"),
    asked("ping", number=5),
    asked("resources/list", {"_meta": META}, 6),
    asked("tools/call", {"name": "no_such_tool", "arguments": {}}, 7),
    {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 99}},
    b"{no json",
]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(
    begun=st.sampled_from([HANDSHAKE, ENVELOPED, HANDSHAKE[:2], HANDSHAKE[:1], []]),
    more=st.lists(st.sampled_from(PIECES), max_size=4),
)
def test_whatever_is_said_in_whatever_order_a_client_gets_the_answers_of_the_sdk(
    begun: list[Any], more: list[Any]
) -> None:
    said = lines([*begun, *more])
    alone, together, _ = asyncio.run(both_ways("reading", said))
    used: list[Any] = [m["id"] for m in map(parsed, said) if isinstance(m, dict) and "id" in m]
    for number in used:
        if used.count(number) == 1:
            assert unfenced(together[number]) == unfenced(alone[number]), number


def unfenced(answer: dict[str, Any]) -> dict[str, Any]:
    """Without the text of a call's answer, whose fence has a nonce."""
    return {key: value for key, value in answer.items() if key != "content"}


def test_lines_are_read_whole_however_they_come() -> None:
    profiles, offer = SERVED["writing"]
    first = FirstAnswers(offered_by(offer, profiles), profiles)
    call = asked("tools/call", {"name": "get_connection", "arguments": {}}, 3)
    hello, noted, listing, calling = lines([*HANDSHAKE, call])
    parts = (
        hello[:10],
        hello[10:] + b"\r\n\n" + noted + b"\n" + listing[:5],
        listing[5:] + b"\n" + calling + b"\n",
    )
    source, client = os.pipe()
    answers, sink = os.pipe()

    def load() -> str:
        for part in parts:
            os.write(client, part)
        return "loaded"

    assert answering(first, load, source=source, sink=sink) == "loaded"
    told = os.read(answers, 1 << 20).splitlines()
    assert [json.loads(line)["id"] for line in told] == ["hello", 2]
    assert [line.rstrip(b"\r") for line in first.said] == [hello, noted, listing, calling]
    for descriptor in (source, client, answers, sink):
        os.close(descriptor)


HELD_BACK = """
import os, sys, time
def hold(event, details):
    if event == "import" and details[0] == "mcp.server":
        while not os.path.exists({flag!r}):
            time.sleep(0.01)
sys.addaudithook(hold)
from zcrm_server.__main__ import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize("stateless", [False, True])
def test_they_come_before_the_sdk_is_loaded_and_the_session_goes_on_with_it(
    start: Callable[..., Any], tmp_path: Path, stateless: bool
) -> None:
    flag = tmp_path / "the SDK may load"
    wire = start("--demo", "--write", through=("-c", HELD_BACK.format(flag=str(flag))))
    more = {"_meta": META} if stateless else {}
    if stateless:
        assert wire.ask("server/discover", more)["supportedVersions"] == [STATELESS]
    else:
        assert wire.greet()["serverInfo"]["name"] == "zcrm"
    listed = wire.ask("tools/list", more)
    flag.touch()
    assert [tool["name"] for tool in listed["tools"]] == list(registry.CATALOGUE["core"])
    told = wire.ask("tools/call", {"name": "get_connection", "arguments": {}, **more})
    assert told["structuredContent"]["mode"] == "read and write"
    assert wire.ask("tools/list", more) == listed
    assert wire.close() == ("", "")
    assert [json.loads(line)["id"] for line in wire.lines] == [1, 2, 3, 4]
