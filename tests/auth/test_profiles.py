from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from zcrm_tools.auth import profiles
from zcrm_tools.auth.signed_in import open_tokens
from zcrm_tools.auth.store import opening
from zcrm_tools.auth.store.memory import MemoryStore
from zcrm_tools.errors import LoginRequired, NotConfigured
from zcrm_tools.models.grant import Profile
from zcrm_tools.settings import Settings, from_environment

EU = profiles.of_data_center("work", "eu", "production", "1000.ID", "ZohoCRM.org.READ")
EMULATOR = Profile(
    name="emu", kind="emulator", accounts_url="http://127.0.0.1:1", api_url="http://127.0.0.1:1", client_id="1000.E"
)  # fmt: skip
SIGN_IN = {"ZCRM_CLIENT_ID": "1000.ENV", "ZCRM_CLIENT_SECRET": "s", "ZCRM_REFRESH_TOKEN": "r"}
URLS = {"ZCRM_API_URL": "http://127.0.0.1:5", "ZCRM_ACCOUNTS_URL": "http://127.0.0.1:6"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home" / "zcrm"


def settings(home: Path, **env: str) -> Settings:
    return from_environment({"ZCRM_HOME": str(home), **env})


def test_profiles_are_kept_by_name_and_can_be_replaced_and_removed(home):
    assert profiles.load(home) == {}
    profiles.save(home, EU)
    profiles.save(home, EMULATOR)
    assert profiles.load(home) == {"emu": EMULATOR, "work": EU}
    newer = EU.model_copy(update={"scopes": "ZohoCRM.users.READ"})
    profiles.save(home, newer)
    assert profiles.load(home)["work"] == newer
    assert profiles.remove(home, "emu")
    assert not profiles.remove(home, "emu")
    assert profiles.load(home) == {"work": newer}


def test_the_file_and_its_folder_are_the_owners_alone_and_nothing_else_is_left(home):
    home.mkdir(parents=True, mode=0o755)
    profiles.save(home, EU)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "profiles.json").stat().st_mode) == 0o600
    assert sorted(path.name for path in home.iterdir()) == [".profiles.json.lock", "profiles.json"]


def test_a_write_that_fails_leaves_the_old_file(home, monkeypatch):
    profiles.save(home, EU)
    before = (home / "profiles.json").read_bytes()

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        profiles.save(home, EMULATOR)
    assert (home / "profiles.json").read_bytes() == before
    assert sorted(path.name for path in home.iterdir()) == [".profiles.json.lock", "profiles.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"profiles": {"a": {}}}', '{"version": 1, "secrets": {}}', "\xff"]
)
def test_a_file_that_is_not_ours_is_named_and_not_overwritten(home, text):
    home.mkdir(parents=True)
    (home / "profiles.json").write_bytes(text.encode("latin-1"))
    for work in (lambda: profiles.load(home), lambda: profiles.save(home, EU)):
        with pytest.raises(NotConfigured) as caught:
            work()
        assert "profiles.json" in caught.value.problem.message
    assert (home / "profiles.json").read_bytes() == text.encode("latin-1")


@pytest.mark.evidence("auth.hosts")
@pytest.mark.parametrize(
    "changed",
    [
        {"accounts_url": "https://accounts.example.com"},
        {"api_url": "https://www.zohoapis.example.com"},
        {"api_url": "http://127.0.0.1:1"},
        {"accounts_url": "http://127.0.0.1:1"},
        {"api_url": "https://www.zohoapis.com"},
        {"environment": "sandbox"},
        {"kind": "emulator"},
    ],
)
def test_a_profile_edited_to_name_other_hosts_is_refused(home, changed):
    profiles.save(home, EU)
    kept = json.loads((home / "profiles.json").read_text())
    kept["profiles"]["work"].update(changed)
    (home / "profiles.json").write_text(json.dumps(kept))
    with pytest.raises(NotConfigured):
        profiles.resolve(settings(home, ZCRM_PROFILE="work"))


@pytest.mark.parametrize("name", ["", ".hidden", "../x", "a b", "x" * 65])
def test_a_name_that_would_not_do_on_a_command_line_is_refused(home, name):
    with pytest.raises(NotConfigured):
        profiles.save(home, EU.model_copy(update={"name": name}))


# --- which one is meant


def test_without_any_sign_in_the_person_is_told_the_command_and_the_demo(home):
    with pytest.raises(LoginRequired) as caught:
        profiles.resolve(settings(home))
    step = caught.value.problem.next_step
    assert "`zcrm login`" in step
    assert "zcrm demo" in step
    assert "ZCRM_DEMO=1" in step
    with pytest.raises(LoginRequired) as caught:
        profiles.resolve(settings(home, ZCRM_PROFILE="work"))
    assert "zcrm login --profile work" in caught.value.problem.next_step


def test_the_named_profile_is_used(home):
    profiles.save(home, EU)
    assert profiles.resolve(settings(home, ZCRM_PROFILE="work")) == EU


def test_a_profile_asked_for_by_name_counts_more_than_the_environment(home):
    """A program that names an org must not write into another because of a variable."""
    profiles.save(home, EU)
    elsewhere = settings(home, **SIGN_IN, ZCRM_DATA_CENTER="us", ZCRM_DEMO="1")
    assert profiles.resolve(elsewhere).client_id == "1000.ENV"
    named = elsewhere.of("work")
    assert (profiles.resolve(named), named.demo) == (EU, 0)
    assert elsewhere.of("") == elsewhere
    with pytest.raises(LoginRequired, match="--profile other"):
        profiles.resolve(elsewhere.of("other"))


