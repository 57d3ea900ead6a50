"""What hangs on records, with the official SDK: COQL, notes, tags, related lists, attachments, files, photos, timeline."""

from datetime import date

from link import choice, made, main, new_ids, params, record, rows, sdk

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf"
    "c0000003010100c9fe92ef0000000049454e44ae426082"
)


def beside(steps):
    leads = sdk("record.RecordOperations")("Leads")
    lead, other = new_ids(
        leads.create_records(
            rows(
                record(Last_Name="Doe", Company="Acme", Email="doe@beside.example"),
                record(Last_Name="Roe", Company="Acme"),
            )
        ).get_object()
    )
    steps.part("query", query)
    steps.part("notes", notes, lead)
    steps.part("tags", tags, lead, other)
    steps.part("related", related)
    steps.part("files", files, lead)
    steps.do("timeline", sdk("timelines.TimelinesOperations")().get_timelines, "Leads", str(lead))
    steps.do("recycle bin", sdk("recycle_bin.RecycleBinOperations")().get_recyclebin_records)


def query(steps):
    coql = sdk("coql.CoqlOperations")()

    def ask(text):
        return made("coql.BodyWrapper", select_query=text)

    steps.do(
        "coql",
        coql.get_records,
        ask("select Last_Name, Owner, Created_Time from Leads where Last_Name = 'Doe' limit 2"),
    )
    steps.do(
        "coql join",
        coql.get_records,
        ask("select Deal_Name, Account_Name.Account_Name, Amount from Deals where Amount > 1 limit 2"),
    )
    steps.do(
        "coql group",
        coql.get_records,
        ask("select Stage, COUNT(id), SUM(Amount) from Deals where id is not null group by Stage"),
    )
    steps.do(
        "coql nothing", coql.get_records, ask("select Last_Name from Leads where Last_Name = 'Nobody at all'")
    )
    steps.do("coql wrong", coql.get_records, ask("select Last_Nam from Leads where id is not null"))
    steps.do("coql unparsable", coql.get_records, ask("select from"))


def notes(steps, lead):
    operations = sdk("notes.NotesOperations")()
    parent = made("notes.ParentId", id=lead, module=made("modules.MinifiedModule", api_name="Leads"))
    note = made("notes.Note", note_title="Call", note_content="They want pumps", parent_id=parent)
    created = steps.do("create note", operations.create_notes, made("notes.BodyWrapper", data=[note]))
    (note_id,) = new_ids(created) or [0]
    steps.do(
        "get note",
        operations.get_note,
        note_id,
        params("notes.GetNoteParam", fields="Note_Title,Note_Content,Parent_Id,Owner"),
    )
    listed = params("notes.GetNotesParam", fields="Note_Title,Note_Content,Parent_Id", per_page="2")
    steps.do("list notes", operations.get_notes, listed)
    changed = made("notes.Note", note_content="They want valves")
    steps.do("update note", operations.update_note, note_id, made("notes.BodyWrapper", data=[changed]))
    of_lead = sdk("related_records.RelatedRecordsOperations")("Notes", "Leads")
    steps.do(
        "notes of lead",
        of_lead.get_related_records,
        lead,
        params("related_records.GetRelatedRecordsParam", fields="Note_Title,Note_Content"),
    )
    steps.do("delete note", operations.delete_note, note_id)


def tags(steps, lead, other):
    operations = sdk("tags.TagsOperations")()
    hot, cold = (made("tags.Tag", name=name) for name in ("Hot", "Cold"))
    module = params("tags.CreateTagsParam", module="Leads")
    steps.do("create tags", operations.create_tags, made("tags.BodyWrapper", tags=[hot, cold]), module)
    found = steps.do("list tags", operations.get_tags, params("tags.GetTagsParam", module="Leads"))
    given = made("tags.NewTagRequestWrapper", tags=[made("tags.Tag", name="Hot")])
    steps.do("tag record", operations.add_tags, "Leads", lead, given)
    many = made("tags.NewTagRequestWrapper", tags=[made("tags.Tag", name="Cold")], ids=[lead, other])
    steps.do("tag records", operations.add_tags_to_multiple_records, "Leads", many)
    leads = sdk("record.RecordOperations")("Leads")
    steps.do("get tagged", leads.get_record, lead)
    taken = made("tags.ExistingTagRequestWrapper", tags=[made("tags.ExistingTag", name="Cold")])
    steps.do("untag record", operations.remove_tags, "Leads", lead, taken)
    ids = {tag.get_name(): tag.get_id() for tag in (found.get_tags() if found is not None else [])}
    if "Hot" in ids:
        steps.do(
            "count tag",
            operations.get_record_count_for_tag,
            ids["Hot"],
            params("tags.GetRecordCountForTagParam", module="Leads"),
        )
        renamed = made("tags.BodyWrapper", tags=[made("tags.Tag", name="Warm")])
        steps.do(
            "update tag",
            operations.update_tag,
            ids["Hot"],
            renamed,
            params("tags.UpdateTagParam", module="Leads"),
        )
        into = made("tags.MergeWrapper", tags=[made("tags.ConflictWrapper", conflict_id=str(ids["Cold"]))])
        steps.do("merge tags", operations.merge_tags, ids["Hot"], into)
        steps.do("delete tag", operations.delete_tag, ids["Hot"])


