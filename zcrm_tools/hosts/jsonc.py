"""JSON with comments, read with places, so that one member can be put in or taken out and every other byte stays.

Comments and commas before a closing bracket are allowed, as VS Code and Zed allow them in their own files.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"(?:[ \t\r\n\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_TEXT = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_PLAIN = re.compile(r"-?[0-9][0-9.eE+-]*|true|false|null")


class NotJson(ValueError):
    """`line` and `column` begin at 1."""

    def __init__(self, text: str, at: int, wanted: str) -> None:
        self.line = text.count("\n", 0, at) + 1
        self.column = at - (text.rfind("\n", 0, at) + 1) + 1
        super().__init__(f"line {self.line}, column {self.column}: {wanted} is expected here")


@dataclass(frozen=True, slots=True)
class Member:
    """`start` is where its key begins, `end` where its value ends."""

    key: str
    start: int
    end: int
    value: Node


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands. `members` of an object, in order; `data` is the value itself."""

    start: int
    end: int
    data: Any
    members: tuple[Member, ...] = ()


def read(text: str) -> Node | None:
    """The whole text; None when nothing but space and comments is in it. Raises NotJson."""
    at = _skip(text, 0)
    if at == len(text):
        return None
    node = _value(text, at)
    if (end := _skip(text, node.end)) != len(text):
        raise NotJson(text, end, "the end")
    return node


def put(text: str, path: tuple[str, str], value: Any) -> str:
    """With `value` at the two names of `path`; the outer object is made when it is not there.

    Raises NotJson, or ValueError where something else than an object stands in the way.
    """
    root = read(text)
    style = _Style.of(text)
    if root is None:
        gap = style.new_line if text.strip() else ""
        return f"{text.rstrip()}{gap}{style.written({path[0]: {path[1]: value}}, 0)}{style.new_line}"
    outer = _member(root, path[0])
    if outer is None:
        return _with(text, root, path[0], {path[1]: value}, style, 1)
    inner = _member(outer.value, path[1])
    if inner is None:
        return _with(text, outer.value, path[1], value, style, 2)
    return text[: inner.value.start] + style.written(value, 2) + text[inner.end :]


def take(text: str, path: tuple[str, str]) -> str:
    """Without what is at `path`, and without the object that held it when nothing else is in it. The same text when there
    is nothing. Raises NotJson.
    """
    root = read(text)
    outer = _member(root, path[0]) if root else None
    inner = _member(outer.value, path[1]) if outer else None
    if root is None or outer is None or inner is None:
        return text
    holder = outer.value
    around = text[holder.start + 1 : inner.start] + text[inner.end : holder.end - 1]
    alone = not around.replace(",", "").strip()
    return _without(text, root, outer) if alone else _without(text, holder, inner)


@dataclass(frozen=True, slots=True)
class _Style:
    """As the file does it: the first line that is indented tells."""

    indent: str
    new_line: str

    @classmethod
    def of(cls, text: str) -> _Style:
        found = re.search(r"\n([ \t]+)\S", text)
        return cls(found.group(1) if found else "  ", "\r\n" if "\r\n" in text else "\n")

    def written(self, value: Any, depth: int) -> str:
        lines = json.dumps(value, indent=self.indent, ensure_ascii=False).split("\n")
        return (self.new_line + self.indent * depth).join(lines)


def _member(node: Node, name: str) -> Member | None:
    if not isinstance(node.data, dict):
        raise ValueError(f"what should hold {name} is not an object")  # noqa: TRY004 — of the file, not of an argument
    return next((m for m in node.members if m.key == name), None)


def _with(text: str, node: Node, name: str, value: Any, style: _Style, depth: int) -> str:
    """As the last member. A comment after the one before stays there, and a comma at the end is kept up."""
    end = node.members[-1].end if node.members else node.start + 1
    comma = _skip(text, end) if node.members else end
    trailing = node.members and text[comma] == ","
    if trailing:
        before, rest = text[: comma + 1], text[comma + 1 : node.end - 1]
    else:
        before, rest = text[:end] + ("," if node.members else ""), text[end : node.end - 1]
    line = style.new_line + style.indent * depth
    member = f"{json.dumps(name)}: {style.written(value, depth)}"
    closing = ("," if trailing else "") + style.new_line + style.indent * (depth - 1)
    return f"{before}{rest.rstrip()}{line}{member}{closing}{text[node.end - 1 :]}"


def _without(text: str, holder: Node, member: Member) -> str:
    """Its own line or lines go with it; comments before and after stay."""
    end, before = member.end, text[: member.start]
    after = _skip(text, end)
    at = holder.members.index(member)
    if text[after] == ",":
        end = after + 1
    elif at > 0:
        comma = _skip(text, holder.members[at - 1].end)
        before = before[:comma] + before[comma + 1 :]
    return before.rstrip(" \t").removesuffix("\n").removesuffix("\r") + text[end:]


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int) -> Node:
    if text[at : at + 1] == "{":
        return _object(text, at)
    if text[at : at + 1] == "[":
        return _array(text, at)
    found = _TEXT.match(text, at) or _PLAIN.match(text, at)
    if found is None:
        raise NotJson(text, at, "a value")
    try:
        return Node(at, found.end(), json.loads(found.group()))
    except ValueError:
        raise NotJson(text, at, "a value") from None


def _object(text: str, start: int) -> Node:
    members: list[Member] = []
    at = _skip(text, start + 1)
    while text[at : at + 1] != "}":
        key = _TEXT.match(text, at)
        if key is None:
            raise NotJson(text, at, "a name in quotes or }")
        colon = _skip(text, key.end())
        if text[colon : colon + 1] != ":":
            raise NotJson(text, colon, ":")
        value = _value(text, _skip(text, colon + 1))
        members.append(Member(json.loads(key.group()), at, value.end, value))
        at = _after(text, value.end, "}")
    return Node(start, at + 1, {m.key: m.value.data for m in members}, tuple(members))


def _array(text: str, start: int) -> Node:
    items: list[Any] = []
    at = _skip(text, start + 1)
    while text[at : at + 1] != "]":
        value = _value(text, at)
        items.append(value.data)
        at = _after(text, value.end, "]")
    return Node(start, at + 1, items)


def _after(text: str, at: int, closing: str) -> int:
    """Where the next item, or the closing bracket, begins."""
    at = _skip(text, at)
    if text[at : at + 1] == ",":
        return _skip(text, at + 1)
    if text[at : at + 1] != closing:
        raise NotJson(text, at, f", or {closing}")
    return at
