"""What an administrator changes, through Zoho's own Python SDK for v8."""

from __future__ import annotations

import pytest


@pytest.fixture
def settings(sdk):
    return sdk("v8", "settings")


def test_the_sdk_logs_no_complaint(settings):
    assert settings.steps["complaints"] == []


@pytest.mark.parametrize(
    ("thing", "key", "status"),
    [
        ("variable", "variables", 201),
        ("role", "roles", 201),
        ("contact role", "contact_roles", 200),
        ("user", "users", 201),
    ],
)
def test_it_is_created_read_updated_and_deleted(settings, thing, key, status):
    for step, expected in (("create", status), ("update", 200), ("delete", 200)):
        (item,) = settings.ok(f"{step} {thing}", expected)[key]
        assert (item["is"], item["code"]) == ("SuccessResponse", "SUCCESS"), step
    created = settings.ok(f"create {thing}", status)[key][0]["details"]["id"]
    assert str(settings.ok(f"get {thing}")[key][0]["id"]) == str(created)


def test_changes_are_seen_by_the_next_read(settings):
    assert settings.ok("get variable")["variables"][0]["value"] == "7"
    assert settings.ok("variable by name")["variables"][0]["value"] == "8"
    assert settings.ok("get role")["roles"][0]["name"] == "Head Tester"
    assert settings.ok("get contact role")["contact_roles"][0]["name"] == "Judge"
    assert settings.ok("get user")["users"][0]["phone"] == "123456789"
    assert settings.ok("count users")["count"] > 20
