"""A person is asked before what needs one: by the client in both protocol eras, or beside it. Every other answer than yes
writes nothing, and says so.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, InputRequiredResult

from zcrm_server.app import build
from zcrm_server.approval import SEALED_FOR
from zcrm_tools import settings
from zcrm_tools.connection import Connector
from zcrm_tools.safety import gate

ERAS = ("auto", "legacy")
MANY = 21
"""One more than may be changed without a person."""


class Person:
    """Answers what a client asks, and remembers what they saw."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.saw: list[str] = []
        self.forms: list[dict[str, Any]] = []

    async def __call__(self, _context: Any, asked: ElicitRequestParams) -> ElicitResult:
        self.saw.append(asked.message)
        self.forms.append(getattr(asked, "requested_schema", {}))
        action: Any = self.answers.pop(0)
        return ElicitResult(action=action, content={} if action == "accept" else None)


Meet = Callable[..., Any]


@pytest.fixture
def meet(connector: Connector) -> Meet:
    """`async with meet(person, era) as client`."""

    @asynccontextmanager
    async def go(person: Person | None, era: str) -> AsyncIterator[Client]:
        async with Client(build(connector, write=True), mode=era, elicitation_callback=person) as client:  # type: ignore[arg-type]
            yield client

    return go


def body(result: CallToolResult) -> dict[str, Any]:
    assert result.structured_content is not None
    _, text, _ = result.content[0].text.splitlines()  # type: ignore[union-attr]
    assert json.loads(text) == result.structured_content
    return result.structured_content


async def many_updates(client: Client, title: str) -> dict[str, Any]:
    """Arguments of a change that needs a person."""
    found = body(await client.call_tool("search_leads", {"limit": MANY}))
    ids = [row[found["columns"].index("id")] for row in found["rows"]]
    return {
        "module": "Leads",
        "records": [{"id": one, "fields": {"Designation": title}} for one in ids],
    }


async def titles(client: Client, arguments: dict[str, Any]) -> set[str | None]:
    first = arguments["records"][0]["id"]
    record = body(await client.call_tool("get_record", {"module": "Leads", "id": first}))
    return {record["fields"].get("Designation")}


@pytest.mark.parametrize("era", ERAS)
async def test_yes_writes_exactly_what_was_shown(meet: Meet, era: str) -> None:
    person = Person("accept")
    async with meet(person, era) as client:
        asked = await many_updates(client, "Head of Ice")
        done = body(await client.call_tool("update_records", asked))
        assert done["status"] == "applied"
        assert len(done["records"]) == MANY
        assert await titles(client, asked) == {"Head of Ice"}
    (shown,) = person.saw
    assert f"Update {MANY} Leads" in shown
    assert shown.count("Head of Ice") == MANY
    assert "Decline writes nothing." in shown
    assert person.forms == [{"type": "object", "properties": {}}], (
        "nothing to type, so nothing secret to type"
    )


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(("said", "code"), [("decline", "DECLINED"), ("cancel", "NOT_ANSWERED")])
async def test_any_other_answer_writes_nothing_and_says_so(
    meet: Meet, era: str, said: str, code: str
) -> None:
    async with meet(Person(said), era) as client:
        asked = await many_updates(client, "Head of Ice")
        before = await titles(client, asked)
        result = await client.call_tool("update_records", asked)
        assert result.is_error
        (problem,) = body(result)["problems"]
        assert problem["code"] == code
        assert problem["not_done"] == "Nothing was written."
        assert await titles(client, asked) == before
        assert body(await client.call_tool("list_changes", {}))["count"] == 0


@pytest.mark.parametrize("era", ERAS)
async def test_the_audit_says_who_answered_what(meet: Meet, connector: Connector, era: str) -> None:
    async with meet(Person("decline", "accept"), era) as client:
        asked = await many_updates(client, "Head of Ice")
        await client.call_tool("update_records", asked)
        await client.call_tool("update_records", asked)
    audited = [sealed.entry for sealed in (await connector.client()).gate.state.audited()]
    told = [(entry.decision, entry.outcome) for entry in audited if entry.action == "update_records"]
    assert ("dropped", "a person said no") in told
    assert ("approved", "elicitation") in told
    assert told.index(("dropped", "a person said no")) < told.index(("approved", "elicitation"))
    assert all(entry.client.startswith("mcp") for entry in audited if entry.action == "update_records")


