"""Coverage-guided fuzzing of everything that reads COQL: parse, format, check, rewrite, render and complete.

    pip install atheris
    python tests/long/coql_fuzz.py -atheris_runs=1000000 -seed=1 -max_len=400

Held: nothing but CoqlError comes out; what parses is the same after printing; no input takes a second.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from importlib import import_module

import atheris

with atheris.instrument_imports(include=["zcrm_tools.coql"]):
    from zcrm_tools.coql import rewrite
    from zcrm_tools.coql.checks import check
    from zcrm_tools.coql.complete import complete
    from zcrm_tools.coql.diagnostics import CoqlError, fixed, render, to_problem
    from zcrm_tools.coql.format import format as printed
    from zcrm_tools.coql.parser import parse
    from zcrm_tools.coql.rewrite.calendar import Calendar
    from zcrm_tools.coql.schema import Choice, FieldView, KnownSchema, known_module, missing_modules

    for late in ("faults", "checks.rules"):  # loaded elsewhere only when there is need of them
        import_module(f"zcrm_tools.coql.{late}")

WORDS = (
    "select * id , from Leads where Deals ( ) and or not in is null like between = != <> > < <= >= ' \" '' 'x' 5 -1.5e3 group by order "
    "limit offset asc desc as Last_Name Amount Stage Created_Time Closing_Date Account_Name . -> ! # ${EMPTY} What_Id->Leads.id "
    "COUNT( SUM(Amount) TODAY LAST 30 DAYS THIS QUARTER '2026-01-31' '2026-01-31T00:00:00+05:30' -- /* ; ` [ “ having distinct"
).split(" ")
"""Half of the inputs are made of these, the other half of bytes."""

SCHEMA = KnownSchema(
    {
        "Leads": known_module(
            "Leads",
            [
                FieldView("Last_Name", "Last Name"),
                FieldView("Created_Time", "Created Time", "datetime"),
                FieldView("Converted__s", "Converted", "boolean"),
                FieldView("Description", "Description", "textarea"),
            ],
            name_field="Last_Name",
        ),
        "Deals": known_module(
            "Deals",
            [
                FieldView(
                    "Stage",
                    "Stage",
                    "picklist",
                    choices=(Choice("Closed Won", "Won"), Choice("Open")),
                    closed=True,
                ),
                FieldView("Amount", "Amount", "currency"),
                FieldView("Closing_Date", "Closing Date", "date"),
                FieldView("Account_Name", "Account Name", "lookup", lookup_module="Accounts"),
                FieldView("What_Id", "Related To", "multi_module_lookup", targets=("Leads", "Deals")),
            ],
        ),
    },
    {"Leads": ("Lead", "Leads"), "Deals": ("Deal", "Deals"), "Accounts": ("Account", "Accounts")},
)
CALENDAR = Calendar(UTC, datetime(2026, 11, 24, tzinfo=UTC), 4)
SLOWEST = [0.0]


def one(data: bytes) -> None:
    given = atheris.FuzzedDataProvider(data)
    if given.ConsumeBool():
        words = [
            WORDS[given.ConsumeIntInRange(0, len(WORDS) - 1)] for _ in range(given.ConsumeIntInRange(0, 60))
        ]
        text = ("select " if given.ConsumeBool() else "") + " ".join(words)
    else:
        text = given.ConsumeUnicodeNoSurrogates(400)
    began = time.perf_counter()
    judge(text, given.ConsumeIntInRange(0, max(len(text), 1)))
    took = time.perf_counter() - began
    if took > SLOWEST[0]:
        SLOWEST[0] = took
    if took > 1:
        raise AssertionError(f"{took:.1f} s for {text!r}")


def judge(text: str, cursor: int) -> None:
    complete(text, min(cursor, len(text)), SCHEMA, most=10)
    try:
        tree = parse(text)
        canonical = printed(tree)
        if parse(canonical) != tree or printed(parse(canonical)) != canonical:
            raise AssertionError(f"not the same after printing: {text!r}")
        missing_modules(tree, SCHEMA)
        for found in check(tree, SCHEMA):
            render(text, found)
            to_problem(text, found)
            fixed(text, found)
    except CoqlError as fault:
        render(fault.source, fault.diagnostic)
    try:
        rewrite.fit(rewrite.spell(text), SCHEMA, CALENDAR)
    except CoqlError as fault:
        str(fault)


if __name__ == "__main__":
    import atexit

    atexit.register(lambda: print(f"slowest input: {SLOWEST[0] * 1000:.1f} ms"))
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
