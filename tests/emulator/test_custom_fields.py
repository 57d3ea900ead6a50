"""Custom fields: made by a call, there at once in records, search, COQL and metadata, and refused as Zoho refuses."""

from __future__ import annotations

import pytest

TYPES = {
    "text": ({"length": 20}, "abc", 5, "x" * 21),
    "textarea": ({"textarea": {"type": "small"}}, "abc\ndef", 5, "x" * 2_001),
    "email": ({}, "a@b.example", "no", 7),
    "phone": ({}, "+49 30 1234", "§", 7),
    "website": ({}, "https://a.example", 7, "x" * 451),
    "integer": ({"length": 5}, 12_345, 123_456, "1"),
    "bigint": ({}, "123456789012", "12a", 10**18),
    "currency": ({"decimal_place": 3}, 12.345, "12", 10**16),
    "double": ({"decimal_place": 4}, 1.5, "1.5", True),
    "percent": ({}, 12.5, 123_456, "9"),
    "boolean": ({}, True, "true", 1),
    "date": ({}, "2026-02-28", "2026-02-30", 5),
    "datetime": ({}, "2026-02-28T10:00:00+00:00", "2026-02-28", 5),
    "picklist": ({"pick_list_values": [{"display_value": "East", "actual_value": "E"}]}, "E", 5, ["E"]),
    "multiselectpicklist": (
        {
            "pick_list_values": [
                {"display_value": "Mo", "actual_value": "1"},
                {"display_value": "Tu", "actual_value": "2"},
            ]
        },
        ["1", "2"],
        "1",
        [5],
    ),
    "fileupload": ({"length": 1}, None, 5, [{"File_Id__s": "a"}, {"File_Id__s": "b"}]),
}


async def add(api, module, *fields):
    return await api.call("POST", f"/settings/fields?module={module}", json={"fields": list(fields)})


async def made(api, module, **field):
    reply = await add(api, module, field)
    assert reply.status_code == 201, reply.text
    return reply.json()["fields"][0]["details"]["id"]


async def described(api, module):
    return {f["api_name"]: f for f in (await api.get("/settings/fields", module=module)).json()["fields"]}


@pytest.mark.parametrize("data_type", TYPES)
@pytest.mark.evidence("custom-fields.create", "custom-fields.types")
async def test_a_field_of_each_type_takes_its_values_and_refuses_others(api, data_type):
    more, good, *bad = TYPES[data_type]
    reply = await add(api, "Leads", {"field_label": "My new one", "data_type": data_type, **more})
    assert reply.status_code == 201, reply.text
    (entry,) = reply.json()["fields"]
    key = entry["details"].pop("id")
    assert entry == {"code": "SUCCESS", "details": {}, "message": "field created", "status": "success"}
    item = (await described(api, "Leads"))["My_new_one"]
    assert (item["id"], item["data_type"], item["custom_field"]) == (key, data_type, True)
    reply = await api.write("POST", "/Leads", {"Last_Name": "A", "My_new_one": good})
    assert reply.status_code == 201, reply.text
    record = reply.json()["data"][0]["details"]["id"]
    found = (await api.get(f"/Leads/{record}", fields="My_new_one")).json()["data"][0]
    assert found["My_new_one"] == good
    for value in bad:
        reply = await api.write("POST", "/Leads", {"Last_Name": "A", "My_new_one": value})
        entry = reply.json()["data"][0]
        assert (entry["code"], entry["details"]["api_name"]) == ("INVALID_DATA", "My_new_one")
    older = (await api.get(f"/Leads/{api.ids['smith']}", fields="My_new_one")).json()["data"][0]
    assert older["My_new_one"] is (False if data_type == "boolean" else None)


