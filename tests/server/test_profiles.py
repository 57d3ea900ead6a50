"""Several profiles in one server: a closed argument, a mode for each, and every answer says where it is from."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.types import (
    CallToolResult,
    ElicitRequestParams,
    ElicitResult,
    PromptReference,
    ResourceTemplateReference,
    TextContent,
    TextResourceContents,
)

from zcrm_server.app import build_for
from zcrm_server.offers import Offer
from zcrm_server.opening import opened
from zcrm_server.profiles import Profiles, Served
from zcrm_server.server import Server
from zcrm_server.tools import Desk
from zcrm_tools.actions import registry
from zcrm_tools.connection import Connector
from zcrm_tools.errors import LoginRequired, NotConfigured

LEAD = {"last_name": "Rao", "company": "Ice & Sons"}


@pytest.fixture
def two(connector: Connector, demo_connector: Connector) -> Server:
    """Production may be read, the sandbox of Zoho's may be written; both are demo orgs here."""
    served = (Served("prod", demo_connector, write=False), Served("sandbox", connector, write=True))
    return build_for(Desk(Profiles(served)), Offer(("all",)))


@pytest.fixture(params=["auto", "legacy"])
async def client(request: pytest.FixtureRequest, two: Server) -> AsyncIterator[Client]:
    async with Client(two, mode=request.param) as found:
        yield found


def body(result: CallToolResult) -> dict[str, Any]:
    assert result.structured_content is not None
    return result.structured_content


async def test_each_tool_takes_a_profile_it_may_be_used_with_and_no_other(client: Client) -> None:
    tools = (await client.list_tools()).tools
    assert len(tools) >= 16
    for tool in tools:
        asked = tool.input_schema["properties"]["profile"]
        reads = registry.action(tool.name).effect == "read"
        assert asked["enum"] == (["prod", "sandbox"] if reads else ["sandbox"])
        assert "prod is read-only, sandbox is read and write" in asked["description"]
        assert tool.input_schema["required"][0] == "profile"
        assert tool.input_schema["additionalProperties"] is False


async def test_every_answer_says_where_it_is_from_and_what_may_be_done_there(client: Client) -> None:
    for name, mode in (("prod", "read-only"), ("sandbox", "read and write")):
        for asked in ({"limit": 1}, {"limit": -1}):
            told = body(await client.call_tool("search_leads", {"profile": name, **asked}))
            assert (told["profile"], told["mode"]) == (name, mode)


async def test_what_is_written_in_one_is_not_in_the_other(client: Client) -> None:
    made = body(await client.call_tool("create_lead", {"profile": "sandbox", **LEAD}))
    assert (made["status"], made["profile"]) == ("applied", "sandbox")
    for name, count in (("sandbox", 1), ("prod", 0)):
        found = body(await client.call_tool("search_leads", {"profile": name, "text": "Ice & Sons"}))
        assert found["count"] == count
    assert body(await client.call_tool("list_changes", {"profile": "prod"}))["count"] == 0


async def test_a_write_to_the_read_only_one_is_refused(client: Client) -> None:
    told = await client.call_tool("create_lead", {"profile": "prod", **LEAD})
    assert told.is_error
    (problem,) = body(told)["problems"]
    assert problem["code"] == "READ_ONLY"
    assert problem["not_done"] == "Nothing was written."


@pytest.mark.parametrize(
    ("given", "code"), [({}, "MISSING_ARGUMENT"), ({"profile": "sandbx"}, "BAD_ARGUMENT")]
)
async def test_no_profile_is_guessed(client: Client, given: dict[str, str], code: str) -> None:
    told = await client.call_tool("search_leads", {**given, "limit": 1})
    (problem,) = body(told)["problems"]
    assert problem["code"] == code
    assert problem["field"] == "profile"
    assert problem["allowed"] == ["prod", "sandbox"]
    assert problem.get("closest", "") == ("sandbox" if given else "")


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_person_is_asked_about_the_profile_that_was_meant(two: Server, mode: str) -> None:
    async def yes(_context: Any, asked: ElicitRequestParams) -> ElicitResult:
        return ElicitResult(action="accept", content={})

    async with Client(two, mode=mode, elicitation_callback=yes) as client:
        found = body(await client.call_tool("search_leads", {"profile": "sandbox", "limit": 21}))
        records = [{"id": row[0], "fields": {"Designation": "Chief"}} for row in found["rows"]]
        asked = {"profile": "sandbox", "module": "Leads", "records": records}
        done = body(await client.call_tool("update_records", asked))
    assert (done["status"], done["profile"]) == ("applied", "sandbox")


async def read(client: Client, uri: str) -> dict[str, Any]:
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    told: dict[str, Any] = json.loads(content.text)
    return told


async def test_each_profile_has_addresses_of_its_own(client: Client) -> None:
    listed = [r.uri for r in (await client.list_resources()).resources if r.uri.startswith("zcrm:")]
    assert listed == [
        *(
            f"zcrm://{name}/{what}"
            for name in ("prod", "sandbox")
            for what in ("connection", "modules", "changes")
        ),
        "zcrm://coql/guide",
    ]
    templates = (await client.list_resource_templates()).resource_templates
    assert [t.uri_template for t in templates] == [
        f"zcrm://{name}/{what}"
        for name in ("prod", "sandbox")
        for what in ("modules/{module}", "records/{module}/{id}")
    ]
    assert [t.title for t in templates][:2] == ["A module's fields (prod)", "A record (prod)"]
    assert "Profile prod, read-only." in (templates[0].description or "")
    made = body(await client.call_tool("create_lead", {"profile": "sandbox", **LEAD}))
    address = f"records/Leads/{made['records'][0]['id']}"
    lead = await read(client, f"zcrm://sandbox/{address}")
    assert (lead["profile"], lead["mode"], lead["name"]) == ("sandbox", "read and write", "Rao")
    for other in ("prod", "prd"):
        with pytest.raises(MCPError, match=r"There is no Leads record|Unknown resource"):
            await client.read_resource(f"zcrm://{other}/{address}")


