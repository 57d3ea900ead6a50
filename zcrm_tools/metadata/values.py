"""One record's values about to be written, checked against the org's own fields: all problems of all fields at once.

What a person says is turned into what Zoho stores where that is certain: a label into its API name, a picklist's
display value into its actual one, an id into `{"id": …}`, a text that is clearly a number into it. Many rows, with
lookups and owners by name, are `crm.checking`'s, which calls this for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Literal

from zcrm_tools.coql.spelling import nearest
from zcrm_tools.errors import NOTHING_WRITTEN, Problem
from zcrm_tools.metadata import numbers, stages
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.metadata.doubt import Doubt
from zcrm_tools.metadata.forms import form
from zcrm_tools.metadata.habits import MACHINE, Habits
from zcrm_tools.models.metadata import Choice, FieldInfo, Layout, Pipeline

ALLOWED_SHOWN = 25
LOOKUPS = frozenset({"lookup", "ownerlookup", "userlookup", "multi_module_lookup"})
PEOPLE = frozenset({"ownerlookup", "userlookup"})
_TOLD = frozenset({"name", "email"})
"""Beside an id they say nothing to Zoho, and could tell whoever approves a plan of somebody else."""
CLOSED = frozenset({"Stage", "Pipeline", "Call_Type"})
"""Picklists whose unlisted values Zoho refuses; it stores unlisted text in the others."""
_KEPT_EMPTY = frozenset({"text", "textarea", "email", "phone", "website", "picklist"})
_ROW_KEYS = frozenset({"id", "_delete"})
Need = Literal["org", "pipelines", "layouts"]


@dataclass(frozen=True, slots=True)
class Checked:
    """`values` are ready to send; `warnings` were let through, `problems` were not."""

    values: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What a check knows of the org beside the fields. What is absent is not checked.

    `currency` is the code of the org's money, `subforms` are the fields of a subform's rows, by the subform's name;
    `habits` are those of whoever wrote the texts.
    """

    zone: tzinfo | None = None
    currency: str = ""
    layouts: tuple[Layout, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    subforms: Mapping[str, Fields] = field(default_factory=dict)
    habits: Habits = MACHINE


NO_RULES = Rules()


@dataclass(slots=True)
class _Notes:
    where: str
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def refuse(self, name: str, code: str, message: str, **more: Any) -> None:
        self.problems.append(Problem(code, message, NOTHING_WRITTEN, field=name, where=self.where, **more))

    def warn(self, name: str, code: str, message: str, **more: Any) -> None:
        self.warnings.append(Problem(code, message, field=name, where=self.where, **more))


def check(
    values: Mapping[str, Any],
    fields: Fields,
    *,
    creating: bool,
    where: str = "",
    ready: frozenset[str] = frozenset(),
    rules: Rules = NO_RULES,
    before: Mapping[str, Any] | None = None,
) -> Checked:
    """Check one record's values. `ready` names fields already in the form Zoho takes; `where` says which record.

    Zoho's own keys, such as `$se_module`, are no fields and pass. `before` is what the record has now, as far as known.
    """
    notes = _Notes(where)
    sent: dict[str, Any] = {}
    for name, value in values.items():
        if name.startswith("$"):
            sent[name] = value
            continue
        info = _find(name, fields, notes)
        if info is None:
            continue
        if info.api_name in sent:
            notes.refuse(name, "GIVEN_TWICE", f"{info.api_name} was given twice, once by its label.")
        elif not (info.operations.api_create if creating else info.operations.api_update):
            notes.refuse(name, "READ_ONLY_FIELD", f"{info.api_name} is set by Zoho and cannot be written.")
        elif info.mandatory and not creating and value in (None, ""):
            notes.refuse(name, "MANDATORY_NOT_FOUND", f"{info.api_name} is mandatory and cannot be emptied.")
        else:
            keep = value is None or info.api_name in ready
            sent[info.api_name] = value if keep else _convert(value, info, notes, rules)
    if creating:
        _mandatory(sent, fields, notes, rules)
    if rules.pipelines:
        for problem in stages.misplaced(sent, rules.pipelines, creating=creating, before=before, where=where):
            notes.problems.append(problem)
    return Checked(sent, tuple(notes.problems), tuple(notes.warnings))


def needs(rows: Iterable[Mapping[str, Any]], fields: Fields, *, creating: bool) -> set[Need]:
    """Which of the `Rules` these rows call for, so that nothing else is asked of Zoho."""
    found: set[Need] = {"layouts"} if creating else set()
    for row in rows:
        for name, value in row.items():
            info = fields.get(name)
            if info is None:
                continue
            if name in ("Stage", "Pipeline"):
                found.add("pipelines")
            elif name == "Layout":
                found.add("layouts")
            elif (
                isinstance(value, str)
                and (
                    (info.data_type == "datetime" and not _has_offset(value))
                    or (info.data_type == "currency" and numbers.plain(value) is None)
                )
            ) or (info.data_type == "subform" and isinstance(value, list)):
                found.add("org")
    return found


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


def _has_offset(text: str) -> bool:
    try:
        return datetime.fromisoformat(text.strip()).tzinfo is not None
    except ValueError:
        return False


def _mandatory(sent: Mapping[str, Any], fields: Fields, notes: _Notes, rules: Rules) -> None:
    for info in fields.values():
        if info.mandatory and info.operations.api_create and sent.get(info.api_name) in (None, ""):
            notes.refuse(
                info.api_name,
                "MANDATORY_NOT_FOUND",
                f"{info.api_name} ({info.label}) is mandatory and was not given.",
            )
    for info, layout, asked in _of_the_layout(sent, fields, rules):
        if asked:
            notes.refuse(
                info.api_name,
                "MANDATORY_NOT_FOUND",
                f"{info.api_name} ({info.label}) is mandatory in the layout {layout} and was not given.",
            )
        else:
            notes.warn(
                info.api_name,
                "MANDATORY_IN_LAYOUT",
                f"People must fill in {info.label} in the layout {layout}; the API takes the record without it.",
            )


def _of_the_layout(
    sent: Mapping[str, Any], fields: Fields, rules: Rules
) -> Iterator[tuple[FieldInfo, str, bool]]:
    """What is absent and mandatory on the page: Zoho insists on it only in a record that names its layout."""
    chosen = sent.get("Layout")
    key = str(chosen.get("id")) if isinstance(chosen, Mapping) else ""
    layouts = [one for one in rules.layouts if one.id == key] if key else [*rules.layouts]
    wanted = set.intersection(*(set(one.mandatory) for one in layouts)) if layouts else set()
    names = " and ".join(one.display or one.name for one in layouts[:3])
    for name in sorted(wanted):
        info = fields.get(name)
        if info and not info.mandatory and info.operations.api_create and sent.get(name) in (None, ""):
            yield info, names, bool(key)


def _convert(value: Any, info: FieldInfo, notes: _Notes, rules: Rules) -> Any:
    kind = info.data_type
    if value == "" and kind not in _KEPT_EMPTY:
        return None
    if kind in LOOKUPS:
        return _lookup(value, info, notes)
    if kind == "picklist":
        if info.api_name == "Pipeline" and rules.pipelines:
            return _choice(value, _pipelines(info, rules.pipelines), notes)
        return _choice(value, info, notes)
    if kind == "multiselectpicklist":
        return [_choice(item, info, notes) for item in _several(value, info)]
    if kind == "layout":
        return _layout(value, info, notes, rules.layouts)
    if kind == "subform":
        return _rows(value, info, notes, rules)
    if info.api_name == "Tag" and isinstance(value, list):
        return [{"name": tag} if isinstance(tag, str) else tag for tag in value]
    found = form(value, info, zone=rules.zone, currency=rules.currency, habits=rules.habits)
    if isinstance(found, Doubt):
        notes.refuse(
            info.api_name,
            found.code,
            _doubted(value, info, found),
            closest=found.closest,
            allowed=found.allowed,
        )
        return value
    return found


def _doubted(value: Any, info: FieldInfo, doubt: Doubt) -> str:
    if doubt.code == "TOO_LONG":
        return doubt.why
    said = f" {doubt.why}" if doubt.why else ""
    return f"{info.api_name} takes {doubt.said}; {_shown(value)} is not.{said}"


def _several(value: Any, info: FieldInfo) -> Sequence[Any]:
    """A list as it is; a text apart at its semicolons, as CSV files and COQL have them, unless it is one value."""
    if isinstance(value, list):
        return value
    if isinstance(value, str) and ";" in value and _listed(value, info) is None:
        return [part.strip() for part in value.split(";") if part.strip()]
    return [value]


def _listed(value: str, info: FieldInfo) -> str | None:
    """The actual value that a text means, exactly or else ignoring case."""
    wanted = value.strip().lower()
    exact = [c for c in info.offered if value in (c.actual, c.display)]
    for choice in exact or [c for c in info.offered if wanted in (c.actual.lower(), c.display.lower())]:
        return choice.actual
    return None


def _choice(value: Any, info: FieldInfo, notes: _Notes) -> Any:
    offered = info.offered
    if not isinstance(value, str):
        notes.refuse(
            info.api_name,
            "INVALID_DATA",
            f"{info.api_name} takes one of its values as text; {_shown(value)} is not.",
        )
        return value
    if (actual := _listed(value, info)) is not None:
        return actual
    if not offered or value in ("", "-None-"):
        return value or None
    shown = tuple(c.display for c in offered[:ALLOWED_SHOWN])
    close = nearest(value, [c.display for c in offered]) or ""
    message = f"{value!r} is not a value of {info.api_name}."
    if info.api_name in CLOSED:
        notes.refuse(info.api_name, "UNKNOWN_CHOICE", message, closest=close, allowed=shown)
    else:
        notes.warn(
            info.api_name,
            "UNLISTED_CHOICE",
            f"{message} Zoho will store it without adding it to the list.",
            closest=close,
            allowed=shown,
        )
    return value


def _pipelines(info: FieldInfo, pipelines: Iterable[Pipeline]) -> FieldInfo:
    """The field with what Zoho lists elsewhere: its own list may lack a pipeline."""
    choices = tuple(Choice(actual_value=p.actual, display_value=p.display) for p in pipelines)
    return info.model_copy(update={"choices": choices})


def _lookup(value: Any, info: FieldInfo, notes: _Notes) -> Any:
    given = value.get("id") if isinstance(value, Mapping) else value
    if (
        isinstance(given, str | int)
        and not isinstance(given, bool)
        and re.fullmatch(r"\d{15,19}", str(given))
    ):
        extra = value if isinstance(value, Mapping) else {}
        return {key: one for key, one in extra.items() if key not in _TOLD} | {"id": str(given)}
    notes.refuse(
        info.api_name,
        "INVALID_DATA",
        f"{info.api_name} takes the id of a record of {info.lookup_module or 'another module'}; {_shown(value)} is not an id.",
        next_step="Find the record first and give its id.",
    )
    return value


def _layout(value: Any, info: FieldInfo, notes: _Notes, layouts: tuple[Layout, ...]) -> Any:
    """By id or by name."""
    if isinstance(value, Mapping):
        return value
    for one in layouts:
        if str(value) in (one.id, one.name, one.display):
            return {"id": one.id}
    if re.fullmatch(r"\d{15,19}", str(value)):
        return {"id": str(value)}
    names = tuple(one.display or one.name for one in layouts)
    notes.refuse(
        info.api_name, "INVALID_DATA", f"{_shown(value)} is no layout of this module.", allowed=names
    )
    return value


def _rows(value: Any, info: FieldInfo, notes: _Notes, rules: Rules) -> Any:
    """A subform's rows, each checked like a record; a row with an id is there already."""
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        notes.refuse(
            info.api_name,
            "INVALID_DATA",
            f"{info.api_name} takes a list of rows, each an object; {_shown(value)} is not.",
        )
        return value
    fields = rules.subforms.get(info.api_name)
    if fields is None:
        return value
    found = []
    for number, row in enumerate(value):
        given = {name: one for name, one in row.items() if name not in _ROW_KEYS}
        at = " ".join(filter(None, (notes.where, f"{info.api_name}[{number}]")))
        one = check(
            given,
            fields,
            creating="id" not in row,
            where=at,
            rules=Rules(rules.zone, rules.currency),
        )
        notes.problems += one.problems
        notes.warnings += one.warnings
        found.append({**{name: row[name] for name in row if name in _ROW_KEYS}, **one.values})
    return found


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