@pytest.mark.parametrize("era", ERAS)
async def test_a_plan_that_was_declined_is_gone_and_one_left_open_can_be_asked_about_again(
    meet: Meet, era: str
) -> None:
    person = Person("cancel", "decline")
    async with meet(person, era) as client:
        asked = await many_updates(client, "Head of Ice")
        (problem,) = body(await client.call_tool("update_records", asked))["problems"]
        plan_id = problem["message"].split("plan ")[1].split()[0]
        again = {**asked, "plan_id": plan_id}
        (problem,) = body(await client.call_tool("update_records", again))["problems"]
        assert problem["code"] == "DECLINED"
        (problem,) = body(await client.call_tool("update_records", again))["problems"]
        assert problem["code"] == "PLAN_DROPPED"
    assert person.saw[0] == person.saw[1]


@pytest.mark.parametrize("era", ERAS)
async def test_what_needs_nobody_asks_nobody(meet: Meet, era: str) -> None:
    person = Person()
    async with meet(person, era) as client:
        asked = await many_updates(client, "Head of Ice")
        few = {**asked, "records": asked["records"][:2]}
        assert body(await client.call_tool("update_records", few))["status"] == "applied"
        dry = body(await client.call_tool("update_records", {**asked, "dry_run": True}))
        assert dry["status"] == "waiting"
    assert person.saw == []


@pytest.mark.parametrize("era", ERAS)
async def test_where_nobody_can_be_asked_it_is_refused_and_no_plan_is_left(
    meet: Meet, connector: Connector, era: str
) -> None:
    """The demo org's plans are in this process's memory, so no other program can approve them."""
    async with meet(None, era) as client:
        asked = await many_updates(client, "Head of Ice")
        (problem,) = body(await client.call_tool("update_records", asked))["problems"]
    assert problem["code"] == "NOBODY_TO_ASK"
    assert problem["not_done"] == "Nothing was written."
    crm = await connector.client()
    assert crm.gate.state.waiting(crm.org.profile.identity, datetime.now(UTC)) == []


async def test_the_plan_travels_sealed_and_a_forged_or_moved_seal_is_refused(meet: Meet) -> None:
    async with meet(Person(), "auto") as client:
        asked = await many_updates(client, "Head of Ice")
        first = await client.session.call_tool("update_records", asked, allow_input_required=True)
        assert isinstance(first, InputRequiredResult)
        state = first.request_state
        assert state is not None
        assert "plan_" not in state
        yes = {"approval": ElicitResult(action="accept", content={})}
        other = {**asked, "records": asked["records"][:1]}
        for arguments, sealed in (
            (asked, "plan_made_up"),
            (asked, state[:-2] + ("AA" if state[-2:] != "AA" else "BB")),
            (other, state),
        ):
            with pytest.raises(MCPError) as refused:
                await client.session.call_tool(
                    "update_records",
                    arguments,
                    input_responses=yes,
                    request_state=sealed,
                    allow_input_required=True,
                )
            assert refused.value.error.code == -32602
        assert await titles(client, asked) != {"Head of Ice"}

        for _ in range(2):  # a client that lost the answer calls again; it is written once
            done = await client.session.call_tool(
                "update_records", asked, input_responses=yes, request_state=state, allow_input_required=True
            )
            assert isinstance(done, CallToolResult)
            assert body(done)["status"] == "applied"
        assert body(await client.call_tool("list_changes", {"limit": 100}))["count"] == MANY


def test_an_answer_is_taken_as_long_as_a_plan_waits() -> None:
    assert gate.LIFE.total_seconds() == SEALED_FOR


async def test_a_question_outlives_the_process_that_asked_it(tmp_path: Path) -> None:
    """Another instance, with the same state, knows the key."""
    one, two = (
        Connector(settings.from_environment({"ZCRM_HOME": str(tmp_path)}), write=True) for _ in range(2)
    )
    assert one.secret("request state") == two.secret("request state")
    assert one.secret("request state") != one.secret("something else")
    assert len(one.secret("request state")) == 32


@pytest.mark.parametrize("era", ERAS)
async def test_no_tool_takes_an_argument_that_approves(meet: Meet, era: str) -> None:
    async with meet(None, era) as client:
        for tool in (await client.list_tools()).tools:
            names = set(tool.input_schema["properties"])
            assert not names & {"confirm", "confirmed", "approve", "approved", "force", "yes"}, tool.name
