"""From an action to its card: its JSON schema is closed, without `$ref`, unions or titles, for MCP, agents, CLI and forms alike.

Some clients refuse `$ref` and type unions, and every byte is read by a model at every start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from zcrm_tools.actions.action import AnyAction, Output
from zcrm_tools.actions.card import Card, Known


def card(action: AnyAction) -> Card:
    """What the action says of itself."""
    return Card(
        name=action.name,
        title=action.title,
        effect=action.effect,
        toolset=action.toolset,
        description=action.description,
        kinds=tuple(kind.__name__ for kind in action.gives.__mro__ if issubclass(kind, Output))[:-1],
        calls=action.calls,
        modules=action.modules,
        also=action.also,
        optional=action.optional,
        known={
            name: mark
            for name, info in action.model.model_fields.items()
            for mark in info.metadata
            if isinstance(mark, Known)
        },
        takes=input_schema(action),
        gives=output_schema(action),
    )


def input_schema(action: AnyAction) -> dict[str, Any]:
    """What the action takes, its own arguments before those that all of its kind share."""
    schema = compact(action.model)
    own = action.model.__annotations__
    schema["properties"] = dict(sorted(schema["properties"].items(), key=lambda item: item[0] not in own))
    return schema


def output_schema(action: AnyAction) -> dict[str, Any]:
    """What the action gives."""
    return compact(action.gives, mode="serialization")


def compact(model: type[BaseModel], mode: str = "validation") -> dict[str, Any]:
    """Pydantic's schema with references inlined, and titles, model docstrings and empty defaults dropped."""
    whole = model.model_json_schema(mode="serialization" if mode == "serialization" else "validation")
    schema: dict[str, Any] = _inline(whole, whole.get("$defs", {}), ())
    schema.pop("description", None)
    if mode == "serialization":
        schema.pop("required", None)
    return schema


def _inline(node: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_inline(item, definitions, inside) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(reference := node.get("$ref"), str):
        name = reference.rsplit("/", 1)[1]
        if name in inside:
            return {"type": "object"}
        target = {k: v for k, v in definitions[name].items() if k != "description"}
        rest = {k: v for k, v in node.items() if k != "$ref"}
        return _inline({**target, **rest}, definitions, (*inside, name))
    out: dict[str, Any] = {}
    for key, value in node.items():
        if key == "$defs" or (key == "title" and isinstance(value, str)):
            continue
        if key == "default" and value in ("", [], {}, None, False):
            continue
        if key == "properties":
            out[key] = {name: _inline(shape, definitions, inside) for name, shape in value.items()}
        else:
            out[key] = _inline(value, definitions, inside)
    return _without_null(out)


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    """`T | None = None` is an argument that may be left out, and an integer is a number: no union is needed to say so."""
    arms = [arm for arm in node.get("anyOf", ()) if arm != {"type": "null"}]
    if {"type": "number"} in arms:
        arms = [arm for arm in arms if arm != {"type": "integer"}]
    if len(arms) != 1 or len(arms) == len(node["anyOf"]):
        return node
    return {**arms[0], **{k: v for k, v in node.items() if k != "anyOf"}}
