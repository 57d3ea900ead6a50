"""Workflow rules: defined through the API, fired by writes."""

from __future__ import annotations

import pytest

from zcrm_tools.emulator import events

RULES = "/settings/automation/workflow_rules"
UPDATES = "/settings/automation/field_updates"
LEAD = {"Last_Name": "Lead", "Company": "x"}


def equal(field, value):
    return {"field": {"api_name": field}, "comparator": "equal", "value": value}


@pytest.fixture
def send(api):
    async def call(method, path, key, *rows):
        return await api.call(method, path, json={key: list(rows)})

    return call


@pytest.fixture
def update(send):
    """Adds a field update of leads; its id."""

    async def add(field="Rating", value="Active", **changes):
        row = {"name": f"Set {field}", "module": {"api_name": "Leads"}, "type": "static"}
        reply = await send(
            "POST", UPDATES, "field_updates", {**row, "field": {"api_name": field}, "value": value, **changes}
        )
        (item,) = reply.json()["field_updates"]
        assert item["code"] == "SUCCESS", item
        return item["details"]["id"]

    return add


@pytest.fixture
def rule(send, update):
    """Adds a rule of leads that sets Rating; its id."""

    async def add(kind="create", criteria=None, actions=None, name="Rate it", details=None):
        chosen = [await update()] if actions is None else actions
        row = {
            "name": name,
            "module": {"api_name": "Leads"},
            "execute_when": {"type": kind, "details": details or {}},
            "conditions": [
                {
                    "sequence_number": 1,
                    "criteria_details": criteria and {"criteria": criteria},
                    "instant_actions": {"actions": [{"id": one, "type": "field_updates"} for one in chosen]},
                }
            ],
        }
        (item,) = (await send("POST", RULES, "workflow_rules", row)).json()["workflow_rules"]
        assert item["code"] == "SUCCESS", item
        return item["details"]["id"]

    return add


@pytest.fixture
def rating(api):
    """Creates a lead; its rating afterwards."""

    async def create(**beside):
        row = {**LEAD, **beside.pop("row", {})}
        (item,) = (await api.write("POST", "/Leads", row, **beside)).json()["data"]
        return api.stored("Leads", item["details"]["id"])["Rating"]

    return create


@pytest.mark.evidence("workflows.define")
async def test_a_rule_is_kept_listed_and_shown_with_its_conditions(api, rule):
    key = await rule("create_or_edit", equal("City", "Lagos"))
    (listed,) = (await api.get(RULES, module="Leads")).json()["workflow_rules"]
    assert (listed["name"], listed["status"]) == ("Rate it", {"active": True})
    assert "conditions" not in listed
    (one,) = (await api.get(f"{RULES}/{key}")).json()["workflow_rules"]
    (condition,) = one["conditions"]
    assert condition["criteria_details"]["criteria"] == equal("City", "Lagos")
    assert condition["instant_actions"]["actions"][0]["name"] == "Set Rating"
    assert (await api.get(RULES, module="Contacts")).status_code == 204
    assert (await api.get(f"{RULES}/1")).status_code == 204
    assert (await api.get(f"{RULES}/actions/rules_count")).json()["rules_count"][
        "total_rules_configured"
    ] == 1
    (count,) = (await api.get(f"{RULES}/actions/module_specific_count")).json()["module_specific_count"]
    assert (count["module"]["api_name"], count["active_rules_configured"]) == ("Leads", 1)
    (actions,) = (await api.get(f"{RULES}/actions/actions_count", ids=key)).json()["workflow_rules"]
    assert actions["conditions"][0]["instant_actions"] == {"actions_count": {"field_updates": 1}}


@pytest.mark.evidence("workflows.fire")
async def test_a_rule_on_create_updates_the_new_record(api, rule, rating):
    key = await rule("create", equal("City", "Lagos"))
    assert await rating() is None
    assert await rating(row={"City": "Lagos"}) == "Active"
    (one,) = (await api.get(f"{RULES}/{key}")).json()["workflow_rules"]
    assert one["last_executed_time"]
    span = {"executed_from": "2026-11-01", "executed_till": "2026-11-30"}
    (usage,) = (await api.get(f"{RULES}/{key}/actions/usage", **span)).json()["workflow_rules"]
    assert (usage["trigger_count"], usage["conditions"][0]["usage_count"]) == (1, 1)


@pytest.mark.evidence("workflows.trigger")
@pytest.mark.parametrize(
    ("trigger", "found"), [(["workflow"], "Active"), ([], None), (["approval"], None), (None, "Active")]
)
async def test_trigger_says_whether_rules_fire(rule, rating, trigger, found):
    await rule()
    assert await rating(trigger=trigger) == found


