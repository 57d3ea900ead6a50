"""The scopes that files, tags, links, mail and the other calls beside records demand, each one of them and no other."""

from __future__ import annotations

import httpx
import pytest

from zcrm_tools.emulator import open_emulator

ID = "554023000001999999"
LEAD = f"/Leads/{ID}"
MODULES = "ZohoCRM.modules"
CALLS = [
    ("GET", f"{LEAD}/Attachments?fields=id", [f"{MODULES}.leads.READ", f"{MODULES}.attachments.READ"]),
    ("POST", f"{LEAD}/Attachments", [f"{MODULES}.leads.CREATE", f"{MODULES}.attachments.CREATE"]),
    ("DELETE", f"{LEAD}/Attachments/{ID}", [f"{MODULES}.leads.DELETE", f"{MODULES}.attachments.DELETE"]),
    ("GET", f"{LEAD}/photo", [f"{MODULES}.leads.READ"]),
    ("POST", f"{LEAD}/photo", [f"{MODULES}.leads.CREATE"]),
    ("DELETE", f"{LEAD}/photo", [f"{MODULES}.leads.DELETE"]),
    ("GET", "/files?id=1", ["ZohoCRM.files.READ"]),
    ("POST", "/files", ["ZohoCRM.files.CREATE"]),
    ("GET", "/settings/tags?module=Leads", ["ZohoCRM.settings.tags.READ"]),
    ("POST", "/settings/tags?module=Leads", ["ZohoCRM.settings.tags.CREATE"]),
    ("PUT", "/settings/tags?module=Leads", ["ZohoCRM.settings.tags.UPDATE"]),
    ("DELETE", f"/settings/tags/{ID}", ["ZohoCRM.settings.tags.DELETE"]),
    ("POST", f"/settings/tags/{ID}/actions/merge", ["ZohoCRM.settings.tags.CREATE"]),
    ("POST", "/settings/tags/actions/mass_delete", ["ZohoCRM.settings.tags.DELETE"]),
    ("POST", f"{LEAD}/actions/add_tags", [f"{MODULES}.leads.WRITE"]),
    ("POST", "/Leads/actions/add_tags", [f"{MODULES}.leads.CREATE"]),
    ("POST", "/Leads/actions/remove_tags", [f"{MODULES}.leads.UPDATE"]),
    ("PUT", f"{LEAD}/Campaigns", [f"{MODULES}.leads.UPDATE"]),
    ("DELETE", f"{LEAD}/Campaigns/{ID}", [f"{MODULES}.leads.DELETE"]),
    ("PUT", f"{LEAD}/Notes/{ID}", [f"{MODULES}.notes.UPDATE"]),
    ("GET", f"{LEAD}/Notes/{ID}", [f"{MODULES}.leads.READ", f"{MODULES}.notes.READ"]),
    ("POST", f"{LEAD}/actions/get_related_records_count", [f"{MODULES}.leads.READ"]),
    ("GET", "/contacts/roles", [f"{MODULES}.contacts.READ"]),
    ("POST", "/Contacts/roles", [f"{MODULES}.contacts.CREATE"]),
    ("GET", f"/Deals/{ID}/Contact_Roles?fields=id", [f"{MODULES}.deals.READ", f"{MODULES}.contacts.READ"]),
    ("PUT", f"/Deals/{ID}/Contact_Roles/{ID}", [f"{MODULES}.deals.UPDATE", f"{MODULES}.contacts.UPDATE"]),
    ("DELETE", f"/Deals/{ID}/Contact_Roles/{ID}", [f"{MODULES}.deals.DELETE", f"{MODULES}.contacts.DELETE"]),
    ("GET", f"{LEAD}/__timeline", [f"{MODULES}.leads.READ"]),
    ("GET", f"{LEAD}/actions/fetch_full_data", [f"{MODULES}.leads.READ"]),
    ("GET", f"{LEAD}/actions/blueprint", [f"{MODULES}.leads.READ"]),
    ("PUT", f"{LEAD}/actions/blueprint", [f"{MODULES}.leads.UPDATE"]),
    (
        "GET",
        f"{LEAD}/Locking_Information__s?fields=id",
        [f"{MODULES}.leads.READ", f"{MODULES}.lockinginformation.READ"],
    ),
    (
        "POST",
        f"{LEAD}/Locking_Information__s",
        [f"{MODULES}.leads.READ", f"{MODULES}.lockinginformation.CREATE"],
    ),
    ("POST", f"{LEAD}/actions/send_mail", ["ZohoCRM.send_mail.leads.CREATE"]),
    ("POST", f"{LEAD}/actions/send_mail", ["ZohoCRM.send_mail.all.CREATE"]),
    ("GET", f"{LEAD}/Emails", [f"{MODULES}.leads.READ", f"{MODULES}.emails.READ"]),
    ("GET", "/settings/emails/actions/from_addresses", ["ZohoCRM.settings.emails.READ"]),
]


@pytest.mark.evidence("access.scopes-beside-records")
async def test_each_call_demands_its_scopes_and_no_other():
    emulator = open_emulator(seed="empty")
    transport = httpx.ASGITransport(app=emulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://emulator.test") as http:

        async def call(method, path, scopes):
            made = await http.post("/__emulator__/grants", json={"scopes": scopes})
            token = made.json()["access_token"]
            headers = {"Authorization": f"Zoho-oauthtoken {token}"}
            return await http.request(method, f"/crm/v8{path}", headers=headers)

        for method, path, needed in CALLS:
            enough = await call(method, path, needed)
            assert enough.status_code in (200, 204, 400, 415), (method, path, enough.text)
            assert "INVALID_URL_PATTERN" not in enough.text
            for left_out in needed:
                rest = [scope for scope in needed if scope != left_out] or ["ZohoCRM.org.READ"]
                short = await call(method, path, rest)
                assert short.status_code == 401, (method, path, left_out)
                assert short.json()["code"] == "OAUTH_SCOPE_MISMATCH"
    emulator.close()
