"""`%coql` and `%%coql`: a query in a cell, with the notebook's variables, its result as a frame.

%load_ext zcrm_tools.widgets
%%coql -o won
select Deal_Name, Amount from Deals where Stage = {{stage}} and Amount >= {{least}}
"""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from zcrm_tools.client import Client
from zcrm_tools.coql.build import value
from zcrm_tools.coql.format import quoted
from zcrm_tools.coql.nodes import Number, Text
from zcrm_tools.errors import InvalidInput, NotConfigured, Problem

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
_HINT = "%coql [-o NAME] [-n ROWS] [-c CLIENT] select … from … where …"


def register(shell: InteractiveShell) -> None:
    """Make the magics known to a shell."""

    def coql(line: str, cell: str | None = None) -> pd.DataFrame | None:
        return run(shell.user_ns, line, cell)

    register_it: Any = shell.register_magic_function  # traitlets' decorator hides its signature
    register_it(coql, "line_cell")


def run(names: dict[str, Any], line: str, cell: str | None = None) -> pd.DataFrame | None:
    """The frame; None when it was put into a variable by `-o`."""
    asked, rest = _options().parse_known_args(line.split() if cell is not None else _front(line))
    text = cell if cell is not None else line[line.index(rest[0]) :] if rest else ""
    if cell is not None and rest:
        raise _misused(f"{rest[0]!r} is no option; the query stands in the lines below.")
    if not text.strip():
        raise _misused("There is no query.")
    client = _client(names, asked.client)
    table = client.run_coql(query=filled(text.strip(), names), max_rows=asked.rows)
    found = frame(table.columns, table.rows)
    if not asked.output:
        return found
    if not asked.output.isidentifier():
        raise _misused(f"{asked.output!r} cannot name a variable.")
    names[asked.output] = found
    return None


def filled(text: str, names: Mapping[str, Any]) -> str:
    """The query with each `{{name}}` as COQL writes the variable's value: nothing in it can become syntax."""

    def put(match: re.Match[str]) -> str:
        name = match[1]
        if name not in names:
            raise InvalidInput(
                Problem("UNKNOWN_VARIABLE", f"There is no variable {name!r}.", "Nothing was sent.")
            )
        return _written(name, names[name])

    return _VARIABLE.sub(put, text)


def frame(columns: list[str], rows: list[list[Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=columns)


def _written(name: str, given: Any) -> str:
    if isinstance(given, str | bool | int | float | Decimal | date | datetime):
        try:
            node = value(given)
        except ValueError as bad:
            raise InvalidInput(
                Problem("BAD_VARIABLE", f"{{{{{name}}}}}: {bad}.", "Nothing was sent.")
            ) from None
        assert isinstance(node, Text | Number)  # noqa: S101 — of these types it is no sub-query
        return quoted(node.value) if isinstance(node, Text) else node.value
    if isinstance(given, Iterable) and not isinstance(given, Mapping | bytes):
        return f"({', '.join(_written(name, one) for one in given)})"
    raise InvalidInput(
        Problem(
            "BAD_VARIABLE",
            f"{{{{{name}}}}} is a {type(given).__name__}, which no query takes.",
            "Nothing was sent.",
        )
    )


def _client(names: Mapping[str, Any], wanted: str) -> Client:
    found = names.get(wanted) if wanted else names.get("crm")
    if isinstance(found, Client):
        return found
    others = [one for name, one in names.items() if isinstance(one, Client) and not name.startswith("_")]
    if not wanted and others:
        return others[-1]
    raise NotConfigured(
        Problem(
            "NO_CLIENT",
            f"There is no client {wanted!r} in this notebook."
            if wanted
            else "There is no client in this notebook.",
            "Nothing was sent.",
            "Make one first: crm = zcrm_tools.connect()",
        )
    )


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _misused(f"{message}.")


def _options() -> _Parser:
    parser = _Parser(prog="%coql", add_help=False, allow_abbrev=False)
    parser.add_argument("-o", "--output", default="")
    parser.add_argument("-n", "--rows", type=int, default=10_000)
    parser.add_argument("-c", "--client", default="")
    return parser


def _front(line: str) -> list[str]:
    """The options of a line before its query, and the query's first word."""
    words = line.split()
    start = next((at for at, word in enumerate(words) if word.lower() == "select"), len(words))
    return words[: start + 1]


def _misused(message: str) -> InvalidInput:
    return InvalidInput(Problem("BAD_MAGIC", message, "Nothing was sent.", f"Write {_HINT}"))