@pytest.mark.evidence("workflows.fire")
async def test_edits_fire_rules_of_edits_and_watched_fields_only(api, rule):
    await rule("edit", name="Edited")
    other = {"criteria": [equal("City", "x")]}
    await rule("field_update", name="Moved", details=other, actions=[])
    heard = []
    events.OBSERVERS.append(lambda _store, news: heard.append(news))
    try:
        key = str(api.ids["smith"])
        await api.write("PUT", "/Leads", {"id": key, "Phone": "1"})
        await api.write("PUT", "/Leads", {"id": key, "City": "Paris"})
    finally:
        events.OBSERVERS.pop()
    assert api.stored("Leads", key)["Rating"] == "Active"
    names = [news.name for news in heard if isinstance(news, events.Happening)]
    assert names == ["Edited", "Edited", "Moved"]


@pytest.mark.evidence("workflows.fire")
async def test_a_rule_that_is_off_or_gone_fires_nothing(api, send, rule, rating):
    key = await rule()
    off = await send("PUT", f"{RULES}/{key}", "workflow_rules", {"status": {"active": False}})
    assert off.json()["workflow_rules"][0]["message"] == "workflow updated"
    assert await rating() is None
    await send("PUT", RULES, "workflow_rules", {"id": key, "status": {"active": True}})
    assert await rating() == "Active"
    gone = await api.call("DELETE", f"{RULES}?ids={key},1")
    assert [item["code"] for item in gone.json()["workflow_rules"]] == ["SUCCESS", "INVALID_DATA"]
    assert await rating() is None


@pytest.mark.evidence("workflows.fire")
async def test_an_update_that_is_refused_leaves_the_write_alone(api, send, rule, update):
    """The value clashes with that of another contact, whose email is unique."""
    clash = await update("Email", "ada@example.com", module={"api_name": "Contacts"})
    row = {
        "name": "Clash",
        "module": {"api_name": "Contacts"},
        "execute_when": {"type": "create"},
        "conditions": [{"instant_actions": {"actions": [{"id": clash, "type": "field_updates"}]}}],
    }
    assert (await send("POST", RULES, "workflow_rules", row)).status_code == 201
    reply = await api.write("POST", "/Contacts", {"Last_Name": "New"})
    assert reply.status_code == 201
    assert api.stored("Contacts", reply.json()["data"][0]["details"]["id"])["Email"] is None


@pytest.mark.evidence("workflows.define")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": None}, "MANDATORY_NOT_FOUND"),
        ({"module": {"api_name": "Nope"}}, "INVALID_DATA"),
        ({"execute_when": None}, "MANDATORY_NOT_FOUND"),
        ({"execute_when": {"type": "mail_sent", "details": {}}}, "NOT_SUPPORTED"),
        ({"execute_when": {"type": "field_update", "details": {}}}, "INVALID_DATA"),
        ({"conditions": []}, "INVALID_DATA"),
        ({"conditions": [{"criteria_details": {"criteria": equal("Nope", "x")}}]}, "INVALID_DATA"),
        (
            {"conditions": [{"instant_actions": {"actions": [{"type": "field_updates", "id": "1"}]}}]},
            "INVALID_DATA",
        ),
        ({"conditions": [{"instant_actions": {"actions": [{"type": "tasks", "id": "1"}]}}]}, "INVALID_DATA"),
        (
            {"conditions": [{"instant_actions": {"actions": [{"type": "functions", "id": "1"}]}}]},
            "NOT_SUPPORTED",
        ),
    ],
)
async def test_a_rule_with_a_fault_is_not_kept(api, send, change, code):
    good = {
        "name": "Good",
        "module": {"api_name": "Leads"},
        "execute_when": {"type": "create", "details": {}},
        "conditions": [{"criteria_details": None}],
    }
    reply = await send("POST", RULES, "workflow_rules", {**good, **change})
    assert (reply.status_code, reply.json()["workflow_rules"][0]["code"]) == (400, code)
    assert (await api.get(RULES)).status_code == 204
    assert (await send("POST", RULES, "workflow_rules", good)).status_code == 201
    again = await send("POST", RULES, "workflow_rules", good)
    assert again.json()["workflow_rules"][0]["code"] == "DUPLICATE_DATA"


@pytest.mark.evidence("workflows.define")
async def test_rules_are_put_in_another_order(api, rule):
    first, second = await rule(name="A"), await rule(name="B")
    rows = [{"id": first, "module_specific_sequence": 2}, {"id": second, "module_specific_sequence": 1}]
    reply = await api.call("PUT", f"{RULES}/actions/reorder", json={"reorder": {"workflow_rules": rows}})
    assert reply.json()["reorder"][0]["message"] == "rules reordered successfully"
    assert [one["name"] for one in (await api.get(RULES)).json()["workflow_rules"]] == ["B", "A"]


