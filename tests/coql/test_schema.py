"""Which modules a query needs, found as their fields become known."""

from __future__ import annotations

import pytest

from zcrm_tools.coql.parser import parse
from zcrm_tools.coql.schema import KnownSchema, missing_modules
from zcrm_tools.coql.walk import columns, criteria, queries

QUERY = parse(
    "select Account_Name.Parent_Account.Phone, 'What_Id->Vendors.Vendor_Name', Owner.role.name from Contacts "
    "where (id is not null and Vendor_Name in (select id from Products where Nonsense.id = 1))"
)


def loaded(schema, *names):
    return KnownSchema({name: schema.module(name) for name in names}, schema.module_names())


def test_joins_reveal_modules_as_fields_are_loaded(schema):
    assert missing_modules(QUERY, loaded(schema)) == {"Contacts", "Products", "Vendors"}
    assert missing_modules(QUERY, loaded(schema, "Contacts", "Products")) == {"Accounts", "Vendors"}
    assert missing_modules(QUERY, loaded(schema, "Contacts", "Products", "Accounts")) == {"Vendors"}


def test_an_arrow_names_its_module(schema):
    query = parse("select 'What_Id->Deals.Account_Name.Phone' from Tasks where id is not null")
    assert missing_modules(query, loaded(schema, "Tasks")) == {"Deals"}
    assert missing_modules(query, loaded(schema, "Tasks", "Deals")) == {"Accounts"}


def test_what_a_suggestion_needs_is_loaded_too(schema):
    contacts = loaded(schema, "Contacts")
    named = parse("select id from Contacts where Account_Name = 'King'")
    by_id = parse("select id from Contacts where Account_Name = '4876876000000900134'")
    misspelt = parse("select Acount_Name.Phone from Contacts where id is not null")
    assert missing_modules(named, contacts) == missing_modules(misspelt, contacts) == {"Accounts"}
    assert missing_modules(by_id, contacts) == set()


def test_a_module_the_org_does_not_have_is_never_asked_for(schema):
    assert missing_modules(parse("select id from Nothing where id is not null"), schema) == set()
    assert missing_modules(parse("select id from Quotes where id is not null"), schema) == {"Quotes"}


@pytest.mark.parametrize("name", ["id", "Owner"])
def test_every_module_has_an_id_and_known_fields_are_found_by_exact_name(name, schema):
    deals = schema.module("Deals")
    assert deals.field(name).api_name == name
    assert deals.field(name.upper()) is None


def test_walking_visits_each_part_once_in_source_order():
    assert [q.module for q in queries(QUERY)] == ["Contacts", "Products"]
    assert [c.text for c in columns(QUERY)] == [
        "Account_Name.Parent_Account.Phone",
        "What_Id->Vendors.Vendor_Name",
        "Owner.role.name",
        "id",
        "Vendor_Name",
    ]
    assert [c.column.text for c in criteria(QUERY.where)] == ["id", "Vendor_Name"]
