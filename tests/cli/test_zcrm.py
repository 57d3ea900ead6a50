"""The command as a whole: what it lists, how it fails, and that it never shows a traceback or a token."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import click
import pytest

from zcrm_tools import __version__, cli
from zcrm_tools.actions import registry

HELPED = """
import sys
from zcrm_tools.cli import main
sys.argv = ["zcrm", "--help"]
try:
    main()
except SystemExit:
    pass
print([m for m in sys.modules if m.startswith(("pydantic", "mcp", "httpx", "zcrm_tools.cli."))])
"""


def test_help_lists_every_verb(zcrm) -> None:
    done = zcrm("--help")
    assert done.code == 0
    for name, what in cli.COMMANDS.items():
        assert name in done.out
        assert what in done.out


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_verb_is_a_command_of_its_name(name: str) -> None:
    command = import_module(f"zcrm_tools.cli.{'import_' if name == 'import' else name}").command
    assert isinstance(command, click.Command)
    assert command.name == name


def test_help_loads_no_verb() -> None:
    done = subprocess.run([sys.executable, "-c", HELPED], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_it_knows_its_version(zcrm) -> None:
    assert __version__ in zcrm("--version").out


@pytest.mark.parametrize("arguments", [("frobnicate",), ("call",), ("tools", "--colour")])
def test_a_wrong_command_line_exits_2(zcrm, arguments: tuple[str, ...]) -> None:
    done = zcrm(*arguments)
    assert done.code == 2
    assert "Usage:" in done.err


def test_a_refusal_is_words_on_stderr_and_exit_1(zcrm) -> None:
    done = zcrm("call", "get_connection")
    assert (done.code, done.out) == (1, "")
    assert "Nobody is signed in" in done.err
    assert "zcrm login" in done.err


def test_a_misspelt_setting_is_named(zcrm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZCRM_CLIENT_IDD", "1000.X")
    done = zcrm("call", "get_connection")
    assert done.code == 1
    assert "ZCRM_CLIENT_IDD" in done.err


def test_an_unexpected_failure_is_one_sentence_without_tokens(zcrm, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "1000.0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210"

    def broken() -> None:
        raise RuntimeError(f"no answer to {token}")

    monkeypatch.setattr(registry, "all_names", broken)
    done = zcrm("tools", "--json")
    assert done.code == 1
    assert "RuntimeError" in done.err
    assert "Please report it" in done.err
    assert "Traceback" not in done.err
    assert token not in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise on Windows")
def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "zcrm_tools.cli", "tools", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""


def test_tools_lists_every_action_with_its_effect(zcrm) -> None:
    told = {t["name"]: t for t in json.loads(zcrm("tools", "--json").out)}
    assert list(told) == list(registry.all_names())
    for name, tool in told.items():
        assert tool["effect"] == registry.action(name).effect
        assert tool["input_schema"]["additionalProperties"] is False
        assert all(s.startswith("Zoho") for s in tool["scopes"])
    words = zcrm("tools").out
    assert all(name in words for name in told)


def test_what_the_system_refuses_is_no_mistake_of_ours(zcrm, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    done = zcrm("skill", str(tmp_path / "file" / "skills"), "--any-org")
    assert done.code == 1
    assert done.err == f"zcrm: {tmp_path}/file/skills/zoho-crm: Not a directory.\n"


def test_help_says_what_the_exit_codes_mean(zcrm) -> None:
    told = " ".join(zcrm("--help").out.split())
    assert "Exit code: 0 done, 1 refused or failed, 2 a wrong command line, 130 stopped" in told


def test_a_data_centre_that_is_not_there_is_refused_before_anything_is_printed(zcrm) -> None:
    done = zcrm("scopes", "--data-center", "xx")
    assert (done.code, done.out) == (1, "")
    assert "Allowed: us, eu" in done.err
