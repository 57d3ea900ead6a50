"""`login()` in a script: safe to run again, asks on the calling thread, prints no secret."""

from __future__ import annotations

import threading

import pytest

import zcrm_tools
from zcrm_tools import login_cell
from zcrm_tools.auth import presets, profiles
from zcrm_tools.auth.store import opening
from zcrm_tools.emulator.grants import Consent, Holder

READ_ONLY = tuple(map(str, presets.read_only()))


@pytest.fixture
def answers(monkeypatch, emulator, emulator_url, tmp_path, backend):
    """What a person would type, in order; on which thread they were asked is kept."""
    from zcrm_tools.auth.store.os_keyring import OsKeyring

    monkeypatch.setenv("ZCRM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ZCRM_API_URL", emulator_url)
    monkeypatch.setenv("ZCRM_ACCOUNTS_URL", emulator_url)
    monkeypatch.setattr(opening, "OsKeyring", lambda: OsKeyring(backend))
    held = emulator.credentials
    user = next(iter(emulator.store.fetch('SELECT id FROM "Users"')))[0]
    code = emulator.grants.new_code(Consent(Holder(held.client_id, user, READ_ONLY)))
    typed = iter([held.client_id, held.client_secret, code])
    threads = []

    def answer(_question: str) -> str:
        threads.append(threading.current_thread())
        return next(typed)

    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr(login_cell, "getpass", answer)
    return threads


def test_it_signs_in_once_and_then_returns_at_once(answers, tmp_path, capsys, emulator):
    first = zcrm_tools.login(flow="self-client")
    assert set(answers) == {threading.main_thread()}
    again = zcrm_tools.login(flow="self-client")
    assert again == first
    assert len(answers) == 3
    assert profiles.load(tmp_path / "home")["default"] == first
    shown = capsys.readouterr().out
    assert "Already signed in" in shown
    assert emulator.credentials.client_secret not in shown


def test_ctrl_c_at_a_question_ends_it_and_keeps_nothing(answers, monkeypatch, tmp_path):
    def stopped(_question: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", stopped)
    with pytest.raises(KeyboardInterrupt):
        zcrm_tools.login(flow="self-client")
    assert profiles.load(tmp_path / "home") == {}
