"""Bulk write: the upload, the job that follows the clock, and what its result says of each line."""

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

from zcrm_tools.emulator import bulk, deliveries
from zcrm_tools.emulator.grants import Holder

LEADS = "Last_Name,Company,Email\nBulka,Bulk GmbH,bulka@jobs.example\n,No name,\nZweit,Zwei AG,zweit@jobs.example\n"
HEADERS = {"feature": "bulk-write", "X-CRM-ORG": "700000001"}


def packed(text: str | bytes, name: str = "leads.csv") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, text)
    return made.getvalue()


async def upload(api, data: bytes, **headers: str) -> httpx.Response:
    return await api.call("POST", "/upload", files={"file": ("a.zip", data)}, headers={**HEADERS, **headers})


async def create(api, text: str | bytes, *, operation: str = "insert", **resource: Any) -> httpx.Response:
    beside = resource.pop("beside", {})
    reply = await upload(api, packed(text))
    assert reply.status_code == 200, reply.text
    one = {
        "type": "data",
        "module": {"api_name": "Leads"},
        "file_id": reply.json()["details"]["file_id"],
        **resource,
    }
    body = {"operation": operation, "resource": [one], **beside}
    return await api.http.post("/crm/bulk/v8/write", json=body)


async def details(api, job: str) -> dict[str, Any]:
    found: dict[str, Any] = (await api.http.get(f"/crm/bulk/v8/write/{job}")).json()
    return found


async def written(api, text: str | bytes, **given: Any) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The file's counts and the lines of the result."""
    reply = await create(api, text, **given)
    assert reply.status_code == 201, reply.text
    api.emulator.clock.advance(timedelta(seconds=4))
    found = await details(api, reply.json()["details"]["id"])
    assert found["status"] == "COMPLETED"
    result = await api.http.get(found["result"]["download_url"])
    assert result.status_code == 200, result.text
    with zipfile.ZipFile(io.BytesIO(result.content)) as archive:
        (name,) = archive.namelist()
        assert name == f"{found['resource'][0]['module']['api_name']}-leads.csv"
        lines = list(csv.DictReader(io.StringIO(archive.read(name).decode())))
    counts = found["resource"][0]["file"]
    assert counts["total_count"] == len(lines)
    return counts, lines


def mapping(*names: str, **beside: Any) -> list[dict[str, Any]]:
    return [{"api_name": name, "index": at, **beside.get(name, {})} for at, name in enumerate(names)]


@pytest.mark.evidence("bulk-write.upload")
async def test_a_zip_is_taken(api):
    reply = await upload(api, packed(LEADS))
    body = reply.json()
    assert reply.status_code == 200
    assert (body["status"], body["code"], body["message"]) == (
        "success",
        "FILE_UPLOAD_SUCCESS",
        "file uploaded.",
    )
    assert body["details"]["file_id"].isdigit()
    assert body["details"]["created_time"] == "2026-11-24T09:00:00+00:00"


@pytest.mark.evidence("bulk-write.upload-errors")
async def test_what_is_no_zip_of_csv_is_refused(api, refused):
    for data in (b"Last_Name\nX\n", packed(LEADS)[:-20], packed(LEADS, "leads.txt"), b""):
        refused(await upload(api, data), "INVALID_FILE_FORMAT")
    refused(await upload(api, b"x" * (25 * 1024 * 1024 + 1)), "FILE_TOO_LARGE", 413)
    for wrong in ({"feature": "other"}, {"X-CRM-ORG": "1"}):
        reply = await upload(api, packed(LEADS), **wrong)
        assert reply.status_code == 400
        assert reply.json()["x-error"] == "check if headers [feature, X-CRM-ORG] are present and valid"


