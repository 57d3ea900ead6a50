"""Users, roles, profiles, groups, and what a profile lets its users do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from zcrm_tools.emulator import permissions
from zcrm_tools.emulator.access import EVERYTHING
from zcrm_tools.emulator.grants import Holder


@pytest.fixture
def put(api):
    """Sends rows under a key: `await put("POST", "/settings/roles", "roles", row)`."""

    async def send(method, path, key, *rows, **kwargs):
        return await api.call(method, path, json={key: list(rows)}, **kwargs)

    return send


@pytest.fixture
def seller_token(api):
    emulator = api.emulator
    holder = Holder(emulator.credentials.client_id, api.ids["seller"], EVERYTHING)
    return emulator.grants.issue(holder).access_token


@pytest.fixture
def as_seller(api, seller_token):
    """Calls with the salesperson's token."""
    headers = {"Authorization": f"Zoho-oauthtoken {seller_token}"}

    async def call(method, path, **kwargs):
        return await api.http.request(method, f"/crm/v8{path}", headers=headers, **kwargs)

    return call


@pytest.fixture
def roles(api):
    async def by_name():
        return {role["name"]: role for role in (await api.get("/settings/roles")).json()["roles"]}

    return by_name


def new_user(api, **changes):
    manager = api.emulator.store.fetch("SELECT id FROM \"__roles\" WHERE name = 'Manager'")[0][0]
    return {
        "first_name": "Nora",
        "last_name": "New",
        "email": "nora@example.com",
        "role": str(manager),
        "profile": {"id": str(api.ids["standard"])},
        **changes,
    }


@pytest.mark.evidence("people.add-user")
async def test_a_user_that_is_added_is_listed_unconfirmed(api, put):
    reply = await put("POST", "/users", "users", new_user(api, city="Lagos"))
    assert reply.status_code == 201
    (item,) = reply.json()["users"]
    assert (item["code"], item["message"]) == ("SUCCESS", "User added")
    (user,) = (await api.get(f"/users/{item['details']['id']}")).json()["users"]
    assert (user["full_name"], user["role"]["name"], user["city"]) == ("Nora New", "Manager", "Lagos")
    assert (user["status"], user["confirm"]) == ("active", False)
    assert user["created_by"]["id"] == str(api.ids["admin"])
    unconfirmed = (await api.get("/users", type="NotConfirmedUsers")).json()["users"]
    assert [user["full_name"] for user in unconfirmed] == ["Nora New"]


@pytest.mark.evidence("people.add-user")
@pytest.mark.parametrize(
    ("change", "code", "at"),
    [
        ({"email": None}, "MANDATORY_NOT_FOUND", "$.users[0].email"),
        ({"last_name": ""}, "MANDATORY_NOT_FOUND", "$.users[0].last_name"),
        ({"role": None}, "MANDATORY_NOT_FOUND", "$.users[0].role"),
        ({"role": "1"}, "INVALID_DATA", "$.users[0].role"),
        ({"profile": "x"}, "INVALID_DATA", "$.users[0].profile"),
        ({"email": "sam@example.com"}, "DUPLICATE_DATA", "$.users[0].email"),
        ({"email": "nobody"}, "INVALID_DATA", "$.users[0].email"),
        ({"last_name": "x" * 51}, "INVALID_DATA", "$.users[0].last_name"),
        ({"time_zone": "Mars/Olympus"}, "INVALID_DATA", "$.users[0].time_zone"),
    ],
)
async def test_a_user_with_a_fault_is_not_added(api, put, change, code, at):
    before = api.emulator.store.count("Users")
    reply = await put("POST", "/users", "users", new_user(api, **change))
    assert reply.status_code == 400
    (item,) = reply.json()["users"]
    assert (item["code"], item["details"]["json_path"]) == (code, at)
    assert api.emulator.store.count("Users") == before


@pytest.mark.evidence("people.add-user")
async def test_only_one_user_can_be_added_at_a_time_and_only_while_licences_last(api, put, refused):
    refused(await put("POST", "/users", "users", new_user(api), new_user(api)), "LIMIT_EXCEEDED")
    store = api.emulator.store
    store.load_org({**store.org(), "license_details": {"users_license_purchased": 2}})
    reply = await put("POST", "/users", "users", new_user(api))
    assert reply.json()["users"][0]["code"] == "LICENSE_LIMIT_EXCEEDED"


