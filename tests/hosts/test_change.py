"""A host's file before and after, in JSON and TOML: nothing but our entry differs, or nothing is written."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest

from zcrm_tools.errors import NotConfigured
from zcrm_tools.hosts import change
from zcrm_tools.hosts.table import HOSTS, host

CODEX = host("codex")
OTHERS = os.environ.get("MCP_CONFIGS", "")
THEIRS = {"gemini-cli": "gemini", "jetbrains": "junie"}
"""What another project's table calls a host, where it is not what we call it."""
ENTRY = {"command": "/opt/zcrm-mcp", "args": ["--demo"], "env": {"ZCRM_HOME": "/srv/z"}}

TOML = """\
# my settings
model = "gpt-5"  # the good one

[mcp_servers.docs]
command = "npx"
args = ["-y", "docs"]

# profiles below
[profiles.fast]
model = "mini"
"""


@pytest.mark.parametrize("one", HOSTS, ids=lambda h: h.id)
def test_what_is_put_in_is_found_and_taken_out(one):
    entry = one.entry("/opt/zcrm-mcp", ["--write"], {"ZCRM_HOME": "/srv/z"})
    text = change.config(one, entry)
    data = tomllib.loads(text) if one.format == "toml" else json.loads(text)
    assert data == {one.key: {"zcrm": entry}}
    assert change.present(one, text) == entry
    assert change.present(one, change.without_server(one, text)) is None
    assert change.with_server(one, text, entry) == text


def test_a_table_goes_to_the_end_of_toml_and_comes_out_again():
    changed = change.with_server(CODEX, TOML, ENTRY)
    assert changed.startswith(TOML)
    assert tomllib.loads(changed) == {**tomllib.loads(TOML), "mcp_servers": {"docs": {"command": "npx", "args": ["-y", "docs"]}, "zcrm": ENTRY}}  # fmt: skip
    assert change.without_server(CODEX, changed) == TOML


def test_a_table_in_the_middle_of_toml_is_replaced_with_what_is_in_it_and_no_comment_of_its_neighbour():
    text = TOML.replace("# profiles", '[mcp_servers."zcrm"]\ncommand = "old"\n\n[mcp_servers.zcrm.env]\nA = "1"\n\n# profiles')  # fmt: skip
    changed = change.with_server(CODEX, text, ENTRY)
    assert tomllib.loads(changed)["mcp_servers"]["zcrm"] == ENTRY
    assert "# profiles below\n[profiles.fast]" in changed
    assert '"old"' not in changed
    assert tomllib.loads(change.without_server(CODEX, text)) == tomllib.loads(TOML)


@pytest.mark.parametrize(
    "text",
    [
        'mcp_servers = { zcrm = { command = "x" } }\n',
        '[mcp_servers]\nzcrm.command = "x"\n',
        'note = """\n[mcp_servers.zcrm]\n"""\n[mcp_servers]\nzcrm = { command = "x" }\n',
    ],
)
def test_a_form_that_cannot_be_changed_alone_is_left_to_a_person(text):
    for attempt in (
        lambda: change.with_server(CODEX, text, ENTRY),
        lambda: change.without_server(CODEX, text),
    ):
        with pytest.raises(NotConfigured) as refused:
            attempt()
        assert refused.value.problem.not_done == "Nothing was written."
        assert "zcrm install codex --print" in refused.value.problem.next_step


@pytest.mark.parametrize(("id", "text"), [("cursor", '{"mcpServers": {,}'), ("codex", "model = \n")])
def test_a_file_that_is_broken_is_named_and_left(id, text):
    with pytest.raises(NotConfigured, match="line 1"):
        change.with_server(host(id), text, ENTRY)


def test_an_unknown_host_is_refused_with_those_there_are():
    with pytest.raises(NotConfigured) as refused:
        host("claud")
    assert "claude-code" in refused.value.problem.allowed


@pytest.mark.parametrize("system", ["darwin", "win32", "linux"])
@pytest.mark.parametrize("one", HOSTS, ids=lambda h: h.id)
def test_every_host_has_a_file_on_every_system(one, system):
    found = one.user_file(system, Path("/home/ada"), {"APPDATA": "/home/ada/AppData/Roaming"})
    assert found is not None or one.project
    if found:
        assert found.is_relative_to("/home/ada")
        assert "%" not in str(found)
        assert found.suffix == (".toml" if one.format == "toml" else ".json")


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (
            host("cursor"),
            '{"mcpServers": {"docs": {"command": "npx", "env": {"KEY": "s3cret", "B": "s3cret2"}}}}',
        ),
        (CODEX, '[mcp_servers.docs]\nargs = ["s3cret", \'s3cret2\']\n[mcp_servers.zcrm]\ncommand = "x"\n'),
    ],
    ids=["json on one line", "toml"],
)
def test_the_difference_covers_up_what_others_wrote(one, text):
    changed = change.with_server(one, text, ENTRY)
    for before, after in ((text, changed), (changed, change.without_server(one, changed))):
        shown = "\n".join(change.difference(one, before, after))
        assert "/opt/zcrm-mcp" in shown
        assert "s3cret" not in shown


@pytest.mark.skipif(
    not OTHERS, reason="MCP_CONFIGS does not name @gleanwork/mcp-config-schema's configs; .ci/run installs it"
)
@pytest.mark.parametrize("one", [h for h in HOSTS if h.id != "zed"], ids=lambda h: h.id)
def test_another_projects_table_says_the_same(one):
    """Of Claude Code the project's file is written, as the person's own holds its whole state; Zed is not in that table."""
    theirs = json.loads((Path(OTHERS) / f"{THEIRS.get(one.id, one.id)}.json").read_text("utf-8"))
    assert theirs["configStructure"]["serversPropertyName"] == one.key
    assert theirs["configFormat"] == one.format
    names = theirs["configStructure"]["stdioPropertyMapping"]
    assert {"command", "args", "env"} == {names[f"{part}Property"] for part in ("command", "args", "env")}
    for system, path in theirs["configPath"].items() if one.user else ():
        ours = one.user_file(system, Path("/home"), {"APPDATA": "/home/roaming"})
        plain = path.replace("\\", "/").replace("$HOME", "/home").replace("%USERPROFILE%", "/home")
        assert str(ours) == plain.replace("%APPDATA%", "/home/roaming")
