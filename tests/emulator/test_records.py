"""Reading records: fields, pages, tokens, one record, the deleted, the related, the count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from zcrm_tools.emulator.store import Store

UNKNOWN = "554023000999999999"


def names(reply):
    return [row["Last_Name"] for row in reply.json()["data"]]


@pytest.mark.evidence("records.list-needs-fields")
async def test_a_list_without_fields_is_refused(api, refused):
    for params in ({}, {"fields": ""}, {"fields": " , "}):
        assert refused(await api.get("/Leads", **params), "REQUIRED_PARAM_MISSING") == {
            "param_name": "fields"
        }


@pytest.mark.evidence("records.list-needs-fields", "records.fields-50")
async def test_a_list_gives_the_fields_asked_for_and_the_id(api, refused):
    reply = await api.get("/Leads", fields="Last_Name,No_Such_Field", sort_order="asc")
    assert [sorted(row) for row in reply.json()["data"]] == [["Last_Name", "id"]] * 3
    assert reply.json()["data"][0] == {"Last_Name": "Smith", "id": str(api.ids["smith"])}
    many = ",".join(f"F{number}" for number in range(51))
    assert refused(await api.get("/Leads", fields=many), "LIMIT_EXCEEDED") == {
        "limit": 50,
        "param_name": "fields",
    }


@pytest.mark.evidence("records.values")
async def test_values_have_the_shapes_zoho_gives_them(api):
    fields = "Account_Name,Owner,Created_Time,Amount,Closing_Date,Deal_Name"
    reply = await api.get(f"/Deals/{api.ids['pumps']}", fields=fields)
    (row,) = reply.json()["data"]
    assert row["Account_Name"] == {"name": "Acme Works", "id": str(api.ids["acme"])}
    assert row["Owner"] == {
        "name": "Ada Admin",
        "id": str(api.ids["admin"]),
        "email": "admin@example.com",
    }
    assert row["Created_Time"].endswith("+00:00")
    assert len(row["Created_Time"]) == len("2026-11-14T21:00:00+00:00"), "seconds, no fraction"
    assert reply.text.count('"Amount":1000,') == 1, "a whole amount has no decimal point"
    assert row["Closing_Date"] == "2026-12-01"


@pytest.mark.evidence("records.values")
async def test_times_are_shown_in_the_callers_zone(api):
    api.emulator.store.update("Users", api.ids["admin"], {"time_zone": "America/New_York"})
    reply = await api.get(f"/Deals/{api.ids['pumps']}", fields="Created_Time")
    assert reply.json()["data"][0]["Created_Time"].endswith("-05:00")


@pytest.mark.evidence("records.converted-hidden")
async def test_converted_leads_are_hidden_until_asked_for(api, refused):
    assert names(await api.get("/Leads", fields="Last_Name")) == ["Ünal", "Smithson", "Smith"]
    assert names(await api.get("/Leads", fields="Last_Name", converted="true")) == ["Gone"]
    assert len(names(await api.get("/Leads", fields="Last_Name", converted="both"))) == 4
    refused(await api.get("/Leads", fields="Last_Name", converted="maybe"), "INVALID_DATA")


@pytest.mark.evidence("records.sorting")
async def test_lists_sort_by_id_and_two_times_only(api, refused):
    api.emulator.store.update("Leads", api.ids["smith"], {"Modified_Time": 2_000_000_000})
    assert names(await api.get("/Leads", fields="Last_Name", sort_by="Modified_Time"))[0] == "Smith"
    oldest = await api.get("/Leads", fields="Last_Name", sort_by="Created_Time", sort_order="asc")
    assert names(oldest) == ["Smith", "Smithson", "Ünal"]
    details = refused(await api.get("/Leads", fields="id", sort_by="Last_Name"), "INVALID_DATA")
    assert details == {
        "param_name": "sort_by",
        "supported_values": ["id", "Created_Time", "Modified_Time"],
    }
    refused(await api.get("/Leads", fields="id", sort_order="up"), "INVALID_DATA")


@pytest.mark.evidence("records.custom-view")
async def test_an_unknown_custom_view_is_refused_and_a_known_one_never_sorted(api, refused):
    assert refused(await api.get("/Leads", fields="id", cvid="1"), "INVALID_DATA") == {"param_name": "cvid"}
    view = (await api.get("/settings/custom_views", module="Leads")).json()["custom_views"][0]["id"]
    assert len((await api.get("/Leads", fields="id", cvid=view)).json()["data"]) == 3
    details = refused(
        await api.get("/Leads", fields="id", cvid=view, sort_by="id"), "AMBIGUITY_DURING_PROCESSING"
    )
    assert details == {"ambiguity_due_to": [{"param_name": "cvid"}, {"param_name": "sort_by"}]}


async def test_ids_choose_records(api, refused):
    wanted = f"{api.ids['smith']},{UNKNOWN}"
    assert names(await api.get("/Leads", fields="Last_Name", ids=wanted)) == ["Smith"]
    refused(await api.get("/Leads", fields="Last_Name", ids="abc"), "INVALID_DATA")


async def test_a_parameter_the_emulator_does_not_cover_is_refused_not_ignored(api, refused):
    assert refused(await api.get("/Leads", fields="id", cross_filters="[]"), "NOT_SUPPORTED") == {
        "param_name": "cross_filters"
    }


@pytest.mark.evidence("records.not-modified")
async def test_nothing_newer_than_if_modified_since_answers_304(api, refused):
    latest = (await api.get("/Leads", fields="Modified_Time", sort_by="Modified_Time")).json()["data"][0]
    header = {"If-Modified-Since": latest["Modified_Time"]}
    assert (await api.get("/Leads", fields="id", headers=header)).status_code == 304
    assert (await api.get(f"/Leads/{latest['id']}", headers=header)).status_code == 304
    header = {"If-Modified-Since": "2020-01-01T00:00:00+05:30"}
    assert len((await api.get("/Leads", fields="id", headers=header)).json()["data"]) == 3
    refused(await api.get("/Leads", fields="id", headers={"If-Modified-Since": "yesterday"}), "INVALID_DATA")


@pytest.mark.evidence("records.empty-is-204")
async def test_an_empty_result_is_204_without_a_body(api):
    for path, params in (
        ("/Cases", {"fields": "Subject"}),
        (f"/Leads/{UNKNOWN}", {}),
        ("/Leads/deleted", {}),
        (f"/Accounts/{api.ids['acme']}/Cases", {"fields": "Subject"}),
    ):
        reply = await api.get(path, **params)
        assert (reply.status_code, reply.content) == (204, b""), path


@pytest.mark.evidence("records.bad-path")
async def test_a_malformed_id_and_an_unknown_module_are_refused_by_their_place_in_the_path(api, refused):
    for wrong in ("abc", "12x", "99999999999999999999", "-1", "9223372036854775808"):
        assert refused(await api.get(f"/Leads/{wrong}"), "INVALID_DATA") == {"resource_path_index": 1}
    for wrong in ("Nope", "leads", "__roles", "Users"):
        assert refused(await api.get(f"/{wrong}", fields="id"), "INVALID_MODULE") == {
            "resource_path_index": 0
        }


@pytest.mark.evidence("records.get-one")
async def test_one_record_has_every_field_and_the_system_keys(api):
    (row,) = (await api.get(f"/Leads/{api.ids['smith']}")).json()["data"]
    assert api.emulator.store.modules["Leads"].fields.keys() <= row.keys()
    assert row["Full_Name"] == "Anna Smith"
    assert row["Email_Opt_Out"] is False
    assert row["Layout"]["name"] == "Standard"
    assert {"$approval_state", "$editable", "$in_merge", "$currency_symbol", "$converted"} <= row.keys()
    (task,) = (await api.get(f"/Tasks/{api.ids['task']}")).json()["data"]
    assert task["What_Id"] == {"name": "Pumps", "id": str(api.ids["pumps"])}
    assert task["$se_module"] == "Deals"


# ---- pages


def many_leads(store: Store, count: int) -> None:
    store.load("Leads", ({"Last_Name": f"N{number}"} for number in range(count)))


@pytest.mark.evidence("records.page-rules")
async def test_page_and_per_page_must_be_numbers_in_range(api, refused):
    for params in ({"page": "0"}, {"page": "x"}, {"per_page": "201"}, {"per_page": "0"}, {"per_page": "٣"}):
        details = refused(await api.get("/Leads", fields="id", **params), "PATTERN_NOT_MATCHED")
        assert details == {"param_name": next(iter(params))}


@pytest.mark.evidence("records.page-rules")
async def test_page_numbers_end_at_two_thousand_records(api, refused):
    many_leads(api.emulator.store, 2_100)
    last = await api.get("/Leads", fields="id", page=10)
    assert (len(last.json()["data"]), last.json()["info"]["more_records"]) == (200, True)
    details = refused(await api.get("/Leads", fields="id", page=11), "DISCRETE_PAGINATION_LIMIT_EXCEEDED")
    assert details == {"limit": 2000}
    refused(await api.get("/Leads", fields="id", page=41, per_page=50), "DISCRETE_PAGINATION_LIMIT_EXCEEDED")


@pytest.mark.evidence("records.page-token")
@pytest.mark.parametrize("sort_by", ["id", "Created_Time"])
async def test_page_tokens_walk_everything_once_and_back_again(api, sort_by):
    many_leads(api.emulator.store, 2_500)
    params = {"fields": "id", "sort_by": sort_by}
    seen, pages = [], []
    reply = await api.get("/Leads", **params)
    while True:
        body = reply.json()
        pages.append([row["id"] for row in body["data"]])
        seen += pages[-1]
        token = body["info"]["next_page_token"]
        assert body["info"]["more_records"] == (token is not None)
        if token is None:
            break
        assert len(token) <= 96
        reply = await api.get("/Leads", **params, page_token=token)
    assert len(seen) == len(set(seen)) == 2_503
    assert body["info"]["page"] == len(pages) == 13
    back = await api.get("/Leads", **params, page_token=body["info"]["previous_page_token"])
    assert [row["id"] for row in back.json()["data"]] == pages[-2]
    assert back.json()["info"]["page"] == 12
    first = await api.get("/Leads", **params)
    assert first.json()["info"]["previous_page_token"] is None


@pytest.mark.evidence("records.page-token")
async def test_records_written_between_pages_neither_repeat_nor_hide_others(api):
    many_leads(api.emulator.store, 400)
    first = (await api.get("/Leads", fields="id")).json()
    many_leads(api.emulator.store, 50)
    second = (await api.get("/Leads", fields="id", page_token=first["info"]["next_page_token"])).json()
    assert not {row["id"] for row in first["data"]} & {row["id"] for row in second["data"]}
    assert int(second["data"][0]["id"]) == int(first["data"][-1]["id"]) - 1


@pytest.mark.evidence("records.page-token", "records.page-token-errors")
async def test_a_page_token_is_bound_to_the_parameters_and_lives_a_day(api, refused):
    many_leads(api.emulator.store, 10)
    params = {"fields": "id", "per_page": "5"}
    token = (await api.get("/Leads", **params)).json()["info"]["next_page_token"]
    assert (await api.get("/Leads", **params, page_token=token)).status_code == 200
    bound = {"param_name": "page_token"}
    for wrong in ({"fields": "id,Email"}, {"per_page": "6"}, {"sort_order": "asc"}, {"converted": "both"}):
        reply = await api.get("/Leads", **{**params, **wrong}, page_token=token)
        assert refused(reply, "TOKEN_BOUND_DATA_MISMATCH") == bound
    for garbage in ("x", "00", token[:-2] + "00", "é", token + "00"):
        refused(await api.get("/Leads", **params, page_token=garbage), "TOKEN_BOUND_DATA_MISMATCH")
    refused(await api.get("/Contacts", **params, page_token=token), "TOKEN_BOUND_DATA_MISMATCH")
    details = refused(
        await api.get("/Leads", **params, page="2", page_token=token), "AMBIGUITY_DURING_PROCESSING"
    )
    assert [item["param_name"] for item in details["ambiguity_due_to"]] == ["page", "page_token"]
    api.emulator.clock.advance(timedelta(hours=23))
    fresh = await _fresh_token(api)  # the access token lives an hour
    ok = await api.get("/Leads", **params, page_token=token, headers=fresh)
    assert ok.status_code == 200
    api.emulator.clock.advance(timedelta(hours=1))
    details = refused(
        await api.get("/Leads", **params, page_token=token, headers=await _fresh_token(api)), "EXPIRED_VALUE"
    )
    assert details == {"api_name": "page_token", "json_path": "$.query.page_token"}


async def _fresh_token(api):
    held = api.emulator.credentials
    data = {
        "grant_type": "refresh_token",
        "client_id": held.client_id,
        "client_secret": held.client_secret,
        "refresh_token": held.refresh_token,
    }
    reply = await api.http.post("/oauth/v2/token", data=data)
    return {"Authorization": f"Zoho-oauthtoken {reply.json()['access_token']}"}


@pytest.mark.evidence("records.page-token-errors")
async def test_page_tokens_end_at_a_hundred_thousand_records(api, refused):
    from zcrm_tools.emulator import paging
    from zcrm_tools.emulator.call import Call
    from zcrm_tools.emulator.caller import Caller

    caller = Caller(api.ids["admin"], frozenset(), (8, 0), None)
    call = Call(api.emulator.store, caller, "/crm/v8/Leads", {}, {"fields": "id"}, {})
    token = paging._seal(call, paging.Position(501, 1, 1), api.emulator.clock.now() + timedelta(hours=1))
    details = refused(await api.get("/Leads", fields="id", page_token=token), "PAGINATION_LIMIT_EXCEEDED")
    assert details == {"param_name": "page_token"}


# ---- deleted, related, count


@pytest.mark.evidence("records.deleted")
async def test_a_deleted_record_is_listed_as_deleted_and_gone_elsewhere(api, refused):
    await api.call("DELETE", f"/Leads/{api.ids['smith']}")
    assert (await api.get(f"/Leads/{api.ids['smith']}")).status_code == 204
    (row,) = (await api.get("/Leads/deleted", type="recycle")).json()["data"]
    assert row["id"] == str(api.ids["smith"])
    assert (row["display_name"], row["type"]) == ("Anna Smith", "recycle")
    assert row["deleted_by"] == {"name": "Ada Admin", "id": str(api.ids["admin"])}
    assert row["deleted_time"] == "2026-11-24T09:00:00+00:00"
    assert (await api.get("/Leads/deleted", type="permanent")).status_code == 204
    assert refused(await api.get("/Leads/deleted", type="x"), "PATTERN_NOT_MATCHED") == {"param_name": "type"}


async def test_lookups_to_a_deleted_record_are_emptied(api):
    await api.call("DELETE", f"/Deals/{api.ids['pumps']}")
    assert api.stored("Tasks", api.ids["task"])["What_Id"] is None
    await api.call("DELETE", f"/Accounts/{api.ids['bolt']}")
    assert api.stored("Contacts", api.ids["marrs"])["Account_Name"] is None
    (links,) = api.emulator.store.fetch("SELECT links FROM _deleted WHERE id = ?", (api.ids["bolt"],))
    assert str(api.ids["marrs"]) in links[0], "what a restore would mend"


@pytest.mark.evidence("records.related")
async def test_related_lists_hold_the_records_that_point_back(api, refused):
    contacts = await api.get(f"/Accounts/{api.ids['bolt']}/Contacts", fields="Last_Name", sort_order="asc")
    assert names(contacts) == ["Marrs", "Dilly"]
    assert contacts.json()["info"]["per_page"] == 200
    deals = await api.get(f"/Accounts/{api.ids['bolt']}/Deals", fields="Deal_Name", sort_order="asc")
    assert [row["Deal_Name"] for row in deals.json()["data"]] == ["Valves", "Hoses"]
    for path in (f"/Deals/{api.ids['pumps']}/Tasks", f"/Contacts/{api.ids['boyle']}/Tasks"):
        tasks = await api.get(path, fields="Subject")
        assert [row["Subject"] for row in tasks.json()["data"]] == ["Ring back"]
    leads_tasks = await api.get(f"/Leads/{api.ids['smith']}/Tasks", fields="Subject")
    assert [row["Subject"] for row in leads_tasks.json()["data"]] == ["Look up"]
    refused(await api.get(f"/Accounts/{api.ids['bolt']}/Contacts"), "REQUIRED_PARAM_MISSING")
    details = refused(await api.get(f"/Accounts/{api.ids['bolt']}/Nope", fields="id"), "INVALID_DATA")
    assert details == {"resource_path_index": 2}


async def test_count_counts_what_a_list_would_show(api, refused):
    assert (await api.get("/Leads/actions/count")).json() == {"count": 3}
    found = await api.get("/Leads/actions/count", criteria="(Lead_Status:equals:Contacted)")
    assert found.json() == {"count": 1}
    view = (await api.get("/settings/custom_views", module="Leads")).json()["custom_views"][0]["id"]
    refused(await api.get("/Leads/actions/count", cvid=view, word="ab"), "AMBIGUITY_DURING_PROCESSING")


# ---- the store itself


def test_two_stores_on_one_file_share_ids_and_rows(tmp_path, api):
    first = Store(tmp_path / "org.db", clock=api.emulator.clock)
    second = Store(tmp_path / "org.db", clock=api.emulator.clock)
    first.load("Leads", [{"Last_Name": "One"}])
    second.load("Leads", [{"Last_Name": "Two"}])
    assert first.count("Leads") == second.count("Leads") == 2
    assert first.next_id() < second.next_id() < first.next_id()
    first.close()
    second.close()


def test_a_failed_transaction_leaves_nothing_behind(api):
    store = api.emulator.store
    before = store.count("Leads")

    def inner():
        with store.transaction():
            store.load("Leads", [{"Last_Name": "Inner"}])
            raise KeyError

    def outer():
        with store.transaction():
            store.load("Leads", [{"Last_Name": "Outer"}])
            with pytest.raises(KeyError):
                inner()
            assert store.count("Leads") == before + 1, "the inner one alone is undone"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        outer()
    assert store.count("Leads") == before


def test_no_two_columns_of_a_module_differ_only_in_case(api):
    for module in api.emulator.store.modules.values():
        assert len({name.lower() for name in module.fields}) == len(module.fields), module.api_name
        for field in module.fields.values():
            assert set(field.targets) <= api.emulator.store.modules.keys()
            assert not field.lookup_module or field.lookup_module in api.emulator.store.modules


def test_metadata_ids_are_18_digits_and_unique(api):
    ids = []
    for module in api.emulator.store.modules.values():
        ids += [module.id, module.layout_id, module.view_id, *(field.id for field in module.fields.values())]
    assert {len(str(found)) for found in ids} == {18}
    assert len(set(ids)) == len(ids)
