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

REFUSED = 1

_query = click.argument("query")
_json = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


@click.group("coql")
def command() -> None:
    """Check, format, explain and run COQL queries. QUERY may be - to read it from stdin."""


@command.command("check")
@_query
@_json
@options.connection
def check(query: str, *, as_json: bool, demo: bool, profile: str) -> None:
    """Check a query against the org's own fields. Costs no credit for the query itself."""
    source = _read(query)
    _, found = _checked(source, demo=demo, profile=profile, as_json=as_json)
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
    """Say what a query reads, what it costs and which scopes it needs."""
    from zcrm_tools import coql
    from zcrm_tools.coql.format import column, selected
    from zcrm_tools.coql.nodes import Column
    from zcrm_tools.coql.walk import columns
    from zcrm_tools.endpoints import COQL

    source = _read(query)
    tree, found = _checked(source, demo=demo, profile=profile, as_json=as_json)
    joins = sorted({column(Column(c.parts[:-1])) for c in columns(tree) if len(c.parts) > 1})
    told: dict[str, Any] = {
        "reads": tree.module,
        "columns": [selected(s) for s in tree.select],
        "joins": joins,
        "groups": [column(c) for c in tree.group_by],
        "credits": coql.price(tree),
        "scopes": [str(need[0]) for need in COQL.scopes(tree.module)],
        "problems": _problems(source, found),
    }
    if as_json:
        _print_json(told)
    else:
        for name, value in told.items():
            if name != "problems" and value:
                click.echo(f"{name:<9}{', '.join(value) if isinstance(value, list) else value}")
        _show(source, found)
    sys.exit(REFUSED if any(d.severity == "error" for d in found) else 0)


@command.command("run")
@_query
@_json
@options.connection
def run(query: str, *, as_json: bool, demo: bool, profile: str) -> None:
    """Run a query and print its rows."""
    from zcrm_tools.actions import render
    from zcrm_tools.connection import connect
    from zcrm_tools.errors import QueryRefused

    source = _read(query)
    _parsed(source, as_json=as_json)
    try:
        with connect(demo=demo, profile=profile) as crm:
            body = render.structured(crm.call("run_coql", {"query": source}))
    except QueryRefused as refused:
        words = "\n".join(f"{p.where}: {p}" if p.where else str(p) for p in refused.problems)
        _refuse([p.as_dict() for p in refused.problems], words, as_json=as_json)
    if as_json:
        _print_json(body)
        return
    width = terminal.columns_of(sys.stdout, 160)
    click.echo(terminal.table(body.get("columns", []), body.get("rows", []), width))
    rows = body.get("count", 0)
    click.echo(f"\n{rows} row{'' if rows == 1 else 's'}. {body.get('note', '')}".rstrip())


def _read(query: str) -> str:
    return sys.stdin.read() if query == "-" else query


def _parsed(source: str, *, as_json: bool = False) -> Query:
    from zcrm_tools import coql

    try:
        return coql.parse(source)
    except coql.CoqlError as fault:
        _refuse([p.as_dict() for p in fault.problems], str(fault), as_json=as_json)


def _checked(source: str, *, demo: bool, profile: str, as_json: bool) -> tuple[Query, list[Diagnostic]]:
    from zcrm_tools import coql
    from zcrm_tools.connection import open_client
    from zcrm_tools.metadata.schema import schema_for

    tree = _parsed(source, as_json=as_json)

    async def against_org() -> list[Diagnostic]:
        settings = options.settings(demo=demo, profile=profile)
        async with await open_client(settings) as crm:
            return coql.check(tree, await schema_for(crm.org.catalogue, tree))

    return tree, asyncio.run(against_org())


def _show(source: str, found: list[Diagnostic]) -> None:
    from zcrm_tools import coql

    for diagnostic in found:
        click.echo(coql.render(source, diagnostic) + "\n", err=diagnostic.severity == "error")


def _problems(source: str, found: list[Diagnostic]) -> list[dict[str, Any]]:
    from zcrm_tools import coql

    return [{"severity": d.severity, **coql.to_problem(source, d).as_dict()} for d in found]


def _refuse(problems: list[dict[str, Any]], words: str, *, as_json: bool) -> NoReturn:
    if as_json:
        _print_json({"accepted": False, "problems": problems})
    else:
        click.echo(words, err=True)
    sys.exit(REFUSED)


def _print_json(body: dict[str, Any]) -> None:
    click.echo(json.dumps(body, ensure_ascii=False, indent=2))
