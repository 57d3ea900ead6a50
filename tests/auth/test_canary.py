"""A secret in every store, and a look at everything that comes out: it is in none of it."""

from __future__ import annotations

import asyncio
import base64
import copy
import io
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from zcrm_tools import doctor, endpoints
from zcrm_tools.auth import keeping, profiles, sharing, signed_in
from zcrm_tools.auth.flows.asked import Asked, SignedIn
from zcrm_tools.auth.flows.redirect import begin
from zcrm_tools.auth.store import opening
from zcrm_tools.auth.store.memory import MemoryStore
from zcrm_tools.cli import zcrm
from zcrm_tools.errors import ZcrmError
from zcrm_tools.http.session import Session
from zcrm_tools.models.grant import Grant
from zcrm_tools.settings import from_environment

KEY = base64.b64encode(b"canary-key-canary-key-canary-key").decode()
PASSPHRASE = "canary passphrase"
SCOPES = "ZohoCRM.org.READ,ZohoCRM.users.READ"
STORES = ["environment", "keyring", "encrypted-file", "passphrase", "plaintext-file"]


@pytest.fixture
def secrets(credentials):
    """Everything that must be seen nowhere; tokens made later join it."""
    return {
        credentials.client_secret.get_secret_value(),
        credentials.refresh_token.get_secret_value(),
        KEY,
        PASSPHRASE,
    }


@pytest.fixture(params=STORES)
def planted(request, tmp_path, emulator_url, emulator, credentials, profile, keyring_store):
    """A working sign-in in one store: its environment, and the store to hand to the command."""
    urls = {"ZCRM_API_URL": emulator_url, "ZCRM_ACCOUNTS_URL": emulator_url}
    env = {"ZCRM_HOME": str(tmp_path / "home"), **urls}
    if request.param == "environment":
        return {
            **env,
            "ZCRM_CLIENT_ID": credentials.client_id,
            "ZCRM_CLIENT_SECRET": credentials.client_secret.get_secret_value(),
            "ZCRM_REFRESH_TOKEN": credentials.refresh_token.get_secret_value(),
            "ZCRM_SCOPES": SCOPES,
        }, None
    name = {"passphrase": "encrypted-file"}.get(request.param, request.param)
    env |= {"encrypted-file": {"ZCRM_KEY": KEY}, "passphrase": {"ZCRM_PASSPHRASE": PASSPHRASE}}.get(
        request.param, {}
    )
    settings = from_environment(env)
    store = keyring_store if name == "keyring" else opening.named(name, settings)
    there = profile.model_copy(update={"name": "default", "store": name})
    grant = Grant(
        access_token=SecretStr(emulator.credentials.access_token),
        expires_at=emulator.clock.now(),
        refresh_token=credentials.refresh_token,
        scopes=SCOPES.replace(",", " "),
    )
    asyncio.run(keeping.keep(settings, store, SignedIn(there, grant), credentials.client_secret, ()))
    return env, keyring_store if name == "keyring" else None


def free_of(text: str, secrets: set[str]) -> None:
    for secret in secrets:
        assert secret not in text
        assert secret.encode().hex() not in text


COMMANDS = [
    ["status"],
    ["profiles"],
    ["profiles", "--json"],
    ["doctor"],
    ["doctor", "--json"],
    ["scopes", "--client-id", "1000.ID"],
    ["login", "--scopes", SCOPES],
    ["login", "--scopes", "ZohoCRM.coql.READ", "--flow", "self-client"],
    ["logout"],
    ["status"],
]


def test_no_command_shows_it(planted, secrets):
    env, store = planted
    for command in COMMANDS:
        done = CliRunner(env=env).invoke(zcrm, command, obj=store, input="\n\n\n")
        said = done.output + str(done.exception or "") + "".join(traceback.format_exception(done.exception) if done.exception else [])  # fmt: skip
        free_of(said, secrets)


def test_no_help_shows_it(planted, secrets):
    env, _ = planted
    for name in ("login", "logout", "status", "doctor", "scopes", "profiles"):
        free_of(CliRunner(env=env).invoke(zcrm, [name, "--help"]).output, secrets)


