"""Contact roles: the list of them, and the contacts that a deal has in a role.

https://www.zoho.com/crm/developer/docs/api/v8/get-contact-roles.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zcrm_tools.emulator.schema import ORG_PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zcrm_tools.emulator.store import Store

MAX_ROLES = 100
STANDARD = (
    "Developer/Evaluator",
    "Decision Maker",
    "Purchasing",
    "Executive Sponsor",
    "Engineering Lead",
    "Economic Decision Maker",
    "Product Management",
)
"""The roles a new org has. A deleted one stays in the table, marked, so that it does not come back."""


@dataclass(frozen=True, slots=True)
class Role:
    id: int
    name: str
    sequence: int


def ensure(store: Store) -> None:
    store.execute(
        "CREATE TABLE IF NOT EXISTS _contact_role (id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE,"
        " sequence INTEGER NOT NULL, gone INTEGER NOT NULL DEFAULT 0)"
    )
    store.execute(
        "CREATE TABLE IF NOT EXISTS _deal_contact (deal INTEGER NOT NULL, contact INTEGER NOT NULL,"
        " role INTEGER NOT NULL, PRIMARY KEY (deal, contact)) WITHOUT ROWID"
    )
    if not store.fetch("SELECT 1 FROM _contact_role LIMIT 1"):
        for number, name in enumerate(STANDARD, start=1):
            sql = "INSERT INTO _contact_role (id, name, sequence) VALUES (?, ?, ?)"
            store.execute(sql, (ORG_PREFIX + 430_000 + number, name, number))


def roles(store: Store) -> Sequence[Role]:
    """In their order."""
    ensure(store)
    rows = store.fetch("SELECT id, name, sequence FROM _contact_role WHERE NOT gone ORDER BY sequence, id")
    return [Role(*row) for row in rows]


def role(store: Store, *, role_id: int | None = None, name: str | None = None) -> Role | None:
    """A role by its id, or by its name without regard to case."""
    for one in roles(store):
        if one.id == role_id or (name is not None and one.name.lower() == name.lower()):
            return one
    return None


def add_role(store: Store, name: str, sequence: int | None) -> Role:
    made = Role(store.next_id(), name, sequence or len(roles(store)) + 1)
    store.execute(
        "INSERT INTO _contact_role (id, name, sequence) VALUES (?, ?, ?)", (made.id, made.name, made.sequence)
    )
    return made


def change_role(store: Store, one: Role, name: str | None, sequence: int | None) -> None:
    store.execute(
        "UPDATE _contact_role SET name = ?, sequence = ? WHERE id = ?",
        (name or one.name, sequence or one.sequence, one.id),
    )


def remove_role(store: Store, one: Role) -> None:
    """Deals lose the contacts they had in it."""
    store.execute("UPDATE _contact_role SET gone = 1 WHERE id = ?", (one.id,))
    store.execute("DELETE FROM _deal_contact WHERE role = ?", (one.id,))


def assign(store: Store, deal: int, contact: int, one: Role) -> None:
    """Put a contact into a role of a deal, in place of the one it had."""
    ensure(store)
    store.execute("INSERT OR REPLACE INTO _deal_contact VALUES (?, ?, ?)", (deal, contact, one.id))


def withdraw(store: Store, deal: int, contact: int) -> bool:
    """Whether the contact had a role."""
    ensure(store)
    return store.execute("DELETE FROM _deal_contact WHERE deal = ? AND contact = ?", (deal, contact)) > 0


def move(store: Store, source: int, target: int) -> None:
    """Hand what a deal or contact has to the one it is merged into; roles that one has already stay as they are."""
    ensure(store)
    store.execute("UPDATE OR IGNORE _deal_contact SET deal = ? WHERE deal = ?", (target, source))
    store.execute("UPDATE OR IGNORE _deal_contact SET contact = ? WHERE contact = ?", (target, source))


def forget(store: Store, record_id: int) -> None:
    """Drop the roles of a deal or contact that is gone for good."""
    ensure(store)
    store.execute("DELETE FROM _deal_contact WHERE deal = ? OR contact = ?", (record_id, record_id))
