"""Custom modules: made by a call, then like any other module, in this process and in others on the file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from zcrm_tools.emulator.clock import FrozenClock
from zcrm_tools.emulator.linking import stamps
from zcrm_tools.emulator.schema import ModuleDef
from zcrm_tools.emulator.store import Store


async def make(api, version="", **row):
    profiles = [{"id": str(api.ids["standard"])}]
    body = {"modules": [{"profiles": profiles, **row}]}
    return await api.call("POST", "/settings/modules", version=version, json=body)


@pytest.mark.evidence("custom-modules.create")
async def test_a_custom_module_is_usable_at_once_in_every_way(api):
    reply = await make(api, plural_label="Site Visits", singular_label="Site Visit")
    assert reply.status_code == 201, reply.text
    (entry,) = reply.json()["modules"]
    key = entry["details"]["id"]
    assert (entry["message"], entry["status"]) == ("module created successfully", "success")
    listed = {m["api_name"]: m for m in (await api.get("/settings/modules")).json()["modules"]}
    item = listed["Site_Visits"]
    assert (item["id"], item["generated_type"], item["module_name"]) == (key, "custom", "CustomModule1")
    lookup = {"module": {"api_name": "Accounts"}, "display_label": "Visits"}
    body = {"fields": [{"field_label": "Site", "data_type": "lookup", "lookup": lookup}]}
    assert (await api.call("POST", "/settings/fields?module=Site_Visits", json=body)).status_code == 201
    row = {"Name": "First", "Site": {"id": str(api.ids["acme"])}, "Email": "a@b.example"}
    reply = await api.write("POST", "/Site_Visits", row)
    record = reply.json()["data"][0]["details"]["id"]
    found = (await api.get(f"/Site_Visits/{record}")).json()["data"][0]
    assert (found["Name"], found["Site"]["name"]) == ("First", "Acme Works")
    assert found["Owner"]["name"] == "Ada Admin"
    rows = (await api.coql("select Name, Site.Account_Name from Site_Visits where Name = 'first'")).json()[
        "data"
    ]
    assert rows[0]["Site.Account_Name"] == "Acme Works"
    reply = await api.get("/Site_Visits/search", word="First", fields="Name")
    assert reply.json()["data"][0]["id"] == record
    related = await api.get(f"/Accounts/{api.ids['acme']}/Visits", fields="Name")
    assert [r["Name"] for r in related.json()["data"]] == ["First"]
    note = await api.write("POST", f"/Site_Visits/{record}/Notes", {"Note_Content": "wet"})
    assert note.status_code == 201
    reply = await api.write("POST", "/Site_Visits/upsert", {"Name": "First", "Email": "c@d.example"})
    assert reply.json()["data"][0]["action"] == "update"
    task = {"Subject": "Go", "What_Id": {"id": record}, "$se_module": "Site_Visits"}
    assert (await api.write("POST", "/Tasks", task)).status_code == 201
    assert (await api.call("DELETE", f"/Site_Visits/{record}")).status_code == 200


@pytest.mark.evidence("custom-modules.create")
async def test_the_records_of_a_module_may_be_known_by_numbers(api):
    display = {
        "field_label": "Stock no",
        "data_type": "autonumber",
        "auto_number": {"prefix": "ZOHO", "start_number": "1003", "suffix": "X"},
    }
    reply = await make(
        api, plural_label="Stocks", singular_label="Stock", api_name="stock", display_field=display
    )
    assert reply.status_code == 201, reply.text
    reply = await api.write("POST", "/stock", {})
    key = reply.json()["data"][0]["details"]["id"]
    assert api.stored("stock", key)["Name"] == "ZOHO1003X"


@pytest.mark.evidence("custom-modules.refusals")
@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        ({"plural_label": None}, "MANDATORY_NOT_FOUND", 400),
        ({"plural_label": "x" * 26}, "INVALID_DATA", 400),
        ({"plural_label": "No; drop"}, "INVALID_DATA", 400),
        ({"singular_label": "Roles"}, "INVALID_DATA", 400),
        ({"singular_label": "Lead"}, "DUPLICATE_DATA", 400),
        ({"api_name": "leads"}, "DUPLICATE_DATA", 400),
        ({"api_name": "Users"}, "RESERVED_KEYWORD_NOT_ALLOWED", 403),
        ({"api_name": "a__b"}, "INVALID_DATA", 400),
        ({"api_name": "_meta"}, "INVALID_DATA", 400),
        ({"api_name": "sqlite_x"}, "RESERVED_KEYWORD_NOT_ALLOWED", 403),
        ({"profiles": []}, "MINIMUM_DATA_NOT_FOUND", 400),
        ({"profiles": [{"id": "5"}]}, "INVALID_DATA", 400),
        ({"display_field": {"data_type": "date"}}, "INVALID_DATA", 400),
    ],
)
async def test_a_module_that_cannot_be_is_refused_and_leaves_no_trace(api, change, code, status):
    before = dict(api.emulator.store.modules)
    reply = await make(api, **{"plural_label": "Visits", "singular_label": "Visit", **change})
    assert reply.status_code == status
    assert reply.json()["modules"][0]["code"] == code
    assert api.emulator.store.modules == before


@pytest.mark.evidence("custom-modules.refusals", "custom-modules.update")
async def test_a_module_gets_new_labels_but_no_new_name_and_v5_knows_no_custom_modules(api, refused):
    reply = await make(api, version="v5", plural_label="Visits", singular_label="Visit")
    refused(reply, "API_NOT_SUPPORTED")
    key = (await make(api, plural_label="Visits", singular_label="Visit")).json()["modules"][0]["details"][
        "id"
    ]
    row = {"plural_label": "Calls on us", "singular_label": "Call on us"}
    row["profiles"] = [{"id": str(api.ids["standard"])}]
    for name in (key, "Visits"):
        reply = await api.call("PUT", f"/settings/modules/{name}", json={"modules": [row]})
        assert reply.json()["modules"][0]["message"] == "module updated successfully"
    item = (await api.get("/settings/modules/Visits")).json()["modules"][0]
    assert (item["plural_label"], item["singular_label"]) == ("Calls on us", "Call on us")
    reply = await api.call(
        "PUT", "/settings/modules/Visits", json={"modules": [{**row, "api_name": "Other"}]}
    )
    assert reply.json()["modules"][0]["code"] == "NOT_ALLOWED"
    reply = await api.call("PUT", "/settings/modules", json={"modules": [{**row, "id": key}]})
    assert reply.status_code == 200
    refused(await api.call("PUT", "/settings/modules/Nowhere", json={"modules": [row]}), "INVALID_MODULE")


def visits(store: Store) -> ModuleDef:
    fields = {f.api_name: f for f in stamps(store.next_ids(10))}
    return ModuleDef(
        "Visits", "CustomModule1", "Visit", "Visits", 1, "id", fields, generated_type="custom", layout=2
    )


def drop_and_think_better_of_it(store: Store) -> None:
    with store.transaction():
        store.drop_module("Visits")
        raise RuntimeError


@pytest.mark.evidence("custom-modules.create")
def test_another_process_on_the_file_learns_of_a_new_module_and_a_reopened_file_keeps_it(tmp_path):
    clock = FrozenClock(datetime(2026, 11, 24, tzinfo=UTC))
    first, second = (Store(tmp_path / "org.db", clock=clock) for _ in range(2))
    second.refresh()
    first.add_module(visits(first))
    assert "Visits" not in second.modules
    second.refresh()
    assert second.modules["Visits"] == first.modules["Visits"]
    second.load("Visits", [{}])
    assert first.count("Visits") == 1
    with pytest.raises(RuntimeError):
        drop_and_think_better_of_it(first)
    assert first.count("Visits") == 1
    first.drop_module("Visits")
    second.refresh()
    assert "Visits" not in second.modules
    second.add_module(visits(second))
    first.close()
    second.close()
    third = Store(tmp_path / "org.db", clock=clock)
    assert third.count("Visits") == 0
    third.close()
