"""Values are checked against the emulator's own metadata of Leads, fetched as a client fetches it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zcrm_tools.connection import open_client
from zcrm_tools.metadata import values
from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.settings import Settings


@pytest.fixture(scope="module")
def leads(tmp_path_factory: pytest.TempPathFactory) -> Fields:
    async def fetch() -> Fields:
        async with await open_client(Settings(home=tmp_path_factory.mktemp("home"), demo=True)) as crm:
            return await crm.org.catalogue.fields("Leads")

    return asyncio.run(fetch())


def codes(asked: dict[str, Any], fields: Fields, *, creating: bool = False) -> set[tuple[str, str]]:
    return {(p.code, p.field) for p in values.check(asked, fields, creating=creating).problems}


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"last name": "Rao"}, {"Last_Name": "Rao"}),
        ({"Title": "CEO"}, {"Designation": "CEO"}),
        ({"Lead_Source": "Online Store"}, {"Lead_Source": "OnlineStore"}),
        ({"Lead_Source": "x (twitter)"}, {"Lead_Source": "Twitter"}),
        ({"Lead_Status": ""}, {"Lead_Status": None}),
        ({"No_of_Employees": "40"}, {"No_of_Employees": 40}),
        ({"Annual_Revenue": "12.5"}, {"Annual_Revenue": 12.5}),
        ({"Owner": "5" * 18}, {"Owner": {"id": "5" * 18}}),
        ({"Owner": {"id": "5" * 18}}, {"Owner": {"id": "5" * 18}}),
        ({"Email_Opt_Out": "true"}, {"Email_Opt_Out": True}),
        ({"City": None}, {"City": None}),
    ],
)
def test_what_people_write_becomes_what_zoho_stores(
    asked: dict[str, Any], sent: dict[str, Any], leads: Fields
):
    checked = values.check(asked, leads, creating=False)
    assert checked.problems == ()
    assert dict(checked.values) == sent


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"Lead_Sorce": "Chat"}, ("UNKNOWN_FIELD", "Lead_Sorce")),
        ({"Created_Time": "2026-11-24T00:00:00Z"}, ("READ_ONLY_FIELD", "Created_Time")),
        ({"Last_Name": None}, ("MANDATORY_NOT_FOUND", "Last_Name")),
        ({"Email": "rao at example.com"}, ("INVALID_DATA", "Email")),
        ({"Phone": "call me\u202e"}, ("INVALID_DATA", "Phone")),
        ({"Annual_Revenue": "1,500"}, ("INVALID_DATA", "Annual_Revenue")),
        ({"No_of_Employees": True}, ("INVALID_DATA", "No_of_Employees")),
        ({"First_Name": "x" * 41}, ("TOO_LONG", "First_Name")),
        ({"Owner": "Meera"}, ("INVALID_DATA", "Owner")),
        ({"Lead_Status": 5}, ("INVALID_DATA", "Lead_Status")),
        ({"Company": "A", "company": "B"}, ("GIVEN_TWICE", "company")),
    ],
)
def test_what_cannot_be_stored_is_refused_by_field(
    asked: dict[str, Any], fault: tuple[str, str], leads: Fields
):
    assert codes(asked, leads) == {fault}


def test_a_create_needs_what_is_mandatory(leads: Fields):
    assert codes({"Company": "Acme"}, leads, creating=True) == {("MANDATORY_NOT_FOUND", "Last_Name")}
    assert codes({"Company": "Acme"}, leads) == set()


def test_an_unlisted_choice_is_let_through_with_a_warning(leads: Fields):
    checked = values.check({"Lead_Source": "Chatt"}, leads, creating=False)
    assert checked.problems == ()
    assert checked.values["Lead_Source"] == "Chatt"
    assert checked.warnings[0].closest == "Chat"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_json_gets_an_answer_and_never_a_crash(leads: Fields, data: st.DataObject):
    json = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=5,
    )
    names = st.sampled_from(list(leads)) | st.text(max_size=12)
    asked = data.draw(st.dictionaries(names, json, max_size=4))
    checked = values.check(asked, leads, creating=True)
    assert {name for name in checked.values if not name.startswith("$")} <= set(leads)
    assert all(p.code and p.message for p in checked.problems)
