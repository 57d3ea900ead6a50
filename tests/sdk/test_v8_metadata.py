"""The org's metadata through Zoho's own Python SDK for v8, which reads every key into a type of its own."""

from __future__ import annotations

import pytest

MODULES = "Leads Contacts Accounts Deals Tasks Events Calls Products".split()


@pytest.fixture
def metadata(sdk):
    return sdk("v8", "metadata")


def test_the_sdk_logs_no_complaint(metadata):
    assert metadata.steps["complaints"] == []


@pytest.mark.parametrize(
    "step", ["modules", "users", "roles", "profiles", "variable groups", "contact roles"]
)
def test_lists_and_their_items_are_read(metadata, step):
    listed, one = (metadata.ok(name)[step.replace(" ", "_")] for name in (step, f"one of {step}"))
    assert listed
    assert one[0]["id"] == listed[0]["id"]


@pytest.mark.parametrize("module", MODULES)
def test_fields_layouts_related_lists_and_views_of_a_module_are_read(metadata, module):
    fields = metadata.ok(f"fields of {module}")["fields"]
    assert all(field["api_name"] and field["data_type"] and field["id"] for field in fields)
    (layout,) = metadata.ok(f"layouts of {module}")["layouts"]
    sections = layout["sections"]
    assert sum(len(section.get("fields", [])) for section in sections) > 5
    assert metadata.ok(f"related lists of {module}")["related_lists"][0]["api_name"]
    assert metadata.ok(f"custom views of {module}")["custom_views"][0]["name"]


@pytest.mark.parametrize("kind", ["layouts", "fields", "custom views"])
@pytest.mark.parametrize("module", ["Leads", "Deals"])
def test_one_of_them_is_read_by_its_id(metadata, kind, module):
    found = metadata.ok(f"one of {kind} of {module}")[kind.replace(" ", "_")]
    assert len(found) == 1


def test_a_module_is_read_by_name(metadata):
    (module,) = metadata.ok("module by name")["modules"]
    assert (module["api_name"], module["generated_type"]) == ("Leads", "default")


def test_stages_hang_in_the_pipeline(metadata):
    (pipeline,) = metadata.ok("pipelines")["pipeline"]
    assert "Closed Won" in {stage["display_value"] for stage in pipeline["maps"]}


def test_the_organization_is_read(metadata):
    (org,) = metadata.ok("organization")["org"]
    assert org["zgid"] == metadata.org.credentials.org_id


def test_a_field_and_a_module_are_made(metadata):
    assert metadata.ok("create field", 201)["fields"][0]["is"] == "SuccessResponse"
    assert metadata.ok("create module", 201)["modules"][0]["is"] == "SuccessResponse"
    assert "Favourite_Colour" in metadata.org.emulator.store.modules["Leads"].fields
    assert any(module.plural == "Machines" for module in metadata.org.emulator.store.modules.values())


def test_what_an_org_has_one_of_is_read(metadata):
    assert metadata.ok("fiscal year")["fiscal_year"]["start_month"]
    assert metadata.ok("features")["features"]
    assert metadata.ok("apis")["apis"]
    assert metadata.ok("from addresses")["from_addresses"][0]["email"]


@pytest.mark.parametrize(
    "step", ["groups", "assignment rules", "global picklists", "variables", "business hours"]
)
def test_what_an_org_may_have_none_of_is_read_or_empty(metadata, step):
    status = metadata.steps[step]["status"]
    assert status in (200, 204)
    metadata.ok(step, status)