@pytest.mark.evidence("custom-fields.create")
async def test_a_new_field_is_at_once_in_search_coql_and_layouts(api):
    await made(api, "Leads", field_label="Region", data_type="text", length=50)
    await api.write("PUT", f"/Leads/{api.ids['smith']}", {"Region": "North"})
    rows = (await api.coql("select Last_Name, Region from Leads where Region = 'north'")).json()["data"]
    assert [row["Region"] for row in rows] == ["North"]
    reply = await api.get("/Leads/search", criteria="(Region:equals:North)", fields="Region")
    assert [row["Region"] for row in reply.json()["data"]] == ["North"]
    layout = (await api.get("/settings/layouts", module="Leads")).json()["layouts"][0]
    assert "Region" in [f["api_name"] for f in layout["sections"][0]["fields"]]


@pytest.mark.evidence("custom-fields.coql")
async def test_the_documented_query_over_a_multi_select_runs(api):
    values = [{"display_value": name} for name in ("English", "German", "Hindi")]
    await made(
        api,
        "Contacts",
        field_label="Languages Known",
        data_type="multiselectpicklist",
        pick_list_values=values,
    )
    changes = {"Languages_Known": ["English", "German"], "Lead_Source": "Advertisement"}
    await api.write("PUT", f"/Contacts/{api.ids['boyle']}", changes)
    query = (
        "select Last_Name, First_Name, Full_Name, Lead_Source, Languages_Known from Contacts where (((Last_Name ="
        " 'Boyle') and (Lead_Source = Advertisement)) and Languages_Known = 'English;German') limit 2"
    )
    (row,) = (await api.coql(query)).json()["data"]
    assert row["Languages_Known"] == ["English", "German"]


@pytest.mark.evidence("custom-fields.unique")
@pytest.mark.parametrize("sensitive", [False, True])
async def test_a_unique_field_refuses_a_second_record_with_its_value(api, sensitive):
    unique = {"case_sensitive": sensitive}
    await made(api, "Leads", field_label="Code", data_type="text", unique=unique)
    assert (await described(api, "Leads"))["Code"]["unique"] == unique
    await api.write("POST", "/Leads", {"Last_Name": "A", "Code": "ab"})
    for value, refused in (("ab", True), ("AB", not sensitive), ("abc", False)):
        reply = await api.write("POST", "/Leads", {"Last_Name": "B", "Code": value})
        assert (reply.json()["data"][0]["code"] == "DUPLICATE_DATA") is refused
    await made(api, "Leads", field_label="Code two", data_type="text", unique=unique)
    reply = await add(api, "Leads", {"field_label": "Code three", "data_type": "text", "unique": unique})
    assert reply.json()["fields"][0]["code"] == "LIMIT_EXCEEDED"
    assert reply.json()["fields"][0]["details"]["limit"] == 2


@pytest.mark.evidence("custom-fields.refusals")
@pytest.mark.parametrize(
    ("field", "code", "path"),
    [
        ({"data_type": "text"}, "MANDATORY_NOT_FOUND", "field_label"),
        ({"field_label": "A"}, "MANDATORY_NOT_FOUND", "data_type"),
        ({"field_label": "A", "data_type": "blob"}, "INVALID_DATA", "data_type"),
        ({"field_label": 'A"; drop', "data_type": "text"}, "INVALID_DATA", "field_label"),
        ({"field_label": "EMAIL", "data_type": "text"}, "DUPLICATE_DATA", "field_label"),
        ({"field_label": "A", "api_name": "email", "data_type": "text"}, "DUPLICATE_DATA", "api_name"),
        ({"field_label": "A", "data_type": "text", "length": 256}, "DEPENDENT_MISMATCH", "length"),
        ({"field_label": "A", "data_type": "textarea"}, "DEPENDENT_FIELD_MISSING", "textarea"),
        ({"field_label": "A", "data_type": "fileupload", "length": 3}, "DEPENDENT_MISMATCH", "length"),
        (
            {"field_label": "A", "data_type": "picklist"},
            "EXPECTED_DEPENDENT_FIELD_MISSING",
            "pick_list_values",
        ),
        (
            {
                "field_label": "A",
                "data_type": "picklist",
                "pick_list_values": [{"display_value": "x"}, {"display_value": "X", "actual_value": "y"}],
            },
            "DUPLICATE_DATA",
            "pick_list_values[1].display_value",
        ),
        ({"field_label": "A", "data_type": "lookup"}, "DEPENDENT_FIELD_MISSING", "lookup"),
        (
            {"field_label": "A", "data_type": "lookup", "lookup": {"module": {"api_name": "Nowhere"}}},
            "INVALID_DATA",
            "lookup.module.api_name",
        ),
        ({"field_label": "A", "data_type": "autonumber"}, "DEPENDENT_FIELD_MISSING", "auto_number"),
        (
            {"field_label": "A", "data_type": "boolean", "unique": {"case_sensitive": False}},
            "NOT_ALLOWED",
            "unique",
        ),
        ({"field_label": "Module", "data_type": "text"}, "RESERVED_KEYWORD_NOT_ALLOWED", "field_label"),
    ],
)
async def test_a_field_that_cannot_be_is_refused_and_leaves_no_trace(api, field, code, path):
    before = dict(api.emulator.store.modules["Leads"].fields)
    reply = await add(api, "Leads", field)
    assert reply.status_code == 400
    (entry,) = reply.json()["fields"]
    assert (entry["code"], entry["details"]["json_path"]) == (code, f"$.fields[0].{path}")
    assert api.emulator.store.modules["Leads"].fields == before


