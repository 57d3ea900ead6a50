"""Making one record of up to three: the master keeps its values but for those chosen from the others.

https://www.zoho.com/crm/developer/docs/api/v8/merge-records.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from zcrm_tools.emulator import blobs, deal_contacts, recycling, relations, rules
from zcrm_tools.emulator.copying import values
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.rules import Writer
from zcrm_tools.emulator.schema import FieldDef, ModuleDef
from zcrm_tools.emulator.store import Store, module_column, quoted

MODULES: Final = frozenset({"Leads", "Contacts", "Accounts", "Deals", "Vendors"})
"""The standard modules whose records can be merged; custom modules join them."""
AT_ONCE: Final = 1_000
"""A child with more records than this in one of its related lists is left to a job."""


@dataclass(frozen=True, slots=True)
class Child:
    """A record that goes, and the fields whose values the master takes from it."""

    id: int
    fields: tuple[str, ...]


def merge(writer: Writer, module: ModuleDef, master: int, children: Sequence[Child]) -> None:
    """Move what hangs on the children to the master, give it the chosen values, delete the children for good."""
    store = writer.store
    taken: Json = {}
    for child in children:
        chosen = values(store, module, child.id) or {}
        taken |= {name: chosen.get(name) for name in child.fields}
        _move(store, module, child.id, master)
        blobs.move(store, (module.api_name, child.id), (module.api_name, master))
        relations.move(store, (module.api_name, child.id), (module.api_name, master))
        deal_contacts.move(store, child.id, master)
        rules.remove(writer, module, child.id)
        gone = recycling.get(store, child.id)
        if gone is not None:
            recycling.purge(store, gone)
    rules.update(writer, module, master, taken, "$.merge[0].data[0]")


def _move(store: Store, module: ModuleDef, child: int, master: int) -> None:
    for other, field in pointers(store, module):
        column = quoted(field.api_name)
        sql = f"UPDATE {quoted(other.api_name)} SET {column} = ? WHERE {column} = ? AND id <> ?"  # noqa: S608
        bound: list[object] = [master, child, master]
        if field.kind == "any_lookup":
            sql += f" AND {quoted(module_column(field.api_name))} = ?"
            bound.append(module.api_name)
        store.execute(sql, bound)


def pointers(store: Store, module: ModuleDef) -> Iterator[tuple[ModuleDef, FieldDef]]:
    """The fields of records that point at records of a module. Rows of subforms stay with the record they are of."""
    for other in store.modules.values():
        if other.generated_type in ("system", "subform"):
            continue
        for field in other.fields.values():
            if field.stored and module.api_name in (field.lookup_module, *field.targets):
                yield other, field


def most_related(store: Store, module: ModuleDef, child: int) -> int:
    """How many records the child's largest related list has."""
    most = 0
    for other, field in pointers(store, module):
        sql = f"SELECT count(*) FROM {quoted(other.api_name)} WHERE {quoted(field.api_name)} = ?"  # noqa: S608
        bound: list[object] = [child]
        if field.kind == "any_lookup":
            sql += f" AND {quoted(module_column(field.api_name))} = ?"
            bound.append(module.api_name)
        most = max(most, store.fetch(sql, bound)[0][0])
    return most


def plain(children: Sequence[Child]) -> list[Mapping[str, object]]:
    """For a job to remember."""
    return [{"id": child.id, "fields": list(child.fields)} for child in children]
