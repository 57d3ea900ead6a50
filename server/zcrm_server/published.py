"""What a client is told before its first call: of the server, and of each tool in the protocol's own spelling. Made without
the SDK, which takes half a second to load (see `first`).
"""

from __future__ import annotations

from typing import Any

from zcrm_server.apps import app_of
from zcrm_server.profiles import ARGUMENT, SHOWN, Profiles
from zcrm_tools import __version__
from zcrm_tools.actions.card import Card
from zcrm_tools.actions.rules import RULES
from zcrm_tools.endpoints import Effect
from zcrm_tools.untrusted import MARK

IDENTITY = {"name": "zcrm", "title": "Zoho CRM", "version": __version__}
INSTRUCTIONS = f"""\
Zoho CRM: leads, contacts, accounts, deals, activities and notes of one org.
{RULES}"""
LIST_FRESH_MS = 300_000
"""A list is fixed for a process, and another process may be started with other flags."""

FAILURE: dict[str, Any] = {
    "error": {"type": "string", "description": "Only when the call failed"},
    "problems": {"type": "array", "items": {"type": "object"}},
    "outcome": {"type": "string", "enum": ["unknown"]},
}
"""What `render.failure` gives. Part of every output schema, because some clients hold failures to it as well."""

MARKED: dict[str, Any] = {name: {"type": "string"} for name in MARK}
"""How every answer begins: it says of itself that it is data."""

ANY_VALUE = {
    "anyOf": [{"type": t} for t in ("string", "number", "boolean", "array", "object", "null")],
}
"""Any JSON value, spelled out: clients that make types of schemas stumble over an empty one."""


def tool(card: Card, profiles: Profiles) -> dict[str, Any]:
    """As an entry of tools/list."""
    listed = {
        "name": card.name,
        "title": card.title,
        "description": card.description,
        "inputSchema": takes(card, profiles),
        "outputSchema": gives(card, profiles),
        "annotations": annotated(card.effect),
    }
    app = app_of(card)
    return listed if app is None else {**listed, "_meta": {"ui": {"resourceUri": app.uri}}}


def takes(card: Card, profiles: Profiles) -> dict[str, Any]:
    """The input schema with the org's values as hints, and `profile` first where there are several."""
    schema = card.taking(profiles.hints(card))
    if not profiles.several:
        return schema
    properties = {ARGUMENT: profiles.argument(card.effect), **schema["properties"]}
    return {**schema, "properties": properties, "required": [ARGUMENT, *schema.get("required", ())]}


def gives(card: Card, profiles: Profiles) -> dict[str, Any]:
    """The output schema, with what a failure answers."""
    own = {name: _spelled_out(shape) for name, shape in card.gives.get("properties", {}).items()}
    about = {**MARKED, **(SHOWN if profiles.several else {})}
    return {**card.gives, "properties": {**about, **own, **FAILURE}}


def annotated(effect: Effect) -> dict[str, bool]:
    """All four hints. The world is open because strangers type into leads and notes."""
    return {
        "readOnlyHint": effect == "read",
        "destructiveHint": effect in ("update", "delete", "send"),
        "idempotentHint": effect in ("read", "update", "delete"),
        "openWorldHint": True,
    }


def _spelled_out(shape: dict[str, Any]) -> dict[str, Any]:
    if not shape.keys() - {"description", "default"}:
        return {**shape, **ANY_VALUE}
    out = dict(shape)
    for key in ("items", "additionalProperties"):
        if isinstance(inner := shape.get(key), dict):
            out[key] = _spelled_out(inner)
    if "properties" in shape:
        out["properties"] = {name: _spelled_out(inner) for name, inner in shape["properties"].items()}
    return out
