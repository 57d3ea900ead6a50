"""Assignment rules: shown, and at work when a record is created with `lar_id`."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from zcrm_tools.emulator.assignment import define
from zcrm_tools.emulator.query.filters import Reader
from zcrm_tools.emulator.replies import Refusal

PATH = "/settings/automation/assignment_rules"


def equal(field, value):
    return {"field": {"api_name": field}, "comparator": "equal", "value": value}


@pytest.fixture
def rule(api):
    """Defines a rule for leads; its id."""

    def add(*entries, **beside):
        reader = Reader(api.ids["admin"], ZoneInfo("UTC"), datetime(2026, 11, 24, tzinfo=UTC))
        body = {"name": "By city", "module": "Leads", "rule_entries": list(entries), **beside}
        return define(api.emulator.store, body, reader)

    return add


@pytest.mark.evidence("assignment.list")
async def test_rules_are_listed_and_one_shows_its_entries(api, rule, refused):
    assert (await api.get(PATH)).status_code == 204
    entry = {"criteria": equal("City", "Lagos"), "assign_to": [api.ids["seller"]]}
    key = rule(entry, default_assignee=api.ids["admin"], description="By place")
    (listed,) = (await api.get(PATH, module="Leads")).json()["assignment_rules"]
    assert (listed["name"], listed["module"]["api_name"]) == ("By city", "Leads")
    assert listed["default_assignee"]["id"] == str(api.ids["admin"])
    assert "rule_entries" not in listed
    (one,) = (await api.get(f"{PATH}/{key}", module="Leads")).json()["assignment_rules"]
    assert one["rule_entries"][0]["criteria"] == entry["criteria"]
    refused(await api.get(f"{PATH}/{key}"), "REQUIRED_PARAM_MISSING")
    assert (await api.get(f"{PATH}/1", module="Leads")).status_code == 204


@pytest.mark.evidence("assignment.lar-id")
async def test_a_record_goes_to_whom_the_rule_finds(api, rule):
    seller, admin = api.ids["seller"], api.ids["admin"]
    key = rule({"criteria": equal("City", "Lagos"), "assign_to": [seller]}, default_assignee=admin)
    rows = [{"Last_Name": "A", "Company": "x", "City": city} for city in ("Lagos", "Paris")]
    reply = await api.write("POST", "/Leads", *rows, lar_id=str(key))
    assert reply.status_code == 201
    ids = [item["details"]["id"] for item in reply.json()["data"]]
    assert [api.stored("Leads", one)["Owner"] for one in ids] == [seller, admin]


@pytest.mark.evidence("assignment.lar-id")
async def test_users_of_an_entry_take_turns(api, rule):
    seller, admin = api.ids["seller"], api.ids["admin"]
    key = rule({"criteria": None, "assign_to": [seller, admin]})
    row = {"Last_Name": "A", "Company": "x"}
    reply = await api.write("POST", "/Leads", row, row, row, lar_id=str(key))
    owners = [api.stored("Leads", item["details"]["id"])["Owner"] for item in reply.json()["data"]]
    assert owners == [seller, admin, seller]


@pytest.mark.evidence("assignment.lar-id")
async def test_a_rule_of_another_module_creates_nothing(api, rule, refused):
    key = rule({"criteria": None, "assign_to": [api.ids["seller"]]})
    before = api.emulator.store.count("Contacts")
    details = refused(
        await api.write("POST", "/Contacts", {"Last_Name": "A"}, lar_id=str(key)), "INVALID_DATA"
    )
    assert details == {"api_name": "lar_id", "json_path": "$.lar_id"}
    assert api.emulator.store.count("Contacts") == before


@pytest.mark.parametrize(
    "entry",
    [
        {"criteria": equal("Nope", "x"), "assign_to": [1]},
        {"criteria": None, "assign_to": []},
        {"criteria": None, "assign_to": [1]},
    ],
)
def test_a_rule_that_could_not_work_is_not_defined(rule, entry):
    with pytest.raises(Refusal):
        rule(entry)
