"""The APIs and the features an org has."""

from __future__ import annotations

import json

import pytest


@pytest.mark.evidence("discovery.apis")
async def test_apis_are_listed_with_their_methods_scopes_and_credits(api):
    found = {one["path"]: one["operation_types"] for one in (await api.get("/__apis")).json()["__apis"]}
    assert {one["method"] for one in found["/crm/v8/settings/roles"]} == {"GET", "POST", "PUT"}
    scopes = {one["oauth_scope"] for one in found["/crm/v8/settings/roles"]}
    assert "ZohoCRM.settings.roles.READ" in scopes
    assert "/crm/v8/settings/roles/{{id}}" in found


@pytest.mark.evidence("discovery.apis")
async def test_apis_are_filtered_by_method_and_scope(api, refused):
    def criterion(name, value):
        return {"comparator": "equal", "field": {"api_name": f"operation_types.{name}"}, "value": value}

    asked = json.dumps(criterion("method", "DELETE"))
    found = (await api.get("/__apis", filters=asked)).json()["__apis"]
    assert {operation["method"] for one in found for operation in one["operation_types"]} == {"DELETE"}
    both = {
        "group_operator": "and",
        "group": [criterion("method", "GET"), criterion("oauth_scope", "settings")],
    }
    found = (await api.get("/__apis", filters=json.dumps(both))).json()["__apis"]
    assert found
    assert all(one["path"].startswith("/crm/v8/settings/") for one in found)
    for bad in ("{", json.dumps(criterion("method", "get")), json.dumps(criterion("colour", "red"))):
        refused(await api.get("/__apis", filters=bad), "INVALID_DATA")
    refused(await api.get("/__apis", filters=json.dumps({"value": "x"})), "MANDATORY_NOT_FOUND")


@pytest.mark.evidence("discovery.features")
async def test_features_tell_limits_and_what_is_left(api, refused):
    listed = (await api.get("/__features")).json()
    assert listed["info"]["count"] == len(listed["__features"])
    (one,) = (await api.get("/__features/user_licenses")).json()["__features"]
    assert one["details"]["used_count"] == {"total": 2}
    assert one["details"]["available_count"]["total"] == one["details"]["limits"]["total"] - 2
    chosen = (await api.get("/__features", api_names="profiles,user_licenses")).json()["__features"]
    assert {feature["api_name"] for feature in chosen} == {"profiles", "user_licenses"}
    assert (await api.get("/__features/none_such")).status_code == 204
    refused(await api.get("/__features", module="Nope"), "INVALID_MODULE")
