"""The coverage page: every documented endpoint, whether it answers, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from zcrm_tools.emulator.endpoints import behaviours
from zcrm_tools.emulator.pages import document

if TYPE_CHECKING:
    from zcrm_tools.emulator.coverage import Line

_HEAD = (
    '<thead><tr><th scope="col">Call</th><th scope="col">Operation</th><th scope="col">Served as</th>'
    '<th scope="col">Evidence</th></tr></thead>'
)


def coverage(lines: Sequence[Line], beyond: Iterable[Mapping[str, str]]) -> str:
    served = sum(bool(line.route) for line in lines)
    groups = [list(found) for _, found in groupby(lines, lambda one: one.endpoint.group)]
    groups.sort(key=lambda group: not any(line.route for line in group))  # what answers comes first
    tables = "".join(_group(group[0].endpoint.group, group) for group in groups)
    more = "".join(
        f"<tr><th scope=row><code>{escape(one['method'])} {escape(one['path'])}</code></th><td></td>"
        f'<td class="yes">{escape(one["route"])}</td><td></td></tr>'
        for one in beyond
    )
    return document(
        "Coverage",
        f"<p>{served} of the {len(lines)} operations in Zoho's list of the CRM API v8 are served. The others answer"
        " <code>NOT_SUPPORTED</code> and say so; GraphQL does too. Evidence tells what is known of a group:"
        " <em>documented</em> on a page of Zoho's, or seen only in a <em>sample</em> such as the official OpenAPI."
        ' The same as JSON: <code>curl -H "Accept: application/json"</code>.</p>'
        f"{tables}<h2>Served beyond the list</h2><div class=scroll><table>{_HEAD}<tbody>{more}</tbody></table></div>",
    )


def _group(name: str, lines: Sequence[Line]) -> str:
    served = sum(bool(line.route) for line in lines)
    about = lines[0].endpoint
    rows = "".join(_row(line) for line in lines)
    held = behaviours().get(name, {})
    tested = ", ".join(f"{number} {escape(grade)}" for grade, number in held.items())
    more = f"<br>Behaviours that tests hold: {tested}." if tested and served else ""
    return (
        f'<h2>{escape(name[:1].upper() + name[1:])} <span class="soft">{served} of {len(lines)}</span></h2>'
        f'<p class="soft">{escape(about.grade)}: <a href="{escape(about.source)}">{escape(about.source)}</a>{more}</p>'
        f"<div class=scroll><table>{_HEAD}<tbody>{rows}</tbody></table></div>"
    )


def _row(line: Line) -> str:
    one = line.endpoint
    answer = f'<td class="yes">{escape(line.route)}</td>' if line.route else '<td class="no">not covered</td>'
    return (
        f"<tr><th scope=row><code>{escape(one.method)} {escape(one.path)}</code></th>"
        f"<td>{escape(one.operation)}</td>{answer}<td>{escape(one.grade)}</td></tr>"
    )
