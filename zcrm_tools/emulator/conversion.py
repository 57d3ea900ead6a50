"""Turning a lead into a contact, an account and perhaps a deal, with all that hangs on it.

https://www.zoho.com/crm/developer/docs/api/v8/convert-lead.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from zcrm_tools.emulator import blobs, deal_contacts, events, history, locks, refusals, relations, rules, tags
from zcrm_tools.emulator.copying import values
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.rules import Writer
from zcrm_tools.emulator.store import Store, epoch, module_column, quoted

TARGETS: Final = ("Contacts", "Accounts", "Deals")
_DAY: Final = 86_400
_ACTIVITIES: Final = ("Tasks", "Events", "Calls")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a conversion asks for, checked: ids of records and users that are there.

    `tags`: which of the lead's tags go to which module, None for all of them. `activities`: the modules whose records
    get the new owner too. `deal` is the JSON of the deal to create, `role` the contact's in it.
    """

    account: int | None = None
    contact: int | None = None
    owner: int | None = None
    deal: Json | None = None
    role: int | None = None
    overwrite: bool = False
    use_existing: bool = False
    attachments_to: str = "Contacts"
    tags: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    activities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Converted:
    contact: int
    account: int | None
    deal: int | None

    def by_module(self) -> dict[str, int | None]:
        return {"Contacts": self.contact, "Deals": self.deal, "Accounts": self.account}


def lead_of(store: Store, lead_id: int) -> dict[str, Any]:
    """The row of a lead that can be converted; refused as Zoho does it for an id in the path."""
    lead = store.get("Leads", lead_id)
    if lead is None:
        raise refusals.bad_path_id(1, refusals.INVALID)
    if lead["Converted__s"]:
        raise Refusal("ID_ALREADY_CONVERTED", "id already converted", {"resource_path_index": 1})
    locks.refuse_locked(store, lead_id)
    return lead


def convert(writer: Writer, lead_id: int, wishes: Wishes, path: str) -> Converted:
    """Convert one lead. `path` is where a fault in the deal's fields is located. All or nothing in a transaction."""
    store = writer.store
    lead = lead_of(store, lead_id)
    writer = replace(writer, source="convert")
    if wishes.use_existing:
        wishes = _with_matches(store, lead, wishes)
    owner = wishes.owner or lead["Owner"]
    mapped = mapping(store, lead_id)
    given: Json = {"Owner": {"id": str(owner)}}
    account = wishes.account
    if account is None and mapped["Accounts"].get("Account_Name"):
        account = rules.create(writer, store.modules["Accounts"], {**mapped["Accounts"], **given}, path)
    contact = wishes.contact
    if contact is None:
        row = {**mapped["Contacts"], **given, **_link("Account_Name", account)}
        contact = rules.create(writer, store.modules["Contacts"], row, path)
    elif account is not None:
        _join(writer, contact, account, overwrite=wishes.overwrite, path=path)
    deal = None
    if wishes.deal is not None:
        links = _link("Account_Name", account) | _link("Contact_Name", contact)
        row = {**mapped["Deals"], **given, **wishes.deal, **links}
        deal = rules.create(writer, store.modules["Deals"], row, path)
        role = deal_contacts.role(store, role_id=wishes.role) if wishes.role else None
        if role is not None:
            deal_contacts.assign(store, deal, contact, role)
    made = Converted(contact, account, deal)
    _carry_tags(writer, lead, wishes, made)
    _hand_over(writer, lead_id, made, wishes)
    _mark(writer, lead, made)
    return made


def mapping(store: Store, lead_id: int) -> dict[str, Json]:
    """The lead's values under the names they get in each module, by the fields' conversion map."""
    lead = values(store, store.modules["Leads"], lead_id) or {}
    found: dict[str, Json] = {name: {} for name in TARGETS}
    for name, f in store.modules["Leads"].fields.items():
        for target, other in f.convert.items():
            if lead.get(name) is not None and other in store.modules[target].fields:
                found[target][other] = lead[name]
    return found


def _link(name: str, record_id: int | None) -> Json:
    return {} if record_id is None else {name: {"id": str(record_id)}}


def _join(writer: Writer, contact: int, account: int, *, overwrite: bool, path: str) -> None:
    """Put an existing contact under the account, unless it has another and that was not to be overwritten."""
    before = writer.store.get("Contacts", contact) or {}
    if before["Account_Name"] is None or (overwrite and before["Account_Name"] != account):
        rules.update(writer, writer.store.modules["Contacts"], contact, _link("Account_Name", account), path)