@pytest.mark.evidence("bulk-write.create", "bulk-write.details")
async def test_a_job_writes_as_the_clock_lets_it(api):
    reply = await create(api, LEADS, field_mappings=mapping("Last_Name", "Company", "Email"))
    assert reply.status_code == 201
    body = reply.json()
    assert (body["status"], body["code"], body["message"]) == ("success", "SUCCESS", "success")
    job = body["details"]["id"]
    assert body["details"]["created_by"] == {"id": str(api.ids["admin"]), "name": "Ada Admin"}
    before = api.emulator.store.count("Leads")
    states = []
    for _ in range(4):
        found = await details(api, job)
        states.append(found["status"])
        assert (api.emulator.store.count("Leads") > before) == (found["status"] == "COMPLETED")
        assert ("result" in found) == (found["status"] == "COMPLETED")
        api.emulator.clock.advance(timedelta(seconds=1))
    assert states == ["ADDED", "INPROGRESS", "INPROGRESS", "COMPLETED"]
    assert found["operation"] == "insert"
    assert found["character_encoding"] == "UTF-8"
    (resource,) = found["resource"]
    assert (resource["status"], resource["code"], resource["type"]) == ("COMPLETED", "SUCCESS", "data")
    assert resource["field_mappings"][0] == {
        "api_name": "Last_Name",
        "index": 0,
        "format": None,
        "find_by": None,
        "module": None,
        "parent_column_index": None,
        "default_value": None,
    }
    assert resource["file"] == {
        "status": "COMPLETED",
        "name": "leads.csv",
        "added_count": 2,
        "skipped_count": 1,
        "updated_count": 0,
        "total_count": 3,
    }


@pytest.mark.evidence("bulk-write.insert", "bulk-write.result", "bulk-write.mapping")
async def test_the_result_says_what_became_of_each_line(api):
    counts, lines = await written(api, LEADS)
    assert (counts["added_count"], counts["skipped_count"]) == (2, 1)
    assert list(lines[0]) == ["Last_Name", "Company", "Email", "STATUS", "RECORD_ID", "ERRORS"]
    assert [line["STATUS"] for line in lines] == ["ADDED", "SKIPPED", "ADDED"]
    assert lines[1]["ERRORS"] == "MANDATORY_NOT_FOUND-Last_Name"
    assert lines[1]["RECORD_ID"] == ""
    stored = api.stored("Leads", lines[0]["RECORD_ID"])
    assert stored["Full_Name"] == "Bulka"
    assert stored["Created_By"] == api.ids["admin"]
    assert stored["Owner"] == api.ids["admin"]


@pytest.mark.evidence("bulk-write.result")
async def test_several_errors_of_a_line_are_all_named(api):
    text = "Last_Name,Email,Annual_Revenue,Phone\n,nobody,1,1\n,x@y.example,much,1\n"
    _, lines = await written(api, text)
    assert [line["ERRORS"] for line in lines] == [
        "INVALID_DATA-Email:MANDATORY_NOT_FOUND-Last_Name",
        "INVALID_DATA-Annual_Revenue",
    ]
    assert list(lines[0])[:3] == ["Last_Name", "Email", "Annual_Revenue"]


@pytest.mark.evidence("bulk-write.mapping")
async def test_columns_are_mapped_by_index_and_filled_by_default(api):
    text = "a,b,c\nGmbH,Eins,\nAG,Zwei,Cold Call\n"
    given = [
        {"api_name": "Company", "index": 0},
        {"api_name": "Last_Name", "index": 1},
        {"api_name": "Lead_Source", "index": 2, "default_value": {"value": "Trade Show"}},
        {"api_name": "City", "default_value": {"value": "Bonn"}},
        {
            "api_name": "Layout",
            "default_value": {"value": str(api.emulator.store.modules["Leads"].layout_id)},
        },
    ]
    _, lines = await written(api, text, field_mappings=given)
    first, second = (api.stored("Leads", line["RECORD_ID"]) for line in lines)
    assert (first["Company"], first["Lead_Source"], first["City"]) == ("GmbH", "Trade Show", "Bonn")
    assert (second["Last_Name"], second["Lead_Source"]) == ("Zwei", "Cold Call")


@pytest.mark.evidence("bulk-write.find-by")
async def test_update_writes_what_is_found_and_adds_nothing(api):
    text = f"id,Phone\n{api.ids['smith']},+1 23\n999,+1 23\n"
    counts, lines = await written(api, text, operation="update", find_by="id")
    assert (counts["updated_count"], counts["skipped_count"], counts["added_count"]) == (1, 1, 0)
    assert lines[0]["STATUS"] == "UPDATED"
    assert lines[0]["RECORD_ID"] == str(api.ids["smith"])
    assert lines[1]["ERRORS"] == "RESOURCE_NOT_FOUND-id"
    assert api.stored("Leads", api.ids["smith"])["Phone"] == "+1 23"
    assert api.stored("Leads", api.ids["smith"])["Last_Name"] == "Smith"


