"""Composite requests: references, rollback, limits, and what is answered for each part."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from zcrm_tools.emulator.grants import Holder

NEW = {"Last_Name": "Boyle", "Company": "Composed"}


def sub(method: str, uri: str, **beside: Any) -> dict[str, Any]:
    return {"method": method, "uri": f"/crm/v8{uri}", **beside}


def create(**row: Any) -> dict[str, Any]:
    return sub("POST", "/Leads", body={"data": [{**NEW, **row}]})


async def send(api, *subs: Any, version: str = "v8", **flags: Any) -> httpx.Response:
    return await api.call(
        "POST", "/__composite_requests", version=version, json={"__composite_requests": list(subs), **flags}
    )


def items(reply: httpx.Response, status: int = 200) -> list[dict[str, Any]]:
    assert reply.status_code == status, reply.text
    found: list[dict[str, Any]] = reply.json()["__composite_requests"]
    return found


def body(item: dict[str, Any], status: int) -> Any:
    assert item["code"] == "SUCCESS", item
    assert item["message"] == "composite sub request executed successfully"
    response = item["details"]["response"]
    assert response["status_code"] == status, response
    assert response["headers"]["content-type"].lower() == "application/json;charset=utf-8"
    return response["body"]


@pytest.mark.evidence("composite.references")
async def test_later_parts_use_what_earlier_ones_answered(api):
    reply = await send(
        api,
        {**create(), "sub_request_id": "1"},
        {**sub("PUT", "/Leads/@{1:$.data[0].details.id}", body={"data": [{"City": "Bonn"}]}), "sub_request_id": "2"},
        sub("GET", "/Leads/@{2:$.data[0].details.id}", params={"fields": "Last_Name,City"}),
        sub("GET", "/Leads", params={"fields": "City", "ids": "@{1:$.data[0].details.id}"}),
        sub("POST", "/Tasks", body={"data": [{"Subject": "Call @{1:$['data'][0].code}", "$se_module": "Leads", "What_Id": {"id": "@{1:$.data[0].details.id}"}}]}),
        parallel_execution=False,
    )  # fmt: skip
    first, second, third, fourth, fifth = items(reply)
    lead = body(first, 201)["data"][0]["details"]["id"]
    body(second, 200)
    row = body(third, 200)["data"][0]
    assert {key: row[key] for key in ("Last_Name", "City", "id")} == {
        "Last_Name": "Boyle",
        "City": "Bonn",
        "id": lead,
    }
    assert [one["id"] for one in body(fourth, 200)["data"]] == [lead]
    task = body(fifth, 201)["data"][0]["details"]["id"]
    assert api.stored("Tasks", task)["Subject"] == "Call SUCCESS"
    assert api.stored("Tasks", task)["What_Id"] == int(lead)


@pytest.mark.evidence("composite.parallel")
async def test_in_parallel_a_part_may_stand_before_what_it_needs(api):
    reply = await send(
        api,
        {**sub("GET", "/Leads/@{b:$.data[0].details.id}"), "sub_request_id": "a"},
        {**create(), "sub_request_id": "b"},
    )
    first, second = items(reply)
    assert body(first, 200)["data"][0]["id"] == body(second, 201)["data"][0]["details"]["id"]


@pytest.mark.evidence("composite.statuses")
async def test_a_part_that_fails_is_executed_all_the_same(api):
    first, second = items(await send(api, sub("POST", "/Leads", body={"data": [{}]}), create()))
    assert body(first, 400)["data"][0]["code"] == "MANDATORY_NOT_FOUND"
    body(second, 201)
    first, second = items(await send(api, sub("GET", "/settings/nothing/at/all"), create()), 207)
    assert first["code"] == "NOT_SUPPORTED"
    items(await send(api, sub("GET", "/files")), 400)


@pytest.mark.evidence("composite.rollback")
async def test_a_failure_undoes_everything_when_asked_to(api):
    before = api.emulator.store.count("Leads")
    reply = await send(
        api,
        create(),
        sub("GET", "/Leads", params={"fields": "Last_Name"}),
        sub("DELETE", f"/Leads/{api.ids['smith']}"),
        sub(
            "POST",
            "/coql",
            body={"select_query": "select Last_Name from Leads where id is not null limit 26"},
        ),
        sub("GET", "/Leads", params={"fields": "Last_Name"}),
        rollback_on_fail=True,
    )
    found = items(reply, 400)
    codes = ["ROLLBACK_PERFORMED"] * 3 + ["SUCCESS", "PROCESSING_STOPPED"]
    assert [item["code"] for item in found] == codes
    assert body(found[3], 400) == {
        "code": "LIMIT_EXCEEDED",
        "details": {"by": "limit", "limit": 25},
        "message": "limit exceeded",
        "status": "error",
    }
    for at in (0, 1, 2, 4):
        assert found[at]["details"] == {"rollbacked_by_sub_request_index": 3}
    assert api.emulator.store.count("Leads") == before
    assert api.stored("Leads", api.ids["smith"]) is not None


@pytest.mark.evidence("composite.rollback")
async def test_without_a_failure_nothing_is_undone(api):
    for item in items(await send(api, create(), create(), rollback_on_fail=True)):
        lead = body(item, 201)["data"][0]["details"]["id"]
        assert api.stored("Leads", lead) is not None


@pytest.mark.evidence("composite.rollback")
async def test_a_part_that_cannot_be_made_rolls_back_too(api):
    before = api.emulator.store.count("Leads")
    reply = await send(api, create(), sub("GET", "/files"), create(), rollback_on_fail=True)
    codes = [item["code"] for item in items(reply, 400)]
    assert codes == ["ROLLBACK_PERFORMED", "NOT_SUPPORTED", "PROCESSING_STOPPED"]
    assert api.emulator.store.count("Leads") == before


@pytest.mark.evidence("composite.limits")
async def test_lists_are_capped_at_25_and_writes_take_one_record(api):
    store = api.emulator.store
    store.load(
        "Leads", [{"Last_Name": f"L{n}", "Company": "C", "Owner": api.ids["admin"]} for n in range(30)]
    )
    fields = {"fields": "Last_Name"}
    first, second, third, fourth, fifth = items(
        await send(
            api,
            sub("GET", "/Leads", params=fields),
            sub("GET", "/Leads", params={**fields, "per_page": 26}),
            sub("POST", "/Leads", body={"data": [NEW, NEW]}),
            sub("POST", "/coql", body={"select_query": "select Last_Name from Leads where id is not null"}),
            sub("GET", "/Leads/search", params={"criteria": "(Company:equals:C)", "per_page": "5"}),
        )
    )
    info = body(first, 200)["info"]
    assert (info["per_page"], info["count"], info["more_records"]) == (25, 25, True)
    assert body(second, 400)["details"] == {"by": "per_page", "limit": 25}
    assert body(third, 400)["code"] == "LIMIT_EXCEEDED"
    assert body(fourth, 200)["info"] == {"count": 25, "more_records": True}
    assert body(fifth, 200)["info"]["count"] == 5


@pytest.mark.evidence("composite.errors")
@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"rollback_on_fail": "yes"}, "INVALID_DATA", "$.rollback_on_fail"),
        ({"parallel_execution": 1}, "INVALID_DATA", "$.parallel_execution"),
        ({"__composite_requests": None}, "MANDATORY_NOT_FOUND", "$.__composite_requests"),
        ({"__composite_requests": {}}, "INVALID_DATA", "$.__composite_requests"),
        ({"__composite_requests": [create()] * 6}, "INVALID_DATA", "$.__composite_requests"),
    ],
)
async def test_a_faulty_request_is_refused_as_a_whole(api, refused, given, code, path):
    assert refused(await send(api, **given), code)["json_path"] == path


@pytest.mark.evidence("composite.errors")
async def test_rollback_and_parallel_exclude_each_other_and_v2_knows_neither(api, refused):
    reply = await send(api, create(), rollback_on_fail=True, parallel_execution=True)
    details = refused(reply, "AMBIGUITY_DURING_PROCESSING")
    assert [one["api_name"] for one in details["ambiguity_due_to"]] == [
        "rollback_on_fail",
        "parallel_execution",
    ]
    refused(await send(api, create(), version="v2.1"), "API_NOT_SUPPORTED")
    refused(await api.call("POST", "/__composite_requests", content=b"["), "INVALID_REQUEST")


@pytest.mark.evidence("composite.sub-errors")
@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"uri": "/crm/v8/Leads"}, "MANDATORY_NOT_FOUND"),
        ({"method": "GET"}, "MANDATORY_NOT_FOUND"),
        ({"method": "GET", "uri": "crm/v8/Leads"}, "INVALID_DATA"),
        (sub("HEAD", "/Leads"), "INVALID_DATA"),
        (sub("GET", "/Leads", sub_request_id="_x"), "INVALID_DATA"),
        (sub("GET", "/Leads", params=[1]), "INVALID_DATA"),
        (sub("POST", "/Leads", body=[NEW]), "INVALID_DATA"),
        (sub("GET", "/Leads", headers={"Authorization": "x"}), "INVALID_DATA"),
        ({"method": "GET", "uri": "/crm/v9/Leads"}, "NOT_ALLOWED"),
        ({"method": "POST", "uri": "/crm/bulk/v8/read"}, "NOT_SUPPORTED"),
        (sub("DELETE", "/Leads", params={"ids": "1,2"}), "NOT_SUPPORTED"),
        (sub("GET", "/Leads/@{9:$.data[0].id}"), "INVALID_REFERENCE"),
        (sub("GET", "/Leads/@{1:$.data[0].id}"), "INVALID_REFERENCE"),
        (7, "INVALID_DATA"),
    ],
)
async def test_a_part_that_cannot_be_made_says_why(api, part, code):
    first, second = items(await send(api, part, create()), 207)
    assert (first["code"], first["status"]) == (code, "error"), first
    body(second, 201)


@pytest.mark.evidence("composite.sub-errors")
async def test_references_that_lead_nowhere_are_refused(api):
    for path in (
        "$.data[0].nothing",
        "$.data[7].code",
        "data",
        "$..x",
        "$.data[0].details.Modified_By.name.x",
    ):
        reply = await send(
            api,
            {**create(), "sub_request_id": "a"},
            sub("GET", f"/Leads/@{{a:{path}}}"),
            parallel_execution=False,
        )
        _, second = items(reply, 207)
        assert second["code"] == "INVALID_REFERENCE", path
    failed = {**sub("POST", "/Leads", body={"data": [{}]}), "sub_request_id": "a"}
    _, second = items(await send(api, failed, sub("GET", "/Leads/@{a:$.data[0].code}")), 207)
    assert second["code"] == "INVALID_REFERENCE"


@pytest.mark.evidence("composite.sub-errors")
async def test_order_matters_in_sequence_and_circles_in_parallel(api):
    early = {**sub("GET", "/Leads/@{b:$.data[0].details.id}"), "sub_request_id": "a"}
    first, _ = items(
        await send(api, early, {**create(), "sub_request_id": "b"}, parallel_execution=False), 207
    )
    assert first["code"] == "INVALID_REFERENCE"
    circle = [
        {**sub("GET", f"/Leads/@{{{other}:$.data[0].id}}"), "sub_request_id": name}
        for name, other in (("a", "b"), ("b", "a"))
    ]
    found = items(await send(api, *circle), 400)
    assert [item["code"] for item in found] == ["LOOPING_FOUND"] * 2
    assert found[0]["details"]["dependent_data"] == [
        {"sub_request_id": "a", "referred_sub_request_ids": ["b"]},
        {"sub_request_id": "b", "referred_sub_request_ids": ["a"]},
    ]


@pytest.mark.evidence("composite.sub-errors")
async def test_two_parts_cannot_have_one_id(api):
    same = {**create(), "sub_request_id": "x"}
    found = items(await send(api, same, same, create()), 207)
    assert [item["code"] for item in found] == ["DUPLICATE_DATA", "DUPLICATE_DATA", "SUCCESS"]
    assert found[0]["details"]["sub_request_indexes"] == [0, 1]


@pytest.mark.evidence("composite.scope")
async def test_each_part_needs_its_own_scope(api, refused):
    def sign_in(*scopes: str) -> None:
        holder = Holder(api.emulator.credentials.client_id, api.ids["admin"], scopes)
        token = api.emulator.grants.issue(holder).access_token
        api.http.headers["Authorization"] = f"Zoho-oauthtoken {token}"

    sign_in("ZohoCRM.modules.leads.ALL")
    refused(await send(api, create()), "OAUTH_SCOPE_MISMATCH", 401)
    sign_in("ZohoCRM.composite_requests.CUSTOM", "ZohoCRM.modules.leads.ALL")
    first, second = items(await send(api, create(), sub("GET", "/Deals", params={"fields": "Stage"})))
    body(first, 201)
    assert body(second, 401)["code"] == "OAUTH_SCOPE_MISMATCH"


async def test_headers_and_older_versions_reach_the_part(api):
    reply = await send(
        api,
        {"method": "GET", "uri": f"/crm/v2/Leads/{api.ids['smith']}"},
        sub(
            "GET",
            "/Leads",
            params={"fields": "id"},
            headers={"If-Modified-Since": "2030-01-01T00:00:00+00:00"},
        ),
    )
    first, second = items(reply)
    assert body(first, 200)["data"][0]["Last_Name"] == "Smith"
    assert second["details"]["response"]["status_code"] == 304
