"""A host's file before and after. The result is read again and must differ in our entry alone; otherwise it is refused."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from zcrm_tools.errors import NotConfigured, Problem
from zcrm_tools.hosts import jsonc, toml
from zcrm_tools.hosts.table import NAME, Host

_VALUE = re.compile(r"""([:=\[,]\s*)("(?:[^"\\]|\\.)*"|'[^']*')(?!\s*:)""")
NOT_WRITTEN = "Nothing was written."


def with_server(host: Host, text: str, entry: Mapping[str, Any]) -> str:
    """Raises NotConfigured for a file that cannot be read, or not be changed without touching something else."""
    return _checked(host, text, dict(entry))


def without_server(host: Host, text: str) -> str:
    """The same text when our server is not in it."""
    return _checked(host, text, None)


def present(host: Host, text: str) -> Any:
    """Our entry as it stands; None when there is none."""
    servers = _data(host, text).get(host.key)
    return servers.get(NAME) if isinstance(servers, dict) else None


def config(host: Host, entry: Mapping[str, Any]) -> str:
    """A whole file that holds our entry alone."""
    return with_server(host, "", entry)


def difference(host: Host, before: str, after: str) -> list[str]:
    """The lines that change, values of others' entries covered up: keys may be among them, and terminals are shared."""
    ours = {line.strip().rstrip(",") for text in (before, after) for line in _own_lines(host, text)}
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [
        line if line[1:].strip().rstrip(",") in ours else _VALUE.sub(r'\1"…"', line)
        for line in list(lines)[2:]
    ]


def _own_lines(host: Host, text: str) -> list[str]:
    entry = present(host, text)
    return config(host, entry).splitlines() if isinstance(entry, dict) else []


def _checked(host: Host, text: str, entry: dict[str, Any] | None) -> str:
    before = _data(host, text)
    if entry is None and present(host, text) is None:
        return text
    try:
        changed = _changed(host, text, entry)
        after = _data(host, changed)
    except (ValueError, NotConfigured) as wrong:
        raise NotConfigured(_by_hand(host, f"{host.key}.{NAME} has no place of its own in it")) from wrong
    if _others(host, before) != _others(host, after) or present(host, changed) != entry:
        raise NotConfigured(_by_hand(host, f"{host.key}.{NAME} has no place of its own in it"))
    return changed


def _changed(host: Host, text: str, entry: dict[str, Any] | None) -> str:
    path = (host.key, NAME)
    if host.format == "toml":
        return toml.take(text, path) if entry is None else toml.put(text, path, entry)
    return jsonc.take(text, path) if entry is None else jsonc.put(text, path, entry)


def _data(host: Host, text: str) -> dict[str, Any]:
    try:
        if host.format == "toml":
            return tomllib.loads(text)
        node = jsonc.read(text)
    except ValueError as wrong:
        raise NotConfigured(
            Problem(
                "CONFIG_UNREADABLE",
                f"The file is not {host.format.upper()}: {wrong}.",
                NOT_WRITTEN,
                "Mend the file, or let the host do it, and try again.",
                fix_by="person",
            )
        ) from wrong
    data = node.data if node else {}
    if not isinstance(data, dict):
        raise NotConfigured(_by_hand(host, "the file does not hold an object"))
    return data


def _others(host: Host, data: dict[str, Any]) -> dict[str, Any]:
    """All but our entry; an empty list of servers is as good as none."""
    servers = data.get(host.key)
    if not isinstance(servers, dict):
        return data
    rest = {name: one for name, one in servers.items() if name != NAME}
    return {**{k: v for k, v in data.items() if k != host.key}, **({host.key: rest} if rest else {})}


def _by_hand(host: Host, why: str) -> Problem:
    return Problem(
        "CONFIG_NOT_CHANGED",
        f"The file cannot be changed safely: {why}.",
        NOT_WRITTEN,
        f"Put it in by hand; `zcrm install {host.id} --print` shows what.",
        fix_by="person",
    )
