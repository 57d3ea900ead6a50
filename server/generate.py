"""Writes what is derived: python server/generate.py. The card of each action in zcrm_tools/actions/cards/, one page and one
ready config for each host in clients/, and the tables of tools, prompts and resources in README.md. A test fails while
something is stale.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from zcrm_server.__main__ import main
from zcrm_server.prompts import PROMPTS
from zcrm_tools.actions import card, registry, schema
from zcrm_tools.hosts import change
from zcrm_tools.hosts.table import HOSTS, Host

HERE = Path(__file__).parent
PROGRAM = ["uvx", "zcrm-tools"]
_SYSTEMS = {"darwin": "macOS", "win32": "Windows", "linux": "Linux"}


def files() -> dict[Path, str]:
    """Every derived file and its text."""
    found = {HERE / "clients" / "README.md": _index()}
    for host in HOSTS:
        found[HERE / "clients" / f"{host.id}.md"] = _page(host)
        found[HERE / "clients" / f"{host.id}.{host.format}"] = ready(host)
    readme = HERE / "README.md"
    text = readme.read_text("utf-8")
    for name, table in (("options", _options()), ("tools", _tools()), ("prompts", _prompts())):
        text = re.sub(rf"(<!-- {name} -->\n).*?(<!-- end -->)", rf"\g<1>{table}\g<2>", text, flags=re.DOTALL)
    return {**_cards(), **found, readme: text}


def _cards() -> dict[Path, str]:
    """What each action says of itself, as a model reads it: look at the difference in git."""
    return {
        card.KEPT / f"{name}.json": card.text(schema.card(registry.action(name)))
        for name in registry.all_names()
    }


def ready(host: Host) -> str:
    """A whole file for that host, to be copied."""
    return change.config(host, host.entry(PROGRAM[0], PROGRAM[1:], {}))


def _index() -> str:
    rows = "".join(
        f"| [{h.title}]({h.id}.md) | [{h.id}.{h.format}]({h.id}.{h.format}) | `zcrm install {h.id}` |\n"
        for h in HOSTS
    )
    return f"# Hosts\n\n| host | ready config | written by |\n|---|---|---|\n{rows}\nMade by `python server/generate.py`.\n"


def _page(host: Host) -> str:
    return "\n\n".join(_parts(host)) + "\n"


def _parts(host: Host) -> Iterator[str]:
    where = "" if host.user else " --project"
    yield f"# Zoho CRM in {host.title}"
    yield (
        "## Let it be written\n\n"
        f"```sh\nzcrm install {host.id} --demo         # the demo org; no account\n"
        f"zcrm install {host.id}                # your own org, read-only; sign in by `zcrm login` before\n"
        f"zcrm install {host.id} --write        # and let the assistant write\n"
        f"zcrm install {host.id} --remove       # take it out again\n```\n\n"
        "It shows what would change before it writes, changes nothing else in the file, keeps a copy of it, and writes no "
        "secret."
        + (f" Without `--file` it writes `{host.project}` in the folder you are in." if where else "")
    )
    yield f"## By hand\n\n{_places(host)}\n\n```{host.format}\n{ready(host)}```"
    yield (
        f"{host.then}\n\n"
        "`uvx` must be on the path that the host sees; where it is not, give its whole path, or that of an installed "
        '`zcrm-mcp`. Add `"--demo"` to the arguments for the demo org, `"--write"` to let the assistant write, '
        '`"--profile", "NAME"` for another sign-in.'
    )
    if host.command:
        words = host.command.format(words=" ".join(PROGRAM))
        yield f"## By its own command\n\n```sh\n{words}\n```"
    yield f"## Approvals\n\n{_approvals(host)}"
    yield f"When something is wrong: `zcrm doctor`. The host's own page: <{host.docs}>."


def _places(host: Host) -> str:
    lines = []
    paths = {_SYSTEMS[s]: p for s, p in host.user.items()}
    if len(set(paths.values())) == 1:
        lines.append(f"- for all your work: `{next(iter(paths.values()))}`")
    else:
        lines += [f"- for all your work, {name}: `{path}`" for name, path in paths.items()]
    if host.project:
        lines.append(f"- for one project: `{host.project}`")
    return "\n".join(lines)


def _approvals(host: Host) -> str:
    if host.asks:
        return "What needs a person (deletes, mail, mass changes) is asked in the conversation; `zcrm approve` works as well."
    return "What needs a person (deletes, mail, mass changes) waits: run `zcrm approve` in a terminal, then let the assistant go on."


def _options() -> str:
    rows = []
    for option in main.params:
        if isinstance(option, click.Option) and option.name != "version":
            names = " / ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
            value = f" {option.metavar}" if option.metavar else ""
            rows.append(f"| {names}{value} | {option.help} |\n")
    return "| option | does |\n|---|---|\n" + "".join(rows)


def _tools() -> str:
    rows = []
    for toolset, names in registry.CATALOGUE.items():
        for name in names:
            action = registry.action(name)
            rows.append(f"| `{name}` | {toolset} | {action.effect} | {action.title} |\n")
    return "| tool | toolset | effect | does |\n|---|---|---|---|\n" + "".join(rows)


def _prompts() -> str:
    rows = []
    for prompt in PROMPTS:
        takes = ", ".join(f"`{a.name}`" + ("" if a.required else "?") for a in prompt.arguments)
        rows.append(f"| `{prompt.name}` | {takes} | {prompt.description} |\n")
    return "| prompt | takes | gives |\n|---|---|---|\n" + "".join(rows)


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