@pytest.mark.evidence("workflows.field-updates")
async def test_field_updates_are_changed_and_deleted_unless_a_rule_uses_them(
    api, send, update, rule, refused
):
    used, free = await update(), await update("City", "Rome")
    await rule(actions=[used])
    shown = {one["id"]: one for one in (await api.get(UPDATES)).json()["field_updates"]}
    assert (shown[used]["associated"], shown[free]["associated"]) == (True, False)
    assert (await send("PUT", f"{UPDATES}/{free}", "field_updates", {"value": "Oslo"})).status_code == 200
    assert (await api.get(f"{UPDATES}/{free}")).json()["field_updates"][0]["value"] == "Oslo"
    bad = await send("PUT", f"{UPDATES}/{free}", "field_updates", {"value": 7})
    assert bad.json()["field_updates"][0]["code"] == "INVALID_DATA"
    gone = await api.call("DELETE", f"{UPDATES}?ids={used},{free}")
    assert [item["code"] for item in gone.json()["field_updates"]] == ["NOT_ALLOWED", "SUCCESS"]
    assert (await api.get(f"{UPDATES}/{free}")).status_code == 204
    refused(await api.call("DELETE", f"{UPDATES}/{free}"), "INVALID_DATA")


TASKS = "/settings/automation/tasks"


@pytest.mark.evidence("automation.tasks")
async def test_a_rule_that_fires_creates_the_task_of_its_action(api, send):
    mappings = [
        {"field": {"api_name": "Priority"}, "type": "static", "value": "High"},
        {"field": {"api_name": "Due_Date"}, "value": "2026-12-01"},
    ]
    row = {"name": "Ring back", "module": {"api_name": "Leads"}, "field_mappings": mappings}
    reply = await send("POST", TASKS, "tasks", row)
    assert reply.status_code == 201, reply.text
    key = reply.json()["tasks"][0]["details"]["id"]
    condition = {"criteria_details": None, "instant_actions": {"actions": [{"id": key, "type": "tasks"}]}}
    rule = {
        "name": "Follow up",
        "module": {"api_name": "Leads"},
        "execute_when": {"type": "create", "details": {}},
    }
    rule = (await send("POST", RULES, "workflow_rules", {**rule, "conditions": [condition]})).json()
    rule_id = rule["workflow_rules"][0]["details"]["id"]
    (reply,) = (await api.write("POST", "/Leads", LEAD)).json()["data"]
    lead = reply["details"]["id"]
    tasks = (await api.get(f"/Leads/{lead}/Tasks", fields="Subject,Priority,Due_Date,What_Id")).json()["data"]
    assert [(t["Subject"], t["Priority"], t["Due_Date"]) for t in tasks] == [
        ("Ring back", "High", "2026-12-01")
    ]
    assert tasks[0]["What_Id"]["id"] == lead

    (one,) = (await api.get(f"{TASKS}/{key}")).json()["tasks"]
    assert (one["name"], one["associated"], one["field_mappings"][0]["value"]) == ("Ring back", True, "High")
    counted = (await api.get(f"{RULES}/actions/actions_count", ids=rule_id)).json()["workflow_rules"][0]
    assert counted["conditions"][0]["instant_actions"]["actions_count"] == {"field_updates": 0, "tasks": 1}
    assert (await api.call("DELETE", f"{TASKS}/{key}")).json()["tasks"][0]["code"] == "NOT_ALLOWED"
    await api.call("DELETE", f"{RULES}/{rule_id}")
    reply = await send("PUT", f"{TASKS}/{key}", "tasks", {"name": "Call back"})
    assert reply.json()["tasks"][0]["code"] == "SUCCESS"
    assert [one["name"] for one in (await api.get(TASKS, module="Leads")).json()["tasks"]] == ["Call back"]
    assert (await api.call("DELETE", TASKS, params={"ids": key})).json()["tasks"][0]["code"] == "SUCCESS"
    assert (await api.get(TASKS)).status_code == 204


@pytest.mark.evidence("automation.tasks")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": None}, "MANDATORY_NOT_FOUND"),
        ({"module": {"api_name": "Nope"}}, "INVALID_DATA"),
        ({"field_mappings": None}, "MANDATORY_NOT_FOUND"),
        ({"field_mappings": [{"field": {"api_name": "Created_Time"}, "value": "x"}]}, "INVALID_DATA"),
        ({"field_mappings": [{"field": {"api_name": "What_Id"}, "value": "x"}]}, "INVALID_DATA"),
        ({"field_mappings": [{"field": {"api_name": "Due_Date"}, "value": "soon"}]}, "INVALID_DATA"),
        ({"field_mappings": [{"field": {"api_name": "Subject"}}]}, "MANDATORY_NOT_FOUND"),
        (
            {"field_mappings": [{"field": {"api_name": "Subject"}, "type": "merge_field", "value": "x"}]},
            "NOT_SUPPORTED",
        ),
    ],
)
async def test_an_automation_task_with_a_fault_is_not_kept(api, send, change, code):
    good = {"name": "Ring", "module": {"api_name": "Leads"}, "field_mappings": []}
    reply = await send("POST", TASKS, "tasks", {**good, **change})
    assert (reply.status_code, reply.json()["tasks"][0]["code"]) == (400, code)
    assert (await api.get(TASKS)).status_code == 204