def related(steps):
    accounts = sdk("record.RecordOperations")("Accounts")
    (account,) = new_ids(accounts.create_records(rows(record(Account_Name="Related GmbH"))).get_object())
    contacts = sdk("record.RecordOperations")("Contacts")
    (contact,) = new_ids(
        contacts.create_records(rows(record(Last_Name="Kraft", Account_Name=record(id=account)))).get_object()
    )
    of_account = sdk("related_records.RelatedRecordsOperations")("Contacts", "Accounts")
    some = params("related_records.GetRelatedRecordsParam", fields="Last_Name,Email")
    steps.do("contacts of account", of_account.get_related_records, account, some)
    steps.do(
        "deals of account",
        sdk("related_records.RelatedRecordsOperations")("Deals", "Accounts").get_related_records,
        account,
        params("related_records.GetRelatedRecordsParam", fields="Deal_Name"),
    )
    products = sdk("record.RecordOperations")("Products")
    (product,) = new_ids(products.create_records(rows(record(Product_Name="Pump"))).get_object())
    of_contact = sdk("related_records.RelatedRecordsOperations")("Products", "Contacts")
    body = made("related_records.BodyWrapper", data=[record(id=product)])
    steps.do("link product", of_contact.update_related_records, contact, body)
    steps.do(
        "products of contact",
        of_contact.get_related_records,
        contact,
        params("related_records.GetRelatedRecordsParam", fields="Product_Name"),
    )
    steps.do("unlink product", of_contact.delink_record, product, contact)
    deals = sdk("record.RecordOperations")("Deals")
    (deal,) = new_ids(
        deals.create_records(
            rows(
                record(
                    Deal_Name="D",
                    Stage=choice("Qualification"),
                    Account_Name=record(id=account),
                    Closing_Date=date(2026, 12, 1),
                    Pipeline=choice("Standard (Standard)"),
                )
            )
        ).get_object()
    )
    roles = sdk("contact_roles.ContactRolesOperations")().get_roles()
    found = (
        roles.get_object().get_contact_roles() if roles is not None and roles.get_status_code() == 200 else []
    )
    operations = sdk("deal_contact_roles.DealContactRolesOperations")()
    if found:
        role = made("deal_contact_roles.ContactRole", id=found[0].get_id(), name=found[0].get_name())
        body = made(
            "deal_contact_roles.BodyWrapper", data=[made("deal_contact_roles.Data", contact_role=role)]
        )
        steps.do("contact role of deal", operations.associate_contact_role_to_deal, contact, deal, body)
    steps.do(
        "contact roles of deal",
        operations.get_associated_contact_roles,
        deal,
        params("deal_contact_roles.GetAssociatedContactRolesParam", fields="Last_Name"),
    )


def files(steps, lead):
    def stream(name, content):
        path = steps.folder / name
        path.write_bytes(content)
        return sdk("util.StreamWrapper")(file_path=str(path))

    attachments = sdk("attachments.AttachmentsOperations")()
    steps.do(
        "attach",
        attachments.upload_attachments,
        lead,
        "Leads",
        made("attachments.FileBodyWrapper", file=stream("offer.txt", b"an offer")),
    )
    some = params("attachments.GetAttachmentsParam", fields="id,File_Name,Size,Created_Time,Parent_Id")
    found = steps.do("attachments", attachments.get_attachments, lead, "Leads", some)
    if found is not None and hasattr(found, "get_data"):
        attachment = found.get_data()[0].get_id()
        steps.do("download attachment", attachments.get_attachment, attachment, lead, "Leads")
        steps.do("delete attachment", attachments.delete_attachment, attachment, lead, "Leads")
    link = params(
        "attachments.UploadUrlAttachmentsParam", attachmenturl="https://example.com/a", title="A page"
    )
    steps.do("attach link", attachments.upload_url_attachments, lead, "Leads", link)
    store = sdk("files.FilesOperations")()
    sent = steps.do(
        "upload file", store.upload_files, made("files.BodyWrapper", file=[stream("plan.txt", b"a plan")])
    )
    if sent is not None and hasattr(sent, "get_data"):
        file_id = sent.get_data()[0].get_details()["id"]
        steps.do("download file", store.get_file, params("files.GetFileParam", id=file_id))
    leads = sdk("record.RecordOperations")("Leads")
    steps.do(
        "upload photo", leads.upload_photo, lead, made("record.FileBodyWrapper", file=stream("face.png", PNG))
    )
    steps.do("photo", leads.get_photo, lead)
    steps.do("delete photo", leads.delete_photo, lead)


main(beside)
