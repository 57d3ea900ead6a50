"""Territories: the tree, its users and records."""

from __future__ import annotations

import pytest

from zcrm_tools.emulator import territories as engine
from zcrm_tools.emulator.territories import ROOT_ID

PATH = "/settings/territories"


@pytest.fixture
def send(api):
    async def call(method, *rows, path=PATH, key="territories"):
        return await api.call(method, path, json={key: list(rows)})

    return call


@pytest.fixture
def added(send):
    """Adds a territory below another; its id."""

    async def add(name, above=ROOT_ID, **changes):
        row = {"name": name, "reporting_to": {"id": str(above)}, "permission_type": "read_only", **changes}
        (item,) = (await send("POST", row)).json()["territories"]
        assert item["code"] == "SUCCESS", item
        return item["details"]["id"]

    return add


@pytest.fixture
def named(api):
    async def by_name():
        return {one["name"]: one for one in (await api.get(PATH)).json()["territories"]}

    return by_name


@pytest.mark.evidence("territories.tree")
async def test_territories_grow_from_the_one_of_the_org(api, added, named):
    assert (await named())["Empty Org"]["reporting_to"] is None
    south = await added("South", manager={"id": str(api.ids["seller"])})
    texas = await added("Texas", south)
    found = await named()
    assert found["Texas"]["reporting_to"] == {"name": "South", "id": south}
    assert found["South"]["manager"]["name"] == "Sam Seller"
    (one,) = (await api.get(f"{PATH}/{texas}")).json()["territories"]
    assert one["created_by"]["id"] == str(api.ids["admin"])
    assert one["account_rule_criteria"] is None
    below = (await api.get(f"{PATH}/{south}/__child_territories")).json()["territories"]
    assert [child["name"] for child in below] == ["Texas"]
    assert (await api.get(f"{PATH}/{texas}/__child_territories")).status_code == 204
    assert (await api.get(f"{PATH}/1")).status_code == 204


@pytest.mark.evidence("territories.write")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": None}, "MANDATORY_NOT_FOUND"),
        ({"permission_type": None}, "MANDATORY_NOT_FOUND"),
        ({"reporting_to": None}, "MANDATORY_NOT_FOUND"),
        ({"permission_type": "all"}, "INVALID_DATA"),
        ({"reporting_to": {"id": "1"}}, "INVALID_DATA"),
        ({"manager": {"id": "1"}}, "INVALID_DATA"),
        ({"name": "A&B"}, "INVALID_DATA"),
        ({"name": "South"}, "DUPLICATE_DATA"),
        (
            {"lead_rule_criteria": {"comparator": "is", "field": {"api_name": "City"}, "value": "x"}},
            "INVALID_DATA",
        ),
    ],
)
async def test_a_territory_with_a_fault_is_not_added(send, added, named, change, code):
    await added("South")
    row = {"name": "New", "reporting_to": {"id": str(ROOT_ID)}, "permission_type": "read_only", **change}
    reply = await send("POST", row)
    assert (reply.status_code, reply.json()["territories"][0]["code"]) == (400, code)
    assert "New" not in await named()


@pytest.mark.evidence("territories.write")
async def test_territories_are_changed_but_never_put_below_themselves(send, added, named):
    south = await added("South")
    texas = await added("Texas", south)
    rule = {"comparator": "greater_than", "field": {"api_name": "Amount"}, "value": "100"}
    reply = await send("PUT", {"id": texas, "name": "Lone Star", "deal_rule_criteria": rule})
    assert reply.json()["territories"][0]["message"] == "Territory Updated Successfully"
    assert "Lone Star" in await named()
    for row in ({"reporting_to": {"id": texas}}, {"reporting_to": {"id": south}}):
        assert (await send("PUT", row, path=f"{PATH}/{south}")).status_code == 400
    root = {"id": str(ROOT_ID)}
    assert (await send("PUT", {**root, "name": "World"})).status_code == 200
    assert (await send("PUT", {**root, "description": "no"})).status_code == 400
    assert (await named())["World"]["id"] == str(ROOT_ID)


@pytest.mark.evidence("territories.delete")
async def test_a_territory_with_children_is_deleted_only_by_a_transfer(api, send, added, named):
    south, north = await added("South"), await added("North")
    await added("Texas", south)
    gone = await api.call("DELETE", f"{PATH}?ids={south},{north},{ROOT_ID}")
    assert gone.status_code == 207
    assert [item["code"] for item in gone.json()["territories"]] == ["NOT_ALLOWED", "SUCCESS", "NOT_ALLOWED"]
    path = f"{PATH}/actions/transfer_and_delete"
    moved = await send("POST", {"id": south, "transfer_to_id": str(ROOT_ID)}, path=path)
    assert moved.status_code == 200
    assert (await named())["Texas"]["reporting_to"]["id"] == str(ROOT_ID)
    assert "South" not in await named()


