"""Rows about to be written, checked against the org before anything is sent: the one way for Python, tools and imports.

    checker = Checker(org, "Deals", creating=True)
    for row in await checker.check(rows):      # an answer for each row, in order; all problems of all rows
        row.values, row.problems, row.warnings

    values = await checked(org, "Deals", rows, creating=True)   # or all or nothing: raises InvalidInput with every problem

Rows are mappings of API names, labels or snake_case names to Python or JSON values. What comes back is ready to send:
picklists by their actual value, lookups and owners given by name as ids, times with the org's offset, money as numbers
(`metadata.values` says what is certain enough for that). A name that several records have is a problem that lists
them, never a guess. A Checker remembers the names that it looked up, so one serves a whole import, a few hundred rows
a time; it costs at most one COQL call for 50 names that are new to it.

What looks like a field, choice or stage that does not exist is looked at once more in metadata fetched anew.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zcrm_tools import coql
from zcrm_tools.coql.checks.limits import IN_VALUES
from zcrm_tools.crm import people, reads
from zcrm_tools.crm.named import TELLING, told
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_WRITTEN, ApiError, InvalidInput, Problem, ScopeMissing
from zcrm_tools.metadata import values
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.metadata.habits import MACHINE, Habits
from zcrm_tools.metadata.values import Checked, Rules
from zcrm_tools.models.metadata import FieldInfo
from zcrm_tools.models.record import Lookup, Record, naming_field

T = TypeVar("T")
Row = Mapping[str, Any]
_ID = re.compile(r"\d{15,19}")
NAMES_PER_CALL = min(50, IN_VALUES)
_STALE = frozenset(
    {"UNKNOWN_FIELD", "UNKNOWN_CHOICE", "UNLISTED_CHOICE", "STAGE_NOT_IN_PIPELINE", "READ_ONLY_FIELD"}
)
"""What may be true of the metadata we have and no longer of the org."""


async def checked(
    org: Org,
    module: str,
    rows: Sequence[Row],
    *,
    creating: bool,
    names: Mapping[str, str] | None = None,
    where: Sequence[str] = (),
    before: Sequence[Row | None] = (),
) -> tuple[Checked, ...]:
    """Raises InvalidInput with every problem of every row."""
    found = await Checker(org, module, creating=creating, names=names).check(rows, where=where, before=before)
    problems = [problem for row in found for problem in row.problems]
    if problems:
        raise InvalidInput(*problems)
    return found


class Checker:
    """For rows of one module (its API name). `names` are further plain names for fields, as `map_fields` gives them;
    `habits` are those of the country that texts come from.
    """

    def __init__(
        self,
        org: Org,
        module: str,
        *,
        creating: bool,
        names: Mapping[str, str] | None = None,
        habits: Habits = MACHINE,
    ) -> None:
        self._org = org
        self._module = module
        self._creating = creating
        self._habits = habits
        self._own = dict(names or {})
        from zcrm_tools.models.unified import MODELS  # a fifth of what it takes to load the actions

        self._plain = {**MODELS[module].FIELDS, **self._own} if module in MODELS else self._own
        self._fields: Fields = {}
        self._api_names: dict[str, str] = {}
        self._ids: dict[tuple[str, str], tuple[Record, ...]] = {}
        """Module and name in one case → the records that have it, with what tells them apart."""

    async def check(
        self, rows: Sequence[Row], *, where: Sequence[str] = (), before: Sequence[Row | None] = ()
    ) -> tuple[Checked, ...]:
        """`where` names each row in problems (`row 3` without it); `before` is what each record has now, where known."""
        names = where or ([f"row {n}" for n in range(len(rows))] if len(rows) > 1 else [""] * len(rows))
        have = before or [None] * len(rows)
        found = await self._checked(rows, names, have)
        if any(p.code in _STALE for one in found for p in (*one.problems, *one.warnings)) and (
            await self._org.catalogue.refreshed(self._module)
        ):
            found = await self._checked(rows, names, have)
        return found

    async def _checked(
        self, rows: Sequence[Row], where: Sequence[str], before: Sequence[Row | None]
    ) -> tuple[Checked, ...]:
        fields = await self._org.catalogue.fields(self._module)
        if fields is not self._fields:
            self._fields, self._api_names = fields, {}
        given = [self._spelled(row, fields) for row in rows]
        unresolved = await self._resolve(given, fields)
        rules = await self._rules(given, fields)
        found = []
        for row, at, had, faults in zip(given, where, before, unresolved, strict=True):
            left = frozenset(fault.field for fault in faults)
            one = values.check(
                row, fields, creating=self._creating, where=at, ready=left, rules=rules, before=had
            )
            here = tuple(replace(fault, where=at) for fault in faults)
            found.append(replace(one, problems=(*here, *one.problems)))
        return _each_once(found, fields, where)

    def _spelled(self, row: Row, fields: Fields) -> dict[str, Any]:
        """API names for plain ones and JSON for Python's values. What is no field keeps its name, for the check to refuse.

        Two names of one field are left for the check too, which says so.
        """
        found: dict[str, Any] = {}
        for name, value in row.items():
            api_name = self._api_names.get(name) or self._api_name(name, fields)
            found[name if api_name in found else api_name] = json_ready(value)
        about = row.get("What_Id") or row.get("what_id")
        if isinstance(about, Record | Lookup) and about.module:
            found.setdefault("$se_module", about.module)
        return found

    def _api_name(self, name: str, fields: Fields) -> str:
        """Looked for once for a whole import, as it looks at every field."""
        found = name if name.startswith("$") else api_name_of(name, fields, self._own, self._plain)
        self._api_names[name] = found
        return found

    async def _rules(self, rows: Sequence[Row], fields: Fields) -> Rules:
        """Only what these rows call for; what the sign-in may not read is left out."""
        catalogue = self._org.catalogue
        wanted = values.needs(rows, fields, creating=self._creating)
        rules = Rules(subforms=await self._subforms(rows, fields), habits=self._habits)
        if "org" in wanted and (org := await _readable(catalogue.org())):
            rules = replace(rules, zone=_zone(org.time_zone), currency=org.iso_code or "")
        if "layouts" in wanted and (layouts := await _readable(catalogue.layouts(self._module))):
            rules = replace(rules, layouts=layouts)
        if "pipelines" in wanted and (pipelines := await _readable(catalogue.pipelines(self._module))):
            rules = replace(rules, pipelines=pipelines)
        return rules

    async def _subforms(self, rows: Sequence[Row], fields: Fields) -> dict[str, Fields]:
        """The fields of the subforms that these rows fill."""
        found = {}
        for name in {name for row in rows for name, value in row.items() if isinstance(value, list)}:
            info = fields.get(name)
            if info is not None and info.subform_module:
                inside = await _readable(self._org.catalogue.fields(info.subform_module))
                if inside:
                    found[name] = inside
        return found

    async def _resolve(self, rows: Sequence[dict[str, Any]], fields: Fields) -> list[list[Problem]]:
        """Names of records and users become ids in place; for those that do not, a problem in the row's list."""
        named = [[*_named(row, fields)] for row in rows]
        wanted: dict[str, dict[str, str]] = {}
        for _, info, target, text in (one for some in named for one in some):
            if info.data_type in values.PEOPLE or (target, _same(text)) in self._ids:
                continue
            wanted.setdefault(target, {})[_same(text)] = text
        refused = {target: await self._look_up(target, [*texts.values()]) for target, texts in wanted.items()}
        faults: list[list[Problem]] = []
        for row, some in zip(rows, named, strict=True):
            here: list[Problem] = []
            for name, info, target, text in some:
                fault = (
                    await self._person(row, name, text)
                    if info.data_type in values.PEOPLE
                    else refused.get(target) or self._one(row, name, target, text)
                )
                if fault is not None:
                    here.append(replace(fault, field=name))
            faults.append(here)
        return faults

    async def _person(self, row: dict[str, Any], name: str, text: str) -> Problem | None:
        try:
            row[name] = {"id": (await people.find(self._org, text)).id}
        except (InvalidInput, ScopeMissing, ApiError) as unknown:
            return unknown.problem
        return None

    def _one(self, row: dict[str, Any], name: str, target: str, text: str) -> Problem | None:
        found = self._ids.get((target, _same(text)), ())
        if len(found) == 1:
            row[name] = {"id": found[0].id}
            return None
        return Problem(
            "AMBIGUOUS_LOOKUP" if found else "UNKNOWN_LOOKUP",
            f"{'Several' if found else 'No'} {target} have the name {text!r}.",
            NOTHING_WRITTEN,
            "Give the record or its id.",
            allowed=tuple(_choice(record) for record in found[: values.ALLOWED_SHOWN]),
        )

    async def _look_up(self, target: str, names: Sequence[str]) -> Problem | None:
        """Remember the ids behind these names; a problem when the sign-in may not look them up."""
        mails = [name for name in names if "@" in name] if target in ("Contacts", "Leads") else []
        try:
            for by, some in (("Email", mails), (naming_field(target), [n for n in names if n not in mails])):
                for start in range(0, len(some), NAMES_PER_CALL):
                    await self._ask(target, by, some[start : start + NAMES_PER_CALL])
        except (ScopeMissing, ApiError) as refused:
            said = replace(refused.problem, not_done=NOTHING_WRITTEN)
            return replace(said, message=f"{target} could not be looked up by name. {said.message}")
        return None

    async def _ask(self, target: str, by: str, names: Sequence[str]) -> None:
        found: dict[str, list[Record]] = {_same(name): [] for name in names}
        query = coql.select(*dict.fromkeys(("id", by, *TELLING.get(target, ())))).from_(target)
        page = await reads.query(self._org, str(query.where(coql.field(by).one_of(names)).limit(200)), target)
        for record in page.records:
            found.setdefault(_same(str(record[by])), []).append(record)
        for name in names if page.more else ():
            found[_same(name)] = [*await reads.same(self._org, target, by, name)]
        self._ids |= {(target, key): tuple(records) for key, records in found.items()}


