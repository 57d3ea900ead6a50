"""Fiscal year, business hours, shifts and holidays."""

from __future__ import annotations

import pytest

HOURS = {
    "week_starts_on": "Monday",
    "type": "custom",
    "business_days": ["Monday", "Friday"],
    "same_as_everyday": True,
    "daily_timing": ["09:00", "17:00"],
}
SHIFT = {
    "name": "Early",
    "timezone": "Asia/Kolkata",
    "shift_days": ["Monday"],
    "same_as_everyday": True,
    "daily_timing": ["06:00", "14:00"],
}
SHIFTS = "/settings/business_hours/shift_hours"


@pytest.fixture
def send(api):
    async def call(method, path, key, body, **kwargs):
        return await api.call(method, path, json={key: body}, **kwargs)

    return call


@pytest.mark.evidence("calendar.fiscal-year")
async def test_the_fiscal_year_is_shown_and_changed(api, send, refused):
    year = (await api.get("/settings/fiscal_year")).json()["fiscal_year"]
    assert (year["start_month"], year["display_based_on"]) == ("JANUARY", "start_month")
    row = {"start_month": "April", "display_based_on": "end_month"}
    assert (await send("PUT", "/settings/fiscal_year", "fiscal_year", row)).status_code == 200
    year = (await api.get("/settings/fiscal_year")).json()["fiscal_year"]
    assert (year["start_month"], year["display_based_on"]) == ("APRIL", "end_month")
    refused(
        await send("PUT", "/settings/fiscal_year", "fiscal_year", {"start_month": "Brumaire"}), "INVALID_DATA"
    )


@pytest.mark.evidence("calendar.business-hours")
async def test_business_hours_are_set_once_and_then_changed(api, send):
    path, key = "/settings/business_hours", "business_hours"
    assert (await api.get(path)).status_code == 204
    assert (await send("PUT", path, key, HOURS)).json()[key]["code"] == "NOT_ALLOWED"
    reply = await send("POST", path, key, HOURS)
    assert reply.status_code == 201
    assert reply.json()[key]["message"] == "Business Hours saved successfully"
    assert (await send("POST", path, key, HOURS)).status_code == 400
    custom = [{"days": "Friday", "business_timing": ["10:00", "12:00"]}]
    row = {"same_as_everyday": False, "custom_timing": custom}
    assert (await send("PUT", path, key, row)).status_code == 200
    kept = (await api.get(path)).json()[key]
    assert (kept["daily_timing"], kept["custom_timing"], kept["week_starts_on"]) == (None, custom, "Monday")


@pytest.mark.evidence("calendar.business-hours")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": None}, "MANDATORY_NOT_FOUND"),
        ({"type": "always"}, "INVALID_DATA"),
        ({"week_starts_on": "Noneday"}, "INVALID_DATA"),
        ({"business_days": None}, "DEPENDENT_FIELD_MISSING"),
        ({"business_days": ["Monday"] * 2}, "INVALID_DATA"),
        ({"type": "24_by_5"}, "INVALID_DATA"),
        ({"same_as_everyday": None}, "DEPENDENT_FIELD_MISSING"),
        ({"daily_timing": None}, "DEPENDENT_FIELD_MISSING"),
        ({"daily_timing": ["9", "17:00"]}, "INVALID_DATA"),
        ({"same_as_everyday": False}, "DEPENDENT_FIELD_MISSING"),
    ],
)
async def test_business_hours_with_a_fault_are_not_kept(api, send, change, code):
    reply = await send("POST", "/settings/business_hours", "business_hours", {**HOURS, **change})
    assert (reply.status_code, reply.json()["business_hours"]["code"]) == (400, code)
    assert (await api.get("/settings/business_hours")).status_code == 204


