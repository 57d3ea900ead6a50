"""What a notebook shows of a value by itself: plain HTML without a script, which stays readable in a saved notebook.

Everything is escaped and cleaned: much of it was typed by strangers. No value here can be a secret; the models that hold
one show stars.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Any

from zcrm_tools import untrusted
from zcrm_tools.errors import Problem

ROWS = 20
"""Rows of a table shown; the rest is counted."""
CELL = 300
"""Characters of one value shown."""

_STYLE = """\
.zcrm-page { color-scheme: light dark; color: var(--jp-content-font-color1, light-dark(#1c2127, #e4e7eb)); font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif); }
[data-jp-theme-light="true"] .zcrm-page { color-scheme: light; } [data-jp-theme-light="false"] .zcrm-page { color-scheme: dark; }
.zcrm-page :is(h4, p) { margin: 0 0 4px; } .zcrm-page h4 { font-size: 15px; font-weight: 650; } .zcrm-page .zp-quiet { color: light-dark(#566069, #a9b2bc); }
.zcrm-page table { color: inherit; border-collapse: collapse; margin: 4px 0; font-size: 13px; } .zcrm-page tr { background: none; }
.zcrm-page :is(th, td) { text-align: left; vertical-align: top; padding: 3px 14px 3px 0; border: 0; border-bottom: 1px solid light-dark(#d8dde3, #3b434c); max-width: 36em; overflow-wrap: anywhere; white-space: pre-wrap; }
.zcrm-page th { font-weight: 600; white-space: nowrap; } .zcrm-page .zp-n { text-align: right; font-variant-numeric: tabular-nums; } .zcrm-page del { color: light-dark(#a4262c, #f5a3a3); } .zcrm-page ins { color: light-dark(#116236, #7fd6a3); text-decoration: none; }
.zcrm-page .zp-bad { border-left: 3px solid light-dark(#a4262c, #f5a3a3); padding-left: 10px; margin: 4px 0; } .zcrm-page pre { margin: 4px 0; background: light-dark(#f3f5f8, #22272d); padding: 6px 8px; overflow: auto; }
"""


def facts(title: str, note: str, pairs: Mapping[str, Any]) -> str:
    """Names and values, the empty ones left out."""
    body = "".join(
        f"<tr><th scope='row'>{_text(name)}</th><td>{_text(value)}</td></tr>"
        for name, value in pairs.items()
        if value not in (None, "", [], {})
    )
    return _page(title, note, f"<table>{body}</table>")


def table(title: str, note: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """The first rows, and how many more there are."""
    head = "".join(f"<th scope='col'>{_text(name)}</th>" for name in columns)
    body = [f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows]
    return _page(title, note, _table(head, body))


def differences(
    title: str, note: str, changes: Iterable[tuple[str, str, Any, Any]], said: Iterable[str] = ()
) -> str:
    """Record, field, old and new value, each record named once; below, what else is `said`."""
    body = [
        f"<tr><td>{_text(record) if place == 0 else ''}</td><th scope='row'>{_text(field)}</th>"
        f"<td><del>{_text(old)}</del></td><td><ins>{_text(new)}</ins></td></tr>"
        for _, rows in groupby(changes, key=itemgetter(0))
        for place, (record, field, old, new) in enumerate(rows)
    ]
    head = "".join(f"<th scope='col'>{name}</th>" for name in ("record", "field", "before", "after"))
    below = "".join(f"<div class='zp-bad'>{_text(one)}</div>" for one in said)
    return _page(title, note, _table(head, body) + below)


def problems(title: str, found: Iterable[Problem], source: str = "") -> str:
    """What was wrong, what was not done, and what to do next; `source` is the faulty text with its caret."""
    shown = f"<pre>{escape(untrusted.clean(source))}</pre>" if source else ""
    parts = "".join(f"<div class='zp-bad'>{_problem(one)}</div>" for one in found)
    return _page(title, "", shown + parts)


def _problem(problem: Problem) -> str:
    lines = [f"<p>{_text(problem.message)}</p>"]
    if problem.closest:
        lines.append(f"<p>Did you mean <b>{_text(problem.closest)}</b>?</p>")
    elif problem.allowed:
        lines.append(f"<p class='zp-quiet'>Allowed: {_text(', '.join(map(str, problem.allowed)))}</p>")
    rest = " ".join(part for part in (problem.not_done, problem.next_step) if part)
    return "".join(lines) + (f"<p class='zp-quiet'>{_text(rest)}</p>" if rest else "")


def _table(head: str, rows: Sequence[str]) -> str:
    """No frame around nothing."""
    if not rows:
        return ""
    more = f"<p class='zp-quiet'>{len(rows) - ROWS:,} more rows</p>" if len(rows) > ROWS else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows[:ROWS])}</tbody></table>{more}"


def _page(title: str, note: str, body: str) -> str:
    note = f"<p class='zp-quiet'>{_text(note)}</p>" if note else ""
    return f"<div class='zcrm-page'><style>{_STYLE}</style><h4>{_text(title)}</h4>{note}{body}</div>"


def _cell(value: Any) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"<td class='zp-n'>{_text(value)}</td>" if number else f"<td>{_text(value)}</td>"


def _text(value: Any) -> str:
    """A value as people read it: a lookup by its name, a list by its parts."""
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("id") or ", ".join(f"{k}: {v}" for k, v in value.items())
    elif isinstance(value, list | tuple):
        value = ", ".join(str(v.get("name", v)) if isinstance(v, Mapping) else str(v) for v in value)
    elif isinstance(value, bool):
        value = "yes" if value else "no"
    elif isinstance(value, float):
        value = f"{value:,.2f}"
    return "" if value is None else escape(untrusted.clean(str(value), CELL))
