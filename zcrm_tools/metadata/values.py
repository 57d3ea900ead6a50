"""Values about to be written, checked against the org's own fields: all problems of all fields at once.

What a person says is turned into what Zoho stores where that is certain: a label into its API name, a picklist's
display value into its actual one, an id into `{"id": …}`, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from zcrm_tools.coql.spelling import nearest
from zcrm_tools.errors import NOTHING_WRITTEN, Problem
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.models.metadata import FieldInfo

ALLOWED_SHOWN = 25
_LOOKUPS = frozenset({"lookup", "ownerlookup", "userlookup", "multi_module_lookup"})
CLOSED = frozenset({"Stage", "Pipeline", "Call_Type"})
"""Picklists whose unlisted values Zoho refuses; it stores unlisted text in the others."""


@dataclass(frozen=True, slots=True)
class Checked:
    """`values` are ready to send; `warnings` were let through, `problems` were not."""

    values: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Notes:
    where: str
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def refuse(self, name: str, code: str, message: str, **more: Any) -> None:
        self.problems.append(Problem(code, message, NOTHING_WRITTEN, field=name, where=self.where, **more))


def check(
    values: Mapping[str, Any],
    fields: Fields,
    *,
    creating: bool,
    where: str = "",
    ready: frozenset[str] = frozenset(),
) -> Checked:
    """Check one record's values. `ready` names fields already in the form Zoho takes; `where` says which record."""
    notes = _Notes(where)
    sent: dict[str, Any] = {}
    for name, value in values.items():
        info = _find(name, fields, notes)
        if info is None:
            continue
        if info.api_name in sent:
            notes.refuse(name, "GIVEN_TWICE", f"{info.api_name} was given twice, once by its label.")
        elif not (info.operations.api_create if creating else info.operations.api_update):
            notes.refuse(name, "READ_ONLY_FIELD", f"{info.api_name} is set by Zoho and cannot be written.")
        elif value is None and info.mandatory:
            notes.refuse(name, "MANDATORY_NOT_FOUND", f"{info.api_name} is mandatory and cannot be emptied.")
        else:
            sent[info.api_name] = (
                value if value is None or info.api_name in ready else _convert(value, info, notes)
            )
    if creating:
        for info in fields.values():
            if info.mandatory and info.operations.api_create and sent.get(info.api_name) in (None, ""):
                notes.refuse(
                    info.api_name,
                    "MANDATORY_NOT_FOUND",
                    f"{info.api_name} ({info.label}) is mandatory and was not given.",
                )
    return Checked(sent, tuple(notes.problems), tuple(notes.warnings))


def find_field(name: str, fields: Fields) -> FieldInfo | None:
    """A field by API name, or by label when exactly one has it, ignoring case."""
    if name in fields:
        return fields[name]
    wanted = _plain(name)
    same = [f for f in fields.values() if wanted in (_plain(f.api_name), _plain(f.label))]
    return same[0] if len(same) == 1 else None


def unknown_field(name: str, fields: Fields) -> tuple[str, str]:
    """What to say of a name that is no field, and the closest API name or ""."""
    labels = {f.label: f.api_name for f in fields.values()}
    close = nearest(name, (*fields, *labels)) or ""
    return f"There is no field {name!r} in this module.", labels.get(close, close)


def _find(name: str, fields: Fields, notes: _Notes) -> FieldInfo | None:
    info = find_field(name, fields)
    if info is None:
        message, close = unknown_field(name, fields)
        notes.refuse(
            name, "UNKNOWN_FIELD", message, closest=close, next_step="describe_module lists the fields."
        )
    return info


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", " ")


def _convert(value: Any, info: FieldInfo, notes: _Notes) -> Any:
    kind = info.data_type
    if kind in _LOOKUPS:
        return _lookup(value, info, notes)
    if kind == "picklist":
        return _choice(value, info, notes)
    if kind == "multiselectpicklist":
        items = value if isinstance(value, list) else [value]
        return [_choice(item, info, notes) for item in items]
    rule = _SHAPES.get(kind)
    if rule is None:
        return value
    converted, expected = rule[0](value), rule[1]
    if converted is None:
        notes.refuse(
            info.api_name, "INVALID_DATA", f"{info.api_name} takes {expected}; {_shown(value)} is not."
        )
        return value
    if isinstance(converted, str) and info.length and len(converted) > info.length:
        notes.refuse(
            info.api_name,
            "TOO_LONG",
            f"{info.api_name} takes at most {info.length} characters; this has {len(converted)}.",
        )
    return converted


def _choice(value: Any, info: FieldInfo, notes: _Notes) -> Any:
    offered = info.offered
    if not isinstance(value, str):
        notes.refuse(
            info.api_name,
            "INVALID_DATA",
            f"{info.api_name} takes one of its values as text; {_shown(value)} is not.",
        )
        return value
    wanted = value.strip().lower()
    exact = [c for c in offered if value in (c.actual, c.display)]
    for choice in exact or [c for c in offered if wanted in (c.actual.lower(), c.display.lower())]:
        return choice.actual
    if not offered or value in ("", "-None-"):
        return value or None
    shown = tuple(c.display for c in offered[:ALLOWED_SHOWN])
    close = nearest(value, [c.display for c in offered]) or ""
    message = f"{value!r} is not a value of {info.api_name}."
    if info.api_name in CLOSED:
        notes.refuse(info.api_name, "UNKNOWN_CHOICE", message, closest=close, allowed=shown)
    else:
        notes.warnings.append(
            Problem(
                "UNLISTED_CHOICE",
                f"{message} Zoho will store it without adding it to the list.",
                field=info.api_name,
                closest=close,
                allowed=shown,
                where=notes.where,
            )
        )
    return value


def _lookup(value: Any, info: FieldInfo, notes: _Notes) -> Any:
    given = value.get("id") if isinstance(value, Mapping) else value
    if (
        isinstance(given, str | int)
        and not isinstance(given, bool)
        and re.fullmatch(r"\d{15,19}", str(given))
    ):
        extra = dict(value) if isinstance(value, Mapping) else {}
        return {**extra, "id": str(given)}
    notes.refuse(
        info.api_name,
        "INVALID_DATA",
        f"{info.api_name} takes the id of a record of {info.lookup_module or 'another module'}; {_shown(value)} is not an id.",
        next_step="Find the record first and give its id.",
    )
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _email(value: Any) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]{2,22}", value) else None


def _phone(value: Any) -> str | None:
    text = _text(value)
    return text if text is not None and re.fullmatch(r"[\w\s.,;#+()/-]{1,50}", text) else None


def _integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value.strip()):
        return int(value)
    return value if isinstance(value, int) else None


def _number(value: Any) -> float | int | None:
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value.strip()):
        return float(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


def _date(value: Any) -> str | None:
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _datetime(value: Any) -> str | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.isoformat(timespec="seconds") if moment is not None and moment.tzinfo is not None else None


_SHAPES: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "text": (_text, "text"),
    "textarea": (_text, "text"),
    "website": (_text, "a web address"),
    "email": (_email, "an e-mail address"),
    "phone": (_phone, "a phone number"),
    "integer": (_integer, "a whole number"),
    "bigint": (_integer, "a whole number"),
    "currency": (_number, "a plain number without separators or currency sign"),
    "double": (_number, "a plain number"),
    "percent": (_number, "a plain number"),
    "boolean": (_boolean, "true or false"),
    "date": (_date, "a date as YYYY-MM-DD"),
    "datetime": (_datetime, "a date and time with an offset, as 2026-11-24T15:00:00+01:00"),
}
