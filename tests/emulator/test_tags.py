"""Tags of modules, and tags on records."""

from __future__ import annotations

from datetime import timedelta

import pytest

from zcrm_tools.emulator import locks

evidence = pytest.mark.evidence


async def create(api, *tags, module="Leads"):
    reply = await api.call("POST", f"/settings/tags?module={module}", json={"tags": list(tags)})
    assert reply.status_code == 201, reply.text
    return [item["details"]["id"] for item in reply.json()["tags"]]


async def listed(api, module="Leads", **params):
    reply = await api.get("/settings/tags", module=module, **params)
    return [] if reply.status_code == 204 else reply.json()["tags"]


async def on_record(api, key, module="Leads"):
    return (await api.get(f"/{module}/{api.ids[key]}")).json()["data"][0]["Tag"]


@evidence("tags.create", "tags.list")
async def test_tags_are_made_and_listed(api):
    reply = await api.call(
        "POST",
        "/settings/tags?module=Leads",
        json={"tags": [{"name": "Hot", "color_code": "#F48435"}, {"name": "Cold"}]},
    )
    assert reply.status_code == 201
    hot = reply.json()["tags"][0]
    assert hot["message"] == "tags created successfully"
    person = {"name": "Ada Admin", "id": str(api.ids["admin"])}
    stamps = {
        "created_time": "2026-11-24T09:00:00+00:00",
        "modified_time": "2026-11-24T09:00:00+00:00",
        "created_by": person,
        "modified_by": person,
        "color_code": "#F48435",
        "id": hot["details"]["id"],
    }
    assert hot["details"] == stamps
    reply = await api.get("/settings/tags", module="Leads")
    assert reply.json()["tags"][0] == {**stamps, "name": "Hot"}
    assert reply.json()["tags"][1]["color_code"] is None
    assert reply.json()["info"] == {"count": 2, "allowed_count": 100}
    assert await listed(api, "Contacts") == []
    assert len(await listed(api, my_tags="true")) == 2


@evidence("tags.rules")
@pytest.mark.parametrize(
    ("tag", "code", "details"),
    [
        ({"name": "x" * 26}, "INVALID_DATA", {"maximum_length": 25, "api_name": "name"}),
        ({"name": "a<b"}, "INVALID_DATA", {"api_name": "name"}),
        ({"name": "a,b"}, "INVALID_DATA", {"api_name": "name"}),
        ({"name": "wow \U0001f600"}, "INVALID_DATA", {"api_name": "name"}),
        ({"name": 7}, "INVALID_DATA", {"expected_data_type": "string"}),
        ({"name": ""}, "MANDATORY_NOT_FOUND", {"api_name": "name"}),
        ({"color_code": "#F48435"}, "MANDATORY_NOT_FOUND", {"json_path": "$.tags[0].name"}),
        ({"name": "a", "color_code": "#000000"}, "INVALID_DATA", {"api_name": "color_code"}),
    ],
)
async def test_a_tag_that_breaks_a_rule_is_refused(api, tag, code, details):
    reply = await api.call("POST", "/settings/tags?module=Leads", json={"tags": [tag]})
    assert reply.status_code == 400
    (item,) = reply.json()["tags"]
    assert item["code"] == code
    assert details.items() <= item["details"].items()
    assert await listed(api) == []


@evidence("tags.rules")
async def test_a_module_has_at_most_100_tags(api):
    await create(api, *({"name": f"t{n}"} for n in range(100)))
    reply = await api.call("POST", "/settings/tags?module=Leads", json={"tags": [{"name": "one more"}]})
    assert reply.json()["tags"][0]["code"] == "LIMIT_EXCEEDED"
    await create(api, {"name": "elsewhere"}, module="Contacts")


@evidence("tags.duplicate")
async def test_a_taken_name_is_refused_whatever_its_case(api):
    (hot,) = await create(api, {"name": "Hot"})
    reply = await api.call(
        "POST",
        "/settings/tags?module=Leads",
        json={"tags": [{"name": "HOT"}, {"name": "hot", "color_code": "#F48435"}, {"name": "New"}]},
    )
    assert reply.status_code == 207
    first, second, third = reply.json()["tags"]
    assert (first["code"], first["details"]["id"]) == ("DUPLICATE_DATA", hot)
    assert second["code"] == "MAPPING_MISMATCH"
    assert third["code"] == "SUCCESS"


