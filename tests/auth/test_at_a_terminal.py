"""`zcrm login` at a real terminal: what is hidden, what Ctrl-C does, and which flow it picks."""

from __future__ import annotations

import socket

import pytest

from zcrm_tools.auth import profiles
from zcrm_tools.emulator.grants import Consent, Holder

SCOPE = "ZohoCRM.org.READ"


@pytest.fixture
def env(tmp_path, emulator_url):
    return {
        "ZCRM_HOME": str(tmp_path / "home"),
        "ZCRM_API_URL": emulator_url,
        "ZCRM_ACCOUNTS_URL": emulator_url,
        "ZCRM_PASSPHRASE": "correct horse",
        "BROWSER": "true",
    }


@pytest.fixture
def code(emulator):
    user = next(iter(emulator.store.fetch('SELECT id FROM "Users"')))[0]
    return emulator.grants.new_code(Consent(Holder(emulator.credentials.client_id, user, (SCOPE,))))


def test_a_code_of_the_console_is_typed_in_and_no_secret_is_echoed(terminal, env, emulator, code, tmp_path):
    held = emulator.credentials
    screen = terminal(["login", "--flow", "self-client", "--scopes", SCOPE], env)
    screen.until("Client ID:")
    screen.type(held.client_id)
    screen.until("Client secret (not shown)")
    screen.type(held.client_secret)
    screen.until("Code (not shown)")
    screen.type(code)
    assert screen.done() == 0, screen.shown
    assert "The secrets are in the encrypted file." in screen.shown
    assert "Zoho CRM answers: Empty Org" in screen.shown
    for secret in (held.client_secret, code, "correct horse"):
        assert secret not in screen.shown
    assert profiles.load(tmp_path / "home")["default"].store == "encrypted-file"


@pytest.mark.parametrize("asked", ["Client ID:", "Client secret (not shown)", "Waiting for"])
def test_ctrl_c_ends_it_at_every_question_and_keeps_nothing(terminal, env, emulator, tmp_path, asked):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    redirect = f"http://localhost:{port}/callback"
    screen = terminal(["login", "--flow", "browser", "--redirect-uri", redirect], env)
    for question, answer in (
        ("Client ID:", "1000.A"),
        ("Client secret (not shown)", "s"),
        ("Waiting for", ""),
    ):
        screen.until(question)
        if question == asked:
            break
        screen.type(answer)
    screen.interrupt()
    assert screen.done() == 130
    assert "Stopped." in screen.shown
    assert screen.echoes
    assert "Traceback" not in screen.shown
    assert profiles.load(tmp_path / "home") == {}
    with socket.create_server(("127.0.0.1", port)):
        pass


@pytest.mark.parametrize(
    ("signs", "flow"),
    [
        ({"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, "Signing in by paste: this is an SSH session"),
        ({"CI": "true"}, "Signing in by self-client: nobody is here"),
        ({"JUPYTERHUB_USER": "ada"}, "Signing in by paste: the kernel runs on a server"),
    ],
)
def test_it_says_which_flow_it_picks_and_why(terminal, env, signs, flow):
    screen = terminal(["login"], {**env, **signs})
    assert flow in screen.until("Client ID:")
    assert "Another way: --flow" in screen.shown
