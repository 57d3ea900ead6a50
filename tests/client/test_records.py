"""Reading and writing records by `crm.leads` and its like."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from zcrm_tools.errors import ApiError, InvalidInput, InvalidRequest, NotAllowed, NotFound
from zcrm_tools.safety.policy import READ_ONLY


async def test_a_created_record_is_read_back_with_its_types(crm, lead):
    found = await crm.leads.get(lead)
    assert (found["Last_Name"], found.name, found.id) == ("Okafor", "Ngozi Okafor", lead)
    assert found.owner is not None
    assert found.owner.id.isdigit()
    assert found.created_time is not None
    assert abs(datetime.now(UTC) - found.created_time) < timedelta(days=400)
    assert found.tags == ()


async def test_names_are_api_names_labels_or_snake_case(crm, lead):
    await crm.leads.update(lead, **{"Lead Status": "Contacted", "no_of_employees": 12, "City": "Lagos"})
    found = await crm.leads.get(lead)
    assert (found["Lead_Status"], found["No_of_Employees"], found["City"]) == ("Contacted", 12, "Lagos")


async def test_a_name_of_the_plain_model_is_understood_too(crm, lead):
    await crm.leads.update(lead, title="Buyer", source="Web Form")
    found = await crm.leads.get(lead)
    assert (found["Designation"], found["Lead_Source"]) == ("Buyer", "Web Form")


async def test_an_unknown_field_is_refused_before_anything_is_sent(crm, lead, org):
    before = len(org.requests())
    with pytest.raises(InvalidInput) as caught:
        await crm.leads.update(lead, last_nmae="X", Email="no mail")
    assert [p.code for p in caught.value.problems] == ["UNKNOWN_FIELD", "INVALID_DATA"]
    assert caught.value.problem.closest == "Last_Name"
    assert all(r["method"] == "GET" for r in org.requests()[before:])


async def test_python_values_are_written_as_zoho_takes_them(crm):
    made = await crm.deals.create(
        deal_name="Cold store", stage="Qualification", amount=Decimal("1250.50"), close_date=date(2027, 1, 31)
    )
    found = await crm.deals.get(made.id)
    assert found.money("Amount") == Decimal("1250.5")
    assert found.date("Closing_Date") == date(2027, 1, 31)
    contact = await crm.contacts.create(last_name="Reyes")
    await crm.deals.update(made.id, Contact_Name=await crm.contacts.get(contact.id))
    assert (await crm.deals.get(made.id)).lookup("Contact_Name").id == contact.id
    await crm.deals.raw.delete([made.id])
    await crm.contacts.raw.delete([contact.id])


async def test_a_lookup_is_found_by_name_when_there_is_one(crm):
    made = [
        o.id
        for o in await crm.accounts.raw.create([{"Account_Name": n} for n in ("Solo Ltd", "Duo", "Duo 2")])
    ]
    contact = await crm.contacts.create(last_name="Reyes", account="Solo Ltd")
    assert (await crm.contacts.get(contact.id)).lookup("Account_Name").id == made[0]
    with pytest.raises(InvalidInput) as caught:
        await crm.contacts.create(last_name="Reyes", account="Nobody & Co")
    assert [(p.code, p.field) for p in caught.value.problems] == [("UNKNOWN_LOOKUP", "Account_Name")]
    await crm.contacts.raw.delete([contact.id])
    await crm.accounts.raw.delete(made)


async def test_a_lookup_that_could_be_two_names_both(crm, org):
    made = org.seed("Campaigns", [{"Campaign_Name": "Fair"}, {"Campaign_Name": "Fair"}])
    with pytest.raises(InvalidInput) as caught:
        await crm.deals.create(deal_name="D", stage="Qualification", campaign_source="Fair")
    assert caught.value.problem.code == "AMBIGUOUS_LOOKUP"
    assert set(caught.value.problem.allowed) == set(map(str, made))


async def test_a_task_that_changes_what_it_is_about_can_be_changed_back(crm, lead):
    task = await crm.tasks.create(subject="Ring", what_id=await crm.leads.get(lead))
    account = await crm.accounts.create(account_name="Quay 9")
    changed = await crm.tasks.update(task.id, what_id=await crm.accounts.get(account.id))
    assert (await crm.tasks.get(task.id)).lookup("What_Id").id == account.id
    undone = await crm.undo_change(change_id=changed.change)
    assert undone.status == "applied", undone.records
    assert (await crm.tasks.get(task.id)).lookup("What_Id").id == lead
    await crm.tasks.raw.delete([task.id])
    await crm.accounts.raw.delete([account.id])


async def test_a_write_is_in_the_journal_and_can_be_undone(crm, lead):
    changed = await crm.leads.update(lead, company="Pier 4")
    assert changed.change
    await crm.undo_change(change_id=changed.change)
    assert (await crm.leads.get(lead))["Company"] == "Quay 9"


async def test_what_has_the_value_already_is_not_written_again(crm, lead, org):
    before = len([r for r in org.requests() if r["method"] == "PUT"])
    result = await crm.leads.update(lead, company="Quay 9")
    assert (result.status, result.change) == ("done", "")
    assert len([r for r in org.requests() if r["method"] == "PUT"]) == before


async def test_the_same_create_gives_the_same_record_unless_it_is_repeated(crm):
    first = await crm.leads.create(last_name="Twice", company="Once")
    assert (await crm.leads.create(last_name="Twice", company="Once")).id == first.id
    second = await crm.leads.create(last_name="Twice", company="Once", repeat=True)
    assert second.id != first.id
    await crm.leads.raw.delete([first.id, second.id])


async def test_many_rows_are_answered_one_by_one(crm, org):
    rows = [{"last_name": "A", "company": "X"}, {"last_name": "B", "company": "Y", "City": "Z"}]
    results = await crm.leads.create_many(rows)
    assert [r.status for r in results] == ["done", "done"]
    assert [org.record("Leads", r.id)["Last_Name"] for r in results] == ["A", "B"]
    changed = await crm.leads.update_many({results[0].id: {"city": "P"}, results[1].id: {"city": "Z"}})
    assert [(r.id, r.status) for r in changed] == [(r.id, "done") for r in results]
    assert [bool(r.change) for r in changed] == [True, False]


async def test_every_problem_of_every_row_is_told_at_once(crm):
    with pytest.raises(InvalidInput) as caught:
        await crm.leads.create_many([{"company": "X"}, {"last_name": "B", "nonsense": 1}])
    assert {(p.where, p.code) for p in caught.value.problems} == {
        ("row 0", "MANDATORY_NOT_FOUND"),
        ("row 1", "UNKNOWN_FIELD"),
    }


async def test_what_zoho_refuses_is_raised_as_what_it_is(crm):
    with pytest.raises(InvalidRequest):
        await crm.contacts.create(last_name="R", Account_Name="999999999999999999")


async def test_deleting_waits_for_a_person_and_goes_on_by_the_plan(crm, lead, org):
    with pytest.raises(NotAllowed) as caught:
        await crm.leads.delete(lead)
    assert org.record("Leads", lead) is not None
    plan = caught.value.plan_id
    crm.gate.state.approve(plan, "tester", datetime.now(UTC))
    (result,) = await crm.leads.delete(lead, plan_id=plan)
    assert (result.status, org.record("Leads", lead)) == ("done", None)


async def test_more_than_twenty_records_need_a_person(crm, org):
    before = org.count("Leads")
    with pytest.raises(NotAllowed, match="21 records"):
        await crm.leads.create_many([{"last_name": f"L{n}", "company": "Many"} for n in range(21)])
    assert org.count("Leads") == before


async def test_a_read_only_connection_writes_nothing_by_any_way(reader, org):
    lead = (await reader.leads.page(["Last_Name"], per_page=1))[0].id
    before = len(org.requests())
    for attempt in (
        reader.leads.create(last_name="X", company="Y"),
        reader.leads.update(lead, company="Y"),
        reader.leads.raw.update([{"id": lead, "Company": "Y"}]),
        reader.leads.note(lead, "hello"),
        reader.leads.tag([lead], ["x"]),
        reader.leads.convert(lead),
        reader.leads.clone(lead),
        reader.leads.attach(lead, b"x", "x.txt"),
        reader.request("POST", "Leads", json={"data": [{"Last_Name": "X"}]}),
        reader.restore(lead),
    ):
        with pytest.raises(NotAllowed) as caught:
            await attempt
        assert caught.value.problem == READ_ONLY
    assert all(r["method"] == "GET" for r in org.requests()[before:])


@pytest.mark.evidence("records.empty-is-204")
async def test_a_record_that_is_not_there_is_none_or_an_error(crm):
    nothing = "554023000999999999"
    assert await crm.leads.find(nothing) is None
    with pytest.raises(NotFound, match="no Leads record"):
        await crm.leads.get(nothing)
    with pytest.raises(InvalidInput, match="15 to 19 digits"):
        await crm.leads.get("me")


# --- many at once


async def test_all_gives_every_record_once(crm, org):
    found = [record.id async for record in crm.leads.all(fields=["last_name"])]
    assert len(found) == len(set(found))
    hidden = sum(1 for i in await ids(crm) if org.record("Leads", i)["Converted__s"])
    assert len(found) == org.count("Leads") - hidden


async def ids(crm) -> list[str]:
    return [r.id async for r in crm.query("select id from Leads where id is not null")]


@pytest.mark.zoho(seed="empty")
@pytest.mark.evidence("records.page-token", "records.page-rules")
async def test_all_goes_past_the_two_thousand_that_page_numbers_reach(crm, org):
    made = org.seed("Leads", ({"Last_Name": f"Lead {n}"} for n in range(2_401)))
    found = [int(record.id) async for record in crm.leads.all(fields=["Last_Name"])]
    assert sorted(found) == sorted(made)
    assert sum(r["path"].endswith("/Leads") for r in org.requests()) == 13


@pytest.mark.zoho(seed="empty")
@pytest.mark.evidence("records.page-token-errors")
async def test_all_goes_on_where_lists_end(crm, org, monkeypatch):
    monkeypatch.setattr("zcrm_tools.emulator.paging.TOKEN_LIMIT", 600)
    made = org.seed("Leads", ({"Last_Name": f"L{n}", "Converted__s": n % 100 == 7} for n in range(3_000)))
    converted = {i for n, i in enumerate(made) if n % 100 == 7}
    found = [int(record.id) async for record in crm.leads.all(fields=["Last_Name"])]
    assert found == sorted(set(made) - converted, reverse=True)
    assert sum(r["path"].endswith("/coql") for r in org.requests()) == 2
    with pytest.raises(ApiError, match="100000"):
        async for _ in crm.leads.all(fields=["Last_Name"], sort_by="Created_Time"):
            pass


@pytest.mark.zoho(seed="empty")
async def test_who_stops_early_pays_for_no_page_beyond_the_next(crm, org):
    org.seed("Leads", ({"Last_Name": f"L{n}"} for n in range(1_500)))
    for pages in (1, 3):
        before = sum(r["path"].endswith("/Leads") for r in org.requests())
        number = 0
        async for _ in crm.leads.all(fields=["Last_Name"]):
            number += 1
            if number == 200 * pages - 100:
                break
        spent = sum(r["path"].endswith("/Leads") for r in org.requests()) - before
        assert spent <= pages + (pages > 1)


async def test_without_fields_as_many_as_a_list_gives_come(crm):
    record = (await crm.leads.page(per_page=1))[0]
    assert {"Full_Name", "Email", "Company", "Lead_Status"} <= set(record)
    assert len(record) <= 51


async def test_a_field_that_does_not_exist_is_refused_with_the_closest(crm):
    with pytest.raises(InvalidInput) as caught:
        await crm.leads.page(["Compny"])
    assert caught.value.problem.closest == "Company"


@pytest.mark.evidence("records.not-modified")
async def test_changes_since_a_moment(crm, lead):
    since = datetime.now(UTC) - timedelta(days=3650)
    assert lead in [r.id async for r in crm.leads.all(["Last_Name"], modified_since=since)]
    later = datetime.now(UTC) + timedelta(days=3650)
    assert [r async for r in crm.leads.all(["Last_Name"], modified_since=later)] == []


async def test_search_by_mail_word_and_fields(crm, lead, org):
    for how in ({"email": "n@quay.example"}, {"last_name": "Okafor", "company": "Quay 9"}):
        assert [r.id for r in await crm.leads.search(**how)] == [lead]
    assert lead in [r.id for r in await crm.leads.search("Okafor")]
    assert await crm.leads.search(email="nobody@quay.example") == ()


@pytest.mark.evidence("search.escapes")
async def test_a_value_of_a_search_cannot_become_syntax(crm, org):
    made = await crm.leads.create(last_name="A)or(Last_Name:equals:B", company="C")
    assert [r.id for r in await crm.leads.search(last_name="A)or(Last_Name:equals:B")] == [made.id]
    await crm.leads.raw.delete([made.id])


async def test_two_ways_of_searching_are_refused(crm):
    with pytest.raises(InvalidInput, match="one thing at a time"):
        await crm.leads.search("x", email="y@z.example")


async def test_a_query_is_paged_to_its_end(crm, org):
    found = [r.id async for r in crm.query("select id from Leads where id is not null")]
    assert len(found) == org.count("Leads")


async def test_several_by_id_leave_out_what_is_not_there(crm, lead):
    found = await crm.leads.many([lead, "554023000999999999"], ["Company"])
    assert {key: record["Company"] for key, record in found.items()} == {lead: "Quay 9"}


async def test_count_says_how_many(crm, org):
    hidden = sum(1 for i in await ids(crm) if org.record("Leads", i)["Converted__s"])
    assert await crm.leads.count() == org.count("Leads") - hidden


@pytest.mark.evidence("records.deleted")
async def test_what_was_deleted_is_listed(crm, lead):
    await crm.leads.raw.delete([lead])
    assert lead in [r.id async for r in crm.leads.deleted("recycle")]


async def test_upsert_finds_the_one_with_the_key_or_makes_it(crm, lead):
    again = await crm.leads.upsert("email", email="n@quay.example", last_name="Okafor", city="Abuja")
    assert (again.id, again.kind) == (lead, "update")
    fresh = await crm.leads.upsert("email", email="new@quay.example", last_name="New", company="Q")
    assert (fresh.kind, fresh.id != lead) == ("create", True)
    with pytest.raises(InvalidInput, match="no value"):
        await crm.leads.upsert("email", last_name="X")
    await crm.leads.raw.delete([fresh.id])


async def test_upsert_never_picks_one_of_two(crm):
    rows = [{"Last_Name": "Same", "Email": "same@q.example"}] * 2
    made = [o.id for o in await crm.leads.raw.create(rows)]
    with pytest.raises(InvalidInput) as caught:
        await crm.leads.upsert("Email", email="same@q.example", last_name="Same")
    assert set(caught.value.problem.allowed) == set(made)
    await crm.leads.raw.delete(made)


# --- raw


@pytest.mark.evidence("writes.upsert", "writes.unmodified-since", "writes.mandatory")
async def test_raw_writes_are_zohos_own_and_in_no_journal(crm):
    created, refused = await crm.leads.raw.create([{"Last_Name": "Raw"}, {"Company": "No name"}], trigger=[])
    assert (created.status, refused.status) == ("done", "refused")
    assert refused.problem.code == "MANDATORY_NOT_FOUND"
    (again,) = await crm.leads.raw.upsert([{"Last_Name": "Raw", "Email": "raw@q.example"}], ["Email"])
    assert again.details["action"] == "insert"
    old = datetime(2020, 1, 1, tzinfo=UTC)
    (late,) = await crm.leads.raw.update([{"id": created.id, "City": "X"}], unmodified_since=old)
    assert (late.status, late.problem.code) == ("refused", "ALREADY_MODIFIED")
    assert (await crm.list_changes()).changes == []
    gone = await crm.leads.raw.delete([created.id, again.id])
    assert [o.status for o in gone] == ["done", "done"]


@pytest.mark.zoho(seed="empty")
@pytest.mark.evidence("writes.batch-100")
async def test_more_than_a_hundred_raw_rows_go_in_several_calls(crm, org):
    outcomes = await crm.leads.raw.create([{"Last_Name": f"R{n}"} for n in range(230)])
    assert [org.record("Leads", o.id)["Last_Name"] for o in outcomes] == [f"R{n}" for n in range(230)]
    assert [r["method"] for r in org.requests()].count("POST") == 3


# --- other versions


@pytest.mark.parametrize("version", ["v2", "v2.1", "v3", "v6", "v8"])
@pytest.mark.evidence("versions.fields-optional")
async def test_an_older_version_is_called_for_reads_and_raw_writes(crm, org, version):
    leads = crm.module("Leads", api_version=version)
    (made,) = await leads.raw.create([{"Last_Name": "Old"}])
    assert (await leads.get(made.id))["Last_Name"] == "Old"
    assert made.id in [r.id async for r in leads.all(["Last_Name"])]
    assert made.id in await leads.many([made.id], ["Last_Name"])
    assert made.id in [r.id for r in await leads.search(last_name="Old")]
    assert await leads.count(word="Old") >= 1
    await crm.leads.note(made.id, "Called back")
    assert len([n async for n in leads.related(made.id, "Notes", ["Note_Content"])]) == 1
    before = len(org.requests())
    (again,) = await leads.raw.update([{"id": made.id, "City": "Lagos"}])
    (same,) = await leads.raw.upsert([{"id": made.id, "City": "Abuja"}])
    assert (again.id, same.id, same.details["action"]) == (made.id, made.id, "update")
    await leads.raw.delete([made.id])
    assert made.id in [r.id async for r in leads.deleted("recycle")]
    asked = [r["path"] for r in org.requests()[before:] if "/Leads" in r["path"]]
    assert len(asked) == 4
    assert all(path.startswith(f"/crm/{version}/") for path in asked)
    asked = [r["path"] for r in org.requests() if "/Leads" in r["path"]]
    assert asked
    assert [path for path in asked if not path.startswith(f"/crm/{version}/")] in (
        [],
        [f"/crm/v8/Leads/{made.id}/Notes"],  # made by the connection's own version
    )


async def test_a_version_that_does_not_exist_is_refused(crm):
    with pytest.raises(InvalidInput, match=r"v2\.1, v3"):
        await crm.module("Leads", api_version="v9").get("554023000999999999")