def test_a_crash_of_the_command_does_not_report_it(planted, secrets):
    """Accounts cannot be reached, and then the home folder is a file: as the process itself prints it."""
    env, store = planted
    if store is not None:
        pytest.skip("the keyring of this test lives in this process")
    kept = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **env}
    gone = {"ZCRM_API_URL": "http://127.0.0.1:1", "ZCRM_ACCOUNTS_URL": "http://127.0.0.1:1"}
    crashes = (
        (gone, ["call", "get_connection"]),
        (gone, ["logout"]),
        ({"ZCRM_HOME": __file__}, ["doctor"]),
    )
    for more, command in crashes:
        done = subprocess.run(
            [sys.executable, "-m", "zcrm_tools.cli", *command],
            env={**kept, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        free_of(done.stdout + done.stderr, secrets)


@pytest.fixture
def everything_logged():
    """What all loggers say at their most talkative, with tracebacks."""
    heard = io.StringIO()
    handler, root = logging.StreamHandler(heard), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield heard
    root.removeHandler(handler)
    root.setLevel(before)


async def test_neither_logs_nor_tracebacks_with_local_variables_show_it(
    planted, secrets, emulator, everything_logged
):
    env, given = planted
    settings = from_environment(env)
    profile = profiles.resolve(settings)
    store = given or opening.of(profile, settings)
    tokens = signed_in.open_tokens(profile, store, home=settings.home)
    session = Session(profile.api_url, tokens)
    assert (await session.call(endpoints.GET_ORG)).status == 200
    secrets.add(str(await tokens.token()))
    told = [repr(await doctor.examine(settings, now=emulator.clock.now))] if given is None else []
    emulator.grants.revoke(secret_of(store, profile))
    sharing.forget(settings.home, profile)
    for source in (
        session,
        Session(profile.api_url, signed_in.open_tokens(profile, store, home=settings.home)),
    ):
        try:
            await source.call(endpoints.GET_ORG)
        except ZcrmError as error:
            shown = traceback.TracebackException.from_exception(error, capture_locals=True)
            shown.stack[0].locals = {}  # this test's own, which holds them all
            told.append("".join(shown.format()))
            logging.getLogger("somebody").exception("it failed", exc_info=error)
        await source.aclose()
    assert len(told) >= 2
    free_of("".join(told) + everything_logged.getvalue(), secrets)


def secret_of(store, profile):
    return store.load(profile).refresh_token.get_secret_value()


async def test_neither_repr_nor_str_nor_a_pickle_holds_it(profile, credentials, secrets, tmp_path, emulator):
    memory = MemoryStore()
    memory.save(profile, credentials)
    asked = Asked(profile, credentials.client_secret, ())
    tokens = signed_in.open_tokens(profile, memory)
    grant = Grant(access_token=SecretStr(await tokens.token()), expires_at=emulator.clock.now())
    secrets.add(grant.access_token.get_secret_value())
    holders = [
        credentials,
        grant,
        memory,
        asked,
        SignedIn(profile, grant),
        begin(asked, "http://localhost:8765/callback"),
        tokens,
        from_environment(
            {"ZCRM_CLIENT_SECRET": credentials.client_secret.get_secret_value(), "ZCRM_KEY": KEY}
        ),
        Session(profile.api_url, tokens),
        sharing.InFile(tmp_path, profile, credentials),
    ]
    for one in holders:
        free_of(repr(one) + str(one) + f"{one}" + repr([one]), secrets)
        for attempt in (pickle.dumps, copy.deepcopy):
            try:
                made = attempt(one)
            except TypeError:
                continue
            free_of(made.decode("latin-1") if isinstance(made, bytes) else repr(made), secrets)
    free_of(credentials.model_dump_json() + grant.model_dump_json() + str(credentials.model_dump()), secrets)


def test_the_files_of_the_sealed_stores_do_not_hold_it_and_logout_leaves_none(
    planted, secrets, request, backend
):
    env, store = planted
    home = from_environment(env).home
    kept = "".join(path.read_text("latin-1") for path in home.rglob("*") if path.is_file())
    if "plaintext" not in request.node.name:
        free_of(kept, secrets)
    done = CliRunner(env=env).invoke(zcrm, ["logout"], obj=store)
    if "environment" in request.node.name:
        return
    assert done.exit_code == 0, done.output
    left = [path for path in home.rglob("*") if path.is_file() and path.stat().st_size]
    assert [path.name for path in left] == ["profiles.json"]
    assert json.loads(left[0].read_text())["profiles"] == {}
    assert backend.entries == {}
