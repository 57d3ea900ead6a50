"""Any reading call, cut where it is long."""

from __future__ import annotations

import pytest

from zcrm_tools.actions.catalogue.read_api import Raw
from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput


async def test_an_answer_of_zohos_comes_as_it_is(crm: AsyncClient):
    shown = await crm.read_api(path="settings/roles")
    assert shown.http_status == 200
    assert "CEO" in [role["name"] for role in shown.body["roles"]]
    one = await crm.read_api(path="/crm/v8/Leads", query={"fields": "Last_Name", "per_page": "2"})
    assert len(one.body["data"]) == 2


async def test_a_path_to_elsewhere_is_refused(crm: AsyncClient):
    for path in ("https://elsewhere.example/x", "../oauth/v2/token", "crm/v9/Leads", "Leads?fields=x"):
        with pytest.raises(InvalidInput, match="Nothing was sent"):
            await crm.read_api(path=path)


def test_a_long_answer_is_cut_with_a_sentence():
    whole = Raw(
        http_status=200, body={"data": [{"id": str(n), "text": "x" * 50} for n in range(100)], "info": {}}
    )
    cut = whole.fit(2_000)
    assert 0 < len(cut.body["data"]) < 40
    assert cut.note.startswith(f"Only {len(cut.body['data'])} of 100 data fit")
    assert whole.fit(100_000) == whole
    assert Raw(http_status=200, body={"text": "x" * 500}).fit(100).body is None