@pytest.mark.evidence("territories.users")
async def test_users_join_and_leave_territories_from_either_side(api, send, added):
    seller, admin = str(api.ids["seller"]), str(api.ids["admin"])
    south = await added("South", manager={"id": admin})
    users = f"{PATH}/{south}/users"
    reply = await send("PUT", {"id": seller}, path=users, key="users")
    assert reply.json()["users"][0]["code"] == "SUCCESS"
    again = await send("PUT", {"id": seller}, path=users, key="users")
    assert again.json()["users"][0]["code"] == "DUPLICATE_DATA"
    assert {user["id"] for user in (await api.get(users)).json()["users"]} == {seller, admin}
    (mine,) = (await api.get(f"/users/{seller}/territories")).json()["territories"]
    assert (mine["Name"], mine["Manager"]["id"], mine["Reporting_To"]["Name"]) == (
        "South",
        admin,
        "Empty Org",
    )
    counts = (await api.get(f"{PATH}/actions/associated_users_count")).json()["associated_users_count"]
    assert counts[1] == {"count": "2", "territory": {"name": "South", "id": south}}
    assert (await api.call("DELETE", f"/users/{seller}/territories/{south}")).status_code == 200
    assert (await api.get(f"/users/{seller}/territories")).status_code == 204
    added_back = await send("PUT", {"id": south}, path=f"/users/{seller}/territories")
    assert added_back.status_code == 200
    assert (await api.get(f"{users}/{seller}")).json()["users"][0]["full_name"] == "Sam Seller"
    gone = await api.call("DELETE", f"{users}?ids={seller},{admin}")
    assert [item["code"] for item in gone.json()["users"]] == ["SUCCESS", "INVALID_DATA"]
    own = await send("PUT", {"id": south}, path=f"/users/{admin}/territories")
    assert own.json()["code"] == "NOT_ALLOWED"


@pytest.mark.evidence("territories.records")
async def test_records_are_put_into_territories_and_taken_out(api, send, added):
    south = await added("South")
    deal = str(api.ids["pumps"])
    row = {"id": deal, "Territories": [{"id": south}]}
    reply = await send("POST", row, path="/Deals/actions/assign_territories", key="data")
    assert reply.status_code == 202
    (item,) = reply.json()["data"]
    assert (item["code"], item["details"]["id"]) == ("SCHEDULED", deal)
    (record,) = (await api.get(f"/Deals/{deal}")).json()["data"]
    (held,) = record["Territory"]
    assert (held["Name"], held["$assigned"]) == ("South", "manually")
    twice = await send("POST", row, path="/Deals/actions/assign_territories", key="data")
    assert twice.json()["data"][0]["code"] == "DUPLICATE_DATA"
    north = {"Territories": [{"id": await added("North")}]}
    second = await send("POST", north, path=f"/Deals/{deal}/actions/assign_territories", key="data")
    assert second.json()["data"][0]["code"] == "LIMIT_EXCEEDED"
    path = f"/Deals/{deal}/actions/remove_territories"
    assert (await send("POST", {"Territories": [{"id": south}]}, path=path, key="data")).status_code == 202
    assert (await send("POST", north, path=path, key="data")).json()["data"][0]["code"] == "INVALID_DATA"
    (record,) = (await api.get(f"/Deals/{deal}")).json()["data"]
    assert not record["Territory"]


@pytest.mark.evidence("territories.records")
async def test_leads_have_no_territories_by_this_call(api, send, added):
    row = {"id": str(api.ids["smith"]), "Territories": [{"id": await added("South")}]}
    reply = await send("POST", row, path="/Leads/actions/assign_territories", key="data")
    assert (reply.status_code, reply.json()["data"][0]["code"]) == (403, "TERRITORY_NOT_ENABLED")


@pytest.mark.evidence("territories.off")
async def test_an_org_without_the_feature_says_so(api, refused):
    engine.switch(api.emulator.store, on=False)
    refused(await api.get(PATH), "TERRITORY_NOT_ENABLED", 403)
    refused(await api.get(f"{PATH}/1/users"), "TERRITORY_NOT_ENABLED", 403)
    engine.switch(api.emulator.store, on=True)
    assert (await api.get(PATH)).status_code == 200


@pytest.mark.evidence("territories.lists")
async def test_a_list_shows_the_records_of_a_territory_and_of_those_below_it(api, send, added, refused):
    above = await added("Europe")
    below = await added("Germany", above)
    for deal, territory in (("pumps", above), ("valves", below)):
        row = {"id": str(api.ids[deal]), "Territories": [{"id": territory}]}
        reply = await send("POST", row, path="/Deals/actions/assign_territories", key="data")
        assert reply.status_code == 202, reply.text

    async def shown(**params):
        reply = await api.get("/Deals", fields="Deal_Name", **params)
        return {row["Deal_Name"] for row in reply.json()["data"]} if reply.status_code == 200 else set()

    assert await shown(territory_id=above) == {"Pumps"}
    assert await shown(territory_id=above, include_child="true") == {"Pumps", "Valves"}
    assert await shown(territory_id=below, include_child="false") == {"Valves"}
    assert len(await shown()) == 3
    for params, name in (
        ({"territory_id": "1"}, "territory_id"),
        ({"territory_id": "x"}, "territory_id"),
        ({"territory_id": above, "include_child": "yes"}, "include_child"),
    ):
        reply = await api.get("/Deals", fields="Deal_Name", **params)
        assert refused(reply, "INVALID_DATA")["param_name"] == name
    assert refused(await api.get("/Tasks", fields="Subject", territory_id=above), "INVALID_DATA")