async def test_a_prompt_asks_which_profile_and_is_filled_from_it(client: Client) -> None:
    for prompt in (await client.list_prompts()).prompts:
        first = (prompt.arguments or ())[0]
        assert (first.name, first.required) == ("profile", True)
        assert "prod is read-only, sandbox is read and write" in (first.description or "")
    await client.call_tool("create_lead", {"profile": "sandbox", **LEAD})
    for name, there, mode in (("sandbox", True, "read and write"), ("prod", False, "read-only")):
        (message,) = (await client.get_prompt("morning_brief", {"profile": name})).messages
        assert isinstance(message.content, TextContent)
        assert ("Ice & Sons" in message.content.text) is there
        assert f"the profile {name}, which is {mode}; pass that profile to every tool" in message.content.text
    for given, said in (
        ({}, "morning_brief needs profile"),
        ({"profile": "prd"}, "There is no profile 'prd'"),
    ):
        with pytest.raises(MCPError, match=said):
            await client.get_prompt("morning_brief", given)


async def test_completion_is_of_the_profile_that_was_chosen(client: Client) -> None:
    async def completed(ref: Any, name: str, typed: str, **given: str) -> list[str]:
        argument = {"name": name, "value": typed}
        return (await client.complete(ref, argument, context_arguments=given or None)).completion.values

    brief = PromptReference(type="ref/prompt", name="morning_brief")
    assert await completed(brief, "profile", "") == ["prod", "sandbox"]
    assert await completed(brief, "profile", "san") == ["sandbox"]
    assert await completed(brief, "owner", "tate", profile="prod") == ["Courtney Tate"]
    assert await completed(brief, "owner", "tate") == []
    modules = ResourceTemplateReference(type="ref/resource", uri="zcrm://sandbox/modules/{module}")
    assert (await completed(modules, "module", "le"))[0] == "Leads"
    unknown = ResourceTemplateReference(type="ref/resource", uri="zcrm://modules/{module}")
    assert await completed(unknown, "module", "le") == []


async def test_one_profile_needs_no_argument(connector: Connector) -> None:
    server = build_for(Desk(Profiles((Served("default", connector, write=True),))))
    assert server.offered
    for tool in server._tool_manager.list_tools():
        assert "profile" not in tool.parameters["properties"]
        assert "mode" not in (tool.output_schema or {})["properties"] or tool.name == "get_connection"


def test_modes_are_given_by_profile(monkeypatch: pytest.MonkeyPatch, clean_home: Callable[[], None]) -> None:
    clean_home()
    found = opened(profiles=("prod", "sandbox=write", "old=read"), write=None)
    assert [(one.name, one.write) for one in found.profiles.served] == [
        ("prod", False),
        ("sandbox", True),
        ("old", False),
    ]
    flagged = opened(profiles=("prod=read", "sandbox"), write=True)
    assert [one.write for one in flagged.profiles.served] == [False, True]


@pytest.mark.parametrize(
    ("asked", "demo", "said"),
    [
        (("a", "a"), False, "names a twice"),
        (("a=maybe",), False, "'maybe' is no mode"),
        (("a", "b"), True, "the demo org is one profile"),
    ],
)
def test_profiles_that_would_be_one_are_refused(
    clean_home: Callable[[], None], asked: tuple[str, ...], demo: bool, said: str
) -> None:
    clean_home()
    with pytest.raises(NotConfigured, match=said):
        opened(profiles=asked, demo=demo)


@pytest.mark.parametrize("asked", [("work",), ("work", "other=write")])
async def test_a_profile_asked_for_by_name_counts_more_than_what_the_environment_holds(
    monkeypatch: pytest.MonkeyPatch, clean_home: Callable[[], None], asked: tuple[str, ...]
) -> None:
    clean_home()
    for name, value in {"CLIENT_ID": "c", "CLIENT_SECRET": "s", "REFRESH_TOKEN": "r", "DATA_CENTER": "eu", "DEMO": "1"}.items():  # fmt: skip
        monkeypatch.setenv(f"ZCRM_{name}", value)
    found = opened(profiles=asked)
    assert [one.name for one in found.profiles.served] == [one.partition("=")[0] for one in asked]
    for one in found.profiles.served:
        with pytest.raises(
            LoginRequired, match=one.name
        ):  # nobody signed in to it, and no other sign-in is taken
            await one.connection.client()


async def test_a_profile_of_any_name_has_addresses_of_its_own(connector: Connector) -> None:
    """The operator types names; an address holds one whatever is in it."""
    served = tuple(Served(name, connector, write=False) for name in ("a/b {x}", "b"))
    async with Client(build_for(Desk(Profiles(served)))) as client:
        listed = (await client.list_resources()).resources
        (uri,) = (one.uri for one in listed if one.name == "a/b {x}/modules")
        assert str(uri) == "zcrm://a%2Fb%20%7Bx%7D/modules"
        (told,) = (await client.read_resource(uri)).contents
        assert json.loads(getattr(told, "text"))["profile"] == "a/b {x}"  # noqa: B009
        about = (await client.read_resource("zcrm://a%2Fb%20%7Bx%7D/modules/Leads")).contents
    assert about