@evidence("tags.update")
async def test_a_renamed_tag_is_renamed_on_its_records(api, refused):
    (hot,) = await create(api, {"name": "Hot", "color_code": "#F48435"})
    await api.call("POST", f"/Leads/{api.ids['smith']}/actions/add_tags", json={"tags": [{"id": hot}]})
    api.emulator.clock.advance(timedelta(minutes=50))
    row = {"name": "Very hot", "color_code": "#57B1FD"}
    reply = await api.call("PUT", f"/settings/tags/{hot}?module=Leads", json={"tags": [row]})
    assert reply.json()["tags"][0]["message"] == "tags updated successfully"
    assert reply.json()["tags"][0]["details"]["modified_time"] == "2026-11-24T09:50:00+00:00"
    assert await on_record(api, "smith") == [{"name": "Very hot", "id": hot, "color_code": "#57B1FD"}]
    many = await api.call(
        "PUT", "/settings/tags?module=Leads", json={"tags": [{"id": hot, "name": "Hot"}, {"name": "x"}]}
    )
    assert [item["code"] for item in many.json()["tags"]] == ["SUCCESS", "MANDATORY_NOT_FOUND"]
    assert (await on_record(api, "smith"))[0]["name"] == "Hot"
    wrong = await api.call("PUT", f"/settings/tags/{hot}?module=Contacts", json={"tags": [{"name": "x"}]})
    assert wrong.json()["tags"][0]["code"] == "INVALID_DATA"
    refused(await api.call("PUT", f"/settings/tags/{hot}", json={"tags": [row]}), "REQUIRED_PARAM_MISSING")


@evidence("tags.delete")
async def test_a_deleted_tag_is_gone_from_its_records(api, refused):
    hot, cold = await create(api, {"name": "Hot"}, {"name": "Cold"})
    both = {"tags": [{"name": "Hot"}, {"name": "Cold"}]}
    await api.call("POST", f"/Leads/{api.ids['smith']}/actions/add_tags", json=both)
    reply = await api.call("DELETE", f"/settings/tags/{hot}")
    assert reply.json() == {
        "tags": [
            {
                "code": "SUCCESS",
                "details": {"id": hot},
                "message": "tags deleted successfully",
                "status": "success",
            }
        ]
    }
    assert [tag["id"] for tag in await on_record(api, "smith")] == [cold]
    refused(await api.call("DELETE", f"/settings/tags/{hot}"), "INVALID_DATA")
    await api.call("DELETE", f"/settings/tags/{cold}")
    assert await on_record(api, "smith") is None


@evidence("tags.merge", "tags.count")
async def test_merged_tags_are_one_on_every_record(api, refused):
    hot, warm = await create(api, {"name": "Hot"}, {"name": "Warm"})
    for key, names in (("smith", ["Hot", "Warm"]), ("smithson", ["Warm"])):
        body = {"tags": [{"name": name} for name in names]}
        await api.call("POST", f"/Leads/{api.ids[key]}/actions/add_tags", json=body)
    counted = await api.get(f"/settings/tags/{warm}/actions/records_count", module="Leads")
    assert counted.json() == {"count": "2"}
    reply = await api.call(
        "POST", f"/settings/tags/{hot}/actions/merge", json={"tags": [{"conflict_id": warm}]}
    )
    assert reply.json()["tags"][0]["message"] == "tags merged successfully"
    assert reply.json()["tags"][0]["details"]["id"] == hot
    for key in ("smith", "smithson"):
        assert [tag["id"] for tag in await on_record(api, key)] == [hot]
    assert [tag["id"] for tag in await listed(api)] == [hot]
    for body in ([{}], [{"conflict_id": warm}], [{"conflict_id": hot}]):
        again = await api.call("POST", f"/settings/tags/{hot}/actions/merge", json={"tags": body})
        assert again.json()["tags"][0]["code"] in ("MANDATORY_NOT_FOUND", "INVALID_DATA")
    refused(await api.get(f"/settings/tags/{hot}/actions/records_count"), "REQUIRED_PARAM_MISSING")


