"""The control plane beyond looking: seeds, snapshots, the clock, people, fields, processes, what was sent."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

PLANE = "/__emulator__"


@pytest.fixture
def plane(api):
    async def call(method, path, status=200, **kwargs):
        reply = await api.http.request(method, PLANE + path, **kwargs)
        assert reply.status_code == status, reply.text
        return reply.json()

    return call


# ---- seeds


async def test_rows_of_ones_own_refer_to_one_another_and_to_what_is_there(api, plane):
    records = {
        "Accounts": [{"id": "mine", "Account_Name": "Mine GmbH", "Employees": 12}],
        "Contacts": [
            {"First_Name": "Eva", "Last_Name": "Ost", "Account_Name": "mine", "Email": "e@o.example"},
            {"Last_Name": "West", "Account_Name": "Acme Works", "Owner": "sam@example.com"},
        ],
        "Tasks": [{"Subject": "Call", "What_Id": "mine", "Due_Date": "2026-12-01"}],
        "Events": [{"Event_Title": "Visit", "Start_DateTime": "2026-12-01T10:00:00+01:00"}],
    }
    ids = (await plane("POST", "/seed", 201, json={"records": records}))["ids"]
    eva = (await api.get(f"/Contacts/{ids['Contacts'][0]}")).json()["data"][0]
    assert eva["Account_Name"] == {"name": "Mine GmbH", "id": ids["Accounts"][0]}
    assert eva["Full_Name"] == "Eva Ost"
    west = (await api.get(f"/Contacts/{ids['Contacts'][1]}")).json()["data"][0]
    assert (west["Account_Name"]["name"], west["Owner"]["email"]) == ("Acme Works", "sam@example.com")
    task = (await api.get(f"/Tasks/{ids['Tasks'][0]}")).json()["data"][0]
    assert task["What_Id"]["id"] == ids["Accounts"][0]
    event = api.stored("Events", ids["Events"][0])
    assert event["Start_DateTime"] == 1796115600


async def test_csv_is_read_by_its_header(api, plane):
    text = '\ufeffid,Last_Name,Company,Annual_Revenue,Email_Opt_Out\nx1,Müller,"A, B",12.5,yes\n,Doe,C,,\n'
    ids = (
        await plane(
            "POST", "/seed?module=Leads", 201, content=text.encode(), headers={"Content-Type": "text/csv"}
        )
    )["ids"]["Leads"]
    row = api.stored("Leads", ids[0])
    assert (row["Last_Name"], row["Company"], row["Annual_Revenue"]) == ("Müller", "A, B", 12.5)
    assert row["Email_Opt_Out"] == 1
    assert api.stored("Leads", ids[1])["Annual_Revenue"] is None


@pytest.mark.parametrize(
    ("records", "word"),
    [
        ({"Rockets": []}, "Rockets"),
        ({"Leads": [{"Nonsense": 1}]}, "Nonsense"),
        ({"Leads": [{"Last_Name": 5}]}, "Last_Name"),
        ({"Leads": [{"Annual_Revenue": "much"}]}, "Annual_Revenue"),
        ({"Contacts": [{"Last_Name": "A", "Account_Name": "Nobody Ltd"}]}, "Nobody Ltd"),
        ({"Leads": [{"Last_Name": "A", "Owner": "ghost@x"}]}, "ghost@x"),
        ({"Tasks": [{"Subject": "A", "What_Id": "unknown"}]}, "What_Id"),
        ({"Leads": [{"Email_Opt_Out": "maybe"}]}, "maybe"),
        ({"Leads": ["x"]}, "object"),
        ({"Leads": {}}, "list"),
    ],
)
async def test_a_seed_that_cannot_be_says_which_row_and_adds_nothing(api, plane, records, word):
    before = (await plane("GET", "/health"))["records"]
    good = {"Deals": [{"Deal_Name": "Fine", "Stage": "Qualification"}]}
    told = await plane("POST", "/seed", 400, json={"records": {**good, **records}})
    assert word in told["error"]
    assert (await plane("GET", "/health"))["records"] == before


async def test_an_org_can_start_anew_from_another_seed_and_resets_to_it(api, plane):
    counts = (await plane("POST", "/seed", json={"seed": "demo", "number": 3}))["records"]
    assert counts["Leads"] > 20
    assert (await plane("POST", "/reset"))["records"] == counts
    assert (await plane("POST", "/seed", json={"seed": "empty"}))["records"]["Leads"] == 0
    for wrong in ({}, {"seed": "huge"}, {"seed": "demo", "scale": 0}):
        await plane("POST", "/seed", 400, json=wrong)


# ---- snapshots


async def test_a_snapshot_brings_everything_back_and_tokens_go_on_working(api, plane):
    before = (await plane("GET", "/health"))["records"]
    await plane("PUT", "/snapshots/before", 201)
    await plane("POST", "/modules/Leads/fields", 201, json={"field_label": "Colour", "data_type": "text"})
    await api.write("POST", "/Leads", {"Last_Name": "Doe", "Company": "A", "Colour": "red"})
    assert (await plane("POST", "/snapshots/before/restore"))["records"] == before
    assert "Colour" not in api.emulator.store.modules["Leads"].fields
    assert (await api.get("/Leads", fields="Last_Name")).status_code == 200
    assert [one["name"] for one in (await plane("GET", "/snapshots"))["snapshots"]] == ["before"]
    await plane("DELETE", "/snapshots/before")
    await plane("POST", "/snapshots/before/restore", 404)


async def test_a_downloaded_snapshot_is_a_database(api, plane, tmp_path):
    await plane("PUT", "/snapshots/x", 201)
    image = (await api.http.get(f"{PLANE}/snapshots/x")).content
    (tmp_path / "x.db").write_bytes(image)
    opened = sqlite3.connect(tmp_path / "x.db")
    assert opened.execute('SELECT count(*) FROM "Leads"').fetchone() == (4,)
    opened.close()


# ---- the clock


async def test_the_clock_freezes_advances_and_runs_on(api, plane):
    assert (await plane("POST", "/clock", json={"freeze": "2027-01-01T00:00:00+01:00"})) == {
        "now": "2026-12-31T23:00:00+00:00",
        "frozen": True,
    }
    told = await plane("POST", "/clock", json={"advance": 90})
    assert told["now"] == "2026-12-31T23:01:30+00:00"
    told = await plane("POST", "/clock", json={"run": True})
    assert told["frozen"] is False
    assert told["now"].startswith("2026-12-31T23:01:3")
    assert (await plane("POST", "/clock", json={"freeze": True}))["frozen"] is True


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"advance": -1},
        {"advance": "1"},
        {"advance": True},
        {"freeze": "noon"},
        {"freeze": "2027-01-01T00:00:00"},
        {"freeze": 5},
        {"stop": 1},
    ],
)
async def test_a_wrong_clock_is_refused(plane, body):
    before = await plane("GET", "/clock")
    await plane("POST", "/clock", 400, json=body)
    assert await plane("GET", "/clock") == before


# ---- the shape of the org


async def test_a_user_is_added_with_role_and_profile_and_a_grant_acts_as_them(api, plane):
    await plane("POST", "/roles", 201, json={"name": "Field Sales", "reporting_to": "Manager"})
    given = {"email": "rita@example.com", "first_name": "Rita", "last_name": "Rep", "role": "Field Sales"}
    (user,) = (await plane("POST", "/users", 201, json=given))["ids"]
    shown = {one["email"]: one for one in (await plane("GET", "/users"))["users"]}["rita@example.com"]
    assert (shown["role"], shown["profile"], shown["full_name"]) == ("Field Sales", "Standard", "Rita Rep")
    grant = {"scopes": ["ZohoCRM.modules.ALL"], "email": "rita@example.com"}
    made = await plane("POST", "/grants", 201, json=grant)
    headers = {"Authorization": f"Zoho-oauthtoken {made['access_token']}"}
    reply = await api.write("POST", "/Leads", {"Last_Name": "Doe", "Company": "A"}, headers=headers)
    assert reply.json()["data"][0]["details"]["Created_By"]["id"] == user


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("/users", {"last_name": "A"}, "email"),
        ("/users", {"email": "sam@example.com", "last_name": "A"}, "already"),
        ("/users", {"email": "n@x", "last_name": "A", "role": "Boss"}, "Boss"),
        ("/users", {"users": []}, "users"),
        ("/roles", {}, "name"),
        ("/roles", {"name": "CEO"}, "already"),
        ("/grants", {"scopes": ["ZohoCRM.users.READ"], "email": "ghost@x"}, "ghost@x"),
        ("/blueprints", {"module": "Deals", "field": "Amount"}, "picklist"),
        ("/webhooks", {"url": "ftp://x"}, "url"),
        ("/occasions", {"occasion": "party"}, "occasion"),
        ("/modules/Leads/fields", {"field_label": "A", "data_type": "colour"}, "INVALID_DATA"),
        ("/assignment_rules", {"module": "Leads"}, "MANDATORY_NOT_FOUND"),
    ],
)
async def test_a_wrong_shape_says_what_is_wrong(plane, path, body, word):
    assert word in (await plane("POST", path, 400, json=body))["error"]


async def test_a_field_made_by_the_control_plane_is_written_and_read(api, plane):
    await plane(
        "POST",
        "/modules/Leads/fields",
        201,
        json={"fields": [{"field_label": "Shoe Size", "data_type": "integer"}]},
    )
    made = await api.write("POST", "/Leads", {"Last_Name": "Doe", "Company": "A", "Shoe_Size": 43})
    record = made.json()["data"][0]["details"]["id"]
    shown = (await api.get(f"/Leads/{record}", fields="Shoe_Size")).json()["data"][0]
    assert shown["Shoe_Size"] == 43


async def test_a_blueprint_made_by_the_control_plane_holds_records(api, plane):
    process = {
        "module": "Leads",
        "field": "Lead_Status",
        "transitions": [{"name": "Reach", "from": "New", "to": "Contacted", "fields": ["Phone"]}],
    }
    made = await plane("POST", "/blueprints", 201, json=process)
    shown = (await api.get(f"/Leads/{api.ids['smith']}/actions/blueprint")).json()["blueprint"]
    assert [one["id"] for one in shown["transitions"]] == [made["transitions"][0]["id"]]


async def test_an_assignment_rule_gives_records_away(api, plane):
    rule = {
        "name": "To Sam",
        "module": "Leads",
        "rule_entries": [{"criteria": None, "assign_to": [str(api.ids["seller"])]}],
    }
    made = await plane("POST", "/assignment_rules", 201, json=rule)
    reply = await api.write("POST", "/Leads", {"Last_Name": "Doe", "Company": "A"}, lar_id=made["id"])
    stored = api.stored("Leads", reply.json()["data"][0]["details"]["id"])
    assert stored["Owner"] == api.ids["seller"]


async def test_mail_lies_in_the_outbox(api, plane):
    assert await plane("GET", "/outbox") == {"mails": []}
    assert await plane("GET", "/webhooks") == {"webhooks": []}
    assert await plane("GET", "/deliveries") == {"deliveries": []}


async def test_the_time_a_token_lives_follows_the_clock_of_the_control_plane(api, plane):
    await plane("POST", "/clock", json={"advance": timedelta(hours=1).total_seconds()})
    assert (await api.get("/org")).status_code == 401


# ---- its own list


async def test_the_control_plane_lists_itself_and_says_what_it_has_not(api, plane):
    listed = (await plane("GET", "/"))["control"]
    assert listed == (await plane("GET", ""))["control"]
    calls = {(one["method"], one["path"]) for one in listed}
    assert {("POST", f"{PLANE}/templates"), ("GET", f"{PLANE}/openapi.json")} <= calls
    assert all(one["does"] for one in listed), [one["path"] for one in listed if not one["does"]]
    page = (await api.http.get(f"{PLANE}/", headers={"Accept": "text/html"})).text
    assert "<code>POST /__emulator__/faults</code>" in page
    assert (await plane("GET", "/nope", 404))["error"] == (
        "There is no /__emulator__/nope. GET /__emulator__/ lists what there is."
    )
    assert (await plane("DELETE", "/clock", 405))["error"].startswith(
        "/__emulator__/clock takes GET and POST."
    )
