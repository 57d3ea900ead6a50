"""Conversion, mass changes, bulk jobs and notifications through Zoho's own Python SDK for v8."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest


@pytest.fixture
def jobs(sdk):
    return sdk("v8", "jobs")


def test_the_sdk_logs_no_complaint(jobs):
    assert jobs.steps["complaints"] == []


def test_a_lead_is_converted_once_with_its_deal(jobs):
    (item,) = jobs.data("convert")
    made = item["details"]
    contact, deal = (jobs.org.record(module, made[module]["id"]) for module in ("Contacts", "Deals"))
    assert contact["Last_Name"] == "Konvert"
    assert (deal["Deal_Name"], deal["Account_Name"]) == ("Pumps", int(made["Accounts"]["id"]))
    jobs.refused("convert twice", "ID_ALREADY_CONVERTED")
    (lead,) = jobs.data("get converted")
    assert lead["is"] == "Record"


def test_leads_are_converted_in_a_job(jobs):
    assert jobs.ok("mass convert", 202)["code"] == "SCHEDULED"
    (status,) = jobs.data("mass convert status")
    assert (status["status"], status["converted_count"], status["total_count"]) == ("completed", 1, 1)


def test_owners_change_for_one_and_for_several(jobs):
    assert len(jobs.data("change owner")) == 1
    assert len(jobs.data("change owners")) == 2


def test_records_are_updated_and_deleted_by_id_and_by_view(jobs):
    assert len(jobs.data("mass update")) == 2
    (started,) = jobs.data("mass update started")
    assert (started["status"], started["updated_count"]) == ("SCHEDULED", 0)
    (finished,) = jobs.data("mass update finished")
    assert finished["status"] == "COMPLETED"
    assert finished["updated_count"] == finished["total_count"] > 1
    assert len(jobs.data("mass delete")) == 2
    (finished,) = jobs.data("mass delete finished")
    assert finished["status"] == "COMPLETED"
    assert jobs.org.count("Vendors") == 0


def test_a_bulk_read_ends_in_a_zip_with_a_csv(jobs):
    assert jobs.data("bulk read", 201)[0]["code"] == "ADDED_SUCCESSFULLY"
    assert jobs.data("bulk read started")[0]["state"] in ("ADDED", "QUEUED")
    (job,) = jobs.data("bulk read details")
    assert job["state"] == "COMPLETED"
    archive = jobs.ok("bulk read result")["file"]["text"].encode("latin-1")
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        (name,) = packed.namelist()
        rows = list(csv.DictReader(io.StringIO(packed.read(name).decode())))
    assert {"Last_Name", "Company", "Owner"} <= rows[0].keys()
    assert len(rows) == job["result"]["count"]


def test_a_bulk_write_says_what_it_added(jobs):
    assert jobs.ok("bulk write upload")["code"] == "FILE_UPLOAD_SUCCESS"
    assert jobs.ok("bulk write", 201)["is"] == "SuccessResponse"
    job = jobs.ok("bulk write details")
    (resource,) = job["resource"]
    assert resource["file"]["added_count"] == 1
    found = jobs.org.emulator.store.fetch(
        'SELECT Company FROM "Leads" WHERE Email = ?', ("bulka@jobs.example",)
    )
    assert found == [("Bulk GmbH",)]


def test_a_channel_is_opened_shown_renewed_and_closed(jobs):
    for step, status in (("watch", 201), ("watch again", 200), ("unwatch", 200)):
        assert all(item["is"] == "SuccessResponse" for item in jobs.ok(step, status)["watch"]), step
    (shown,) = jobs.ok("watched")["watch"]
    assert shown["notify_url"] == "https://www.zohoapis.com/notify"
    assert {"Leads.create", "Leads.edit", "Leads.delete"} <= set(shown["events"])
