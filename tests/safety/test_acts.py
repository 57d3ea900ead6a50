"""Every kind of write through the gate: what is shown before, what is there after, what the journal keeps."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import files, reads, recycle_bin, traces
from zcrm_tools.crm.apply import batches, price
from zcrm_tools.crm.writes import (
    KINDS,
    Attach,
    Convert,
    Create,
    Delete,
    Detach,
    Link,
    Merge,
    Request,
    Restore,
    Send,
    Tags,
    Transition,
    Update,
    from_json,
    kind,
    to_json,
)
from zcrm_tools.emulator.transitions import define
from zcrm_tools.errors import PlanUnusable
from zcrm_tools.testing import ZohoOrg

ID, OTHER = "554023000000000001", "554023000000000002"
ONE_OF_EACH = (
    Create("Leads", {"Last_Name": "Rao", "Owner": {"id": ID}}),
    Update("Leads", ID, {"City": None}),
    Delete("Leads", ID),
    Restore("Leads", ID),
    Tags("Leads", ID, ("vip",), ("cold",)),
    Link("Campaigns", ID, "Leads", OTHER, values={"Member_Status": "Invited"}),
    Convert(ID, {"Deals": {"Deal_Name": "Rao"}}),
    Send("Leads", ID, {"subject": "Hello", "to": [{"email": "a@b.example"}]}),
    Merge("Leads", ID, (OTHER,), {"Email": OTHER}),
    Transition("Deals", ID, OTHER, {"Amount": 5}),
    Attach("Leads", ID, "a.txt", "/nowhere", "0" * 64),
    Detach("Leads", ID, OTHER),
    Request("POST", "/crm/v8/settings/tags", {"module": "Leads"}, [{"tags": []}]),
)


def test_every_kind_of_write_survives_being_stored():
    assert tuple(map(kind, ONE_OF_EACH)) == KINDS
    assert from_json(to_json(ONE_OF_EACH)) == ONE_OF_EACH


def test_alike_tags_and_restores_share_a_call_and_other_acts_go_one_by_one():
    tags = [Tags("Leads", str(number), ("vip",)) for number in range(501)]
    assert [len(b) for b in batches(tags)] == [500, 1]
    assert [len(b) for b in batches([*tags[:2], Tags("Leads", "3", ("cold",))])] == [2, 1]
    assert [len(b) for b in batches([Restore("Leads", ID), Restore("Deals", OTHER)])] == [2]
    assert [len(b) for b in batches([ONE_OF_EACH[5], ONE_OF_EACH[5]])] == [1, 1]
    assert price(tags) == 11
    assert price([ONE_OF_EACH[6]]) == 5
    assert price([ONE_OF_EACH[7]]) == 20
    assert price([ONE_OF_EACH[8]]) == 50


async def some(crm: AsyncClient, module: str, count: int = 1, where: str = "id is not null") -> list[str]:
    found = await crm.run_coql(query=f"select id from {module} where {where} limit {count}")
    return [row[0] for row in found.rows]


async def tags_of(crm: AsyncClient, module: str, id: str) -> list[str]:
    record = await reads.get(crm.org, module, id)
    assert record is not None
    return traces.tag_names(record)


@pytest.mark.evidence("tags.add", "tags.remove")
async def test_tags_are_added_and_taken_off_without_regard_to_case(crm: AsyncClient, do: Any, submit: Any):
    (lead,) = await some(crm, "Leads", 1, "Converted__s = 'false'")
    had = await tags_of(crm, "Leads", lead)
    (result,) = await do(Tags("Leads", lead, ("Zebra", "Yak")))
    assert (result.kind, result.status, result.id) == ("tags", "done", lead)
    assert set(await tags_of(crm, "Leads", lead)) == {*had, "Zebra", "Yak"}
    shown = await submit(Tags("Leads", lead, ("zebra", "Xerus"), ("YAK", "absent")), dry_run=True)
    (change,) = shown.plan.changes
    assert (set(change.fields[0].old), set(change.fields[0].new)) == (
        {*had, "Zebra", "Yak"},
        {*had, "Zebra", "Xerus"},
    )
    assert shown.plan.writes == (Tags("Leads", lead, ("Xerus",), ("YAK",)),)
    await do(Tags("Leads", lead, ("zebra", "Xerus"), ("YAK", "absent")))
    assert set(await tags_of(crm, "Leads", lead)) == {*had, "Zebra", "Xerus"}
    assert (await submit(Tags("Leads", lead, ("XERUS",)))).status == "unchanged"


@pytest.mark.evidence("related.link", "related.unlink", "related.one")
async def test_a_record_is_linked_and_its_link_taken_away(crm: AsyncClient, do: Any, submit: Any):
    (campaign,) = await some(crm, "Campaigns")
    made = await do(Create("Leads", {"Last_Name": "Zzyzx", "Company": "Nowhere"}))
    lead = made[0].id
    link = Link("Campaigns", campaign, "Leads", lead, values={"Member_Status": "Invited"})
    (result,) = await do(link)
    assert result.status == "done"
    there = await traces.linked(crm.org, link)
    assert there is not None
    assert (await submit(link)).status == "unchanged"
    gone = Link("Campaigns", campaign, "Leads", lead, remove=True)
    shown = await submit(gone, dry_run=True)
    assert shown.plan.changes[0].fields[0].old["name"] == "Zzyzx"
    await do(gone)
    assert await traces.linked(crm.org, link) is None


@pytest.mark.evidence("bin.restore")
async def test_a_deleted_record_comes_back(crm: AsyncClient, do: Any, submit: Any):
    (made,) = await do(Create("Accounts", {"Account_Name": "Zzyzx Works"}))
    await do(Delete("Accounts", made.id))
    assert await recycle_bin.find(crm.org, made.id) is not None
    shown = await submit(Restore("Accounts", made.id), dry_run=True)
    assert shown.plan.changes[0].name == "Zzyzx Works"
    (result,) = await do(Restore("Accounts", made.id))
    assert (result.status, result.name) == ("done", "Zzyzx Works")
    assert await reads.get(crm.org, "Accounts", made.id) is not None
    assert (await submit(Restore("Accounts", made.id))).status == "unchanged"
    with pytest.raises(PlanUnusable, match="There is no Accounts record"):
        await submit(Restore("Accounts", "554023999999999999"))


@pytest.mark.evidence("convert.makes-records")
async def test_a_conversion_tells_what_it_made(crm: AsyncClient, do: Any):
    (lead,) = await do(Create("Leads", {"Last_Name": "Zzyzx", "Company": "Nowhere Lighthouses"}))
    (result,) = await do(Convert(lead.id, {"notify_lead_owner": False}))
    assert result.status == "done"
    assert set(result.details) == {"Contacts", "Accounts"}
    contact = await reads.get(crm.org, "Contacts", result.details["Contacts"])
    assert contact is not None
    assert contact["Last_Name"] == "Zzyzx"
    (again,) = await do(Convert(lead.id, {"notify_lead_owner": True}))
    assert again.status == "refused"


@pytest.mark.evidence("attachments.upload", "attachments.delete")
async def test_a_file_is_attached_as_it_was_when_the_plan_was_made(crm: AsyncClient, do: Any, tmp_path: Path):
    (lead,) = await some(crm, "Leads", 1, "Converted__s = 'false'")
    file = tmp_path / "a.txt"
    file.write_bytes(b"hello")
    digest = hashlib.sha256(b"hello").hexdigest()
    (result,) = await do(Attach("Leads", lead, "a.txt", str(file), digest))
    attachment = result.details["attachment"]
    assert await files.content(files.attachment(crm.org, "Leads", lead, attachment)) == b"hello"
    file.write_bytes(b"something else")
    (refused,) = await do(Attach("Leads", lead, "b.txt", str(file), digest))
    assert refused.status == "refused"
    assert refused.problem is not None
    assert "no longer what the plan was made for" in refused.problem.message
    (gone,) = await do(Detach("Leads", lead, attachment))
    assert gone.status == "done"
    assert attachment not in {one.id for one in await files.attachments(crm.org, "Leads", lead)}


@pytest.mark.evidence("merge.joins")
async def test_records_are_merged_with_the_values_that_were_chosen(crm: AsyncClient, do: Any, submit: Any):
    one, two = await do(
        Create("Leads", {"Last_Name": "Zzyzx", "Company": "Nowhere", "Email": "old@nowhere.example"}),
        Create("Leads", {"Last_Name": "Zzyzx", "Company": "Nowhere", "Email": "new@nowhere.example"}),
    )
    merge = Merge("Leads", one.id, (two.id,), {"Email": two.id})
    shown = await submit(merge, dry_run=True)
    fields = {f.field: (f.old, f.new) for f in shown.plan.changes[0].fields}
    assert fields["Email"] == ("old@nowhere.example", "new@nowhere.example")
    (result,) = await do(merge)
    assert result.status == "done"
    kept = await reads.get(crm.org, "Leads", one.id)
    assert kept is not None
    assert kept["Email"] == "new@nowhere.example"
    assert await reads.get(crm.org, "Leads", two.id) is None


@pytest.mark.evidence("blueprint.get", "blueprint.update")
async def test_a_transition_shows_where_it_leads_and_takes_the_record_there(
    crm: AsyncClient, do: Any, submit: Any, zoho_org: ZohoOrg
):
    process = {"name": "Give up", "from": "Not Contacted", "to": "Lost Lead", "fields": ["Fax"]}
    define(
        zoho_org.emulator.store,
        {"module": "Leads", "field": "Lead_Status", "name": "Nurturing", "transitions": [process]},
    )
    made = {"Last_Name": "Zzyzx", "Company": "Nowhere", "Lead_Status": "Not Contacted"}
    (lead,) = await do(Create("Leads", made))
    (way,) = (await crm.leads.blueprint(lead.id)).transitions
    move = Transition("Leads", lead.id, way.id, {"Fax": "1"})
    shown = await submit(move, dry_run=True)
    fields = {f.field: (f.old, f.new) for f in shown.plan.changes[0].fields}
    assert fields == {"Lead_Status": ("Not Contacted", "Lost Lead"), "Fax": (None, "1")}
    (result,) = await do(move)
    assert result.status == "done"
    record = await reads.get(crm.org, "Leads", lead.id)
    assert record is not None
    assert record["Lead_Status"] == "Lost Lead"


@pytest.mark.evidence("mail.send")
async def test_a_mail_is_sent_once_however_often_it_is_asked_for(
    crm: AsyncClient, submit: Any, zoho_org: ZohoOrg
):
    (lead,) = await some(crm, "Leads", 1, "(Email is not null and Converted__s = 'false')")
    record = await reads.get(crm.org, "Leads", lead)
    assert record is not None
    sender = (await crm.from_addresses())[0]
    mail = {
        "from": {"user_name": sender.name, "email": sender.email},
        "to": [{"user_name": "x", "email": record["Email"]}],
        "subject": "Hello",
        "content": "Good day",
        "mail_format": "text",
    }
    send = Send("Leads", lead, mail)
    shown = await submit(send, ask="mail")
    assert shown.status == "waiting"
    await crm.approve(shown.plan.id, by="a person")
    first = await submit(send, ask="mail", plan_id=shown.plan.id)
    again = await submit(send, ask="mail")
    assert first.receipt.results[0].details["message_id"]
    assert again.repeated
    assert again.receipt == first.receipt
    assert sum("send_mail" in r["path"] for r in zoho_org.requests()) == 1


async def test_any_other_call_is_sent_as_it_is_and_what_it_answered_is_told(crm: AsyncClient, do: Any):
    body = {"tags": [{"name": "Walrus"}]}
    (result,) = await do(Request("POST", "/crm/v8/settings/tags", {"module": "Leads"}, body))
    assert result.status == "done"
    assert result.details["http_status"] == 201
    assert "Walrus" in [t.name for t in await crm.leads.tags()]
