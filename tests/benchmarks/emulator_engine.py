"""The emulator's engine, without HTTP and JSON, beside bare SQLite: medians for 1,000 to 1,000,000 leads.

    python tests/benchmarks/emulator_engine.py            # 1k, 10k, 100k
    python tests/benchmarks/emulator_engine.py --million  # and 1M: some gigabytes of memory

Bare SQLite reads the same columns of the same tables by hand-written SQL and shows nothing.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from zcrm_tools.emulator.caller import Caller
from zcrm_tools.emulator.clock import FrozenClock
from zcrm_tools.emulator.query import coql
from zcrm_tools.emulator.render import context, fields_shown, read
from zcrm_tools.emulator.store import Store

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CALLER = Caller(1_000, frozenset(), (8, 0), ZoneInfo("Europe/Berlin"))
FIELDS = [
    *("Last_Name", "First_Name", "Company", "Email", "Phone", "Lead_Status", "City"),
    *("Owner", "Created_Time", "Modified_Time"),
]
LEADS, ACCOUNTS, CONTACTS = 2_000_000, 500_000_000, 600_000_000
Row = dict[str, object]


def leads(count: int) -> Iterator[Row]:
    dice = random.Random(1)
    for number in range(count):
        at = NOW - timedelta(seconds=dice.randrange(10**8))
        yield {
            "id": LEADS + number,
            "Last_Name": f"Name{number % 5_000}",
            "First_Name": "Ada",
            "Full_Name": f"Ada Name{number % 5_000}",
            "Company": f"Company {number % 900}",
            "Email": f"lead{number}@example.com",
            "Phone": "+49 30 123456",
            "Lead_Status": dice.choice(("New", "Contacted", "Lost Lead")),
            "City": "Berlin",
            "Annual_Revenue": number * 1.5,
            "Owner": 1_000 + number % 10,
            "Created_By": 1_000,
            "Modified_By": 1_000,
            "Created_Time": at,
            "Modified_Time": at,
        }


def filled(count: int) -> tuple[Store, float]:
    """An org with that many leads and contacts, a fifth as many accounts; and the seconds the leads took."""
    store = Store(None, clock=FrozenClock(NOW))
    store.load_users({"id": 1_000 + n, "last_name": f"U{n}", "email": f"u{n}@example.com"} for n in range(10))
    rows = list(leads(count))
    started = time.perf_counter()
    store.load("Leads", rows)
    took = time.perf_counter() - started
    few = max(count // 5, 1)
    industries = ("ERP", "ASP", "Storage", "Wireless", "Optical", "Government")
    store.load(
        "Accounts",
        ({"id": ACCOUNTS + n, "Account_Name": f"A{n}", "Industry": industries[n % 6]} for n in range(few)),
    )
    store.load(
        "Contacts",
        (
            {
                "id": CONTACTS + n,
                "Last_Name": f"L{n}",
                "Full_Name": f"L{n}",
                "Account_Name": ACCOUNTS + n % few,
            }
            for n in range(count)
        ),
    )
    return store, took


def median(run: Callable[[], object], times: int) -> float:
    """Milliseconds, the first run left out."""
    run()
    took = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        took.append((time.perf_counter() - started) * 1_000)
    return statistics.median(took)


def page(store: Store) -> Callable[[], object]:
    module = store.modules["Leads"]
    tail = 'FROM "Leads" t WHERE t."Converted__s" = 0 ORDER BY t."id" DESC LIMIT 201 OFFSET 0'
    return lambda: read(store, fields_shown(context(store, CALLER), module, FIELDS), tail)


def one(store: Store) -> Callable[[], object]:
    module = store.modules["Leads"]
    tail = 'FROM "Leads" t WHERE t.id = ?'
    return lambda: read(
        store, fields_shown(context(store, CALLER), module, None, single=True), tail, (LEADS + 7,)
    )


def query(store: Store, text: str) -> Callable[[], object]:
    return lambda: coql.run(context(store, CALLER), coql.parsed(text))


def bare(store: Store, sql: str) -> Callable[[], object]:
    return lambda: store.fetch(sql)


def cases(store: Store) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    columns = ", ".join(f'"{name}"' for name in FIELDS)
    joined = 'SELECT t."Last_Name", a."Account_Name" FROM "Contacts" t LEFT JOIN "Accounts" a ON a.id = t."Account_Name"'
    return {
        "page of 200 x 10": (
            page(store),
            bare(store, f'SELECT {columns} FROM "Leads" WHERE "Converted__s" = 0 ORDER BY id DESC LIMIT 201'),
        ),
        "one record, every field": (one(store), bare(store, f'SELECT * FROM "Leads" WHERE id = {LEADS + 7}')),
        "unindexed filter": (
            query(store, "select Last_Name, Company from Leads where City = 'Nowhere'"),
            bare(
                store, 'SELECT "Last_Name", "Company", id FROM "Leads" WHERE "City" = \'Nowhere\' LIMIT 201'
            ),
        ),
        "lookup join, filtered and sorted": (
            query(
                store,
                "select Last_Name, Account_Name.Account_Name from Contacts where (Account_Name.Industry = 'ERP' and"
                " Last_Name like '%99%') order by Account_Name.Account_Name",
            ),
            bare(
                store,
                f'{joined} WHERE a."Industry" = \'ERP\' AND t."Last_Name" LIKE \'%99%\' ORDER BY a."Account_Name" LIMIT 201',
            ),
        ),
        "group by, unindexed": (
            query(
                store, "select COUNT(id), Lead_Status from Leads where id is not null group by Lead_Status"
            ),
            bare(store, 'SELECT count(id), "Lead_Status" FROM "Leads" GROUP BY "Lead_Status"'),
        ),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--million", action="store_true", help="measure 1,000,000 leads too")
    options.add_argument("--times", type=int, default=15, help="runs of which the median is taken")
    given = options.parse_args()
    print(f"{'leads':>9}  {'case':34} {'emulator ms':>12} {'SQLite ms':>10}")
    for count in (1_000, 10_000, 100_000, *((1_000_000,) if given.million else ())):
        store, took = filled(count)
        print(f"{count:>9,}  {'load the leads':34} {took * 1_000:>12.1f} {'':>10}")
        for name, (ours, theirs) in cases(store).items():
            figures = f"{median(ours, given.times):>12.3f} {median(theirs, given.times):>10.3f}"
            print(f"{count:>9,}  {name:34} {figures}")
        store.close()


if __name__ == "__main__":
    main()