def _carry_tags(writer: Writer, lead: Mapping[str, Any], wishes: Wishes, made: Converted) -> None:
    store = writer.store
    carried = json.loads(lead["Tag"] or "[]")
    for name, record_id in made.by_module().items():
        if record_id is None or name not in wishes.tags:
            continue
        wanted = wishes.tags[name]
        names = [tag["name"] for tag in carried if wanted is None or tag["name"] in wanted]
        before = store.get(name, record_id) or {}
        kept = [{"name": tag["name"]} for tag in json.loads(before["Tag"] or "[]")]
        both = [*kept, *({"name": tag} for tag in names)]
        if names:
            module = store.modules[name]
            text = tags.on_record(store, module, both, writer.user_id, f"$.data[0].carry_over_tags.{name}")
            store.update(name, record_id, {"Tag": text})
            history.tagged(writer, module, before, {"Tag": text})


def _hand_over(writer: Writer, lead_id: int, made: Converted, wishes: Wishes) -> None:
    """Notes and links go to the contact, attachments where they were wanted, activities to contact and deal or account."""
    store = writer.store
    notes = (quoted("Parent_Id"), quoted(module_column("Parent_Id")))
    store.execute(
        f"UPDATE Notes SET {notes[0]} = ?, {notes[1]} = 'Contacts' WHERE {notes[0]} = ? AND {notes[1]} = 'Leads'",  # noqa: S608
        (made.contact, lead_id),
    )
    wanted = made.by_module()[wishes.attachments_to]
    target = ("Contacts", made.contact) if wanted is None else (wishes.attachments_to, wanted)
    blobs.move(store, ("Leads", lead_id), target)
    relations.move(store, ("Leads", lead_id), ("Contacts", made.contact))
    about: tuple[str | None, int | None] = (None, None)
    for name, record_id in (("Accounts", made.account), ("Deals", made.deal)):
        if record_id is not None:
            about = (name, record_id)
    what, kind = quoted("What_Id"), quoted(module_column("What_Id"))
    for name in _ACTIVITIES:
        if name in wishes.activities and wishes.owner is not None:
            sql = f"UPDATE {name} SET Owner = ? WHERE {what} = ? AND {kind} = 'Leads'"  # noqa: S608
            store.execute(sql, (wishes.owner, lead_id))
        store.execute(
            f"UPDATE {name} SET Who_Id = ?, {kind} = ?, {what} = ? WHERE {what} = ? AND {kind} = 'Leads'",  # noqa: S608
            (made.contact, *about, lead_id),
        )


def _mark(writer: Writer, lead: Mapping[str, Any], made: Converted) -> None:
    """What a converted lead says of itself; the deal remembers how many days it took."""
    store = writer.store
    now = epoch(store.clock.now())
    days = max(0, now - lead["Created_Time"]) // _DAY
    changes: dict[str, Any] = {
        "Converted__s": 1,
        "Converted_Date_Time": now,
        "Converted_Account": made.account,
        "Converted_Contact": made.contact,
        "Converted_Deal": made.deal,
        "Lead_Conversion_Time": days,
        "Last_Activity_Time": now,
        "Modified_Time": now,
        "Modified_By": writer.user_id,
    }
    store.update("Leads", lead["id"], changes)
    history.updated(writer, store.modules["Leads"], lead, changes)
    events.written(writer, store.modules["Leads"], "update", lead["id"], lead)
    if made.deal is not None:
        store.update("Deals", made.deal, {"Lead_Conversion_Time": days})


# ---- what a lead could be joined to


@dataclass(frozen=True, slots=True)
class Match:
    """Records of `module` that have the lead's value in a field."""

    module: str
    field: str
    value: str
    ids: tuple[int, ...]


def matches(store: Store, lead: Mapping[str, Any]) -> list[Match]:
    """Contacts and accounts that may be the lead's, in Zoho's order: by email, by company, by name."""
    asked = (
        ("Contacts", "Email", lead["Email"]),
        ("Accounts", "Account_Name", lead["Company"]),
        ("Contacts", "Full_Name", lead["Full_Name"]),
    )
    found: list[Match] = []
    for module, name, value in asked:
        if not value or any(match.module == module for match in found):
            continue
        sql = f"SELECT id FROM {quoted(module)} WHERE {quoted(name)} = ? ORDER BY id LIMIT 200"  # noqa: S608
        ids = tuple(record_id for (record_id,) in store.fetch(sql, (value,)))
        if ids:
            found.append(Match(module, name, value, ids))
    return found


def _with_matches(store: Store, lead: Mapping[str, Any], wishes: Wishes) -> Wishes:
    """Join the lead to the first record that matches, where the call names none."""
    found = {match.module: match.ids[0] for match in reversed(matches(store, lead))}
    return replace(
        wishes,
        account=wishes.account or found.get("Accounts"),
        contact=wishes.contact or found.get("Contacts"),
    )