def api_name_of(
    name: str, fields: Fields, own: Mapping[str, str] | None = None, plain: Mapping[str, str] | None = None
) -> str:
    """The API name of `last_name`, `Last Name` or `close_date`; a name that is none of these stays as it is."""
    info = None if name in (own or {}) else values.find_field(name, fields)
    return info.api_name if info else (plain or {}).get(name, name)


def json_ready(value: Any) -> Any:
    """Python's values as JSON has them: records and lookups as ids, exact numbers, ISO times."""
    match value:
        case Record() | Lookup():
            return {"id": value.id}
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case Mapping():
            return {key: json_ready(one) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [json_ready(one) for one in value]
    return value


def _named(row: Row, fields: Fields) -> Iterator[tuple[str, FieldInfo, str, str]]:
    """The lookups of a row that are given by name: field, its description, the module it leads to, the name."""
    for name, value in row.items():
        info = fields.get(name)
        if isinstance(value, Mapping) and "id" not in value:
            value = value.get("name")  # noqa: PLW2901 — as records show a lookup, without the part that counts
        if info is None or info.data_type not in values.LOOKUPS or not isinstance(value, str):
            continue
        about = str(row.get("$se_module") or "") if info.data_type == "multi_module_lookup" else ""
        target = about or info.lookup_module
        if value.strip() and not _ID.fullmatch(value.strip()) and (target or info.data_type in values.PEOPLE):
            yield name, info, target, value.strip()


def _choice(record: Record) -> str:
    """Its id, and what tells it from others of the name."""
    more = told(record, TELLING.get(record.module, ()))
    return f"{record.id} ({more})" if more else record.id


def _each_once(found: Sequence[Checked], fields: Fields, where: Sequence[str]) -> tuple[Checked, ...]:
    """Two rows with one value of a unique field cannot both be written: the second says so."""
    unique = [name for name, info in fields.items() if info.unique]
    seen: dict[tuple[str, Any], str] = {}
    told = []
    for one, at in zip(found, where, strict=True):
        more = []
        for name in unique:
            value = one.values.get(name)
            if not isinstance(value, str | int | float) or value == "":
                continue
            key = (name, _same(value) if isinstance(value, str) else value)
            if key in seen:
                more.append(
                    Problem(
                        "DUPLICATE_IN_ROWS",
                        f"{name} must be unique, and {seen[key]} has {value!r} too.",
                        NOTHING_WRITTEN,
                        field=name,
                        where=at,
                    )
                )
            seen.setdefault(key, at)
        told.append(replace(one, problems=(*one.problems, *more)) if more else one)
    return tuple(told)


def _same(text: str) -> str:
    return text.strip().casefold()


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


async def _readable(asked: Awaitable[T]) -> T | None:
    """What the sign-in may not read is not checked against, and writing goes on without it."""
    try:
        return await asked
    except (ScopeMissing, ApiError):
        return None
