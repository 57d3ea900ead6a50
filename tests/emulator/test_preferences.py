"""Preferences of the org: where duplicates are looked for, what calls show."""

from __future__ import annotations

import pytest

DUPLICATES = "/settings/duplicate_check_preference"


@pytest.fixture
async def unique(api):
    """Emails of leads and contacts are unique."""
    for module in ("Leads", "Contacts"):
        field = {"field_label": "Key", "data_type": "text", "unique": {"case_sensitive": False}}
        reply = await api.call("POST", f"/settings/fields?module={module}", json={"fields": [field]})
        assert reply.status_code == 201, reply.text


def mapped(**changes):
    mapping = {"current_field": {"api_name": "Key"}, "mapped_field": {"api_name": "Key"}}
    one = {"field_mappings": [mapping], "mapped_module": {"api_name": "Contacts"}}
    return {"type": "mapped_module_records", "type_configurations": [one], **changes}


@pytest.mark.evidence("duplicate-check.preference")
async def test_a_lead_is_a_duplicate_of_a_contact_once_the_preference_says_so(api, unique, refused):
    here = f"{DUPLICATES}?module=Leads"
    assert (await api.get(DUPLICATES, module="Leads")).status_code == 204
    await api.write("PUT", f"/Contacts/{api.ids['boyle']}", {"Key": "same"})
    lead = {"Last_Name": "X", "Company": "y", "Key": "Same"}
    made = (await api.write("POST", "/Leads", lead)).json()["data"][0]["details"]["id"]
    reply = await api.call("POST", here, json={"duplicate_check_preference": mapped()})
    assert reply.status_code == 200, reply.text
    kept = (await api.get(DUPLICATES, module="Leads")).json()["duplicate_check_preference"]
    assert kept["type"] == "mapped_module_records"
    assert kept["type_configurations"][0]["field_mappings"][0]["mapped_field"]["api_name"] == "Key"
    await api.call("DELETE", f"/Leads/{made}")
    (item,) = (await api.write("POST", "/Leads", lead)).json()["data"]
    assert (item["code"], item["details"]["json_path"]) == ("DUPLICATE_DATA", "$.data[0].Key")
    assert item["details"]["duplicate_record"]["module"]["api_name"] == "Contacts"
    again = await api.call("POST", here, json={"duplicate_check_preference": mapped()})
    refused(again, "NOT_ALLOWED")
    body = {"duplicate_check_preference": {"type": "converted_records"}}
    assert (await api.call("PUT", here, json=body)).status_code == 200
    assert (await api.get(DUPLICATES, module="Leads")).json()["duplicate_check_preference"][
        "type_configurations"
    ] is None
    assert (await api.write("POST", "/Leads", lead)).status_code == 201
    assert (await api.call("DELETE", here)).json()["duplicate_check_preference"]["code"] == "SUCCESS"
    refused(await api.call("DELETE", here), "NOT_ALLOWED")
    refused(await api.call("PUT", here, json=body), "NOT_ALLOWED")


@pytest.mark.evidence("duplicate-check.preference")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": None}, "MANDATORY_NOT_FOUND"),
        ({"type": "all"}, "INVALID_DATA"),
        ({"type_configurations": None}, "DEPENDENT_FIELD_MISSING"),
        ({"type_configurations": [{"mapped_module": {"api_name": "Deals"}}]}, "INVALID_DATA"),
        ({"type_configurations": [{"mapped_module": {"api_name": "Contacts"}}]}, "MANDATORY_NOT_FOUND"),
    ],
)
async def test_a_preference_with_a_fault_is_not_kept(api, unique, refused, change, code):
    here = f"{DUPLICATES}?module=Leads"
    refused(await api.call("POST", here, json={"duplicate_check_preference": mapped(**change)}), code)
    assert (await api.get(DUPLICATES, module="Leads")).status_code == 204
    refused(await api.get(DUPLICATES, module="Contacts"), "NOT_SUPPORTED")


@pytest.mark.evidence("calls.preferences")
async def test_calls_show_the_numbers_that_the_preferences_say(api, refused):
    path = "/settings/call_preferences"
    assert (await api.get(path)).json() == {
        "call_preferences": {"show_from_number": False, "show_to_number": False}
    }
    reply = await api.call("PUT", path, json={"call_preferences": {"show_to_number": True}})
    assert reply.json()["call_preferences"]["code"] == "SUCCESS"
    assert (await api.get(path)).json()["call_preferences"]["show_to_number"] is True
    refused(await api.call("PUT", path, json={"call_preferences": {}}), "MANDATORY_NOT_FOUND")
    refused(await api.call("PUT", path, json={"call_preferences": {"show_to_number": 1}}), "INVALID_DATA")
