"""Each diagnosis, made to happen: by the emulator where Zoho is at fault, by the machine where that is."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from click.testing import CliRunner
from starlette.responses import JSONResponse

from zcrm_tools import doctor
from zcrm_tools.auth import profiles
from zcrm_tools.cli import zcrm
from zcrm_tools.emulator import permissions
from zcrm_tools.emulator.app import open_emulator
from zcrm_tools.emulator.grants import Consent, Holder
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.settings import from_environment


@pytest.fixture
def env(tmp_path, emulator, emulator_url):
    """A whole sign-in in the environment; tests change one thing of it."""
    held = emulator.credentials
    return {
        "ZCRM_HOME": str(tmp_path / "home"),
        "ZCRM_API_URL": emulator_url,
        "ZCRM_ACCOUNTS_URL": emulator_url,
        "ZCRM_CLIENT_ID": held.client_id,
        "ZCRM_CLIENT_SECRET": held.client_secret,
        "ZCRM_REFRESH_TOKEN": held.refresh_token,
        "ZCRM_SCOPES": "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.ALL,ZohoCRM.org.ALL,ZohoCRM.coql.READ,"
        "ZohoSearch.securesearch.READ",
    }


async def examined(env, **options):
    found = {f.check: f for f in await doctor.examine(from_environment(env), **options)}
    assert list(found) == list(doctor.CHECKS)
    return found


async def one_fault(env, check, code, **options):
    """The only bad finding; what depends on it is skipped, not guessed."""
    found = await examined(env, **options)
    bad = list(doctor.unhealthy(list(found.values())))
    assert [(f.check, f.code) for f in bad] == [(check, code)]
    assert bad[0].fix
    return bad[0]


async def test_a_healthy_sign_in_is_healthy_everywhere(env, mints):
    found = await examined(env)
    assert {f.health for f in found.values()} == {"ok"}, found
    assert mints() == 1


async def test_nobody_signed_in(tmp_path):
    fault = await one_fault({"ZCRM_HOME": str(tmp_path)}, "profile", "LOGIN_REQUIRED")
    assert "zcrm login" in fault.fix


async def test_half_a_sign_in(env):
    del env["ZCRM_REFRESH_TOKEN"]
    fault = await one_fault(env, "profile", "SIGN_IN_INCOMPLETE")
    assert "ZCRM_REFRESH_TOKEN" in fault.fix


async def test_a_sandbox_host_of_older_guides_is_refused_with_the_right_way(env):
    fault = await one_fault({**env, "ZCRM_DATA_CENTER": "eu"}, "profile", "TWO_TARGETS")
    assert "Unset" in fault.fix


async def test_a_wrong_data_centre_or_secret(env):
    for name in ("ZCRM_CLIENT_SECRET", "ZCRM_CLIENT_ID"):
        fault = await one_fault({**env, name: "1000.WRONG"}, "token", "WRONG_CLIENT_OR_DATA_CENTER")
        assert "data centre" in fault.fix


async def test_a_revoked_sign_in(env, emulator):
    emulator.grants.revoke(emulator.credentials.refresh_token)
    await one_fault(env, "token", "SIGN_IN_GONE")


async def test_a_sign_in_that_was_revoked_while_its_token_was_still_shared(env, emulator):
    await examined(env)
    emulator.grants.revoke(emulator.credentials.refresh_token)
    await one_fault(env, "api", "SIGN_IN_GONE")


async def test_a_throttled_token_endpoint(env):
    throttled = JSONResponse({"error": "Access Denied", "error_description": "too many requests"}, 400)
    fault = await one_fault(env, "token", "THROTTLED", transport=InProcess(throttled))
    assert "ten minutes" in fault.fix


async def test_the_emulators_own_throttle_after_ten_tokens(env, emulator):
    """Asked for by another program, so that our own count knows nothing of them."""
    held = emulator.credentials
    form = {
        "grant_type": "refresh_token",
        "client_id": held.client_id,
        "client_secret": held.client_secret,
        "refresh_token": held.refresh_token,
    }
    async with httpx.AsyncClient() as other:
        for _ in range(10):
            await other.post(f"{env['ZCRM_ACCOUNTS_URL']}/oauth/v2/token", data=form)
    fault = await one_fault(env, "token", "THROTTLED")
    assert "ten minutes" in fault.fix


async def test_a_keyring_that_cannot_be_used(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    profiles.save(tmp_path / "home", profiles.of_data_center("default", "eu", "production", "1000.ID"))
    fault = await one_fault({"ZCRM_HOME": str(tmp_path / "home")}, "secrets", "NO_KEYRING")
    assert "Unlock it" in fault.fix


async def test_no_network(env):
    nowhere = {"ZCRM_ACCOUNTS_URL": "http://127.0.0.1:1", "ZCRM_API_URL": "http://127.0.0.1:1"}
    await one_fault({**env, **nowhere}, "token", "NO_NETWORK")


async def test_a_scope_that_is_missing_at_the_api(env, emulator):
    client, user = (
        emulator.credentials.client_id,
        next(iter(emulator.store.fetch('SELECT id FROM "Users"')))[0],
    )
    code = emulator.grants.new_code(Consent(Holder(client, user, ("ZohoCRM.modules.leads.READ",))))
    narrow = emulator.grants.redeem(code, client, "")
    fault = await one_fault({**env, "ZCRM_REFRESH_TOKEN": narrow.refresh_token}, "api", "SCOPE_MISSING")
    assert "ZohoCRM.org.READ" in fault.fix


async def test_a_token_of_another_environment(env, serve):
    """Accounts gives the token, and the API of another org's environment does not know it."""
    sandbox = open_emulator(seed="empty")
    fault = await one_fault({**env, "ZCRM_API_URL": serve(sandbox.app)}, "api", "ENVIRONMENT_MIX_UP")
    assert "sandbox or developer" in fault.fix
    assert "--environment" in fault.fix
    assert [entry.status for entry in sandbox.journal] == [401, 401]
    sandbox.close()


