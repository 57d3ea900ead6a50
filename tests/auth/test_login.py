"""`zcrm login`, `status` and `logout`, against the emulator on a socket and a credential store of their own."""

from __future__ import annotations

import asyncio
import io
import re
import sys
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from zcrm_tools.auth import presets, profiles
from zcrm_tools.cli import zcrm
from zcrm_tools.cli.login import Terminal
from zcrm_tools.emulator.grants import Consent, Holder
from zcrm_tools.errors import AuthError, ClientRejected, LoginRequired
from zcrm_tools.metadata.kept import Entry, Kept

READ_ONLY = tuple(map(str, presets.read_only()))


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def run(home, emulator_url, keyring_store):
    """`run(["login", "--flow", "self-client", "--again"], input=…)`: the command with an emulator's URLs in its environment."""
    env = {"ZCRM_HOME": str(home), "ZCRM_API_URL": emulator_url, "ZCRM_ACCOUNTS_URL": emulator_url}
    return lambda args, **options: CliRunner(env=env).invoke(zcrm, args, obj=keyring_store, **options)


@pytest.fixture
def code(emulator):
    """`code(scopes…)`: what the API console's Self Client would show."""
    client, user = (
        emulator.credentials.client_id,
        next(iter(emulator.store.fetch('SELECT id FROM "Users"')))[0],
    )
    return lambda *scopes: emulator.grants.new_code(Consent(Holder(client, user, scopes or READ_ONLY)))


@pytest.fixture
def typed(emulator, code):
    """`typed(scopes…)`: client id, secret and code, as a person would enter them."""
    held = emulator.credentials
    return lambda *scopes: f"{held.client_id}\n{held.client_secret}\n{code(*scopes)}\n"


def test_a_person_signs_in_and_the_organisation_answers(run, typed, home, backend, emulator):
    done = run(["login", "--flow", "self-client", "--again"], input=typed())
    assert done.exit_code == 0, done.output
    assert "Empty Org" in done.output
    assert ",".join(READ_ONLY) in done.output
    found = profiles.load(home)["default"]
    assert (found.kind, found.client_id) == ("emulator", emulator.credentials.client_id)
    assert set(found.scopes.split()) == set(READ_ONLY)
    assert len(backend.entries) == 2


def test_no_secret_is_printed_or_written_to_a_plain_file(run, typed, home, emulator, backend):
    entered = typed()
    output = run(["login", "--flow", "self-client", "--again"], input=entered).output + run(["status"]).output
    kept = (home / "profiles.json").read_text()
    secrets = [*entered.split("\n")[1:3], *backend.entries.values()]
    assert len(secrets) == 4
    for secret in secrets:
        assert secret.split(" ")[-1] not in output + kept


def test_the_first_call_after_a_sign_in_uses_its_access_token(run, typed, mints):
    run(["login", "--flow", "self-client", "--again"], input=typed())
    assert mints() == 1  # the exchange, and no refresh


def test_status_says_where_and_what_in_words(run, typed, emulator_url):
    run(
        ["login", "--flow", "self-client", "--again"],
        input=typed("ZohoCRM.modules.leads.READ", "ZohoCRM.users.READ"),
    )
    shown = run(["status"]).output
    assert f"an emulator at {emulator_url}" in shown
    assert "production" in shown
    assert "in the keyring" in shown
    assert "see leads (ZohoCRM.modules.leads.READ)" in shown
    assert "see users" in shown


def test_status_shows_age_token_credits_and_refusals_and_no_secret(run, typed, home, backend):
    entered = typed()
    run(["login", "--flow", "self-client", "--again"], input=entered)
    kept = profiles.load(home)["default"]
    long_ago = (datetime.now(UTC) - timedelta(days=3, minutes=5)).isoformat(timespec="seconds")
    profiles.save(home, kept.model_copy(update={"since": long_ago, "refused": "ZohoCRM.coql.READ"}))
    done = run(["status"])
    assert done.exit_code == 0, done.output
    shown = done.output
    assert "3 days ago" in shown
    assert re.search(r"token +good for \d\d more minutes; 0 of 10", shown)
    assert re.search(r"credits +\d+ spent from this machine", shown)
    assert "refused      ZohoCRM.coql.READ" in shown
    for secret in (*entered.split("\n")[1:3], *backend.entries.values()):
        assert secret not in shown


def test_a_sign_in_notes_when_it_was_made(run, typed, home):
    run(["login", "--flow", "self-client", "--again"], input=typed())
    assert datetime.now(UTC) - datetime.fromisoformat(profiles.load(home)["default"].since) < timedelta(
        minutes=1
    )
    assert "just now" in run(["status"]).output


