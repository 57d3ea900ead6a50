"""Bulk read: jobs that follow the clock, criteria, and the files they make."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import httpx
import pytest

from zcrm_tools.emulator import bulk, bulk_reads, deliveries
from zcrm_tools.emulator.access import EVERYTHING
from zcrm_tools.emulator.grants import Holder


async def bulk_call(api, method: str, path: str, **kwargs: Any) -> httpx.Response:
    return await api.http.request(method, f"/crm/bulk/v8{path}", **kwargs)


async def start(api, query: Any, **beside: Any) -> httpx.Response:
    return await bulk_call(api, "POST", "/read", json={"query": query, **beside})


async def done(api, query: Any, **beside: Any) -> dict[str, Any]:
    """The details of a finished job."""
    reply = await start(api, query, **beside)
    assert reply.status_code == 201, reply.text
    job = reply.json()["data"][0]["details"]["id"]
    api.emulator.clock.advance(timedelta(seconds=3))
    found: dict[str, Any] = (await bulk_call(api, "GET", f"/read/{job}")).json()["data"][0]
    assert found["state"] == "COMPLETED", found
    return found


async def rows(api, query: Any) -> list[dict[str, str]]:
    """The lines of the file a query makes."""
    job = await done(api, query)
    api.emulator.clock.advance(timedelta(minutes=1))  # of downloads ten a minute are allowed
    reply = await api.http.get(job["result"]["download_url"])
    assert reply.headers["content-type"] == "application/zip"
    assert reply.headers["content-disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        assert archive.namelist() == [f"{job['id']}.csv"]
        found = list(csv.DictReader(io.StringIO(archive.read(f"{job['id']}.csv").decode())))
    assert len(found) == job["result"]["count"]
    return found


def criterion(name: str, comparator: str, value: Any) -> dict[str, Any]:
    return {"field": {"api_name": name}, "comparator": comparator, "value": value}


async def names(api, module: str, *criteria: Any, operator: str = "and") -> list[str]:
    given = criteria[0] if len(criteria) == 1 else {"group": list(criteria), "group_operator": operator}
    name = api.emulator.store.modules[module].display_field
    query = {"module": {"api_name": module}, "fields": [name], "criteria": given}
    return [row[name] for row in await rows(api, query)]


@pytest.mark.evidence("bulk-read.create", "bulk-read.states")
async def test_a_job_moves_through_its_states_with_the_clock(api):
    reply = await start(api, {"module": {"api_name": "Leads"}})
    body = reply.json()
    assert reply.status_code == 201
    assert body["info"] == {}
    (item,) = body["data"]
    assert (item["code"], item["message"]) == ("ADDED_SUCCESSFULLY", "Added successfully.")
    details = item["details"]
    assert details["operation"] == "read"
    assert details["state"] == "ADDED"
    assert details["created_by"] == {"id": str(api.ids["admin"]), "name": "Ada Admin"}
    assert details["created_time"] == "2026-11-24T09:00:00+00:00"
    states = []
    for _ in range(4):
        job = (await bulk_call(api, "GET", f"/read/{details['id']}")).json()["data"][0]
        states.append(job["state"])
        assert ("result" in job) == (job["state"] == "COMPLETED")
        api.emulator.clock.advance(timedelta(seconds=1))
    assert states == ["ADDED", "QUEUED", "IN PROGRESS", "COMPLETED"]
    assert job["result"] == {
        "page": 1,
        "per_page": 200_000,
        "count": 4,
        "download_url": f"/crm/bulk/v8/read/{details['id']}/result",
        "more_records": False,
    }
    module = api.emulator.store.modules["Leads"]
    assert job["query"] == {"module": {"id": str(module.id), "api_name": "Leads"}, "page": 1}
    assert job["file_type"] == "csv"


async def test_jobs_finish_at_once_when_the_org_is_set_so(api):
    api.emulator.store.set_meta(bulk.AT_ONCE, 1)
    reply = await start(api, {"module": {"api_name": "Leads"}})
    job = reply.json()["data"][0]["details"]["id"]
    assert (await bulk_call(api, "GET", f"/read/{job}")).json()["data"][0]["state"] == "COMPLETED"


@pytest.mark.evidence("bulk-read.file")
async def test_the_file_has_the_fields_asked_for_and_always_the_id(api):
    fields = [
        "Last_Name",
        "Owner",
        "Owner.last_name",
        "Account_Name",
        "Account_Name.Account_Name",
        "Created_Time",
    ]
    found = await rows(api, {"module": {"api_name": "Contacts"}, "fields": fields})
    assert list(found[0]) == ["id", *fields]
    assert found[0]["id"] == str(api.ids["boyle"])
    assert found[0]["Owner"] == str(api.ids["admin"])
    assert found[0]["Owner.last_name"] == "Admin"
    assert found[0]["Account_Name"] == str(api.ids["acme"])
    assert found[0]["Account_Name.Account_Name"] == "Acme Works"
    assert found[0]["Created_Time"].endswith("+00:00")


@pytest.mark.evidence("bulk-read.all-fields")
async def test_without_fields_the_file_has_them_all(api):
    found = await rows(api, {"module": {"api_name": "Leads"}})
    assert {"id", "Last_Name", "Company", "Description", "Converted__s"} <= found[0].keys()
    assert [row["Converted__s"] for row in found] == ["false", "false", "false", "true"]


@pytest.mark.evidence("bulk-read.comparators")
async def test_every_comparator_of_text_picks_its_records(api):
    for comparator, value, expected in (
        ("equal", "Smith", ["Smith"]),
        ("not_equal", "Smith", ["Smithson", "Ünal", "Gone"]),
        ("in", ["Smith", "Gone"], ["Smith", "Gone"]),
        ("not_in", ["Smith", "Gone"], ["Smithson", "Ünal"]),
        ("contains", "mit", ["Smith", "Smithson"]),
        ("not_contains", "mit", ["Ünal", "Gone"]),
        ("starts_with", "Go", ["Gone"]),
        ("ends_with", "son", ["Smithson"]),
    ):
        found = await names(api, "Leads", criterion("Last_Name", comparator, value))
        full = [name.partition(" ")[2] for name in found]
        assert full == expected, comparator
    found = await names(api, "Leads", criterion("Phone", "equal", "${EMPTY}"))
    assert found == ["Bo Smithson", "Di Gone"]
    assert await names(api, "Leads", criterion("Phone", "not_equal", "${EMPTY}")) == ["Anna Smith", "Cy Ünal"]


@pytest.mark.evidence("bulk-read.comparators")
async def test_every_comparator_of_numbers_picks_its_records(api):
    for comparator, value, expected in (
        ("equal", 1000, ["Pumps"]),
        ("not_equal", 1000, ["Valves", "Hoses"]),
        ("in", [1000, 5000.25], ["Pumps", "Valves"]),
        ("not_in", [1000], ["Valves", "Hoses"]),
        ("less_than", 5000.25, ["Pumps"]),
        ("less_equal", 5000.25, ["Pumps", "Valves"]),
        ("greater_than", 1000, ["Valves"]),
        ("greater_equal", "1000", ["Pumps", "Valves"]),
        ("equal", "${EMPTY}", ["Hoses"]),
    ):
        assert await names(api, "Deals", criterion("Amount", comparator, value)) == expected, comparator


@pytest.mark.evidence("bulk-read.comparators")
async def test_every_comparator_of_dates_lookups_and_booleans_picks_its_records(api):
    for name, comparator, value, expected in (
        ("Closing_Date", "equal", "2026-11-01", ["Valves"]),
        ("Closing_Date", "between", ["2026-10-01", "2026-11-01"], ["Valves", "Hoses"]),
        ("Closing_Date", "not_between", ["2026-10-01", "2026-11-01"], ["Pumps"]),
        ("Closing_Date", "greater_than", "2026-11-01", ["Pumps"]),
        ("Closing_Date", "less_equal", "2026-11-01", ["Valves", "Hoses"]),
        ("Created_Time", "greater_equal", "2020-01-01T00:00:00+00:00", ["Pumps", "Valves", "Hoses"]),
        ("Created_Time", "less_than", "2020-01-01T00:00:00+00:00", []),
        ("Account_Name", "equal", str(api.ids["acme"]), ["Pumps"]),
        ("Account_Name", "not_in", [str(api.ids["acme"])], ["Valves", "Hoses"]),
        ("Account_Name.Account_Name", "starts_with", "Bolt", ["Valves", "Hoses"]),
        ("Owner.last_name", "equal", "Admin", ["Pumps", "Valves", "Hoses"]),
    ):
        assert await names(api, "Deals", criterion(name, comparator, value)) == expected, (name, comparator)
    assert await names(api, "Leads", criterion("$converted", "equal", True)) == ["Di Gone"]
    assert len(await names(api, "Leads", criterion("Converted__s", "equal", "false"))) == 3


@pytest.mark.evidence("bulk-read.groups")
async def test_groups_nest(api):
    inner = {
        "group": [criterion("Amount", "equal", 1000), criterion("Amount", "equal", "${EMPTY}")],
        "group_operator": "OR",
    }
    found = await names(api, "Deals", criterion("Stage", "equal", "Closed Won"), inner)
    assert found == ["Hoses"]
    assert await names(api, "Deals", criterion("Amount", "equal", 1), inner, operator="or") == [
        "Pumps",
        "Hoses",
    ]


@pytest.mark.evidence("bulk-read.cvid")
async def test_a_custom_view_and_criteria_both_hold(api):
    module = api.emulator.store.modules["Leads"]
    query = {"module": {"api_name": "Leads"}, "fields": ["Last_Name"], "cvid": str(module.view_id)}
    assert [row["Last_Name"] for row in await rows(api, query)] == ["Smith", "Smithson", "Ünal"]
    query["criteria"] = criterion("Last_Name", "starts_with", "Smith")
    job = await done(api, query)
    assert job["result"]["count"] == 2
    assert job["query"]["cvid"] == str(module.view_id)
    field = module.fields["Last_Name"]
    assert job["query"]["criteria"]["field"] == {"api_name": "Last_Name", "id": str(field.id)}


@pytest.mark.evidence("bulk-read.pages", "bulk-read.page-token")
async def test_pages_follow_by_number_and_by_token(api, refused):
    api.emulator.store.set_meta(bulk_reads.PAGE_SIZE, 3)
    query = {"module": {"api_name": "Leads"}, "fields": ["Last_Name"]}
    first = await done(api, query)
    assert (first["result"]["count"], first["result"]["more_records"]) == (3, True)
    second = await done(api, {**query, "page": 2})
    assert (second["result"]["count"], second["result"]["more_records"]) == (1, False)
    assert "next_page_token" not in second["result"]
    token = first["result"]["next_page_token"]
    third = await done(api, {"page_token": token})
    assert third["result"] == {**second["result"], "download_url": third["result"]["download_url"]}
    assert third["query"] == second["query"]
    details = refused(await start(api, {"page_token": "nonsense"}), "INVALID_REQUEST")
    assert details["json_path"] == "$.query.page_token"
    sign_in_later(api, timedelta(hours=24))
    refused(await start(api, {"page_token": token}), "EXPIRED_VALUE")


def sign_in_later(api, by: timedelta, user: str = "admin") -> None:
    api.emulator.clock.advance(by)
    holder = Holder(api.emulator.credentials.client_id, api.ids[user], EVERYTHING)
    token = api.emulator.grants.issue(holder).access_token
    api.http.headers["Authorization"] = f"Zoho-oauthtoken {token}"


@pytest.mark.evidence("bulk-read.page-token")
async def test_a_page_token_is_its_users_alone(api, refused):
    api.emulator.store.set_meta(bulk_reads.PAGE_SIZE, 3)
    job = await done(api, {"module": {"api_name": "Leads"}})
    sign_in_later(api, timedelta(), "seller")
    refused(await start(api, {"page_token": job["result"]["next_page_token"]}), "INVALID_REQUEST")


@pytest.mark.evidence("bulk-read.ics")
async def test_events_are_exported_as_a_calendar(api, refused):
    title = "Visit; bring pumps, " + "and hoses " * 10
    made = await api.write(
        "POST",
        "/Events",
        {
            "Event_Title": title,
            "Start_DateTime": "2026-12-01T10:00:00+01:00",
            "End_DateTime": "2026-12-01T11:00:00+01:00",
        },
    )
    assert made.status_code == 201, made.text
    job = await done(api, {"module": {"api_name": "Events"}}, file_type="ics")
    assert job["file_type"] == "ics"
    reply = await api.http.get(job["result"]["download_url"])
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        text = archive.read(f"{job['id']}.ics").decode()
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = text.replace("\r\n ", "").split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert "DTSTART:20261201T090000Z" in lines
    assert "SUMMARY:" + title.strip().replace(";", "\\;").replace(",", "\\,") in [
        line.strip() for line in lines
    ]
    refused(await start(api, {"module": {"api_name": "Leads"}}, file_type="ics"), "QUERY_NOT_SUPPORTED")
    with_fields = {"module": {"api_name": "Events"}, "fields": ["Event_Title"]}
    refused(await start(api, with_fields, file_type="ics"), "QUERY_NOT_SUPPORTED")


LEADS = {"module": {"api_name": "Leads"}}


@pytest.mark.evidence("bulk-read.errors")
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"module": {"api_name": "Nothing"}}, "MODULE_NOT_AVAILABLE"),
        ({}, "MODULE_NOT_AVAILABLE"),
        ({"module": {"api_name": "Notes"}}, "MODULE_NOT_SUPPORTED"),
        ({**LEADS, "fields": ["Nothing"]}, "FIELD_NOT_AVAILABLE"),
        ({**LEADS, "fields": ["Owner.nothing"]}, "FIELD_NOT_AVAILABLE"),
        ({"module": {"api_name": "Quotes"}, "fields": ["Quoted_Items"]}, "FIELD_NOT_SUPPORTED"),
        ({**LEADS, "fields": "Last_Name"}, "INVALID_REQUEST"),
        ({**LEADS, "page": 501}, "PAGE_RANGE_EXCEEDED"),
        ({**LEADS, "page": 0}, "PAGE_RANGE_EXCEEDED"),
        ({**LEADS, "cvid": "1"}, "CVID_NOT_SUPPORTED"),
        ("Leads", "INVALID_REQUEST"),
    ],
)
async def test_a_faulty_query_is_refused(api, refused, query, code):
    refused(await start(api, query), code)


@pytest.mark.evidence("bulk-read.criteria-errors")
@pytest.mark.parametrize(
    ("criteria", "code"),
    [
        ([], "INVALID_CRITERIA"),
        ({}, "INVALID_CRITERIA"),
        ({"field": {"api_name": "Last_Name"}, "comparator": "equal"}, "INVALID_CRITERIA"),
        (criterion("Last_Name", "equals", "x"), "INVALID_CRITERIA"),
        ({**criterion("Last_Name", "equal", "x"), "group": []}, "AMBIGUOUS_CRITERIA"),
        ({"group": [criterion("Last_Name", "equal", "x")]}, "AMBIGUOUS_GROUP_IN_CRITERIA"),
        ({"group": [], "group_operator": "and"}, "AMBIGUOUS_GROUP_IN_CRITERIA"),
        (
            {"group": [criterion("Last_Name", "equal", "x")], "group_operator": "xor"},
            "GROUP_OPERATOR_NOT_SUPPORTED",
        ),
        (criterion("Nothing", "equal", "x"), "FIELD_IN_CRITERIA_NOT_AVAILABLE"),
        (criterion("Tag", "equal", "x"), "FIELD_IN_CRITERIA_NOT_SUPPORTED"),
        (criterion("Last_Name", "between", ["a", "b"]), "FIELD_AND_COMPARATOR_IN_CRITERIA_NOT_COMPATIBLE"),
        (criterion("Converted__s", "not_equal", True), "FIELD_AND_COMPARATOR_IN_CRITERIA_NOT_COMPATIBLE"),
        (criterion("Annual_Revenue", "equal", "much"), "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (criterion("Owner", "equal", "Ada"), "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (criterion("Last_Name", "in", "x"), "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (criterion("Last_Name", "equal", ["x"]), "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (
            criterion("Created_Time", "between", ["2026-01-01T00:00:00Z"]),
            "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE",
        ),
        (criterion("Last_Name", "contains", "${EMPTY}"), "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (criterion("Last_Name", "equal", "${TODAY}"), "VALUE_IN_CRITERIA_NOT_SUPPORTED"),
        (criterion("Last_Name", "equal", {"id": "1"}), "VALUE_TYPE_NOT_SUPPORTED"),
        (criterion("Last_Name", "equal", "x" * 256), "VALUE_LIMIT_EXCEEDED_IN_CRITERIA"),
        (
            {"group": [criterion("Last_Name", "equal", "x")] * 26, "group_operator": "or"},
            "CRITERIA_LIMIT_EXCEEDED",
        ),
    ],
)
async def test_faulty_criteria_are_refused(api, refused, criteria, code):
    refused(await start(api, {**LEADS, "criteria": criteria}), code)


@pytest.mark.evidence("bulk-read.errors")
async def test_too_many_joins_are_refused(api, refused):
    lookups = ["Owner", "Account_Name", "Contact_Name", "Campaign_Source", "Created_By", "Modified_By"]
    deep = [f"Account_Name.{name}" for name in ("Owner", "Parent_Account", "Created_By", "Modified_By")]
    deeper = [
        f"{name}.{more}"
        for name in ("Contact_Name", "Account_Name.Parent_Account")
        for more in (
            "Owner",
            "Created_By",
            "Modified_By",
            "Account_Name" if name == "Contact_Name" else "Parent_Account",
        )
    ]
    fields = [f"{name}.id" for name in (*lookups, *deep, *deeper)]
    query = {"module": {"api_name": "Deals"}, "fields": fields}
    refused(await start(api, query), "JOIN_LIMIT_EXCEEDED")
    assert (await start(api, {**query, "fields": fields[:15]})).status_code == 201


@pytest.mark.evidence("bulk-read.errors")
async def test_a_body_that_cannot_be_read_is_refused(api, refused):
    json_type = {"Content-Type": "application/json"}
    refused(await bulk_call(api, "POST", "/read", content=b"{}"), "MEDIA_TYPE_NOT_SUPPORTED", 415)
    refused(await bulk_call(api, "POST", "/read", content=b"", headers=json_type), "REQUEST_BODY_IS_EMPTY")
    refused(
        await bulk_call(api, "POST", "/read", content=b"[", headers=json_type), "REQUEST_BODY_NOT_READABLE"
    )
    refused(await start(api, LEADS, callback={"url": "nowhere", "method": "post"}), "INVALID_CALLBACK_URL")
    refused(
        await start(api, LEADS, callback={"url": "https://x.example", "method": "put"}),
        "INVALID_CALLBACK_METHOD",
    )
    refused(await start(api, LEADS, file_type="pdf"), "INVALID_REQUEST")


@pytest.mark.evidence("bulk-read.not-found")
async def test_an_unknown_job_is_not_found(api, refused):
    for path in ("/read/1", "/read/1/result", "/read/x"):
        assert "resource" in refused(await bulk_call(api, "GET", path), "RESOURCE_NOT_FOUND", 404)
    reply = await start(api, LEADS)
    job = reply.json()["data"][0]["details"]["id"]
    refused(await bulk_call(api, "GET", f"/read/{job}/result"), "RESOURCE_NOT_FOUND", 404)


@pytest.mark.evidence("bulk-read.file-life")
async def test_the_file_is_kept_for_a_day(api, refused):
    job = await done(api, LEADS)
    sign_in_later(api, timedelta(hours=24) - timedelta(seconds=3))
    url = job["result"]["download_url"]
    assert (await api.http.get(url)).status_code == 200
    sign_in_later(api, timedelta(seconds=3))
    refused(await api.http.get(url), "RESOURCE_NOT_FOUND", 404)


@pytest.mark.evidence("bulk-read.download-limit")
async def test_ten_downloads_a_minute_are_allowed(api, refused):
    url = (await done(api, LEADS))["result"]["download_url"]
    for _ in range(10):
        assert (await api.http.get(url)).status_code == 200
    refused(await api.http.get(url), "TOO_MANY_REQUESTS", 429)
    api.emulator.clock.advance(timedelta(minutes=1))
    assert (await api.http.get(url)).status_code == 200


@pytest.mark.evidence("bulk-read.callback")
async def test_the_callback_tells_what_polling_shows(api):
    calls = []

    def deliver(url, method, headers, body):
        calls.append((url, method, json.loads(body)))
        return 200

    courier = deliveries.courier_of(api.emulator.store)
    courier.deliver = deliver
    callback = {"url": "https://example.com/done", "method": "post"}
    reply = await start(api, LEADS, callback=callback)
    job = reply.json()["data"][0]["details"]["id"]
    assert await asyncio.to_thread(courier.settled)
    assert calls == []
    api.emulator.clock.advance(timedelta(seconds=3))
    assert await asyncio.to_thread(courier.settled)
    ((url, method, body),) = calls
    assert (url, method) == ("https://example.com/done", "POST")
    assert body == (await bulk_call(api, "GET", f"/read/{job}")).json()


@pytest.mark.evidence("bulk-read.scope")
async def test_the_modules_scope_is_needed_too(api, refused):
    for scopes, allowed in (
        (("ZohoCRM.bulk.READ",), False),
        (("ZohoCRM.modules.ALL",), False),
        (("ZohoCRM.bulk.READ", "ZohoCRM.modules.contacts.READ"), False),
        (("ZohoCRM.bulk.READ", "ZohoCRM.modules.leads.READ"), True),
    ):
        holder = Holder(api.emulator.credentials.client_id, api.ids["admin"], scopes)
        token = api.emulator.grants.issue(holder).access_token
        api.http.headers["Authorization"] = f"Zoho-oauthtoken {token}"
        reply = await start(api, LEADS)
        if allowed:
            assert reply.status_code == 201
        else:
            refused(reply, "OAUTH_SCOPE_MISMATCH", 401)
