"""With a read-only mode, or a grant that only reads, no action gets a write through: Zoho's own journal holds none.

Every action of the registry, with arguments that reach something, in every pairing of mode and grant; a policy that
lets everything through, and a person who approves whatever waits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from zcrm_tools.actions import registry
from zcrm_tools.client import AsyncClient
from zcrm_tools.emulator.access import EVERYTHING
from zcrm_tools.errors import AuthError, NotAllowed, ZcrmError
from zcrm_tools.safety.policy import WEIGHTS, Policy
from zcrm_tools.testing import ZohoOrg

READING = (
    "ZohoCRM.modules.READ", "ZohoCRM.settings.READ", "ZohoCRM.users.READ", "ZohoCRM.org.READ", "ZohoCRM.coql.READ",
    "ZohoSearch.securesearch.READ", "ZohoCRM.bulk.READ", "ZohoCRM.notifications.READ", "ZohoCRM.files.READ",
)  # fmt: skip
GRANTS = {"reads": READING, "everything": tuple(EVERYTHING)}
READ_BY_POST = ("/coql", "/bulk/v8/read")
STRAIGHT = dict.fromkeys(WEIGHTS, "straight")


@pytest.mark.parametrize(
    ("write", "grant"), [(False, "everything"), (False, "reads"), (True, "reads"), (True, "everything")]
)
async def test_no_action_writes_but_with_a_writing_mode_and_a_writing_grant(
    crm: AsyncClient,
    opened: Callable[..., AsyncClient],
    poisoned: Any,
    zoho_org: ZohoOrg,
    write: bool,
    grant: str,
):
    token = zoho_org.grant(*GRANTS[grant]).access_token
    seen = len(zoho_org.requests())
    refused: set[str] = set()
    policy = Policy(write=write, effects=STRAIGHT)
    async with opened(policy, token=token, state=crm.gate.state) as tried:
        for name in registry.all_names():
            asked = {k: v for k, v in poisoned.arguments[name].items() if k != "dry_run"}
            try:
                answer = await tried.call(name, asked)
                if getattr(answer, "plan_id", ""):
                    await tried.approve(answer.plan_id, by="a person who says yes")
                    await tried.call(name, {**asked, "plan_id": answer.plan_id})
            except (NotAllowed, AuthError):
                refused.add(name)
            except ZcrmError:
                continue
    written = [r for r in zoho_org.requests()[seen:] if _writes(r)]
    if write and grant == "everything":
        assert len(written) > 10, "otherwise this test shows nothing"
        return
    assert written == []
    writing = {name for name in registry.all_names() if registry.action(name).effect != "read"}
    assert writing <= refused, writing - refused


def _writes(request: dict[str, Any]) -> bool:
    """Whether Zoho did it: what it refused for want of a scope is no write."""
    read = request["method"] == "GET" or request["path"].endswith(READ_BY_POST)
    return not read and request["status"] < 400