@evidence("tags.mass-delete")
async def test_a_mass_delete_is_a_job(api, refused):
    ids = await create(api, *({"name": f"t{n}"} for n in range(3)))
    module = {"api_name": "Leads", "id": "554023000000002175"}
    body = {"mass_delete": [{"module": module, "tags": [{"id": one} for one in ids[:2]]}]}
    reply = await api.call("POST", "/settings/tags/actions/mass_delete", json=body)
    assert reply.status_code == 202
    assert (reply.json()["code"], reply.json()["message"]) == ("SCHEDULED", "tags scheduled successfully")
    job = reply.json()["details"]["job_id"]
    status = (await api.get("/settings/tags/actions/mass_delete", job_id=job)).json()["mass_delete"][0]
    assert (status["status"], status["deleted_count"]) == ("SCHEDULED", 0)
    api.emulator.clock.advance(timedelta(minutes=1))
    status = (await api.get("/settings/tags/actions/mass_delete", job_id=job)).json()["mass_delete"][0]
    assert status == {
        "job_id": job,
        "total_count": 2,
        "failed_count": 0,
        "deleted_count": 2,
        "status": "COMPLETED",
    }
    assert [tag["id"] for tag in await listed(api)] == ids[2:]
    refused(await api.call("POST", "/settings/tags/actions/mass_delete", json=body), "INVALID_DATA")
    body["mass_delete"][0]["module"]["id"] = "554023000000002179"
    refused(
        await api.call("POST", "/settings/tags/actions/mass_delete", json=body), "AMBIGUITY_DURING_PROCESSING"
    )
    refused(await api.get("/settings/tags/actions/mass_delete"), "REQUIRED_PARAM_MISSING")
    refused(await api.get("/settings/tags/actions/mass_delete", job_id="1"), "INVALID_DATA")


@evidence("tags.add")
async def test_tags_are_put_on_many_records_at_once(api):
    (hot,) = await create(api, {"name": "Hot", "color_code": "#F48435"})
    ids = [str(api.ids["smith"]), str(api.ids["smithson"]), "554023000009999999"]
    body = {"tags": [{"name": "hot"}, {"name": "Fresh"}], "ids": ids}
    reply = await api.call("POST", "/Leads/actions/add_tags", json=body)
    assert reply.status_code == 200
    first, second, third = reply.json()["data"]
    fresh = next(tag["id"] for tag in await listed(api) if tag["name"] == "Fresh")
    carried = [
        {"name": "Hot", "id": hot, "color_code": "#F48435"},
        {"name": "Fresh", "id": fresh, "color_code": None},
    ]
    assert first == {
        "code": "SUCCESS",
        "details": {"id": ids[0], "tags": carried},
        "message": "tags updated successfully",
        "status": "success",
    }
    assert second["details"]["tags"] == carried
    assert third["code"] == "INVALID_DATA"
    assert (reply.json()["success_count"], reply.json()["locked_count"]) == ("2", "0")
    assert await on_record(api, "smith") == carried
    row = (await api.get("/Leads", fields="Tag", ids=ids[1])).json()["data"][0]
    assert row["Tag"] == carried
    found = await api.coql(f"select Tag from Leads where id = {ids[0]}")
    assert found.json()["data"][0]["Tag"] == carried


@evidence("tags.add")
async def test_the_form_for_one_record_answers_no_counts(api, refused):
    path = f"/Leads/{api.ids['smith']}/actions/add_tags"
    reply = await api.call("POST", path, json={"tags": [{"name": "A"}]})
    assert set(reply.json()) == {"data"}
    assert reply.json()["data"][0]["details"]["id"] == str(api.ids["smith"])
    missing = "/Leads/554023000009999999/actions/add_tags"
    refused(await api.call("POST", missing, json={"tags": [{"name": "A"}]}), "INVALID_DATA")
    refused(await api.call("POST", path, json={}), "MANDATORY_NOT_FOUND")
    refused(await api.call("POST", path, json={"tags": "A"}), "INVALID_DATA")
    many = "/Leads/actions/add_tags"
    refused(await api.call("POST", many, json={"tags": [{"name": "A"}]}), "MANDATORY_NOT_FOUND")
    too_many = {"tags": [{"name": "A"}], "ids": [str(n) for n in range(501)]}
    assert refused(await api.call("POST", many, json=too_many), "LIMIT_EXCEEDED")["maximum_length"] == 500


@evidence("tags.overwrite")
async def test_over_write_replaces_what_was_there(api):
    path = f"/Leads/{api.ids['smith']}/actions/add_tags"
    for names, over in ((["A", "B"], False), (["C"], False), (["D"], True)):
        await api.call("POST", path, json={"tags": [{"name": n} for n in names], "over_write": over})
        names_now = [tag["name"] for tag in await on_record(api, "smith")]
        assert names_now == (["D"] if over else ["A", "B", "C"][: 2 + (names == ["C"])])


@evidence("tags.rules")
async def test_a_record_carries_at_most_ten_tags(api, refused):
    path = f"/Leads/{api.ids['smith']}/actions/add_tags"
    await api.call("POST", path, json={"tags": [{"name": f"t{n}"} for n in range(10)]})
    refused(await api.call("POST", path, json={"tags": [{"name": "eleventh"}]}), "LIMIT_EXCEEDED")
    assert len(await on_record(api, "smith")) == 10
    assert len(await listed(api)) == 10


