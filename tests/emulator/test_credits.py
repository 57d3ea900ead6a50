"""The day's credits: what calls cost, when they are used up, and the one header that tells."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from zcrm_tools.emulator.credits import price

HEADER = "X-API-CREDITS-REMAINING"


def rows(count, key="data"):
    return json.dumps({key: [{}] * count}).encode()


@pytest.mark.evidence("limits.prices")
@pytest.mark.parametrize(
    ("route", "query", "body", "credits", "heavy"),
    [
        ("get_record", {}, b"", 1, False),
        ("list_records", {}, b"", 1, False),
        ("list_records", {"sort_by": "id"}, b"", 1, True),
        ("list_records", {"cvid": "1"}, b"", 3, True),
        ("create_records", {}, rows(1), 1, False),
        ("create_records", {}, rows(10), 1, False),
        ("create_records", {}, rows(11), 2, True),
        ("upsert_records", {}, rows(100), 10, True),
        ("update_records", {}, b"{", 1, False),
        ("coql", {}, b'{"select_query":"select id from Leads"}', 1, True),
        ("coql", {}, b'{"select_query":"select id from Leads limit 200"}', 1, True),
        ("coql", {}, b'{"select_query":"select id from Leads LIMIT 201"}', 2, True),
        ("coql", {}, b'{"select_query":"select id from Leads limit 0, 2000"}', 3, True),
        ("count_records", {}, b"", 50, False),
        ("convert_lead", {}, b"{}", 5, True),
        ("mass_convert", {}, b"{}", 200, False),
        ("send_mail", {}, b"{}", 20, True),
        ("merge_records", {}, b"{}", 50, False),
        ("add_tags", {}, rows(51, "ids"), 2, False),
        ("mass_delete", {}, rows(101, "ids"), 2, False),
        ("create_bulk_read", {}, b"{}", 50, False),
        ("create_bulk_write", {}, b"{}", 500, False),
        ("create_modules", {}, b"{}", 500, False),
        ("composite", {}, b"{}", 1, True),
        ("composite", {}, b'{"rollback_on_fail":true}', 2, True),
    ],
)
def test_a_call_costs_what_the_table_says(route, query, body, credits, heavy):
    found = price(route, query, body)
    assert (found.credits, found.heavy) == (credits, heavy)


async def limits(api, **settings):
    reply = await api.http.patch("/__emulator__/limits", json=settings)
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.mark.evidence("limits.editions")
@pytest.mark.parametrize(
    ("edition", "credits", "at_once"),
    [
        ("free", 5_000, 5),
        ("standard", 50_500, 10),
        ("professional", 51_000, 15),
        ("enterprise", 52_000, 20),
        ("ultimate", 54_000, 25),
    ],
)
async def test_an_edition_sets_the_credits_by_its_users_and_the_calls_at_once(api, edition, credits, at_once):
    told = await limits(api, edition=edition)
    assert (told["credits"], told["at_once"], told["heavy_at_once"]) == (credits, at_once, 10)


@pytest.mark.evidence("limits.editions")
async def test_an_edition_has_an_upper_bound(api):
    api.emulator.store.load_users(
        [{"last_name": str(n), "email": f"{n}@x.example"} | {"id": 900 + n} for n in range(300)]
    )
    assert (await limits(api, edition="standard"))["credits"] == 100_000


@pytest.mark.evidence("limits.exhausted")
async def test_a_call_beyond_the_days_credits_is_a_429_and_does_nothing(api, refused):
    await limits(api, credits=3)
    row = {"Last_Name": "Doe", "Company": "Acme"}
    before = api.emulator.store.count("Leads")
    for _ in range(3):
        assert (await api.write("POST", "/Leads", row)).status_code == 201
    reply = await api.write("POST", "/Leads", row)
    refused(reply, "TOO_MANY_REQUESTS", 429)
    assert "retry-after" not in reply.headers
    assert api.emulator.store.count("Leads") == before + 3


@pytest.mark.evidence("limits.exhausted")
async def test_a_dear_call_is_refused_where_a_cheap_one_still_fits(api, refused):
    await limits(api, credits=49)
    refused(await api.get("/Leads/actions/count"), "TOO_MANY_REQUESTS", 429)
    assert (await api.get("/Leads", fields="Last_Name")).status_code == 200


@pytest.mark.evidence("limits.rolling-day")
async def test_credits_come_back_a_day_after_they_were_spent(api, refused):
    await limits(api, credits=2)
    await api.get("/org")
    api.emulator.clock.advance(timedelta(hours=12))
    await api.get("/org")
    token = api.emulator.grants.holder(api.emulator.credentials.access_token)
    assert token is None, "half a day on, a new token is needed"

    async def get():
        fresh = (await api.http.post("/__emulator__/grants", json={"scopes": ["ZohoCRM.org.READ"]})).json()
        headers = {"Authorization": f"Zoho-oauthtoken {fresh['access_token']}"}
        return await api.get("/org", headers=headers)

    assert (await get()).status_code == 200
    refused(await get(), "TOO_MANY_REQUESTS", 429)
    api.emulator.clock.advance(timedelta(hours=12))
    assert (await get()).status_code == 200
    refused(await get(), "TOO_MANY_REQUESTS", 429)


@pytest.mark.evidence("limits.header")
async def test_what_is_left_is_told_from_half_use_on_and_no_other_header_tells(api):
    await limits(api, credits=10)
    replies = [await api.get("/org") for _ in range(10)]
    assert [reply.headers.get(HEADER) for reply in replies] == [None] * 4 + ["5", "4", "3", "2", "1", "0"]
    told = {name for reply in replies for name in reply.headers}
    assert not {name for name in told if "ratelimit" in name or name == "retry-after"}


@pytest.mark.evidence("limits.refused-calls")
async def test_a_refused_call_costs_and_one_without_a_token_does_not(api):
    await api.get("/Leads", per_page="x")
    assert (await api.http.get("/__emulator__/limits")).json()["used"] == 1
    await api.get("/org", headers={"Authorization": "Zoho-oauthtoken x"})
    assert (await api.http.get("/__emulator__/limits")).json()["used"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {"edition": "gold"},
        {"credits": -1},
        {"credits": "9"},
        {"mints": None},
        {"speed": 1},
        {"at_once": True},
    ],
)
async def test_a_wrong_limit_is_refused(api, body):
    before = (await api.http.get("/__emulator__/limits")).json()
    reply = await api.http.patch("/__emulator__/limits", json=body)
    assert reply.status_code == 400
    assert (await api.http.get("/__emulator__/limits")).json() == before


async def test_limits_survive_a_reset_and_what_was_used_does_not(api):
    await limits(api, edition="free")
    await api.get("/org")
    await api.http.post("/__emulator__/reset")
    told = (await api.http.get("/__emulator__/limits")).json()
    assert (told["edition"], told["used"]) == ("free", 0)


async def test_bulk_jobs_can_be_done_at_once_and_in_small_pages(api):
    limits = "/__emulator__/limits"
    assert (await api.http.get(limits)).json()["jobs_at_once"] is None
    for wrong in (
        {"jobs_at_once": 2},
        {"bulk_read_page": -1},
        {"bulk_read_page": True},
        {"jobs_at_once": "1"},
    ):
        assert (await api.http.patch(limits, json=wrong)).status_code == 400, wrong
    told = await api.http.patch(limits, json={"jobs_at_once": 1, "bulk_read_page": 2})
    assert (told.json()["jobs_at_once"], told.json()["bulk_read_page"]) == (1, 2)
    query = {"module": {"api_name": "Leads"}, "fields": ["Last_Name"]}
    made = await api.http.post("/crm/bulk/v8/read", json={"query": query})
    (item,) = made.json()["data"]
    (job,) = (await api.http.get(f"/crm/bulk/v8/read/{item['details']['id']}")).json()["data"]
    assert job["state"] == "COMPLETED"
    assert (job["result"]["count"], job["result"]["more_records"]) == (2, True)
    told = await api.http.patch(limits, json={"jobs_at_once": None, "bulk_read_page": None})
    assert (told.json()["jobs_at_once"], told.json()["bulk_read_page"]) == (None, None)
