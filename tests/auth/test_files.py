"""Sign-ins and tokens in files: sealed, for their owner alone, whole or not at all."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from zcrm_tools.auth import private_file, profiles, sealing
from zcrm_tools.auth.store import keys, opening
from zcrm_tools.auth.store.encrypted_file import EncryptedFile
from zcrm_tools.auth.store.plain_file import PlainFile
from zcrm_tools.errors import NotConfigured
from zcrm_tools.models.grant import Credentials
from zcrm_tools.settings import Settings, from_environment

EU = profiles.of_data_center("work", "eu", "production", "1000.ID")
CANARY = "canary-in-a-coal-mine"
SECRETS = Credentials(
    client_id="1000.ID", client_secret=SecretStr(CANARY), refresh_token=SecretStr(f"1000.{CANARY}")
)
KEY = base64.b64encode(b"k" * 32).decode()


def sealed(home: Path) -> EncryptedFile:
    return EncryptedFile(home, keys.GivenKey(SecretStr(KEY)))


def only_file(home: Path) -> Path:
    (path,) = [p for p in home.rglob("*.json") if p.is_file()]
    return path


def test_nothing_of_the_secret_is_in_the_file(tmp_path):
    sealed(tmp_path).save(EU, SECRETS)
    for text in (CANARY, base64.b64encode(CANARY.encode()).decode()[:12], "refresh_token"):
        assert text not in only_file(tmp_path).read_text()


def test_another_key_another_profile_or_a_changed_byte_opens_nothing(tmp_path):
    sealed(tmp_path).save(EU, SECRETS)
    path = only_file(tmp_path)
    with pytest.raises(NotConfigured, match="does not open"):
        EncryptedFile(tmp_path, keys.Passphrase(SecretStr("wrong"))).load(EU)
    other = EU.model_copy(update={"name": "other"})
    sealed(tmp_path).save(other, SECRETS)
    (moved,) = set(tmp_path.rglob("*.json")) - {path}
    moved.write_bytes(path.read_bytes())
    with pytest.raises(NotConfigured, match="does not open"):
        sealed(tmp_path).load(other)
    body = json.loads(path.read_text())
    body["sealed"] = base64.b64encode(base64.b64decode(body["sealed"])[:-1] + b"\0").decode()
    path.write_text(json.dumps(body))
    with pytest.raises(NotConfigured, match="does not open"):
        sealed(tmp_path).load(EU)
    path.write_text("{")
    with pytest.raises(NotConfigured, match="not a stored sign-in"):
        sealed(tmp_path).load(EU)


def test_the_same_sign_in_never_looks_the_same_twice(tmp_path):
    sealed(tmp_path).save(EU, SECRETS)
    first = only_file(tmp_path).read_text()
    sealed(tmp_path).save(EU, SECRETS)
    assert only_file(tmp_path).read_text() != first


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_a_file_that_others_may_read_or_write_is_refused(tmp_path, mode):
    sealed(tmp_path).save(EU, SECRETS)
    only_file(tmp_path).chmod(mode)
    with pytest.raises(NotConfigured, match="others may read it"):
        sealed(tmp_path).load(EU)


def test_a_link_and_somebody_elses_file_are_refused(tmp_path):
    target = tmp_path / "target"
    target.write_text("x")
    target.chmod(0o600)
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(NotConfigured, match="is a link"):
        private_file.read(tmp_path / "link")
    if os.geteuid() == 0:
        os.chown(target, 12345, 12345)
        with pytest.raises(NotConfigured, match="belongs to another user"):
            private_file.read(target)


@pytest.mark.skipif(os.name != "posix", reason="no pipes with names")
def test_neither_a_folder_nor_a_pipe_is_read_for_a_file_nor_waited_for(tmp_path):
    (tmp_path / "folder").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("folder", "pipe"):
        with pytest.raises(NotConfigured, match="not a plain file"):
            private_file.read(tmp_path / name)


def test_files_and_folders_are_for_their_owner_alone(tmp_path):
    PlainFile(tmp_path / "home").save(EU, SECRETS)
    path = only_file(tmp_path / "home")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff"])
def test_a_file_of_secrets_that_makes_no_sense_is_named(tmp_path, content):
    for store in (PlainFile(tmp_path), EncryptedFile(tmp_path, keys.GivenKey(SecretStr(KEY)))):
        store.save(EU, SECRETS)
    for path in [path for path in tmp_path.rglob("*") if path.is_file()]:
        path.write_bytes(content)
    for store in (PlainFile(tmp_path), EncryptedFile(tmp_path, keys.GivenKey(SecretStr(KEY)))):
        with pytest.raises(NotConfigured, match="is not a stored sign-in") as caught:
            store.load(EU)
        assert "zcrm login" in caught.value.problem.next_step


def test_a_plaintext_file_says_so_each_time_it_is_read(tmp_path, caplog):
    store = PlainFile(tmp_path)
    store.save(EU, SECRETS)
    for _ in range(2):
        store.load(EU)
    assert caplog.text.count("unencrypted") == 2
    assert CANARY not in caplog.text


@pytest.mark.parametrize("text", ["", "short", base64.b64encode(b"x" * 31).decode(), "not base64!"])
def test_a_key_that_is_no_key_is_refused_by_name(text):
    with pytest.raises(NotConfigured, match="ZCRM_KEY is not 32 bytes"):
        keys.GivenKey(SecretStr(text)).key(b"")


def test_a_key_file_must_be_private(tmp_path):
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    path.chmod(0o600)
    assert keys.KeyFile(path).key(b"") == b"k" * 32
    path.chmod(0o644)
    with pytest.raises(NotConfigured, match="others may read it"):
        keys.KeyFile(path).key(b"")
    with pytest.raises(NotConfigured, match="is not there"):
        keys.KeyFile(tmp_path / "none").key(b"")


def test_two_sources_of_a_key_are_refused(tmp_path):
    both = from_environment({"ZCRM_KEY": KEY, "ZCRM_PASSPHRASE": "x", "ZCRM_HOME": str(tmp_path)})
    with pytest.raises(NotConfigured, match="both set"):
        keys.from_settings(both)


def test_without_a_keyring_the_encrypted_file_is_chosen_when_a_key_is_given(tmp_path, monkeypatch):
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    name, store = opening.choose(from_environment({"ZCRM_KEY": KEY, "ZCRM_HOME": str(tmp_path)}))
    assert (name, store.kind) == ("encrypted-file", "encrypted file")
    with pytest.raises(NotConfigured) as caught:
        opening.choose(Settings(home=tmp_path))
    assert "ZCRM_PASSPHRASE" in caught.value.problem.next_step
    assert "plaintext" not in str(caught.value)


def test_a_store_is_never_changed_silently(tmp_path):
    """The profile says encrypted file; without its key nothing else is tried."""
    with pytest.raises(NotConfigured, match="no key is given"):
        opening.of(EU.model_copy(update={"store": "encrypted-file"}), Settings(home=tmp_path)).load(EU)


def test_a_sealed_sign_in_can_be_forgotten_without_its_key(tmp_path):
    EncryptedFile(tmp_path, keys.GivenKey(SecretStr(KEY))).save(EU, SECRETS)
    EncryptedFile(tmp_path, None).delete(EU)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_sign_in_is_read_from_a_credentials_folder_and_variables_count_more(tmp_path):
    for name, text in {"client_id": "1000.FILE", "client_secret": "s", "refresh_token": "r\n"}.items():
        (tmp_path / f"zcrm_{name}").write_text(text)
    (tmp_path / "other_service").write_text("x")
    found = from_environment({"CREDENTIALS_DIRECTORY": str(tmp_path), "ZCRM_CLIENT_ID": "1000.ENV"})
    assert (found.client_id, found.refresh_token.get_secret_value()) == ("1000.ENV", "r")
    assert from_environment({"ZCRM_CREDENTIALS_DIR": str(tmp_path)}).client_id == "1000.FILE"


def test_keys_for_different_purposes_differ():
    assert sealing.derived("secret", "a") != sealing.derived("secret", "b")
    assert len(sealing.stretched("secret", b"salt")) == 32


KILLED = """
import os, sys
from pathlib import Path
from zcrm_tools.auth import private_file
path, n = Path(sys.argv[1]), 0
print("ready", flush=True)
while True:
    n += 1
    private_file.write(path, str(n).encode() * 4096)
    print(n, flush=True)
"""


def test_a_killed_writer_leaves_a_whole_file(tmp_path):
    path = tmp_path / "home" / "file"
    for _ in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        seen = [writer.stdout.readline() for _ in range(5)]
        writer.kill()
        seen += writer.stdout.readlines()
        writer.wait()
        writer.stdout.close()
        acknowledged = [int(n) for n in seen if n.strip().isdigit()][-1]
        data = private_file.read(path)
        assert data is not None
        n = data[: len(data) // 4096].decode()
        assert data == n.encode() * 4096
        assert int(n) >= acknowledged
    assert len(list(path.parent.glob(".file.*"))) <= 8
