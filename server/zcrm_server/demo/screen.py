"""How the demonstration reads: what a person says, what the assistant asks, what came back, what the store says."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from zcrm_tools import terminal

_BOLD, _DIM, _CYAN, _GREEN, _YELLOW, _RED = "1", "2", "36", "32", "33", "31"


@dataclass(frozen=True, slots=True)
class Screen:
    """Writes to stdout, line by line, so that a reader follows."""

    width: int
    colour: bool

    @classmethod
    def on_stdout(cls, *, plain: bool) -> Screen:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        return cls(terminal.columns_of(sys.stdout, 96), not plain and terminal.wants_colour(sys.stdout))

    def title(self, text: str, paragraphs: Sequence[str]) -> None:
        self.say()
        self.say(self._paint(text, _BOLD))
        for paragraph in paragraphs:
            self.say()
            self._wrapped(paragraph, "", "")

    def step(self, number: int, text: str) -> None:
        rule = "─" * max(0, self.width - len(text) - 6)
        self.say()
        self.say(f"{self._paint(f'── {number} {text}', _BOLD)} {self._paint(rule, _DIM)}")

    def person(self, text: str) -> None:
        """What the person in front of the assistant says."""
        self.say()
        first, *rest = self._lines(f"“{text}”", self.width - 3)
        self.say(f"  {self._paint(first, _BOLD)}")
        for line in rest:
            self.say(f"   {self._paint(line, _BOLD)}")

    def asks(self, tool: str, arguments: Mapping[str, Any]) -> None:
        """A tool call. A query stands on lines of its own."""
        self.say()
        query = str(arguments.get("query", ""))
        rest = [f"{k}={json.dumps(v, ensure_ascii=False)}" for k, v in arguments.items() if k != "query"]
        head = self._paint(f"▸ {tool}", _CYAN)
        if not rest:
            self.say(f"  {head}")
        else:
            lines = self._lines(", ".join(rest), self.width - len(tool) - 6)
            self.say(f"  {head}  {lines[0]}")
            for line in lines[1:]:
                self.say(f"{' ' * (len(tool) + 6)}{line}")
        for line in _clauses(query):
            for part in self._lines(line, self.width - 8):
                self.say(f"      {self._paint(part, _CYAN)}")
        self.say()

    def text(self, text: str) -> None:
        self._wrapped(text, "    ", "    ")

    def facts(self, facts: Mapping[str, Any]) -> None:
        """Names and values, the names aligned."""
        wide = max(map(len, facts))
        for name, value in facts.items():
            self._wrapped(terminal.shown(value), f"    {name:<{wide}}  ", " " * (wide + 6))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        lines = terminal.table(columns, rows, self.width - 4).splitlines()
        for number, line in enumerate(lines):
            self.say(f"    {self._paint(line, _DIM) if number < 2 else line}")

    def differences(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """`field`, `old` and `new` of each, a line each."""
        wide = max(len(c["field"]) for c in changes)
        room = (self.width - wide - 10) // 2
        for change in changes:
            before, after = (terminal.fit(terminal.shown(change.get(k)), room) for k in ("old", "new"))
            self.say(
                f"    {change['field']:<{wide}}  {self._paint(before, _RED)} → {self._paint(after, _GREEN)}"
            )

    def note(self, text: str) -> None:
        """What the server says beside the data, for instance that nothing was written."""
        lines = self._lines(text, self.width - 4)
        for line in lines:
            self.say(f"    {self._paint(line, _YELLOW)}")

    def checked(self, text: str) -> None:
        """The store agrees."""
        lines = self._lines(text, self.width - 4)
        self.say()
        self.say(f"  {self._paint('✓', _GREEN)} {self._paint(lines[0], _DIM)}")
        for line in lines[1:]:
            self.say(f"    {self._paint(line, _DIM)}")

    def failed(self, text: str) -> None:
        self.say()
        lines = self._lines(text, self.width - 2)
        self.say(f"{self._paint('✗', _RED)} {lines[0]}")
        for line in lines[1:]:
            self.say(f"  {line}")

    def heading(self, text: str) -> None:
        self.say()
        for line in self._lines(text, self.width):
            self.say(self._paint(line, _BOLD))

    def verbatim(self, text: str) -> None:
        """To be copied: never wrapped."""
        for line in text.splitlines():
            self.say(f"    {line}")

    def say(self, line: str = "") -> None:
        click.echo(line, color=self.colour)

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text

    def _lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]

    def _wrapped(self, text: str, first: str, rest: str) -> None:
        lines = self._lines(text, self.width - len(rest))
        self.say(first + lines[0])
        for line in lines[1:]:
            self.say(rest + line)


def _clauses(query: str) -> list[str]:
    """A COQL query, a clause a line."""
    if not query:
        return []
    lines, words = [], query.split(" ")
    current: list[str] = []
    for word in words:
        if current and word.lower() in ("from", "where", "group", "order", "limit"):
            lines.append(" ".join(current))
            current = []
        current.append(word)
    return [*lines, " ".join(current)]
