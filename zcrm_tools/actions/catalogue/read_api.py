"""Any call of Zoho's API that only reads."""

from __future__ import annotations

import json
from typing import Annotated, Any, Self

from pydantic import Field

from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.crm import passthrough

Query = Annotated[dict[str, str], Field(description="What follows ? in the address")]
Path = Annotated[str, Field(min_length=1, max_length=500, description="For example settings/roles")]


class ReadApi(Input):
    """Make one GET call of Zoho CRM's API v8 that no other tool makes; list_endpoints finds it. Zoho's answer comes as it is, cut where it is long."""

    path: Path
    query: Query = {}


class Raw(Output):
    http_status: int
    body: Any = None
    note: str = ""

    def fit(self, size: int) -> Self:
        """The longest list of the answer is cut."""
        whole = len(json.dumps(self.body, ensure_ascii=False, default=str))
        lists = (
            {k: v for k, v in self.body.items() if isinstance(v, list)} if isinstance(self.body, dict) else {}
        )
        if whole <= size or not lists:
            return self if whole <= size else self.model_copy(update={"body": None, "note": _TOO_LONG})
        name = max(lists, key=lambda key: len(json.dumps(lists[key], default=str)))
        kept, left = [], size
        for item in lists[name]:
            left -= len(json.dumps(item, ensure_ascii=False, default=str)) + 1
            if left < 0:
                break
            kept.append(item)
        said = f"Only {len(kept)} of {len(lists[name])} {name} fit into one answer; ask for fewer fields or by page."
        return self.model_copy(update={"body": {**self.body, name: kept}, "note": said})


_TOO_LONG = "The answer does not fit; ask for fewer fields, or one thing at a time."


async def do(call: Call, given: ReadApi) -> Raw:
    reply = await passthrough.request(call.org, "GET", given.path, params=given.query)
    return Raw(http_status=reply.status, body=reply.body)


read_api = Action(
    "read_api",
    "Read from Zoho's API",
    "read",
    ReadApi,
    Raw,
    do,
    toolset="passthrough",
)
