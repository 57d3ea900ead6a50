"""Pipelines of deals, and the stages a deal may be in."""

from __future__ import annotations

import pytest

PATH = "/settings/pipeline"
STANDARD = "Standard (Standard)"


@pytest.fixture
def layout(api):
    return str(api.emulator.store.modules["Deals"].layout_id)


@pytest.fixture
def send(api, layout):
    async def call(method, *rows, path="", key="pipeline"):
        return await api.call(method, f"{PATH}{path}?layout_id={layout}", json={key: list(rows)})

    return call


@pytest.fixture
def stages(api):
    """Ids of stages by name."""
    return {c.actual: str(c.id) for c in api.emulator.store.modules["Deals"].fields["Stage"].picklist}


@pytest.fixture
def added(send, stages):
    async def add(name, *names, default=False):
        maps = [{"id": stages[one], "sequence_number": n} for n, one in enumerate(names, start=1)]
        reply = await send("POST", {"display_value": name, "default": default, "maps": maps})
        assert reply.status_code == 201, reply.text
        return reply.json()["pipeline"][0]["details"]["id"]

    return add


@pytest.fixture
def shown(api, layout):
    async def by_name():
        found = (await api.get(PATH, layout_id=layout)).json()["pipeline"]
        return {one["display_value"]: one for one in found}

    return by_name


@pytest.mark.evidence("pipelines.write")
async def test_a_pipeline_holds_its_stages_in_their_order(api, layout, added, shown):
    key = await added("Partners", "Closed Won", "Qualification")
    found = await shown()
    assert [stage["actual_value"] for stage in found["Partners"]["maps"]] == ["Closed Won", "Qualification"]
    assert (found["Partners"]["default"], found[STANDARD]["default"]) == (False, True)
    (one,) = (await api.get(f"{PATH}/{key}", layout_id=layout)).json()["pipeline"]
    assert one == found["Partners"]
    assert (await api.get(f"{PATH}/1", layout_id=layout)).status_code == 204


@pytest.mark.evidence("pipelines.write")
async def test_a_pipeline_is_renamed_reordered_and_made_the_default(api, send, added, shown, stages):
    key = await added("Partners", "Closed Won", "Qualification")
    await api.write("POST", "/Deals", {"Deal_Name": "D", "Stage": "Qualification", "Pipeline": "Partners"})
    maps = [
        {"id": stages["Closed Won"], "_delete": True},
        {"id": stages["Closed Lost"], "sequence_number": 9},
    ]
    row = {"display_value": "Friends", "default": True, "maps": maps}
    assert (await send("PUT", row, path=f"/{key}")).json()["pipeline"][0]["message"] == "Pipeline updated"
    found = await shown()
    assert [stage["actual_value"] for stage in found["Friends"]["maps"]] == ["Qualification", "Closed Lost"]
    assert (found["Friends"]["default"], found[STANDARD]["default"]) == (True, False)
    renamed = api.emulator.store.fetch("SELECT count(*) FROM Deals WHERE Pipeline = 'Friends'")
    assert renamed == [(1,)]
    last = [{"id": stages[name], "_delete": True} for name in ("Qualification", "Closed Lost")]
    reply = await send("PATCH", {"id": key, "maps": last})
    assert reply.json()["pipeline"][0]["code"] == "CANNOT_DELETE"


@pytest.mark.evidence("pipelines.write")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"display_value": None}, "MANDATORY_NOT_FOUND"),
        ({"display_value": STANDARD}, "DUPLICATE_DATA"),
        ({"maps": [{"id": "1"}]}, "INVALID_DATA"),
        ({"maps": []}, "INVALID_DATA"),
        ({"default": "yes"}, "INVALID_DATA"),
    ],
)
async def test_a_pipeline_with_a_fault_is_not_made(send, shown, stages, change, code):
    row = {"display_value": "New", "maps": [{"id": stages["Closed Won"]}], **change}
    reply = await send("POST", row)
    assert (reply.status_code, reply.json()["pipeline"][0]["code"]) == (400, code)
    assert list(await shown()) == [STANDARD]


@pytest.mark.evidence("pipelines.stage")
async def test_a_deal_is_only_in_stages_of_its_pipeline(api, added):
    await added("Partners", "Closed Won", "Qualification", default=True)
    good = {"Deal_Name": "D", "Stage": "Qualification"}
    reply = await api.write("POST", "/Deals", good, {**good, "Stage": "Negotiation/Review"})
    first, second = reply.json()["data"]
    assert api.stored("Deals", first["details"]["id"])["Pipeline"] == "Partners"
    assert second["code"] == "MAPPING_MISMATCH"
    moved = await api.write("PUT", "/Deals", {"id": first["details"]["id"], "Pipeline": STANDARD})
    assert moved.status_code == 200
    none = await api.write("POST", "/Deals", {**good, "Pipeline": "Nowhere"})
    assert none.json()["data"][0]["details"]["supported_values"] == [STANDARD, "Partners"]


@pytest.mark.evidence("pipelines.transfer")
async def test_deals_go_over_when_a_pipeline_is_transferred(api, send, added, shown, stages):
    key = await added("Partners", "Qualification", "Closed Won")
    row = {"Deal_Name": "D", "Stage": "Qualification", "Pipeline": "Partners"}
    deal = (await api.write("POST", "/Deals", row)).json()["data"][0]["details"]["id"]
    standard = (await shown())[STANDARD]["id"]
    body = {
        "pipeline": {"from": key, "to": standard},
        "stages": [{"from": stages["Qualification"], "to": stages["Closed Lost"]}],
    }
    back = await send(
        "POST",
        {**body, "pipeline": {"from": standard, "to": key}},
        path="/actions/transfer",
        key="transfer_pipeline",
    )
    assert back.status_code == 400
    reply = await send("POST", body, path="/actions/transfer", key="transfer_pipeline")
    assert reply.json()["transfer_pipeline"][0]["message"] == "transfer pipeline scheduled successfully"
    stored = api.stored("Deals", deal)
    assert (stored["Pipeline"], stored["Stage"], stored["Probability"]) == (STANDARD, "Closed Lost", 0)
    assert list(await shown()) == [STANDARD]


@pytest.mark.evidence("pipelines.write")
async def test_pipelines_belong_to_the_layout_of_deals(api, refused):
    refused(await api.call("POST", PATH, json={"pipeline": [{}]}), "REQUIRED_PARAM_MISSING")
    other = api.emulator.store.modules["Leads"].layout_id
    refused(await api.get(PATH, layout_id=other), "INVALID_DATA")