@pytest.mark.evidence("auth.hosts")
def test_a_whole_sign_in_from_the_environment_wins(home):
    profiles.save(home, EU)
    env = {**SIGN_IN, "ZCRM_DATA_CENTER": "au", "ZCRM_ENVIRONMENT": "sandbox", "ZCRM_SCOPES": "ZohoCRM.org.READ,ZohoCRM.users.READ"}  # fmt: skip
    found = profiles.resolve(settings(home, ZCRM_PROFILE="work", **env))
    assert (found.kind, found.client_id) == ("zoho", "1000.ENV")
    assert found.accounts_url == "https://accounts.zoho.com.au"
    assert found.api_url == "https://sandbox.zohoapis.com.au"
    assert found.scopes == "ZohoCRM.org.READ ZohoCRM.users.READ"


@pytest.mark.parametrize("absent", SIGN_IN)
def test_a_part_of_a_sign_in_is_refused_by_the_name_of_what_is_missing(home, absent):
    env = {name: value for name, value in SIGN_IN.items() if name != absent}
    with pytest.raises(NotConfigured) as caught:
        profiles.resolve(settings(home, ZCRM_DATA_CENTER="us", **env))
    assert absent in caught.value.problem.message
    assert f"Set {absent}" in caught.value.problem.next_step


def test_a_sign_in_without_a_data_center_is_refused(home):
    with pytest.raises(NotConfigured) as caught:
        profiles.resolve(settings(home, **SIGN_IN))
    assert "ZCRM_DATA_CENTER" in caught.value.problem.next_step


def test_emulator_urls_with_their_own_sign_in_make_an_emulator_profile(home):
    found = profiles.resolve(settings(home, **SIGN_IN, **URLS))
    assert (found.kind, found.api_url, found.accounts_url) == (
        "emulator",
        URLS["ZCRM_API_URL"],
        URLS["ZCRM_ACCOUNTS_URL"],
    )


@pytest.mark.parametrize("name", URLS)
def test_one_emulator_url_alone_is_refused(home, name):
    with pytest.raises(NotConfigured):
        profiles.resolve(settings(home, **SIGN_IN, **{name: URLS[name]}))


def test_a_project_file_cannot_send_a_zoho_sign_in_to_another_port(home):
    profiles.save(home, EU)
    with pytest.raises(NotConfigured):
        profiles.resolve(settings(home, ZCRM_PROFILE="work", **URLS))
    with pytest.raises(NotConfigured) as caught:
        profiles.resolve(settings(home, ZCRM_DATA_CENTER="eu", **SIGN_IN, **URLS))
    assert caught.value.problem.code == "TWO_TARGETS"


def test_an_emulators_profile_follows_the_urls_of_the_environment(home):
    profiles.save(home, EMULATOR)
    assert profiles.resolve(settings(home, ZCRM_PROFILE="emu", **URLS)).api_url == URLS["ZCRM_API_URL"]


def test_scopes_that_are_none_are_refused_before_they_are_used(home):
    with pytest.raises(NotConfigured) as caught:
        profiles.resolve(settings(home, ZCRM_DATA_CENTER="eu", ZCRM_SCOPES="everything", **SIGN_IN))
    assert "ZCRM_SCOPES" in caught.value.problem.message
    profiles.save(home, EU.model_copy(update={"scopes": "everything"}))
    with pytest.raises(NotConfigured) as caught:
        profiles.load(home)
    assert "'work'" in caught.value.problem.message


# --- and where its secrets are


async def test_a_sign_in_from_the_environment_gives_tokens_and_cannot_be_changed(
    home, emulator, emulator_url
):
    given = emulator.credentials
    env = settings(
        home,
        ZCRM_CLIENT_ID=given.client_id,
        ZCRM_CLIENT_SECRET=given.client_secret,
        ZCRM_REFRESH_TOKEN=given.refresh_token,
        ZCRM_API_URL=emulator_url,
        ZCRM_ACCOUNTS_URL=emulator_url,
    )
    profile, store = profiles.resolve(env), opening.of(profiles.resolve(env), env)
    assert store.kind == "environment"
    assert emulator.grants.holder(await open_tokens(profile, store).token()) is not None
    with pytest.raises(NotConfigured):
        store.delete(profile)
    assert given.client_secret not in repr(env) + repr(store)


def test_a_profile_whose_secrets_are_gone_asks_for_a_sign_in():
    with pytest.raises(LoginRequired) as caught:
        open_tokens(EU, MemoryStore())
    assert "work" in caught.value.problem.message


SAVER = """
import sys
from pathlib import Path
from zcrm_tools.auth import profiles
sys.stdin.readline()
for n in range(10):
    name = f"p{sys.argv[2]}-{n}"
    profiles.save(Path(sys.argv[1]), profiles.of_data_center(name, "eu", "production", "1000.ID"))
"""


def test_sign_ins_of_several_processes_at_once_are_all_kept(tmp_path):
    savers = [
        subprocess.Popen(
            [sys.executable, "-c", SAVER, str(tmp_path), str(i)], stdin=subprocess.PIPE, text=True
        )
        for i in range(4)
    ]
    for saver in savers:
        saver.communicate("go\n", timeout=60)
    assert len(profiles.load(tmp_path)) == 40
