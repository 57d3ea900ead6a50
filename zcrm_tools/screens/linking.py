"""Several small ES modules → one, without a bundler: each in a scope of its own, what it needs before it.

It takes only what our modules are written in: `import * as x from "./x.js";`, `import { a, b } from "./x.js";` and
`export function` or `export const`, each at the start of a line. Everything else is refused by name.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_IMPORT = re.compile(r'import (?:\* as (\w+)|\{ ([\w, ]+) \}) from "(\.{1,2}/[\w./-]+\.js)";\n')
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


@cache
def link(path: Path, *also: Path) -> str:
    """The module at `path` with all it imports. `also` are folders to look in for modules that are not beside it."""
    scopes: dict[str, str] = {}
    exported = _add(path, also, scopes, ())
    return "\n".join([*scopes.values(), f"export const {{ {', '.join(exported)} }} = {_scope(path)};\n"])


@cache
def joined(path: Path, *also: Path) -> tuple[str, str]:
    """The same without its exports, and the name of the constant that holds them."""
    scopes: dict[str, str] = {}
    _add(path, also, scopes, ())
    return "\n".join(scopes.values()), _scope(path)


def _add(path: Path, also: tuple[Path, ...], scopes: dict[str, str], under: tuple[Path, ...]) -> list[str]:
    """Put a module and what it needs into `scopes`, in the order they must run. What it exports."""
    if path in under:
        raise ValueError(f"{path.name} imports itself, by way of {under[-1].name}")
    source = path.read_text("utf-8")
    exported = _EXPORT.findall(source)
    taken = []
    for match in _IMPORT.finditer(source):
        whole, names, where = match.groups()
        found = next(
            (folder / where for folder in (path.parent, *also) if (folder / where).is_file()),
            path.parent / where,
        ).resolve()
        if _scope(found) not in scopes:
            _add(found, also, scopes, (*under, path))
        taken.append(f"const {whole or f'{{ {names} }}'} = {_scope(found)};\n")
    body = _EXPORT.sub("", _IMPORT.sub("", source))
    if left := _LEFT.search(body):
        raise ValueError(f"{path.name}: this import or export cannot be linked: {left.group()!r}")
    scopes[_scope(path)] = (
        f"const {_scope(path)} = (() => {{\n{''.join(taken)}{body}return {{ {', '.join(exported)} }};\n}})();"
    )
    return exported


def _scope(path: Path) -> str:
    return f"zcrm_{path.parent.name}_{path.stem.replace('-', '_')}"
