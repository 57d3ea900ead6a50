"""Orders that become others, records that are shared, rules about values and locks, with the official SDK."""

from link import choice, made, main, params, sdk


def automation(steps):
    for part in (orders, sharing, dependencies, duplicates, locking, scoring, calls, templates):
        steps.part(part.__name__, part)


def first(module, fields):
    found = sdk("record.RecordOperations")(module).get_records(
        params("record.GetRecordsParam", fields=fields, per_page=1)
    )
    return found.get_object().get_data()[0]


def made_id(answer, getter):
    return int(getattr(answer, getter)()[0].get_details()["id"])


def orders(steps):
    quote = first("Quotes", "Subject").get_id()
    package = "inventory_convert"
    module = made(f"{package}.Module", api_name="Sales_Orders")
    wish = made(f"{package}.ConvertTo", module=module, carry_over_tags=False)
    body = made(f"{package}.BodyWrapper", data=[made(f"{package}.InventoryConverter", convert_to=[wish])])
    convert = sdk(f"{package}.InventoryConvertOperations")(quote, "Quotes").convert_inventory
    steps.do("convert quote", convert, body)
    steps.do("convert again", convert, body)


def sharing(steps):
    deal = first("Deals", "Deal_Name,Owner")
    operations = sdk("share_records.ShareRecordsOperations")(deal.get_id(), "Deals")
    users = sdk("users.UsersOperations")().get_users(params("users.GetUsersParam", type="ActiveUsers"))
    owner = deal.get_key_value("Owner").get_id()
    user = next(one for one in users.get_object().get_users() if one.get_id() != owner)
    share = made(
        "share_records.ShareRecord",
        user=made("users.Users", id=user.get_id()),
        permission="read_write",
        share_related_records=True,
    )
    body = made("share_records.BodyWrapper", share=[share])
    steps.do("share", operations.share_record, body)
    steps.do("shares", operations.get_shared_record_details)
    steps.do("update share", operations.update_share_permissions, body)
    steps.do("revoke", operations.revoke_shared_record)


def field(module, name):
    listed = sdk("fields.FieldsOperations")().get_fields(params("fields.GetFieldsParam", module=module))
    return next(one for one in listed.get_object().get_fields() if one.get_api_name() == name)


def dependencies(steps):
    package = "field_map_dependency"
    layouts = sdk("layouts.LayoutsOperations")().get_layouts(
        params("layouts.GetLayoutsParam", module="Leads")
    )
    layout = layouts.get_object().get_layouts()[0].get_id()
    operations = sdk(f"{package}.FieldMapDependencyOperations")(layout, "Leads")
    values = [field("Leads", name).get_pick_list_values()[1] for name in ("Lead_Status", "Lead_Source")]
    mapped = made(f"{package}.PicklistMap", id=values[1].get_id())
    mapping = made(f"{package}.PickListMapping", id=values[0].get_id(), maps=[mapped])
    dependency = made(
        f"{package}.MapDependency",
        parent=made(f"{package}.Parent", api_name="Lead_Status"),
        child=made(f"{package}.Child", api_name="Lead_Source"),
        pick_list_values=[mapping],
    )
    body = made(f"{package}.BodyWrapper", map_dependency=[dependency])
    created = steps.do("create dependency", operations.create_map_dependency, body)
    one = made_id(created, "get_map_dependency")
    steps.do("dependencies", operations.get_map_dependencies)
    steps.do("update dependency", operations.update_map_dependency, one, body)
    steps.do("dependency", operations.get_map_dependency, one)
    steps.do("delete dependency", operations.delete_map_dependency, one)


def duplicates(steps):
    package = "duplicate_check_preference"
    operations = sdk(f"{package}.DuplicateCheckPreferenceOperations")("Leads")
    steps.do("no preference", operations.get_duplicate_check_preference)
    wanted = made(f"{package}.DuplicateCheckPreference", type=choice("converted_records"))
    body = made(f"{package}.BodyWrapper", duplicate_check_preference=wanted)
    steps.do("create preference", operations.create_duplicate_check_preference, body)
    steps.do("preference", operations.get_duplicate_check_preference)
    steps.do("update preference", operations.update_duplicate_check_preference, body)
    steps.do("delete preference", operations.delete_duplicate_check_preference)


def locking(steps):
    package = "record_locking_configuration"
    operations = sdk(f"{package}.RecordLockingConfigurationOperations")("Leads")
    criteria = made(
        f"{package}.Criteria",
        comparator="equal",
        field=made(f"{package}.Field", api_name="Lead_Status"),
        value="Junk Lead",
    )
    rule = made(f"{package}.LockingRules", name="Junk", criteria=criteria)
    wanted = made(f"{package}.RecordLock", lock_type=choice("both"), locked_for="all", locking_rules=[rule])
    body = made(f"{package}.BodyWrapper", record_locking_configurations=[wanted])
    created = steps.do("create locking", operations.add_record_locking_configuration, body)
    one = made_id(created, "get_record_locking_configurations")
    steps.do("locking", operations.get_record_locking_configurations)
    changed = made(f"{package}.RecordLock", lock_for_portal_users=True)
    body = made(f"{package}.BodyWrapper", record_locking_configurations=[changed])
    steps.do("update locking", operations.update_record_locking_configuration, one, body)
    steps.do("delete locking", operations.delete_record_locking_configuration, one)


def scoring(steps):
    package = "scoring_rules"
    operations = sdk(f"{package}.ScoringRulesOperations")()
    criteria = made(
        f"{package}.Criteria",
        comparator="equal",
        field=made(f"{package}.Field", api_name="Lead_Source"),
        value="Website",
    )
    wanted = made(
        f"{package}.ScoringRule",
        name="Sources",
        module=made("modules.Modules", api_name="Leads"),
        field_rules=[made(f"{package}.FieldRule", score=5, criteria=criteria)],
    )
    body = made(f"{package}.BodyWrapper", scoring_rules=[wanted])
    created = steps.do("create scoring", operations.create_scoring_rules, body)
    one = made_id(created, "get_scoring_rules")
    steps.do("scoring", operations.get_scoring_rule, one)
    renamed = made(f"{package}.ScoringRule", description="Where they come from")
    body = made(f"{package}.BodyWrapper", scoring_rules=[renamed])
    steps.do("update scoring", operations.update_scoring_rule, one, body)
    steps.do("clone scoring", operations.clone_scoring_rule, one)
    steps.do("activate scoring", operations.activate_scoring_rule, one)
    steps.do("deactivate scoring", operations.deactivate_scoring_rule, one)
    steps.do("delete scoring", operations.delete_scoring_rule, one)


def calls(steps):
    operations = sdk("call_preferences.CallPreferencesOperations")()
    wanted = made("call_preferences.CallPreferences", show_from_number=True, show_to_number=False)
    body = made("call_preferences.BodyWrapper", call_preferences=wanted)
    steps.do("update calls", operations.update_call_preference, body)
    steps.do("calls", operations.get_call_preference)


def templates(steps):
    operations = sdk("inventory_templates.InventoryTemplatesOperations")()
    found = steps.do("inventory templates", operations.get_inventory_templates)
    steps.do(
        "inventory template",
        operations.get_inventory_template,
        found.get_inventory_templates()[0].get_id(),
    )


main(automation)
