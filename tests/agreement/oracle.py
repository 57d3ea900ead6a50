"""An oracle that shares nothing with the emulator but the data: records exported over REST, and the question asked in
DuckDB's SQL, written beside the COQL by the same generator.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import duckdb

NUMBER, TEXT, DATE, MOMENT, BOOL, LOOKUP, CHOICES = (
    "DOUBLE",
    "VARCHAR",
    "DATE",
    "BIGINT",
    "BOOLEAN",
    "ID",
    "MULTI",
)

COLUMNS: dict[str, dict[str, str]] = {
    "Accounts": {
        "Account_Name": TEXT,
        "Industry": TEXT,
        "Annual_Revenue": NUMBER,
        "Employees": NUMBER,
        "Billing_City": TEXT,
        "Created_Time": MOMENT,
        "Parent_Account": LOOKUP,
        "Owner": LOOKUP,
    },
    "Contacts": {
        "Last_Name": TEXT,
        "First_Name": TEXT,
        "Email": TEXT,
        "Lead_Source": TEXT,
        "Date_of_Birth": DATE,
        "Email_Opt_Out": BOOL,
        "Modified_Time": MOMENT,
        "Account_Name": LOOKUP,
        "Owner": LOOKUP,
    },
    "Deals": {
        "Deal_Name": TEXT,
        "Stage": TEXT,
        "Type": TEXT,
        "Amount": NUMBER,
        "Probability": NUMBER,
        "Closing_Date": DATE,
        "Created_Time": MOMENT,
        "Account_Name": LOOKUP,
        "Contact_Name": LOOKUP,
        "Owner": LOOKUP,
    },
    "Leads": {
        "Last_Name": TEXT,
        "Company": TEXT,
        "Lead_Source": TEXT,
        "Annual_Revenue": NUMBER,
        "No_of_Employees": NUMBER,
        "Converted__s": BOOL,
        "Created_Time": MOMENT,
        "Owner": LOOKUP,
    },
    "Products": {"Product_Name": TEXT, "Unit_Price": NUMBER, "Tax": CHOICES, "Product_Active": BOOL},
    "Users": {"last_name": TEXT, "email": TEXT},
}
TARGETS = {
    "Owner": "Users",
    "Account_Name": "Accounts",
    "Parent_Account": "Accounts",
    "Contact_Name": "Contacts",
}
ZONES = (0, 330, -420, 60, 570, -210)
"""Minutes east of Greenwich."""


def raw(kind: str, value: Any) -> Any:
    """A value of the REST API, or of a COQL row, as the oracle keeps it."""
    if value is None:
        return None
    if kind == LOOKUP:
        return str(value["id"] if isinstance(value, dict) else value)
    if kind == MOMENT:
        return int(datetime.fromisoformat(value).timestamp())
    if kind == CHOICES:
        return ";".join(value) if isinstance(value, list) else value
    return float(value) if kind == NUMBER else value


class Oracle:
    """The exported records, in tables named as the modules."""

    def __init__(self, records: dict[str, list[dict[str, Any]]]) -> None:
        self.db = duckdb.connect()
        self.values: dict[tuple[str, str], list[Any]] = {}
        for module, columns in COLUMNS.items():
            kinds = {LOOKUP: "VARCHAR", CHOICES: "VARCHAR"}
            shape = ", ".join(f'"{name}" {kinds.get(kind, kind)}' for name, kind in columns.items())
            self.db.execute(f'CREATE TABLE "{module}" (id VARCHAR, {shape})')
            rows = [
                (str(record["id"]), *(raw(kind, record.get(name)) for name, kind in columns.items()))
                for record in records[module]
            ]
            self.db.executemany(
                f'INSERT INTO "{module}" VALUES ({", ".join("?" * (len(columns) + 1))})', rows
            )
            for at, name in enumerate(columns, 1):
                self.values[module, name] = [row[at] for row in rows if row[at] is not None]

    def answer(self, sql: str) -> list[tuple[Any, ...]]:
        return self.db.execute(sql).fetchall()


def folded(sql: str) -> str:
    """Text is compared without regard to the case of ASCII letters."""
    return f"translate({sql}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class Question:
    """One question, in COQL and in SQL. `kinds` are those of the columns the COQL selects, `ordered` whether the order
    of the rows is asked for.
    """

    def __init__(self, dice: random.Random, oracle: Oracle) -> None:
        self.dice, self.oracle = dice, oracle
        self.module = dice.choice(["Accounts", "Contacts", "Deals", "Deals", "Leads", "Products"])
        self.joins: dict[str, str] = {}
        self.ordered = False
        condition, where = self.condition(dice.choice([1, 1, 2, 3, 4]))
        if dice.random() < 0.3:
            self.grouped(condition, where)
        else:
            self.listed(condition, where)

    # -- columns

    def path(self, *, deep: bool = True) -> tuple[str, str, str]:
        """A column in COQL and in SQL, and its kind."""
        module, coql, table = self.module, "", "t"
        steps = self.dice.choice([0, 0, 0, 1, 2]) if deep else 0
        for _ in range(steps):
            lookups = [name for name, kind in COLUMNS[module].items() if kind == LOOKUP]
            if not lookups:
                break
            name = self.dice.choice(lookups)
            coql += f"{name}."
            on = f'{table}."{name}"'
            module = TARGETS[name]
            table = self.joins.setdefault(f"{module}|{on}", f"j{len(self.joins)}")
        name = self.dice.choice(list(COLUMNS[module]))
        self.leaf = (module, name)
        return coql + name, f'{table}."{name}"', COLUMNS[module][name]

    def source(self) -> str:
        joins = []
        for way, alias in self.joins.items():
            module, on = way.split("|")
            joins.append(f'LEFT JOIN "{module}" {alias} ON {on} = {alias}.id')
        return f'"{self.module}" t {" ".join(joins)}'

    # -- conditions

    def condition(self, criteria: int) -> tuple[str, str]:
        if criteria == 1:
            return self.criterion()
        left = self.dice.randint(1, criteria - 1)
        (a, x), (b, y) = self.condition(left), self.condition(criteria - left)
        joint = self.dice.choice(["and", "or"])
        a, b = (f"({text})" if count > 1 else text for text, count in ((a, left), (b, criteria - left)))
        return f"{a} {joint} {b}", f"({x}) {joint} ({y})"

    def criterion(self) -> tuple[str, str]:
        column, sql, kind = self.path()
        module, name = self.leaf
        known = self.oracle.values[module, name]
        if self.dice.random() < 0.12 and kind != BOOL:
            word = self.dice.choice(["is null", "is not null"])
            return f"{column} {word}", f"{sql} {word}"
        if kind == LOOKUP and TARGETS[name] != "Users" and self.dice.random() < 0.4:
            return self.subquery(column, sql, TARGETS[name])
        if not known:
            return (
                f"{column} is null" if kind != BOOL else "id is not null",
                f"{sql} is null" if kind != BOOL else "true",
            )
        return getattr(self, f"of_{kind.lower()}")(column, sql, known)

    def subquery(self, column: str, sql: str, module: str) -> tuple[str, str]:
        numbers = [
            n for n, kind in COLUMNS[module].items() if kind == NUMBER and self.oracle.values[module, n]
        ]
        name = self.dice.choice(numbers) if numbers else ""
        if not name:
            return f"{column} is not null", f"{sql} is not null"
        values = sorted(self.oracle.values[module, name])
        least = values[-min(len(values), 40)]
        word = self.dice.choice(["in", "not in"])
        return (
            f"{column} {word} (select id from {module} where {name} > {least:.0f})",
            f'{sql} {word} (select id from "{module}" where "{name}" > {least:.0f})',
        )

    def several(self, known: list[Any]) -> list[Any]:
        return [self.dice.choice(known) for _ in range(self.dice.randint(1, 4))]

    def of_varchar(self, column: str, sql: str, known: list[Any]) -> tuple[str, str]:
        operator = self.dice.choice(["=", "!=", "in", "not in", "like", "like", "like", "not like"])
        if operator in ("in", "not in"):
            values = self.several(known)
            listed = ", ".join(map(literal, values))
            return (
                f"{column} {operator} ({listed})",
                f"{folded(sql)} {operator} ({', '.join(folded(literal(v)) for v in values)})",
            )
        value = self.dice.choice(known)
        if self.dice.random() < 0.3:
            value = value.swapcase() if value.isascii() else value
        if operator in ("=", "!="):
            return (
                f"{column} {operator} {literal(value)}",
                f"{folded(sql)} {operator} {folded(literal(value))}",
            )
        start = self.dice.randrange(max(1, len(value) - 3))
        part = value[start : start + self.dice.randint(2, 5)].replace("%", "")
        shape = "%{}%" if operator == "not like" else self.dice.choice(["%{}%", "{}%", "%{}"])
        pattern = shape.format(part)
        escaped = pattern.replace("\\", "\\\\").replace("_", "\\_")
        return (
            f"{column} {operator} {literal(pattern)}",
            f"{folded(sql)} {operator} {folded(literal(escaped))} escape '\\'",
        )

    def of_multi(self, column: str, sql: str, known: list[Any]) -> tuple[str, str]:
        value = self.dice.choice(known)
        return f"{column} = {literal(value)}", f"{sql} = {literal(value)}"

    def ordering(
        self, column: str, sql: str, known: list[Any], show: Callable[[Any], str], keep: Callable[[Any], str]
    ) -> tuple[str, str]:
        operator = self.dice.choice(
            ["=", "!=", "<", "<=", ">", ">=", "between", "not between", "in", "not in"]
        )
        if operator in ("in", "not in"):
            values = self.several(known)
            return (
                f"{column} {operator} ({', '.join(map(show, values))})",
                f"{sql} {operator} ({', '.join(map(keep, values))})",
            )
        if operator in ("between", "not between"):
            low, high = sorted(self.dice.choice(known) for _ in range(2))
            return (
                f"{column} {operator} {show(low)} and {show(high)}",
                f"{sql} {operator} {keep(low)} and {keep(high)}",
            )
        value = self.dice.choice(known)
        return f"{column} {operator} {show(value)}", f"{sql} {operator} {keep(value)}"

    def of_double(self, column: str, sql: str, known: list[Any]) -> tuple[str, str]:
        return self.ordering(
            column, sql, known, lambda v: f"{v:.2f}".removesuffix(".00"), lambda v: f"{v:.2f}"
        )

    def of_date(self, column: str, sql: str, known: list[Any]) -> tuple[str, str]:
        return self.ordering(column, sql, known, literal, lambda v: f"DATE {literal(v)}")

    def of_bigint(self, column: str, sql: str, known: list[Any]) -> tuple[str, str]:
        def show(seconds: int) -> str:
            zone = timezone(timedelta(minutes=self.dice.choice(ZONES)))
            return literal(datetime.fromtimestamp(seconds, UTC).astimezone(zone).isoformat())

        return self.ordering(column, sql, known, show, str)

    def of_boolean(self, column: str, sql: str, known: list[Any]) -> tuple[str, str]:
        value = self.dice.choice(["true", "false"])
        return f"{column} = '{value}'", f"{sql} = {value}"

    def of_id(self, column: str, sql: str, known: list[Any]) -> tuple[str, str]:
        operator = self.dice.choice(["=", "!=", "in", "not in"])
        if operator in ("in", "not in"):
            listed = ", ".join(map(literal, self.several(known)))
            return f"{column} {operator} ({listed})", f"{sql} {operator} ({listed})"
        value = self.dice.choice(known)
        return f"{column} {operator} {literal(value)}", f"{sql} {operator} {literal(value)}"

    # -- the two forms

    def listed(self, condition: str, where: str) -> None:
        chosen = {
            column: (sql, kind) for column, sql, kind in (self.path() for _ in range(self.dice.randint(1, 4)))
        }
        self.kinds = [kind for _, kind in chosen.values()]
        self.keys = list(chosen)
        order, by = self.order()
        limit = self.dice.choice(["", " limit 17", " limit 50 offset 3", " limit 2, 40"])
        rows, skip = {
            "": (200, 0),
            " limit 17": (17, 0),
            " limit 50 offset 3": (50, 3),
            " limit 2, 40": (40, 2),
        }[limit]
        self.coql = f"select {', '.join(chosen)} from {self.module} where {condition}{order}{limit}"
        columns = ", ".join(sql for sql, _ in chosen.values())
        self.sql = f"SELECT {columns} FROM {self.source()} WHERE {where} ORDER BY {by}CAST(t.id AS HUGEINT) LIMIT {rows} OFFSET {skip}"
        self.ordered = True

    def order(self) -> tuple[str, str]:
        """Empty values come first, and last when descending."""
        if self.dice.random() < 0.4:
            return "", ""
        column, sql, kind = self.path(deep=False)
        if kind in (CHOICES, LOOKUP, BOOL):
            return " order by id", ""
        sql = folded(sql) if kind == TEXT else sql
        down = self.dice.random() < 0.5
        return (
            f" order by {column}{' desc' if down else ''}, id",
            f"{sql} {'DESC NULLS LAST' if down else 'ASC NULLS FIRST'}, ",
        )

    def grouped(self, condition: str, where: str) -> None:
        """Groups of text are left out: which of two spellings names a group no page says."""
        groups = {}
        for _ in range(self.dice.randint(0, 2)):
            column, sql, kind = self.path()
            if kind in (LOOKUP, BOOL, DATE) or column in ("Stage", "Type", "Lead_Source", "Industry"):
                groups[column] = (sql, kind)
        aggregates = {"COUNT(id)": ("COUNT(t.id)", NUMBER)}
        for name, kind in COLUMNS[self.module].items():
            if kind in (NUMBER, DATE, MOMENT) and self.dice.random() < 0.5 and len(aggregates) < 5:
                function = self.dice.choice(
                    ["SUM", "AVG", "MIN", "MAX"] if kind == NUMBER else ["MIN", "MAX"]
                )
                aggregates[f"{function}({name})"] = (f'{function}(t."{name}")', kind)
        selected = groups | aggregates
        self.kinds = [kind for _, kind in selected.values()]
        self.keys = list(selected)
        tail = f" group by {', '.join(groups)}" if groups else ""
        self.coql = f"select {', '.join(selected)} from {self.module} where {condition}{tail} limit 2000"
        by = f" GROUP BY {', '.join(sql for sql, _ in groups.values())}" if groups else ""
        columns = ", ".join(sql for sql, _ in selected.values())
        self.sql = f"SELECT {columns} FROM {self.source()} WHERE {where}{by}"

    def compared(self, rows: Iterable[Iterable[Any]]) -> list[tuple[Any, ...]]:
        """Rows of either side in one form."""
        shown = [tuple(_plain(value) for value in row) for row in rows]
        return shown if self.ordered else sorted(shown, key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, int | float):
        return float(f"{value:.9g}")
    return value.isoformat()
