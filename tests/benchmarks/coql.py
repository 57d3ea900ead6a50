"""The COQL front end beside lark and sqlglot on the same queries in one run, its import, and its growth.

    pip install -e ".[bench]"
    python tests/benchmarks/coql.py

lark gets a grammar of the same language with a transformer that makes no tree of ours; sqlglot reads the queries as
SQL. Neither checks anything; both are given that for nothing.
"""

from __future__ import annotations

import compileall
import contextlib
import gc
import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from zcrm_tools.coql.checks import check
from zcrm_tools.coql.diagnostics import CoqlError
from zcrm_tools.coql.lexer import Tokens
from zcrm_tools.coql.parser import parse
from zcrm_tools.coql.schema import KnownSchema

SMALL = "select Last_Name from Leads where Last_Name is not null limit 10"
BRIEF = (
    "select Deal_Name, Account_Name.Account_Name, Amount, Closing_Date from Deals where ((Stage = 'Closed Won' and "
    "Amount >= 5000) and Closing_Date between '2024-01-01' and '2024-12-31') and Owner.last_name in ('Boyle', 'Chen') "
    "order by Amount desc limit 50"
)
GRAMMAR = r"""
    start: "select"i item ("," item)* "from"i NAME "where"i cond ["order"i "by"i order ("," order)*] ["limit"i INT]
    item: NAME
    order: NAME ["asc"i | DESC]
    ?cond: cond "and"i crit -> both | crit
    ?crit: "(" cond ")" | NAME OP value -> compare | NAME "between"i value "and"i value -> between
         | NAME "in"i "(" value ("," value)* ")" -> listed | NAME "is"i ["not"i] "null"i -> null
    value: STRING | NUMBER
    DESC: "desc"i
    OP: "=" | "!=" | ">=" | "<=" | ">" | "<"
    NAME: /(?!(?:select|from|where|and|or|in|is|not|null|between|order|by|asc|desc|limit)\b)[A-Za-z_][\w.]*/i
    STRING: /'(?:[^']|'')*'/
    %import common.INT
    %import common.SIGNED_NUMBER -> NUMBER
    %ignore /\s+/
"""


def schema() -> KnownSchema:
    """The org of the COQL tests."""
    path = Path(__file__).parents[1] / "coql" / "conftest.py"
    spec = importlib.util.spec_from_file_location("org", path)
    assert spec is not None
    assert spec.loader is not None
    org = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(org)
    modules = {module.api_name: module for module in org.MODULES}
    return KnownSchema(modules, {**dict.fromkeys(modules, ()), **org.LABELS})


def large() -> str:
    """As much as the documented limits allow: 48 columns, 25 criteria, IN of 50."""
    plain = "id First_Name Last_Name Full_Name Company De1 Email Annual_Revenue No_of_Employees Lead_Source Lead_Status Industry Converted__s Owner Created_Time Modified_Time".split()
    more = [f"Owner.profile.{name}" for name in "id name description created_time modified_time".split()]
    more += [f"Owner.role.{name}" for name in "id name description share_data_with_peers".split()]
    more += [
        f"Owner.profile.{way}.{name}"
        for way in ("created_by", "modified_by")
        for name in "first_name last_name full_name email".split()
    ]
    more += [f"Owner.role.reporting_to.{name}" for name in "id name description".split()]
    where = "No_of_Employees >= 0"
    for at in range(1, 24):
        where = f"({where} and No_of_Employees >= {at})"
    names = ", ".join(f"'name {at}'" for at in range(50))
    return f"select {', '.join((plain + more)[:48])} from Leads where {where} and Last_Name in ({names}) order by Last_Name desc limit 100"


def microseconds(
    work: Callable[[], object], seconds: float = 1.5, clock: Callable[[], float] = time.perf_counter
) -> tuple[float, float]:
    """The least and the median of single runs, in microseconds."""
    work()
    gc.disable()
    runs: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = clock()
        work()
        runs.append(clock() - began)
    gc.enable()
    return min(runs) * 1e6, statistics.median(runs) * 1e6


def imports() -> None:
    """Milliseconds of CPU over re, enum and dataclasses, compiled files at hand; the least of 15 processes."""
    package = Path(__file__).parents[2] / "zcrm_tools"
    compileall.compile_dir(package / "coql", quiet=2)
    for name in ("__init__.py", "errors.py"):
        compileall.compile_file(package / name, quiet=2)
    for what in (
        "typing",
        "zcrm_tools.errors",
        "zcrm_tools.coql",
        "zcrm_tools.coql.parser",
        "zcrm_tools.coql.parser, zcrm_tools.coql.checks, zcrm_tools.coql.format",
    ):
        code = f"import re, enum, dataclasses, time\na = time.process_time()\nimport {what}\nprint((time.process_time() - a) * 1e3)"
        times = [
            float(
                subprocess.run(
                    [sys.executable, "-c", code], capture_output=True, text=True, check=True
                ).stdout
            )
            for _ in range(15)
        ]
        print(f"  {min(times):6.2f} ms  import {what}")


def main() -> None:
    known, queries = schema(), {"small": SMALL, "brief": BRIEF, "large": large()}
    for text in queries.values():
        assert not [d for d in check(parse(text), known) if d.severity == "error"]
    readers: dict[str, Callable[[str], object]] = {
        "tokens": Tokens,
        "parse": parse,
        "parse + check": lambda text: check(parse(text), known),
    }
    try:
        import lark

        readers["lark (LALR)"] = lark.Lark(GRAMMAR, parser="lalr", maybe_placeholders=False).parse
    except ImportError:
        print("lark is not installed")
    try:
        import sqlglot

        readers["sqlglot"] = sqlglot.parse_one
    except ImportError:
        print("sqlglot is not installed")
    print("microseconds a query: least / median")
    print(" " * 16 + "".join(f"{f'{name} ({len(text)})':>20}" for name, text in queries.items()))
    for name, read in readers.items():
        cells = (microseconds(lambda read=read, text=text: read(text)) for text in queries.values())
        print(f"{name:<16}" + "".join(f"{f'{least:.1f} / {median:.1f}':>20}" for least, median in cells))
    # Of the processor's time: runs as long as these are interrupted on a busy machine.
    print("growth: nanoseconds a character, parse")
    for size in (1_000, 10_000, 100_000):
        names = ", ".join(f"Column_{at}" for at in range(size // 13))
        text = f"select {names} from Leads where id is not null"
        nested = f"select id from Leads where x in ({', '.join(repr(str(at)) for at in range(size // 8))})"
        opened = "select id from Leads where " + "(" * size
        rows = [
            microseconds(lambda text=text: quiet(text), 0.5, time.process_time)[0] / len(text) * 1e3
            for text in (text, nested, opened)
        ]
        print(f"  {size:>7,}: columns {rows[0]:5.1f}   values {rows[1]:5.1f}   brackets {rows[2]:5.1f}")
    print("import:")
    imports()


def quiet(text: str) -> None:
    """The fault of an unclosed bracket is found in time too."""
    with contextlib.suppress(CoqlError):
        parse(text)


if __name__ == "__main__":
    main()