@pytest.mark.evidence("custom-fields.refusals", "custom-fields.create")
async def test_the_call_itself_is_held_to_its_limits_and_rows_are_independent(api, refused):
    refused(await api.call("POST", "/settings/fields", json={"fields": []}), "REQUIRED_PARAM_MISSING")
    refused(await add(api, "Nowhere", {}), "INVALID_MODULE")
    refused(await add(api, "Leads", *({} for _ in range(6))), "LIMIT_EXCEEDED")
    reply = await add(api, "Leads", {"field_label": "One", "data_type": "date"}, {"data_type": "date"})
    assert reply.status_code == 207
    assert [entry["status"] for entry in reply.json()["fields"]] == ["success", "error"]
    assert "One" in await described(api, "Leads")


@pytest.mark.evidence("custom-fields.change")
async def test_a_field_gets_new_labels_lengths_and_choices_and_keeps_its_type(api):
    key = await made(
        api,
        "Deals",
        field_label="Region",
        data_type="picklist",
        pick_list_values=[{"display_value": "East", "actual_value": "E"}],
    )
    change = {
        "field_label": "Area",
        "pick_list_values": [
            {"display_value": "Far East", "actual_value": "E"},
            {"display_value": "West", "actual_value": "W"},
        ],
    }
    reply = await api.call("PATCH", f"/settings/fields/{key}?module=Deals", json={"fields": [change]})
    assert reply.json()["fields"][0] == {
        "code": "SUCCESS",
        "details": {"id": key},
        "message": "field updated",
        "status": "success",
    }
    item = (await described(api, "Deals"))["Region"]
    assert item["field_label"] == "Area"
    choices = [(c["display_value"], c["actual_value"]) for c in item["pick_list_values"]]
    assert choices == [("Far East", "E"), ("West", "W")]
    fields = [{"id": key, "data_type": "text"}, {"id": "5", "length": 4}, {"length": 4}]
    reply = await api.call("PATCH", "/settings/fields?module=Deals", json={"fields": fields})
    assert [e["code"] for e in reply.json()["fields"]] == [
        "NOT_ALLOWED",
        "INVALID_DATA",
        "MANDATORY_NOT_FOUND",
    ]
    stage = (await described(api, "Deals"))["Stage"]["id"]
    reply = await api.call(
        "PATCH", f"/settings/fields/{stage}?module=Deals", json={"fields": [{"field_label": "X"}]}
    )
    assert reply.json()["fields"][0]["code"] == "NOT_ALLOWED"


