"""What a surface shows of an action's output or of an error: one cleaned JSON value, and its compact text.

Every word of a record may be a stranger's, so all of it passes `untrusted.clean_value` here and nowhere else.
"""

from __future__ import annotations

import json
from typing import Any

from zcrm_tools import untrusted
from zcrm_tools.actions.action import Output
from zcrm_tools.errors import OutcomeUnknown, ZcrmError

VALUE_LIMIT = 2_000
"""Characters of one value shown; what is cut says so."""


def structured(output: Output) -> dict[str, Any]:
    """The output as JSON, without what is at its default, cleaned."""
    return dict(untrusted.clean_value(output.model_dump(mode="json", exclude_defaults=True), VALUE_LIMIT))


def failure(error: ZcrmError) -> dict[str, Any]:
    """An error as JSON: the same problems on every surface."""
    body: dict[str, Any] = {"error": type(error).__name__, "problems": [p.as_dict() for p in error.problems]}
    if isinstance(error, OutcomeUnknown):
        body["outcome"] = "unknown"
    return dict(untrusted.clean_value(body, VALUE_LIMIT))


def text(value: dict[str, Any]) -> str:
    """Compact JSON: a model reads it as well as an indented one, at two thirds of the tokens."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
