"""Writing records: what is refused, what follows from a write, what a batch answers."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

UNKNOWN = "554023000999999999"


def item(reply, at=0):
    return reply.json()["data"][at]


@pytest.mark.evidence("writes.create", "writes.status")
async def test_a_created_record_is_answered_with_its_stamps_and_is_there(api):
    reply = await api.write("POST", "/Leads", {"Last_Name": "Nova", "Company": "Nova AG"})
    assert reply.status_code == 201
    entry = item(reply)
    admin = {"name": "Ada Admin", "id": str(api.ids["admin"])}
    record_id = entry["details"].pop("id")
    assert entry == {
        "code": "SUCCESS",
        "details": {
            "Modified_Time": "2026-11-24T09:00:00+00:00",
            "Modified_By": admin,
            "Created_Time": "2026-11-24T09:00:00+00:00",
            "Created_By": admin,
            "$approval_state": "approved",
        },
        "message": "record added",
        "status": "success",
    }
    assert len(record_id) == 18
    row = api.stored("Leads", record_id)
    assert (row["Last_Name"], row["Full_Name"], row["Owner"]) == ("Nova", "Nova", api.ids["admin"])
    assert row["Converted__s"] == row["Email_Opt_Out"] == 0


@pytest.mark.evidence("writes.status", "writes.mandatory")
async def test_a_batch_answers_row_by_row_in_order_and_rows_do_not_undo_each_other(api):
    before = api.emulator.store.count("Leads")
    reply = await api.write("POST", "/Leads", {"Last_Name": "A"}, {"First_Name": "x"}, {"Last_Name": "B"}, 7)
    assert reply.status_code == 207
    assert [entry["status"] for entry in reply.json()["data"]] == ["success", "error", "success", "error"]
    assert item(reply, 1) == {
        "code": "MANDATORY_NOT_FOUND",
        "details": {"api_name": "Last_Name", "json_path": "$.data[1].Last_Name"},
        "message": "required field not found",
        "status": "error",
    }
    assert api.emulator.store.count("Leads") == before + 2
    reply = await api.write("POST", "/Leads", {"Last_Name": ""}, {"Last_Name": None})
    assert reply.status_code == 400
    assert [entry["code"] for entry in reply.json()["data"]] == ["MANDATORY_NOT_FOUND"] * 2
    assert api.emulator.store.count("Leads") == before + 2


@pytest.mark.evidence("writes.batch-100")
async def test_a_batch_holds_one_to_a_hundred_rows(api, refused):
    rows = [{"Last_Name": f"L{number}"} for number in range(101)]
    details = refused(await api.write("POST", "/Leads", *rows), "LIMIT_EXCEEDED")
    assert details == {"maximum_length": 100, "api_name": "data", "json_path": "$.data"}
    assert (await api.write("POST", "/Leads", *rows[:100])).status_code == 201
    refused(await api.write("POST", "/Leads"), "INVALID_DATA")


@pytest.mark.evidence("writes.malformed")
async def test_a_body_that_is_no_json_object_with_data_is_refused(api, refused):
    for body in (b"", b"{", b"[1]", b'{"data":[NaN]}', b"\xff\xfe", b'{"a":' * 100_000):
        refused(await api.call("POST", "/Leads", content=body), "INVALID_REQUEST")
    assert refused(await api.call("POST", "/Leads", json={"rows": []}), "MANDATORY_NOT_FOUND") == {
        "api_name": "data",
        "json_path": "$.data",
    }
    details = refused(await api.call("POST", "/Leads", json={"data": {}}), "INVALID_DATA")
    assert details["expected_data_type"] == "jsonarray"
    refused(await api.write("POST", "/Leads", {"Last_Name": "x"}, trigger="workflow"), "INVALID_DATA")


WRONG = [
    ("Last_Name", 7, {"expected_data_type": "text"}),
    ("Last_Name", "x" * 81, {"maximum_length": 80}),
    ("Email", "nobody", {"expected_data_type": "email"}),
    ("Email", "a@b", {"expected_data_type": "email"}),
    ("Phone", "call me @ noon!", {"expected_data_type": "phone"}),
    ("No_of_Employees", "12", {"expected_data_type": "integer"}),
    ("No_of_Employees", 1.5, {"expected_data_type": "integer"}),
    ("No_of_Employees", True, {"expected_data_type": "integer"}),
    ("No_of_Employees", 10**9, {"maximum_length": 9}),
    ("Annual_Revenue", "1000", {"expected_data_type": "currency"}),
    ("Annual_Revenue", 10**16, {"maximum_length": 16}),
    ("Email_Opt_Out", "true", {"expected_data_type": "boolean"}),
    ("Last_Visited_Time", "2026-01-01", {"expected_data_type": "datetime"}),
    ("Last_Visited_Time", "2026-02-30T00:00:00Z", {"expected_data_type": "datetime"}),
    ("Owner", "554023000000000001", {"expected_data_type": "jsonobject"}),
    ("Tag", {"name": "x"}, {"expected_data_type": "jsonarray"}),
]


@pytest.mark.evidence("writes.invalid-data")
@pytest.mark.parametrize(("name", "value", "expected"), WRONG)
async def test_a_value_of_the_wrong_kind_is_refused_by_field_and_path(api, name, value, expected):
    reply = await api.write("POST", "/Leads", {"Last_Name": "Ok", name: value})
    assert reply.status_code == 400
    entry = item(reply)
    assert entry["code"] == "INVALID_DATA"
    assert entry["message"] == "invalid data"
    assert entry["details"] == {"api_name": name, "json_path": f"$.data[0].{name}", **expected}


async def test_text_that_has_no_utf8_is_refused_and_can_be_echoed(api):
    row = {"Last_Name": "Ok", "Description": "\ud800", "Who\ud800": 1, "City": "nul\x00"}
    api.emulator.store.refuse_unknown_fields = True
    reply = await api.call("POST", "/Leads", content=json.dumps({"data": [row]}).encode())
    errors = item(reply)["details"]["errors"]
    assert [error["details"]["api_name"] for error in errors] == ["Description", "Who\ud800", "City"]


@pytest.mark.evidence("writes.invalid-data")
async def test_a_date_must_be_a_day_that_exists(api):
    for wrong in ("2026-02-30", "24/11/2026", "2026-11-24T00:00:00Z", 20261124):
        reply = await api.write("PUT", f"/Deals/{api.ids['pumps']}", {"Closing_Date": wrong})
        assert item(reply)["details"]["expected_data_type"] == "date"
    reply = await api.write("PUT", f"/Deals/{api.ids['pumps']}", {"Closing_Date": "2028-02-29"})
    assert reply.status_code == 200
    assert api.stored("Deals", api.ids["pumps"])["Closing_Date"] == "2028-02-29"


@pytest.mark.evidence("writes.lookups")
async def test_a_lookup_is_an_id_of_a_record_that_exists(api):
    contact = {"Last_Name": "New", "Account_Name": {"id": str(api.ids["acme"])}}
    assert (await api.write("POST", "/Contacts", contact)).status_code == 201
    for wrong in (UNKNOWN, "x", str(api.ids["smith"]), None):
        entry = item(await api.write("POST", "/Contacts", {"Last_Name": "N", "Account_Name": {"id": wrong}}))
        assert entry["message"] == "the id given seems to be invalid"
        assert entry["details"] == {"api_name": "Account_Name", "json_path": "$.data[0].Account_Name.id"}
    entry = item(await api.write("POST", "/Contacts", {"Last_Name": "N", "Account_Name": {"name": "Acme"}}))
    assert entry["code"] == "MANDATORY_NOT_FOUND"
    await api.write("PUT", f"/Contacts/{api.ids['boyle']}", {"Account_Name": None})
    assert api.stored("Contacts", api.ids["boyle"])["Account_Name"] is None


@pytest.mark.evidence("writes.several-faults")
async def test_several_faults_of_one_row_come_together(api):
    entry = item(await api.write("POST", "/Leads", {"Email": "x", "No_of_Employees": "y"}))
    assert entry["code"] == "MULTIPLE_OR_MULTI_ERRORS"
    assert entry["message"] == "Multiple errors in the request"
    errors = entry["details"]["errors"]
    assert [(error["code"], error["details"]["api_name"]) for error in errors] == [
        ("INVALID_DATA", "Email"),
        ("INVALID_DATA", "No_of_Employees"),
        ("MANDATORY_NOT_FOUND", "Last_Name"),
    ]


@pytest.mark.evidence("writes.duplicates")
async def test_a_second_contact_with_an_email_is_refused_and_names_the_first(api):
    reply = await api.write(
        "POST", "/Contacts", {"Last_Name": "Twin", "Email": "ADA@example.com"}, {"Last_Name": "No email"}
    )
    assert reply.status_code == 207
    entry = item(reply)
    boyle = str(api.ids["boyle"])
    assert (entry["code"], entry["message"]) == ("DUPLICATE_DATA", "duplicate data")
    details = entry["details"]
    assert (details["api_name"], details["json_path"]) == ("Email", "$.data[0].Email")
    assert details["id"] == details["duplicate_record"]["id"] == boyle
    assert details["duplicate_record"]["module"]["api_name"] == "Contacts"
    assert details["duplicate_record"]["Owner"]["id"] == str(api.ids["admin"])
    same = await api.write("PUT", f"/Contacts/{boyle}", {"Email": "ada@example.com"})
    assert same.status_code == 200, "a record is no duplicate of itself"
    taken = await api.write("PUT", f"/Contacts/{api.ids['marrs']}", {"Email": "ada@example.com"})
    assert item(taken)["details"]["id"] == boyle
    assert api.stored("Contacts", api.ids["marrs"])["Email"] == "kris@example.com"
    within = await api.write(
        "POST",
        "/Contacts",
        {"Last_Name": "A", "Email": "n@example.com"},
        {"Last_Name": "B", "Email": "n@example.com"},
    )
    assert [entry["status"] for entry in within.json()["data"]] == ["success", "error"]


@pytest.mark.evidence("writes.leads-not-unique")
async def test_two_leads_may_share_an_email(api):
    assert (
        await api.write("POST", "/Leads", {"Last_Name": "Twin", "Email": "anna@lead.example"})
    ).status_code == 201


@pytest.mark.evidence("writes.picklists")
async def test_unlisted_picklist_text_is_stored_but_system_enums_are_closed(api):
    reply = await api.write("POST", "/Leads", {"Last_Name": "P", "Lead_Source": "Carrier pigeon"})
    assert api.stored("Leads", item(reply)["details"]["id"])["Lead_Source"] == "Carrier pigeon"
    call = {"Subject": "Hi", "Call_Type": "Sideways", "Call_Start_Time": "2026-11-24T10:00:00Z"}
    entry = item(await api.write("POST", "/Calls", call))
    assert entry["code"] == "INVALID_DATA"
    assert entry["details"]["supported_values"] == ["Inbound", "Outbound", "Missed"]


@pytest.mark.evidence("writes.unknown-keys")
async def test_unknown_and_system_keys_are_ignored_unless_the_store_is_strict(api):
    row = {"Last_Name": "K", "Shoe_Size": 44, "Created_Time": "2001-01-01T00:00:00Z", "Full_Name": "Z"}
    reply = await api.write("POST", "/Leads", row)
    assert reply.status_code == 201
    stored = api.stored("Leads", item(reply)["details"]["id"])
    assert stored["Full_Name"] == "K"
    assert stored["Created_Time"] == api.emulator.clock.now().timestamp()
    api.emulator.store.refuse_unknown_fields = True
    entry = item(await api.write("POST", "/Leads", row))
    assert entry["message"] == "the field api name given seems to be invalid"
    assert entry["details"]["api_name"] == "Shoe_Size"


# ---- what follows from a write


@pytest.mark.evidence("writes.stage")
async def test_probability_and_expected_revenue_follow_the_stage(api):
    deal = {"Deal_Name": "D", "Stage": "Value Proposition", "Amount": 1000.5}
    record_id = item(await api.write("POST", "/Deals", deal))["details"]["id"]

    def figures():
        row = api.stored("Deals", record_id)
        return row["Pipeline"], row["Probability"], row["Expected_Revenue"]

    assert figures() == ("Standard (Standard)", 40, 400.2)
    await api.write("PUT", "/Deals", {"id": record_id, "Stage": "Closed Won"})
    assert figures()[1:] == (100, 1000.5)
    await api.write("PUT", "/Deals", {"id": record_id, "Probability": 50})
    assert figures()[1:] == (50, 500.25)
    await api.write("PUT", "/Deals", {"id": record_id, "Amount": None})
    assert figures()[1:] == (50, None)
    await api.write("PUT", "/Deals", {"id": record_id, "Stage": "Negotiation/Review", "Probability": 33})
    assert figures()[1] == 33, "a probability that is given wins over the stage's"
    entry = item(await api.write("PUT", "/Deals", {"id": record_id, "Probability": 101}))
    assert (entry["code"], entry["message"]) == ("INVALID_DATA", "Given Probability is not valid")


@pytest.mark.evidence("writes.stage-in-pipeline")
async def test_a_stage_must_belong_to_the_pipeline(api):
    for method, path in (("POST", "/Deals"), ("PUT", f"/Deals/{api.ids['pumps']}")):
        for wrong in ("Nearly There", "Identify Decision Makers", "closed won"):
            entry = item(await api.write(method, path, {"Deal_Name": "D", "Stage": wrong}))
            assert entry["code"] == "MAPPING_MISMATCH", "stages are stored by their actual value"
            assert entry["details"] == {
                "mapped_field": "Pipeline",
                "api_name": "Stage",
                "json_path": "$.data[0].Stage",
            }
    row = {"Deal_Name": "D", "Stage": "Qualification", "Pipeline": "Other"}
    assert item(await api.write("POST", "/Deals", row))["details"]["supported_values"] == [
        "Standard (Standard)"
    ]


async def test_names_and_closing_times_follow(api):
    await api.write("PUT", f"/Contacts/{api.ids['boyle']}", {"First_Name": None})
    assert api.stored("Contacts", api.ids["boyle"])["Full_Name"] == "Boyle"
    now = api.emulator.clock.now().timestamp()
    await api.write("PUT", f"/Tasks/{api.ids['task']}", {"Status": "Completed"})
    assert api.stored("Tasks", api.ids["task"])["Closed_Time"] == now
    await api.write("PUT", f"/Tasks/{api.ids['task']}", {"Status": "Deferred"})
    assert api.stored("Tasks", api.ids["task"])["Closed_Time"] is None


@pytest.mark.evidence("writes.what-id")
async def test_what_id_needs_the_module_it_points_into(api):
    deal = {"id": str(api.ids["pumps"])}
    good = {"Subject": "S", "What_Id": deal, "$se_module": "Deals"}
    record_id = item(await api.write("POST", "/Tasks", good))["details"]["id"]
    row = api.stored("Tasks", record_id)
    assert (row["What_Id"], row["What_Id__module"]) == (api.ids["pumps"], "Deals")
    entry = item(await api.write("POST", "/Tasks", {"Subject": "S", "What_Id": deal}))
    assert entry["code"] == "DEPENDENT_FIELD_MISSING"
    assert entry["details"] == {
        "dependee": {"api_name": "What_Id", "json_path": "$.data[0].What_Id"},
        "api_name": "$se_module",
        "json_path": "$.data[0].$se_module",
    }
    entry = item(await api.write("POST", "/Tasks", {**good, "$se_module": "Accounts"}))
    assert entry["message"] == "the id given seems to be invalid"
    lead = {
        "Event_Title": "E",
        "Start_DateTime": "2026-11-25T10:00:00Z",
        "End_DateTime": "2026-11-25T11:00:00Z",
    }
    entry = item(
        await api.write(
            "POST", "/Events", {**lead, "What_Id": {"id": str(api.ids["smith"])}, "$se_module": "Leads"}
        )
    )
    assert "Leads" not in entry["details"]["supported_values"], "events reach leads through Participants"


@pytest.mark.evidence("writes.calls")
async def test_a_call_that_took_place_has_a_duration_and_a_scheduled_one_is_about_somebody(api):
    call = {"Subject": "C", "Call_Type": "Outbound", "Call_Start_Time": "2026-11-24T10:00:00+01:00"}
    assert item(await api.write("POST", "/Calls", call))["details"]["api_name"] == "Call_Duration"
    planned = {**call, "Outgoing_Call_Status": "Scheduled"}
    assert item(await api.write("POST", "/Calls", planned))["details"]["api_name"] == "Who_Id"
    assert (await api.write("POST", "/Calls", {**call, "Call_Duration": "05:00"})).status_code == 201
    who = {"id": str(api.ids["boyle"])}
    assert (await api.write("POST", "/Calls", {**planned, "Who_Id": who})).status_code == 201


# ---- update


@pytest.mark.evidence("writes.update")
async def test_an_update_changes_what_it_names_null_clears_and_the_rest_stays(api):
    before = api.stored("Leads", api.ids["smith"])
    row = {"id": str(api.ids["smith"]), "Phone": None, "City": "Bonn"}
    reply = await api.write("PUT", "/Leads", row)
    assert reply.status_code == 200
    assert item(reply)["message"] == "record updated"
    assert "$approval_state" not in item(reply)["details"]
    after = api.stored("Leads", api.ids["smith"])
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"Phone", "City", "Modified_Time", "Last_Activity_Time"}
    assert (after["Phone"], after["City"]) == (None, "Bonn")
    await api.write("PUT", "/Leads", {"id": str(api.ids["smith"]), "Owner": {"id": str(api.ids["seller"])}})
    assert api.stored("Leads", api.ids["smith"])["Owner"] == api.ids["seller"]


@pytest.mark.evidence("writes.update")
async def test_an_update_of_nothing_is_refused(api, refused):
    for wrong in (UNKNOWN, "x", 3.5):
        entry = item(await api.write("PUT", "/Leads", {"id": wrong, "City": "B"}))
        assert (entry["code"], entry["message"]) == ("INVALID_DATA", "the id given seems to be invalid")
        assert entry["details"] == {"api_name": "id", "json_path": "$.data[0].id"}
    assert item(await api.write("PUT", "/Leads", {"City": "B"}))["code"] == "MANDATORY_NOT_FOUND"
    entry = item(await api.write("PUT", f"/Leads/{api.ids['smith']}", {"Last_Name": None}))
    assert entry["code"] == "MANDATORY_NOT_FOUND"
    assert api.stored("Leads", api.ids["smith"])["Last_Name"] == "Smith"
    assert refused(await api.write("PUT", "/Leads/abc", {"City": "B"}), "INVALID_DATA") == {
        "resource_path_index": 1
    }


@pytest.mark.evidence("writes.unmodified-since")
async def test_an_update_of_a_record_that_changed_meanwhile_is_refused(api):
    seen = (await api.get(f"/Leads/{api.ids['smith']}")).json()["data"][0]["Modified_Time"]
    header = {"If-Unmodified-Since": seen}
    path = f"/Leads/{api.ids['smith']}"
    assert (await api.write("PUT", path, {"City": "A"}, headers=header)).status_code == 200
    reply = await api.write("PUT", path, {"City": "B"}, headers=header)
    assert reply.status_code == 412
    assert item(reply)["code"] == "ALREADY_MODIFIED"
    assert api.stored("Leads", api.ids["smith"])["City"] == "A"


async def test_append_values_adds_to_a_multi_select(api):
    product = item(await api.write("POST", "/Products", {"Product_Name": "P", "Tax": ["VAT"]}))["details"][
        "id"
    ]
    await api.write("PUT", f"/Products/{product}", {"Tax": ["Sales", "VAT"], "$append_values": {"Tax": True}})
    (row,) = (await api.get(f"/Products/{product}", fields="Tax")).json()["data"]
    assert row["Tax"] == ["VAT", "Sales"]
    await api.write("PUT", f"/Products/{product}", {"Tax": ["Sales"]})
    assert api.stored("Products", product)["Tax"] == "Sales"


# ---- upsert


@pytest.mark.evidence("writes.upsert")
async def test_upsert_updates_the_record_with_the_email_and_inserts_otherwise(api):
    before = api.emulator.store.count("Contacts")
    reply = await api.write(
        "POST",
        "/Contacts/upsert",
        {"Last_Name": "Boyle-Marrs", "Email": "Ada@example.com"},
        {"Last_Name": "Fresh", "Email": "fresh@example.com"},
        {"Last_Name": "Bad", "Email": "bad"},
    )
    assert reply.status_code == 207
    first, second, third = reply.json()["data"]
    assert (first["action"], first["duplicate_field"], first["message"]) == (
        "update",
        "Email",
        "record updated",
    )
    assert first["details"]["id"] == str(api.ids["boyle"])
    assert (second["action"], second["duplicate_field"], second["message"]) == (
        "insert",
        None,
        "record added",
    )
    assert third["code"] == "INVALID_DATA"
    assert api.stored("Contacts", api.ids["boyle"])["Last_Name"] == "Boyle-Marrs"
    assert api.emulator.store.count("Contacts") == before + 1
    again = await api.write("POST", "/Contacts/upsert", {"Last_Name": "Fresh", "Email": "fresh@example.com"})
    assert again.status_code == 200
    assert item(again)["action"] == "update"


@pytest.mark.evidence("writes.upsert-fields")
async def test_upsert_looks_at_the_named_fields_first_and_at_unique_ones_always(api, refused):
    async def upsert(row, *names):
        return item(await api.write("POST", "/Contacts/upsert", row, duplicate_check_fields=list(names)))

    api.emulator.store.update("Contacts", api.ids["marrs"], {"Mobile": "123"})
    entry = await upsert({"Last_Name": "M", "Mobile": "123"}, "Mobile")
    assert (entry["duplicate_field"], entry["details"]["id"]) == ("Mobile", str(api.ids["marrs"]))
    entry = await upsert({"Last_Name": "B", "Mobile": "999", "Email": "ada@example.com"}, "Mobile")
    assert (entry["duplicate_field"], entry["details"]["id"]) == ("Email", str(api.ids["boyle"]))
    reply = await api.write("POST", "/Leads/upsert", {"Last_Name": "S", "Email": "anna@lead.example"})
    assert item(reply)["details"]["id"] == str(api.ids["smith"]), (
        "by the module's own field when none is named"
    )
    reply = await api.write(
        "POST",
        "/Leads/upsert",
        {"Last_Name": "S", "Email": "anna@lead.example"},
        duplicate_check_fields=["Phone"],
    )
    assert item(reply)["action"] == "insert", (
        "Leads.Email is not unique, so naming another field leaves it out"
    )
    reply = await api.write("POST", "/Leads/upsert", {"Last_Name": "S"}, duplicate_check_fields=["Nope"])
    refused(reply, "INVALID_DATA")
    refused(await api.write("POST", "/Tasks/upsert", {"Subject": "S"}), "NOT_SUPPORTED")


# ---- delete


@pytest.mark.evidence("writes.delete")
async def test_delete_answers_for_each_id(api, refused):
    reply = await api.call("DELETE", "/Leads", params={"ids": f"{api.ids['smith']},{UNKNOWN}"})
    assert reply.status_code == 207
    gone, never = reply.json()["data"]
    assert (gone["message"], gone["details"]) == ("record deleted", {"id": str(api.ids["smith"])})
    assert (never["code"], never["message"]) == ("INVALID_DATA", "record not deleted")
    assert never["details"] == {"id": UNKNOWN}
    assert api.stored("Leads", api.ids["smith"]) is None
    assert (await api.call("DELETE", f"/Leads/{api.ids['smith']}")).status_code == 400
    assert refused(await api.call("DELETE", "/Leads"), "REQUIRED_PARAM_MISSING") == {"param_name": "ids"}
    refused(await api.call("DELETE", "/Leads", params={"ids": "1,x"}), "UNABLE_TO_PARSE_DATA_TYPE")
    many = ",".join(["1"] * 101)
    refused(await api.call("DELETE", "/Leads", params={"ids": many}), "LIMIT_EXCEEDED")


# ---- anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "Last_Name",
    "Email",
    "Annual_Revenue",
    "Owner",
    "Tag",
    "No_of_Employees",
    "Visitor_Score",
    "Layout",
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4) | JSON, min_size=1, max_size=4)
)
async def test_no_row_breaks_the_emulator_or_is_stored_without_being_acknowledged(api, rows):
    store = api.emulator.store
    before = store.count("Leads")
    body = json.dumps({"data": rows}).replace("Infinity", "1e999").replace("NaN", "1e999")
    reply = await api.call("POST", "/Leads", content=body.replace("-1e999", "1e999").encode())
    assert reply.status_code in (201, 207, 400), reply.text
    entries = reply.json()["data"]
    assert len(entries) == len(rows)
    stored = [entry for entry in entries if entry["status"] == "success"]
    assert store.count("Leads") == before + len(stored)
    for entry in stored:
        shown = await api.get(f"/Leads/{entry['details']['id']}")
        assert shown.status_code == 200
