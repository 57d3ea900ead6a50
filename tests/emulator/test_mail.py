"""Mail sent to records."""

from __future__ import annotations

from datetime import timedelta

import pytest

from zcrm_tools.emulator import locks, outbox

evidence = pytest.mark.evidence
ME = {"user_name": "Ada Admin", "email": "admin@example.com"}
ANNA = {"user_name": "Anna", "email": "anna@lead.example"}
MAIL = {"from": ME, "to": [ANNA], "subject": "Hello", "content": "<b>Hi</b>"}


async def send(api, key="smith", module="Leads", **changes):
    row = {name: value for name, value in {**MAIL, **changes}.items() if value is not None}
    return await api.write("POST", f"/{module}/{api.ids[key]}/actions/send_mail", row)


async def sent(api, **changes):
    reply = await send(api, **changes)
    assert reply.status_code == 200, reply.text
    return reply.json()["data"][0]["details"]["message_id"]


@evidence("mail.send", "mail.list", "mail.one")
async def test_a_mail_lies_in_the_outbox_and_among_the_records_emails(api):
    reply = await send(api, cc=[{"email": "cc@example.com"}], reply_to=ME)
    (item,) = reply.json()["data"]
    message_id = item["details"]["message_id"]
    assert item == {
        "code": "SUCCESS",
        "details": {"message_id": message_id},
        "message": "Your mail has been sent successfully.",
        "status": "success",
    }
    (kept,) = outbox.as_json(api.emulator.store)
    assert (kept["module"], kept["record"], kept["sent"]) == ("Leads", str(api.ids["smith"]), True)
    assert kept["mail"]["content"] == "<b>Hi</b>"
    lead = f"/Leads/{api.ids['smith']}"
    listed = (await api.get(f"{lead}/Emails")).json()
    (row,) = listed["Emails"]
    assert (row["subject"], row["message_id"], row["sent"]) == ("Hello", message_id, True)
    assert (row["from"], row["to"], row["status"]) == (ME, [ANNA], [{"type": "sent"}])
    assert row["time"] == "2026-11-24T09:00:00+00:00"
    assert "content" not in row
    assert listed["info"] == {
        "count": 1,
        "next_index": None,
        "prev_index": "0",
        "per_page": 10,
        "more_records": False,
    }
    (one,) = (await api.get(f"{lead}/Emails/{message_id}")).json()["Emails"]
    assert (one["content"], one["mail_format"], one["reply_to"]) == ("<b>Hi</b>", "html", ME)
    assert one["cc"] == [{"user_name": None, "email": "cc@example.com"}]
    (line,) = (await api.get(f"{lead}/__timeline")).json()["__timeline"]
    assert (line["record"]["module"]["api_name"], line["record"]["name"]) == ("Emails", "Hello")


@evidence("mail.send", "mail.list")
async def test_a_scheduled_mail_goes_out_when_its_time_comes(api):
    reply = await send(api, scheduled_time="2026-11-24T15:00:00+05:30")
    assert reply.json()["data"][0]["message"] == "Your mail has been scheduled successfully."
    path = f"/Leads/{api.ids['smith']}/Emails"
    assert (await api.get(path, type="scheduled_in_crm")).json()["info"]["count"] == 1
    assert (await api.get(path, type="sent_from_crm")).json()["Emails"] == []
    api.emulator.clock.advance(timedelta(minutes=31))
    assert (await api.get(path, type="scheduled_in_crm")).json()["info"]["count"] == 0
    (row,) = (await api.get(path, type="sent_from_crm")).json()["Emails"]
    assert row["time"] == "2026-11-24T09:30:00+00:00"
    assert outbox.as_json(api.emulator.store)[0]["sent"] is True