def test_a_code_with_fewer_scopes_is_told_apart_and_the_organisation_left_alone(run, typed):
    done = run(["login", "--flow", "self-client", "--again"], input=typed("ZohoCRM.modules.READ"))
    assert done.exit_code == 0
    assert "It was granted without ZohoCRM.coql.READ" in done.output
    assert "it was not tried" in done.output


def test_scopes_of_ones_own_and_the_writing_list_are_shown(run, typed):
    own = run(
        ["login", "--flow", "self-client", "--again", "--scopes", "zohocrm.org.read"],
        input=typed("ZohoCRM.org.READ"),
    )
    assert "\nZohoCRM.org.READ\n" in own.output
    assert "granted without" not in own.output
    writing = run(["login", "--flow", "self-client", "--again", "--write"], input=typed())
    assert "ZohoCRM.modules.CREATE" in writing.output
    assert run(["login", "--flow", "self-client", "--again", "--scopes", "everything"]).exit_code == 2


def test_more_scopes_for_a_self_client_are_asked_for_with_those_it_had(run, typed):
    run(["login", "--flow", "self-client", "--scopes", "ZohoCRM.org.READ"], input=typed("ZohoCRM.org.READ"))
    more = run(
        ["login", "--flow", "self-client", "--scopes", "ZohoCRM.users.READ"],
        input=typed("ZohoCRM.org.READ", "ZohoCRM.users.READ"),
    )
    assert "\nZohoCRM.org.READ,ZohoCRM.users.READ\n" in more.output


def test_a_used_code_leaves_nothing_behind(run, typed, home, backend):
    entered = typed()
    run(["login", "--flow", "self-client", "--again"], input=entered)
    run(["logout"])
    again = run(["login", "--flow", "self-client", "--again"], input=entered)
    assert isinstance(again.exception, LoginRequired)
    assert profiles.load(home) == {}
    assert backend.entries == {}


def test_a_wrong_secret_is_said_to_be_one_and_nothing_is_kept(run, code, emulator, home, backend):
    done = run(
        ["login", "--flow", "self-client", "--again", "--client-id", emulator.credentials.client_id],
        input=f"wrong\n{code()}\n",
    )
    assert isinstance(done.exception, ClientRejected)
    assert "data centre" in done.exception.problem.next_step
    assert profiles.load(home) == {}
    assert backend.entries == {}


def test_logout_revokes_and_forgets_everything(run, typed, home, backend, emulator):
    run(["login", "--flow", "self-client", "--again"], input=typed())
    refresh_token = next(v for k, v in backend.entries.items() if k.endswith("refresh_token"))
    now = datetime.now(UTC)
    kept = Kept(home, profiles.load(home)["default"].identity)
    kept.write("users", Entry({}, now, now))
    assert kept.answers() == ["users"]
    done = run(["logout"])
    assert done.exit_code == 0
    assert "revoked" in done.output
    assert kept.answers() == []
    assert profiles.load(home) == {}
    assert backend.entries == {}
    assert not emulator.grants.revoke(refresh_token)


def test_logout_forgets_even_when_accounts_cannot_be_reached_and_says_so(home, backend, keyring_store):
    from pydantic import SecretStr

    from zcrm_tools.models.grant import Credentials, Profile

    gone = Profile(
        name="default", kind="emulator", accounts_url="http://127.0.0.1:1", api_url="http://127.0.0.1:1"
    )
    profiles.save(home, gone)
    keyring_store.save(
        gone, Credentials(client_id="", client_secret=SecretStr("s"), refresh_token=SecretStr("r"))
    )
    done = CliRunner(env={"ZCRM_HOME": str(home)}).invoke(zcrm, ["logout"], obj=keyring_store)
    assert done.exit_code == 1
    assert "Zoho did not revoke it" in done.output
    assert profiles.load(home) == {}
    assert backend.entries == {}


def test_without_a_sign_in_status_and_logout_say_what_to_do(home):
    for verb in ("status", "logout"):
        done = CliRunner(env={"ZCRM_HOME": str(home)}).invoke(zcrm, [verb])
        assert isinstance(done.exception, AuthError)
        assert done.exception.problem.next_step


def test_several_sign_ins_live_side_by_side(run, typed, home):
    run(["login", "--flow", "self-client", "--again", "--profile", "work"], input=typed())
    run(["login", "--flow", "self-client", "--again", "--profile", "home"], input=typed("ZohoCRM.org.READ"))
    assert set(profiles.load(home)) == {"work", "home"}
    assert "see the organisation's details" in run(["status", "--profile", "home"]).output
    run(["logout", "--profile", "work"])
    assert set(profiles.load(home)) == {"home"}


