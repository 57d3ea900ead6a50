"""Notification channels: `/actions/watch` and the calls that follow from it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from zcrm_tools.emulator import deliveries
from zcrm_tools.emulator.access import EVERYTHING
from zcrm_tools.emulator.grants import Holder

HOOK = "http://127.0.0.1:9/hook?key=1"


@pytest.fixture
def sent(api):
    """What left the emulator: (url, body), filled by `settled`."""
    calls: list[tuple[str, dict[str, Any]]] = []

    def deliver(url, method, headers, body):
        assert method == "POST"
        assert headers["Content-Type"].startswith("application/json")
        calls.append((url, json.loads(body)))
        return 200

    deliveries.courier_of(api.emulator.store).deliver = deliver
    return calls


async def settled(api) -> None:
    assert await asyncio.to_thread(deliveries.courier_of(api.emulator.store).settled)


def an_hour_later(api) -> None:
    """The token has expired as well."""
    api.emulator.clock.advance(timedelta(hours=1))
    holder = Holder(api.emulator.credentials.client_id, api.ids["admin"], EVERYTHING)
    token = api.emulator.grants.issue(holder).access_token
    api.http.headers["Authorization"] = f"Zoho-oauthtoken {token}"


async def watch(api, method="POST", **channel):
    given = {"channel_id": "1000000068001", "events": ["Leads.all"], "notify_url": HOOK, **channel}
    body = {"watch": [{key: value for key, value in given.items() if value is not ...}]}
    return await api.call(method, "/actions/watch", json=body)


@pytest.mark.evidence("notifications.subscribe")
async def test_subscribing_answers_with_one_event_a_module(api):
    reply = await watch(api, events=["Deals.all", "Leads.create"], token="T")
    assert reply.status_code == 201
    (item,) = reply.json()["watch"]
    assert item["code"] == "SUCCESS"
    assert item["message"] == "Successfully subscribed for actions-watch of the given module"
    assert [event["resource_name"] for event in item["details"]["events"]] == ["Deals", "Leads"]
    assert item["details"]["events"][0] == {
        "channel_expiry": "2026-11-24T10:00:00+00:00",
        "resource_uri": "http://emulator.test/crm/v2/Deals",
        "resource_id": str(api.emulator.store.modules["Deals"].id),
        "resource_name": "Deals",
        "channel_id": "1000000068001",
    }


@pytest.mark.evidence("notifications.details")
async def test_subscriptions_are_shown_until_they_expire(api):
    assert (await api.get("/actions/watch")).status_code == 204
    await watch(api, events=["Leads.edit"], token="T")
    body = (await api.get("/actions/watch", channel_id="1000000068001")).json()
    assert body["info"] == {"per_page": 200, "count": 1, "page": 1, "more_records": False}
    (one,) = body["watch"]
    assert one["events"] == ["Leads.edit"]
    assert one["token"] == "T"
    assert one["notify_url"] == HOOK
    assert one["notify_on_related_action"] is True
    assert one["return_affected_field_values"] is False
    assert one["fields"] is None
    assert one["notification_condition"] is None
    assert (await api.get("/actions/watch", module="Deals")).status_code == 204
    an_hour_later(api)
    assert (await api.get("/actions/watch")).status_code == 204


@pytest.mark.evidence("notifications.expiry")
@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (..., "2026-11-24T10:00:00+00:00"),
        ("2026-11-25T09:00:00+00:00", "2026-11-25T09:00:00+00:00"),
        ("2026-12-01T09:00:00+00:00", "2026-12-01T09:00:00+00:00"),
        ("2026-12-01T09:00:01+00:00", "2026-11-24T10:00:00+00:00"),
    ],
)
async def test_a_channel_lives_a_week_at_most_and_an_hour_otherwise(api, asked, granted):
    reply = await watch(api, channel_expiry=asked)
    assert reply.json()["watch"][0]["details"]["events"][0]["channel_expiry"] == granted


@pytest.mark.evidence("notifications.callback")
async def test_created_changed_and_deleted_records_are_told(api, sent):
    await watch(api, token="T")
    made = await api.write("POST", "/Leads", {"Last_Name": "Told", "Company": "C"})
    lead = made.json()["data"][0]["details"]["id"]
    await api.write("PUT", f"/Leads/{lead}", {"Phone": "123456789"})
    await api.call("DELETE", f"/Leads/{lead}")
    await settled(api)
    assert [url for url, _ in sent] == [HOOK] * 3
    assert [body["operation"] for _, body in sent] == ["insert", "update", "delete"]
    first, second, _ = (body for _, body in sent)
    assert first == {
        "server_time": 1795510800000,
        "query_params": {"key": "1"},
        "module": "Leads",
        "resource_uri": "http://emulator.test/crm/v2/Leads",
        "ids": [lead],
        "affected_fields": [],
        "operation": "insert",
        "channel_id": "1000000068001",
        "token": "T",
    }
    assert second["affected_fields"] == [{lead: ["Phone"]}]


@pytest.mark.evidence("notifications.affected-values")
async def test_values_are_sent_when_they_were_asked_for(api, sent):
    await watch(api, return_affected_field_values=True)
    await api.write(
        "PUT", f"/Leads/{api.ids['smith']}", {"Mobile": "123", "Owner": {"id": str(api.ids["seller"])}}
    )
    await settled(api)
    ((_, body),) = sent
    (affected,) = body["affected_values"]
    assert affected["record_id"] == str(api.ids["smith"])
    assert affected["values"]["Mobile"] == "123"
    assert affected["values"]["Owner"]["id"] == str(api.ids["seller"])


async def test_only_the_watched_operations_of_the_watched_module_are_told(api, sent):
    await watch(api, events=["Leads.create"])
    await api.write("PUT", f"/Leads/{api.ids['smith']}", {"Mobile": "123"})
    await api.write("POST", "/Accounts", {"Account_Name": "Other"})
    await settled(api)
    assert sent == []


@pytest.mark.evidence("notifications.expiry")
async def test_an_expired_channel_tells_nothing(api, sent):
    await watch(api)
    an_hour_later(api)
    await api.write("PUT", f"/Leads/{api.ids['smith']}", {"Mobile": "123"})
    await settled(api)
    assert sent == []


async def test_a_refused_row_tells_nothing(api, sent):
    await watch(api)
    reply = await api.write("POST", "/Leads", {"Company": "No name"}, {"Last_Name": "Good", "Company": "C"})
    assert reply.status_code == 207
    await settled(api)
    assert len(sent) == 1


def condition(api, *group, operator="or", **module):
    given = module or {"api_name": "Deals", "id": str(api.emulator.store.modules["Deals"].id)}
    selection = {"group_operator": operator, "group": list(group)}
    return [{"type": "field_selection", "module": given, "field_selection": selection}]


def field(name):
    return {"field": {"api_name": name}}


@pytest.mark.evidence("notifications.condition")
async def test_a_field_selection_decides_which_changes_are_told(api, sent):
    both = {"group_operator": "and", "group": [field("Lead_Source"), field("Type")]}
    reply = await watch(
        api, events=["Deals.edit"], notification_condition=condition(api, field("Stage"), both)
    )
    assert reply.status_code == 201
    deal = f"/Deals/{api.ids['pumps']}"
    await api.write("PUT", deal, {"Description": "no"})
    await api.write("PUT", deal, {"Lead_Source": "Trade Show"})
    await settled(api)
    assert sent == []
    await api.write("PUT", deal, {"Lead_Source": "Cold Call", "Type": "New Business"})
    await api.write("PUT", deal, {"Stage": "Closed Won"})
    await settled(api)
    assert len(sent) == 2
    shown = (await api.get("/actions/watch")).json()["watch"][0]["notification_condition"][0]
    stage = api.emulator.store.modules["Deals"].fields["Stage"]
    assert shown["field_selection"]["group"][0] == {
        "field": {"api_name": "Stage", "id": str(stage.id)},
        "group_operator": None,
        "group": None,
    }


@pytest.mark.evidence("notifications.errors")
@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"channel_id": ...}, "MANDATORY_NOT_FOUND", "$.watch[0].channel_id"),
        ({"channel_id": "abc"}, "INVALID_DATA", "$.watch[0].channel_id"),
        ({"events": ...}, "MANDATORY_NOT_FOUND", "$.watch[0].events"),
        ({"events": []}, "INVALID_DATA", "$.watch[0].events"),
        ({"events": ["Leads.read"]}, "INVALID_DATA", "$.watch[0].events[0]"),
        ({"events": ["Nothing.all"]}, "INVALID_DATA", "$.watch[0].events[0]"),
        ({"notify_url": ...}, "MANDATORY_NOT_FOUND", "$.watch[0].notify_url"),
        ({"notify_url": "ftp://x"}, "INVALID_DATA", "$.watch[0].notify_url"),
        ({"token": "x" * 51}, "INVALID_DATA", "$.watch[0].token"),
        ({"token": 7}, "INVALID_DATA", "$.watch[0].token"),
        ({"channel_expiry": "tomorrow"}, "INVALID_DATA", "$.watch[0].channel_expiry"),
        ({"channel_expiry": "2026-11-24T08:00:00Z"}, "INVALID_DATA", "$.watch[0].channel_expiry"),
        ({"return_affected_field_values": "yes"}, "INVALID_DATA", "$.watch[0].return_affected_field_values"),
    ],
)
async def test_a_faulty_subscription_is_refused(api, change, code, path):
    reply = await watch(api, **change)
    assert reply.status_code == 400
    (item,) = reply.json()["watch"]
    assert item["code"] == code, item
    assert item["details"]["json_path"] == path
    assert (await api.get("/actions/watch")).status_code == 204


@pytest.mark.evidence("notifications.errors")
async def test_faulty_conditions_are_refused(api):
    leads = str(api.emulator.store.modules["Leads"].id)
    where = "$.watch[0].notification_condition[0]"
    good = condition(api, field("Stage"))[0]
    for given, code in (
        ({**good, "type": "other"}, "INVALID_DATA"),
        ({key: good[key] for key in ("module", "field_selection")}, "DEPENDENT_FIELD_MISSING"),
        ({"module": good["module"]}, "MANDATORY_NOT_FOUND"),
        ({key: good[key] for key in ("type", "field_selection")}, "MANDATORY_NOT_FOUND"),
        ({**good, "module": {}}, "EXPECTED_FIELD_MISSING"),
        ({**good, "module": {"api_name": "Deals", "id": leads}}, "AMBIGUITY_DURING_PROCESSING"),
        ({**good, "module": {"api_name": "Leads"}}, "INVALID_DATA"),
        (condition(api, field("Nothing"))[0], "INVALID_DATA"),
        (condition(api, field("Stage"), operator="xor")[0], "INVALID_DATA"),
        (condition(api, *[field("Stage")] * 11)[0], "INVALID_DATA"),
    ):
        reply = await watch(api, events=["Deals.edit"], notification_condition=[given])
        (item,) = reply.json()["watch"]
        assert (reply.status_code, item["code"]) == (400, code), given
        assert where in json.dumps(item["details"])


@pytest.mark.evidence("notifications.subscribe")
async def test_entries_are_answered_one_by_one(api):
    good = {"channel_id": "1", "events": ["Leads.all"], "notify_url": HOOK}
    reply = await api.call("POST", "/actions/watch", json={"watch": [good, {**good, "events": ["X.all"]}]})
    assert reply.status_code == 207
    assert [item["status"] for item in reply.json()["watch"]] == ["success", "error"]
    for body in ({}, {"watch": []}, {"watch": {}}, {"watch": [7]}):
        assert (await api.call("POST", "/actions/watch", json=body)).status_code == 400


@pytest.mark.evidence("notifications.replace")
async def test_put_keeps_what_is_given_and_drops_the_rest(api):
    await watch(api, events=["Leads.all", "Deals.create"], token="T")
    reply = await watch(api, "PUT", events=["Leads.edit"])
    assert reply.status_code == 200
    (one,) = (await api.get("/actions/watch")).json()["watch"]
    assert one["events"] == ["Leads.edit"]
    assert one["token"] is None


@pytest.mark.evidence("notifications.change")
async def test_patch_adds_events_and_keeps_the_rest(api):
    await watch(api, events=["Leads.create"], token="T")
    reply = await watch(api, "PATCH", events=["Leads.edit", "Deals.delete"], notify_url=...)
    assert reply.json()["watch"][0]["message"] == "Successfully updated the subscribe details"
    shown = (await api.get("/actions/watch")).json()["watch"]
    assert {one["resource_name"]: one["events"] for one in shown} == {
        "Leads": ["Leads.edit", "Leads.create"],
        "Deals": ["Deals.delete"],
    }
    assert {one["token"] for one in shown} == {"T"}


@pytest.mark.evidence("notifications.remove-events")
async def test_patch_with_delete_events_takes_events_away(api):
    await watch(api, events=["Leads.all", "Deals.create"])
    reply = await watch(api, "PATCH", events=["Leads.delete", "Deals.create"], _delete_events=True)
    (item,) = reply.json()["watch"]
    assert item["message"] == "Successfully removed the subscribe details"
    assert [event["resource_name"] for event in item["details"]["events"]] == ["Leads", "Deals"]
    assert "channel_expiry" not in item["details"]["events"][0]
    (one,) = (await api.get("/actions/watch")).json()["watch"]
    assert one["events"] == ["Leads.edit", "Leads.create"]


@pytest.mark.evidence("notifications.disable")
async def test_a_channel_is_ended_with_all_its_modules(api, refused):
    await watch(api, events=["Leads.all", "Deals.create"])
    refused(await api.call("DELETE", "/actions/watch"), "REQUIRED_PARAM_MISSING")
    reply = await api.call("DELETE", "/actions/watch", params={"channel_ids": "1000000068001,5"})
    assert reply.status_code == 207
    first, second, third = reply.json()["watch"]
    assert first["message"] == second["message"] == "Successfully un-subscribed from actions-watch"
    assert sorted(first["details"]) == ["channel_id", "resource_id", "resource_uri"]
    assert third["code"] == "NOT_SUBSCRIBED"
    assert (await api.get("/actions/watch")).status_code == 204


@pytest.mark.evidence("notifications.not-subscribed")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_channel_that_is_not_there_cannot_be_changed(api, method):
    reply = await watch(api, method)
    assert reply.status_code == 400
    assert reply.json()["watch"][0]["code"] == "NOT_SUBSCRIBED"


async def test_a_failed_call_is_recorded_and_made_once(api):
    def broken(url, method, headers, body):
        raise ConnectionRefusedError("nobody there")

    deliveries.courier_of(api.emulator.store).deliver = broken
    await watch(api)
    await api.write("PUT", f"/Leads/{api.ids['smith']}", {"Mobile": "123"})
    await settled(api)
    (line,) = deliveries.log(api.emulator.store)
    assert (line["state"], line["kind"], line["subject"]) == ("failed", "notification", "1000000068001")
    assert "nobody there" in line["error"]


async def test_other_machines_are_not_called_unless_allowed(api):
    await watch(api, notify_url="https://www.zohoapis.com/notify")
    await api.write("PUT", f"/Leads/{api.ids['smith']}", {"Mobile": "123"})
    await settled(api)
    (line,) = deliveries.log(api.emulator.store)
    assert line["state"] == "failed"
    assert "this machine only" in line["error"]


async def test_a_call_really_arrives(api, receiver):
    await watch(api, notify_url=receiver.url)
    await api.write("PUT", f"/Leads/{api.ids['smith']}", {"Mobile": "123"})
    await settled(api)
    (body,) = receiver.bodies
    assert body["affected_fields"] == [{str(api.ids["smith"]): ["Mobile"]}]
    (line,) = deliveries.log(api.emulator.store)
    assert (line["state"], line["status"]) == ("sent", 200)


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
