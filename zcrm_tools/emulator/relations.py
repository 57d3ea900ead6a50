"""Related lists: which records hang together, through a lookup that points back or because they were linked.

https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html names the modules that can be linked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zcrm_tools.emulator.schema import ORG_PREFIX
from zcrm_tools.emulator.store import epoch, module_column, quoted

if TYPE_CHECKING:
    from zcrm_tools.emulator.schema import ModuleDef
    from zcrm_tools.emulator.store import Store

LINKED = (
    ("Campaigns", "Leads"),
    ("Campaigns", "Contacts"),
    ("Products", "Leads"),
    ("Products", "Accounts"),
    ("Products", "Contacts"),
    ("Products", "Deals"),
    ("Price_Books", "Products"),
)
"""Pairs of modules whose records are linked freely. Each list is named for the module it shows."""
STATUS = "Member_Status"
"""What a link between a campaign and its member says of it."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A related list: the module it shows, and the lookup there that points back. No `field`: the records are linked."""

    name: str
    module: str
    field: str = ""

    @property
    def linked(self) -> bool:
        return not self.field


def ensure(store: Store) -> None:
    store.execute(
        "CREATE TABLE IF NOT EXISTS _link (one INTEGER NOT NULL, one_module TEXT NOT NULL, other INTEGER NOT NULL,"
        " other_module TEXT NOT NULL, status TEXT, by INTEGER NOT NULL, at INTEGER NOT NULL,"
        " PRIMARY KEY (one, other)) WITHOUT ROWID"
    )


def of(store: Store, module: ModuleDef) -> dict[str, Relation]:
    """A module's related lists by API name."""
    found: dict[str, Relation] = {}
    for other in store.modules.values():
        if other.generated_type == "system":
            continue
        for field in other.fields.values():
            if field.kind == "any_lookup" and module.api_name in field.targets:
                found.setdefault(other.api_name, Relation(other.api_name, other.api_name, field.api_name))
            elif field.lookup_module == module.api_name and field.api_name == "Who_Id":
                found[other.api_name] = Relation(other.api_name, other.api_name, field.api_name)
            elif field.lookup_module == module.api_name and field.related_list:
                found[field.related_list] = Relation(field.related_list, other.api_name, field.api_name)
    for pair in LINKED:
        if module.api_name in pair:
            target = pair[0] if pair[1] == module.api_name else pair[1]
            if target in store.modules:
                found.setdefault(target, Relation(target, target))
    return found


def list_id(module: ModuleDef, names: Sequence[str], name: str) -> str:
    return str(ORG_PREFIX + 400_000 + 100 * module.sequence + names.index(name) + 1)


def condition(
    store: Store, relation: Relation, module: ModuleDef, record_id: int
) -> tuple[list[str], list[object]]:
    """SQL that picks the rows, aliased `t`, of a record's related list."""
    if relation.linked:
        ensure(store)
        linked = (
            "(SELECT other FROM _link WHERE one = ? AND other_module = ?"
            " UNION ALL SELECT one FROM _link WHERE other = ? AND one_module = ?)"
        )
        return [f"t.id IN {linked}"], [record_id, relation.module, record_id, relation.module]
    field = store.modules[relation.module].fields[relation.field]
    conditions = [f"t.{quoted(field.api_name)} = ?"]
    values: list[object] = [record_id]
    if field.kind == "any_lookup":
        conditions.append(f"t.{quoted(module_column(field.api_name))} = ?")
        values.append(module.api_name)
    return conditions, values


def once_related(store: Store, relation: Relation, record_id: int) -> list[int]:
    """The rows that pointed at a record which lies in the recycle bin."""
    found = store.fetch("SELECT links FROM _deleted WHERE id = ? AND kind = 'recycle'", (record_id,))
    emptied = json.loads(found[0][0]) if found else {}
    return [int(one) for one in emptied.get(f"{relation.module}.{relation.field}", ())]


def status_of(record_id: int) -> str:
    """SQL for the Member_Status of the row `t` in the list of a record."""
    pair = f"(one = {record_id} AND other = t.id) OR (other = {record_id} AND one = t.id)"
    return f"(SELECT status FROM _link WHERE {pair})"  # noqa: S608 - a number


def link(store: Store, a: tuple[str, int], b: tuple[str, int], status: str | None, by: int) -> bool:
    """Link two records, or set the status of the link they have; whether it is new."""
    one, other = _ordered(a, b)
    known = linked(store, a, b)
    if known:
        if status is not None:
            store.execute(
                "UPDATE _link SET status = ? WHERE one = ? AND other = ?", (status, one[1], other[1])
            )
        return False
    now = epoch(store.clock.now())
    store.execute(
        "INSERT INTO _link VALUES (?, ?, ?, ?, ?, ?, ?)",
        (one[1], one[0], other[1], other[0], status, by, now),
    )
    return True


def linked(store: Store, a: tuple[str, int], b: tuple[str, int]) -> bool:
    ensure(store)
    one, other = _ordered(a, b)
    return bool(store.fetch("SELECT 1 FROM _link WHERE one = ? AND other = ?", (one[1], other[1])))


def unlink(store: Store, a: tuple[str, int], b: tuple[str, int]) -> bool:
    """Whether there was a link to remove."""
    ensure(store)
    one, other = _ordered(a, b)
    return store.execute("DELETE FROM _link WHERE one = ? AND other = ?", (one[1], other[1])) > 0


def move(store: Store, source: tuple[str, int], target: tuple[str, int]) -> None:
    """Hand a record's links to another, as converting and merging do. Links the other has already stay as they are."""
    ensure(store)
    rows = store.fetch("SELECT * FROM _link WHERE one = ? OR other = ?", (source[1], source[1]))
    for one, one_module, other, other_module, status, by, _ in rows:
        partner = (other_module, other) if one == source[1] else (one_module, one)
        pair = {target[0], partner[0]}
        if any(pair == set(known) for known in LINKED) and not linked(store, target, partner):
            link(store, target, partner, status, by)
    forget(store, source[1])


def forget(store: Store, record_id: int) -> None:
    """Drop the links of a record that is gone for good."""
    ensure(store)
    store.execute("DELETE FROM _link WHERE one = ? OR other = ?", (record_id, record_id))


def _ordered(a: tuple[str, int], b: tuple[str, int]) -> tuple[tuple[str, int], tuple[str, int]]:
    return (a, b) if (a[0], b[0]) in LINKED else (b, a)
