"""Any other call: only to the profile's own host, only along plain paths, with scopes and credits minded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools import operations
from zcrm_tools.client import AsyncClient
from zcrm_tools.connection import open_client
from zcrm_tools.crm import passthrough
from zcrm_tools.errors import InvalidInput, InvalidRequest, ScopeMissing
from zcrm_tools.scopes import parse
from zcrm_tools.settings import Settings


@pytest.fixture
async def crm(tmp_path: Path) -> AsyncIterator[AsyncClient]:
    async with await open_client(Settings(home=tmp_path, demo=True), write=True) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "name", "module"),
    [
        ("GET", "Leads", "list_records", "Leads"),
        ("get", "/crm/v8/Leads/554023000000000001", "get_record", "Leads"),
        ("GET", "/crm/v8/Leads/search", "search_records", "Leads"),
        ("POST", "Leads/upsert", "upsert_records", "Leads"),
        ("GET", "Leads/554023000000000001/Notes", "list_notes", "Leads"),
        ("POST", "coql", "coql", ""),
        ("GET", "settings/fields", "list_fields", ""),
        ("GET", "settings/territories", "GET settings/territories", ""),
        ("GET", "users/554023000000000001/territories", "GET users/554023000000000001/territories", ""),
        ("POST", "/crm/bulk/v8/read", "create_bulk_read", ""),
        ("PATCH", "settings/fields/1", "PATCH settings/fields/1", ""),
        ("GET", "/crm/v2.1/Deals", "list_records", "Deals"),
    ],
)
def test_a_path_is_known_for_what_it_means(method, path, name, module):
    endpoint, found, _ = passthrough.meant(method, path)
    assert (endpoint.name, found) == (name, module)
    whole = path if path.startswith("/crm") else f"/crm/v8/{path}"
    assert endpoint.url(version=whole.split("/v")[1].join(["v", ""]).split("/")[0]) == whole


@pytest.mark.parametrize(
    "path",
    [
        "https://elsewhere.example/crm/v8/Leads",
        "//elsewhere.example/crm/v8/Leads",
        "/crm/v8/../../oauth/v2/token",
        "/crm/v8/./Leads",
        "/crm/v8//Leads",
        "/crm/v8/Leads?per_page=1",
        "/crm/v8/Leads#x",
        "/crm/v8/Leads%2f..%2f",
        "/crm/v8/Leads\\..\\x",
        "/crm/v8/Leads\r\nHost: elsewhere.example",
        "/crm/v8/Leads ",
        "/crm/v8/...",
        "/crm/v9/Leads",
        "/crm/Leads",
        "/crm/v8",
        "/crm/v8/",
        "",
        "/",
        "/oauth/v2/token/../../..",
        "/crm/v8/Le{module}ads",
        "/crm/v8/ⅬEADS",
    ],
)
def test_a_path_that_could_mean_another_place_is_refused(path):
    with pytest.raises(InvalidInput):
        passthrough.meant("GET", path)


@given(st.text(max_size=60))
def test_whatever_is_let_through_stays_where_it_says(text):
    try:
        endpoint, _, version = passthrough.meant("GET", text)
    except InvalidInput:
        return
    url = endpoint.url(version=version)
    assert url.startswith(("/crm/v", "/crm/bulk/v"))
    assert not {"", ".", ".."} & set(url.split("/")[1:])
    assert not set(url) & set("?#%\\{}\r\n \t")


@pytest.mark.parametrize("header", ["Authorization", "HOST", "Cookie"])
async def test_headers_that_say_who_asks_are_not_the_callers(crm, header):
    with pytest.raises(InvalidInput, match="not yours"):
        await crm.request("GET", "org", headers={header: "x"})


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "GET /x HTTP/1.1\r\nX: y"])
async def test_a_method_that_zoho_does_not_know_is_refused(crm, method):
    with pytest.raises(InvalidInput, match="not a method"):
        await crm.request(method, "org")


async def test_it_answers_what_zoho_answered(crm):
    reply = await crm.request("GET", "Leads", params={"fields": "Last_Name", "per_page": 1})
    assert reply.status == 200
    assert len(reply.body["data"]) == 1
    with pytest.raises(InvalidRequest) as caught:
        await crm.request("GET", "Leads")
    assert caught.value.code == "REQUIRED_PARAM_MISSING"


async def test_credits_are_counted_by_the_table(crm):
    before = crm.org.session.credits_spent
    await crm.request("GET", "Leads/actions/count")
    assert crm.org.session.credits_spent - before == 50
    await crm.request("GET", "settings/territories")
    assert crm.org.session.credits_spent - before == 51


async def test_scopes_are_checked_before_anything_is_sent(crm):
    from zcrm_tools.http.session import Session

    class Never:
        async def token(self) -> str:
            raise AssertionError("asked for a token")

        async def renew(self, refused: str) -> str:
            raise AssertionError(refused)

    crm.org.session  # noqa: B018 — the profile's own, which is not used here
    session = Session("http://localhost", Never(), granted=parse("ZohoCRM.modules.leads.READ"))
    org = type(crm.org)(crm.org.profile, session, crm.org.catalogue)
    for method, path in (("GET", "Deals"), ("POST", "Leads"), ("GET", "settings/roles")):
        with pytest.raises(ScopeMissing):
            await passthrough.request(org, method, path)


def test_every_operation_of_the_tables_is_found_by_its_own_path():
    parts = {
        "module": "Leads", "id": "554023000000000001", "related": "Products", "attachment": "1", "to": "1", "user": "1",
        "job": "1", "file": "1.zip", "org": "org1", "message": "1",
    }  # fmt: skip
    for endpoint in operations.OPERATIONS.values():
        found = operations.find(endpoint.method, endpoint.url(**parts))
        assert found is not None
        assert found[0] is endpoint, endpoint.name


async def test_what_shapes_the_org_is_known_at_once(crm: AsyncClient):
    assert "Shoe_Size" not in await crm.leads.fields()
    field = {"field_label": "Shoe Size", "data_type": "text", "length": 20}
    await crm.request("POST", "settings/fields", params={"module": "Leads"}, json={"fields": [field]})
    assert "Shoe_Size" in await crm.leads.fields()
