"""Variables and their groups."""

from __future__ import annotations

import pytest


@pytest.fixture
def send(api):
    async def call(method, *rows, path="/settings/variables", key="variables"):
        return await api.call(method, path, json={key: list(rows)})

    return call


def variable(name="Rate", **changes):
    return {
        "name": name,
        "api_name": name,
        "type": "integer",
        "variable_group": {"name": "General"},
        "value": 7,
        **changes,
    }


@pytest.mark.evidence("variables.create")
async def test_variables_are_added_and_listed_by_group(api, send):
    assert (await api.get("/settings/variables")).status_code == 204
    reply = await send(
        "POST", variable(), variable("Motto", type="text", value="Go", variable_group={"name": "Words"})
    )
    assert reply.status_code == 201
    assert [item["message"] for item in reply.json()["variables"]] == ["variable added"] * 2
    (rate, motto) = (await api.get("/settings/variables")).json()["variables"]
    assert (rate["value"], rate["variable_group"]["api_name"]) == (7, "General")
    assert motto["variable_group"]["name"] == "Words"
    (only,) = (await api.get("/settings/variables", group="Words")).json()["variables"]
    assert only["id"] == motto["id"]
    for wanted in (rate["id"], "Rate"):
        assert (await api.get(f"/settings/variables/{wanted}")).json()["variables"] == [rate]


@pytest.mark.evidence("variables.create")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "number"}, "INVALID_DATA"),
        ({"type": None}, "MANDATORY_NOT_FOUND"),
        ({"name": "Old", "api_name": "New"}, "DUPLICATE_DATA"),
        ({"name": "New", "api_name": "Old"}, "DUPLICATE_DATA"),
        ({"api_name": "1st"}, "INVALID_DATA"),
        ({"value": "seven"}, "INVALID_DATA"),
        ({"type": "checkbox", "value": "maybe"}, "INVALID_DATA"),
        ({"variable_group": {"id": "1"}}, "INVALID_DATA"),
        ({"variable_group": "General"}, "INVALID_DATA"),
    ],
)
async def test_a_variable_with_a_fault_is_not_added(api, send, change, code):
    await send("POST", variable("Old"))
    reply = await send("POST", variable(**change), variable("Good"))
    assert reply.status_code == 207
    assert [item["code"] for item in reply.json()["variables"]] == [code, "SUCCESS"]


@pytest.mark.evidence("variables.update-delete")
async def test_variables_are_changed_and_deleted(api, send, refused):
    ids = [
        item["details"]["id"]
        for item in (await send("POST", variable("A"), variable("B"), variable("C"))).json()["variables"]
    ]
    reply = await send("PUT", {"id": ids[0], "value": 8}, {"id": "1", "value": 8}, {"value": 9})
    codes = [item["code"] for item in reply.json()["variables"]]
    assert codes == ["SUCCESS", "INVALID_DATA", "MANDATORY_NOT_FOUND"]
    assert (await send("PUT", {"description": "x"}, path="/settings/variables/A")).status_code == 200
    (first,) = (await api.get("/settings/variables/A")).json()["variables"]
    assert (first["value"], first["description"]) == (8, "x")
    gone = await api.call("DELETE", f"/settings/variables?ids={ids[0]},1")
    assert gone.status_code == 207
    assert [item["code"] for item in gone.json()["variables"]] == ["SUCCESS", "INVALID_DATA"]
    assert (await api.call("DELETE", f"/settings/variables/{ids[1]}")).status_code == 200
    refused(await api.call("DELETE", "/settings/variables"), "REQUIRED_PARAM_MISSING")
    refused(await api.get(f"/settings/variables/{ids[0]}"), "INVALID_DATA")
    assert [one["id"] for one in (await api.get("/settings/variables")).json()["variables"]] == [ids[2]]


@pytest.mark.evidence("variables.groups")
async def test_variable_groups_are_listed_and_renamed(api, send):
    (general,) = (await api.get("/settings/variable_groups")).json()["variable_groups"]
    assert general["api_name"] == "General"
    await send("POST", variable(variable_group={"name": "Words"}))
    groups = (await api.get("/settings/variable_groups")).json()["variable_groups"]
    assert [group["name"] for group in groups] == ["General", "Words"]
    words = groups[1]["id"]
    path, key = "/settings/variable_groups", "variable_groups"
    reply = await send(
        "PUT", {"id": words, "name": "Texts"}, {"id": words, "name": "General"}, path=path, key=key
    )
    assert [item["code"] for item in reply.json()[key]] == ["SUCCESS", "DUPLICATE_DATA"]
    (one,) = (await api.get(f"{path}/{words}")).json()[key]
    assert (one["name"], one["display_label"]) == ("Texts", "Texts")
    assert (await send("PUT", {"description": "d"}, path=f"{path}/General", key=key)).status_code == 200
    assert (await api.get(f"{path}/1")).status_code == 204
    (kept,) = (await api.get("/settings/variables")).json()["variables"]
    assert kept["variable_group"]["name"] == "Texts"
