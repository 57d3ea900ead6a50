"""Scoring rules, and what they give records."""

from __future__ import annotations

import pytest

RULES = "/settings/automation/scoring_rules"


def rule(*field_rules, **changes):
    given = [{"score": score, "criteria": criteria} for score, criteria in field_rules]
    return {"name": "Interest", "module": {"api_name": "Leads"}, "field_rules": given, **changes}


def criterion(field, comparator, value):
    return {"field": {"api_name": field}, "comparator": comparator, "value": value}


@pytest.fixture
def send(api):
    async def call(row, method="POST", path=RULES):
        reply = await api.call(method, path, json={"scoring_rules": [row]})
        (item,) = reply.json()["scoring_rules"]
        return item

    return call


@pytest.fixture
def scores(api):
    """Scores of leads by last name."""

    async def ask():
        reply = await api.get("/Entity_Scores__s", fields="Score")
        return {one["Entity"]["name"]: one["Score"] for one in reply.json()["data"]} if reply.content else {}

    return ask


@pytest.mark.evidence("scoring.rules", "scoring.scores")
async def test_records_score_what_the_active_rules_of_their_module_give(api, send, scores):
    assert await scores() == {}
    wealthy = criterion("Annual_Revenue", "greater_than", 50_000)
    touched = criterion("Lead_Status", "equal", "Contacted")
    item = await send(rule((30, wealthy), (-5, {"group_operator": "and", "group": [wealthy, touched]})))
    key = item["details"]["id"]
    assert await scores() == {"Anna Smith": 30, "Bo Smithson": 25, "Cy Ünal": 0, "Di Gone": 0}
    (one,) = (await api.get(f"/Entity_Scores__s/{api.ids['smithson']}")).json()["data"]
    assert (one["Positive_Score"], one["Negative_Score"], one["Scoring_Rule"]["name"]) == (30, -5, "Interest")
    await api.write("PUT", f"/Leads/{api.ids['ünal']}", {"Annual_Revenue": 60_000})
    assert (await scores())["Cy Ünal"] == 30

    (shown,) = (await api.get(f"{RULES}/{key}")).json()["scoring_rules"]
    first, second = shown["field_rules"]
    assert first["criteria"]["field"]["id"]
    change = {
        "active": False,
        "description": "x",
        "field_rules": [{"id": first["id"], "score": 7}, {"id": second["id"], "_delete": None}],
    }
    assert (await send(change, "PUT", f"{RULES}/{key}"))["status"] == "success"
    assert (await scores())["Bo Smithson"] == 7
    assert (await api.call("DELETE", f"{RULES}/{key}/actions/activate")).json()["scoring_rules"][0][
        "code"
    ] == "SUCCESS"
    assert await scores() == {}
    assert (await api.get(RULES, active="true")).status_code == 204
    copy = (await api.call("POST", f"{RULES}/{key}/actions/clone")).json()["scoring_rules"][0]["details"][
        "id"
    ]
    assert [one["name"] for one in (await api.get(RULES, module="Leads")).json()["scoring_rules"]] == [
        "Interest",
        "Interest copy",
    ]
    await api.call("PUT", f"{RULES}/{copy}/actions/activate")
    assert (await scores())["Anna Smith"] == 7
    await send({"id": copy, "name": "Other"}, "PUT")
    assert len((await api.get(RULES, name="Other")).json()["scoring_rules"]) == 1
    await api.call("DELETE", f"{RULES}/{key}")
    await api.call("DELETE", RULES, params={"ids": copy})
    assert (await api.get(RULES)).status_code == 204


@pytest.mark.evidence("scoring.rules")
async def test_a_scoring_rule_with_a_fault_is_not_kept(api, send, refused):
    good = criterion("Company", "equal", "x")
    for change, code in (
        ({"name": None}, "MANDATORY_NOT_FOUND"),
        ({"name": "x" * 26}, "INVALID_DATA"),
        ({"module": {"api_name": "Tasks"}}, "INVALID_DATA"),
        ({"field_rules": None}, "MANDATORY_NOT_FOUND"),
        ({"field_rules": [{"score": 1}]}, "MANDATORY_NOT_FOUND"),
        ({"field_rules": [{"score": "1", "criteria": good}]}, "INVALID_DATA"),
        ({"field_rules": [{"score": 0, "criteria": good}]}, "INVALID_DATA"),
        ({"field_rules": [{"score": 1, "criteria": criterion("Nope", "equal", "x")}]}, "INVALID_DATA"),
        ({"field_rules": [{"score": 1, "criteria": good}] * 31}, "LIMIT_EXCEEDED"),
        ({"signal_rules": [{"score": 1}]}, "NOT_SUPPORTED"),
    ):
        assert (await send(rule((1, good), **change)))["code"] == code
    assert (await api.get(RULES)).status_code == 204
    for number in range(25):
        assert (await send(rule((1, good), name=f"R{number}")))["status"] == "success"
    assert (await send(rule((1, good), name="R0", active=False)))["code"] == "DUPLICATE_DATA"
    assert (await send(rule((1, good), name="one more")))["code"] == "ACTIVE_STATE_LIMIT_EXCEEDED"
    refused(await api.get("/Entity_Scores__s"), "REQUIRED_PARAM_MISSING")
    refused(await api.call("PUT", f"{RULES}/5/actions/activate"), "INVALID_DATA")
