"""Any call of Zoho's API that writes, as it is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from zcrm_tools.actions.action import Action, Call
from zcrm_tools.actions.catalogue.read_api import Path, Query
from zcrm_tools.actions.written import WriteInput, Written, writing
from zcrm_tools.crm import passthrough
from zcrm_tools.crm.writes import Request
from zcrm_tools.safety.plan import Proposal


class CallApi(WriteInput):
    """Make one call of Zoho CRM's API v8 that writes and that no other tool makes; list_endpoints finds it. Nothing of it is checked or can be undone, so a person always reads and approves it."""

    method: Literal["POST", "PUT", "PATCH", "DELETE"]
    path: Path
    query: Query = {}
    body: Annotated[dict[str, Any], Field(description="As Zoho's page of the call says")] = {}


async def propose(call: Call, given: CallApi) -> Proposal:
    endpoint, module, _ = passthrough.meant(given.method, given.path)
    await call.org.session.check(endpoint, module)
    path = passthrough.normalised(given.path)
    return Proposal((Request(given.method, path, given.query, given.body or None, module),))


call_api = Action(
    "call_api",
    "Write through Zoho's API",
    "update",
    CallApi,
    Written,
    writing(propose),
    toolset="passthrough",
)