def test_signing_in_as_another_client_removes_the_earlier_ones_secrets(run, typed, code, emulator, backend):
    run(["login", "--flow", "self-client", "--again"], input=typed())
    other_id, other_secret = emulator.grants.register("another", [])
    user = next(iter(emulator.store.fetch('SELECT id FROM "Users"')))[0]
    other_code = emulator.grants.new_code(Consent(Holder(other_id, user, READ_ONLY)))
    run(["login", "--flow", "self-client", "--again"], input=f"{other_id}\n{other_secret}\n{other_code}\n")
    assert len(backend.entries) == 2
    assert all(other_id in entry for entry in backend.entries)


def test_secrets_that_moved_to_another_store_are_not_left_in_the_first(home, emulator_url, typed):
    env = {"ZCRM_HOME": str(home), "ZCRM_API_URL": emulator_url, "ZCRM_ACCOUNTS_URL": emulator_url}
    login = ["login", "--flow", "self-client", "--again", "--store"]
    first = CliRunner(env=env).invoke(zcrm, [*login, "plaintext-file"], input=typed())
    assert first.exit_code == 0, first.output
    assert list((home / "plaintext").iterdir())
    sealed = {**env, "ZCRM_PASSPHRASE": "correct horse"}
    second = CliRunner(env=sealed).invoke(zcrm, [*login, "encrypted-file"], input=typed())
    assert second.exit_code == 0, second.output
    assert list((home / "secrets").iterdir())
    assert not list((home / "plaintext").iterdir())


SEALED = {"ZCRM_PASSPHRASE": "correct horse"}


@pytest.mark.parametrize(
    ("arguments", "code", "step"),
    [
        (["--redirect-uri", "https://app.example.com/zoho"], "BAD_REDIRECT_URI", "--flow paste"),
        (["--redirect-uri", "localhost"], "BAD_REDIRECT_URI", "http://localhost:8765/callback"),
        (["--client-id", "1000.A"], "NO_PERSON", "ZCRM_REFRESH_TOKEN"),
    ],
)
def test_what_cannot_work_is_said_before_a_secret_is_typed(home, arguments, code, step):
    done = CliRunner(env={"ZCRM_HOME": str(home), **SEALED}).invoke(
        zcrm, ["login", "--data-center", "eu", "--flow", "browser", *arguments]
    )
    assert done.exception.problem.code == code
    assert step in done.exception.problem.next_step


def test_a_folder_that_cannot_be_written_is_said_before_a_secret_is_typed(tmp_path):
    (tmp_path / "file").write_text("")
    done = CliRunner(env={"ZCRM_HOME": str(tmp_path / "file" / "home"), **SEALED}).invoke(
        zcrm, ["login", "--data-center", "eu"]
    )
    assert "Client ID" not in done.output
    assert "ZCRM_HOME" in done.exception.problem.next_step


def test_a_sign_in_that_a_variable_counts_more_than_is_told(run, typed, emulator):
    env = {"ZCRM_REFRESH_TOKEN": emulator.credentials.refresh_token}
    done = run(["login", "--flow", "self-client", "--again"], input=typed(), env=env)
    assert done.exit_code == 0, done.output
    assert "counts more, unless you say --profile default" in done.output


def test_a_question_is_asked_where_the_terminal_has_no_settings(monkeypatch):
    """Windows has no termios."""
    monkeypatch.setitem(sys.modules, "termios", None)
    monkeypatch.setattr("sys.stdin", io.StringIO("jp\n"))
    assert asyncio.run(Terminal().ask("Data centre")) == "jp"


def test_without_a_credential_store_the_variables_are_named_and_nothing_is_asked(home, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    env = {"ZCRM_HOME": str(home), "DBUS_SESSION_BUS_ADDRESS": None}
    done = CliRunner(env=env).invoke(
        zcrm, ["login", "--flow", "self-client", "--again", "--data-center", "eu"], input="id\nsecret\ncode\n"
    )
    assert done.exit_code == 1
    for name in ("DATA_CENTER", "CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "SCOPES"):
        assert f"ZCRM_{name}" in str(done.exception)
    assert "https://accounts.zoho.eu/oauth/v2/token" in str(done.exception)
    assert "Client secret (not shown)" not in done.output
    assert not home.exists()


def test_the_data_center_is_asked_for_when_nobody_named_it(home, keyring_store):
    runner = CliRunner(env={"ZCRM_HOME": str(home)})
    done = runner.invoke(zcrm, ["login", "--flow", "self-client", "--again"], obj=keyring_store, input="jp\n")
    assert "https://api-console.zoho.jp" in done.output
    assert done.exit_code == 1  # the person left at the next question