@pytest.mark.evidence("people.update-user")
async def test_a_user_is_changed_by_path_or_by_body(api, put):
    seller = api.ids["seller"]
    reply = await put("PUT", f"/users/{seller}", "users", {"phone": "123", "last_name": "Sold"})
    assert reply.json()["users"][0]["message"] == "User updated"
    reply = await put("PUT", "/users", "users", {"id": str(seller), "fax": "9", "alias": "sam"})
    assert reply.status_code == 200
    (user,) = (await api.get(f"/users/{seller}")).json()["users"]
    assert (user["phone"], user["full_name"], user["fax"], user["alias"]) == ("123", "Sam Sold", "9", "sam")


@pytest.mark.evidence("people.update-user")
@pytest.mark.parametrize(
    ("who", "change", "code"),
    [
        ("seller", {"email": "other@example.com"}, "EMAIL_UPDATE_NOT_ALLOWED"),
        ("seller", {"time_zone": "Europe/Paris"}, "INVALID_DATA"),
        ("seller", {"name_format__s": "Last Name"}, "NOT_ALLOWED"),
        ("seller", {"status": "active"}, "ID_ALREADY_ACTIVE"),
        ("seller", {"status": "asleep"}, "INVALID_DATA"),
        ("seller", {"last_name": None}, "MANDATORY_NOT_FOUND"),
        ("admin", {"status": "inactive"}, "INVALID_REQUEST"),
    ],
)
async def test_changes_zoho_does_not_allow_are_refused(api, put, who, change, code):
    reply = await put("PUT", f"/users/{api.ids[who]}", "users", change)
    assert reply.status_code == 400
    assert reply.json()["users"][0]["code"] == code


@pytest.mark.evidence("people.update-user")
async def test_a_user_is_switched_off_and_on(api, put):
    path = f"/users/{api.ids['seller']}"
    assert (await put("PUT", path, "users", {"status": "inactive"})).status_code == 200
    assert len((await api.get("/users", type="DeactiveUsers")).json()["users"]) == 1
    again = await put("PUT", path, "users", {"status": "inactive"})
    assert again.json()["users"][0]["code"] == "ID_ALREADY_DEACTIVATED"
    assert (await put("PUT", path, "users", {"status": "active"})).status_code == 200


@pytest.mark.evidence("people.delete-user")
async def test_a_deleted_user_stays_listed_as_deleted(api, put, refused):
    path = f"/users/{api.ids['seller']}"
    assert (await api.call("DELETE", path)).json()["users"][0]["message"] == "User deleted"
    assert len((await api.get("/users", type="DeletedUsers")).json()["users"]) == 1
    refused(await api.call("DELETE", path), "ID_ALREADY_DELETED")
    refused(await api.call("DELETE", f"/users/{api.ids['admin']}"), "INVALID_REQUEST")
    refused(await api.call("DELETE", "/users/1"), "INVALID_DATA")
    reply = await put("PUT", path, "users", {"phone": "1"})
    assert reply.json()["users"][0]["code"] == "CANNOT_UPDATE_DELETED_USER"


@pytest.mark.evidence("people.count-users")
async def test_active_users_are_counted(api):
    assert (await api.get("/users/actions/count")).json() == {"count": 2}


@pytest.mark.evidence("people.transfer")
async def test_a_users_records_go_to_another_when_the_user_is_deleted(api, put):
    seller, admin = api.ids["seller"], api.ids["admin"]
    part = {"id": str(admin), "records": True, "assignment": True, "criteria": True}
    row = {"id": str(seller), "transfer": part}
    reply = await put("POST", "/users/actions/transfer_and_delete", "transfer_and_delete", row)
    (item,) = reply.json()["transfer_and_delete"]
    assert item["message"] == "user is deleted successfully"
    assert api.stored("Accounts", api.ids["bolt"])["Owner"] == admin
    assert api.stored("Users", seller)["status"] == "deleted"
    job = item["details"]["job_id"]
    path = "/users/actions/transfer_and_delete"
    assert (await api.get(path, job_id=job)).json() == {"transfer_and_delete": [{"status": "in_progress"}]}
    api.emulator.clock.advance(timedelta(seconds=5))
    assert (await api.get(path, job_id=job)).json() == {"transfer_and_delete": [{"status": "completed"}]}


