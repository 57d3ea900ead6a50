"""Everything that is no record write: what hangs on records, settings, files, jobs, channels."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest

from zcrm_tools.crm.composite import SubRequest
from zcrm_tools.emulator.transitions import define
from zcrm_tools.errors import ApiError, InvalidInput, InvalidRequest, NotFound

GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"


# --- what hangs on a record


@pytest.mark.evidence("notes.of-a-record")
async def test_notes_are_added_and_read(crm, lead):
    note = await crm.leads.note(lead, "Called back", "Phone")
    (found,) = [n async for n in crm.leads.notes(lead)]
    assert (found.id, found["Note_Title"], found["Note_Content"]) == (note, "Phone", "Called back")


@pytest.mark.evidence("tags.add", "tags.remove", "tags.overwrite")
async def test_tags_come_and_go(crm, lead):
    await crm.leads.tag([lead], ["Hot", "Fair"])
    assert set((await crm.leads.get(lead)).tags) == {"Hot", "Fair"}
    await crm.leads.untag([lead], ["Fair"])
    assert (await crm.leads.get(lead)).tags == ("Hot",)
    await crm.leads.tag([lead], ["Cold"], replace=True)
    assert (await crm.leads.get(lead)).tags == ("Cold",)
    assert {"Hot", "Fair", "Cold"} <= {tag.name for tag in await crm.leads.tags()}


@pytest.mark.evidence("attachments.upload", "attachments.download", "attachments.delete")
async def test_a_file_is_attached_streamed_back_and_deleted(crm, lead, tmp_path):
    sent = tmp_path / "offer.pdf"
    sent.write_bytes(bytes(range(256)) * 2_000)
    attachment = await crm.leads.attach(lead, sent)
    (listed,) = await crm.leads.attachments(lead)
    assert (listed.id, listed["File_Name"]) == (attachment, "offer.pdf")
    saved = await crm.leads.download(lead, attachment, tmp_path / "back.pdf")
    assert saved.read_bytes() == sent.read_bytes()
    assert not list(tmp_path.glob("*.part"))
    await crm.leads.detach(lead, attachment)
    assert await crm.leads.attachments(lead) == ()


@pytest.mark.evidence("attachments.link")
async def test_an_open_file_and_a_link_are_attached_too(crm, lead):
    attachment = await crm.leads.attach(lead, io.BytesIO(b"plain"), "note.txt")
    assert await crm.leads.attachment(lead, attachment) == b"plain"
    await crm.leads.attach_link(lead, "https://example.com/x.pdf", "Offer")
    assert len(await crm.leads.attachments(lead)) == 2


async def test_what_is_not_there_is_not_downloaded(crm, lead, tmp_path):
    with pytest.raises(ApiError):
        await crm.leads.download(lead, "554023000999999999", tmp_path / "x")
    with pytest.raises(NotFound):
        await crm.leads.photo(lead)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.evidence("photo.upload", "photo.delete")
async def test_a_photo_is_set_read_and_deleted(crm, lead):
    await crm.leads.set_photo(lead, GIF)
    assert await crm.leads.photo(lead)
    await crm.leads.delete_photo(lead)
    with pytest.raises(NotFound):
        await crm.leads.photo(lead)


@pytest.mark.evidence("files.upload", "files.download")
async def test_the_file_store_gives_back_what_it_got(crm):
    file = await crm.upload(b"contents", "a.txt")
    assert await crm.stored_file(file) == b"contents"


@pytest.mark.evidence("related.link", "related.unlink-ids")
async def test_records_are_linked_and_unlinked(crm, lead):
    campaign = await crm.campaigns.create(campaign_name="Fair")
    await crm.leads.link(lead, "Campaigns", [campaign.id])
    assert [r.id async for r in crm.leads.related(lead, "Campaigns", ["Campaign_Name"])] == [campaign.id]
    await crm.leads.unlink(lead, "Campaigns", [campaign.id])
    assert [r async for r in crm.leads.related(lead, "Campaigns", ["Campaign_Name"])] == []
    await crm.campaigns.raw.delete([campaign.id])


@pytest.mark.evidence("writes.what-id")
async def test_activities_of_a_record(crm, lead):
    one = await crm.tasks.create(subject="Ring", what_id=await crm.leads.get(lead))
    two = await crm.tasks.create(subject="Write", what_id=lead, **{"$se_module": "Leads"})
    found = [t["Subject"] async for t in crm.leads.activities(lead, "Tasks")]
    assert sorted(found) == ["Ring", "Write"]
    await crm.tasks.raw.delete([one.id, two.id])


@pytest.mark.evidence("convert.makes-records", "convert.deal-keys")
async def test_a_lead_becomes_contact_account_and_deal(crm, lead, org):
    pipeline = (await crm.pipelines())[0].actual
    deal = {"Deal_Name": "Dock", "Stage": "Qualification", "Closing_Date": "2027-01-01", "Pipeline": pipeline}
    made = await crm.leads.convert(lead, deal=deal)
    assert org.record("Contacts", made.contact)["Last_Name"] == "Okafor"
    assert org.record("Accounts", made.account)["Account_Name"] == "Quay 9"
    assert org.record("Deals", made.deal)["Deal_Name"] == "Dock"
    with pytest.raises(InvalidRequest) as caught:
        await crm.leads.convert(lead)
    assert caught.value.code == "ID_ALREADY_CONVERTED"


@pytest.mark.evidence("clone.copies")
async def test_a_record_is_copied_with_other_values(crm, lead):
    copy = await crm.leads.clone(lead, last_name="Adeyemi")
    assert (await crm.leads.get(copy))["Company"] == "Quay 9"
    assert (await crm.leads.get(copy))["Last_Name"] == "Adeyemi"
    await crm.leads.raw.delete([copy])


@pytest.mark.evidence("mass.update-ids", "owner.change")
async def test_many_get_one_value_or_one_owner(crm, lead, org):
    other = (await crm.leads.raw.create([{"Last_Name": "Other"}]))[0].id
    assert [o.status for o in await crm.leads.mass_update([lead, other], city="Accra")] == ["done", "done"]
    assert org.record("Leads", other)["City"] == "Accra"
    me, users = await crm.me(), await crm.users()
    user = next(u for u in users.values() if u.id != me.id)
    await crm.leads.change_owner([lead, other], user.full_name)
    assert (await crm.leads.get(other)).owner.id == user.id
    await crm.leads.raw.delete([other])


@pytest.mark.evidence("mass.jobs")
async def test_a_view_gets_one_value_as_a_job(crm, org):
    view = next(v for v in await crm.leads.views() if v["system_name"] == "ALLVIEWS")
    job = await crm.leads.mass_update_view(view["id"], city="Everywhere")
    org.advance(seconds=120)
    done = await crm.leads.mass_update_status(job)
    assert (done.status, done.failed) == ("COMPLETED", 0)
    assert done.updated == done.total > 0
    assert {r["City"] async for r in crm.leads.all(["City"], view=view["id"])} == {"Everywhere"}


@pytest.mark.evidence("blueprint.get", "blueprint.update", "blueprint.not-in-process")
async def test_a_blueprint_is_looked_at_and_walked(crm, lead, org):
    define(
        org.emulator.store,
        {
            "module": "Leads",
            "field": "Lead_Status",
            "name": "Nurturing",
            "transitions": [{"name": "Ring", "from": "New", "to": "Contacted", "fields": ["Phone"]}],
        },
    )
    with pytest.raises(InvalidRequest) as caught:
        await crm.leads.blueprint(lead)
    assert caught.value.code == "RECORD_NOT_IN_PROCESS"
    inside = (await crm.leads.raw.create([{"Last_Name": "B", "Lead_Status": "New"}]))[0].id
    process = await crm.leads.blueprint(inside)
    (ring,) = process.transitions
    assert (process.field, process.value, ring.to, ring.fields) == (
        "Lead_Status",
        "New",
        "Contacted",
        ("Phone",),
    )
    await crm.leads.transition(inside, ring.id, {"Phone": "+44 20 7946 0000"})
    assert (await crm.leads.get(inside))["Lead_Status"] == "Contacted"


async def test_subforms_are_read_and_written_with_their_record(crm, org):
    for path, fields in (
        ("Contacts", [{"field_label": "Languages", "data_type": "subform"}]),
        ("Languages", [{"field_label": "Language", "data_type": "text", "length": 20}]),
    ):
        made = await crm.request("POST", "settings/fields", params={"module": path}, json={"fields": fields})
        assert made.status == 201, made.body
    contact = await crm.contacts.create(
        last_name="Poly", languages=[{"Language": "French"}, {"Language": "Wolof"}]
    )
    rows = (await crm.contacts.get(contact.id)).rows("Languages")
    assert [row["Language"] for row in rows] == ["French", "Wolof"]
    await crm.contacts.update(contact.id, languages=[{"id": rows[0].id, "_delete": None}])
    assert [r["Language"] for r in (await crm.contacts.get(contact.id)).rows("Languages")] == ["Wolof"]
    assert (await crm.contacts.page(per_page=1))[0].id == contact.id


async def test_a_module_of_the_orgs_own_is_found_by_its_label(crm, org):
    made = await crm.request(
        "POST",
        "settings/modules",
        json={
            "modules": [
                {
                    "singular_label": "Vehicle",
                    "plural_label": "Vehicles",
                    "api_name": "Vehicles",
                    "profiles": [{"id": str(p["id"])} for p in await crm.profiles()],
                    "display_field": {"field_label": "Vehicle Name", "data_type": "text"},
                }
            ]
        },
    )
    assert made.status in (200, 201), made.body
    vehicles = crm.module("vehicle")
    lorry = await vehicles.create(name="Lorry")
    assert (await vehicles.get(lorry.id)).name == "Lorry"


@pytest.mark.evidence("mail.send", "mail.from-addresses")
async def test_a_mail_is_sent_from_an_address_of_the_users(crm, lead):
    sender = (await crm.from_addresses())[0]
    told = await crm.leads.send_mail(
        lead, sender=sender.email, to=["n@quay.example"], subject="Hello", content="Hi there"
    )
    assert told


# --- the org


async def test_the_org_tells_what_it_has_set_up(crm):
    assert (await crm.me()).id in await crm.users()
    assert {"Administrator", "Standard"} <= {p["name"] for p in await crm.profiles()}
    assert {r["name"] for r in await crm.roles()} >= {"CEO"}
    assert "Leads" in await crm.modules()
    assert (await crm.org_info()).company_name
    assert any(stage.forecast_type == "Closed Won" for p in await crm.pipelines() for stage in p.stages)
    assert "Notes" in {r["api_name"] for r in await crm.leads.related_lists()}
    assert await crm.leads.layouts()
    assert isinstance(await crm.currencies(), tuple)


async def rule(crm, name: str, when: str) -> None:
    field = {
        "field_updates": [
            {
                "name": f"{name} update",
                "module": {"api_name": "Leads"},
                "type": "static",
                "field": {"api_name": "City"},
                "value": "Set",
                "feature_type": "workflow",
            }
        ]
    }
    made = await crm.request("POST", "settings/automation/field_updates", json=field)
    assert made.status in (200, 201), made.body
    update = made.body["field_updates"][0]["details"]["id"]
    body = {
        "workflow_rules": [
            {
                "name": name,
                "module": {"api_name": "Leads"},
                "execute_when": {"type": when, "details": {"trigger_module": {"api_name": "Leads"}}},
                "conditions": [
                    {
                        "sequence_number": 1,
                        "instant_actions": {"actions": [{"id": update, "type": "field_updates"}]},
                    }
                ],
            }
        ]
    }
    made = await crm.request("POST", "settings/automation/workflow_rules", json=body)
    assert made.status in (200, 201), made.body


@pytest.mark.evidence("operations.may-fire")
async def test_rules_that_may_fire_are_named(crm, org):
    await rule(crm, "Welcome", "create")
    assert await crm.leads.may_fire("create") == ("Welcome",)
    assert await crm.leads.may_fire("delete") == ()


async def test_rules_that_cannot_be_read_are_unknown_and_never_none(crm, org):
    limited = org.grant("ZohoCRM.modules.ALL")
    crm.org.session._tokens._token = limited.access_token
    assert await crm.leads.may_fire("create") == "unknown"


@pytest.mark.evidence("bin.restore", "bin.delete", "bin.list")
async def test_a_deleted_record_comes_back_or_goes_for_good(crm, lead, org):
    await crm.leads.raw.delete([lead])
    assert lead in [r.id async for r in crm.recycle_bin()]
    (back,) = await crm.restore(lead)
    assert back.status == "done"
    assert (await crm.leads.get(lead))["Company"] == "Quay 9"
    await crm.leads.raw.delete([lead])
    (gone,) = await crm.delete_forever(lead)
    assert gone.status == "done"
    assert lead not in [r.id async for r in crm.recycle_bin()]


# --- jobs, several calls at once, channels


@pytest.mark.evidence("bulk-read.create", "bulk-read.file", "bulk-read.states")
async def test_a_bulk_read_gives_a_file(crm, org, tmp_path):
    job = await crm.start_bulk_read("Leads", ["Last_Name", "Email"])
    assert not (await crm.bulk_read(job)).finished
    org.advance(minutes=5)
    look = await crm.bulk_read(job)
    assert (look.state, look.finished, look.more) == ("COMPLETED", True, False)
    saved = await crm.save_bulk_read(job, tmp_path / "leads.zip")
    with zipfile.ZipFile(saved) as archive:
        lines = archive.read(archive.namelist()[0]).decode().splitlines()
    assert {"Last_Name", "Email"} < set(lines[0].split(","))
    assert len(lines) == look.count + 1


@pytest.mark.evidence("bulk-write.create", "bulk-write.result", "operations.bulk-write-host")
async def test_a_bulk_write_takes_a_file_and_says_what_became_of_each_line(crm, org, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("leads.csv", "Last_Name,Company\nBulka,Bulk GmbH\n,Nobody\n")
    job = await crm.start_bulk_write("Leads", packed.getvalue())
    org.advance(minutes=5)
    look = await crm.bulk_write(job)
    assert (look.state, look.added, look.skipped, look.total) == ("COMPLETED", 1, 1, 2)
    saved = await crm.save_bulk_write(job, tmp_path / "result.zip")
    with zipfile.ZipFile(saved) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    assert "ADDED" in text
    assert "MANDATORY_NOT_FOUND" in text


@pytest.mark.evidence("composite.references")
async def test_calls_that_go_together_use_each_others_answers(crm):
    made, read = await crm.composite(
        [
            SubRequest("1", "POST", "/crm/v8/Leads", {"data": [{"Last_Name": "Two in one"}]}),
            SubRequest("2", "GET", "/crm/v8/Leads/@{1:$.data[0].details.id}"),
        ]
    )
    assert (made.status, read.status) == (201, 200)
    assert read.body["data"][0]["Last_Name"] == "Two in one"
    await crm.leads.raw.delete([read.body["data"][0]["id"]])
    with pytest.raises(InvalidInput):
        await crm.composite([SubRequest("1", "GET", "https://elsewhere.example/crm/v8/Leads")])


@pytest.mark.evidence("notifications.subscribe", "notifications.disable")
async def test_a_channel_is_opened_listed_and_closed(crm, org):
    until = org.emulator.clock.now() + timedelta(hours=5)
    await crm.enable_channel(
        "1000000068001", ["Leads.create"], "https://example.com/hook", token="secret-enough", until=until
    )
    (channel,) = await crm.channels()
    assert channel["events"] == ["Leads.create"]
    await crm.disable_channels("1000000068001")
    assert await crm.channels() == ()
