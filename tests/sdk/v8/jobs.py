"""Conversion, mass changes, bulk jobs and notifications with the official SDK."""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta

from link import choice, made, main, new_ids, params, record, rows, sdk


def jobs(steps):
    for part in (convert, mass, bulk_read, bulk_write, notifications):
        steps.part(part.__name__, part)


def leads(*names):
    operations = sdk("record.RecordOperations")("Leads")
    given = [
        record(Last_Name=name, Company=f"{name} GmbH", Email=f"{name.lower()}@jobs.example") for name in names
    ]
    return new_ids(operations.create_records(rows(*given)).get_object())


def convert(steps):
    doe, roe = leads("Konvert", "Konverto")
    steps.do(
        "conversion options", sdk("conversion_option.ConversionOptionOperations")(doe).lead_conversion_options
    )
    deal = record(
        Deal_Name="Pumps",
        Stage=choice("Qualification"),
        Closing_Date=date(2026, 12, 31),
        Pipeline=choice("Standard (Standard)"),
    )
    with_deal = made(
        "convert_lead.LeadConverter",
        overwrite=True,
        notify_lead_owner=False,
        notify_new_entity_owner=False,
        deals=deal,
    )
    body = made("convert_lead.BodyWrapper", data=[with_deal])
    steps.do("convert", sdk("convert_lead.ConvertLeadOperations")(doe).convert_lead, body)
    steps.do("convert twice", sdk("convert_lead.ConvertLeadOperations")(doe).convert_lead, body)
    steps.do("get converted", sdk("record.RecordOperations")("Leads").get_record, doe)
    ask = made(
        "mass_convert.BodyWrapper", ids=[roe], assign_to=made("mass_convert.AssignTo", id=first_user())
    )
    started = steps.do("mass convert", sdk("mass_convert.MassConvertOperations")().mass_convert, ask)
    job = details(started).get("job_id")
    steps.later()
    if job:
        steps.do(
            "mass convert status",
            sdk("mass_convert.MassConvertOperations")().get_job_status,
            params("mass_convert.GetJobStatusParam", job_id=job),
        )


def first_user():
    asked = params("users.GetUsersParam", type="ActiveUsers")
    return sdk("users.UsersOperations")().get_users(asked).get_object().get_users()[1].get_id()


def details(answer):
    for getter in ("get_data", "get_change_owner", "get_mass_delete"):
        if hasattr(answer, getter):
            found = getattr(answer, getter)()
            return found[0].get_details() if isinstance(found, list) else found.get_details()
    return answer.get_details() if hasattr(answer, "get_details") else {}


def mass(steps):
    one, two = leads("Massa", "Massb")
    owner = sdk("change_owner.ChangeOwnerOperations")("Leads")
    to = made("change_owner.Owner", id=first_user())
    steps.do(
        "change owner", owner.single_update, one, made("change_owner.BodyWrapper", owner=to, notify=False)
    )
    steps.do(
        "change owners",
        owner.mass_update,
        made("change_owner.MassWrapper", owner=to, ids=[one, two], notify=False),
    )
    operations = sdk("record.RecordOperations")("Leads")
    body = made(
        "record.MassUpdateBodyWrapper", data=[record(City="Bonn")], ids=[str(one), str(two)], over_write=True
    )
    steps.do("mass update", operations.mass_update_records, body)
    view = sdk("custom_views.CustomViewsOperations")().get_custom_views(
        params("custom_views.GetCustomViewsParam", module="Vendors")
    )
    cvid = view.get_object().get_custom_views()[0].get_id()
    vendors = sdk("record.RecordOperations")("Vendors")
    body = made("record.MassUpdateBodyWrapper", data=[record(City="Bonn")], cvid=str(cvid), over_write=True)
    started = steps.do("mass update of a view", vendors.mass_update_records, body)
    asked = params("record.GetMassUpdateStatusParam", job_id=str(details(started).get("job_id")))
    steps.do("mass update started", vendors.get_mass_update_status, asked)
    steps.later()
    steps.do("mass update finished", vendors.get_mass_update_status, asked)
    deletes = sdk("mass_delete_cvid.MassDeleteCvidOperations")("Leads")
    body = made("mass_delete_cvid.RecordIdBodyWrapper", ids=[one, two])
    steps.do("mass delete", deletes.mass_delete_by_record_id, body)
    deletes = sdk("mass_delete_cvid.MassDeleteCvidOperations")("Vendors")
    body = made("mass_delete_cvid.CvidBodyWrapper", cvid=cvid)
    started = steps.do("mass delete of a view", deletes.mass_delete_by_cvid, body)
    steps.later()
    asked = params("mass_delete_cvid.GetMassDeleteStatusParam", job_id=int(details(started).get("job_id")))
    steps.do("mass delete finished", deletes.get_mass_delete_status, asked)