@evidence("tags.remove")
async def test_tags_are_taken_off_by_name(api, refused):
    ids = [str(api.ids["smith"]), str(api.ids["smithson"])]
    await api.call(
        "POST", "/Leads/actions/add_tags", json={"tags": [{"name": "A"}, {"name": "B"}], "ids": ids}
    )
    reply = await api.call("POST", "/Leads/actions/remove_tags", json={"tags": [{"name": "a"}], "ids": ids})
    assert [[tag["name"] for tag in item["details"]["tags"]] for item in reply.json()["data"]] == [
        ["B"],
        ["B"],
    ]
    assert (reply.json()["locked_count"], "success_count" in reply.json()) == ("0", False)
    one = f"/Leads/{ids[0]}/actions/remove_tags"
    reply = await api.call("POST", one, json={"tags": [{"name": "B"}]})
    assert reply.json()["data"][0]["details"]["tags"] == []
    assert await on_record(api, "smith") is None
    assert len(await on_record(api, "smithson")) == 1
    refused(await api.call("POST", one, json={"tags": [{"id": "1"}]}), "MANDATORY_NOT_FOUND")


@evidence("tags.locked")
async def test_a_locked_record_keeps_its_tags(api, refused):
    ids = [str(api.ids["smith"]), str(api.ids["smithson"])]
    locks.put(api.emulator.store, "Leads", api.ids["smith"], "audit", api.ids["admin"])
    reply = await api.call("POST", "/Leads/actions/add_tags", json={"tags": [{"name": "A"}], "ids": ids})
    assert [item["code"] for item in reply.json()["data"]] == ["RECORD_LOCKED", "SUCCESS"]
    assert (reply.json()["success_count"], reply.json()["locked_count"]) == ("1", "1")
    assert await on_record(api, "smith") is None
    path = f"/Leads/{ids[0]}/actions/add_tags"
    refused(await api.call("POST", path, json={"tags": [{"name": "A"}]}), "RECORD_LOCKED")


@evidence("tags.on-create")
async def test_a_record_is_created_with_tags_old_and_new(api):
    (hot,) = await create(api, {"name": "Hot"})
    rows = [
        {"Last_Name": "x", "Tag": [{"name": "HOT"}, {"name": "New"}]},
        {"Last_Name": "y", "Tag": [{"name": "new"}]},
    ]
    reply = await api.write("POST", "/Leads", *rows)
    first, second = (item["details"]["id"] for item in reply.json()["data"])
    known = {tag["name"]: tag["id"] for tag in await listed(api)}
    assert known["Hot"] == hot
    assert set(known) == {"Hot", "New"}
    tagged = (await api.get(f"/Leads/{first}")).json()["data"][0]["Tag"]
    assert [tag["id"] for tag in tagged] == [hot, known["New"]]
    assert (await api.get(f"/Leads/{second}")).json()["data"][0]["Tag"][0]["id"] == known["New"]
    too_long = await api.write("POST", "/Leads", {"Last_Name": "z", "Tag": [{"name": "x" * 26}]})
    assert too_long.json()["data"][0]["details"]["json_path"] == "$.data[0].Tag[0].name"


async def test_tags_of_loaded_records_are_known(api):
    store = api.emulator.store
    store.update("Leads", api.ids["smith"], {"Tag": '[{"name": "Seeded", "id": "554023000007777777"}]'})
    store.update("Leads", api.ids["smithson"], {"Tag": '[{"name": "seeded"}]'})
    (tag,) = await listed(api)
    assert (tag["name"], tag["id"]) == ("Seeded", "554023000007777777")
    counted = await api.get(f"/settings/tags/{tag['id']}/actions/records_count", module="Leads")
    assert counted.json() == {"count": "2"}


@evidence("tags.v2-names")
async def test_version_2_names_its_tags_in_the_query(api):
    ids = f"{api.ids['smith']},{api.ids['smithson']}"
    reply = await api.call("POST", f"/Leads/actions/add_tags?tag_names=A,B&ids={ids}", version="v2")
    assert reply.json()["success_count"] == "2"
    assert [tag["name"] for tag in await on_record(api, "smithson")] == ["A", "B"]


async def test_modules_without_tags_say_so(api, refused):
    refused(
        await api.call("POST", "/Notes/1/actions/add_tags", json={"tags": [{"name": "A"}]}), "INVALID_MODULE"
    )
    refused(await api.get("/settings/tags"), "REQUIRED_PARAM_MISSING")
    refused(await api.get("/settings/tags", module="Nope"), "INVALID_MODULE")
