"""Webhooks: what sets them off and what they send."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from zcrm_tools.emulator import deliveries, rules, transitions, webhooks
from zcrm_tools.emulator.app import open_emulator
from zcrm_tools.emulator.clock import FrozenClock

URL = "https://hooks.example.com/zoho"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def sent(api):
    """The calls that left: (url, method, headers, body)."""
    calls: list[Any] = []

    def deliver(url, method, headers, body):
        calls.append((url, method, headers, json.loads(body)))
        return 200

    deliveries.courier_of(api.emulator.store).deliver = deliver
    return calls


@pytest.fixture
def settled(api):
    async def wait() -> None:
        assert await asyncio.to_thread(deliveries.courier_of(api.emulator.store).settled)

    return wait


def hook(api, *triggers: str, **beside: Any) -> dict[str, Any]:
    given = {"url": URL, "module": "Leads", "triggers": list(triggers), **beside}
    return webhooks.define(api.emulator.store, given)


@pytest.mark.evidence("webhooks.payload")
async def test_a_created_changed_and_deleted_record_is_told(api, sent, settled):
    hook(api, "create", "update", "delete", token="webhook_verification_token")
    made = await api.write("POST", "/Leads", {"Last_Name": "Hooked", "Company": "C"})
    lead = made.json()["data"][0]["details"]["id"]
    await api.write("PUT", f"/Leads/{lead}", {"City": "Bonn"})
    await api.call("DELETE", f"/Leads/{lead}")
    await settled()
    assert [(url, method) for url, method, _, _ in sent] == [(URL, "POST")] * 3
    assert [body["operation"] for *_, body in sent] == ["create", "update", "delete"]
    assert sent[0][3] == {
        "module": "Leads",
        "operation": "create",
        "resource_uri": f"https://www.zohoapis.com/crm/v2/Leads/{lead}",
        "ids": [lead],
        "timestamp": "2026-11-24T09:00:00+00:00",
        "token": "webhook_verification_token",
    }


async def test_only_its_own_module_and_triggers_set_a_webhook_off(api, sent, settled):
    hook(api, "create")
    hook(api, "update", active=False)
    await api.write("PUT", f"/Leads/{api.ids['smith']}", {"City": "Bonn"})
    await api.write("POST", "/Accounts", {"Account_Name": "Other"})
    await settled()
    assert sent == []


async def test_criteria_decide_which_records_are_told(api, sent, settled):
    criteria = {"field": {"api_name": "City"}, "comparator": "equal", "value": "Bonn"}
    hook(api, "update", criteria=criteria)
    for city in ("Ulm", "Bonn", "Kiel"):
        await api.write("PUT", f"/Leads/{api.ids['smith']}", {"City": city})
    await settled()
    assert len(sent) == 1


async def test_a_body_of_ones_own_carries_values_of_the_record(api, sent, settled):
    body = {
        "text": "Hello ${Full_Name}, owned by ${Owner}",
        "revenue": "${Annual_Revenue}",
        "none": ["${City}"],
    }
    hook(api, "update", body=body, method="PUT", headers={"X-Key": "k"})
    await api.write("PUT", f"/Leads/{api.ids['smith']}", {"Phone": "1"})
    await settled()
    ((_, method, headers, found),) = sent
    assert method == "PUT"
    assert headers["X-Key"] == "k"
    assert found == {"text": "Hello Anna Smith, owned by Ada Admin", "revenue": 100_000, "none": [None]}


async def test_a_write_that_is_undone_is_not_told(api, sent, settled):
    hook(api, "create", "update")
    store = api.emulator.store
    writer = rules.Writer(store, api.ids["admin"], (8, 0))

    def undone() -> None:
        with store.transaction():
            rules.create(writer, store.modules["Leads"], {"Last_Name": "Undone", "Company": "C"}, "$")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    await settled()
    assert sent == []
    assert deliveries.log(store) == []


@pytest.mark.evidence("webhooks.triggers")
async def test_a_blueprint_transition_is_told_by_its_name(api, sent, settled):
    store = api.emulator.store
    moves = [
        {"name": "Call", "from": "New", "to": "Contacted"},
        {"name": "Drop", "from": "New", "to": "Junk Lead"},
    ]
    transitions.define(store, {"module": "Leads", "field": "Lead_Status", "transitions": moves})
    hook(api, "blueprint_transition", named="Call")
    hook(api, "blueprint_transition", named="Drop")
    process = (await api.get(f"/Leads/{api.ids['smith']}/actions/blueprint")).json()["blueprint"]
    (call,) = (one["id"] for one in process["transitions"] if one["name"] == "Call")
    reply = await api.call(
        "PUT",
        f"/Leads/{api.ids['smith']}/actions/blueprint",
        json={"blueprint": [{"transition_id": call, "data": {}}]},
    )
    assert reply.status_code == 200, reply.text
    await settled()
    ((*_, body),) = sent
    assert (body["operation"], body["ids"]) == ("blueprint_transition", [str(api.ids["smith"])])


@pytest.mark.evidence("webhooks.triggers")
@pytest.mark.parametrize("occasion", webhooks.OCCASIONS)
async def test_what_happens_besides_writes_is_told(api, sent, settled, occasion):
    hook(api, occasion)
    about = {"occasion": occasion, "module": "Leads", "id": str(api.ids["smith"]), "name": "Big deals"}
    webhooks.tell(api.emulator.store, about, by=api.ids["admin"])
    await settled()
    ((*_, body),) = sent
    assert (body["operation"], body["ids"]) == (occasion, [str(api.ids["smith"])])


@pytest.mark.evidence("webhooks.triggers")
async def test_a_schedule_follows_the_clock_until_it_is_removed(api, sent, settled):
    made = hook(api, "schedule", module=None, every=3600)
    await settled()
    assert sent == []
    api.emulator.clock.advance(timedelta(hours=2, minutes=30))
    await settled()
    assert [body["timestamp"] for *_, body in sent] == [
        "2026-11-24T10:00:00+00:00",
        "2026-11-24T11:00:00+00:00",
    ]
    assert sent[0][3]["ids"] == []
    assert webhooks.remove(api.emulator.store, int(made["id"]))
    api.emulator.clock.advance(timedelta(days=1))
    await settled()
    assert len(sent) == 2
    assert not webhooks.remove(api.emulator.store, int(made["id"]))


async def test_a_schedule_may_be_due_once(api, sent, settled):
    hook(api, "schedule", at="2026-11-25T08:00:00+00:00")
    api.emulator.clock.advance(timedelta(days=3))
    await settled()
    assert [body["timestamp"] for *_, body in sent] == ["2026-11-25T08:00:00+00:00"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://hooks.example.com"},
        {"url": 7},
        {"method": "TRACE"},
        {"triggers": []},
        {"triggers": ["read"]},
        {"module": "Nothing"},
        {"module": None},
        {"criteria": {"field": {"api_name": "Nothing"}, "comparator": "equal", "value": 1}},
        {"token": 7},
        {"headers": {"X": 1}},
        {"colour": "red"},
        {"triggers": ["schedule"]},
        {"triggers": ["schedule"], "every": 0},
        {"triggers": ["schedule"], "at": "2026-11-24T09:00:00+00:00"},
    ],
)
def test_a_definition_that_cannot_be_is_refused(api, wrong):
    with pytest.raises(webhooks.BadWebhook):
        webhooks.define(api.emulator.store, {"url": URL, "module": "Leads", "triggers": ["create"], **wrong})
    assert webhooks.listing(api.emulator.store) == []


def test_what_cannot_happen_is_refused(api):
    good = {"occasion": "approval_requested", "module": "Leads", "id": str(api.ids["smith"])}
    for wrong in ({"occasion": "create"}, {"module": "Deals"}, {"id": "1"}, {"id": None}):
        with pytest.raises(webhooks.BadWebhook):
            webhooks.tell(api.emulator.store, {**good, **wrong}, by=api.ids["admin"])


def test_a_call_that_waits_outlives_the_process(tmp_path, receiver):
    clock = FrozenClock(NOW)
    first = open_emulator(tmp_path / "org.db", seed="empty", clock=clock)
    definition = {"url": receiver.url, "triggers": ["schedule"], "at": "2026-11-24T10:00:00+00:00"}
    webhooks.define(first.store, definition)
    first.close()
    clock.advance(timedelta(hours=1))
    again = open_emulator(tmp_path / "org.db", seed="empty", clock=clock)
    assert deliveries.courier_of(again.store).settled()
    again.close()
    assert [body["operation"] for body in receiver.bodies] == ["schedule"]


async def test_the_control_plane_defines_shows_tells_and_removes(api, sent, settled):
    base = "/__emulator__"
    made = await api.http.post(
        f"{base}/webhooks", json={"url": URL, "module": "Leads", "triggers": ["approval_approved"]}
    )
    assert made.status_code == 201
    assert made.json()["base"] == "http://emulator.test"
    key = made.json()["id"]
    assert [one["id"] for one in (await api.http.get(f"{base}/webhooks")).json()["webhooks"]] == [key]
    about = {"occasion": "approval_approved", "module": "Leads", "id": str(api.ids["smith"])}
    assert (await api.http.post(f"{base}/occasions", json=about)).status_code == 200
    await settled()
    assert len(sent) == 1
    (line,) = (await api.http.get(f"{base}/deliveries")).json()["deliveries"]
    assert (line["state"], line["subject"]) == ("sent", key)
    assert (await api.http.delete(f"{base}/webhooks/{key}")).status_code == 200
    for reply, status in (
        (await api.http.delete(f"{base}/webhooks/{key}"), 404),
        (await api.http.post(f"{base}/webhooks", json={}), 400),
        (await api.http.post(f"{base}/occasions", json={}), 400),
        (await api.http.post(f"{base}/deliveries", json={"anywhere": 1}), 400),
    ):
        assert reply.status_code == status
        assert reply.json()["error"]
    courier = deliveries.courier_of(api.emulator.store)
    await api.http.post(f"{base}/deliveries", json={"anywhere": True})
    assert courier.deliver is deliveries.send_anywhere
    await api.http.post(f"{base}/deliveries", json={"anywhere": False})
    assert courier.deliver is deliveries.send


async def test_a_workflow_rule_that_fires_is_told_by_its_name(api, sent, settled):
    rule = {
        "name": "New leads",
        "module": {"api_name": "Leads"},
        "execute_when": {
            "type": "create",
            "details": {"trigger_module": {"api_name": "Leads"}, "repeat": False},
        },
        "conditions": [{"sequence_number": 1, "instant_actions": {"actions": []}, "criteria_details": None}],
    }
    reply = await api.call("POST", "/settings/automation/workflow_rules", json={"workflow_rules": [rule]})
    assert reply.status_code == 201, reply.text
    hook(api, "workflow_rule", named="New leads")
    hook(api, "workflow_rule", named="Other")
    await api.write("POST", "/Leads", {"Last_Name": "Ruled", "Company": "C"})
    await settled()
    assert [body["operation"] for *_, body in sent] == ["workflow_rule"]


@pytest.fixture
def receiver():
    """A server on a socket that takes calls."""
    found = SimpleNamespace(bodies=[], url="")

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self):
            found.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Taking)
    found.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()
