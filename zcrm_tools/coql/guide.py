"""The language on one page, for a reader who knows SQL and has never seen COQL: a model, mostly.

Operators, functions, limits and foreign words are taken from the checker's own tables; every example is a query of the
standard modules that a test puts to the parser, the checker and the demo org.
"""

from __future__ import annotations

from typing import Final

from zcrm_tools.coql.checks import limits
from zcrm_tools.coql.checks.aggregates import FUNCTIONS
from zcrm_tools.coql.kinds import operators_of
from zcrm_tools.coql.tokens import FOREIGN

EXAMPLES: Final[tuple[tuple[str, str], ...]] = (
    (
        "Columns through lookups are joins: a dot, and no JOIN",
        "select Deal_Name, Amount, Account_Name.Account_Name, Account_Name.Industry, Owner.email from Deals where Stage = 'Negotiation/Review' order by Amount desc limit 20",
    ),
    (
        "Three criteria and more are bracketed in pairs",
        "select Last_Name, Email from Leads where ((Lead_Source = 'Trade Show' and Email is not null) and Converted__s = 'false')",
    ),
    (
        "Groups; the count is of an id",
        "select Stage, COUNT(id), SUM(Amount) from Deals where Closing_Date between '2026-01-01' and '2026-12-31' group by Stage",
    ),
    (
        "An alias for a column, which ORDER BY may name",
        "select Owner, COUNT(id) as deals from Deals where id is not null group by Owner order by deals desc",
    ),
    (
        "A sub-query gives one column and at most 100 rows",
        "select Account_Name, Phone from Accounts where id in (select Account_Name from Deals where Amount > 40000)",
    ),
    (
        "% at an end of a pattern, or at both; a quote inside text is doubled",
        "select Last_Name, Company from Leads where Last_Name like '%O''D%'",
    ),
    (
        "Moments carry the offset of their zone",
        "select Event_Title, Start_DateTime from Events where Start_DateTime >= '2026-11-24T00:00:00-05:00' order by Start_DateTime",
    ),
    (
        "A lookup that may lead to several modules names the one that is meant",
        "select Subject, Due_Date, 'What_Id->Deals.Deal_Name' from Tasks where Due_Date is not null",
    ),
    (
        "Line items are a module of their own",
        "select Parent_Id.Subject, Product_Name, Quantity from Quoted_Items where id is not null",
    ),
    (
        "Beyond 2,000 rows: go on from the last id",
        "select Last_Name from Contacts where id > '554023000060001003' order by id asc limit 2000",
    ),
)
"""What it shows, and the query, as Zoho takes it."""

REWRITTEN: Final[tuple[tuple[str, str], ...]] = (
    ("no WHERE", "select Deal_Name from Deals"),
    ("select *", "select * from Leads where Email is not null"),
    (
        "AND and OR without brackets",
        "select Last_Name from Leads where Lead_Source = 'Chat' and Email is not null and Phone is not null",
    ),
    ("days that have a name", "select Deal_Name from Deals where Closing_Date = THIS QUARTER"),
    ("the same for moments", "select Last_Name from Leads where Created_Time = LAST 7 DAYS"),
    ("labels", "select 'Deal Name' from Deals where Amount > 50000"),
    ("COUNT(*)", "select COUNT(*) from Leads where id is not null"),
)
"""What people write, which COQL itself would refuse. `run_coql` and `zcrm coql run` write it out and say so."""

_SHOWN_KINDS: Final = (
    ("text, e-mail, phone, picklist", "text", "text"),
    ("number, currency, date, moment, id", "number", "integer"),
    ("yes or no", "boolean", "boolean"),
    ("lookup, owner", "lookup", "lookup"),
)


def guide() -> str:
    """The page, in Markdown."""
    return _PAGE.format(
        functions=", ".join(FUNCTIONS),
        foreign=", ".join(
            word.upper() for word in ("join", "having", "distinct", "union", "case") if word in FOREIGN
        ),
        operators="\n".join(
            f"- {words}: {', '.join(f'`{o}`' for o in operators_of(kind, data_type))}"  # type: ignore[arg-type]
            for words, kind, data_type in _SHOWN_KINDS
        ),
        columns=limits.COLUMNS,
        groups=limits.GROUPS,
        orders=limits.ORDERS,
        aggregates=limits.AGGREGATES,
        criteria=limits.CRITERIA,
        values=limits.IN_VALUES,
        joins=limits.JOINS_PROSE,
        examples="\n\n".join(f"{what}:\n\n    {query}" for what, query in EXAMPLES),
        rewritten="\n".join(f"- {what}: `{query}`" for what, query in REWRITTEN),
    )


_PAGE = """\
# COQL, Zoho CRM's query language

    SELECT columns FROM Module WHERE criteria [GROUP BY columns] [ORDER BY columns [ASC|DESC]] [LIMIT n] [OFFSET n]

It reads; it cannot write. Names are API names (`Deal_Name`, `Account_Name`, custom ones such as `Region__c`), and each
org has its own: look them up with describe_module (or `zcrm://modules/{{module}}`) before you use one you have not seen.

- WHERE is mandatory; `where id is not null` takes every record.
- There is no {foreign}, no arithmetic and no date function. Functions: {functions}, in capitals.
- Values are quoted: text, picklist values, dates `'2026-11-24'`, moments `'2026-11-24T09:00:00-05:00'`, `'true'` and
  `'false'`, and ids, which are text of 18 digits. Numbers stand bare. `''` inside quotes is one quote.
- Without LIMIT 200 rows come back, ordered by id; 2,000 is the most of one call. 1 credit up to 200 rows, 2 up to
  1,000, 3 above.
- Converted leads are still there: add `Converted__s = 'false'` when you mean open ones.
- Long text (Description, Note_Content) can be selected and not filtered. Files, images and several-value lookups can
  be neither.
- A lookup gives its record's name and id. Compare it with an id, or compare `Account_Name.Account_Name` with a name.

## Operators

{operators}

`like` takes `%` at either end, `not like` only at both.

## At most

{columns} columns · {criteria} criteria · {aggregates} aggregates · {groups} columns in GROUP BY · {orders} in ORDER BY ·
{values} values in IN · {joins} dots in one column, for certain

## Examples

{examples}

## Also taken, and written out for you

These are not COQL. run_coql turns them into it and tells in `rewrites` what it changed, in `sent` what ran:

{rewritten}
"""