@pytest.mark.evidence("bulk-write.find-by")
async def test_upsert_updates_or_adds_and_insert_skips_what_exists(api):
    text = "Email,Last_Name,Company\nanna@lead.example,Smythe,C\nnew@lead.example,New,C\n"
    counts, lines = await written(api, text, operation="upsert", find_by="Email")
    assert [line["STATUS"] for line in lines] == ["UPDATED", "ADDED"]
    assert (counts["updated_count"], counts["added_count"]) == (1, 1)
    assert api.stored("Leads", api.ids["smith"])["Last_Name"] == "Smythe"
    counts, lines = await written(api, text, operation="insert", find_by="Email")
    assert counts["skipped_count"] == 2
    assert {line["ERRORS"] for line in lines} == {"DUPLICATE_DATA-Email"}


@pytest.mark.evidence("bulk-write.ignore-empty")
@pytest.mark.parametrize("ignore", [True, False])
async def test_empty_columns_empty_a_field_unless_they_are_ignored(api, ignore):
    text = f"id,Phone\n{api.ids['smith']},\n"
    await written(api, text, operation="update", find_by="id", beside={"ignore_empty": ignore})
    assert api.stored("Leads", api.ids["smith"])["Phone"] == ("+49 30 1234" if ignore else None)


@pytest.mark.evidence("bulk-write.lookups")
async def test_lookups_are_found_by_name_by_id_and_by_email(api):
    text = f"Last_Name,Acc,Owner\nA,Acme Works,sam@example.com\nB,Nobody,sam@example.com\nC,,{api.ids['seller']}\n"
    given = mapping(
        "Last_Name",
        "Account_Name",
        "Owner",
        Account_Name={"find_by": "Account_Name"},
        Owner={"find_by": "email"},
    )
    contacts = {"module": {"api_name": "Contacts"}, "field_mappings": given}
    _, lines = await written(api, text, **contacts)
    assert [line["STATUS"] for line in lines] == ["ADDED", "SKIPPED", "SKIPPED"]
    assert lines[1]["ERRORS"] == "INVALID_DATA-Account_Name"
    assert lines[2]["ERRORS"] == "INVALID_DATA-Owner"
    stored = api.stored("Contacts", lines[0]["RECORD_ID"])
    assert (stored["Account_Name"], stored["Owner"]) == (api.ids["acme"], api.ids["seller"])


@pytest.mark.evidence("bulk-write.formats")
async def test_dates_have_a_default_format_or_one_of_their_own(api):
    text = "Deal_Name,Stage,Closing_Date\nA,Qualification,12/31/2026\nB,Qualification,31.12.2026\nC,Qualification,2026-12-31\n"
    deals = {"module": {"api_name": "Deals"}}
    _, lines = await written(api, text, **deals)
    assert [line["STATUS"] for line in lines] == ["ADDED", "SKIPPED", "ADDED"]
    assert lines[1]["ERRORS"] == "INVALID_DATA-Closing_Date"
    stored = api.stored("Deals", lines[0]["RECORD_ID"])
    assert (stored["Closing_Date"], stored["Probability"]) == ("2026-12-31", 10)
    own = mapping("Deal_Name", "Stage", "Closing_Date", Closing_Date={"format": "dd.MM.yyyy"})
    _, lines = await written(api, text, **deals, field_mappings=own)
    assert [line["STATUS"] for line in lines] == ["SKIPPED", "ADDED", "ADDED"]


async def test_other_encodings_and_a_byte_order_mark_are_read(api):
    text = "Last_Name,Company\nMüller,Café\n"
    for data, beside in (
        (text.encode("utf-8-sig"), {}),
        (text.encode("latin-1"), {"character_encoding": "ISO-8859-1"}),
    ):
        _, lines = await written(api, data, beside=beside)
        assert api.stored("Leads", lines[0]["RECORD_ID"])["Last_Name"] == "Müller"


async def test_a_file_with_a_header_alone_writes_nothing(api):
    counts, lines = await written(api, "Last_Name,Company\n")
    assert (lines, counts["added_count"]) == ([], 0)


async def test_a_job_may_finish_at_once(api):
    api.emulator.store.set_meta(bulk.AT_ONCE, 1)
    reply = await create(api, LEADS)
    assert (await details(api, reply.json()["details"]["id"]))["status"] == "COMPLETED"


