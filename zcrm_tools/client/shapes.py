"""A JSON schema as OpenAI's strict mode and as Gemini take it, which is less than JSON Schema in both.

https://platform.openai.com/docs/guides/structured-outputs#supported-schemas, https://ai.google.dev/api/caching#Schema
"""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

STRICT_KEYWORDS = frozenset(
    "type description enum properties required additionalProperties items minimum maximum minItems maxItems pattern".split()
)
GEMINI_KEYWORDS = frozenset(
    "type description enum properties required items minimum maximum minItems maxItems minLength maxLength pattern".split()
)
AS_JSON = "A JSON object as text"


def strict(shape: Json) -> Json | None:
    """Every property required, those that may be left out nullable. None when an object has names of its own choice."""
    kind = shape.get("type")
    out = {name: value for name, value in shape.items() if name in STRICT_KEYWORDS}
    if kind == "object":
        if shape.get("additionalProperties") is not False:
            return None
        needed = set(shape.get("required", ()))
        properties: Json = {}
        for name, inner in shape.get("properties", {}).items():
            exact = strict(inner)
            if exact is None:
                return None
            properties[name] = exact if name in needed else _nullable(exact)
        out |= {"properties": properties, "required": list(properties), "additionalProperties": False}
    elif kind == "array":
        exact = strict(shape.get("items", {}))
        if exact is None:
            return None
        out["items"] = exact
    elif kind is None:
        return None
    return out


def _nullable(shape: Json) -> Json:
    more = {"enum": [*shape["enum"], None]} if "enum" in shape else {}
    return {**shape, "type": [shape["type"], "null"], **more}


def gemini(shape: Json) -> Json:
    """Types in capitals, nothing of what Gemini does not know, and free objects as JSON text, for want of better."""
    kind = str(shape.get("type", "string"))
    if kind == "object" and not shape.get("properties") and shape.get("additionalProperties") is not False:
        said = shape.get("description", "")
        return {"type": "STRING", "description": f"{said}. {AS_JSON}" if said else AS_JSON}
    out = {name: value for name, value in shape.items() if name in GEMINI_KEYWORDS} | {"type": kind.upper()}
    if "properties" in shape:
        out["properties"] = {name: gemini(inner) for name, inner in shape["properties"].items()}
    if "items" in shape:
        out["items"] = gemini(shape["items"])
    return out
