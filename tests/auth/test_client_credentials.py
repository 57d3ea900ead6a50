"""Sign-in without a person: a self client in its own name, by hand and from the environment alone."""

from __future__ import annotations

import httpx
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from zcrm_tools import endpoints, scopes
from zcrm_tools.auth import profiles, signed_in
from zcrm_tools.auth.flows import client_credentials
from zcrm_tools.auth.flows.asked import Asked
from zcrm_tools.auth.store import opening
from zcrm_tools.cli import zcrm
from zcrm_tools.errors import AuthError, NotConfigured
from zcrm_tools.http.session import Session
from zcrm_tools.settings import from_environment

SCOPES = tuple(sorted(scopes.parse("ZohoCRM.org.READ,ZohoCRM.modules.leads.READ")))
SOID = "ZohoCRM.700000001"


@pytest.fixture
def own(emulator):
    """Id and secret of a self client."""
    return emulator.grants.register("our server", [], "self")


@pytest.fixture
def env(tmp_path, emulator_url, own):
    return {
        "ZCRM_HOME": str(tmp_path / "home"),
        "ZCRM_API_URL": emulator_url,
        "ZCRM_ACCOUNTS_URL": emulator_url,
        "ZCRM_CLIENT_ID": own[0],
        "ZCRM_CLIENT_SECRET": own[1],
        "ZCRM_SOID": SOID,
        "ZCRM_SCOPES": ",".join(map(str, SCOPES)),
    }


@pytest.mark.evidence("auth.client-credentials")
async def test_a_self_client_gets_tokens_in_its_own_name(profile, own, emulator):
    asked = Asked(profile.model_copy(update={"client_id": own[0]}), SecretStr(own[1]), SCOPES)
    found = await client_credentials.sign_in(asked, soid=SOID)
    assert emulator.grants.holder(found.grant.access_token.get_secret_value()) is not None
    assert found.grant.refresh_token is None
    assert found.profile.soid == SOID


@pytest.mark.evidence("auth.client-credentials")
async def test_another_organisation_is_refused(profile, own):
    asked = Asked(profile.model_copy(update={"client_id": own[0]}), SecretStr(own[1]), SCOPES)
    with pytest.raises(AuthError) as caught:
        await client_credentials.sign_in(asked, soid="ZohoCRM.1")
    assert caught.value.problem.code == "MISSING_ORG_INFO"


async def test_the_environment_alone_signs_in_and_asks_again_when_the_token_is_over(
    env, emulator, time, mints
):
    settings = from_environment(env)
    profile = profiles.resolve(settings)
    tokens = signed_in.open_tokens(profile, opening.of(profile, settings), home=settings.home, clock=time)
    session = Session(profile.api_url, tokens)
    assert (await session.call(endpoints.GET_ORG)).status == 200
    time.pass_by(minutes=61)
    assert (await session.call(endpoints.GET_ORG)).status == 200
    await session.aclose()
    assert mints() == 2


def test_the_organisations_id_alone_will_do(env):
    assert from_environment({**env, "ZCRM_SOID": "700000001"}).soid == SOID


@pytest.mark.parametrize("absent", ["ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_SCOPES"])
def test_a_part_of_it_is_refused_by_the_name_of_what_is_missing(env, absent):
    del env[absent]
    with pytest.raises(NotConfigured) as caught:
        profiles.resolve(from_environment(env))
    assert f"Set {absent}" in caught.value.problem.next_step


def test_it_is_not_mixed_with_a_refresh_token(env):
    with pytest.raises(NotConfigured, match="two ways"):
        profiles.resolve(from_environment({**env, "ZCRM_REFRESH_TOKEN": "1000.a.b"}))


def test_it_may_also_be_kept_as_a_profile(env, own, backend, keyring_store, emulator):
    """Only the secret is kept: there is no refresh token, and an empty entry would be one too many."""
    kept = {name: env[name] for name in ("ZCRM_HOME", "ZCRM_API_URL", "ZCRM_ACCOUNTS_URL")}
    run = lambda args, **more: CliRunner(env=kept).invoke(zcrm, args, obj=keyring_store, **more)  # noqa: E731
    done = run(
        ["login", "--flow", "client-credentials", "--scopes", "ZohoCRM.org.READ"],
        input=f"{own[0]}\n{own[1]}\n700000001\n",
    )
    assert done.exit_code == 0, done.output
    assert "Zoho CRM answers: Empty Org" in done.output
    assert [key.rsplit("/", 1)[-1] for key in backend.entries] == ["client_secret"]
    assert own[1] not in done.output
    token = emulator.store.fetch(
        "SELECT token FROM oauth_token t JOIN oauth_grant g ON g.id = t.grant_id WHERE g.client = ? AND t.expires > 0",
        (own[0],),
    )
    assert len(token) == 1
    assert run(["logout"]).exit_code == 0
    assert backend.entries == {}
    left = emulator.store.fetch(
        "SELECT token FROM oauth_token t JOIN oauth_grant g ON g.id = t.grant_id WHERE g.client = ?",
        (own[0],),
    )
    assert left == [], "its access token is ended too, as there is no refresh token to end"


def test_httpx_agrees_that_a_self_client_needs_no_person(env, own):
    form = {
        "grant_type": "client_credentials",
        "client_id": own[0],
        "client_secret": own[1],
        "scope": "ZohoCRM.org.READ",
        "soid": SOID,
    }
    reply = httpx.post(f"{env['ZCRM_ACCOUNTS_URL']}/oauth/v2/token", data=form)
    assert "refresh_token" not in reply.json()