@pytest.mark.evidence("calendar.shifts")
async def test_shifts_need_business_hours_and_have_users(api, send, refused):
    reply = await send("POST", SHIFTS, "shift_hours", [SHIFT])
    assert reply.json()["shift_hours"][0]["code"] == "NOT_ALLOWED"
    await send("POST", "/settings/business_hours", "business_hours", HOURS)
    row = {**SHIFT, "users": [{"id": str(api.ids["seller"])}]}
    reply = await send("POST", SHIFTS, "shift_hours", [row])
    assert reply.status_code == 201
    key = reply.json()["shift_hours"][0]["details"]["id"]
    assert (await send("POST", SHIFTS, "shift_hours", [row])).json()["shift_hours"][0][
        "code"
    ] == "DUPLICATE_DATA"
    assert (await send("PUT", f"{SHIFTS}/{key}", "shift_hours", [{"name": "Dawn"}])).status_code == 200
    body = (await api.get(SHIFTS)).json()
    assert body["shift_count"] == {"total_shift_with_user": 1, "total_shift": 1}
    (shift,) = body["shift_hours"]
    assert (shift["name"], shift["users"][0]["email"]) == ("Dawn", "sam@example.com")
    wrong = await send("PUT", SHIFTS, "shift_hours", [{"id": key, "shift_days": ["Someday"]}])
    assert wrong.json()["shift_hours"][0]["code"] == "INVALID_DATA"
    assert (await api.call("DELETE", f"{SHIFTS}/{key}")).status_code == 200
    assert (await api.get(f"{SHIFTS}/{key}")).status_code == 204
    refused(await api.call("DELETE", f"{SHIFTS}/{key}"), "INVALID_DATA")


@pytest.mark.evidence("calendar.holidays")
async def test_holidays_are_added_changed_listed_and_deleted(api, send, refused):
    path, key = "/settings/holidays", "holidays"
    rows = [
        {"name": "Founders", "date": "2026-08-24", "type": "business_holiday"},
        {"name": "New Year", "date": "2027-01-01", "type": "business_holiday"},
        {"name": "Twice", "date": "2026-08-24", "type": "business_holiday"},
        {"name": "No day", "date": "2026-02-30", "type": "business_holiday"},
        {"name": "No type", "date": "2026-03-01"},
        {"name": "No shift", "date": "2026-03-01", "type": "shift_holiday"},
    ]
    reply = await send("POST", path, key, rows)
    assert reply.status_code == 207
    assert [item["code"] for item in reply.json()[key]] == [
        "SUCCESS",
        "SUCCESS",
        "DUPLICATE_DATA",
        "INVALID_DATA",
        "MANDATORY_NOT_FOUND",
        "DEPENDENT_FIELD_MISSING",
    ]
    (only,) = (await api.get(path, year=2027)).json()[key]
    assert (only["name"], only["year"]) == ("New Year", 2027)
    assert (await send("PUT", f"{path}/{only['id']}", key, [{"name": "Neujahr"}])).status_code == 200
    assert (await api.get(f"{path}/{only['id']}")).json()[key][0]["name"] == "Neujahr"
    assert (await api.call("DELETE", f"{path}/{only['id']}")).json()[key][0]["code"] == "SUCCESS"
    refused(await api.call("DELETE", f"{path}/{only['id']}"), "INVALID_DATA")
    refused(await api.get(path, year="soon"), "PATTERN_NOT_MATCHED")


@pytest.mark.evidence("calendar.holidays")
async def test_holidays_came_with_version_2_1(api, refused):
    refused(await api.get("/settings/holidays", version="v2"), "API_NOT_SUPPORTED")
    assert (await api.get("/settings/holidays", version="v2.1")).status_code == 204


@pytest.mark.evidence("calendar.holidays")
async def test_a_shift_has_holidays_of_its_own(api, send):
    await send("POST", "/settings/business_hours", "business_hours", HOURS)
    shift = (await send("POST", SHIFTS, "shift_hours", [SHIFT])).json()["shift_hours"][0]["details"]["id"]
    row = {"name": "Rest", "date": "2026-12-01", "type": "shift_holiday", "shift_hour": {"id": shift}}
    assert (await send("POST", "/settings/holidays", "holidays", [row])).status_code == 201
    (holiday,) = (await api.get("/settings/holidays", shift_id=shift)).json()["holidays"]
    assert holiday["shift_hour"] == {"name": "Early", "id": shift}
    (shown,) = (await api.get(f"{SHIFTS}/{shift}")).json()["shift_hours"]
    assert [one["name"] for one in shown["holidays"]] == ["Rest"]
