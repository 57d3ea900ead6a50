"""The control plane: it looks, resets and hands out grants, and lets no foreign page do so."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from zcrm_tools.emulator import FrozenClock, open_emulator

BASE = "http://emulator.test"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LEAD = {"Last_Name": "Doe", "Company": "Acme", "Email": "doe@example.com"}


@pytest.fixture
def emulator():
    opened = open_emulator(seed="empty", clock=FrozenClock(NOW))
    yield opened
    opened.close()


@pytest.fixture
async def http(emulator):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=emulator.app), base_url=BASE) as client:
        yield client


@pytest.fixture
def lead_id(emulator):
    emulator.store.load("Leads", [LEAD])
    return emulator.store.fetch('SELECT id FROM "Leads"')[0][0]


async def test_health_counts_the_records(http, lead_id):
    body = (await http.get("/__emulator__/health")).json()
    assert body["status"] == "ok"
    assert body["at"] == NOW.isoformat()
    assert body["records"]["Leads"] == 1
    assert body["records"]["Deals"] == 0
    assert "Users" not in body["records"]


async def test_a_stored_row_is_shown_with_raw_columns(http, lead_id):
    row = (await http.get(f"/__emulator__/records/Leads/{lead_id}")).json()
    assert row["id"] == lead_id
    assert row["Created_Time"] == int(NOW.timestamp())
    assert LEAD.items() <= row.items()
    assert (await http.get("/__emulator__/records/Leads/count")).json() == {"count": 1}


@pytest.mark.parametrize("path", ["Leads/1", "Rockets/1", "Rockets/count", "sqlite_master/count"])
async def test_what_the_store_does_not_hold_is_a_404(http, path):
    reply = await http.get(f"/__emulator__/records/{path}")
    assert reply.status_code == 404


async def test_the_journal_tells_who_asked_for_what_and_hides_tokens_of_accounts(emulator, http):
    held = emulator.credentials
    await http.get("/crm/v8/Leads", params={"fields": "Last_Name"})
    await http.get(
        "/crm/v8/Leads?fields=Last_Name", headers={"Authorization": f"Zoho-oauthtoken {held.access_token}"}
    )
    await http.post("/oauth/v2/token/revoke", params={"token": held.refresh_token})
    await http.get("/__emulator__/health")
    (user_id,) = emulator.store.fetch('SELECT id FROM "Users"')[0]
    shown = (await http.get("/__emulator__/requests")).json()["requests"]
    at = NOW.isoformat(timespec="milliseconds")
    leads = {"method": "GET", "path": "/crm/v8/Leads", "query": "fields=Last_Name", "at": at}
    revoke = {"method": "POST", "path": "/oauth/v2/token/revoke", "query": "", "at": at}
    assert shown == [
        {**leads, "status": 401, "user": None},
        {**leads, "status": 204, "user": str(user_id)},
        {**revoke, "status": 200, "user": None},
    ]


async def test_the_journal_keeps_the_last_ten_thousand(emulator, http):
    scope = {"path": "/crm/v8/Leads", "query_string": b"", "method": "GET", "state": {}}
    for status in range(10_005):
        emulator.journal.add(scope, status)
    shown = (await http.get("/__emulator__/requests")).json()["requests"]
    assert [shown[0]["status"], shown[-1]["status"], len(shown)] == [5, 10_004, 10_000]


async def test_reset_brings_the_seeded_org_back_and_keeps_the_tokens(emulator, http, lead_id):
    headers = {"Authorization": f"Zoho-oauthtoken {emulator.credentials.access_token}"}
    users = emulator.store.fetch('SELECT * FROM "Users"')
    assert (await http.post("/__emulator__/reset")).json()["records"]["Leads"] == 0
    assert emulator.store.fetch('SELECT * FROM "Users"') == users
    assert (await http.get("/__emulator__/requests")).json() == {"requests": []}
    assert (await http.get("/crm/v8/Leads?fields=Last_Name", headers=headers)).status_code == 204


async def test_a_limited_grant_holds_just_the_scopes_asked_for(emulator, http):
    made = await http.post("/__emulator__/grants", json={"scopes": ["ZohoCRM.modules.leads.READ"]})
    assert made.status_code == 201
    assert set(made.json()) == {"code", "refresh_token", "access_token"}
    assert emulator.grants.holder(made.json()["access_token"]).scopes == ("ZohoCRM.modules.leads.READ",)


async def test_a_grant_can_speak_for_another_user(emulator, http):
    emulator.store.load_users(
        [{"id": 77, "first_name": "Rita", "last_name": "Rep", "email": "rita@example.com"}]
    )
    body = {"scopes": ["ZohoCRM.users.READ"], "user_id": "77"}
    made = (await http.post("/__emulator__/grants", json=body)).json()
    assert emulator.grants.holder(made["access_token"]).user_id == 77


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("grants", {}),
        ("grants", {"scopes": []}),
        ("grants", {"scopes": "ZohoCRM.users.READ"}),
        ("grants", {"scopes": [1]}),
        ("grants", {"scopes": ["ZohoCRM.nonsense.READ"]}),
        ("grants", {"scopes": ["ZohoCRM.users.READ"], "user_id": "5"}),
        ("grants", {"scopes": ["ZohoCRM.users.READ"], "user_id": "x"}),
        ("grants", []),
        ("clients", {"redirect_uris": ["https://app.example.com/"]}),
        ("clients", {"name": "A", "redirect_uris": ["javascript:alert(1)"]}),
        ("clients", {"name": "A"}),
    ],
)
async def test_a_wrong_request_says_what_is_wrong(http, path, body):
    reply = await http.post(f"/__emulator__/{path}", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]


async def test_a_body_that_is_not_json_is_refused(http):
    reply = await http.post("/__emulator__/grants", content=b"{scopes")
    assert reply.status_code == 400
    assert "not JSON" in reply.json()["error"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://emulator.test:81"])
async def test_a_page_of_another_origin_cannot_reset(emulator, http, lead_id, origin):
    reply = await http.post("/__emulator__/reset", headers={"Origin": origin})
    assert reply.status_code == 403
    assert emulator.store.count("Leads") == 1
    assert (await http.post("/__emulator__/reset", headers={"Origin": BASE})).status_code == 200


async def test_only_this_machine_is_answered_when_bound_to_it(emulator, http):
    emulator.app.loopback_only = True
    refused = await http.get("/__emulator__/health")
    assert refused.status_code == 403
    assert "--allow-remote" in refused.text
    for host in ("localhost:8080", "127.0.0.1", "[::1]:9"):
        assert (await http.get("/__emulator__/health", headers={"Host": host})).status_code == 200
