"""Custom views: what they list, which records they show, and the criteria they are written in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools.emulator.app import open_emulator
from zcrm_tools.emulator.caller import Caller
from zcrm_tools.emulator.query.filters import BadFilter, Reader, compile_filter
from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.schema import standard_modules
from zcrm_tools.emulator.views import create_view, view_condition, views_of


def criterion(field, comparator, value):
    return {"field": {"api_name": field}, "comparator": comparator, "value": value}


@pytest.fixture
def view_named(api):
    async def find(module, name):
        views = (await api.get("/settings/custom_views", module=module)).json()["custom_views"]
        return next(view for view in views if view["name"] == name)

    return find


@pytest.fixture
def added(api):
    """Adds a view for a user; its id."""

    def add(module, name="Mine", user="admin", **body):
        store = api.emulator.store
        caller = Caller(api.ids[user], frozenset(), (8, 0), ZoneInfo("UTC"))
        return create_view(store, store.modules[module], caller, {"name": name, **body})

    return add


@pytest.fixture
def filtered(api):
    """Last names of the leads that criteria let through, in alphabetical order."""

    async def names(criteria, **params):
        reply = await api.get("/Leads", fields="Last_Name", filters=json.dumps(criteria), **params)
        if reply.status_code == 204:
            return []
        assert reply.status_code == 200, reply.text
        return sorted(row["Last_Name"] for row in reply.json()["data"])

    return names


@pytest.mark.evidence("views.list")
async def test_views_are_listed_with_their_heading_and_the_default_one(api):
    body = (await api.get("/settings/custom_views", module="Leads")).json()
    first = body["custom_views"][0]
    assert (first["name"], first["system_name"], first["category"]) == (
        "All Leads",
        "ALLVIEWS",
        "public_views",
    )
    assert {"CONVERTEDVIEWS", "MYVIEWS", "JUNKLEADVIEWS"} <= {v["system_name"] for v in body["custom_views"]}
    assert body["info"]["default"] == first["id"]
    assert body["info"]["count"] == len(body["custom_views"])
    assert len({view["id"] for view in body["custom_views"]}) == len(body["custom_views"])
    paged = (await api.get("/settings/custom_views", module="Leads", per_page=2, page=2)).json()
    assert [view["id"] for view in paged["custom_views"]] == [v["id"] for v in body["custom_views"][2:4]]
    assert paged["info"]["more_records"] is True


@pytest.mark.evidence("views.one")
async def test_one_view_tells_its_criteria_fields_and_order(api, view_named):
    view = await view_named("Leads", "My Leads")
    assert "criteria" not in view
    (one,) = (await api.get(f"/settings/custom_views/{view['id']}", module="Leads")).json()["custom_views"]
    assert one["criteria"]["value"] == "${CURRENTUSER}"
    owner = api.emulator.store.modules["Leads"].fields["Owner"]
    assert one["criteria"]["field"] == {"api_name": "Owner", "id": str(owner.id)}
    assert one["fields"][0]["api_name"] == "Full_Name"
    assert one["module"]["api_name"] == "Leads"
    assert (await api.get("/settings/custom_views/1", module="Leads")).status_code == 204


@pytest.mark.evidence("views.records")
async def test_a_list_through_a_view_shows_the_records_of_the_view(api, view_named):
    async def through(name):
        view = await view_named("Leads", name)
        reply = await api.get("/Leads", fields="Last_Name", cvid=view["id"])
        return sorted(row["Last_Name"] for row in reply.json()["data"]) if reply.content else []

    assert await through("All Leads") == ["Smith", "Smithson", "Ünal"]
    assert await through("Converted Leads") == ["Gone"]
    assert await through("My Leads") == ["Smith", "Smithson", "Ünal"]
    assert await through("Junk Leads") == []
    await api.write("PUT", "/Leads", {"id": str(api.ids["smith"]), "Owner": {"id": str(api.ids["seller"])}})
    assert await through("My Leads") == ["Smithson", "Ünal"]


@pytest.mark.evidence("views.records")
async def test_counts_and_coql_go_through_views_as_lists_do(api, view_named):
    view = await view_named("Leads", "Converted Leads")
    count = await api.get("/Leads/actions/count", cvid=view["id"])
    assert count.json() == {"count": 1}
    rows = (await api.coql(f"select Last_Name from Leads#{view['id']} where id is not null")).json()["data"]
    assert [row["Last_Name"] for row in rows] == ["Gone"]


@pytest.mark.evidence("views.categories")
async def test_a_view_stands_under_created_by_me_only_for_its_maker(api, added):
    mine, other = added("Leads", "Mine"), added("Leads", "Sam's", user="seller")
    shared = added("Leads", "Ours", user="seller", category="public_views")
    body = (await api.get("/settings/custom_views", module="Leads")).json()
    headings = {int(view["id"]): view["category"] for view in body["custom_views"]}
    assert headings[mine] == "created_by_me"
    assert headings[other] == "other_users_views"
    assert headings[shared] == "public_views"


@pytest.mark.evidence("views.sort")
async def test_the_order_of_a_view_can_be_changed(api, view_named, refused):
    view = await view_named("Leads", "All Leads")
    path = f"/settings/custom_views/{view['id']}/actions/change_sort?module=Leads"
    row = {"sort_by": {"api_name": "Email"}, "sort_order": "asc"}
    reply = await api.call("PUT", path, json={"custom_views": [row]})
    assert reply.status_code == 200
    assert reply.json()["custom_views"][0]["message"] == "custom view updated"
    (one,) = (await api.get(f"/settings/custom_views/{view['id']}", module="Leads")).json()["custom_views"]
    assert (one["sort_by"]["api_name"], one["sort_order"]) == ("Email", "asc")
    rows = [
        {**row, "id": view["id"]},
        {**row, "id": "1"},
        {"sort_by": {"api_name": "Email"}, "id": view["id"]},
    ]
    many = "/settings/custom_views/actions/change_sort?module=Leads"
    mixed = await api.call("PUT", many, json={"custom_views": rows})
    assert mixed.status_code == 207
    assert [item["code"] for item in mixed.json()["custom_views"]] == [
        "SUCCESS",
        "INVALID_DATA",
        "MANDATORY_NOT_FOUND",
    ]
    bad = await api.call("PUT", many, json={"custom_views": [{**row, "id": view["id"], "sort_order": "up"}]})
    assert bad.status_code == 400


@pytest.mark.evidence("views.no-create")
async def test_there_is_no_call_that_makes_a_view(api, refused):
    reply = await api.call("POST", "/settings/custom_views?module=Leads", json={"custom_views": [{}]})
    refused(reply, "INVALID_REQUEST_METHOD")


@pytest.mark.evidence("filters.comparators")
@pytest.mark.parametrize(
    ("field", "comparator", "value", "found"),
    [
        ("Last_Name", "equal", "smith", ["Smith"]),
        ("Last_Name", "not_equal", "Smith", ["Smithson", "Ünal"]),
        ("Last_Name", "starts_with", "Smith", ["Smith", "Smithson"]),
        ("Last_Name", "ends_with", "son", ["Smithson"]),
        ("Last_Name", "contains", "mith", ["Smith", "Smithson"]),
        ("Last_Name", "not_contains", ["mith", "nal"], []),
        ("Last_Name", "in", ["Smith", "Ünal"], ["Smith", "Ünal"]),
        ("Lead_Status", "not_in", ["New"], ["Smithson", "Ünal"]),
        ("Lead_Status", "equal", "${EMPTY}", ["Ünal"]),
        ("Lead_Status", "not_equal", "${EMPTY}", ["Smith", "Smithson"]),
        ("Annual_Revenue", "greater_than", 100_000, ["Smithson"]),
        ("Annual_Revenue", "greater_equal", "100000", ["Smith", "Smithson"]),
        ("Annual_Revenue", "less_equal", 100_000, ["Smith"]),
        ("Annual_Revenue", "between", ["100000", "200000"], ["Smith"]),
        ("Annual_Revenue", "not_between", [100_000, 200_000], ["Smithson", "Ünal"]),
        ("Owner", "equal", "${CURRENTUSER}", ["Smith", "Smithson", "Ünal"]),
        ("Email_Opt_Out", "equal", False, ["Smith", "Smithson", "Ünal"]),
        ("Created_Time", "equal", "${TODAY}", []),
        ("Created_Time", "less_than", "${TODAY}", ["Smith", "Smithson", "Ünal"]),
        ("Created_Time", "equal", "${LAST30DAYS}", ["Smith", "Smithson", "Ünal"]),
    ],
)
async def test_a_filter_lets_the_right_records_through(filtered, field, comparator, value, found):
    assert await filtered(criterion(field, comparator, value)) == found


@pytest.mark.evidence("filters.comparators")
async def test_groups_join_criteria_with_and_or_or(filtered):
    new, contacted = (criterion("Lead_Status", "equal", status) for status in ("New", "Contacted"))
    assert await filtered({"group_operator": "OR", "group": [new, contacted]}) == ["Smith", "Smithson"]
    assert await filtered({"group_operator": "and", "group": [new, contacted]}) == []
    nested = {
        "group_operator": "AND",
        "group": [
            {"group_operator": "OR", "group": [new, contacted]},
            criterion("Last_Name", "contains", "son"),
        ],
    }
    assert await filtered(nested) == ["Smithson"]


@pytest.mark.evidence("filters.tokens")
async def test_days_of_a_token_follow_the_callers_zone(api, added, view_named):
    """09:00 UTC on the 24th: in India the day began at 18:30 UTC on the 23rd."""
    module = api.emulator.store.modules["Leads"]
    api.emulator.store.update("Leads", api.ids["smith"], {"Created_Time": int(_utc(23, 19).timestamp())})
    added_view = added("Leads", criteria=criterion("Created_Time", "equal", "${TODAY}"))
    for zone, found in (("UTC", 0), ("Asia/Kolkata", 1)):
        caller = Caller(api.ids["admin"], frozenset(), (8, 0), ZoneInfo(zone))
        sql, values = view_condition(api.emulator.store, caller, module, str(added_view))
        counted = api.emulator.store.fetch(f'SELECT count(*) FROM "Leads" t WHERE {sql}', values)
        assert counted == [(found,)], zone


def _utc(day, hour):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


@pytest.mark.evidence("filters.refused")
@pytest.mark.parametrize(
    "criteria",
    [
        "not json",
        json.dumps([]),
        json.dumps({}),
        json.dumps(criterion("No_Such", "equal", "x")),
        json.dumps(criterion("Last_Name", "sounds_like", "x")),
        json.dumps(criterion("Annual_Revenue", "equal", "much")),
        json.dumps(criterion("Annual_Revenue", "contains", "1")),
        json.dumps(criterion("Created_Time", "equal", "yesterday")),
        json.dumps(criterion("Last_Name", "equal", "${TODAY}")),
        json.dumps(criterion("Last_Name", "equal", "${NOBODY}")),
        json.dumps(criterion("Last_Name", "in", [])),
        json.dumps({"field": {"api_name": "Last_Name"}, "comparator": "equal"}),
        json.dumps({"group_operator": "XOR", "group": [criterion("Last_Name", "equal", "x")]}),
        json.dumps({"group_operator": "AND", "group": []}),
        json.dumps({"group_operator": "AND", "group": [criterion("Last_Name", "equal", "x")] * 26}),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(api, refused, criteria):
    reply = await api.get("/Leads", fields="id", filters=criteria)
    assert refused(reply, "INVALID_DATA") == {"param_name": "filters"}


def test_a_view_with_bad_criteria_is_refused_where_the_fault_is(added):
    group = {
        "group_operator": "AND",
        "group": [criterion("Last_Name", "equal", "x"), criterion("Last_Name", "is", "x")],
    }
    with pytest.raises(Refusal) as refusal:
        added("Leads", criteria=group)
    assert refusal.value.details["json_path"] == "$.criteria.group[1].comparator"


def test_every_view_of_a_new_org_can_be_run():
    emulator = open_emulator(seed="empty")
    store = emulator.store
    (user,) = store.fetch('SELECT id FROM "Users"')[0]
    caller = Caller(user, frozenset(), (8, 0), ZoneInfo("UTC"))
    for module in standard_modules().values():
        for view in views_of(store, module):
            sql, values = view_condition(store, caller, module, str(view.id))
            store.fetch(f'SELECT 1 FROM "{module.api_name}" t WHERE {sql}', values)
    emulator.close()


async def test_views_people_added_go_with_the_org(api, added):
    added("Leads", "Mine")
    api.emulator.reset()
    body = (await api.get("/settings/custom_views", module="Leads")).json()
    assert "Mine" not in [view["name"] for view in body["custom_views"]]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_COMPARATORS = (
    "equal not_equal in contains starts_with between include_all exclude_any less_than not_in".split()
)


@given(
    field=st.sampled_from(sorted(standard_modules()["Leads"].fields)),
    comparator=st.sampled_from(_COMPARATORS),
    value=_VALUES | st.sampled_from(["${TODAY}", "${EMPTY}", "${CURRENTUSER}", "${LASTMONTH}"]),
)
def test_any_criterion_is_refused_or_runs(field, comparator, value):
    store = _store()
    reader = Reader(1, ZoneInfo("Asia/Tokyo"), store.clock.now() - timedelta(days=1))
    try:
        sql, values = compile_filter(store.modules["Leads"], criterion(field, comparator, value), reader)
    except BadFilter:
        return
    store.fetch(f'SELECT count(*) FROM "Leads" t WHERE {sql}', values)


_STORES = []


def _store():
    if not _STORES:
        _STORES.append(open_emulator(seed="empty").store)
    return _STORES[0]
