"""Orders, sharing, dependencies, duplicate checks, locks and templates through Zoho's own Python SDK for v8."""

from __future__ import annotations

import pytest


@pytest.fixture
def automation(sdk):
    return sdk("v8", "automation")


def done(answers, step, key, status=200):
    """The items of a write that all went well."""
    found = answers.ok(step, status)[key]
    items = found if isinstance(found, list) else [found]
    assert all(item["is"] == "SuccessResponse" for item in items), items
    return items


def test_the_sdk_logs_no_complaint(automation):
    assert automation.steps["complaints"] == []


def test_a_quote_is_converted_once(automation):
    (item,) = done(automation, "convert quote", "data")
    order = automation.org.record("Sales_Orders", item["details"]["Sales_Orders"]["id"])
    assert order is not None
    automation.refused("convert again", "ID_ALREADY_CONVERTED")


def test_a_record_is_shared_and_revoked(automation):
    done(automation, "share", "share")
    (share,) = automation.ok("shares")["share"]
    assert (share["permission"], share["share_related_records"]) == ("read_write", True)
    done(automation, "update share", "share")
    done(automation, "revoke", "share")


def test_picklists_are_mapped(automation):
    done(automation, "create dependency", "map_dependency", 201)
    (one,) = automation.ok("dependencies")["map_dependency"]
    assert (one["parent"]["api_name"], one["child"]["api_name"]) == ("Lead_Status", "Lead_Source")
    done(automation, "update dependency", "map_dependency")
    (one,) = automation.ok("dependency")["map_dependency"]
    assert sum(bool(value["maps"]) for value in one["pick_list_values"]) == 1
    done(automation, "delete dependency", "map_dependency")


def test_the_duplicate_check_of_leads_is_enabled_and_disabled(automation):
    assert automation.ok("no preference", 204) is None
    for step in ("create preference", "update preference", "delete preference"):
        done(automation, step, "duplicate_check_preference")
    assert automation.ok("preference")["duplicate_check_preference"]["type"] == "converted_records"


def test_a_locking_configuration_is_made_and_changed(automation):
    done(automation, "create locking", "record_locking_configurations", 201)
    (one,) = automation.ok("locking")["record_locking_configurations"]
    assert (one["lock_type"], one["locking_rules"][0]["name"]) == ("both", "Junk")
    for step in ("update locking", "delete locking"):
        done(automation, step, "record_locking_configurations")


def test_a_scoring_rule_is_made_cloned_switched_and_deleted(automation):
    done(automation, "create scoring", "scoring_rules", 201)
    (one,) = automation.ok("scoring")["scoring_rules"]
    assert (one["name"], [rule["score"] for rule in one["field_rules"]]) == ("Sources", [5])
    for step in ("update", "clone", "activate", "deactivate", "delete"):
        done(automation, f"{step} scoring", "scoring_rules")


def test_call_preferences_and_templates_are_read(automation):
    done(automation, "update calls", "call_preferences")
    assert automation.ok("calls")["call_preferences"]["show_from_number"] is True
    names = [one["name"] for one in automation.ok("inventory templates")["inventory_templates"]]
    assert names == ["Quote, A4", "Invoice, A4"]
    (one,) = automation.ok("inventory template")["inventory_templates"]
    assert "Grand_Total" in one["content"]