@evidence("mail.from", "mail.from-addresses")
async def test_mail_comes_from_the_callers_own_addresses(api):
    listed = (await api.get("/settings/emails/actions/from_addresses")).json()["from_addresses"]
    assert listed == [
        {
            "email": "admin@example.com",
            "type": "primary",
            "id": str(api.ids["admin"]),
            "user_name": "Ada Admin",
            "default": True,
        }
    ]
    wrong = await send(api, **{"from": {"email": "boss@example.com"}})
    (item,) = wrong.json()["data"]
    assert (item["code"], item["message"]) == (
        "INVALID_DATA",
        "You cannot use this email address to send mails from.",
    )
    assert (await send(api, **{"from": {"email": "ADMIN@example.com"}})).status_code == 200


@evidence("mail.from")
@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"from": None}, "MANDATORY_NOT_FOUND", "$.data[0].from"),
        ({"to": []}, "MANDATORY_NOT_FOUND", "$.data[0].to"),
        ({"to": [{"user_name": "x"}]}, "MANDATORY_NOT_FOUND", "$.data[0].to[0].email"),
        ({"to": [{"email": "nonsense"}]}, "INVALID_DATA", "$.data[0].to[0].email"),
        ({"to": "anna@lead.example"}, "INVALID_DATA", "$.data[0].to"),
        ({"bcc": ["x"]}, "INVALID_DATA", "$.data[0].bcc[0]"),
        ({"mail_format": "pdf"}, "INVALID_DATA", "$.data[0].mail_format"),
        ({"org_email": "yes"}, "INVALID_DATA", "$.data[0].org_email"),
        ({"scheduled_time": "tomorrow"}, "INVALID_DATA", "$.data[0].scheduled_time"),
        ({"scheduled_time": "2026-11-24T08:00:00Z"}, "INVALID_DATA", "$.data[0].scheduled_time"),
        ({"attachments": [{"id": "nope"}]}, "INVALID_DATA", "$.data[0].attachments[0].id"),
        ({"in_reply_to": {"message_id": "nope"}}, "INVALID_DATA", "$.data[0].in_reply_to.message_id"),
        ({"in_reply_to": {}}, "MANDATORY_NOT_FOUND", "$.data[0].in_reply_to.message_id"),
    ],
)
async def test_a_mail_that_is_wrong_is_refused_and_not_sent(api, changes, code, path):
    row = {**MAIL, **changes}
    row = {key: value for key, value in row.items() if value is not None}
    reply = await api.write("POST", f"/Leads/{api.ids['smith']}/actions/send_mail", row)
    assert reply.status_code == 400
    (item,) = reply.json()["data"]
    assert (item["code"], item["details"]["json_path"]) == (code, path)
    assert outbox.as_json(api.emulator.store) == []


@pytest.fixture
async def template(api):
    texts = {"subject": "For ${!Leads.Company}", "content": "Dear ${!Leads.First_Name}, ${!Deals.Amount}"}
    reply = await api.http.post("/__emulator__/templates", json={"name": "Hello", "module": "Leads", **texts})
    assert reply.status_code == 201, reply.text
    return reply.json()["ids"][0]


@evidence("mail.templates")
async def test_templates_are_listed_by_module_and_one_has_its_text(api, template):
    await api.http.post(
        "/__emulator__/templates",
        json={"name": "A4", "module": "Quotes", "kind": "inventory", "content": "x"},
    )
    (listed,) = (await api.get("/settings/email_templates", module="Leads")).json()["email_templates"]
    assert (listed["id"], listed["name"], listed["content"]) == (template, "Hello", None)
    assert (await api.get("/settings/email_templates", module="Deals")).status_code == 204
    (one,) = (await api.get(f"/settings/email_templates/{template}")).json()["email_templates"]
    assert (one["subject"], one["module"]["api_name"]) == ("For ${!Leads.Company}", "Leads")
    assert one["content"].startswith("Dear")
    (order,) = (await api.get("/settings/inventory_templates")).json()["inventory_templates"]
    assert (order["name"], order["module"]["api_name"]) == ("A4", "Quotes")
    (order,) = (await api.get(f"/settings/inventory_templates/{order['id']}")).json()["inventory_templates"]
    assert order["content"] == "x"
    wrong = await api.http.post(
        "/__emulator__/templates", json={"name": "x", "module": "Nope", "content": "x"}
    )
    assert wrong.status_code == 400


