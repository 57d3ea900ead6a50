"""Columns of a file onto fields of a module, and cells onto values. Unknown columns are refused together, each with the
nearest field; what Zoho sets itself is left out and said, so that an exported file can be changed and imported again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from math import isnan
from typing import Any, Literal

from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.metadata.values import find_field, unknown_field
from zcrm_tools.models.metadata import FieldInfo
from zcrm_tools.transfer.raw import REASON, SURPLUS, Raw

Mode = Literal["create", "update", "upsert"]
ID = "id"
_LISTS = frozenset({"multiselectpicklist", "multiselectlookup", "multiuserlookup"})
_TRUE = frozenset({"yes", "y", "1"})
_FALSE = frozenset({"no", "n", "0"})


@dataclass(frozen=True, slots=True)
class Target:
    """Where a column goes. `field` is an API name, `id` for the record's own."""

    header: str
    field: str
    info: FieldInfo | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """`left_out` are the columns that are not imported, each with the reason."""

    targets: tuple[Target, ...]
    left_out: Mapping[str, str]

    def values(self, raw: Raw, *, clear: bool) -> dict[str, Any]:
        """A row by field. An empty cell is absent, or None where empty cells are to `clear` the field."""
        found: dict[str, Any] = {}
        for target in self.targets:
            cell = _cell(raw.get(target.header), target.info)
            if cell is not None or (clear and target.field != ID):
                found[target.field] = cell
        return found

    def has(self, field: str) -> bool:
        return any(target.field == field for target in self.targets)


def fit(
    headers: Sequence[str], fields: Fields, mode: Mode, key: str, mapped: Mapping[str, str] | None = None
) -> Fit:
    """`mapped` says of headers which field they are, "" for none. Raises InvalidInput with every fault."""
    given = dict(mapped or {})
    problems = [
        Problem("NO_COLUMN", f"There is no column {name!r} in the file.", NOTHING_SENT, field=name, allowed=tuple(headers))
        for name in given
        if name not in headers
    ]  # fmt: skip
    targets: list[Target] = []
    left_out: dict[str, str] = {}
    for header in headers:
        if header in (REASON, SURPLUS) or given.get(header) == "":
            continue
        if not header.strip():
            left_out[header] = "it has no name"
            continue
        name = given.get(header, header).strip()
        if name.lower() == ID:
            _take(Target(header, ID), targets, problems)
            continue
        if name.startswith("$"):  # Zoho's own, such as $se_module
            _take(Target(header, name), targets, problems)
            continue
        info = find_field(name, fields) or _part_of_lookup(name, headers, fields, left_out)
        if header in left_out:
            continue
        if info is None:
            problems.append(_unknown(header, name, fields))
        elif not _writable(info, mode, key):
            left_out[header] = "Zoho sets it"
        else:
            _take(Target(header, info.api_name, info), targets, problems)
    found = Fit(tuple(targets), left_out)
    problems += _keyed(found, mode, key)
    if problems:
        raise InvalidInput(*problems)
    if mode == "create" and found.has(ID):
        left_out[next(t.header for t in targets if t.field == ID)] = "new records get new ids"
        return Fit(tuple(t for t in targets if t.field != ID), left_out)
    return found


def _keyed(found: Fit, mode: Mode, key: str) -> list[Problem]:
    if mode == "create" or (key and found.has(key)):
        return []
    return [
        Problem(
            "NO_KEY",
            f"No column of the file holds {key}." if key else "A field is needed to find records by.",
            NOTHING_SENT,
            "Name with --key (`key=` in Python) the field that tells records apart, `id` for their ids.",
        )
    ]


def _take(target: Target, targets: list[Target], problems: list[Problem]) -> None:
    other = next((t for t in targets if t.field == target.field), None)
    if other is None:
        targets.append(target)
    else:
        problems.append(
            Problem(
                "GIVEN_TWICE",
                f"The columns {other.header!r} and {target.header!r} are both {target.field}.",
                NOTHING_SENT,
                f'Leave one out: --map "{target.header}="',
                field=target.header,
            )
        )


def _part_of_lookup(
    name: str, headers: Sequence[str], fields: Fields, left_out: dict[str, str]
) -> FieldInfo | None:
    """`Owner.name` of an export: beside `Owner` it says nothing more; alone it stands for the lookup."""
    whole, dot, part = name.rpartition(".")
    info = find_field(whole, fields) if dot and part in ("name", "module") else None
    if info is None:
        return None
    if part == "module" or whole in headers:
        left_out[name] = "the lookup itself says it"
    return info


def _unknown(header: str, name: str, fields: Fields) -> Problem:
    message, close = unknown_field(name, fields)
    return Problem(
        "UNKNOWN_FIELD",
        f"Column {header!r}: {message}",
        NOTHING_SENT,
        f'Rename it, or say which field it is with --map "{header}=FIELD"; leave it out with --map "{header}=".',
        field=header,
        closest=close,
    )


def _writable(info: FieldInfo, mode: Mode, key: str) -> bool:
    """For an upsert, what can be set by either; what is only found by need not be written."""
    if info.api_name == key and mode != "create":
        return True
    able = info.operations
    return {
        "create": able.api_create,
        "update": able.api_update,
        "upsert": able.api_create or able.api_update,
    }[mode]


def _cell(cell: Any, info: FieldInfo | None) -> Any:
    """What a cell stands for. Text of a spreadsheet is split and read where the field is no text; the rest stays."""
    if cell is None or (isinstance(cell, float) and isnan(cell)):  # a table of numbers has NaN for nothing
        return None
    if isinstance(cell, datetime) and info is not None and info.data_type == "date":
        return cell.date() if cell.time() == time() else cell  # tables and spreadsheets have moments alone
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    if not text:
        return None
    kind = info.data_type if info else ""
    if kind in _LISTS and not text.startswith("["):
        return [part for one in text.split(";") if (part := one.strip())]
    if kind == "boolean" and (said := text.lower()) in _TRUE | _FALSE:
        return said in _TRUE
    if text[0] in "[{" and info is not None and info.json_type in ("jsonarray", "jsonobject"):
        try:
            return json.loads(text)
        except ValueError:
            return cell
    return cell
