"""Every call of the API by words."""

from __future__ import annotations

from zcrm_tools import operations
from zcrm_tools.actions import zoho_v8
from zcrm_tools.client import AsyncClient
from zcrm_tools.endpoints import ENDPOINTS


async def test_calls_are_found_by_words_with_the_scopes_we_know(crm: AsyncClient):
    shown = (await crm.list_endpoints(text="scoring rules")).dicts()
    assert ("GET", "/crm/v8/settings/automation/scoring_rules") in {(r["method"], r["path"]) for r in shown}
    (tags,) = [
        r for r in (await crm.list_endpoints(text="get tags")).dicts() if r["path"] == "/crm/v8/settings/tags"
    ]
    assert tags["scopes"] == "ZohoCRM.settings.tags.READ"
    assert (await crm.list_endpoints(text="teleport")).count == 0


def test_the_list_has_the_calls_that_we_make():
    listed = {(row.method, row.path.count("/")) for row in zoho_v8.rows()}
    assert len(zoho_v8.rows()) == 405
    known = sum(bool(row.scopes) for row in zoho_v8.rows())
    assert known > len({**ENDPOINTS, **operations.OPERATIONS}) / 2
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} == {method for method, _ in listed}