@evidence("mail.template-sent")
async def test_a_mail_by_template_has_its_text_with_the_records_values(api, template):
    await sent(api, subject=None, content=None, template={"id": template})
    (kept,) = outbox.as_json(api.emulator.store)
    assert (kept["mail"]["subject"], kept["mail"]["content"]) == ("For Smith, Inc (Berlin)", "Dear Anna, ")
    (item,) = (await send(api, template={"id": "1"})).json()["data"]
    assert item["details"]["json_path"] == "$.data[0].template.id"


@evidence("mail.drafts")
async def test_drafts_are_kept_with_the_record_changed_and_deleted(api, template, refused):
    path = f"/Leads/{api.ids['smith']}/__email_drafts"

    async def put(method, path, **row):
        return await api.call(method, path, json={"__email_drafts": [row]})

    assert (await api.get(path)).status_code == 204
    reply = await put(
        "POST", path, **{"from": "admin@example.com"}, to=[ANNA], subject="Hi", template={"id": template}
    )
    assert reply.status_code == 201, reply.text
    key = reply.json()["__email_drafts"][0]["details"]["id"]
    when = {"time": "2026-12-01T10:00:00+00:00"}
    await put("PUT", f"{path}/{key}", subject="Hello", content="text", schedule_details=when)
    (one,) = (await api.get(f"{path}/{key}")).json()["__email_drafts"]
    assert (one["from"], one["to"], one["subject"]) == ("admin@example.com", [ANNA], "Hello")
    assert (one["template"], one["schedule_details"]) == ({"id": template, "name": "Hello"}, when)
    assert len((await api.get(path)).json()["__email_drafts"]) == 1
    assert outbox.as_json(api.emulator.store) == []
    for row in (
        {"to": [{"email": "no"}]},
        {"subject": 5},
        {"template": {"id": "1"}},
        {"schedule_details": {}},
    ):
        assert (await put("POST", path, **row)).json()["__email_drafts"][0]["code"] == "INVALID_DATA"
    assert (await api.call("DELETE", f"{path}/{key}")).json()["__email_drafts"][0]["code"] == "SUCCESS"
    refused(await api.call("DELETE", f"{path}/{key}"), "INVALID_DATA")
    other = f"/Leads/{api.ids['smithson']}/__email_drafts"
    assert (await api.get(f"{other}/{key}")).status_code == 204


@evidence("mail.limits")
async def test_an_org_sends_a_hundred_mails_a_day(api):
    lead = f"/Leads/{api.ids['smith']}/actions/send_mail"
    assert (await api.write("POST", lead, *[MAIL] * 100)).status_code == 200
    (item,) = (await send(api)).json()["data"]
    assert item["code"] == "LIMIT_EXCEEDED"
    store = api.emulator.store
    store.execute("UPDATE _mail SET at = at - 86400")
    assert (await send(api)).status_code == 200


@evidence("mail.limits", "mail.attachments")
async def test_attachments_go_along_up_to_ten_megabytes(api, refused):
    half = b"x" * (5 * 1024 * 1024)
    files = [("file", (name, half)) for name in ("a.bin", "b.bin")] + [("file", ("c.txt", b"!"))]
    uploaded = (await api.call("POST", "/files", files=files)).json()["data"]
    ids = [{"id": item["details"]["id"]} for item in uploaded]
    (item,) = (await send(api, attachments=ids)).json()["data"]
    assert item["code"] == "FILE_SIZE_EXCEEDS"
    message_id = await sent(api, attachments=ids[1:])
    path = f"/Leads/{api.ids['smith']}/Emails"
    (mail,) = (await api.get(f"{path}/{message_id}")).json()["Emails"]
    assert [one["name"] for one in mail["attachments"]] == ["b.bin", "c.txt"]
    small = mail["attachments"][1]
    params = {"message_id": message_id, "user_id": str(api.ids["admin"]), "id": small["id"], "name": "c.txt"}
    down = await api.get(f"{path}/actions/download_attachments", **params)
    assert down.content == b"!"
    for name in params:
        missing = {key: value for key, value in params.items() if key != name}
        refused(await api.get(f"{path}/actions/download_attachments", **missing), "MANDATORY_NOT_FOUND")
        wrong = {**params, name: "1"}
        refused(await api.get(f"{path}/actions/download_attachments", **wrong), "INVALID_DATA")


