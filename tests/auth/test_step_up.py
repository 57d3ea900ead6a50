"""More scopes for the sign-in that is there: the same refresh token, and the person is asked for the new ones alone."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from zcrm_tools import scopes
from zcrm_tools.auth import profiles, sharing
from zcrm_tools.auth.flows import step_up
from zcrm_tools.cli import zcrm
from zcrm_tools.cli.login import Terminal
from zcrm_tools.emulator.grants import Consent, Holder
from zcrm_tools.errors import LoginRequired
from zcrm_tools.models.grant import Credentials

REDIRECT = "http://localhost:8765/callback"
HAD = ("ZohoCRM.org.READ", "ZohoCRM.modules.leads.READ")
NEW = tuple(sorted(scopes.parse("ZohoCRM.modules.leads.CREATE")))


@pytest.fixture
def signed(emulator, profile):
    """A profile that signed in by redirect, and its credentials."""
    client_id, secret = emulator.grants.register("a program", [REDIRECT])
    user = next(iter(emulator.store.fetch('SELECT id FROM "Users"')))[0]
    code = emulator.grants.new_code(Consent(Holder(client_id, user, HAD), redirect_uri=REDIRECT))
    issued = emulator.grants.redeem(code, client_id, REDIRECT)
    there = profile.model_copy(
        update={"name": "default", "client_id": client_id, "scopes": " ".join(HAD), "redirect_uri": REDIRECT}
    )
    kept = Credentials(
        client_id=client_id,
        client_secret=SecretStr(secret),
        refresh_token=SecretStr(issued.refresh_token),
    )
    return there, kept


@pytest.fixture
def refresh_tokens(emulator, signed):
    query = "SELECT count(*) FROM oauth_grant WHERE client = ? AND refresh IS NOT NULL"
    return lambda: emulator.store.fetch(query, (signed[0].client_id,))[0][0]


def agree(url: str, decision: str = "accept") -> str:
    with httpx.Client() as person:
        page = person.get(url)
        assert page.status_code == 200, page.text
        form = {**dict(parse_qsl(urlsplit(url).query)), "decision": decision}
        assert person.post(url.split("?", maxsplit=1)[0], data=form).status_code == 302
    return page.text


@pytest.mark.evidence("auth.step-up")
async def test_the_same_refresh_token_may_do_more_afterwards(signed, refresh_tokens):
    profile, credentials = signed
    assert refresh_tokens() == 1
    page = agree(await step_up.link(profile, credentials, NEW, redirect_uri=REDIRECT))
    assert "leads.CREATE" in page
    assert "org.READ" not in page, "what it has already is not asked for again"
    now = await step_up.granted(profile, credentials)
    assert set(now.scopes.split()) == {*HAD, "ZohoCRM.modules.leads.CREATE"}
    assert refresh_tokens() == 1


async def test_declining_changes_nothing(signed):
    profile, credentials = signed
    agree(await step_up.link(profile, credentials, NEW, redirect_uri=REDIRECT), "reject")
    assert set((await step_up.granted(profile, credentials)).scopes.split()) == set(HAD)


async def test_a_revoked_sign_in_has_no_link(signed, emulator):
    profile, credentials = signed
    emulator.grants.revoke(credentials.refresh_token.get_secret_value())
    with pytest.raises(LoginRequired):
        await step_up.link(profile, credentials, NEW)


@pytest.fixture
def login(signed, tmp_path, emulator_url, keyring_store, monkeypatch):
    """`zcrm login …` over a sign-in that is there; a person agrees (or not) on the page that is shown."""
    profile, credentials = signed
    home = tmp_path / "home"
    profiles.save(home, profile)
    keyring_store.save(profile, credentials)
    env = {"ZCRM_HOME": str(home)}

    def run(*arguments, decision="accept"):
        def visit(self, url):
            agree(url, decision)
            return True

        monkeypatch.setattr(Terminal, "link", visit)
        done = CliRunner(env=env).invoke(zcrm, ["login", *arguments], obj=keyring_store, input="\n")
        return done, profiles.load(home)["default"]

    return run


def test_login_asks_for_the_missing_scopes_alone(login, refresh_tokens):
    done, kept = login("--scopes", "ZohoCRM.org.READ,ZohoCRM.modules.leads.CREATE")
    assert done.exit_code == 0, done.output
    assert "lacks ZohoCRM.modules.leads.CREATE" in done.output
    assert set(kept.scopes.split()) == {*HAD, "ZohoCRM.modules.leads.CREATE"}
    assert refresh_tokens() == 1
    again, _ = login("--scopes", "ZohoCRM.org.READ,ZohoCRM.modules.leads.CREATE")
    assert "Already signed in" in again.output


def test_a_person_who_declines_is_told_what_is_still_missing(login):
    done, kept = login("--scopes", "ZohoCRM.modules.leads.CREATE", decision="reject")
    assert "granted without ZohoCRM.modules.leads.CREATE" in done.output
    assert set(kept.scopes.split()) == set(HAD)


async def test_other_processes_get_a_token_with_the_new_scopes_and_the_count_goes_on(signed, tmp_path, time):
    from zcrm_tools.auth import keeping
    from zcrm_tools.settings import Settings

    profile, credentials = signed
    settings = Settings(home=tmp_path / "home")
    shared = sharing.InFile(settings.home, profile, credentials)
    async with shared.held():
        await shared.write(sharing.Known(None, (time.now(),)))
    agree(await step_up.link(profile, credentials, NEW))
    grant = await step_up.granted(profile, credentials)
    changed = await keeping.widen(settings, profile, credentials, grant, NEW)
    known = await sharing.InFile(settings.home, changed, credentials).read()
    assert known.grant is not None
    assert known.grant.access_token == grant.access_token
    assert len(known.mints) == 2