@pytest.mark.evidence("people.transfer")
async def test_a_transfer_moves_subordinates_and_keeps_the_user(api, put, refused):
    seller, admin = api.ids["seller"], api.ids["admin"]
    api.emulator.store.update("Users", admin, {"Reporting_To": seller})
    valid = await api.get(f"/users/{seller}/actions/validate_before_transfer")
    assert valid.json()["validate_before_transfer"][0]["subordinates"] is True
    path = f"/users/{seller}/actions/transfer"
    reply = await put("POST", path, "transfer", {"move_subordinate": {"id": str(admin)}})
    assert reply.status_code == 201
    assert reply.json()["transfer"][0]["code"] == "SCHEDULED"
    assert api.stored("Users", admin)["Reporting_To"] == admin
    assert api.stored("Users", seller)["status"] == "active"
    empty = await put("POST", path, "transfer", {})
    assert empty.json()["transfer"][0]["code"] == "EXPECTED_FIELD_MISSING"
    wrong = await put("POST", path, "transfer", {"transfer": {"id": str(seller), "records": True}})
    assert wrong.json()["transfer"][0]["code"] == "INVALID_DATA"
    refused(await api.get("/users/actions/transfer"), "REQUIRED_PARAM_MISSING")


@pytest.mark.evidence("people.roles")
async def test_roles_are_made_changed_and_deleted(api, put, roles, refused):
    ceo = (await roles())["CEO"]["id"]
    row = {"name": "Scout", "reporting_to": ceo, "share_with_peers": True, "description": "Looks"}
    reply = await put("POST", "/settings/roles", "roles", row)
    assert (reply.status_code, reply.json()["roles"][0]["message"]) == (201, "Role added")
    scout = (await roles())["Scout"]
    assert (scout["reporting_to"]["name"], scout["share_with_peers"]) == ("CEO", True)
    assert scout["created_by__s"]["id"] == str(api.ids["admin"])
    path = f"/settings/roles/{scout['id']}"
    changed = await put(
        "PUT", path, "roles", {"name": "Chief Scout", "forecast_manager": str(api.ids["admin"])}
    )
    assert changed.json()["roles"][0]["message"] == "Role updated"
    assert (await roles())["Chief Scout"]["forecast_manager"]["id"] == str(api.ids["admin"])
    api.emulator.store.update("Users", api.ids["seller"], {"role": int(scout["id"])})
    refused(await api.call("DELETE", path), "REQUIRED_PARAM_MISSING")
    gone = await api.call("DELETE", f"{path}?transfer_to_id={ceo}")
    assert gone.json()["roles"][0]["message"] == "Role Deleted"
    assert api.stored("Users", api.ids["seller"])["role"] == int(ceo)
    assert "Chief Scout" not in await roles()


@pytest.mark.evidence("people.roles")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": None}, "MANDATORY_NOT_FOUND"),
        ({"name": "Manager"}, "DUPLICATE_DATA"),
        ({"name": "A#1"}, "INVALID_DATA"),
        ({"reporting_to": "1"}, "INVALID_DATA"),
        ({"share_with_peers": "yes"}, "INVALID_DATA"),
    ],
)
async def test_a_role_with_a_fault_is_not_made(api, put, roles, change, code):
    row = {"name": "Scout", "reporting_to": (await roles())["CEO"]["id"], **change}
    reply = await put("POST", "/settings/roles", "roles", row)
    assert (reply.status_code, reply.json()["roles"][0]["code"]) == (400, code)
    assert set(await roles()) == {"CEO", "Manager"}


async def test_a_role_never_reports_to_one_below_it(put, roles):
    found = await roles()
    path = f"/settings/roles/{found['CEO']['id']}"
    reply = await put("PUT", path, "roles", {"reporting_to": found["Manager"]["id"]})
    assert reply.json()["roles"][0]["code"] == "INVALID_DATA"


async def test_a_deleted_role_leaves_no_circle_when_the_one_below_it_takes_over(api, put, roles):
    found = await roles()
    path = f"/settings/roles/{found['CEO']['id']}?transfer_to_id={found['Manager']['id']}"
    assert (await api.call("DELETE", path)).status_code == 200
    assert (await roles())["Manager"]["reporting_to"] is None