@evidence("mail.receiver")
async def test_mail_reaches_only_records_that_can_and_want_to_be_reached(api, refused):
    store = api.emulator.store
    refused(await send(api, "pumps", "Deals"), "NOT_ALLOWED")
    store.update("Deals", api.ids["pumps"], {"Contact_Name": api.ids["boyle"]})
    assert (await send(api, "pumps", "Deals")).status_code == 200
    store.update("Contacts", api.ids["boyle"], {"Email_Opt_Out": 1})
    refused(await send(api, "pumps", "Deals"), "NOT_ALLOWED")
    refused(await send(api, "boyle", "Contacts"), "NOT_ALLOWED")
    store.update("Leads", api.ids["smith"], {"Email": None})
    refused(await send(api), "NOT_ALLOWED")
    store.update("Leads", api.ids["smith"], {"Secondary_Email": "x@example.com"})
    assert (await send(api)).status_code == 200
    locks.put(store, "Leads", api.ids["smith"], "audit", api.ids["admin"])
    refused(await send(api), "RECORD_LOCKED")
    refused(await send(api, "task", "Tasks"), "INVALID_MODULE")
    refused(await api.write("POST", "/Leads/554023000009999999/actions/send_mail", MAIL), "INVALID_DATA")
    assert (await send(api, "acme", "Accounts")).status_code == 200


@evidence("mail.list")
async def test_emails_come_ten_at_a_time(api, refused):
    lead = f"/Leads/{api.ids['smith']}"
    mails = [{**MAIL, "subject": str(n)} for n in range(23)]
    await api.write("POST", f"{lead}/actions/send_mail", *mails)
    seen, index = [], "0"
    while index is not None:
        reply = (await api.get(f"{lead}/Emails", index=index)).json()
        seen += [row["subject"] for row in reply["Emails"]]
        index = reply["info"]["next_index"]
    assert seen == [str(n) for n in reversed(range(23))]
    assert reply["info"]["prev_index"] == "10"
    refused(await api.get(f"{lead}/Emails", index="x"), "PATTERN_NOT_MATCHED")
    refused(await api.get(f"{lead}/Emails", type="x"), "INVALID_DATA")
    refused(await api.get(f"{lead}/Emails", type="all_contacts_sent_crm_emails"), "INVALID_DATA")
    refused(await api.get(f"{lead}/Emails", owner_id="1"), "INVALID_DATA")
    refused(await api.get(f"{lead}/Emails/nope"), "INVALID_DATA")


@evidence("mail.list")
async def test_an_account_shows_the_mail_of_its_contacts(api):
    message_id = (await send(api, "boyle", "Contacts")).json()["data"][0]["details"]["message_id"]
    path = f"/Accounts/{api.ids['acme']}/Emails"
    assert (await api.get(path)).json()["Emails"] == []
    found = (await api.get(path, type="all_contacts_sent_crm_emails")).json()["Emails"]
    assert [row["message_id"] for row in found] == [message_id]
    other = f"/Accounts/{api.ids['bolt']}/Emails"
    assert (await api.get(other, type="all_contacts_sent_crm_emails")).json()["Emails"] == []


@evidence("mail.send")
async def test_an_answer_names_the_mail_it_answers(api):
    first = await sent(api)
    second = await sent(api, in_reply_to={"message_id": first})
    (mail,) = (await api.get(f"/Leads/{api.ids['smith']}/Emails/{second}")).json()["Emails"]
    assert mail["thread_id"] == first
