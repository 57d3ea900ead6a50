"""Contact roles, and the contacts of a deal."""

from __future__ import annotations

import pytest

from zcrm_tools.emulator import deal_contacts

evidence = pytest.mark.evidence


async def roles(api):
    reply = await api.get("/Contacts/roles")
    return {one["name"]: one["id"] for one in reply.json()["contact_roles"]}


async def send(api, method, path, *rows):
    return await api.call(method, path, json={"contact_roles": list(rows)})


@evidence("contact-roles.list")
async def test_a_new_org_has_zohos_roles(api):
    reply = await api.get("/contacts/roles")
    assert [one["name"] for one in reply.json()["contact_roles"]] == list(deal_contacts.STANDARD)
    first = reply.json()["contact_roles"][0]
    assert first["sequence_number"] == 1
    assert (await api.get(f"/Contacts/roles/{first['id']}")).json() == {"contact_roles": [first]}
    assert (await api.get("/Contacts/roles/1")).status_code == 204


@evidence("contact-roles.write")
async def test_roles_are_added_changed_and_deleted(api):
    reply = await send(
        api, "POST", "/Contacts/roles", {"name": "Lead", "sequence_number": 1}, {"name": "LEAD"}, {}
    )
    first, second, third = reply.json()["contact_roles"]
    assert (first["message"], second["code"], third["code"]) == (
        "contact role added",
        "DUPLICATE_DATA",
        "MANDATORY_NOT_FOUND",
    )
    made = first["details"]["id"]
    reply = await send(api, "PUT", f"/Contacts/roles/{made}", {"name": "Sales Lead"})
    assert reply.json()["contact_roles"][0]["message"] == "contact role updated"
    reply = await send(
        api, "PUT", "/Contacts/roles", {"id": made, "sequence_number": 9}, {"name": "x"}, {"id": "7"}
    )
    assert [item["code"] for item in reply.json()["contact_roles"]] == [
        "SUCCESS",
        "MANDATORY_NOT_FOUND",
        "INVALID_DATA",
    ]
    found = (await api.get(f"/Contacts/roles/{made}")).json()["contact_roles"][0]
    assert (found["name"], found["sequence_number"]) == ("Sales Lead", 9)
    wrong = await send(api, "PUT", f"/Contacts/roles/{made}", {"sequence_number": "first"})
    assert wrong.json()["contact_roles"][0]["details"]["expected_data_type"] == "integer"
    taken = await send(api, "PUT", f"/Contacts/roles/{made}", {"name": "Purchasing"})
    assert taken.json()["contact_roles"][0]["code"] == "DUPLICATE_DATA"


@evidence("contact-roles.write")
async def test_deleted_roles_stay_deleted(api, refused):
    known = await roles(api)
    reply = await api.call("DELETE", f"/Contacts/roles/{known['Purchasing']}")
    assert reply.json()["contact_roles"][0]["message"] == "contact role deleted"
    refused(await api.call("DELETE", f"/Contacts/roles/{known['Purchasing']}"), "INVALID_DATA")
    ids = ",".join(known.values())
    reply = await api.call("DELETE", f"/Contacts/roles?ids={ids}")
    assert reply.status_code == 207
    assert (await api.get("/Contacts/roles")).status_code == 204
    refused(await api.call("DELETE", "/Contacts/roles"), "REQUIRED_PARAM_MISSING")


@evidence("contact-roles.write")
async def test_an_org_has_at_most_100_roles(api):
    rows = [{"name": f"Role {n}"} for n in range(94)]
    reply = await send(api, "POST", "/Contacts/roles", *rows)
    assert [item["code"] for item in reply.json()["contact_roles"]] == ["SUCCESS"] * 93 + ["LIMIT_EXCEEDED"]


@evidence("contact-roles.of-deal", "contact-roles.assign")
async def test_contacts_of_a_deal_carry_their_role(api, refused):
    known, deal = await roles(api), f"/Deals/{api.ids['pumps']}/Contact_Roles"
    assert (await api.get(deal, fields="Last_Name")).status_code == 204
    role = {"Contact_Role": {"id": known["Decision Maker"], "name": "Decision Maker"}}
    reply = await api.write("PUT", f"{deal}/{api.ids['boyle']}", role)
    assert reply.json()["data"] == [
        {
            "code": "SUCCESS",
            "details": {"id": str(api.ids["boyle"])},
            "message": "relation updated",
            "status": "success",
        }
    ]
    many = [
        {"id": str(api.ids["marrs"]), "Contact_Role": {"name": "purchasing"}},
        {"id": str(api.ids["dilly"])},
        {"id": str(api.ids["smith"]), **role},
        {"id": str(api.ids["dilly"]), "Contact_Role": {"id": "7"}},
    ]
    reply = await api.write("PUT", deal, *many)
    assert [item["code"] for item in reply.json()["data"]] == [
        "SUCCESS",
        "MANDATORY_NOT_FOUND",
        "INVALID_DATA",
        "INVALID_DATA",
    ]
    listed = (await api.get(deal, fields="Last_Name")).json()
    assert {row["Last_Name"]: row["Contact_Role"] for row in listed["data"]} == {
        "Boyle": {"name": "Decision Maker", "id": known["Decision Maker"]},
        "Marrs": {"name": "Purchasing", "id": known["Purchasing"]},
    }
    assert listed["info"]["count"] == 2
    chosen = await api.get(deal, fields="Last_Name", ids=str(api.ids["marrs"]))
    assert [row["Last_Name"] for row in chosen.json()["data"]] == ["Marrs"]
    one = (await api.get(f"{deal}/{api.ids['boyle']}")).json()["data"][0]
    assert (one["Last_Name"], one["Contact_Role"]["name"]) == ("Boyle", "Decision Maker")
    assert (await api.get(f"{deal}/{api.ids['dilly']}")).status_code == 204
    refused(await api.get(deal), "REQUIRED_PARAM_MISSING")
    refused(await api.get("/Deals/1/Contact_Roles", fields="id"), "INVALID_DATA")
    refused(await api.write("PUT", f"{deal}/1", role), "INVALID_DATA")


@evidence("contact-roles.withdraw")
async def test_contacts_leave_a_deal(api, refused):
    deal = f"/Deals/{api.ids['pumps']}/Contact_Roles"
    keys = ("boyle", "marrs", "dilly")
    await api.write(
        "PUT", deal, *({"id": str(api.ids[k]), "Contact_Role": {"name": "Purchasing"}} for k in keys)
    )
    reply = await api.call("DELETE", f"{deal}/{api.ids['boyle']}")
    assert reply.json()["data"][0]["message"] == "relation removed"
    reply = await api.call("DELETE", f"{deal}?ids={api.ids['boyle']},{api.ids['marrs']}")
    assert reply.status_code == 207
    assert [item["message"] for item in reply.json()["data"]] == [
        "contact role not deleted",
        "relation removed",
    ]
    await api.call("DELETE", f"/Contacts/{api.ids['dilly']}")
    assert (await api.get(deal, fields="id")).status_code == 204
    refused(await api.call("DELETE", deal), "REQUIRED_PARAM_MISSING")
    deal_contacts.forget(api.emulator.store, api.ids["dilly"])
    assert api.emulator.store.fetch("SELECT count(*) FROM _deal_contact") == [(0,)]