@pytest.mark.evidence("people.profiles")
async def test_a_profile_is_cloned_changed_and_deleted(api, put, refused):
    standard = api.ids["standard"]
    path = f"/settings/profiles/{standard}"
    reply = await put("POST", f"{path}/actions/clone", "profiles", {"name": "Junior", "description": "New"})
    assert reply.status_code == 201
    junior = reply.json()["profiles"][0]["details"]["id"]
    assert reply.json()["profiles"][0]["message"] == "profile created successfully"
    twice = await put("POST", f"{path}/actions/clone", "profiles", {"name": "Junior"})
    assert twice.json()["profiles"][0]["code"] == "DUPLICATE_DATA"
    (profile,) = (await api.get(f"/settings/profiles/{junior}")).json()["profiles"]
    rights = {one["name"]: one for one in profile["permissions_details"]}
    assert rights["Crm_Implied_Delete_Leads"]["enabled"] is True
    assert rights["Crm_Implied_Manage_Users"]["enabled"] is False
    switch = {"permissions_details": [{"id": rights["Crm_Implied_Delete_Leads"]["id"], "enabled": False}]}
    changed = await put("PUT", f"/settings/profiles/{junior}", "profiles", switch)
    assert changed.json()["profiles"][0]["message"] == "profile updated successfully"
    (profile,) = (await api.get(f"/settings/profiles/{junior}")).json()["profiles"]
    rights = {one["name"]: one["enabled"] for one in profile["permissions_details"]}
    assert rights["Crm_Implied_Delete_Leads"] is False
    assert rights["Crm_Implied_Delete_Contacts"] is True
    api.emulator.store.update("Users", api.ids["seller"], {"profile": int(junior)})
    refused(await api.call("DELETE", f"/settings/profiles/{junior}"), "REQUIRED_PARAM_MISSING")
    gone = await api.call("DELETE", f"/settings/profiles/{junior}?transfer_to_id={standard}")
    assert gone.json()["message"] == "Profile deleted"
    assert api.stored("Users", api.ids["seller"])["profile"] == standard
    refused(await api.call("DELETE", f"{path}?transfer_to_id={standard}"), "CANNOT_DELETE")


@pytest.mark.evidence("people.profiles")
async def test_the_administrators_profile_cannot_be_changed(api, put, refused):
    listed = (await api.get("/settings/profiles")).json()["profiles"]
    administrator = next(one["id"] for one in listed if one["name"] == "Administrator")
    assert "permissions_details" not in listed[0]
    reply = await put("PUT", f"/settings/profiles/{administrator}", "profiles", {"name": "Boss"})
    refused(reply, "NOT_ALLOWED")
    bad = {"permissions_details": [{"id": "1", "enabled": True}]}
    reply = await put("PUT", f"/settings/profiles/{api.ids['standard']}", "profiles", bad)
    assert reply.json()["profiles"][0]["message"] == "Invalid permission ID"


@pytest.fixture
def forbid(api):
    def switch(*names):
        permissions.switch(api.emulator.store, api.ids["standard"], dict.fromkeys(names, False))

    return switch


LEAD = {"data": [{"Last_Name": "x", "Company": "y"}]}


@pytest.mark.evidence("people.permissions")
@pytest.mark.parametrize(
    ("act", "method", "path", "body"),
    [
        ("View", "GET", "/Leads?fields=id", None),
        ("View", "GET", "/Leads/1", None),
        ("View", "GET", "/Leads/search?word=smith", None),
        ("View", "POST", "/coql", {"select_query": "select id from Leads where id is not null"}),
        ("Create", "POST", "/Leads", LEAD),
        ("Edit", "PUT", "/Leads/1", LEAD),
        ("Delete", "DELETE", "/Leads/1", None),
        ("Edit", "POST", "/Leads/actions/mass_update", {"data": [{"Lead_Source": "Web"}], "ids": ["1"]}),
        ("Delete", "POST", "/Leads/actions/mass_delete", {"ids": ["1"]}),
        ("Edit", "POST", "/Leads/1/actions/convert", {"data": [{}]}),
        ("Edit", "POST", "/Leads/actions/mass_convert", {"ids": ["1"]}),
        ("Create", "POST", "/Leads/1/actions/clone", {}),
        ("Edit", "POST", "/Leads/1/actions/add_tags?tag_names=a", {"tags": [{"name": "a"}]}),
    ],
)
async def test_a_profile_without_a_permission_is_refused_by_its_name(
    as_seller, forbid, refused, act, method, path, body
):
    allowed = await as_seller(method, path, json=body)
    assert allowed.status_code != 403
    name = f"Crm_Implied_{act}_Leads"
    forbid(name)
    details = refused(await as_seller(method, path, json=body), "NO_PERMISSION", 403)
    assert details == {"permissions": [name]}


