"""A plan as a person sees it before agreeing: lines of text, or a card for a screen. Both say all that would be written.

What strangers typed is cleaned here, so that no name or note can hide, forge or recolour a line of the preview.
"""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from zcrm_tools import terminal, untrusted
from zcrm_tools.safety.changes import FieldChange, RecordChange
from zcrm_tools.safety.plan import Plan

CELL = 500
LONG = 10_000
"""Characters of one value in a card, and of a long text in lines; what is cut says so."""
_SHORT, _WIDTH = 45, 100
_VERBS = {
    "create": "Create",
    "update": "Update",
    "delete": "Delete",
    "restore": "Restore",
    "tags": "Tag",
    "link": "Link",
    "convert": "Convert",
    "send": "Send a mail about",
    "merge": "Merge into",
    "transition": "Move on",
    "attach": "Attach a file to",
    "detach": "Delete a file of",
    "request": "Call Zoho about",
}


def as_text(plan: Plan) -> str:
    """Plain lines, for a terminal and for a question put to a person through a client."""
    return "\n".join(_lines(plan))


def as_card(plan: Plan) -> dict[str, Any]:
    """JSON for a screen: `rows` has one entry for each field of each record, in the order of the plan."""
    rows = [
        {
            "kind": change.kind,
            "module": change.module,
            "id": change.id,
            "record": change.name,
            "field": field.field,
            "old": plain(field.old),
            "new": exact(field.new),
        }
        for change in plan.changes
        for field in change.fields
    ]
    card = {
        "plan_id": plan.id,
        "action": plan.action,
        "summary": summary(plan),
        "asks": asks(plan),
        "rows": rows,
        "warnings": [str(problem) for problem in plan.proposal.warnings],
        "duplicates": list(plan.proposal.facts.get("likely_duplicates", ())),
        "workflows": workflows(plan),
        "credits": plan.credits,
        "expires_at": plan.expires_at.isoformat(timespec="seconds"),
    }
    return dict(untrusted.clean_value(card, LONG))


def summary(plan: Plan) -> str:
    """`Update 3 Deals; delete 1 Leads record`."""
    counted = Counter((change.kind, change.module) for change in plan.changes)
    parts = [f"{_VERBS[kind]} {_records(module, number)}" for (kind, module), number in counted.items()]
    return "; ".join([part if place == 0 else part[0].lower() + part[1:] for place, part in enumerate(parts)])


def workflows(plan: Plan) -> str:
    """Which workflow rules may fire. Never "none": what Zoho does besides is not all told."""
    named = plan.proposal.facts.get("workflows")
    return ", ".join(named) if named else "unknown"


def asks(plan: Plan) -> str:
    """Why a person is asked; "" where policy alone would let it through."""
    why = str(plan.proposal.facts.get("asks") or "")
    return f"Asked because {why}." if why else ""


def plain(value: Any) -> Any:
    """A lookup as people read it, with the id that a further call needs."""
    if isinstance(value, Mapping) and "id" in value:
        return f"{value['name']} ({value['id']})" if value.get("name") else str(value["id"])
    if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        return [plain(one) for one in value]
    return value


def exact(value: Any) -> Any:
    """As `plain`, but only of what is a lookup and no more: of what would be sent nothing stands behind a name."""
    if isinstance(value, Mapping):
        return plain(value) if value.keys() <= {"id", "name"} else value
    return [exact(one) for one in value] if isinstance(value, list) else value


def spelled(value: Any) -> str:
    """The whole of what would be sent, as text."""
    value = exact(value)
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:,}"
    parts = value if isinstance(value, list) else [value]
    nested = any(isinstance(one, Mapping | list) for one in parts)
    return json.dumps(value, ensure_ascii=False, default=str) if nested else terminal.shown(value)


def _records(module: str, number: int) -> str:
    name = module or "the org"
    return f"{number} {name}" if number != 1 else f"1 {name} record" if module else name


def _lines(plan: Plan) -> Iterator[str]:
    yield f"{summary(plan)} ({plan.action}, {plan.credits} credit{'' if plan.credits == 1 else 's'})"
    if why := asks(plan):
        yield why
    for change in plan.changes:
        yield ""
        yield _heading(change)
        for field in change.fields:
            yield from _difference(field)
    yield ""
    for one in plan.proposal.facts.get("likely_duplicates", ()):
        yield _line(
            f"Likely the same: {one.get('name')} ({one.get('module')} {one.get('id')}), {one.get('why')}"
        )
    yield _line(f"Workflow rules that may fire: {workflows(plan)}")
    yield from (_line(f"Warning: {problem}") for problem in plan.proposal.warnings)


def _difference(field: FieldChange) -> Iterator[str]:
    """In one line; what is long under it, each of its lines with a bar before it, so that it is seen whole."""
    name, old = _line(field.field), untrusted.clean_value(plain(field.old), CELL)
    new = untrusted.clean(spelled(field.new), LONG)
    width = terminal.cells(name) + 5 + 2 * _SHORT
    if terminal.cells(new) <= _SHORT and "\n" not in new:
        yield f"  {terminal.difference(name, old, new, width)}"
        return
    yield f"  {terminal.difference(name, old, '', width)}"
    for paragraph in new.splitlines():
        yield from (f"  | {line}" for line in textwrap.wrap(paragraph, _WIDTH) or [""])


def _heading(change: RecordChange) -> str:
    named = f"{change.name} ({change.id})" if change.name and change.id else change.name or change.id
    return _line(f"{_VERBS[change.kind]} {change.module} {named}").rstrip()


def _line(text: str) -> str:
    """Cleaned, and one line whatever is in it."""
    return " ".join(untrusted.clean(text, CELL).split())
