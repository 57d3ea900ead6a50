"""The canary where other programs keep what is shown: a notebook's file, and what an assistant is told by the server."""

from __future__ import annotations

import os
import sys

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from zcrm_tools.auth import profiles
from zcrm_tools.emulator.grants import Consent, Holder

SCOPES = ("ZohoCRM.org.READ", "ZohoCRM.users.READ")
PASSPHRASE = "canary passphrase"


@pytest.fixture
def env(tmp_path, emulator_url):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    urls = {"ZCRM_API_URL": emulator_url, "ZCRM_ACCOUNTS_URL": emulator_url}
    return {**kept, **urls, "ZCRM_HOME": str(tmp_path / "home"), "ZCRM_PASSPHRASE": PASSPHRASE}


@pytest.fixture
def code(emulator):
    user = next(iter(emulator.store.fetch('SELECT id FROM "Users"')))[0]
    return lambda: emulator.grants.new_code(Consent(Holder(emulator.credentials.client_id, user, SCOPES)))


def execute(kernel, source, answers):
    """Run a cell as a notebook would, typing the answers; the cell with its outputs."""
    outputs = []

    def told(message):
        if message["header"]["msg_type"] in ("stream", "error", "execute_result", "display_data"):
            outputs.append(nbformat.v4.output_from_msg(message))

    kernel.execute_interactive(
        source,
        allow_stdin=True,
        stdin_hook=lambda _message: kernel.input(answers.pop(0)),
        output_hook=told,
        timeout=60,
    )
    return nbformat.v4.new_code_cell(source, outputs=outputs)


# jupyter_client and its event loop policies warn about themselves.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning", "ignore::ResourceWarning")
def test_a_notebook_saved_after_login_holds_no_secret(env, emulator, code, tmp_path):
    held = emulator.credentials
    first, second = code(), code()
    login = f"import zcrm_tools\nzcrm_tools.login(flow='self-client', scopes='{','.join(SCOPES)}'"
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=env)
    kernel = manager.client()
    kernel.start_channels()
    try:
        kernel.wait_for_ready(timeout=60)
        cells = [
            execute(kernel, login + ")", [held.client_id, held.client_secret, first]),
            execute(kernel, login + ")", []),
            execute(kernel, login + ", again=True)", [held.client_id, "canary-wrong-secret", second]),
            execute(
                kernel,
                "%xmode Verbose\n" + login + ", again=True)",
                [held.client_id, held.client_secret, first],
            ),
        ]
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)
    path = tmp_path / "saved.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    saved = path.read_text()
    assert "Signed in as profile" in saved
    assert "Already signed in" in saved
    assert "does not accept the client secret" in saved
    assert "used up, expired or mistyped" in saved
    for secret in (held.client_secret, first, second, "canary-wrong-secret", PASSPHRASE, "1000.canary"):
        assert secret not in saved
    assert set(profiles.load(tmp_path / "home")["default"].scopes.split()) == set(SCOPES)


async def test_an_assistant_is_never_told_it(env, emulator):
    """By a server with a good sign-in, with one that was revoked, and with one that Accounts does not know."""
    held = emulator.credentials
    secrets = {held.client_secret, held.refresh_token, held.access_token, PASSPHRASE}
    signed = {
        **env,
        "ZCRM_CLIENT_ID": held.client_id,
        "ZCRM_CLIENT_SECRET": held.client_secret,
        "ZCRM_REFRESH_TOKEN": held.refresh_token,
        "ZCRM_SCOPES": ",".join(SCOPES),
    }
    told = []

    async def ask(**changed):
        server = StdioServerParameters(
            command=sys.executable, args=["-m", "zcrm_server"], env={**signed, **changed}
        )
        async with Client(server) as client:
            told.append((await client.list_tools()).model_dump_json())
            for tool, given in (
                ("get_connection", {}),
                ("search_leads", {"text": "x"}),
                ("list_changes", {}),
            ):
                told.append((await client.call_tool(tool, given)).model_dump_json())

    await ask()
    await ask(ZCRM_CLIENT_SECRET="canary-wrong-secret", ZCRM_HOME=env["ZCRM_HOME"] + "-of-another")
    emulator.grants.revoke(held.refresh_token)
    await ask(ZCRM_HOME=env["ZCRM_HOME"] + "-of-a-third")
    text = "\n".join(told)
    assert "Empty Org" in text
    assert "does not accept the client secret" in text
    assert "revoked" in text
    assert "ZohoCRM.coql.READ" in text
    for secret in secrets | {"canary-wrong-secret", "Zoho-oauthtoken"}:
        assert secret not in text
