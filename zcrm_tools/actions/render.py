"""What a surface shows of an action's output or of an error: one cleaned JSON value, and its compact text.

Every word of a record may be a stranger's, so all of it passes `untrusted.clean_value` here and nowhere else. What goes
to a model is besides marked as data (`marked`), fenced by a nonce of its own (`fenced`), and masked where the operator
says so.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from zcrm_tools import untrusted
from zcrm_tools.actions.action import Output
from zcrm_tools.errors import OutcomeUnknown, ZcrmError
from zcrm_tools.safety.masks import Masks

VALUE_LIMIT = 2_000
"""Characters of one value shown; what is cut says so."""
MODEL_SIZE = 32_000
"""Characters of one answer to a model, some ten thousand tokens. What was left out is said in the answer (`Output.fit`)."""
_NO_MASKS = Masks()


def structured(output: Output, masks: Masks = _NO_MASKS, *, size: int = 0) -> dict[str, Any]:
    """The output as JSON, without what is at its default, cleaned; no longer than `size` characters or so, when it is given."""
    fitting = output.fit(size) if size else output
    return _shown(fitting.model_dump(mode="json", exclude_defaults=True), masks)


def failure(error: ZcrmError, masks: Masks = _NO_MASKS) -> dict[str, Any]:
    """An error as JSON: the same problems on every surface."""
    body: dict[str, Any] = {"error": type(error).__name__, "problems": [p.as_dict() for p in error.problems]}
    if isinstance(error, OutcomeUnknown):
        body["outcome"] = "unknown"
    return _shown(body, masks)


def marked(body: dict[str, Any]) -> dict[str, Any]:
    """For a model: the body says of itself that it is data."""
    return {**untrusted.MARK, **body}


def text(value: dict[str, Any]) -> str:
    """Compact JSON: a model reads it as well as an indented one, at two thirds of the tokens.

    orjson takes a tenth of the time; half a character in a name, or a number beyond 64 bits, is left to the other.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def fenced(value: dict[str, Any]) -> str:
    """Its compact text between two lines that nothing inside can forge."""
    return untrusted.fenced(text(value))


def _shown(body: dict[str, Any], masks: Masks) -> dict[str, Any]:
    hidden: dict[str, Any] = masks.hide(body)
    if untrusted.spotless(text(hidden), VALUE_LIMIT):
        return hidden
    return dict(untrusted.clean_value(hidden, VALUE_LIMIT))
