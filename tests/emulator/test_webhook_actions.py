"""Webhooks set up through the API: called by workflow rules, listed, counted, and told of when they fail."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl

import pytest

from zcrm_tools.emulator import deliveries

PATH = "/settings/automation/webhooks"
HOOK = {
    "name": "Tell sales",
    "module": {"api_name": "Leads"},
    "url": "https://hooks.example.com/zoho",
    "http_method": "POST",
    "headers": {
        "module_parameters": [{"name": "X-Lead", "value": "${!Leads.Id}"}],
        "custom_parameters": [{"name": "X-Key", "value": "secret"}],
    },
    "url_parameters": {"custom_parameters": [{"name": "a", "value": "b c"}]},
    "body": {"type": "raw", "format": "JSON", "raw_data_content": '{"who": "${!Leads.Last_Name}"}'},
}


@pytest.fixture
def sent(api):
    """The calls that left: (url, method, headers, body); the answer is 500 while `refuse` is in it."""
    calls: list[Any] = []

    def deliver(url, method, headers, body):
        calls.append((url, method, headers, body.decode()))
        return 500 if "refuse" in body.decode() else 200

    deliveries.courier_of(api.emulator.store).deliver = deliver
    return calls


@pytest.fixture
def send(api):
    async def call(method, row, path=PATH):
        return await api.call(method, path, json={"webhooks": [row]})

    return call


@pytest.fixture
def added(send):
    async def add(**changes):
        reply = await send("POST", {**HOOK, **changes})
        assert reply.status_code == 201, reply.text
        (item,) = reply.json()["webhooks"]
        assert item["message"] == "webhook created successfully"
        return item["details"]["id"]

    return add


@pytest.fixture
def fire(api):
    """Lets a rule call the webhook for a new lead; the lead's id."""

    async def create(hook, **lead):
        actions = {"actions": [{"id": hook, "type": "webhooks"}]}
        rule = {
            "name": "Tell",
            "module": {"api_name": "Leads"},
            "execute_when": {"type": "create", "details": {}},
            "conditions": [{"sequence_number": 1, "instant_actions": actions}],
        }
        path = "/settings/automation/workflow_rules"
        reply = await api.call("POST", path, json={"workflow_rules": [rule]})
        assert reply.status_code == 201, reply.text
        made = await api.write("POST", "/Leads", {"Last_Name": "Doe", "Company": "C", **lead})
        assert await asyncio.to_thread(deliveries.courier_of(api.emulator.store).settled)
        return made.json()["data"][0]["details"]["id"]

    return create


@pytest.mark.evidence("webhooks.actions")
async def test_a_rule_that_fires_calls_its_webhook_with_the_records_values(added, fire, sent):
    lead = await fire(await added())
    ((url, method, headers, body),) = sent
    assert (url, method) == ("https://hooks.example.com/zoho?a=b+c", "POST")
    assert (headers["X-Lead"], headers["X-Key"]) == (lead, "secret")
    assert headers["Content-Type"].startswith("application/json")
    assert body == '{"who": "Doe"}'


@pytest.mark.evidence("webhooks.actions")
async def test_a_form_is_sent_as_a_form(added, fire, sent):
    form = {
        "module_parameters": [{"name": "owner", "value": "${!Leads.Owner}"}],
        "custom_parameters": [{"name": "source", "value": "a&b"}],
    }
    await fire(await added(body={"type": "form_data", "form_data_content": form}))
    assert dict(parse_qsl(sent[0][3])) == {"owner": "Ada Admin", "source": "a&b"}


@pytest.mark.evidence("webhooks.settings")
async def test_webhooks_are_listed_shown_changed_and_deleted(api, added, send, fire, sent, refused):
    assert (await api.get(PATH)).status_code == 204
    hook = await added()
    (shown,) = (await api.get(PATH)).json()["webhooks"]
    assert (shown["id"], shown["associated"], "body" in shown) == (hook, False, False)
    assert (await api.get(PATH, module="Contacts")).status_code == 204
    (whole,) = (await api.get(f"{PATH}/{hook}")).json()["webhooks"]
    assert whole["body"] == HOOK["body"]
    changed = await send("PUT", {"http_method": "PUT"}, f"{PATH}/{hook}")
    assert changed.json()["webhooks"][0]["message"] == "webhook updated successfully"
    await send("PUT", {"id": hook, "name": "Other"})
    (whole,) = (await api.get(f"{PATH}/{hook}")).json()["webhooks"]
    assert (whole["http_method"], whole["name"]) == ("PUT", "Other")
    assert (await api.get(f"{PATH}/actions/associated_modules")).json()["associated_modules"][0][
        "api_name"
    ] == "Leads"
    await fire(hook)
    kept = await api.call("DELETE", f"{PATH}/{hook}")
    assert kept.json()["webhooks"][0]["code"] == "NOT_ALLOWED"
    free = await added(name="Free")
    gone = await api.call("DELETE", f"{PATH}?ids={free},{hook}")
    assert gone.status_code == 207
    assert (await api.get(f"{PATH}/{free}")).status_code == 204


@pytest.mark.evidence("webhooks.settings")
@pytest.mark.parametrize(
    ("change", "code", "at"),
    [
        ({"name": None}, "MANDATORY_NOT_FOUND", "name"),
        ({"name": "x" * 251}, "INVALID_DATA", "name"),
        ({"module": None}, "MANDATORY_NOT_FOUND", "module"),
        ({"module": {"api_name": "Notes"}}, "INVALID_DATA", "module"),
        ({"url": "nowhere"}, "INVALID_DATA", "url"),
        ({"url": "http://example.com/"}, "INVALID_DATA", "url"),
        ({"http_method": "BREW"}, "INVALID_DATA", "http_method"),
        ({"headers": []}, "INVALID_DATA", "headers"),
        ({"headers": {"custom_parameters": [{"name": "a"}]}}, "MANDATORY_NOT_FOUND", "value"),
        ({"headers": {"custom_parameters": [{"name": "a", "value": "1"}] * 2}}, "DUPLICATE_DATA", "name"),
        ({"body": {"type": "raw", "raw_data_content": "${!Deals.Stage}"}}, "INVALID_DATA", "value"),
        ({"body": {"type": "raw", "raw_data_content": "${!Leads.Nope}"}}, "INVALID_DATA", "value"),
    ],
)
async def test_a_webhook_with_a_fault_is_not_made(api, send, change, code, at):
    reply = await send("POST", {**HOOK, **change})
    assert reply.status_code == 400
    (item,) = reply.json()["webhooks"]
    assert (item["code"], item["details"]["api_name"]) == (code, at)
    assert (await api.get(PATH)).status_code == 204


@pytest.mark.evidence("webhooks.failures")
async def test_failed_calls_are_told_and_every_call_is_counted(api, added, fire, sent, refused):
    failures = "/settings/automation/webhook_failures"
    assert (await api.get(failures)).status_code == 204
    hook = await added()
    lead = await fire(hook, Last_Name="refuse")
    (one,) = (await api.get(failures)).json()["webhook_failures"]
    assert one["webhook"] == {"name": "Tell sales", "id": hook}
    assert (one["entity_details"]["id"], one["workflow_rule"]["name"]) == (lead, "Tell")
    assert one["failure_reason"] == "HTTP 500"
    usage = f"{PATH}/actions/usage_reports"
    assert refused(await api.get(usage), "REQUIRED_PARAM_MISSING") == {"param_name": "group_by"}
    (day,) = (await api.get(usage, group_by="date")).json()["data_usage"]
    assert (day["date"], day["count"], day["type"]) == ("2026-11-24", 1, "webhooks")
