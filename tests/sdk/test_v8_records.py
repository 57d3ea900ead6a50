"""Records through Zoho's own Python SDK for v8."""

from __future__ import annotations

import pytest

MODULES = "Leads Contacts Accounts Deals Tasks Events Calls Cases Products Campaigns Vendors".split()


@pytest.fixture
def records(sdk):
    return sdk("v8", "records")


def test_the_sdk_logs_no_complaint(records):
    assert records.steps["complaints"] == []


@pytest.mark.evidence("sdk.environment", "sdk.api-domain")
def test_the_sdk_is_redirected_by_its_environment_and_refreshes_its_token_there(records):
    paths = [(asked["method"], asked["path"]) for asked in records.org.requests()]
    assert paths[0] == ("POST", "/oauth/v2/token")
    assert paths[1:3] == [("GET", "/crm/v8/users"), ("GET", "/crm/v8/org")], "it asks who it is"
    assert ("POST", "/crm/v8/Leads") in paths


def test_it_creates_records_and_reads_them_with_their_types(records):
    created, other = records.data("create", 201)
    assert created["message"] == "record added"
    assert created["details"]["Modified_Time"]["at"].startswith("20")
    (lead,) = records.data("get")
    assert str(lead["id"]) == created["details"]["id"]
    assert (lead["Last_Name"], lead["First_Name"], lead["Full_Name"]) == ("Doe", "Ünal", "Ünal Doe")
    assert lead["Annual_Revenue"] == 120000.5
    assert lead["Email_Opt_Out"] is True
    assert lead["Lead_Status"] == "Contacted"
    assert lead["Owner"]["is"] == "MinifiedUser"
    assert lead["Created_Time"] == created["details"]["Created_Time"]
    assert other["details"]["id"] != created["details"]["id"]


def test_it_understands_refusals(records):
    details = records.refused("create refused", "MANDATORY_NOT_FOUND")
    assert details["api_name"] == "Last_Name"
    details = records.refused("list without fields", "REQUIRED_PARAM_MISSING")
    assert details["param_name"] == "fields"
    assert records.ok("get unknown", 204) is None
    assert records.ok("search nothing", 204) is None


def test_it_lists_with_page_information(records):
    listed = records.ok("list")
    assert len(listed["data"]) == 5
    assert (listed["info"]["per_page"], listed["info"]["count"]) == (5, 5)
    assert listed["info"]["more_records"] is True
    assert listed["info"]["next_page_token"]
    assert len(records.data("list since")) == 1


def test_it_updates_one_and_several(records):
    records.data("update")
    first, second = records.data("update several")
    cities = [
        records.org.emulator.store.fetch(
            "SELECT row FROM _deleted WHERE id = ?", (int(item["details"]["id"]),)
        )
        for item in (first, second)
    ]
    assert '"City": "Bonn"' in cities[0][0][0]
    assert '"Lead_Status": "Lost Lead"' in cities[0][0][0]
    assert '"City": "Köln"' in cities[1][0][0]


def test_an_upsert_finds_the_record_by_its_email(records):
    (item,) = records.data("upsert")
    assert (item["action"], item["duplicate_field"]) == ("update", "Email")
    assert item["details"]["id"] == records.data("create", 201)[0]["details"]["id"]


def test_a_clone_is_a_record_of_its_own(records):
    (item,) = records.data("clone", 201)
    copy = records.org.record("Leads", item["details"]["id"])
    assert copy["Last_Name"] == "Doe"


def test_it_searches_by_criteria_email_and_word(records):
    assert [lead["Email"] for lead in records.data("search")] == ["doe@example.com"]
    assert [lead["Email"] for lead in records.data("search email")] == ["roe@example.com"]
    assert "doe@example.com" in [lead["Email"] for lead in records.data("search word")]
    assert records.ok("count")["count"] > 200


def test_deleted_records_are_gone_and_listed(records):
    created = {item["details"]["id"] for item in records.data("create", 201)}
    gone = {records.data("delete")[0]["details"]["id"], records.data("delete several")[0]["details"]["id"]}
    assert gone == created
    listed = {str(row["id"]) for row in records.data("deleted")}
    assert created <= listed
    assert all(records.org.record("Leads", record) is None for record in created)


def test_deals_events_and_tasks_keep_lookups_dates_and_times(records):
    (deal,) = records.data("get deal")
    assert deal["Account_Name"]["name"] == "Acme GmbH"
    assert deal["Closing_Date"] == {"at": "2026-12-31"}
    assert (deal["Stage"], deal["Probability"]) == ("Qualification", 10)
    (event,) = records.data("get event")
    assert event["Start_DateTime"]["at"].startswith("2026-12-01")
    assert event["What_Id"]["name"] == "Pumps"
    (task,) = records.data("get task")
    assert (task["Due_Date"], task["Priority"]) == ({"at": "2026-12-01"}, "High")


@pytest.mark.parametrize("module", MODULES)
def test_every_module_of_the_demo_org_lists_and_reads(records, module):
    listed = records.data(f"list {module}")
    (whole,) = records.data(f"get {module}")
    assert whole["id"] == listed[0]["id"]
    assert whole["Owner"]["is"] == "MinifiedUser"