@pytest.mark.evidence("bulk-write.errors")
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"field_mappings": mapping("Company")}, "MANDATORY_FIELDS_NOT_MAPPED"),
        ({"operation": "update"}, "MANDATORY_NOT_FOUND"),
        ({"operation": "remove"}, "INVALID_DATA"),
        ({"field_mappings": mapping("Last_Name", "ast_Name")}, "INVALID_FIELD"),
        ({"field_mappings": [{"api_name": "Last_Name"}]}, "MANDATORY_NOT_FOUND"),
        ({"field_mappings": [{"api_name": "Last_Name", "index": -1}]}, "COLUMN_INDEX_NOT_FOUND"),
        ({"field_mappings": [{"api_name": "Last_Name", "index": 3}]}, "COLUMN_INDEX_NOT_FOUND"),
        ({"field_mappings": [{"api_name": "Last_Name", "index": 0, "format": "day"}]}, "INVALID_FORMAT"),
        ({"field_mappings": mapping("Last_Name", "Owner")}, "MANDATORY_NOT_FOUND"),
        ({"field_mappings": mapping(*["Last_Name"] * 201)}, "HEADER_LIMIT_EXCEEDED"),
        ({"file_id": "123"}, "INVALID_FILE_ID"),
        ({"file_names": ["other.csv"]}, "INVALID_FILE_ID"),
        ({"module": {"api_name": "asdf"}}, "MODULE_NOT_AVAILABLE"),
        ({"module": {"api_name": "Events"}}, "MODULE_NOT_AVAILABLE"),
        ({"type": "other"}, "INVALID_DATA"),
        ({"find_by": "Company"}, "INVALID_FIELD"),
        ({"beside": {"callback": {"url": "nowhere", "method": "post"}}}, "INVALID_CALLBACK_URL"),
        ({"beside": {"resource": []}}, "MANDATORY_NOT_FOUND"),
        ({"beside": {"character_encoding": "klingon"}}, "INVALID_FORMAT"),
    ],
)
async def test_a_faulty_job_is_refused(api, refused, given, code):
    refused(await create(api, LEADS, **given), code)


@pytest.mark.evidence("bulk-write.children")
async def test_children_are_not_covered_and_say_so(api, refused):
    refused(await create(api, LEADS, module={"api_name": "Quoted_Items"}), "NOT_SUPPORTED")
    refused(await create(api, LEADS, beside={"resource": [{}, {}]}), "NOT_SUPPORTED")


async def test_unknown_jobs_and_results_are_not_found(api, refused):
    refused(await api.http.get("/crm/bulk/v8/write/1"), "RESOURCE_NOT_FOUND", 404)
    job = (await create(api, LEADS)).json()["details"]["id"]
    refused(await api.http.get(f"/v8/crm/org700000001/bulk-write/{job}/{job}.zip"), "RESOURCE_NOT_FOUND", 404)
    api.emulator.clock.advance(timedelta(seconds=3))
    assert (await api.http.get(f"/v8/crm/org700000001/bulk-write/{job}/{job}.zip")).status_code == 200
    refused(await api.http.get(f"/v8/crm/org1/bulk-write/{job}/{job}.zip"), "RESOURCE_NOT_FOUND", 404)


@pytest.mark.evidence("bulk-write.callback")
async def test_the_callback_tells_what_polling_shows(api):
    calls = []

    def deliver(url, method, headers, body):
        calls.append(json.loads(body))
        return 200

    courier = deliveries.courier_of(api.emulator.store)
    courier.deliver = deliver
    callback = {"url": "https://example.com/done", "method": "post"}
    job = (await create(api, LEADS, beside={"callback": callback})).json()["details"]["id"]
    api.emulator.clock.advance(timedelta(seconds=3))
    assert await asyncio.to_thread(courier.settled)
    assert calls == [await details(api, job)]


@pytest.mark.evidence("bulk-write.scope")
async def test_the_modules_scope_is_needed_too(api, refused):
    file_id = (await upload(api, packed(LEADS))).json()["details"]["file_id"]
    one = {"type": "data", "module": {"api_name": "Leads"}, "file_id": file_id}
    for scopes, status in (
        (("ZohoCRM.bulk.CREATE",), 401),
        (("ZohoCRM.bulk.READ", "ZohoCRM.modules.ALL"), 401),
        (("ZohoCRM.bulk.CREATE", "ZohoCRM.modules.leads.CREATE"), 201),
    ):
        holder = Holder(api.emulator.credentials.client_id, api.ids["admin"], scopes)
        token = api.emulator.grants.issue(holder).access_token
        api.http.headers["Authorization"] = f"Zoho-oauthtoken {token}"
        body = {"operation": "insert", "resource": [one]}
        assert (await api.http.post("/crm/bulk/v8/write", json=body)).status_code == status
        refused(await upload(api, packed(LEADS)), "OAUTH_SCOPE_MISMATCH", 401)
