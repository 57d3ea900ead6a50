"""`zcrm coql`: a query checked, formatted, explained or run. Exit code 0 accepted, 1 refused, 2 wrong usage."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from zcrm_tools import terminal
from zcrm_tools.cli import options

if TYPE_CHECKING:
    from zcrm_tools.coql.diagnostics import Diagnostic
    from zcrm_tools.coql.nodes import Query
    from zcrm_tools.coql.schema import KnownSchema
    from zcrm_tools.crm.coql import Prepared

REFUSED = 1

_query = click.argument("query")
_json = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


@click.group("coql")
def command() -> None:
    """Check, format, explain and run COQL queries. QUERY may be - to read it from stdin.

    `check` judges the text as Zoho would. `explain` and `run` first rewrite what they may (select *, no WHERE, TODAY,
    labels, LIMIT above 2000) and show what was changed.
    """


@command.command("check")
@_query
@_json
@options.connection
def check(query: str, *, as_json: bool, demo: bool, profile: str) -> None:
    """Check a query against the org's own fields. Costs no credit for the query itself."""
    source = _read(query)
    found = _checked(_parsed(source, as_json=as_json), demo=demo, profile=profile)
    refused = any(d.severity == "error" for d in found)
    if as_json:
        _print_json({"accepted": not refused, "problems": _problems(source, found)})
    else:
        _show(source, found)
        if not refused:
            click.echo("Accepted.")
    sys.exit(REFUSED if refused else 0)


@command.command("format")
@_query
def format_(query: str) -> None:
    """Print the canonical text of a query. Needs no connection."""
    from zcrm_tools.coql.format import format as canonical

    click.echo(canonical(_parsed(_read(query))))


@command.command("explain")
@_query
@_json
@options.connection
def explain(query: str, *, as_json: bool, demo: bool, profile: str) -> None:
    """Say what a query reads, which scopes it needs, what is sent, in how many pages and for how many credits."""
    from zcrm_tools import coql
    from zcrm_tools.errors import QueryRefused

    source = _read(query)
    _spelled(source, as_json=as_json)
    try:
        told = _explained(source, demo=demo, profile=profile)
    except QueryRefused as refused:
        if isinstance(refused, coql.CoqlError):
            _refuse_text(refused, as_json=as_json)
        _refuse_all(refused, as_json=as_json)
    if as_json:
        _print_json(told)
        return
    for name, value in told.items():
        lines = value if isinstance(value, list) else [str(value)]
        for at, line in enumerate(lines):
            click.echo(f"{_styled(name if not at else '', bold=True):<9}".ljust(10) + line)


@command.command("run")
@_query
@click.option(
    "--rows", default=200, show_default=True, type=click.IntRange(1), help="Bring at most this many rows."
)
@_json
@options.connection
def run(query: str, *, rows: int, as_json: bool, demo: bool, profile: str) -> None:
    """Run a query and print its rows."""
    from zcrm_tools.actions import render
    from zcrm_tools.connection import connect
    from zcrm_tools.errors import QueryRefused

    source = _read(query)
    _spelled(source, as_json=as_json)
    try:
        with connect(demo=demo, profile=profile) as crm:
            body = render.structured(crm.call("run_coql", {"query": source, "max_rows": rows}))
    except QueryRefused as refused:
        _refuse_all(refused, as_json=as_json)
    if as_json:
        _print_json(body)
        return
    for change in body.get("rewrites", ()):
        click.echo(_styled(change, dim=True), err=True)
    width = terminal.columns_of(sys.stdout, 160)
    click.echo(terminal.table(body.get("columns", []), body.get("rows", []), width))
    count = body.get("count", 0)
    click.echo(f"\n{count} row{'' if count == 1 else 's'}. {body.get('note', '')}".rstrip())


def _read(query: str) -> str:
    return sys.stdin.read() if query == "-" else query


def _parsed(source: str, *, as_json: bool = False) -> Query:
    from zcrm_tools import coql

    try:
        return coql.parse(source)
    except coql.CoqlError as fault:
        _refuse_text(fault, as_json=as_json)


def _spelled(source: str, *, as_json: bool) -> None:
    """Refuse what no rewrite makes a query of, before anything is opened."""
    from zcrm_tools import coql
    from zcrm_tools.coql import rewrite

    try:
        rewrite.spell(source)
    except coql.CoqlError as fault:
        _refuse_text(fault, as_json=as_json)


