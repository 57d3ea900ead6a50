"""One table of a TOML file put in or taken out, as text: comments and everything else stay where they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_HEADER = re.compile(r"^[ \t]*\[(?P<name>[^\[\]]+)\][ \t]*(?:#.*)?$", re.MULTILINE)
_ANY_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)


def put(text: str, path: tuple[str, str], value: Mapping[str, Any]) -> str:
    """In place of the table at `path`, or at the end. The caller compares what was meant with what the result says."""
    table = "\n".join(_lines(".".join(path), value)) + "\n"
    spans = list(_spans(text, path))
    if not spans:
        gap = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{gap}{table}"
    for start, end in reversed(spans[1:]):
        text = text[:start] + text[end:]
    start, end = spans[0]
    rest = text[end:]
    return text[:start] + table + ("\n" if rest.strip() else "") + rest


def take(text: str, path: tuple[str, str]) -> str:
    for start, end in reversed(list(_spans(text, path))):
        before, after = text[:start], text[end:]
        text = (before.rstrip("\n") + "\n" if before.strip() and not after.strip() else before) + after
    return text


def _spans(text: str, path: tuple[str, str]) -> Iterator[tuple[int, int]]:
    """From the header of the table, or of one inside it, to the next header; comments above that one belong to it."""
    for found in _HEADER.finditer(text):
        if _parts(found["name"])[:2] != list(path):
            continue
        following = _ANY_HEADER.search(text, found.end())
        end = following.start() if following else len(text)
        if following:
            lines = text[found.end() : end].split("\n")[:-1]
            while lines and lines[-1].lstrip().startswith("#"):
                end -= len(lines.pop()) + 1
        yield found.start(), end


def _parts(name: str) -> list[str]:
    return [part.strip().strip("\"'") for part in name.split(".")]


def _lines(name: str, value: Mapping[str, Any]) -> Iterator[str]:
    yield f"[{name}]"
    tables = {k: v for k, v in value.items() if isinstance(v, Mapping)}
    for key, plain in value.items():
        if key not in tables:
            yield f"{key} = {json.dumps(plain, ensure_ascii=False)}"
    for key, table in tables.items():
        yield ""
        yield from _lines(f"{name}.{key}", table)