@pytest.mark.evidence("people.permissions-in-bulk")
@pytest.mark.parametrize(
    ("act", "path", "body"),
    [
        ("View", "/crm/bulk/v8/read", {"query": {"module": {"api_name": "Leads"}}}),
        ("Create", "/crm/bulk/v8/write", {"operation": "insert"}),
        ("Edit", "/crm/bulk/v8/write", {"operation": "update"}),
        ("Create", "/crm/bulk/v8/write", {"operation": "upsert"}),
        ("Edit", "/crm/bulk/v8/write", {"operation": "upsert"}),
    ],
)
async def test_bulk_jobs_need_the_permissions_of_single_calls(
    api, seller_token, forbid, refused, act, path, body
):
    if "operation" in body:
        body = {**body, "resource": [{"type": "data", "module": {"api_name": "Leads"}, "file_id": "1"}]}
    headers = {"Authorization": f"Zoho-oauthtoken {seller_token}"}
    allowed = await api.http.post(path, json=body, headers=headers)
    assert allowed.status_code != 403
    forbid(f"Crm_Implied_{act}_Leads")
    details = refused(await api.http.post(path, json=body, headers=headers), "NO_PERMISSION", 403)
    assert details == {"permissions": [f"Crm_Implied_{act}_Leads"]}


@pytest.mark.evidence("people.permissions")
async def test_deals_are_called_potentials_in_permissions(as_seller, forbid, refused):
    forbid("Crm_Implied_View_Potentials")
    refused(await as_seller("GET", "/Deals?fields=id"), "NO_PERMISSION", 403)
    assert (await as_seller("GET", "/Leads?fields=id")).status_code == 200


@pytest.mark.evidence("people.permissions")
async def test_without_the_api_permission_every_call_is_refused(api, as_seller, forbid, refused):
    forbid("Crm_Implied_Api_Access")
    details = refused(await as_seller("GET", "/org"), "NO_PERMISSION", 403)
    assert details == {"permissions": ["Crm_Implied_Api_Access"]}
    assert (await api.get("/org")).status_code == 200


@pytest.mark.evidence("people.permissions")
@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/users", "Crm_Implied_Manage_Users"),
        ("POST", "/settings/roles", "Crm_Implied_Customize_Zoho_CRM"),
        ("POST", "/settings/user_groups", "Crm_Implied_Manage_Users"),
    ],
)
async def test_only_administrators_set_things_up(as_seller, refused, method, path, name):
    details = refused(await as_seller(method, path, json={}), "NO_PERMISSION", 403)
    assert details == {"permissions": [name]}


@pytest.mark.evidence("people.groups")
async def test_groups_hold_users_and_roles(api, put, roles, refused):
    manager = (await roles())["Manager"]["id"]
    sources = [
        {"type": "users", "source": {"id": str(api.ids["admin"])}},
        {"type": "roles", "source": {"id": manager}, "subordinates": True},
    ]
    row = {"name": "North", "description": "Up there", "sources": sources}
    reply = await put("POST", "/settings/user_groups", "user_groups", row)
    assert reply.status_code == 201
    group = reply.json()["user_groups"][0]["details"]["id"]
    (item,) = (await api.get(f"/settings/user_groups/{group}")).json()["user_groups"]
    assert item["sources_count"]["roles"] == 1
    assert item["sources_count"]["users"] == {"inactive": 0, "deleted": 0, "active": 1}
    listed = (await api.get(f"/settings/user_groups/{group}/sources", type="roles")).json()["sources"]
    assert listed == [{"source": {"name": "Manager", "id": manager}, "type": "roles", "subordinates": True}]
    counts = (await api.get("/settings/user_groups/actions/associated_users_count")).json()
    assert counts["associated_users_count"] == [{"user_group": {"name": "North", "id": group}, "count": 2}]
    of_seller = await api.get(f"/users/{api.ids['seller']}/actions/associated_groups")
    assert [one["name"] for one in of_seller.json()["user_groups"]] == ["North"]
    away = {"sources": [{**sources[1], "_delete": True}], "description": None}
    changed = await put("PUT", f"/settings/user_groups/{group}", "user_groups", away)
    assert changed.json()["user_groups"][0]["message"] == "User Group Updated successfully"
    assert (await api.get(f"/users/{api.ids['seller']}/actions/associated_groups")).status_code == 204
    twice = await put("POST", "/settings/user_groups", "user_groups", row)
    assert twice.json()["user_groups"][0]["code"] == "DUPLICATE_DATA"
    bad = await put(
        "POST", "/settings/user_groups", "user_groups", {"name": "S", "sources": [{"type": "teams"}]}
    )
    assert bad.status_code == 400
    gone = await api.call("DELETE", f"/settings/user_groups/{group}")
    assert gone.json()["user_groups"][0]["message"] == "Group deleted"
    assert (await api.get(f"/settings/user_groups/{group}")).status_code == 204
    refused(await api.get(f"/settings/user_groups/{group}/sources"), "INVALID_DATA")