@pytest.mark.evidence("custom-fields.change", "custom-fields.unique")
async def test_a_field_with_repeated_values_cannot_become_unique(api):
    key = await made(api, "Leads", field_label="Code", data_type="text")
    await api.write("POST", "/Leads", {"Last_Name": "A", "Code": "x"}, {"Last_Name": "B", "Code": "X"})
    body = {"fields": [{"unique": {"case_sensitive": False}}]}
    reply = await api.call("PATCH", f"/settings/fields/{key}?module=Leads", json=body)
    assert reply.json()["fields"][0]["code"] == "NOT_ALLOWED"
    body = {"fields": [{"unique": {"case_sensitive": True}}]}
    assert (await api.call("PATCH", f"/settings/fields/{key}?module=Leads", json=body)).status_code == 200
    body = {"fields": [{"unique": {"case_sensitive": True, "_disable": None}}]}
    assert (await api.call("PATCH", f"/settings/fields/{key}?module=Leads", json=body)).status_code == 200
    assert (await described(api, "Leads"))["Code"]["unique"] == {}


@pytest.mark.evidence("custom-fields.delete")
async def test_a_deleted_field_is_gone_with_its_values_and_only_custom_ones_can_be(api, refused):
    key = await made(api, "Leads", field_label="Region", data_type="text")
    await api.write("PUT", f"/Leads/{api.ids['smith']}", {"Region": "North"})
    reply = await api.call("DELETE", f"/settings/fields/{key}?module=Leads")
    assert reply.json()["fields"][0]["message"] == "field deleted"
    assert "Region" not in await described(api, "Leads")
    assert "Region" not in api.stored("Leads", api.ids["smith"])
    await made(api, "Leads", field_label="Region", data_type="text")
    assert api.stored("Leads", api.ids["smith"])["Region"] is None
    email = (await described(api, "Leads"))["Email"]["id"]
    refused(await api.call("DELETE", f"/settings/fields/{email}?module=Leads"), "NOT_ALLOWED")
    refused(await api.call("DELETE", "/settings/fields/5?module=Leads"), "INVALID_DATA")


@pytest.mark.evidence("custom-fields.autonumber")
async def test_an_auto_number_counts_by_itself_and_takes_no_value(api):
    spec = {"start_number": 1000, "prefix": "Emp", "suffix": "_IN"}
    key = await made(api, "Leads", field_label="Emp no", data_type="autonumber", auto_number=spec)
    ids = []
    for name in ("A", "B"):
        reply = await api.write("POST", "/Leads", {"Last_Name": name, "Emp_no": "mine"})
        ids.append(reply.json()["data"][0]["details"]["id"])
    assert [api.stored("Leads", i)["Emp_no"] for i in ids] == ["Emp1000_IN", "Emp1001_IN"]
    assert api.stored("Leads", api.ids["smith"])["Emp_no"] is None
    body = {"fields": [{"auto_number": {"start_number": "7"}, "_update_existing_records": True}]}
    await api.call("PATCH", f"/settings/fields/{key}?module=Leads", json=body)
    assert api.stored("Leads", api.ids["smith"])["Emp_no"] == "7"
    assert [api.stored("Leads", i)["Emp_no"] for i in ids] == ["11", "12"]
    reply = await add(api, "Leads", {"field_label": "More", "data_type": "autonumber", "auto_number": spec})
    assert reply.json()["fields"][0]["code"] == "LIMIT_EXCEEDED"


@pytest.mark.evidence("custom-fields.lookup")
async def test_a_lookup_gives_the_other_side_a_related_list(api):
    lookup = {"module": {"api_name": "Contacts"}, "display_label": "Won leads"}
    await made(api, "Leads", field_label="Friend", data_type="lookup", lookup=lookup)
    await made(api, "Leads", field_label="Second owner", data_type="userlookup")
    changes = {"Friend": {"id": str(api.ids["boyle"])}, "Second_owner": {"id": str(api.ids["seller"])}}
    assert (await api.write("PUT", f"/Leads/{api.ids['smith']}", changes)).status_code == 200
    found = (await api.get(f"/Leads/{api.ids['smith']}")).json()["data"][0]
    assert found["Friend"] == {"name": "Ada Boyle", "id": str(api.ids["boyle"])}
    assert found["Second_owner"]["name"] == "Sam Seller"
    listed = await api.get(f"/Contacts/{api.ids['boyle']}/Won_leads", fields="Last_Name")
    assert [row["Last_Name"] for row in listed.json()["data"]] == ["Smith"]
    query = "select Friend.Email, Second_owner.last_name from Leads where Friend.Last_Name = 'Boyle'"
    assert (await api.coql(query)).json()["data"][0]["Friend.Email"] == "ada@example.com"


