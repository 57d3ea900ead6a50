"""An import before anything is written: columns fitted to fields, every row checked against the org, the price known.

A row is known by what it says and, of several that say the same, by which of them it is: so it is found again when
other rows of the file are mended, moved or taken out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, TypeVar

from zcrm_tools.crm.apply import BATCH
from zcrm_tools.crm.checking import Checker
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_WRITTEN, InvalidInput, Problem
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.metadata.habits import MACHINE, Habits
from zcrm_tools.metadata.values import LOOKUPS, find_field, unknown_field
from zcrm_tools.models.metadata import FieldInfo
from zcrm_tools.transfer import keys
from zcrm_tools.transfer.columns import kind_of
from zcrm_tools.transfer.fitting import ID, Fit, Mode, fit
from zcrm_tools.transfer.raw import SURPLUS, Incoming, Raw
from zcrm_tools.transfer.wording import Wording, with_way_out

T = TypeVar("T")
CHECKED_AT_ONCE = 200
_APOSTROPHES = re.compile("\"'+")
RULES = 2
"""Credits for asking, once, which workflow rules creates and updates may set off."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row ready to be written. `identity` is what an interrupted import knows it by, `key` its value of the key field."""

    number: int
    identity: str
    values: Mapping[str, Any]
    key: Any = None


@dataclass(frozen=True, slots=True)
class Import:
    """A request that was checked against the org. `refused` are the problems of the rows that cannot be written, by number."""

    org: Org
    module: str
    mode: Mode
    incoming: Incoming
    fit: Fit
    key: FieldInfo | None = None
    clear: bool = False
    habits: Habits = MACHINE
    total: int = 0
    refused: Mapping[int, tuple[Problem, ...]] = field(default_factory=dict)
    warnings: Mapping[Problem, int] = field(default_factory=dict)
    """What is let through, and in how many rows."""
    sample: Mapping[str, Any] = field(default_factory=dict)
    """What the first row that can be written comes to, with the names that lookups were found by."""

    @property
    def ready(self) -> int:
        """Rows that can be written, as far as can be told before."""
        return self.total - len(self.refused)

    def credits(self, earlier: int = 0) -> int:
        """What writing them costs at most, without those that an earlier run wrote."""
        left = max(0, self.ready - earlier)
        return price(left, self.mode, self.key) + RULES if left else 0

    @property
    def creates(self) -> bool:
        """Whether a row that is sent twice makes two records."""
        return self.mode == "create" or (self.mode == "upsert" and self.key is None)

    @property
    def purpose(self) -> str:
        """What tells this import of a file from others of the same file."""
        by = self.key.api_name if self.key else ID
        return f"{self.module} {self.mode}" + ("" if self.mode == "create" else f" by {by}")


