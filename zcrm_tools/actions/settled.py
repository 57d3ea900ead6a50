"""One of the things that an org has set up (views, layouts, pipelines, templates), by the name or id that people use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zcrm_tools.coql.spelling import nearest
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem

_NAMES = ("name", "display_label", "display_value", "plural_label", "api_name", "system_name", "actual_value")


def one_of(found: Iterable[Mapping[str, Any]], wanted: str, kind: str, field: str) -> str:
    """Its id. Raises InvalidInput with those there are, and never guesses between two."""
    things = list(found)
    if any(str(thing.get("id")) == wanted for thing in things):
        return wanted
    folded = wanted.strip().casefold()
    same = [t for t in things if folded in (str(t.get(name, "")).casefold() for name in _NAMES)]
    if len(same) == 1:
        return str(same[0]["id"])
    named = same or things
    known = [label(thing) for thing in named]
    raise InvalidInput(
        Problem(
            "AMBIGUOUS_NAME" if same else "UNKNOWN_NAME",
            f"{'Several are' if same else f'No {kind} is'} called {wanted!r}.",
            NOTHING_SENT,
            "Give the id." if same else "",
            field=field,
            allowed=tuple(f"{thing['id']} ({label(thing)})" for thing in named)[:50],
            closest="" if same else nearest(wanted, known) or "",
        )
    )


def label(thing: Mapping[str, Any]) -> str:
    return next((str(thing[name]) for name in _NAMES if thing.get(name)), str(thing.get("id", "")))
