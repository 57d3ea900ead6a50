"""Calls at once: an edition's limit for a client, and a smaller one for heavy calls."""

from __future__ import annotations

import asyncio

import pytest

SLOW = {"kind": "slow", "seconds": 0.05, "times": None}


async def slowly(api, **settings):
    assert (await api.http.patch("/__emulator__/limits", json=settings)).status_code == 200
    assert (await api.http.post("/__emulator__/faults", json=SLOW)).status_code == 201


async def statuses(calls):
    return sorted(reply.status_code for reply in await asyncio.gather(*calls))


@pytest.mark.evidence("limits.concurrency")
async def test_calls_beyond_the_editions_limit_are_refused_while_the_others_run(api):
    await slowly(api, edition="free")
    assert await statuses(api.get("/org") for _ in range(8)) == [200] * 5 + [429] * 3
    assert await statuses(api.get("/org") for _ in range(5)) == [200] * 5, "places are given back"


@pytest.mark.evidence("limits.concurrency")
async def test_the_limit_is_a_clients_own(api):
    await slowly(api, at_once=2)
    made = (
        await api.http.post(
            "/__emulator__/clients", json={"name": "Other", "redirect_uris": ["http://localhost/"]}
        )
    ).json()
    holder = api.emulator.grants.holder(api.emulator.credentials.access_token)
    other = api.emulator.grants.issue(type(holder)(made["client_id"], holder.user_id, holder.scopes))
    headers = {"Authorization": f"Zoho-oauthtoken {other.access_token}"}
    calls = [api.get("/org", headers=given) for given in (None, None, headers, headers)]
    assert await statuses(calls) == [200] * 4


@pytest.mark.evidence("limits.sub-concurrency")
async def test_heavy_calls_have_a_limit_of_their_own(api):
    await slowly(api)
    heavy = "select Last_Name from Leads where id is not null"
    told = await statuses([api.coql(heavy) for _ in range(12)] + [api.get("/org") for _ in range(3)])
    assert told == [200] * 13 + [429] * 2


@pytest.mark.evidence("limits.concurrency")
async def test_a_call_that_fails_gives_its_place_back(api):
    await slowly(api, at_once=1)
    for _ in range(3):
        assert (await api.get("/Leads", per_page="x")).status_code == 400
    assert (await api.get("/org")).status_code == 200
