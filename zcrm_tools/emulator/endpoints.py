"""Every documented endpoint of the CRM API v8, by group: from the operation list of Zoho's own OpenAPI.

What of it is served is not written down but found out, in `coverage.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`path` follows `/crm/v8`; `grade` says what is known of the whole group, as evidence rows are graded."""

    method: str
    path: str
    operation: str
    group: str
    grade: str
    source: str

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(self.path.strip("/").split("/"))


@cache
def documented() -> tuple[Endpoint, ...]:
    text = resources.files("zcrm_tools.emulator").joinpath("data/endpoints.json").read_text("utf-8")
    return tuple(
        Endpoint(method, path, operation, group, about["grade"], about["source"])
        for group, about in json.loads(text).items()
        for method, path, operation in about["endpoints"]
    )


@cache
def behaviours() -> Mapping[str, Mapping[str, int]]:
    """For a group how many of its behaviours tests hold, by grade. Written by `tests/evidence/behaviours.py`."""
    text = resources.files("zcrm_tools.emulator").joinpath("data/evidence.json").read_text("utf-8")
    found: dict[str, dict[str, int]] = json.loads(text)
    return found


def pattern(endpoint: Endpoint) -> re.Pattern[str]:
    """Matches the paths of an endpoint, with no base before them."""
    parts = ("[^/]+" if part.startswith("{") else re.escape(part) for part in endpoint.segments)
    return re.compile("/" + "/".join(parts))
