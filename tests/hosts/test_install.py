"""`zcrm install`, as a person runs it, on files that hold more than our server."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from zcrm_tools.errors import NotConfigured
from zcrm_tools.hosts import command, files, table
from zcrm_tools.hosts.table import HOSTS

MINE = '{\n  // servers I use\n  "mcpServers": {\n    "docs": {"command": "npx", "env": {"KEY": "s3cret"}}\n  },\n  "theme": "dark"\n}\n'
SECRETS = {
    "ZCRM_CLIENT_ID": "1000.CLIENTID",
    "ZCRM_CLIENT_SECRET": "planted-client-secret",
    "ZCRM_REFRESH_TOKEN": "1000.planted.refresh",
}


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    (folder / ".cursor").mkdir(parents=True)
    return folder


@pytest.fixture
def install(home, tmp_path):
    """`install("cursor", "--yes")` in a project folder of its own, with secrets in the environment."""
    project = tmp_path / "project"
    project.mkdir()

    def run(*arguments, stdin=""):
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "SYSTEMROOT", "LANG")}
        return subprocess.run(
            [sys.executable, "-m", "zcrm_tools.cli", "install", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd=project,
            env={**kept, **SECRETS, "HOME": str(home), "USERPROFILE": str(home)},
        )

    run.project = project
    return run


def test_it_shows_the_difference_writes_it_and_keeps_a_copy(home, install):
    file = home / ".cursor" / "mcp.json"
    file.write_text(MINE)
    file.chmod(0o600)
    done = install("cursor", "--demo", "--write", "--yes")
    assert done.returncode == 0, done.stderr
    assert '+    "zcrm": {' in done.stdout
    assert "s3cret" not in done.stdout
    assert '"theme"' not in done.stdout
    text = file.read_text()
    assert "// servers I use" in text
    assert json.loads(text.replace("// servers I use", ""))["mcpServers"]["docs"]["env"] == {"KEY": "s3cret"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    backup = home / ".cursor" / "mcp.json.before-zcrm"
    assert backup.read_text() == MINE
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_what_it_wrote_starts_the_server(home, install):
    """The written words are started as a host would, with nothing else in the environment."""
    assert install("cursor", "--demo", "--yes").returncode == 0
    entry = json.loads((home / ".cursor" / "mcp.json").read_text())["mcpServers"]["zcrm"]
    greeting = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "tests", "version": "1"},
        },
    }
    answer = subprocess.run(
        [entry["command"], *entry["args"]],
        input=json.dumps(greeting) + "\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
    )
    assert json.loads(answer.stdout)["result"]["serverInfo"]["name"] == "zcrm", answer.stderr


@pytest.mark.parametrize("host", [h.id for h in HOSTS])
def test_no_secret_is_ever_written_or_shown(home, install, host, tmp_path):
    file = tmp_path / "settings"
    done = install(host, "--file", str(file), "--yes", "--profile", "work")
    assert done.returncode == 0, done.stderr
    for secret in SECRETS.values():
        assert secret not in file.read_text() + done.stdout + done.stderr
    assert "work" in file.read_text()


def test_it_is_taken_out_again_and_the_file_is_as_before(home, install):
    file = home / ".cursor" / "mcp.json"
    file.write_text(MINE)
    install("cursor", "--yes")
    done = install("cursor", "--remove", "--yes")
    assert done.returncode == 0
    assert '-    "zcrm": {' in done.stdout
    assert file.read_text() == MINE
    assert "has no zcrm" in install("cursor", "--remove", "--yes").stdout


def test_a_second_time_there_is_nothing_to_do(home, install):
    install("cursor", "--yes")
    file = home / ".cursor" / "mcp.json"
    before = file.stat().st_mtime_ns
    assert "says so already" in install("cursor", "--yes").stdout
    assert file.stat().st_mtime_ns == before


@pytest.mark.parametrize("stdin", ["n\n", ""])
def test_without_a_yes_nothing_is_written(home, install, stdin):
    done = install("cursor", stdin=stdin)
    assert done.returncode != 0
    assert not (home / ".cursor" / "mcp.json").exists()


def test_a_link_is_written_through(home, install, tmp_path):
    real = tmp_path / "dotfiles.json"
    real.write_text("{}")
    link = home / ".cursor" / "mcp.json"
    link.symlink_to(real)
    assert install("cursor", "--yes").returncode == 0
    assert link.is_symlink()
    assert "zcrm" in real.read_text()


def test_a_broken_file_is_left_as_it_is(home, install):
    file = home / ".cursor" / "mcp.json"
    file.write_text('{"mcpServers": ')
    done = install("cursor", "--yes")
    assert done.returncode == 1
    assert "line 1, column 16" in done.stderr
    assert "Nothing was written" in done.stderr
    assert file.read_text() == '{"mcpServers": '


def test_a_host_that_is_not_here_is_named_with_where_it_would_be(install):
    done = install("windsurf", "--yes")
    assert done.returncode == 1
    assert ".codeium" in done.stderr
    assert "--file" in done.stderr


def test_a_projects_file_is_made_with_its_folder(install):
    assert install("vscode", "--project", "--yes").returncode == 0
    entry = json.loads((install.project / ".vscode" / "mcp.json").read_text())["servers"]["zcrm"]
    assert entry["type"] == "stdio"
    assert Path(entry["command"]).is_absolute()


def test_claude_code_is_written_into_the_project_and_names_its_own_command_for_the_person(install):
    assert install("claude-code", "--yes").returncode == 0
    assert (install.project / ".mcp.json").exists()
    done = install("claude-code", "--user", "--yes")
    assert done.returncode == 1
    assert "claude mcp add --scope user zcrm" in done.stderr


def test_print_writes_nothing_and_gives_the_whole_file(install):
    done = install("codex", "--print", "--demo")
    assert done.stdout.startswith("[mcp_servers.zcrm]\n")
    assert '"--demo"' in done.stdout


def test_without_a_host_it_lists_them(install):
    listed = install().stdout
    assert all(h.id in listed for h in HOSTS)
    (cursor,) = [line for line in listed.splitlines() if line.startswith("cursor")]
    assert cursor.endswith("found")


def test_a_home_of_ones_own_goes_along(home, install, tmp_path, monkeypatch):
    """A host would otherwise look for the sign-in in the usual place."""
    done = subprocess.run(
        [sys.executable, "-m", "zcrm_tools.cli", "install", "cursor", "--print"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "ZCRM_HOME": str(tmp_path / "z")},
    )
    assert json.loads(done.stdout)["mcpServers"]["zcrm"]["env"] == {"ZCRM_HOME": str(tmp_path / "z")}


def test_the_operators_policy_goes_along(tmp_path):
    """A host started from the desktop knows nothing of the shell: its server would be held to no policy."""
    done = subprocess.run(
        [sys.executable, "-m", "zcrm_tools.cli", "install", "cursor", "--write", "--print"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "ZCRM_POLICY": "policy.toml"},
    )
    written = json.loads(done.stdout)["mcpServers"]["zcrm"]["env"]
    assert written["ZCRM_POLICY"] == str(tmp_path / "policy.toml")


def test_a_file_that_the_host_wrote_meanwhile_is_left(tmp_path):
    file = tmp_path / "mcp.json"
    file.write_text("{}")
    before = files.read(file)
    file.write_text('{"by": "the host"}')
    with pytest.raises(NotConfigured, match="changed meanwhile"):
        files.replace(file, before, '{"mcpServers": {}}')
    assert file.read_text() == '{"by": "the host"}'
    assert list(tmp_path.iterdir()) == [file]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    file = tmp_path / "mcp.json"
    file.write_text("{}")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotConfigured, match="No space left"):
        files.replace(file, "{}", '{"mcpServers": {}}')
    assert file.read_text() == "{}"
    assert {p.name for p in tmp_path.iterdir()} == {"mcp.json", "mcp.json.before-zcrm"}


def test_what_is_shown_to_be_typed_is_the_one_word_only_where_a_shell_finds_it(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("PATH", "")
    assert command.typed_command() == [str(Path(sys.executable).with_name("zcrm"))]
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert command.typed_command() == ["zcrm"]


def test_a_hosts_name_with_a_slip_is_told_the_nearest():
    with pytest.raises(NotConfigured, match=r"no host 'cursr'\. Did you mean cursor\?"):
        table.host("cursr")
