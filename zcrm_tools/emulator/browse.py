"""The human page at `/`: the org's modules and records, what was asked of the emulator, and how to connect.

Records are strangers' words and are escaped. Credentials are shown to a browser on this machine and to nobody else.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import HTMLResponse
from starlette.routing import Route

from zcrm_tools.datacenters import is_loopback
from zcrm_tools.emulator import pages
from zcrm_tools.emulator.accounts import own_url
from zcrm_tools.emulator.store import module_column, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from zcrm_tools.emulator.app import Emulator
    from zcrm_tools.emulator.schema import FieldDef, ModuleDef
    from zcrm_tools.emulator.store import Store

PER_PAGE = 50
SHOWN_FIELDS = 8
_MAX_TEXT = 200


def _html(title: str, body: str, status: int = 200, *, script: bool = False) -> Response:
    return HTMLResponse(pages.document(title, body, script=script), status, headers=pages.HEADERS)


async def front(request: Request) -> Response:
    emulator: Emulator = request.app.state.emulator
    counts = emulator.counts()
    tiles = "".join(
        f'<li><a href="/browse/{quote(name)}"><b>{count:,}</b>{escape(_label(emulator.store, name))}</a></li>'
        for name, count in sorted(counts.items())
        if count
    )
    empty = ", ".join(
        f'<a href="/browse/{quote(name)}">{escape(_label(emulator.store, name))}</a>'
        for name, count in sorted(counts.items())
        if not count
    )
    nothing_in = f'<p class="soft">Empty: {empty}.</p>' if empty else ""
    company = str(emulator.store.org().get("company_name") or "An empty org")
    limits = emulator.limits.report()
    body = (
        f"<p>An offline Zoho Accounts and Zoho CRM to build and test against. Nothing here reaches Zoho."
        f" It is {escape(emulator.clock.now().strftime('%Y-%m-%d %H:%M'))} UTC in it"
        f"{', and the clock stands still' if emulator.clock.frozen else ''};"
        f" {limits['used']:,} of {limits['credits']:,} credits of the {escape(limits['edition'])} edition are used.</p>"
        f"<h2>Modules</h2><ul class=tiles>{tiles}</ul>{nothing_in}{_connect(request, emulator)}"
    )
    return _html(company, body, script=True)


def _label(store: Store, name: str) -> str:
    return store.modules[name].plural or name


def _connect(request: Request, emulator: Emulator) -> str:
    url = own_url(request)
    lines = [("API and Accounts", url), ("Org id", emulator.credentials.org_id)]
    if shows_credentials(request):
        held = emulator.credentials
        lines += [
            ("Client id", held.client_id),
            ("Client secret", held.client_secret),
            ("Refresh token", held.refresh_token),
            ("Access token (one hour)", held.access_token),
        ]
        note = ""
    else:
        note = '<p class="soft">Credentials are shown only to a browser on the machine it runs on.</p>'
    rows = "".join(
        f'<dt>{escape(name)}</dt><dd class="copy"><code>{escape(value)}</code>'
        f'<button class="second" type="button" data-copy="{escape(value)}" aria-label="Copy {escape(name)}">Copy</button></dd>'
        for name, value in lines
    )
    return f"<h2>Connect</h2>{note}<dl>{rows}</dl>"


def shows_credentials(request: Request) -> bool:
    """Asked for by a name of this machine, and from it: a page of another site cannot get at them either way."""
    client = request.client.host if request.client else ""
    return is_loopback(own_url(request)) and client in ("127.0.0.1", "::1")


async def module_page(request: Request) -> Response:
    emulator: Emulator = request.app.state.emulator
    module = _module(emulator, request)
    if module is None:
        return _missing("There is no such module.")
    number = max(int(request.query_params.get("page", "1")) if _digits(request, "page") else 1, 1)
    candidates = _columns(module)
    rows = _rows(emulator.store, module, candidates, number)
    fields = _telling(candidates, rows)
    head = "".join(f'<th scope="col">{escape(field.label or field.api_name)}</th>' for field in fields)
    lines = "".join(
        f'<tr><th scope="row"><a href="/browse/{quote(module.api_name)}/{row["id"]}">{_name(module, row)}</a></th>'
        + "".join(f"<td>{_value(emulator.store, field, row)}</td>" for field in fields)
        + "</tr>"
        for row in rows[:PER_PAGE]
    )
    total = emulator.store.count(module.api_name)
    first = (number - 1) * PER_PAGE
    pager = _pager(module.api_name, number, more=len(rows) > PER_PAGE)
    body = (
        f'<p class="soft">{total:,} records, the latest change first'
        f"{f'; {first + 1:,} to {first + len(rows[:PER_PAGE]):,}' if rows else ''}. API name:"
        f" <code>{escape(module.api_name)}</code></p>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="Records"><table><thead><tr><th scope="col">Name</th>'
        f"{head}</tr></thead><tbody>{lines}</tbody></table></div>{pager}"
    )
    return _html(_label(emulator.store, module.api_name), body)


def _pager(module: str, number: int, *, more: bool) -> str:
    links = []
    if number > 1:
        links.append(f'<a rel="prev" href="/browse/{quote(module)}?page={number - 1}">Newer</a>')
    if more:
        links.append(f'<a rel="next" href="/browse/{quote(module)}?page={number + 1}">Older</a>')
    return f'<nav class="actions" aria-label="Pages">{"".join(links)}</nav>' if links else ""


async def record_page(request: Request) -> Response:
    emulator: Emulator = request.app.state.emulator
    module = _module(emulator, request)
    row = None if module is None else emulator.store.get(module.api_name, request.path_params["id"])
    if module is None or row is None:
        return _missing("There is no such record.")
    filled = [f for f in module.fields.values() if row.get(f.api_name) not in (None, "")]
    lines = "".join(
        f"<dt>{escape(f.label or f.api_name)}</dt><dd>{_value(emulator.store, f, row, whole=True)}</dd>"
        for f in filled
    )
    api = f"/crm/v8/{module.api_name}/{row['id']}"
    body = (
        f'<p class="soft"><a href="/browse/{quote(module.api_name)}">{escape(_label(emulator.store, module.api_name))}</a>'
        f" · <code>GET {escape(api)}</code> · {len(module.fields) - len(filled)} empty fields are left out</p>"
        f"<dl>{lines}</dl>"
    )
    return _html(_plain_name(module, row), body)


async def journal_page(request: Request) -> Response:
    emulator: Emulator = request.app.state.emulator
    entries = list(emulator.journal)[-200:][::-1]
    lines = "".join(
        f"<tr><td class=soft>{escape(entry.at[11:23])}</td><th scope=row><code>{escape(entry.method)} {escape(entry.path)}"
        f"{escape('?' + entry.query if entry.query else '')}</code></th>"
        f'<td class="{"yes" if 200 <= entry.status < 400 else "no"}">{entry.status or "no answer"}</td>'
        f"<td>{escape(entry.user or '')}</td></tr>"
        for entry in entries
    )
    body = (
        f'<p class="soft">The last {len(entries)} requests, newest first. All of them as JSON:'
        ' <a href="/__emulator__/requests">/__emulator__/requests</a></p>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Requests"><table><thead><tr><th scope="col">At (UTC)</th>'
        '<th scope="col">Request</th><th scope="col">Answer</th><th scope="col">User</th></tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )
    return _html("Requests", body)


def _missing(text: str) -> Response:
    return _html("Not here", f"<p>{escape(text)}</p><p><a href='/'>Back to the org</a></p>", 404)


def _module(emulator: Emulator, request: Request) -> ModuleDef | None:
    found = emulator.store.modules.get(request.path_params["module"])
    return None if found is None or found.generated_type == "system" else found


def _digits(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "")
    return text.isascii() and text.isdecimal() and len(text) < 9


_FIRST = ("Company", "Email", "Phone", "Account_Name", "Stage", "Amount", "Status", "Lead_Status", "Owner")


def _columns(module: ModuleDef) -> Sequence[FieldDef]:
    """A few that say most, and the time of the last change."""
    usable = [
        f
        for f in module.fields.values()
        if f.stored and f.kind != "json" and f.api_name != module.display_field
    ]
    usable = [f for f in usable if f.api_name not in ("id", "Modified_Time", "First_Name", "Last_Name")]
    order = {name: at for at, name in enumerate(_FIRST)}
    usable.sort(key=lambda f: (order.get(f.api_name, 99), not f.mandatory, f.data_type == "textarea"))
    stamp = module.fields.get("Modified_Time")
    return [*usable[: 2 * SHOWN_FIELDS], *([stamp] if stamp else [])]


def _telling(candidates: Sequence[FieldDef], rows: Sequence[dict[str, Any]]) -> list[FieldDef]:
    """As many columns as fit, leaving out those that are empty on this page; the last candidate stays."""
    filled = [
        f for f in candidates[:-1] if not rows or any(row[f.api_name] not in (None, "") for row in rows)
    ]
    return [*filled[: SHOWN_FIELDS - 2], *candidates[-1:]]


def _rows(store: Store, module: ModuleDef, fields: Iterable[FieldDef], number: int) -> list[dict[str, Any]]:
    names = {"id": None, module.display_field: None}
    for field in fields:
        names[field.api_name] = None
        if field.kind == "any_lookup":
            names[module_column(field.api_name)] = None
    order = "Modified_Time" if "Modified_Time" in module.fields else "id"
    sql = (
        f"SELECT {', '.join(map(quoted, names))} FROM {quoted(module.api_name)} ORDER BY {quoted(order)} DESC, id DESC"  # noqa: S608
        f" LIMIT {PER_PAGE + 1} OFFSET {(number - 1) * PER_PAGE}"
    )
    return [dict(zip(names, row, strict=True)) for row in store.fetch(sql)]


def _plain_name(module: ModuleDef, row: dict[str, Any]) -> str:
    return _cut(str(row.get(module.display_field) or row["id"]))


def _name(module: ModuleDef, row: dict[str, Any]) -> str:
    return escape(_plain_name(module, row))


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


def _value(store: Store, field: FieldDef, row: dict[str, Any], *, whole: bool = False) -> str:
    """A stored value as a person reads it, escaped."""
    value = row.get(field.api_name)
    if value is None or value == "":
        return ""
    match field.kind:
        case "boolean":
            return "yes" if value else "no"
        case "datetime":
            return escape(datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M"))
        case "lookup" | "user":
            return _link(store, field.lookup_module or "Users", value)
        case "any_lookup":
            return _link(store, row.get(module_column(field.api_name)) or "", value)
        case "json":
            return f"<pre>{escape(json.dumps(json.loads(value), indent=1, ensure_ascii=False))}</pre>"
        case _:
            text = str(value)
            return (
                f"<pre>{escape(text)}</pre>"
                if whole and "\n" in text
                else escape(text if whole else _cut(text))
            )


def _link(store: Store, module: str, number: int) -> str:
    target = store.modules.get(module)
    row = None if target is None else store.get(module, number)
    if target is None or row is None:
        return escape(str(number))
    text = _name(target, row)
    if target.generated_type == "system":
        return text
    return f'<a href="/browse/{quote(module)}/{number}">{text}</a>'


routes = [
    Route("/", front, name="front"),
    Route("/browse/{module}", module_page, name="browse_module"),
    Route("/browse/{module}/{id:int}", record_page, name="browse_record"),
    Route("/journal", journal_page, name="journal"),
]
