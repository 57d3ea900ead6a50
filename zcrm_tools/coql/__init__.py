"""COQL, Zoho's query language: text to tree, tree to text, and everything that can be said about a query before it
costs a credit. Standard library only, no IO.

    query = parse("select Last_Name from Leads where id is not null")
    for diagnostic in check(query, schema):
        render(source, diagnostic)

    select("Last_Name").from_("Leads").where(field("Email").is_not_null())

(`format` lives in `coql.format`: the module of that name would hide the function here.)

Names load when first used, so that the emulator, which shares only the front end, never loads the checks.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # `typing` itself takes 2.5 ms to import; type checkers know the name

if TYPE_CHECKING:
    from zcrm_tools.coql.build import AVG, COUNT, MAX, MIN, SUM, every, field, select, some
    from zcrm_tools.coql.checks import check, price
    from zcrm_tools.coql.diagnostics import CoqlError, Diagnostic, fixed, line_column, render, to_problem
    from zcrm_tools.coql.parser import parse
    from zcrm_tools.coql.schema import missing_modules

_HOME = {
    "AVG": "build",
    "COUNT": "build",
    "CoqlError": "diagnostics",
    "Diagnostic": "diagnostics",
    "MAX": "build",
    "MIN": "build",
    "SUM": "build",
    "check": "checks",
    "every": "build",
    "field": "build",
    "fixed": "diagnostics",
    "line_column": "diagnostics",
    "missing_modules": "schema",
    "parse": "parser",
    "price": "checks",
    "render": "diagnostics",
    "select": "build",
    "some": "build",
    "to_problem": "diagnostics",
}

__all__ = [
    "AVG",
    "COUNT",
    "MAX",
    "MIN",
    "SUM",
    "CoqlError",
    "Diagnostic",
    "check",
    "every",
    "field",
    "fixed",
    "line_column",
    "missing_modules",
    "parse",
    "price",
    "render",
    "select",
    "some",
    "to_problem",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
