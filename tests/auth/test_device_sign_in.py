"""Zoho's device flow, polled on the emulator's clock: waiting moves the time instead of passing it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from zcrm_tools import scopes
from zcrm_tools.auth import walkthrough
from zcrm_tools.auth.flows import device
from zcrm_tools.auth.flows.asked import Asked
from zcrm_tools.auth.profiles import of_data_center
from zcrm_tools.emulator.app import open_emulator
from zcrm_tools.errors import ClientRejected, LoginRequired, OutcomeUnknown
from zcrm_tools.http.inprocess import InProcess

SCOPES = tuple(sorted(scopes.parse("ZohoCRM.org.READ,ZohoCRM.modules.leads.READ")))


@pytest.fixture
def asked(emulator, profile):
    client_id, secret = emulator.grants.register("a television", [], "device")
    return Asked(profile.model_copy(update={"client_id": client_id}), SecretStr(secret), SCOPES)


@pytest.fixture
def polls(emulator):
    return lambda: sum(entry.path == "/oauth/v3/device/token" for entry in emulator.journal)


async def decide(code: device.Code, decision: str) -> None:
    async with httpx.AsyncClient() as person:
        form = {"user_code": code.user_code, "decision": decision}
        done = await person.post(code.verification_url, data=form)
        assert done.status_code == 200, done.text


@pytest.fixture
def sign_in(asked, time):
    """`sign_in(after=2, decision="accept")`: the person decides while the second wait goes on; never when `after` is 0."""

    async def run(after=1, decision="accept", interval=device.INTERVAL, asked=asked, **options):
        shown, waits = [], []

        async def sleep(seconds):
            waits.append(seconds)
            time.pass_by(seconds=interval)
            if len(waits) == after:
                await decide(shown[0], decision)

        return await device.sign_in(asked, on_code=shown.append, sleep=sleep, **options), shown, waits

    return run


@pytest.mark.evidence("auth.device")
async def test_a_code_that_is_typed_in_elsewhere_brings_lasting_tokens(sign_in, polls, emulator):
    found, (code,), waits = await sign_in(after=3)
    assert polls() == len(waits) == 3
    assert emulator.grants.holder(found.grant.access_token.get_secret_value()) is not None
    assert found.grant.refresh_token is not None
    assert set(found.grant.scopes.split()) == set(map(str, SCOPES))
    assert code.life.total_seconds() == 300


@pytest.mark.evidence("auth.device")
async def test_zoho_is_asked_no_more_than_every_thirty_seconds(sign_in):
    _, _, waits = await sign_in(after=2)
    assert waits == [30.0, 30.0]


async def test_an_answer_to_slow_down_only_means_waiting_longer(sign_in, polls):
    found, _, _ = await sign_in(after=2, interval=20)
    assert found.grant.refresh_token is not None
    assert polls() > 2


async def test_a_network_that_fails_for_a_while_does_not_end_it(sign_in, asked, emulator):
    lossy = replace(asked, transport=InProcess(emulator.app))
    emulator.faults.lay({"kind": "drop_request", "path": "/oauth/v3/device/token", "times": 2}, frozenset())
    found, _, waits = await sign_in(after=1, asked=lossy)
    assert found.grant.refresh_token is not None
    assert len(waits) == 3
    emulator.faults.lay(
        {"kind": "drop_request", "path": "/oauth/v3/device/token", "times": None}, frozenset()
    )
    with pytest.raises(OutcomeUnknown):
        await sign_in(after=0, asked=lossy)


async def test_declining_ends_it_at_once(sign_in, polls):
    with pytest.raises(LoginRequired) as caught:
        await sign_in(decision="reject")
    assert caught.value.problem.code == "ACCESS_DENIED"
    assert polls() == 1


@pytest.mark.parametrize("interval", [30, 90])
async def test_a_code_that_nobody_types_in_runs_out(sign_in, interval):
    """By our count, or by Zoho's word when its clock runs ahead of ours."""
    with pytest.raises(LoginRequired, match="ran out") as caught:
        await sign_in(after=0, interval=interval)
    assert caught.value.problem.code == "CODE_EXPIRED"


async def test_a_client_of_another_type_is_told_apart(emulator, profile):
    client_id, secret = emulator.grants.register("a website", ["https://app.example.com/"])
    other = Asked(profile.model_copy(update={"client_id": client_id}), SecretStr(secret), SCOPES)
    with pytest.raises(ClientRejected):
        await device.sign_in(other, on_code=pytest.fail)


def test_the_screen_warns_of_codes_that_others_started():
    shown = walkthrough.device_code(
        device.Code("BCDFGHJK", "https://accounts.zoho.eu/x", timedelta(minutes=5))
    )
    assert "Only if you started this yourself" in shown


@pytest.mark.evidence("auth.device-other-dc")
async def test_a_person_of_another_data_centre_is_followed_there(tmp_path):
    """Two emulators on one file, one at each of Zoho's hosts: what they are asked never leaves this process."""
    us, eu = (
        open_emulator(tmp_path / "org.db", seed="empty"),
        open_emulator(tmp_path / "org.db", seed="empty"),
    )
    hosts = {"accounts.zoho.com": us.app, "accounts.zoho.eu": eu.app}
    ((user,),) = us.store.fetch('SELECT id FROM "Users"')
    for emulator, where in ((us, {"homes": {str(user): "eu"}}), (eu, {"location": "eu"})):
        async with browser(emulator, "http://localhost") as control:
            assert (await control.patch("/__emulator__/datacenters", json=where)).status_code == 200
    seen = []

    async def zoho(scope, receive, send):
        host = dict(scope["headers"])[b"host"].decode()
        seen.append((host, scope["path"]))
        await hosts[host](scope, receive, send)

    client_id, secret = us.grants.register("a television", [], "device")
    transport = InProcess(zoho)
    asked = Asked(
        of_data_center("tv", "us", "production", client_id), SecretStr(secret), SCOPES, transport=transport
    )

    codes = []

    async def person(_seconds):
        for emulator in (us, eu):
            emulator.clock.advance(timedelta(seconds=device.INTERVAL))
        if len(seen) == 1:
            form = {"user_code": codes[0].user_code, "decision": "accept"}
            async with browser(us, "https://accounts.zoho.com") as page:
                assert (await page.post(codes[0].verification_url, data=form)).status_code == 200

    found = await device.sign_in(asked, on_code=codes.append, sleep=person)
    assert found.profile.accounts_url == "https://accounts.zoho.eu"
    assert found.profile.api_url == "https://www.zohoapis.eu"
    assert found.grant.refresh_token is not None
    assert [host for host, path in seen if path.endswith("device/token")] == [
        "accounts.zoho.com",
        "accounts.zoho.eu",
    ]
    us.close()
    eu.close()


def browser(emulator, at):
    return httpx.AsyncClient(transport=httpx.ASGITransport(emulator.app), base_url=at)
