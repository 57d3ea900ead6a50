"""What the public conformance suite calls on a server under test, by the names that it expects. For tests only.

The suite judges the protocol with tools, prompts and resources of its own. Here they are put on the server as it ships,
so that our tools, refusals, doors and hints are in the way of every message that it looks at.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import json
from typing import Annotated, Any

import mcp.types as t
from mcp import MCPError
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.server.streamable_http import EventMessage, EventStore
from pydantic import BaseModel, Field

from zcrm_server.server import Server

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SILENCE = base64.b64encode(
    b"RIFF&\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0@\x1f\0\0\x80>\0\0\x02\0\x10\0data\x02\0\0\0\0\0"
).decode()

Ctx = Context[Any, Any]
Asked = str | t.InputRequiredResult


def add_to(server: Server) -> None:
    for register in (_content, _asking, _calling_again, _prompts, _resources, _schemas, _requests):
        register(server)
    for one in (*server._tool_manager.list_tools(), *server._prompt_manager.list_prompts()):
        one.description = one.description or "Called by the conformance suite"
    # A stream that was broken off can be taken up again only where events are kept; the product keeps none.
    kept = functools.partial(server.streamable_http_app, event_store=Events(), retry_interval=100)
    server.streamable_http_app = kept  # type: ignore[method-assign]


class Events(EventStore):
    """The events of every stream, in order."""

    def __init__(self) -> None:
        self._all: list[tuple[str, Any]] = []

    async def store_event(self, stream_id: str, message: Any) -> str:
        self._all.append((stream_id, message))
        return str(len(self._all))

    async def replay_events_after(self, last_event_id: str, send_callback: Any) -> str | None:
        seen = int(last_event_id)
        stream = self._all[seen - 1][0]
        for number, (of, message) in enumerate(self._all[seen:], seen + 1):
            if of == stream and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream


def text(said: str) -> t.TextContent:
    return t.TextContent(type="text", text=said)


def image() -> t.ImageContent:
    return t.ImageContent(type="image", data=PIXEL, mime_type="image/png")


def embedded(uri: str, said: str, mime: str = "text/plain") -> t.EmbeddedResource:
    return t.EmbeddedResource(
        type="resource", resource=t.TextResourceContents(uri=uri, text=said, mime_type=mime)
    )


def _content(server: Server) -> None:
    """Every kind of content, log messages, progress, and an error."""

    @server.tool()
    def test_simple_text() -> str:
        return "This is a simple text response for testing."

    @server.tool()
    def test_image_content() -> t.ImageContent:
        return image()

    @server.tool()
    def test_audio_content() -> t.AudioContent:
        return t.AudioContent(type="audio", data=SILENCE, mime_type="audio/wav")

    @server.tool()
    def test_embedded_resource() -> t.EmbeddedResource:
        return embedded("test://embedded-resource", "This is an embedded resource content.")

    @server.tool()
    def test_multiple_content_types() -> list[t.TextContent | t.ImageContent | t.EmbeddedResource]:
        data = embedded("test://mixed-content-resource", '{"test":"data","value":123}', "application/json")
        return [text("Multiple content types test:"), image(), data]

    @server.tool()
    async def test_tool_with_logging(ctx: Ctx) -> str:
        for said in ("Tool execution started", "Tool processing data", "Tool execution completed"):
            await ctx.info(said)
        return "logged"

    @server.tool()
    async def test_tool_with_progress(ctx: Ctx) -> str:
        for done in (0, 50, 100):
            await ctx.report_progress(done, 100, f"{done} of 100")
        return "done"

    @server.tool()
    def test_error_handling() -> str:
        raise ToolError("This tool intentionally returns an error for testing")

    @server.tool()
    async def test_reconnection(ctx: Ctx) -> str:
        await ctx.close_sse_stream()
        await asyncio.sleep(0.2)  # the client comes back meanwhile
        return "still here"

    @server.tool()
    async def test_missing_capability(ctx: Ctx) -> str:
        declared = ctx.client_capabilities
        if declared is None or declared.sampling is None:
            needed = {"requiredCapabilities": {"sampling": {}}}
            raise MCPError(t.MISSING_REQUIRED_CLIENT_CAPABILITY, "sampling is needed", needed)
        return "sampling is there"


class Answer(BaseModel):
    response: str


class WithDefaults(BaseModel):
    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: Annotated[str, Field(json_schema_extra={"enum": ["active", "inactive", "pending"]})] = "active"
    verified: bool = True


def _titled(*values: str) -> list[dict[str, str]]:
    return [{"const": value, "title": value.upper()} for value in values]


class WithChoices(BaseModel):
    untitledSingle: Annotated[str, Field(json_schema_extra={"enum": ["one", "two"]})]  # noqa: N815 — the suite's names
    titledSingle: Annotated[str, Field(json_schema_extra={"oneOf": _titled("one", "two")})]  # noqa: N815
    untitledMulti: Annotated[  # noqa: N815
        list[str], Field(json_schema_extra={"items": {"type": "string", "enum": ["one", "two"]}})
    ]
    titledMulti: Annotated[list[str], Field(json_schema_extra={"items": {"anyOf": _titled("one", "two")}})]  # noqa: N815
    legacyEnum: Annotated[str, Field(json_schema_extra={"enum": ["a", "b"], "enumNames": ["A", "B"]})]  # noqa: N815


def _asking(server: Server) -> None:
    """Questions to the client while its call waits: the era before 2026-07-28."""

    async def ask(ctx: Ctx, form: type[BaseModel], message: str = "Please fill this in") -> str:
        said = await ctx.elicit(message, form)
        content = said.data.model_dump_json() if said.action == "accept" else "{}"
        return f"action={said.action}, content={content}"

    @server.tool()
    async def test_elicitation(message: str, ctx: Ctx) -> str:
        return await ask(ctx, Answer, message)

    @server.tool()
    async def test_elicitation_sep1034_defaults(ctx: Ctx) -> str:
        return await ask(ctx, WithDefaults)

    @server.tool()
    async def test_elicitation_sep1330_enums(ctx: Ctx) -> str:
        return await ask(ctx, WithChoices)

    @server.tool()
    async def test_sampling(prompt: str, ctx: Ctx) -> str:
        said = await ctx.session.create_message(
            messages=[t.SamplingMessage(role="user", content=text(prompt))],
            max_tokens=100,
            related_request_id=ctx.request_id,
        )
        return f"LLM response: {getattr(said.content, 'text', '')}"


def question(message: str, **fields: str) -> t.ElicitRequest:
    form = {"type": "object", "properties": {name: {"type": kind} for name, kind in fields.items()}}
    params = t.ElicitRequestFormParams(message=message, requested_schema={**form, "required": list(fields)})
    return t.ElicitRequest(params=params)


def sample(message: str) -> t.CreateMessageRequest:
    said = t.SamplingMessage(role="user", content=text(message))
    return t.CreateMessageRequest(params=t.CreateMessageRequestParams(messages=[said], max_tokens=50))


def more(state: str | None = None, /, **asked: Any) -> t.InputRequiredResult:
    return t.InputRequiredResult(input_requests=asked, request_state=state)


def _calling_again(server: Server) -> None:
    """Questions that a client answers by a second call: 2026-07-28."""

    def given(ctx: Ctx, name: str) -> Any:
        return (ctx.input_responses or {}).get(name)

    def tool(name: str) -> Any:
        return server.tool(name=f"test_input_required_result_{name}")

    @tool("elicitation")
    async def elicitation(ctx: Ctx) -> Asked:
        said = given(ctx, "user_name")
        if not isinstance(said, t.ElicitResult):
            return more(user_name=question("What is your name?", name="string"))
        return f"Hello, {(said.content or {}).get('name')}!"

    @tool("sampling")
    async def sampling(ctx: Ctx) -> Asked:
        asked = more(capital_question=sample("What is the capital of France?"))
        return "answered" if given(ctx, "capital_question") else asked

    @tool("list_roots")
    async def list_roots(ctx: Ctx) -> Asked:
        return "listed" if given(ctx, "client_roots") else more(client_roots=t.ListRootsRequest())

    @tool("request_state")
    async def request_state(ctx: Ctx) -> Asked:
        if given(ctx, "confirm") and ctx.request_state == "first":
            return "state-ok"
        return more("first", confirm=question("Go on?", ok="boolean"))

    @tool("tampered_state")
    async def tampered_state(ctx: Ctx) -> Asked:
        return "state-ok" if ctx.request_state else more("first", confirm=question("Go on?", ok="boolean"))

    @tool("multiple_inputs")
    async def multiple_inputs(ctx: Ctx) -> Asked:
        if all(given(ctx, name) for name in ("user_name", "greeting", "client_roots")):
            return "all three"
        return more(
            "all",
            user_name=question("Who are you?", name="string"),
            greeting=sample("Say hello"),
            client_roots=t.ListRootsRequest(),
        )

    @tool("multi_round")
    async def multi_round(ctx: Ctx) -> Asked:
        if ctx.request_state == "second" and given(ctx, "step2"):
            return "both answered"
        if ctx.request_state == "first" and given(ctx, "step1"):
            return more("second", step2=question("Which colour?", color="string"))
        return more("first", step1=question("Who are you?", name="string"))

    @tool("capabilities")
    async def capabilities(ctx: Ctx) -> t.InputRequiredResult:
        declared = ctx.client_capabilities
        asked: dict[str, Any] = {}
        if declared is None or declared.sampling is not None:
            asked["sample"] = sample("Say hello")
        if declared is None or declared.elicitation is not None:
            asked["ask"] = question("Go on?", ok="boolean")
        return more("state", **asked)

    @server.prompt(name="test_input_required_result_prompt")
    async def prompt(ctx: Ctx) -> list[UserMessage] | t.InputRequiredResult:
        if given(ctx, "user_context"):
            return [UserMessage(text("with context"))]
        return more(user_context=question("What is it about?", context="string"))

    @server.tool()
    async def test_streaming_elicitation(ctx: Ctx) -> Asked:
        await ctx.report_progress(1, 2)
        return "answered" if ctx.input_responses else more(asked=question("Go on?", ok="boolean"))


def _prompts(server: Server) -> None:
    @server.prompt()
    def test_simple_prompt() -> list[UserMessage]:
        return [UserMessage(text("This is a simple prompt for testing."))]

    @server.prompt()
    def test_prompt_with_arguments(arg1: str, arg2: str) -> list[UserMessage]:
        return [UserMessage(text(f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"))]

    @server.prompt()
    def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:  # noqa: N803 — the suite's name
        return [UserMessage(embedded(resourceUri, "Embedded resource content for testing."))]

    @server.prompt()
    def test_prompt_with_image() -> list[UserMessage]:
        return [UserMessage(image())]


def _resources(server: Server) -> None:
    @server.resource("test://static-text")
    def static_text() -> str:
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", mime_type="image/png")
    def static_binary() -> bytes:
        return base64.b64decode(PIXEL)

    @server.resource("test://template/{id}/data")
    def template(id: str) -> str:
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})

    @server.resource("test://watched-resource")
    def watched() -> str:
        return "nothing new"


def _schemas(server: Server) -> None:
    @server.tool()
    def test_x_mcp_header(
        region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})] = "",
    ) -> str:
        return region

    @server.tool()
    def json_schema_2020_12_tool() -> str:
        return "accepted"

    tool = server._tool_manager.get_tool("json_schema_2020_12_tool")
    assert tool is not None
    place = {"street": {"type": "string"}, "city": {"type": "string"}}
    tool.parameters = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {"address": {"$anchor": "addressDef", "type": "object", "properties": place}},
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": False,
    }


def _requests(server: Server) -> None:
    """Requests of the handshake era that the product does not serve."""

    async def accepted(_ctx: Any, _params: Any) -> t.EmptyResult:
        return t.EmptyResult()

    low = server._lowlevel_server  # MCPServer has no public way to add these
    low.add_request_handler("logging/setLevel", t.SetLevelRequestParams, accepted)
    low.add_request_handler("resources/subscribe", t.SubscribeRequestParams, accepted)
    low.add_request_handler("resources/unsubscribe", t.UnsubscribeRequestParams, accepted)
