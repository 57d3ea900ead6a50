from __future__ import annotations

import base64
import subprocess
import sys
import threading
import time as system_time

import pytest
from keyring.backend import KeyringBackend
from pydantic import SecretStr

from zcrm_tools.auth import profiles
from zcrm_tools.auth.store import keys, os_keyring
from zcrm_tools.auth.store.encrypted_file import EncryptedFile
from zcrm_tools.auth.store.memory import MemoryStore
from zcrm_tools.auth.store.os_keyring import OsKeyring
from zcrm_tools.auth.store.plain_file import PlainFile
from zcrm_tools.errors import NotConfigured
from zcrm_tools.models.grant import Credentials

EU = profiles.of_data_center("work", "eu", "production", "1000.ID")
SECRETS = Credentials(
    client_id="1000.ID", client_secret=SecretStr("s" * 42), refresh_token=SecretStr("1000." + "r" * 65)
)


@pytest.fixture(
    params=["keyring", "memory", "encrypted file, key", "encrypted file, passphrase", "plaintext file"]
)
def store(request, keyring_store, tmp_path):
    home = tmp_path / "home"
    match request.param:
        case "keyring":
            return keyring_store
        case "memory":
            return MemoryStore()
        case "encrypted file, key":
            return EncryptedFile(home, keys.GivenKey(SecretStr(base64.b64encode(b"k" * 32).decode())))
        case "encrypted file, passphrase":
            return EncryptedFile(home, keys.Passphrase(SecretStr("correct horse")))
    return PlainFile(home)


def test_a_sign_in_is_given_back_as_it_was_saved(store):
    assert store.load(EU) is None
    store.save(EU, SECRETS)
    assert store.load(EU) == SECRETS


def test_deleting_leaves_nothing_and_deleting_nothing_is_no_error(store, backend, tmp_path):
    store.save(EU, SECRETS)
    store.delete(EU)
    store.delete(EU)
    assert store.load(EU) is None
    assert backend.entries == {}
    assert [p for p in (tmp_path / "home").rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"accounts_url": "http://127.0.0.1:1"},
        {"client_id": "1000.OTHER"},
        {"environment": "sandbox"},
        {"name": "other"},
    ],
)
def test_a_profile_that_names_another_host_client_or_environment_finds_nothing(store, changed):
    store.save(EU, SECRETS)
    other = EU.model_copy(update=changed)
    assert store.load(other) is None


def test_each_secret_is_an_entry_of_its_own_under_one_service_name(keyring_store, backend):
    keyring_store.save(EU, SECRETS)
    assert sorted(backend.entries) == [
        f"zcrm-tools:work/accounts.zoho.eu/1000.ID/production/{entry}"
        for entry in ("client_secret", "refresh_token")
    ]
    assert all(len(value) < 100 for value in backend.entries.values())


def test_a_trial_entry_is_written_read_and_removed(keyring_store, backend):
    keyring_store.check()
    assert backend.path.exists()
    assert backend.entries == {}


class Forgetful(KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        return None

    def set_password(self, service, username, password):
        pass


class Failing(Forgetful):
    def set_password(self, service, username, password):
        raise RuntimeError(f"could not keep {password}")


class Hanging(Forgetful):
    release = threading.Event()

    def get_password(self, service, username):
        self.release.wait(30)


def test_a_store_that_forgets_is_found_by_the_trial():
    with pytest.raises(NotConfigured) as caught:
        OsKeyring(Forgetful()).check()
    assert caught.value.problem.code == "NO_KEYRING"
    assert "ZCRM_REFRESH_TOKEN" in caught.value.problem.next_step


def test_a_store_that_fails_does_not_get_to_print_the_secret():
    with pytest.raises(NotConfigured) as caught:
        OsKeyring(Failing()).save(EU, SECRETS)
    assert "RuntimeError" in str(caught.value)
    assert "s" * 42 not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_store_that_hangs_is_given_up_after_its_time():
    started = system_time.monotonic()
    with pytest.raises(NotConfigured) as caught:
        OsKeyring(Hanging(), limit=0.05).load(EU)
    Hanging.release.set()
    assert "did not answer in 0.05 seconds" in caught.value.problem.message
    assert system_time.monotonic() - started < 5
    assert os_keyring.LIMIT == 3.0


def test_only_this_systems_own_store_is_opened_whatever_else_is_installed(monkeypatch):
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"{Forgetful.__module__}.Forgetful")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(NotConfigured) as caught:
        OsKeyring()
    assert caught.value.problem.code == "NO_KEYRING"


def test_looking_at_the_stores_loads_neither_keyring_nor_httpx():
    code = (
        "import sys, zcrm_tools.http, zcrm_tools.auth, zcrm_tools.auth.store.os_keyring, zcrm_tools.auth.store.env\n"
        "print([name for name in ('keyring', 'httpx2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
