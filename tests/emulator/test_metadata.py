"""Modules, fields, layouts, the pipeline, users, roles, profiles, the org."""

from __future__ import annotations

import pytest

FIELD_KEYS = set(
    """associated_module webhook operation_type colour_code_enabled_by_system field_label tooltip type field_read_only
    customizable_properties display_label read_only association_details businesscard_supported multi_module_lookup id
    created_time filterable visible profiles view_type separator searchable external api_name unique enable_colour_code
    pick_list_values system_mandatory virtual_field json_type crypt created_source display_type ui_type modified_time
    quick_sequence_number email_parser currency custom_field lookup hipaa_compliance convert_mapping rollup_summary length
    display_field pick_list_values_sorted_lexically sortable layout_associations global_picklist history_tracking data_type
    formula hipaa_compliance_enabled decimal_place mass_update multiselectlookup multiuserlookup auto_number""".split()
)


@pytest.fixture
def fields_of(api):
    async def fields(module):
        reply = await api.get("/settings/fields", module=module)
        assert reply.status_code == 200, reply.text
        return {field["api_name"]: field for field in reply.json()["fields"]}

    return fields


@pytest.mark.evidence("metadata.modules")
async def test_modules_are_listed_with_zohos_names(api):
    modules = (await api.get("/settings/modules")).json()["modules"]
    by_name = {module["api_name"]: module for module in modules}
    assert {
        "Leads",
        "Contacts",
        "Accounts",
        "Deals",
        "Tasks",
        "Events",
        "Calls",
        "Notes",
        "Cases",
    } <= by_name.keys()
    assert by_name["Deals"]["module_name"] == "Potentials"
    assert by_name["Events"]["module_name"] == "Meetings"
    assert by_name["Leads"]["singular_label"] == "Lead"
    assert not [name for name in by_name if name.startswith("_") or name == "Users"]


@pytest.mark.evidence("metadata.modules")
async def test_one_module_comes_with_fields_and_layouts_by_name_or_id(api, refused):
    for wanted in ("Deals", str(api.emulator.store.modules["Deals"].id)):
        (module,) = (await api.get(f"/settings/modules/{wanted}")).json()["modules"]
        assert module["api_name"] == "Deals"
        assert module["display_field"] == "Deal_Name"
        assert module["fields"]
        assert module["layouts"]
    assert refused(await api.get("/settings/modules/Nope"), "INVALID_MODULE") == {"resource_path_index": 2}


@pytest.mark.evidence("metadata.field-shape")
async def test_every_field_of_every_module_has_every_key(api, fields_of):
    for module in ("Leads", "Deals", "Tasks", "Notes", "Cases", "Products"):
        for name, field in (await fields_of(module)).items():
            assert field.keys() >= FIELD_KEYS, (module, name)
            assert len(field["id"]) == 18


@pytest.mark.evidence("metadata.field-shape", "metadata.owner-writable")
async def test_fields_say_what_can_be_written_and_where_lookups_lead(fields_of, api):
    deals = await fields_of("Deals")
    assert deals["Owner"]["field_read_only"] is True
    assert deals["Owner"]["operation_type"]["api_update"] is True
    assert deals["Owner"]["field_label"] == "Deal Owner"
    assert deals["Expected_Revenue"]["operation_type"]["api_create"] is False
    assert deals["Account_Name"]["lookup"]["module"]["api_name"] == "Accounts"
    assert deals["Account_Name"]["lookup"]["api_name"] == "Deals"
    assert deals["Amount"]["currency"] == {"rounding_option": "normal", "precision": 2}
    assert deals["Stage"]["system_mandatory"] is True
    contacts = await fields_of("Contacts")
    assert contacts["Email"]["unique"] == {"case_sensitive": False}
    assert contacts["Phone"]["unique"] == {}
    leads = await fields_of("Leads")
    assert leads["Last_Name"]["convert_mapping"] == {"Contacts": "Last_Name", "Deals": None, "Accounts": None}
    assert (leads["Last_Name"]["length"], leads["Last_Name"]["ui_type"]) == (80, 127)
    tasks = await fields_of("Tasks")
    targets = [module["api_name"] for module in tasks["What_Id"]["multi_module_lookup"]["modules"]]
    assert {"Leads", "Deals", "Accounts"} <= set(targets)


@pytest.mark.evidence("metadata.picklists")
async def test_picklists_tell_display_from_actual_and_hold_the_guides_values(api, fields_of):
    leads = await fields_of("Leads")
    sources = {
        value["display_value"]: value["actual_value"] for value in leads["Lead_Source"]["pick_list_values"]
    }
    assert sources["Online Store"] == "OnlineStore"
    assert {"Website", "Web Form"} <= sources.keys()
    assert "New" in {value["actual_value"] for value in leads["Lead_Status"]["pick_list_values"]}
    field_id = leads["Lead_Source"]["id"]
    values = await api.get(f"/settings/fields/{field_id}/pick_list_values", module="Leads")
    assert values.json()["pick_list_values"][0]["layout_associations"]
    one = await api.get(f"/settings/fields/{field_id}", module="Leads")
    assert one.json()["fields"][0]["api_name"] == "Lead_Source"


@pytest.mark.evidence("metadata.module-needed")
async def test_settings_calls_need_a_module_that_exists(api, refused):
    for path in ("fields", "layouts", "related_lists", "custom_views"):
        assert refused(await api.get(f"/settings/{path}"), "REQUIRED_PARAM_MISSING") == {
            "param_name": "module"
        }
        refused(await api.get(f"/settings/{path}", module="Nope"), "INVALID_MODULE")
    refused(await api.get("/settings/fields/1", module="Leads"), "INVALID_DATA")


