"""A task, what it must leave behind, and the verdict."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from crm_evals.world import Changes, World
from zcrm_tools.safety.plan import Plan

Record = tuple[str, int]


class Agent(Protocol):
    """What a scripted solution may use: the tools, and nothing of the org's insides."""

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """One tool call; its structured result, also when it failed."""

    async def write(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """A tool call that writes. A waiting plan is seen through: the person is asked, then it is applied."""

    async def coql(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query."""


@dataclass(frozen=True)
class Wanted:
    """Exactly what must be different afterwards. Whatever is not named here must be as it was.

    `created` are modules with the values that count; other fields of a new record are the agent's choice, unless
    `never_set` names them. `says` are words or numbers that the answer must hold, each one or any of several;
    `never_says` those that it must not.
    """

    updated: Mapping[Record, Mapping[str, Any]] = field(default_factory=dict)
    created: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    deleted: frozenset[Record] = frozenset()
    beside: Mapping[str, int] = field(default_factory=dict)
    says: tuple[str | float | tuple[str | float, ...], ...] = ()
    never_says: tuple[str, ...] = ()


def nobody(_: Plan) -> bool:
    """A person who says no."""
    return False


def anybody(_: Plan) -> bool:
    """A person who agrees to what the task asks for; whether that was all is the checker's business."""
    return True


@dataclass(frozen=True)
class Case:
    """One task on one org. `approves` is what the person says to a plan that is put before them."""

    prompt: str
    wanted: Wanted
    solve: Callable[[Agent], Awaitable[str]]
    approves: Callable[[Plan], bool] = nobody


@dataclass(frozen=True)
class Task:
    """`prepare` looks the org over, plants what the story needs, and tells the story. The server runs in this mode."""

    name: str
    prepare: Callable[[World], Case]
    write: bool = True
    toolsets: tuple[str, ...] = ()


TASKS: dict[str, Task] = {}


def task(*, write: bool = True, toolsets: tuple[str, ...] = ()) -> Callable[[Callable[[World], Case]], Task]:
    """Register a task under its function's name."""

    def register(prepare: Callable[[World], Case]) -> Task:
        made = Task(prepare.__name__, prepare, write, toolsets)
        assert made.name not in TASKS, f"two tasks are called {made.name}"
        TASKS[made.name] = made
        return made

    return register


def faults(wanted: Wanted, changes: Changes, answer: str) -> list[str]:
    """What is wrong with an attempt; empty when nothing is."""
    return [*_store_faults(wanted, changes), *_answer_faults(wanted, answer)]


def _store_faults(wanted: Wanted, changes: Changes) -> list[str]:
    found: list[str] = []
    for key, fields in wanted.updated.items():
        got = changes.updated.get(key, {})
        found += [f"{_name(key)}.{f} was not changed" for f in fields if f not in got]
        found += [
            f"{_name(key)}.{f} is {got[f]!r}, not {v!r}"
            for f, v in fields.items()
            if f in got and got[f] != v
        ]
        found += [f"{_name(key)}.{f} was changed as well" for f in got.keys() - fields.keys()]
    found += [f"{_name(key)} was changed" for key in changes.updated.keys() - wanted.updated.keys()]
    found += [f"{_name(key)} was not deleted" for key in wanted.deleted - changes.deleted]
    found += [f"{_name(key)} was deleted" for key in changes.deleted - wanted.deleted]
    left = dict(changes.created)
    for module, values in wanted.created:
        fitting = [key for key, row in left.items() if key[0] == module and _fits(row, values)]
        if fitting:
            del left[fitting[0]]
        else:
            found.append(f"no new record in {module} with {dict(values)!r}")
    found += [f"{_name(key)} was created" for key in left]
    for table in changes.beside.keys() | wanted.beside.keys():
        if changes.beside.get(table, 0) != wanted.beside.get(table, 0):
            found.append(
                f"{table} has {changes.beside.get(table, 0):+d} rows, not {wanted.beside.get(table, 0):+d}"
            )
    return found


def _fits(row: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    return all(v(row.get(f)) if callable(v) else row.get(f) == v for f, v in values.items())


def _answer_faults(wanted: Wanted, answer: str) -> list[str]:
    said, numbers = plain(answer), set(_numbers(answer))
    wanted_any = [needle if isinstance(needle, tuple) else (needle,) for needle in wanted.says]
    found = [
        f"the answer does not say {' or '.join(map(str, options))}"
        for options in wanted_any
        if not any(_said(one, said, numbers) for one in options)
    ]
    return found + [f"the answer says {word!r}" for word in wanted.never_says if plain(word) in said]


def _said(needle: str | float, said: str, numbers: set[float]) -> bool:
    if isinstance(needle, str):
        return plain(needle) in said
    return any(abs(number - needle) <= max(0.005, abs(needle) * 1e-6) for number in numbers)


def plain(text: str) -> str:
    """Without case, accents and markup: assistants write in Markdown."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(
        re.sub(r"[*_`|\\]", " ", "".join(c for c in spread if not unicodedata.combining(c))).split()
    )


def _numbers(text: str) -> list[float]:
    bare = re.sub(r"(?<=\d)[,\u00a0\u202f '](?=\d{3}(?!\d))", "", text)
    return [float(found) for found in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", bare)]


def _name(key: Record) -> str:
    return f"{key[0]} {key[1]}"
