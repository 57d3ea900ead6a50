"""Records shared with other users."""

from __future__ import annotations

import pytest

evidence = pytest.mark.evidence


@pytest.fixture
def share(api):
    path = f"/Deals/{api.ids['pumps']}/actions/share"

    async def send(method="POST", *rows):
        return await api.call(method, path, json={"share": list(rows)} if rows else None)

    return send


def to(user, permission="read_only", **more):
    return {"user": {"id": str(user)}, "permission": permission, **more}


@evidence("sharing.records")
async def test_a_record_is_shared_changed_and_revoked(api, share):
    path = f"/Deals/{api.ids['pumps']}/actions/share"
    before = (await api.get(path, view="manage")).json()
    assert before["share"] == []
    assert [user["id"] for user in before["shareable_user"]] == [str(api.ids["seller"])]
    reply = await share("POST", to(api.ids["seller"], share_related_records=True))
    assert reply.status_code == 200, reply.text
    assert reply.json()["share"][0]["message"] == "record will be shared successfully"
    found = (await api.get(path, view="manage")).json()
    (one,) = found["share"]
    assert (one["permission"], one["share_related_records"]) == ("read_only", True)
    assert (one["user"]["full_name"], one["shared_by"]["full_name"]) == ("Sam Seller", "Ada Admin")
    assert one["shared_through"]["entity_name"] == "Pumps"
    assert one["shared_time"] == "2026-11-24T09:00:00+00:00"
    assert found["shareable_user"] == []
    again = await share("POST", to(api.ids["seller"]))
    assert again.json()["share"][0]["message"] == "record is already visible to the user."
    await share("PUT", to(api.ids["seller"], "full_access"))
    (one,) = (await api.get(path, sharedTo=str(api.ids["seller"]))).json()["share"]
    assert (one["permission"], one["share_related_records"]) == ("full_access", False)
    assert (await share("DELETE")).json()["share"]["message"] == "Sharing Revoked"
    assert (await share("DELETE")).json()["code"] == "BAD_REQUEST"
    assert (await api.get(path)).status_code == 204


@evidence("sharing.records")
async def test_only_an_active_user_who_does_not_see_it_gets_a_record(api, share, refused):
    for row, code in (
        (to(api.ids["admin"]), "INVALID_DATA"),
        (to("5"), "INVALID_DATA"),
        ({"permission": "read_only"}, "MANDATORY_NOT_FOUND"),
        ({"user": {"id": str(api.ids["seller"])}}, "MANDATORY_NOT_FOUND"),
        (to(api.ids["seller"], "all"), "INVALID_DATA"),
    ):
        reply = await share("POST", row)
        assert (reply.status_code, reply.json()["share"][0]["code"]) == (400, code)
    people = [{"email": f"u{n}@example.com", "last_name": f"U{n}"} for n in range(11)]
    users = (await api.http.post("/__emulator__/users", json={"users": people})).json()["ids"]
    reply = await share("POST", *(to(user) for user in users))
    assert reply.status_code == 207
    assert [row["code"] for row in reply.json()["share"]] == ["SUCCESS"] * 10 + ["SHARE_LIMIT_EXCEEDED"]
    refused(await api.get(f"/Tasks/{api.ids['task']}/actions/share"), "INVALID_MODULE")
    refused(await api.get("/Deals/5/actions/share"), "INVALID_DATA")