def price(rows: int, mode: Mode, key: FieldInfo | None) -> int:
    """One credit for ten rows written. What changes records is also found, read before, and once more when it is sent."""
    full, rest = divmod(rows, BATCH)
    cost = 0
    for count, size in ((full, BATCH), (1, rest)):
        if size:
            looked = 0 if mode == "create" else keys.price(size, key) + 2
            cost += count * (-(-size // 10) + looked + (1 if mode == "upsert" else 0))
    return cost


async def checked(
    org: Org,
    module: str,
    incoming: Incoming,
    *,
    mode: Mode = "create",
    key: str = "",
    mapped: Mapping[str, str] | None = None,
    clear: bool = False,
    habits: Habits = MACHINE,
    progress: Callable[[int], None] = lambda _: None,
) -> Import:
    """Fit the columns and check every row. Nothing is written, and nothing of the module is read but names of lookups.

    Raises InvalidInput with every fault of the columns; faults of rows are in what comes back. `clear`: empty cells
    empty the field, in place of leaving it as it is. `habits` say how the file writes numbers and days.
    """
    habits = replace(habits, decimal=habits.decimal or incoming.mark)
    info = await org.catalogue.module(module)
    fields = await org.catalogue.fields(info.api_name)
    by = None if mode == "create" or key.lower() in ("", ID) else _key(key, fields)
    name = by.api_name if by else ID if mode == "update" or key else ""
    fitted = fit(incoming.headers, fields, mode, name, mapped)
    found = Import(org, info.api_name, mode, incoming, fitted, by, clear, habits)
    refused: dict[int, tuple[Problem, ...]] = {}
    warnings: Counter[Problem] = Counter()
    total = 0
    sample: Mapping[str, Any] = {}
    wording = Wording({t.field: t.info for t in fitted.targets}, bool(habits.decimal) or not incoming.place)
    async for row, problems, warned in judged(found, wording):
        total += 1
        if problems:
            refused[row.number] = problems
        elif not sample:
            sample = _as_given(found, row)
        warnings.update(_without_place(w) for w in warned)
        if not total % CHECKED_AT_ONCE:
            progress(total)
    wording.end()
    return replace(found, total=total, refused=refused, warnings=warnings, sample=sample)


async def judged(
    asked: Import, wording: Wording | None = None
) -> AsyncIterator[tuple[Row, tuple[Problem, ...], tuple[Problem, ...]]]:
    """Every row of the file, with its problems and warnings: the same each time it is gone through."""
    checker = Checker(asked.org, asked.module, creating=asked.mode == "create", habits=asked.habits)
    seen: dict[str, int] = {}
    infos = {target.field: target.info for target in asked.fit.targets}
    for some in in_groups(_identified(asked)):
        if wording is not None:
            for number, _, _, values in some:
                wording.see(number, values)
        bare = [{name: v for name, v in values.items() if name != ID} for _, _, _, values in some]
        places = [f"row {number}" for number, *_ in some]
        answers = await checker.check(bare, where=places)
        for (number, identity, raw, values), answer in zip(some, answers, strict=True):
            name = asked.key.api_name if asked.key else ID
            key = (
                (answer.values.get(name) if asked.key else values.get(ID)) if asked.mode != "create" else None
            )
            own = _own_problems(asked, number, raw, key, name, seen)
            told = [
                with_way_out(p, values.get(p.field), infos.get(p.field), asked.habits)
                if asked.incoming.place
                else p
                for p in answer.problems
            ]
            yield Row(number, identity, answer.values, key), (*own, *told), answer.warnings


def _own_problems(
    asked: Import, number: int, raw: Raw, key: Any, name: str, seen: dict[str, int]
) -> list[Problem]:
    """What is wrong with a row as one of many: cells beyond the columns, no key, or the key of a row before it."""
    at = f"row {number}"
    problems = []
    if SURPLUS in raw:
        message = f"It has {len(raw[SURPLUS])} cells more than there are columns."
        problems.append(Problem("SURPLUS_CELLS", message, NOTHING_WRITTEN, where=at))
    if asked.mode == "create":
        return problems
    if key in (None, ""):
        if asked.mode == "update" or asked.key is not None:
            problems.append(
                Problem(
                    "NO_KEY",
                    f"It has no {name} to find its record by.",
                    NOTHING_WRITTEN,
                    field=name,
                    where=at,
                )
            )
        return problems
    first = seen.setdefault(keys.folded(key), number)
    if first != number:
        problems.append(
            Problem("KEY_TWICE", f"Row {first} has the same {name}.", NOTHING_WRITTEN, field=name, where=at)
        )
    return problems


def identities(asked: Import) -> Iterator[tuple[int, str]]:
    """The number and identity of every row, which asks nothing of the org."""
    return ((number, identity) for number, identity, _, _ in _identified(asked))


def _identified(asked: Import) -> Iterator[tuple[int, str, Raw, dict[str, Any]]]:
    counts: Counter[bytes] = Counter()
    for number, raw in asked.incoming.rows():
        values = asked.fit.values(raw, clear=asked.clear)
        text = json.dumps(values, sort_keys=True, default=str, ensure_ascii=False)
        text = _APOSTROPHES.sub('"', text)  # read with `exact` or without, it is the same row
        digest = hashlib.blake2b(text.encode(), digest_size=15).digest()
        counts[digest] += 1
        yield number, f"{digest.hex()}-{counts[digest]}", raw, values


def in_groups(some: Iterator[T]) -> Iterator[list[T]]:
    """As many at a time as are checked at once."""
    while group := list(islice(some, CHECKED_AT_ONCE)):
        yield group


def _as_given(asked: Import, row: Row) -> Mapping[str, Any]:
    """The values of a row, and beside an id the name that it was found by."""
    given = next(values for number, _, _, values in _identified(asked) if number == row.number)
    return {
        name: {**value, "name": said}
        if isinstance(value, Mapping) and isinstance(said := given.get(name), str) and said != value.get("id")
        else value
        for name, value in row.values.items()
    }


def _key(name: str, fields: Fields) -> FieldInfo:
    info = find_field(name, fields)
    if info is None:
        message, close = unknown_field(name, fields)
        raise InvalidInput(Problem("UNKNOWN_FIELD", message, NOTHING_WRITTEN, field=name, closest=close))
    if kind_of(info) in ("choices", "json") or info.data_type in LOOKUPS:
        message = f"{info.api_name} is of type {info.data_type}, which tells no record from another."
        raise InvalidInput(Problem("NO_KEY", message, NOTHING_WRITTEN, field=name))
    return info


def _without_place(problem: Problem) -> Problem:
    return replace(problem, where="")