async def test_an_org_that_calls_itself_a_sandbox_under_a_production_profile(env, emulator):
    emulator.store.load_org({**emulator.store.org(), "type": "sandbox"})
    found = (await examined(env))["api"]
    assert (found.health, found.code) == ("warning", "ENVIRONMENT_MIX_UP")
    assert "--environment sandbox" in found.fix


async def test_a_user_profile_without_api_access(env):
    refused = {
        "code": "NO_PERMISSION",
        "details": {"permissions": ["Crm_Implied_Api_Access"]},
        "message": "permission denied",
        "status": "error",
    }

    async def denied(scope, receive, send):
        token = {"access_token": "1000.a", "expires_in": 3600}
        answer = JSONResponse(token) if scope["path"].startswith("/oauth") else JSONResponse(refused, 403)
        await answer(scope, receive, send)

    fault = await one_fault(env, "api", "NO_API_ACCESS", transport=InProcess(denied))
    assert "tick API access" in fault.fix


async def test_a_clock_that_is_off(env):
    ahead = await one_fault(env, "clock", "CLOCK_SKEW", now=lambda: datetime.now(UTC) + timedelta(minutes=7))
    assert "7 minutes ahead" in ahead.said


async def test_the_emulators_own_clock_that_is_off(env):
    """As the person's is, seen from the server."""
    async with httpx.AsyncClient() as control:
        plan = {"faults": [{"kind": "skew", "seconds": 3600, "path": "/crm/*"}]}
        laid = await control.post(f"{env['ZCRM_API_URL']}/__emulator__/faults", json=plan)
        assert laid.status_code == 201, laid.text
    behind = await one_fault(env, "clock", "CLOCK_SKEW")
    assert "60 minutes behind" in behind.said


async def test_the_emulators_own_user_without_api_access(env, emulator):
    names = dict(emulator.store.fetch('SELECT name, id FROM "__profiles"'))
    user = next(iter(emulator.store.fetch('SELECT id FROM "Users"')))[0]
    emulator.store.update("Users", user, {"profile": names["Standard"]})
    permissions.switch(emulator.store, names["Standard"], {"Crm_Implied_Api_Access": False})
    fault = await one_fault(env, "api", "NO_API_ACCESS")
    assert "tick API access" in fault.fix


async def test_scopes_that_some_tools_need(env):
    found = await examined({**env, "ZCRM_SCOPES": "ZohoCRM.org.READ,ZohoCRM.users.READ"})
    assert found["scopes"].code == "SCOPES_LACKING"
    assert "run_coql" in found["scopes"].said
    assert "ZohoCRM.coql.READ" in found["scopes"].fix
    assert (await examined({**env, "ZCRM_SCOPES": ""}))["scopes"].code == "SCOPES_UNKNOWN"


async def test_a_key_that_is_missing_for_the_encrypted_file(env, tmp_path):
    sealed = profiles.of_data_center("default", "eu", "production", "1000.ID").model_copy(
        update={"store": "encrypted-file"}
    )
    profiles.save(tmp_path / "home", sealed)
    fault = await one_fault({"ZCRM_HOME": str(tmp_path / "home")}, "secrets", "NO_KEY")
    assert "ZCRM_KEY_FILE" in fault.fix


async def test_a_state_file_that_is_damaged(env, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "state.db").write_text("no database" * 100)
    fault = await one_fault(env, "writes", "STATE_UNUSABLE")
    assert "move it away" in fault.fix


async def test_a_date_that_no_server_should_send_is_no_diagnosis(env, emulator):
    async def odd(scope, receive, send):
        async def dated(message):
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"date", b"yesterday")]}
            await send(message)

        await emulator.app(scope, receive, dated)

    found = await examined(env, transport=InProcess(odd))
    assert (found["clock"].health, found["api"].health) == ("skipped", "ok")


async def test_a_certificate_that_is_not_trusted(env, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    async with server:
        fault = await one_fault({**env, "ZCRM_ACCOUNTS_URL": url}, "token", "UNTRUSTED_CERTIFICATE")
    assert "SSL_CERT_FILE" in fault.fix


def test_the_command_prints_marks_and_fixes_and_no_secret(env):
    good = CliRunner(env=env).invoke(zcrm, ["doctor"])
    assert good.exit_code == 0, good.output
    assert good.output.count("✓") == len(doctor.CHECKS)
    elsewhere = {**env, "ZCRM_CLIENT_SECRET": "wrong", "ZCRM_HOME": env["ZCRM_HOME"] + "-of-another"}
    bad = CliRunner(env=elsewhere).invoke(zcrm, ["doctor"])
    assert bad.exit_code == 1
    assert "→" in bad.output
    for name in ("ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN"):
        assert env[name] not in good.output + bad.output