@pytest.mark.evidence("metadata.pipeline")
async def test_the_pipeline_names_its_stages_in_order(api, refused):
    (layout,) = (await api.get("/settings/layouts", module="Deals")).json()["layouts"]
    (pipeline,) = (await api.get("/settings/pipeline", layout_id=layout["id"])).json()["pipeline"]
    assert pipeline["display_value"] == "Standard (Standard)"
    stages = {stage["actual_value"]: stage for stage in pipeline["maps"]}
    assert next(iter(stages)) == "Qualification"
    assert stages["Id. Decision Makers"]["display_value"] == "Identify Decision Makers"
    assert stages["Closed Won"]["forecast_type"] == "Closed Won"
    assert stages["Closed Lost to Competition"]["forecast_type"] == "Closed Lost"
    assert stages["Proposal Sent"]["forecast_type"] == "Open"
    assert refused(await api.get("/settings/pipeline"), "REQUIRED_PARAM_MISSING") == {
        "param_name": "layout_id"
    }
    refused(await api.get("/settings/pipeline", layout_id="1"), "INVALID_DATA")


@pytest.mark.evidence("metadata.stage-probability")
async def test_layouts_give_stages_their_probability(api):
    (layout,) = (await api.get("/settings/layouts", module="Deals")).json()["layouts"]
    fields = {field["api_name"]: field for section in layout["sections"] for field in section["fields"]}
    chances = {v["actual_value"]: v["probability"] for v in fields["Stage"]["pick_list_values"]}
    assert chances["Value Proposition"] < chances["Proposal Sent"] < chances["Negotiation/Review"] < 100
    assert (chances["Closed Won"], chances["Closed Lost"]) == (100, 0)
    assert fields["Deal_Name"]["required"] is True
    assert [stage["actual_value"] for stage in fields["Pipeline"]["maps"]] == list(chances)


async def test_related_lists_and_the_custom_view_are_described(api):
    lists = (await api.get("/settings/related_lists", module="Accounts")).json()["related_lists"]
    one = await api.get(f"/settings/related_lists/{lists[1]['id']}", module="Accounts")
    assert one.json() == {"related_lists": [lists[1]]}
    other = await api.get(f"/settings/related_lists/{lists[1]['id']}", module="Leads")
    assert other.json()["details"] == {"resource_path_index": 2}
    assert {"Contacts", "Deals", "Notes", "Tasks"} <= {entry["api_name"] for entry in lists}
    views = (await api.get("/settings/custom_views", module="Leads")).json()
    assert views["custom_views"][0]["display_value"] == "All Leads"
    assert views["info"]["default"] == views["custom_views"][0]["id"]


@pytest.mark.evidence("metadata.users")
async def test_users_are_listed_by_type(api, refused):
    everyone = (await api.get("/users")).json()
    assert everyone["info"] == {"per_page": 200, "count": 2, "page": 1, "more_records": False}
    by_name = {user["full_name"]: user for user in everyone["users"]}
    seller = by_name["Sam Seller"]
    assert seller["role"]["name"] == "Manager"
    assert seller["profile"]["name"] == "Standard"
    assert (seller["time_zone"], seller["offset"]) == ("Asia/Kolkata", 19_800_000)
    assert seller["status"] == "active"
    for kind, names in (
        ("CurrentUser", ["Ada Admin"]),
        ("AdminUsers", ["Ada Admin"]),
        ("ActiveUsers", ["Ada Admin", "Sam Seller"]),
    ):
        users = (await api.get("/users", type=kind)).json()["users"]
        assert [user["full_name"] for user in users] == names
    assert (await api.get("/users", type="DeletedUsers")).status_code == 204
    refused(await api.get("/users", type="Nobody"), "INVALID_DATA")
    one = (await api.get(f"/users/{api.ids['seller']}")).json()["users"]
    assert [user["email"] for user in one] == ["sam@example.com"]
    paged = (await api.get("/users", per_page=1)).json()["info"]
    assert paged["more_records"] is True


@pytest.mark.evidence("metadata.roles-profiles-org")
async def test_roles_profiles_and_the_org(api, refused):
    roles = {role["name"]: role for role in (await api.get("/settings/roles")).json()["roles"]}
    assert roles["CEO"]["reporting_to"] is None
    assert roles["Manager"]["reporting_to"] == {"name": "CEO", "id": roles["CEO"]["id"]}
    (role,) = (await api.get(f"/settings/roles/{roles['Manager']['id']}")).json()["roles"]
    assert role == roles["Manager"]
    profiles = (await api.get("/settings/profiles")).json()["profiles"]
    assert [profile["name"] for profile in profiles] == ["Administrator", "Standard"]
    assert "permissions_details" not in profiles[0]
    (profile,) = (await api.get(f"/settings/profiles/{profiles[0]['id']}")).json()["profiles"]
    permissions = {permission["name"] for permission in profile["permissions_details"]}
    assert {"Crm_Implied_View_Leads", "Crm_Implied_Delete_Potentials"} <= permissions
    refused(await api.get("/settings/roles/1"), "INVALID_DATA")
    (org,) = (await api.get("/org")).json()["org"]
    assert {"id", "zgid", "company_name", "time_zone", "currency_symbol"} <= org.keys()
