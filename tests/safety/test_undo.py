"""Taking changes back: each kind by its inverse, field by field, never over somebody else's work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from zcrm_tools import endpoints
from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import files, reads, traces
from zcrm_tools.crm.writes import KINDS, Convert, Create, Delete, Link, Restore, Tags, Update
from zcrm_tools.errors import NotAllowed
from zcrm_tools.safety import undo
from zcrm_tools.safety.changes import LASTING

LEAD = Create("Leads", {"Last_Name": "Zzyzx", "Company": "Nowhere", "City": "Oslo", "Rating": "Active"})


@pytest.fixture
async def lead(do: Any) -> str:
    (made,) = await do(LEAD)
    return str(made.id)


async def record(crm: AsyncClient, id: str, module: str = "Leads") -> dict[str, Any]:
    return dict(await reads.get(crm.org, module, id) or {})


async def somebody_else(crm: AsyncClient, id: str, **values: Any) -> None:
    body = {"data": [{"id": id, **values}]}
    await crm.org.session.call(endpoints.UPDATE_RECORDS, module="Leads", json=body)


async def test_every_kind_is_taken_back_or_says_what_a_person_can_do():
    assert set(undo.BEYOND) == LASTING
    assert set(KINDS) - LASTING == {"create", "update", "delete", "restore", "tags", "link", "attach"}


async def test_only_the_fields_that_nobody_changed_since_get_their_old_values(
    taken_back: Any, crm: AsyncClient, do: Any, lead: str
):
    (change,) = await do(Update("Leads", lead, {"City": "Rome", "Rating": "Acquired", "Street": "1"}))
    await somebody_else(crm, lead, City="Lima")
    undone = await taken_back(change.change)
    assert undone.status == "applied"
    assert "City of Leads" in undone.warnings[0]
    now = await record(crm, lead)
    assert (now["City"], now["Rating"], now["Street"]) == ("Lima", "Active", None)
    with pytest.raises(NotAllowed, match="already undone"):
        await taken_back(change.change)


async def test_a_field_that_was_put_back_already_is_no_conflict(
    taken_back: Any, crm: AsyncClient, do: Any, lead: str
):
    (change,) = await do(Update("Leads", lead, {"City": "Rome", "Street": "1"}))
    await somebody_else(crm, lead, City="Oslo")
    undone = await taken_back(change.change)
    assert (undone.status, undone.warnings) == ("applied", [])
    assert (await record(crm, lead))["Street"] is None


async def test_a_record_that_somebody_worked_on_is_not_deleted(taken_back: Any, crm: AsyncClient, lead: str):
    (change,) = (await crm.list_changes()).changes
    await somebody_else(crm, lead, City="Lima")
    with pytest.raises(NotAllowed, match=r"City of Leads \d+ changed again"):
        await taken_back(change.change_id)
    assert (await record(crm, lead))["City"] == "Lima"


async def test_a_delete_is_taken_back_from_the_recycle_bin_and_that_again(
    taken_back: Any, crm: AsyncClient, do: Any, lead: str
):
    before = await record(crm, lead)
    (gone,) = await do(Delete("Leads", lead))
    assert await record(crm, lead) == {}
    back = await taken_back(gone.change)
    assert [(e.kind, e.name) for e in back.records] == [("restore", "Zzyzx")]
    assert await record(crm, lead) == before
    await taken_back(back.records[0].change_id)
    assert await record(crm, lead) == {}


async def test_tags_and_links_are_reversed_as_far_as_nobody_did_it_since(
    taken_back: Any, crm: AsyncClient, do: Any, lead: str
):
    campaign = (await crm.run_coql(query="select id from Campaigns where id is not null limit 1")).rows[0][0]
    link = Link("Campaigns", campaign, "Leads", lead, values={"Member_Status": "Invited"})
    await do(Tags("Leads", lead, ("Kept", "Old")))
    tagged, linked = await do(Tags("Leads", lead, ("New", "Newer"), ("Old",)), link)
    await do(Tags("Leads", lead, (), ("Newer",)))
    assert await traces.linked(crm.org, link) is not None
    await taken_back(tagged.change)
    await taken_back(linked.change)
    assert set(traces.tag_names(await record(crm, lead))) == {"Kept", "Old"}
    assert await traces.linked(crm.org, link) is None


async def test_a_file_is_taken_off_again(taken_back: Any, crm: AsyncClient, do: Any, lead: str):
    (made,) = await do(await crm.gate.attachment("Leads", lead, "a.txt", b"hello"))
    undone = await taken_back(made.change)
    assert undone.status == "applied"
    assert await files.attachments(crm.org, "Leads", lead) == ()


async def test_an_owner_is_given_back(taken_back: Any, crm: AsyncClient, do: Any, lead: str):
    before = (await record(crm, lead))["Owner"]["id"]
    other = next(user for user in await crm.org.catalogue.users() if user != before)
    (change,) = await do(Update("Leads", lead, {"Owner": {"id": other}}))
    await taken_back(change.change)
    assert (await record(crm, lead))["Owner"]["id"] == before


async def test_all_that_a_plan_changed_is_taken_back_at_once_the_last_first(
    taken_back: Any, crm: AsyncClient, do: Any
):
    first, second = await do(LEAD, replace(LEAD, values={**LEAD.values, "Last_Name": "Zeta"}))
    changes = await do(
        Update("Leads", first.id, {"City": "Rome"}), Update("Leads", second.id, {"City": "Rome"})
    )
    await somebody_else(crm, second.id, City="Lima")
    plan = crm.gate.state.change(changes[0].change).plan
    undone = await taken_back(plan)
    assert [(e.id, e.outcome) for e in undone.records] == [(first.id, "done")]
    assert "City of Leads" in undone.warnings[0]
    assert [(await record(crm, one))["City"] for one in (first.id, second.id)] == ["Oslo", "Lima"]


async def test_what_cannot_be_taken_back_says_what_a_person_can_do(
    taken_back: Any, crm: AsyncClient, do: Any, lead: str
):
    (change,) = await do(Convert(lead, {}))
    with pytest.raises(NotAllowed, match="delete the contact, account and deal"):
        await taken_back(change.change)


async def test_a_change_of_which_nobody_knows_whether_it_happened_is_not_taken_back(
    taken_back: Any, crm: AsyncClient, do: Any, lead: str
):
    (change,) = await do(Update("Leads", lead, {"City": "Rome"}))
    with crm.gate.state._transaction() as db:
        db.execute("UPDATE change SET outcome = 'unknown' WHERE id = ?", (change.change,))
    with pytest.raises(NotAllowed, match="Nobody knows whether"):
        await taken_back(change.change)
    assert (await record(crm, lead))["City"] == "Rome"


async def test_a_purged_change_is_refused_in_words_and_still_listed(
    taken_back: Any, crm: AsyncClient, do: Any, lead: str
):
    (change,) = await do(Update("Leads", lead, {"City": "Rome"}))
    crm.gate.state.purge(datetime(2100, 1, 1, tzinfo=UTC))
    with pytest.raises(NotAllowed, match="no longer kept"):
        await taken_back(change.change)
    assert [c.changes for c in (await crm.list_changes()).changes] == [[], []]


async def test_restoring_is_taken_back_by_deleting(taken_back: Any, crm: AsyncClient, do: Any, lead: str):
    await do(Delete("Leads", lead))
    (back,) = await do(Restore("Leads", lead))
    await taken_back(back.change)
    assert await record(crm, lead) == {}


@pytest.fixture
async def quote(crm: AsyncClient, do: Any) -> str:
    """With two items, of quantity 2 and 3."""
    products = (await crm.run_coql(query="select id from Products where id is not null limit 2")).rows
    items = [{"Product_Name": {"id": one[0]}, "Quantity": n} for n, one in zip((2, 3), products, strict=True)]
    (made,) = await do(Create("Quotes", {"Subject": "Ice", "Quoted_Items": items}))
    return str(made.id)


async def items(crm: AsyncClient, quote: str) -> list[dict[str, Any]]:
    return list((await record(crm, quote, "Quotes"))["Quoted_Items"])


def told(rows: list[dict[str, Any]]) -> list[tuple[str, float, float]]:
    return sorted((row["Product_Name"]["id"], row["Quantity"], row["Total"]) for row in rows)


@pytest.mark.evidence("subforms.update")
async def test_rows_of_a_subform_are_shown_and_brought_back_as_they_were(
    taken_back: Any, crm: AsyncClient, do: Any, submit: Any, quote: str
):
    first, second = before = await items(crm, quote)
    rows = [
        {"id": first["id"], "Quantity": 7},
        {"id": second["id"], "_delete": None},
        {"Product_Name": {"id": second["Product_Name"]["id"]}, "Quantity": 9},
    ]
    update = Update("Quotes", quote, {"Subject": "More ice", "Quoted_Items": rows})
    shown = await submit(update, dry_run=True)
    assert {f.field: f.old for f in shown.plan.changes[0].fields}["Quoted_Items"] == before
    (change,) = await do(update)
    assert [row["Quantity"] for row in await items(crm, quote)] == [7, 9]
    undone = await taken_back(change.change)
    assert (undone.status, undone.warnings) == ("applied", [])
    assert told(await items(crm, quote)) == told(before)
    assert (await record(crm, quote, "Quotes"))["Subject"] == "Ice"
    await taken_back(undone.records[0].change_id)
    assert sorted(row["Quantity"] for row in await items(crm, quote)) == [7, 9], "an undo is undone too"


@pytest.mark.evidence("subforms.update", "subforms.create")
@pytest.mark.parametrize("nothing", [[], None])
async def test_rows_that_an_empty_subform_took_are_brought_back(
    taken_back: Any, crm: AsyncClient, do: Any, lead: str, nothing: Any
):
    visits = {"field_label": "Visits", "data_type": "subform"}
    await crm.request(
        "POST", "/crm/v8/settings/fields", params={"module": "Leads"}, json={"fields": [visits]}
    )
    place = {"field_label": "Place", "data_type": "text", "length": 50}
    await crm.request(
        "POST", "/crm/v8/settings/fields", params={"module": "Visits"}, json={"fields": [place]}
    )
    await do(Update("Leads", lead, {"Visits": [{"Place": "Oslo"}, {"Place": "Rome"}]}))
    (change,) = await do(Update("Leads", lead, {"Visits": nothing}))
    assert (await record(crm, lead))["Visits"] == []
    await taken_back(change.change)
    assert [row["Place"] for row in (await record(crm, lead))["Visits"]] == ["Oslo", "Rome"]


@pytest.mark.evidence("subforms.update")
async def test_rows_that_somebody_changed_since_stay_and_are_said_to(
    taken_back: Any, crm: AsyncClient, do: Any, quote: str
):
    first, second = await items(crm, quote)
    change_of_first = {"Subject": "More", "Quoted_Items": [{"id": first["id"], "Quantity": 7}]}
    (change,) = await do(Update("Quotes", quote, change_of_first))
    body = {"data": [{"id": quote, "Quoted_Items": [{"id": second["id"], "Quantity": 8}]}]}
    await crm.org.session.call(endpoints.UPDATE_RECORDS, module="Quotes", json=body)
    undone = await taken_back(change.change)
    assert "Quoted_Items of Quotes" in undone.warnings[0]
    assert [row["Quantity"] for row in await items(crm, quote)] == [7, 8]
    assert (await record(crm, quote, "Quotes"))["Subject"] == "Ice"


async def test_a_record_made_with_rows_is_taken_back_unless_somebody_changed_a_row(
    taken_back: Any, crm: AsyncClient, quote: str
):
    (made,) = (await crm.list_changes(limit=1)).changes
    first, _ = await items(crm, quote)
    for number, answer in ((8, "refused"), (2, "applied")):
        body = {"data": [{"id": quote, "Quoted_Items": [{"id": first["id"], "Quantity": number}]}]}
        await crm.org.session.call(endpoints.UPDATE_RECORDS, module="Quotes", json=body)
        if answer == "refused":
            with pytest.raises(NotAllowed, match=r"Quoted_Items of Quotes .* changed again"):
                await taken_back(made.change_id)
        else:
            assert (await taken_back(made.change_id)).status == answer
