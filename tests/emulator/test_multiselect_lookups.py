"""Multi-select lookups and multi-user lookups: rows of a linking module behind a field."""

from __future__ import annotations

import pytest


@pytest.fixture
async def linked(api):
    """Leads interested in several accounts, and watched by several users."""
    fields = [
        {
            "field_label": "Interests",
            "data_type": "multiselectlookup",
            "multiselectlookup": {
                "connected_module": {"api_name": "Accounts"},
                "display_label": "Interested",
            },
        },
        {"field_label": "Watchers", "data_type": "multiuserlookup"},
    ]
    reply = await api.call("POST", "/settings/fields?module=Leads", json={"fields": fields})
    assert reply.status_code == 201, reply.text
    return api.ids["smith"]


def account(api, key):
    return {"Accounts": {"id": str(api.ids[key])}}


async def one(api, key):
    return (await api.get(f"/Leads/{key}")).json()["data"][0]


@pytest.mark.evidence("links.write")
async def test_links_are_added_kept_and_taken_away(api, linked):
    reply = await api.write("PUT", f"/Leads/{linked}", {"Interests": [account(api, "acme")]})
    assert reply.status_code == 200, reply.text
    reply = await api.write("PUT", f"/Leads/{linked}", {"Interests": [account(api, "bolt")]})
    found = await one(api, linked)
    first, second = found["Interests"]
    assert first == {
        "id": first["id"],
        "Accounts": {"name": "Acme Works", "id": str(api.ids["acme"])},
        "$in_merge": False,
        "$field_states": None,
    }
    assert second["Accounts"]["name"] == "Bolt Ltd"
    assert found["$has_more"] == {"Interests": False, "Watchers": False}
    reply = await api.write("PUT", f"/Leads/{linked}", {"Interests": [account(api, "bolt")]})
    entry = reply.json()["data"][0]
    assert entry["code"] == "DUPLICATE_LINKING_DATA"
    assert entry["details"]["id"] == second["id"]
    changes = [{"id": second["id"], "_delete": None}, account(api, "bolt")]
    reply = await api.write("PUT", f"/Leads/{linked}", {"Interests": changes})
    assert reply.status_code == 200, reply.text
    assert [r["Accounts"]["name"] for r in (await one(api, linked))["Interests"]] == [
        "Acme Works",
        "Bolt Ltd",
    ]
    for bad in ([{}], [{"Accounts": {"id": "5"}}], [{"Accounts": 5}], 5, [5]):
        reply = await api.write("PUT", f"/Leads/{linked}", {"Interests": bad})
        assert reply.status_code == 400
    assert api.emulator.store.count("LeadsXAccounts") == 2
    await api.write("PUT", f"/Leads/{linked}", {"Interests": None})
    assert (await one(api, linked))["Interests"] == []


@pytest.mark.evidence("links.write")
async def test_users_are_linked_under_the_fields_own_name(api, linked):
    watchers = [{"Watchers": {"id": str(api.ids[name])}} for name in ("admin", "seller")]
    reply = await api.write("POST", "/Leads", {"Last_Name": "New", "Watchers": watchers})
    assert reply.status_code == 201, reply.text
    key = reply.json()["data"][0]["details"]["id"]
    found = (await one(api, key))["Watchers"]
    assert [entry["Watchers"]["name"] for entry in found] == ["Ada Admin", "Sam Seller"]
    assert found[1]["Watchers"]["email"] == "sam@example.com"


@pytest.mark.evidence("links.metadata", "links.write")
async def test_the_linking_module_is_described_queried_and_cleared_from_both_sides(api, linked):
    await api.write("PUT", f"/Leads/{linked}", {"Interests": [account(api, "acme"), account(api, "bolt")]})
    modules = {m["api_name"]: m for m in (await api.get("/settings/modules")).json()["modules"]}
    linking = modules["LeadsXAccounts"]
    assert linking["generated_type"] == "linking"
    fields = {f["api_name"]: f for f in (await api.get("/settings/fields", module="Leads")).json()["fields"]}
    described = fields["Interests"]["multiselectlookup"]
    assert described["linking_module"] == {"api_name": "LeadsXAccounts", "id": linking["id"]}
    assert described["connected_module"]["api_name"] == "Accounts"
    assert (described["lookup_apiname"], described["connectedlookup_apiname"]) == ("Leads", "Accounts")
    query = (
        "select Leads.Last_Name, Accounts.Account_Name from LeadsXAccounts where Leads.Last_Name = 'Smith'"
    )
    rows = (await api.coql(query + " order by Accounts.Account_Name")).json()["data"]
    assert [row["Accounts.Account_Name"] for row in rows] == ["Acme Works", "Bolt Ltd"]
    listed = (await api.get("/LeadsXAccounts", fields="Leads,Accounts")).json()["data"]
    assert len(listed) == 2
    await api.call("DELETE", f"/Accounts/{api.ids['acme']}")
    assert [r["Accounts"]["name"] for r in (await one(api, linked))["Interests"]] == ["Bolt Ltd"]
    await api.call("DELETE", f"/Leads/{linked}")
    assert api.emulator.store.count("LeadsXAccounts") == 0
    reply = await api.call("DELETE", f"/settings/fields/{fields['Interests']['id']}?module=Leads")
    assert reply.status_code == 200
    assert "LeadsXAccounts" not in api.emulator.store.modules


@pytest.mark.evidence("links.query")
async def test_what_is_rows_elsewhere_cannot_stand_in_a_query(api, linked, refused):
    for query in (
        "select Interests from Leads where id is not null",
        "select Last_Name from Leads where Interests is not null",
        "select Last_Name from Leads where id is not null order by Interests",
        "select COUNT(Interests) from Leads where id is not null",
        "select COUNT(id) from Leads where id is not null group by Interests",
        "select Interests.Account_Name from Leads where id is not null",
        "select Quoted_Items from Quotes where id is not null",
    ):
        refused(await api.coql(query), "INVALID_QUERY")
    refused(await api.get("/Leads/search", criteria="(Interests:equals:1)"), "INVALID_QUERY")
    refused(await api.get("/Leads", version="v2", sort_by="Interests"), "INVALID_DATA")
    assert (await api.get("/Leads", version="v2")).status_code == 200
    assert (await api.get("/Leads/search", word="Smith")).status_code == 200


@pytest.mark.evidence("links.write")
async def test_a_row_made_in_the_linking_module_is_a_link_and_never_a_second_one(api, linked):
    row = {"Leads": {"id": str(linked)}, **account(api, "acme")}
    reply = await api.write("POST", "/LeadsXAccounts", row)
    assert reply.status_code == 201, reply.text
    key = reply.json()["data"][0]["details"]["id"]
    assert [entry["id"] for entry in (await one(api, linked))["Interests"]] == [key]
    entry = (await api.write("POST", "/LeadsXAccounts", row)).json()["data"][0]
    assert (entry["code"], entry["details"]["id"]) == ("DUPLICATE_LINKING_DATA", key)
    assert (await api.call("DELETE", f"/LeadsXAccounts/{key}")).status_code == 200
    deleted = (await api.get("/LeadsXAccounts/deleted", type="all")).json()["data"]
    assert [row["display_name"] for row in deleted] == [key]
    assert (await one(api, linked))["Interests"] == []
