"""A real Secret Service (gnome-keyring on a D-Bus of its own), unlocked, locked and absent."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

DAEMON = shutil.which("gnome-keyring-daemon")
BUS = shutil.which("dbus-run-session")
needs_service = pytest.mark.skipif(
    not (DAEMON and BUS), reason="no Secret Service: apt-get install gnome-keyring dbus"
)

# With a password on its standard input the daemon makes and unlocks the login collection, as a desktop's sign-in does.
UNLOCKED = "printf 'a password' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "
LOCKED = "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1; "


@pytest.fixture
def on_a_bus(tmp_path):
    """`on_a_bus(UNLOCKED, code)`: what a Python program with that service in its session prints."""

    def run(service: str, code: str) -> str:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "XDG_RUNTIME_DIR": str(tmp_path),
            "XDG_DATA_HOME": str(tmp_path / "data"),
            "ZCRM_HOME": str(tmp_path / "zcrm"),
            "PROGRAM": code,
        }
        shell = f'{service} exec "{sys.executable}" -c "$PROGRAM"'
        done = subprocess.run(
            [str(BUS), "--", "bash", "-c", shell],
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


KEEP = """
from pydantic import SecretStr
from zcrm_tools.auth import profiles
from zcrm_tools.auth.store import opening
from zcrm_tools.models.grant import Credentials
from zcrm_tools.settings import from_environment

profile = profiles.of_data_center("work", "eu", "production", "1000.ID")
secrets = Credentials(client_id="1000.ID", client_secret=SecretStr("canary-s"), refresh_token=SecretStr("1000." + "r" * 65))
name, store = opening.choose(from_environment())
store.save(profile, secrets)
print(name, store.load(profile) == secrets)
store.delete(profile)
print(store.load(profile))
import keyring
print(list(keyring.get_keyring().get_preferred_collection().search_items({"service": "zcrm-tools"})))
"""


@needs_service
def test_a_sign_in_is_kept_in_the_session_keyring_and_deleted_from_it(on_a_bus):
    assert on_a_bus(UNLOCKED, KEEP).split("\n") == ["keyring True", "None", "[]", ""]


REFUSED = """
import time
from zcrm_tools.auth.store.os_keyring import OsKeyring
from zcrm_tools.errors import NotConfigured

started = time.monotonic()
try:
    OsKeyring().check()
except NotConfigured as refused:
    print(refused.problem.code, time.monotonic() - started < 15)
    print(refused.problem.next_step)
"""


@needs_service
def test_a_locked_keyring_is_given_up_in_time_and_said_to_be_locked(on_a_bus):
    """Nobody is there to type its password: the service asks by a window that never comes."""
    said = on_a_bus(LOCKED, REFUSED)
    assert said.startswith("NO_KEYRING True\n")
    assert "Unlock it" in said


@pytest.mark.skipif(not BUS, reason="no D-Bus: apt-get install dbus")
def test_a_bus_without_a_service_is_no_keyring(on_a_bus, tmp_path):
    assert on_a_bus("export XDG_DATA_DIRS=/nowhere;", REFUSED).startswith("NO_KEYRING True\n")


def test_without_a_bus_the_encrypted_file_is_chosen_when_there_is_a_key(tmp_path):
    code = "from zcrm_tools.auth.store import opening; from zcrm_tools.settings import from_environment; print(opening.choose(from_environment())[0])"
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "ZCRM_HOME": str(tmp_path),
        "ZCRM_PASSPHRASE": "correct horse",
    }
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "encrypted-file\n"
