"""Fault plans, in this process and over a socket: the store tells what really happened, the client what it saw."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import httpx2
import pytest

from zcrm_tools.emulator import FrozenClock, open_emulator
from zcrm_tools.emulator.faults import KINDS
from zcrm_tools.emulator.serve import serving
from zcrm_tools.http.inprocess import InProcess

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LEAD = {"Last_Name": "Doe", "Company": "Acme"}
BASE = "http://localhost"


@pytest.fixture
def emulator():
    opened = open_emulator(seed="empty", clock=FrozenClock(NOW))
    yield opened
    opened.close()


@pytest.fixture(params=["in process", "on a socket"])
async def http(request, emulator):
    """A client by either carrier; they must see the same."""
    headers = {"Authorization": f"Zoho-oauthtoken {emulator.credentials.access_token}"}
    if request.param == "in process":
        async with httpx2.AsyncClient(
            transport=InProcess(emulator.app), base_url=BASE, headers=headers, timeout=0.5
        ) as client:
            yield client
        return
    with serving(emulator.app) as url:
        async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=0.5) as client:
            yield client


async def lay(http, *plans):
    reply = await http.post("/__emulator__/faults", json={"faults": list(plans)})
    assert reply.status_code == 201, reply.text
    return reply.json()["faults"]


async def create(http, **beside):
    return await http.post("/crm/v8/Leads", json={"data": [LEAD]}, **beside)


async def test_a_refusal_has_the_code_and_status_of_the_plan_and_nothing_happens(emulator, http):
    plan = {
        "kind": "refuse",
        "status": 403,
        "code": "NO_PERMISSION",
        "message": "Permission denied",
        "details": {"permissions": ["Crm_Implied_Create_Leads"]},
    }
    await lay(http, {**plan, "route": "create_records"})
    reply = await create(http)
    assert reply.status_code == 403
    assert reply.json() == {
        "code": "NO_PERMISSION",
        "message": "Permission denied",
        "details": {"permissions": ["Crm_Implied_Create_Leads"]},
        "status": "error",
    }
    assert emulator.store.count("Leads") == 0
    assert (await create(http)).status_code == 201, "a plan takes one request unless it says more"


@pytest.mark.parametrize("seconds", [None, 7])
async def test_a_throttle_is_a_429_with_retry_after_only_when_asked(http, seconds):
    await lay(http, {"kind": "throttle"} if seconds is None else {"kind": "throttle", "retry_after": seconds})
    reply = await create(http)
    assert reply.status_code == 429
    assert reply.json()["code"] == "TOO_MANY_REQUESTS"
    assert reply.headers.get("retry-after") == (None if seconds is None else "7")


async def test_a_dropped_request_never_happened(emulator, http):
    await lay(http, {"kind": "drop_request"})
    with pytest.raises(httpx2.RemoteProtocolError):
        await create(http)
    assert emulator.store.count("Leads") == 0
    assert [entry.status for entry in emulator.journal] == [0]


async def test_a_dropped_reply_did_happen(emulator, http):
    await lay(http, {"kind": "drop_reply"})
    with pytest.raises(httpx2.RemoteProtocolError):
        await create(http)
    assert emulator.store.count("Leads") == 1
    assert [entry.status for entry in emulator.journal] == [0]
    assert (await create(http)).status_code == 201, "the next request goes through, on a new connection"


@pytest.mark.parametrize("cut", [0, 20, 10_000])
async def test_a_reset_in_mid_body_gives_the_head_and_never_the_whole_body(emulator, http, cut):
    await lay(http, {"kind": "reset", "bytes": cut})
    seen = b""
    with pytest.raises(httpx2.RemoteProtocolError):  # noqa: PT012 - the head comes, then the body breaks off
        async with http.stream("POST", "/crm/v8/Leads", json={"data": [LEAD]}) as reply:
            assert reply.status_code == 201
            promised = int(reply.headers["content-length"])
            async for part in reply.aiter_raw():
                seen += part
    assert len(seen) == min(cut, promised - 1)
    assert emulator.store.count("Leads") == 1


async def test_a_slow_answer_outlasts_an_impatient_client_and_happens_all_the_same(emulator, http):
    await lay(http, {"kind": "slow", "seconds": 0.3})
    with pytest.raises(httpx2.ReadTimeout):
        await create(http, timeout=0.1)
    deadline = time.monotonic() + 5
    while not emulator.store.count("Leads") and time.monotonic() < deadline:
        await http.get("/__emulator__/clock")
    assert emulator.store.count("Leads") == 1


async def test_a_trickling_answer_comes_whole_to_a_patient_client(http):
    await lay(http, {"kind": "slow", "seconds": 0.05, "trickle": True})
    started = time.monotonic()
    reply = await create(http)
    assert reply.json()["data"][0]["code"] == "SUCCESS"
    assert time.monotonic() - started >= 0.1


async def test_a_bad_gateway_is_html(emulator, http):
    await lay(http, {"kind": "bad_gateway"})
    reply = await create(http)
    assert reply.status_code == 502
    assert reply.headers["content-type"].startswith("text/html")
    assert "<html>" in reply.text
    assert emulator.store.count("Leads") == 0


@pytest.mark.evidence("accounts.error-status")
async def test_a_token_error_is_a_200(emulator, http):
    await lay(http, {"kind": "token_error", "code": "general_error", "route": "token"})
    held = emulator.credentials
    asked = {
        "grant_type": "refresh_token",
        "client_id": held.client_id,
        "client_secret": held.client_secret,
        "refresh_token": held.refresh_token,
    }
    reply = await http.post("/oauth/v2/token", data=asked)
    assert (reply.status_code, reply.json()) == (200, {"error": "general_error"})
    assert "access_token" in (await http.post("/oauth/v2/token", data=asked)).json()


@pytest.mark.evidence("faults.index-lag")
async def test_a_stale_index_hides_young_writes_from_search_and_count_and_from_nothing_else(emulator, http):
    await create(http)
    emulator.clock.advance(timedelta(seconds=30))
    await create(http)
    await lay(
        http,
        {"kind": "stale_index", "seconds": 20, "times": None, "route": "search_records"},
        {"kind": "stale_index", "seconds": 20, "times": None, "route": "count_records"},
    )
    search = "/crm/v8/Leads/search?criteria=(Last_Name:equals:Doe)"
    assert len((await http.get(search)).json()["data"]) == 1
    assert (await http.get("/crm/v8/Leads/actions/count")).json() == {"count": 1}
    assert len((await http.get("/crm/v8/Leads?fields=Last_Name")).json()["data"]) == 2
    emulator.clock.advance(timedelta(seconds=21))
    assert len((await http.get(search)).json()["data"]) == 2
    assert (await http.get("/crm/v8/Leads/actions/count")).json() == {"count": 2}


async def test_a_skewed_server_is_wrong_in_its_date_header_and_in_what_it_stores(emulator, http):
    await lay(http, {"kind": "skew", "seconds": -7200})
    skewed, right = await create(http), await create(http)
    dates = [parsedate_to_datetime(reply.headers["date"]) for reply in (skewed, right)]
    assert dates == [NOW - timedelta(hours=2), NOW]
    stored = emulator.store.fetch('SELECT Created_Time FROM "Leads" ORDER BY id')
    assert stored == [(int(NOW.timestamp()) - 7200,), (int(NOW.timestamp()),)]


async def test_a_skewed_server_does_not_make_a_token_older(http):
    await lay(http, {"kind": "skew", "seconds": 86_400})
    assert (await create(http)).status_code == 201


async def test_a_repeated_request_is_done_twice_and_answered_once(emulator, http):
    await lay(http, {"kind": "repeat"})
    reply = await create(http)
    assert reply.status_code == 201
    assert emulator.store.count("Leads") == 2


async def test_plans_are_consumed_in_order_and_accounted_for(http):
    first = {"kind": "refuse", "code": "FIRST", "status": 500, "route": "create_records", "times": 2}
    second = {"kind": "refuse", "code": "SECOND", "status": 500, "method": "post", "path": "/crm/v8/*"}
    never = {"kind": "bad_gateway", "module": "Deals"}
    await lay(http, first, second, never)
    codes = [(await create(http)).json().get("code") for _ in range(4)]
    assert codes == ["FIRST", "FIRST", "SECOND", None]
    report = (await http.get("/__emulator__/faults")).json()["faults"]
    assert [(one["fitted"], one["used"], one["left"]) for one in report] == [(2, 2, 0), (1, 1, 0), (0, 0, 1)]
    dropped = (await http.request("DELETE", "/__emulator__/faults")).json()["faults"]
    assert dropped == report
    assert (await http.get("/__emulator__/faults")).json()["faults"] == []


async def test_a_plan_can_let_some_requests_pass_first(http):
    await lay(http, {"kind": "bad_gateway", "skip": 2, "module": "Leads"})
    statuses = [(await create(http)).status_code for _ in range(4)]
    assert statuses == [201, 201, 502, 201]


@pytest.mark.parametrize(
    ("plan", "word"),
    [
        ({}, "kind"),
        ({"kind": "explode"}, "explode"),
        ({"kind": "throttle", "seconds": 3}, "seconds"),
        ({"kind": "refuse", "status": 200}, "status"),
        ({"kind": "refuse", "status": "500"}, "status"),
        ({"kind": "refuse", "status": True}, "status"),
        ({"kind": "slow", "seconds": -1}, "seconds"),
        ({"kind": "slow", "times": 0}, "times"),
        ({"kind": "slow", "times": "2"}, "times"),
        ({"kind": "slow", "route": "nowhere"}, "nowhere"),
        ({"kind": "token_error"}, "code"),
        ({"kind": "refuse", "details": []}, "details"),
    ],
)
async def test_a_wrong_plan_is_refused_and_none_of_its_company_is_laid(http, plan, word):
    good = {"kind": "bad_gateway"}
    reply = await http.post("/__emulator__/faults", json={"faults": [good, plan]})
    assert reply.status_code == 400
    assert word in reply.json()["error"]
    assert (await http.get("/__emulator__/faults")).json()["faults"] == []


async def test_the_control_plane_itself_never_fails_by_plan(http):
    await lay(http, {"kind": "bad_gateway", "times": None})
    assert (await http.get("/__emulator__/health")).status_code == 200
    (plan,) = (await http.get("/__emulator__/faults")).json()["faults"]
    assert (await http.request("DELETE", f"/__emulator__/faults/{plan['id']}")).status_code == 200
    assert (await http.request("DELETE", f"/__emulator__/faults/{plan['id']}")).status_code == 404
    assert (await create(http)).status_code == 201


async def test_every_kind_is_explained(http):
    kinds = (await http.get("/__emulator__/faults")).json()["kinds"]
    assert tuple(kinds) == KINDS
    assert all(kinds.values())


async def test_a_carrier_that_cannot_hang_up_raises_instead_of_answering(emulator):
    transport = httpx.ASGITransport(app=emulator.app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        await http.post("/__emulator__/faults", json={"kind": "drop_reply", "path": "/crm/*"})
        with pytest.raises(ConnectionResetError):
            await http.get("/crm/v8/Leads")