@pytest.mark.evidence("custom-fields.mandatory")
async def test_rows_that_name_their_layout_are_held_to_what_it_requires(api):
    layout = {"id": str(api.emulator.store.modules["Leads"].layout_id)}
    reply = await api.write("POST", "/Leads", {"Last_Name": "A"}, {"Last_Name": "A", "Layout": layout})
    assert [e["code"] for e in reply.json()["data"]] == ["SUCCESS", "MANDATORY_NOT_FOUND"]
    assert reply.json()["data"][1]["details"]["api_name"] == "Company"
    await made(api, "Leads", field_label="Must", data_type="text", system_mandatory=True)
    reply = await api.write("POST", "/Leads", {"Last_Name": "A"}, {"Last_Name": "A", "Must": "x"})
    assert [e["code"] for e in reply.json()["data"]] == ["MANDATORY_NOT_FOUND", "SUCCESS"]


@pytest.mark.evidence("custom-fields.currency")
async def test_a_currency_keeps_no_more_places_than_it_has(api):
    await made(api, "Leads", field_label="Bonus", data_type="currency", decimal_place=3)
    reply = await api.write("POST", "/Leads", {"Last_Name": "A", "Bonus": 1234.56789})
    key = reply.json()["data"][0]["details"]["id"]
    assert api.stored("Leads", key)["Bonus"] == 1234.567


@pytest.mark.evidence("custom-fields.uploads")
async def test_uploads_are_added_to_and_taken_away_by_id(api):
    await made(api, "Leads", field_label="Papers", data_type="fileupload", length=5)
    key = api.ids["smith"]
    await api.write("PUT", f"/Leads/{key}", {"Papers": [{"File_Id__s": "one"}]})
    await api.write("PUT", f"/Leads/{key}", {"Papers": [{"File_Id__s": "two"}]})
    first, second = (await api.get(f"/Leads/{key}")).json()["data"][0]["Papers"]
    assert (first["File_Id__s"], second["File_Id__s"]) == ("one", "two")
    await api.write("PUT", f"/Leads/{key}", {"Papers": [{"id": first["id"], "_delete": None}]})
    assert (await api.get(f"/Leads/{key}")).json()["data"][0]["Papers"] == [second]
    reply = await api.write("PUT", f"/Leads/{key}", {"Papers": [{"id": "5"}]})
    assert reply.json()["data"][0]["code"] == "INVALID_DATA"


@pytest.mark.evidence("custom-fields.administrators")
async def test_only_administrators_shape_the_org(api, refused):
    api.emulator.store.update("Users", api.ids["admin"], {"profile": api.ids["standard"]})
    refused(await add(api, "Leads", {"field_label": "A", "data_type": "date"}), "NO_PERMISSION", 403)


@pytest.mark.evidence("custom-fields.create")
async def test_a_reset_takes_custom_fields_and_modules_away(api):
    await made(api, "Leads", field_label="Region", data_type="text")
    api.emulator.reset()
    assert "Region" not in api.emulator.store.modules["Leads"].fields
    assert api.emulator.store.count("Leads") == 0
    await made(api, "Leads", field_label="Region", data_type="text")


@pytest.mark.parametrize("key", ["tooltip", "crypt", "external", "private", "hipaa_compliance_enabled"])
async def test_what_a_field_merely_keeps_is_of_the_right_type_too(api, key):
    row = {"field_label": "Kept", "data_type": "text", "length": 20, key: 5}
    reply = await api.call("POST", "/settings/fields?module=Leads", json={"fields": [row]})
    (item,) = reply.json()["fields"]
    assert (item["code"], item["details"]["api_name"]) == ("INVALID_DATA", key)
