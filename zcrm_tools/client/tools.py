"""The actions for other agent frameworks: as the JSON that OpenAI, Anthropic and Gemini take for tools, and as one call.

    crm.tools.schemas("openai")                            # for the tools= of a chat completion
    await crm.tools.call("search_leads", {"text": "Rao"})  # what the model asked for → what it is told

It is the same policy, the same plans and the same journal as everywhere; no framework is needed or known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from zcrm_tools import scopes
from zcrm_tools.actions import hints, registry, render
from zcrm_tools.actions.card import Card
from zcrm_tools.client.shapes import gemini, strict
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem, ZcrmError
from zcrm_tools.metadata.pin import Pin

if TYPE_CHECKING:
    from zcrm_tools.client.client import AsyncClient

Vendor: TypeAlias = Literal["openai", "openai-responses", "anthropic", "gemini"]
Json: TypeAlias = dict[str, Any]


class Tools:
    """What `AsyncClient.tools` is."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    def schemas(
        self,
        vendor: Vendor,
        *,
        toolsets: Iterable[str] = (),
        tools: Iterable[str] = (),
        exclude: Iterable[str] = (),
    ) -> list[Json]:
        """Tool definitions, chosen as a server's are: `core` unless toolsets are named, reads alone unless the client may write.

        `openai` is for chat completions, `openai-responses` for its Responses API; both are strict where the tool's
        arguments can be. What the sign-in cannot use is left out, and what is kept on disk of the org's own values is in
        the descriptions.
        """
        if vendor not in _SHAPES:
            raise InvalidInput(
                Problem("UNKNOWN_VENDOR", f"There is no shape {vendor!r}.", allowed=get_args(Vendor))
            )
        granted = scopes.parse(self._client.org.profile.scopes)
        chosen = registry.choose(
            toolsets, tools=tools, exclude=exclude, write=self._client.gate.policy.write, granted=granted
        )
        kept = self._client.org.catalogue.kept
        pinned = hints.of(chosen, Pin(kept) if kept else None)
        return [_SHAPES[vendor](card, card.taking(pinned)) for card in chosen]

    async def call(self, name: str, arguments: Mapping[str, Any] | str) -> Json:
        """The answer as JSON, cleaned and no longer than a model should read; a refusal too, under `error` and `problems`.

        `arguments` may be JSON text, as models give it, and a null is an argument left out.
        """
        masks = self._client.gate.masks
        try:
            action = registry.action(name)
            given = action.accept(masks.reveal(_arguments(registry.card(name), arguments)))
            output = await self._client.perform(action, given)
            return render.marked(render.structured(output, masks, size=render.MODEL_SIZE))
        except ZcrmError as refused:
            return render.marked(render.failure(refused, masks))


class BlockingTools:
    """What `Client.tools` is: the same, and it waits."""

    def __init__(self, tools: Tools, run: Callable[[Any], Any]) -> None:
        self._tools = tools
        self._run = run

    def schemas(
        self,
        vendor: Vendor,
        *,
        toolsets: Iterable[str] = (),
        tools: Iterable[str] = (),
        exclude: Iterable[str] = (),
    ) -> list[Json]:
        return self._tools.schemas(vendor, toolsets=toolsets, tools=tools, exclude=exclude)

    def call(self, name: str, arguments: Mapping[str, Any] | str) -> Json:
        answer: Json = self._run(self._tools.call(name, arguments))
        return answer


def _arguments(card: Card, given: Mapping[str, Any] | str) -> Json:
    """As the action takes them: text that should be an object is read as one, as Gemini has no free objects."""
    whole = _read(given) if isinstance(given, str) else given
    if not isinstance(whole, Mapping):
        raise InvalidInput(
            Problem(
                "BAD_ARGUMENTS", "The arguments are not a JSON object.", NOTHING_SENT, "Give them as one."
            )
        )
    shapes = card.takes["properties"]
    return {
        str(name): _unpacked(value, shapes.get(name, {}))
        for name, value in whole.items()
        if value is not None
    }


def _unpacked(value: Any, shape: Json) -> Any:
    if shape.get("type") == "object" and isinstance(value, str):
        return _read(value)
    if shape.get("type") == "array" and isinstance(value, list):
        return [_unpacked(item, shape.get("items", {})) for item in value]
    if shape.get("type") == "object" and isinstance(value, Mapping):
        inner = shape.get("properties", {})
        return {name: _unpacked(item, inner.get(name, {})) for name, item in value.items()}
    return value


def _read(text: str) -> Any:
    """What the text is as JSON; the text itself when it is none, for the action to refuse by name."""
    try:
        return json.loads(text or "{}")
    except ValueError:
        return text


def _openai(card: Card, takes: Json) -> Json:
    return {"type": "function", "function": _function(card, takes)}


def _responses(card: Card, takes: Json) -> Json:
    return {"type": "function", **_function(card, takes)}


def _function(card: Card, takes: Json) -> Json:
    exact = strict(takes)
    return {
        "name": card.name,
        "description": card.description,
        "parameters": takes if exact is None else exact,
        "strict": exact is not None,
    }


def _anthropic(card: Card, takes: Json) -> Json:
    return {"name": card.name, "description": card.description, "input_schema": takes}


def _gemini(card: Card, takes: Json) -> Json:
    """A function declaration; one that takes nothing has no parameters."""
    parameters = gemini(takes)
    return {"name": card.name, "description": card.description} | (
        {"parameters": parameters} if parameters["properties"] else {}
    )


_SHAPES: Mapping[str, Callable[[Card, Json], Json]] = {
    "openai": _openai,
    "openai-responses": _responses,
    "anthropic": _anthropic,
    "gemini": _gemini,
}
