"""Opening, reopening and sharing an org."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from zcrm_tools.emulator import Clock, FrozenClock, open_emulator

BASE = "http://emulator.test"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def client_of(emulator):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=emulator.app), base_url=BASE)


def test_the_demo_org_is_the_same_for_the_same_number_and_time():
    def everything(number):
        opened = open_emulator(number=number, clock=FrozenClock(NOW))
        tables = {name: opened.store.fetch(f'SELECT * FROM "{name}"') for name in opened.store.modules}
        opened.close()
        return tables

    first = everything(7)
    assert first == everything(7)
    assert first != everything(8)
    assert sum(map(len, first.values())) > 1_000


async def test_reset_undoes_every_change_to_the_demo_org():
    emulator = open_emulator(clock=FrozenClock(NOW))
    before = {name: emulator.store.fetch(f'SELECT * FROM "{name}"') for name in emulator.store.modules}
    lead = emulator.store.fetch('SELECT id FROM "Leads"')[0][0]
    emulator.store.delete("Leads", lead, by=0)
    emulator.store.load("Leads", [{"Last_Name": "Doe"}])
    emulator.reset()
    after = {name: emulator.store.fetch(f'SELECT * FROM "{name}"') for name in emulator.store.modules}
    assert after == before
    emulator.close()


async def test_a_file_keeps_the_org_and_every_credential_given_for_it(tmp_path):
    db = tmp_path / "org.db"
    first = open_emulator(db, seed="empty")
    first.store.load("Leads", [{"Last_Name": "Doe", "Company": "Acme"}])
    first.close()
    second = open_emulator(db, seed="demo")
    assert second.store.count("Leads") == 1, "an existing file is opened as it is"
    assert second.credentials.client_id != first.credentials.client_id
    assert second.credentials.org_id == first.credentials.org_id
    async with client_of(second) as http:
        for held in (first.credentials, second.credentials):
            data = {
                "grant_type": "refresh_token",
                "client_id": held.client_id,
                "client_secret": held.client_secret,
                "refresh_token": held.refresh_token,
            }
            assert "access_token" in (await http.post("/oauth/v2/token", data=data)).json()
    second.close()


async def test_two_emulators_share_a_file(tmp_path):
    db = tmp_path / "org.db"
    one = open_emulator(db, seed="empty")
    two = open_emulator(db, seed="empty")
    one.store.load("Leads", [{"Last_Name": "Doe", "Company": "Acme"}])
    assert two.store.count("Leads") == 1
    assert one.store.count("Users") == 1
    assert two.grants.holder(one.credentials.access_token) is not None
    one.close()
    two.close()


async def test_an_error_inside_is_zohos_500_and_a_traceback_in_the_log(caplog):
    emulator = open_emulator(seed="empty")
    token = emulator.credentials.access_token
    emulator.store.execute('ALTER TABLE "Leads" RENAME TO gone')
    async with client_of(emulator) as http:
        with caplog.at_level(logging.ERROR):
            reply = await http.get(
                "/crm/v8/Leads?fields=Last_Name", headers={"Authorization": f"Zoho-oauthtoken {token}"}
            )
    assert reply.status_code == 500
    assert reply.json() == {
        "code": "INTERNAL_ERROR",
        "details": {},
        "message": "Internal Server Error",
        "status": "error",
    }
    assert "Traceback" in caplog.text
    assert token not in caplog.text
    assert [entry.status for entry in emulator.journal] == [500]
    emulator.close()


@pytest.mark.parametrize(("given", "word"), [({"seed": "other"}, "demo, empty"), ({"scale": 0}, "scale")])
def test_a_wrong_seed_or_scale_is_refused(given, word):
    with pytest.raises(ValueError, match=word):
        open_emulator(**given)


def test_a_clock_can_be_frozen_and_advanced():
    clock = Clock.system()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    ahead = clock.advance(timedelta(days=1))
    assert ahead - datetime.now(UTC) > timedelta(hours=23)
    clock.freeze(NOW)
    assert clock.now() == clock.now() == NOW
    assert clock.advance(timedelta(seconds=90)) == NOW + timedelta(seconds=90)
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="aware"):
        FrozenClock(datetime(2026, 11, 24))  # noqa: DTZ001 - the refusal of a naive time is what is tested


def test_importing_the_emulators_name_loads_neither_starlette_nor_sqlite():
    code = "import sys, zcrm_tools.emulator; print(sorted({'starlette', 'sqlite3', 'uvicorn'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