def bulk_read(steps):
    operations = sdk("bulk_read.BulkReadOperations")()
    module = made("modules.MinifiedModule", api_name="Leads")
    where = made(
        "bulk_read.Criteria",
        field=made("fields.MinifiedField", api_name="Last_Name"),
        comparator=choice("not_equal"),
        value="Nobody",
    )
    query = made(
        "bulk_read.Query", module=module, fields=["Last_Name", "Company", "Owner"], criteria=where, page=1
    )
    started = steps.do(
        "bulk read", operations.create_bulk_read_job, made("bulk_read.BodyWrapper", query=query)
    )
    job = int(started.get_data()[0].get_details()["id"])
    steps.do("bulk read started", operations.get_bulk_read_job_details, job)
    steps.later()
    steps.do("bulk read details", operations.get_bulk_read_job_details, job)
    steps.do("bulk read result", operations.download_result, job)


def bulk_write(steps):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(
            "Leads.csv", "Last_Name,Company,Email\nBulka,Bulk GmbH,bulka@jobs.example\n,No name,\n"
        )
    path = steps.folder / "Leads.zip"
    path.write_bytes(archive.getvalue())
    operations = sdk("bulk_write.BulkWriteOperations")()
    heads = sdk("header_map.HeaderMap")()
    heads.add(sdk("bulk_write.UploadFileHeader").feature, "bulk-write")
    heads.add(sdk("bulk_write.UploadFileHeader").x_crm_org, steps.given["org_id"])
    file = sdk("util.StreamWrapper")(file_path=str(path))
    sent = steps.do(
        "bulk write upload", operations.upload_file, made("bulk_write.FileBodyWrapper", file=file), heads
    )
    file_id = str(sent.get_details()["file_id"])
    mappings = [
        made("bulk_write.FieldMapping", api_name=name, index=at)
        for at, name in enumerate(("Last_Name", "Company", "Email"))
    ]
    resource = made(
        "bulk_write.Resource",
        type=choice("data"),
        module=made("modules.MinifiedModule", api_name="Leads"),
        file_id=file_id,
        field_mappings=mappings,
    )
    body = made("bulk_write.RequestWrapper", operation=choice("insert"), resource=[resource])
    started = steps.do("bulk write", operations.create_bulk_write_job, body)
    steps.later()
    steps.do("bulk write details", operations.get_bulk_write_job_details, str(started.get_details()["id"]))


def notifications(steps):
    operations = sdk("notifications.NotificationsOperations")()
    watch = made(
        "notifications.Notification",
        channel_id="1000000068001",
        events=["Leads.all"],
        channel_expiry=datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1),
        token="TOKEN",
        notify_url="https://www.zohoapis.com/notify",
    )
    steps.do("watch", operations.enable_notifications, made("notifications.BodyWrapper", watch=[watch]))
    steps.do(
        "watched",
        operations.get_notifications,
        params("notifications.GetNotificationsParam", channel_id=1000000068001),
    )
    steps.do("watch again", operations.update_notifications, made("notifications.BodyWrapper", watch=[watch]))
    steps.do(
        "unwatch",
        operations.delete_notification,
        params("notifications.DeleteNotificationParam", channel_ids="1000000068001"),
    )


main(jobs)
