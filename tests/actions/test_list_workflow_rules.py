"""Workflow rules."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient


@pytest.mark.evidence("workflows.define")
async def test_a_rule_is_listed_with_when_it_fires(crm: AsyncClient):
    assert (await crm.list_workflow_rules()).note == "Nothing was found."
    rule = {
        "name": "Greet new leads",
        "module": {"api_name": "Leads"},
        "execute_when": {
            "type": "create",
            "details": {"trigger_module": {"api_name": "Leads"}, "repeat": False},
        },
        "conditions": [{"sequence_number": 1, "instant_actions": {"actions": []}, "criteria_details": None}],
    }
    await crm.request("POST", "settings/automation/workflow_rules", json={"workflow_rules": [rule]})
    (shown,) = (await crm.list_workflow_rules(module="leads")).dicts()
    assert (shown["name"], shown["module"], shown["fires_on"]) == ("Greet new leads", "Leads", "create")