def _checked(tree: Query, *, demo: bool, profile: str) -> list[Diagnostic]:
    from zcrm_tools import coql
    from zcrm_tools.connection import open_client
    from zcrm_tools.metadata.schema import schema_for

    async def against_org() -> list[Diagnostic]:
        settings = options.settings(demo=demo, profile=profile)
        async with await open_client(settings) as crm:
            return coql.check(tree, await schema_for(crm.org.catalogue, tree))

    return asyncio.run(against_org())


def _explained(source: str, *, demo: bool, profile: str) -> dict[str, Any]:
    from zcrm_tools.connection import open_client
    from zcrm_tools.crm.coql import prepare
    from zcrm_tools.metadata.schema import schema_for

    async def against_org() -> dict[str, Any]:
        settings = options.settings(demo=demo, profile=profile)
        async with await open_client(settings) as crm:
            prepared = await prepare(crm.org, source)
            return _facts(prepared, await schema_for(crm.org.catalogue, prepared.query))

    return asyncio.run(against_org())


def _facts(prepared: Prepared, schema: KnownSchema) -> dict[str, Any]:
    """What is known of a query before it is sent. Empty facts are left out."""
    from zcrm_tools import coql
    from zcrm_tools.coql.checks.limits import MAX_ROWS
    from zcrm_tools.coql.checks.scopes import COQL, module_scope
    from zcrm_tools.coql.format import column, selected
    from zcrm_tools.coql.nodes import Column
    from zcrm_tools.coql.walk import columns, queries

    tree = prepared.query
    asked = [c for each in queries(tree) for c in columns(each)]
    modules = list(dict.fromkeys([each.module for each in queries(tree)] + sorted(schema.modules)))
    rows = prepared.rows or 200
    full, rest = divmod(rows, MAX_ROWS)
    last = 0 if not rest else 1 if rest <= 200 else 2 if rest <= 1000 else 3
    told = {
        "reads": tree.module,
        "modules": modules,
        "columns": [selected(s) for s in tree.select],
        "joins": sorted({column(Column(c.text.rpartition(".")[0])) for c in asked if len(c.parts) > 1}),
        "groups": [column(c) for c in tree.group_by],
        "scopes": [COQL, *dict.fromkeys(module_scope(name) for name in modules if name != "Users")],
        "rows": rows,
        "pages": full + bool(rest),
        "credits": 3 * full + last,
        "sent": prepared.text,
        "rewrites": list(map(str, prepared.rewrites)),
        "notes": list(prepared.notes),
        "problems": [str(coql.to_problem(prepared.text, doubt)) for doubt in prepared.warnings],
    }
    return {name: value for name, value in told.items() if value}


def _show(source: str, found: list[Diagnostic]) -> None:
    for diagnostic in found:
        click.echo(_coloured(source, diagnostic) + "\n", err=diagnostic.severity == "error")


def _coloured(source: str, diagnostic: Diagnostic) -> str:
    """The rendering, its first line and carets in the colour of the severity."""
    from zcrm_tools import coql

    colour = "red" if diagnostic.severity == "error" else "yellow"
    first, line, carets, *advice = coql.render(source, diagnostic).split("\n")
    tail = [_styled(text, fg="cyan") for text in advice]
    return "\n".join([_styled(first, fg=colour, bold=True), line, _styled(carets, fg=colour), *tail])


def _styled(text: str, **style: Any) -> str:
    return click.style(text, **style) if text and terminal.wants_colour(sys.stdout) else text


def _problems(source: str, found: list[Diagnostic]) -> list[dict[str, Any]]:
    from zcrm_tools import coql

    return [{"severity": d.severity, **coql.to_problem(source, d).as_dict()} for d in found]


def _refuse_text(fault: Any, *, as_json: bool) -> NoReturn:
    """The text is not a query."""
    _refuse([p.as_dict() for p in fault.problems], _coloured(fault.source, fault.diagnostic), as_json=as_json)


def _refuse_all(refused: Any, *, as_json: bool) -> NoReturn:
    words = "\n".join(f"{p.where}: {p}" if p.where else str(p) for p in refused.problems)
    _refuse([p.as_dict() for p in refused.problems], words, as_json=as_json)


def _refuse(problems: list[dict[str, Any]], words: str, *, as_json: bool) -> NoReturn:
    if as_json:
        _print_json({"accepted": False, "problems": problems})
    else:
        click.echo(words, err=True)
    sys.exit(REFUSED)


def _print_json(body: dict[str, Any]) -> None:
    click.echo(json.dumps(body, ensure_ascii=False, indent=2))
