"""Did you mean: fields by API name, by label and by the habits of SQL; modules by name, label and older names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.schema import field_of, module_of
from zcrm_tools.coql.spelling import folded, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zcrm_tools.coql.nodes import Part
    from zcrm_tools.coql.schema import FieldView, ModuleView, Schema

__all__ = ["field_called", "field_meant", "lookups_with", "module_meant", "nearest", "path_meant"]

_MODULE_HABITS = {
    "opportunity": "Deals",
    "opportunities": "Deals",
    "potential": "Deals",
    "potentials": "Deals",
    "company": "Accounts",
    "companies": "Accounts",
    "organization": "Accounts",
    "organizations": "Accounts",
    "customer": "Accounts",
    "customers": "Accounts",
    "person": "Contacts",
    "people": "Contacts",
    "prospect": "Leads",
    "prospects": "Leads",
    "meeting": "Events",
    "meetings": "Events",
    "todo": "Tasks",
    "ticket": "Cases",
    "tickets": "Cases",
    "account": "Accounts",
    "case": "Cases",
}
_FIELD_HABITS = {
    "recordid": ("id",),
    "created": ("Created_Time",),
    "createdat": ("Created_Time",),
    "createddate": ("Created_Time",),
    "createdon": ("Created_Time",),
    "creationdate": ("Created_Time",),
    "datecreated": ("Created_Time",),
    "modified": ("Modified_Time",),
    "modifieddate": ("Modified_Time",),
    "lastmodified": ("Modified_Time",),
    "lastmodifieddate": ("Modified_Time",),
    "modifiedat": ("Modified_Time",),
    "updatedat": ("Modified_Time",),
    "updated": ("Modified_Time",),
    "lastupdated": ("Modified_Time",),
    "closedate": ("Closing_Date",),
    "value": ("Amount",),
    "revenue": ("Amount", "Annual_Revenue"),
    "dealstage": ("Stage",),
    "source": ("Lead_Source",),
    "leadname": ("Full_Name",),
    "contact": ("Contact_Name",),
    "account": ("Account_Name",),
    "accountid": ("Account_Name",),
    "company": ("Company", "Account_Name"),
    "companyname": ("Company", "Account_Name"),
    "owner": ("Owner",),
    "ownerid": ("Owner",),
    "ownername": ("Owner",),
    "assignedto": ("Owner",),
    "user": ("Owner",),
    "contactid": ("Contact_Name",),
    "emailaddress": ("Email",),
    "mail": ("Email",),
    "phonenumber": ("Phone",),
    "telephone": ("Phone",),
    "employees": ("No_of_Employees", "Employees"),
    "relatedto": ("What_Id",),
    "converted": ("Converted__s",),
    "isconverted": ("Converted__s",),
}


_FIELD_HABIT_WORDS = ("name", *_FIELD_HABITS)


def module_meant(name: str, schema: Schema) -> str | None:
    """The API name of the module that was meant; None when nothing is close."""
    known = schema.module_names()
    wanted = folded(name)
    by_label = {folded(label): api_name for api_name, labels in known.items() for label in labels}
    if wanted in by_label:
        return by_label[wanted]
    habit = _MODULE_HABITS.get(wanted)
    return habit if habit in known else nearest(name, known)


def field_meant(name: str, module: ModuleView) -> FieldView | None:
    """The field that was meant by an API name that does not exist; None when nothing is close."""
    return field_called(name, module) or _field_like(name, module)


def field_called(name: str, module: ModuleView) -> FieldView | None:
    """The field that goes by this name: its label, another spelling, or what other systems call it."""
    fields = module.fields()
    wanted = folded(name)
    for found in fields:
        if folded(found.api_name) == wanted or folded(found.label) == wanted:
            return found
    if wanted == "id":
        return field_of(module, "id")
    if wanted in ("name", "title", "fullname") and module.name_field:
        return module.field(module.name_field)
    for habit in _FIELD_HABITS.get(wanted, ()):
        if found_habit := field_of(module, habit):
            return found_habit
    return None


def _field_like(name: str, module: ModuleView) -> FieldView | None:
    fields = module.fields()
    close = nearest(name, _spellings(fields))
    if close:
        return next((f for f in fields if close in (f.api_name, f.label)), None)
    word = nearest(name, _FIELD_HABIT_WORDS)
    return field_called(word, module) if word and word != folded(name) else None


def lookups_with(name: str, module: ModuleView, schema: Schema) -> list[str]:
    """Ways to a field of this name on the records that lookups of the module lead to: `Industry` of Deals is
    `Account_Name.Industry`.
    """
    ways = []
    for field in module.fields():
        target = schema.module(field.lookup_module) if field.lookup_module else None
        if target is not None and target.complete and target.api_name != module.api_name:
            wanted = folded(name)
            found = next(
                (f for f in target.fields() if wanted in (folded(f.api_name), folded(f.label))), None
            )
            if found is not None:
                ways.append(f"{field.api_name}.{found.api_name}")
    return ways


def path_meant(parts: Iterable[Part], module: ModuleView, schema: Schema) -> str | None:
    """A whole path repaired: `Account.Name` of Contacts is `Account_Name.Account_Name`. None when any step has no
    likely reading.
    """
    here: ModuleView | None = module
    steps: list[str] = []
    for part in parts:
        if here is None:
            return None
        found = field_of(here, part.name) or field_meant(part.name, here)
        if found is None:
            return None
        steps.append(f"{found.api_name}->{part.target}" if part.target else found.api_name)
        target = part.target or found.lookup_module
        here = module_of(schema, target) if target else None
    return ".".join(steps)


def _spellings(fields: Iterable[FieldView]) -> Iterable[str]:
    for field in fields:
        yield field.api_name
        if field.label:
            yield field.label
