"""The scopes each route of the CRM API demands.

Written by hand from Zoho's pages and deliberately apart from the client's own scope table, so that the emulator
can convict the client. A demand is a list of clauses that must all hold; a clause holds when the grant covers any one
of its scopes. https://www.zoho.com/crm/developer/docs/api/v8/scopes.html
"""

from __future__ import annotations

from collections.abc import Mapping

Clause = tuple[str, ...]


def _records(operation: str) -> tuple[Clause, ...]:
    return ((f"ZohoCRM.modules.{{module}}.{operation}",),)


def _related(operation: str, parent: str) -> tuple[Clause, ...]:
    return (*_records(parent), (f"ZohoCRM.modules.{{relation}}.{operation}",))


def _only(scope: str) -> tuple[Clause, ...]:
    return ((scope,),)


def _settings(group: str, **names: str) -> dict[str, tuple[Clause, ...]]:
    """Lines for a settings group: `read`, `create`, `update`, `delete` and `all` list the routes that need each."""
    return {
        name: _only(f"ZohoCRM.{group}.{operation.upper()}")
        for operation, listed in names.items()
        for name in listed.split()
    }


def _attached(operation: str, parent: str) -> tuple[Clause, ...]:
    return (*_records(parent), (f"ZohoCRM.modules.attachments.{operation}",))


def _locks(operation: str) -> tuple[Clause, ...]:
    """The record's scope is READ even for locking it; Zoho's OpenAPI names `settings.modules` instead of these two."""
    return ((f"ZohoCRM.modules.lockinginformation.{operation}",), *_records("READ"))


def _deal_roles(operation: str) -> tuple[Clause, ...]:
    return _only(f"ZohoCRM.modules.deals.{operation}") + _only(f"ZohoCRM.modules.contacts.{operation}")


def _tagging(*operations: str) -> tuple[Clause, ...]:
    """As the documentation has it; Zoho's OpenAPI says `settings.tags.all`."""
    return (tuple(f"ZohoCRM.modules.{{module}}.{operation}" for operation in operations),)


def _members(operation: str, listed: str) -> dict[str, tuple[Clause, ...]]:
    """Lines for users in territories, which take a scope of either."""
    both = ((f"ZohoCRM.users.{operation}",), (f"ZohoCRM.settings.territories.{operation}",))
    return dict.fromkeys(listed.split(), both)


NEEDS: Mapping[str, tuple[Clause, ...]] = {
    "list_records": _records("READ"),
    "get_record": _records("READ"),
    "create_records": _records("CREATE"),
    "update_records": _records("UPDATE"),
    "update_record": _records("UPDATE"),
    "upsert_records": _records("CREATE"),
    "delete_records": _records("DELETE"),
    "delete_record": _records("DELETE"),
    "deleted_records": _records("READ"),
    "search_records": (*_records("READ"), ("ZohoSearch.securesearch.READ",)),
    "count_records": (
        *_records("READ"),
        ("ZohoSearch.securesearch.READ",),
        ("ZohoCRM.settings.layouts.READ",),
    ),
    "coql": _only("ZohoCRM.coql.READ"),
    "list_related": _related("READ", "READ"),
    "create_related": _related("CREATE", "READ"),
    "get_related": _related("READ", "READ"),
    "deleted_related": _related("READ", "READ"),
    "link_related": (("ZohoCRM.modules.{relation}.UPDATE",),),
    "link_related_one": (("ZohoCRM.modules.{relation}.UPDATE",),),
    "unlink_related": (("ZohoCRM.modules.{relation}.DELETE",),),
    "unlink_related_one": (("ZohoCRM.modules.{relation}.DELETE",),),
    "count_related": _records("READ"),
    "convert_lead": _only("ZohoCRM.modules.leads.CREATE"),
    "conversion_options": _only("ZohoCRM.modules.leads.READ"),
    "mass_convert": _only("ZohoCRM.mass_convert.leads.CREATE"),
    "mass_convert_status": _only("ZohoCRM.mass_convert.leads.READ"),
    "clone_record": _records("CREATE"),
    "convert_order": _records("CREATE"),
    **_settings(
        "share.{module}",
        read="list_shares",
        create="create_shares",
        update="update_shares",
        delete="delete_shares",
    ),
    **_settings(
        "change_owner", create="change_owner change_owners mass_change_owner", read="mass_change_owner_status"
    ),
    **_settings("mass_update.{module}", update="mass_update", read="mass_update_status"),
    **_settings("mass_delete.{module}", delete="mass_delete", read="mass_delete_status"),
    "merge_records": (
        tuple(f"ZohoCRM.modules.{{module}}.{operation}" for operation in ("CREATE", "UPDATE")),
    ),
    "merge_status": _records("READ"),
    **_settings(
        "settings.recycle_bin",
        read="list_recycle_bin get_recycled count_recycle_bin",
        update="restore_recycled restore_recycle_bin empty_recycle_bin",
        delete="delete_recycled delete_recycle_bin",
    ),
    "list_attachments": _attached("READ", "READ"),
    "get_attachment": _attached("READ", "READ"),
    "upload_attachment": _attached("CREATE", "CREATE"),
    "delete_attachments": _attached("DELETE", "DELETE"),
    "delete_attachment": _attached("DELETE", "DELETE"),
    "get_photo": _records("READ"),
    "upload_photo": _records("CREATE"),
    "delete_photo": _records("DELETE"),
    "upload_files": _only("ZohoCRM.files.CREATE"),
    "get_file": _only("ZohoCRM.files.READ"),
    "get_timeline": _records("READ"),
    "fetch_full_data": _records("READ"),
    "fetch_full_record": _records("READ"),
    "get_blueprint": _records("READ"),
    "update_blueprint": _records("UPDATE"),
    "list_locks": _locks("READ"),
    "get_lock": _locks("READ"),
    "create_lock": _locks("CREATE"),
    "update_lock": _locks("UPDATE"),
    "delete_lock": _locks("DELETE"),
    "list_contact_roles": _only("ZohoCRM.modules.contacts.READ"),
    "get_contact_role": _only("ZohoCRM.modules.contacts.READ"),
    "create_contact_roles": _only("ZohoCRM.modules.contacts.CREATE"),
    "update_contact_roles": _only("ZohoCRM.modules.contacts.UPDATE"),
    "update_contact_role": _only("ZohoCRM.modules.contacts.UPDATE"),
    "delete_contact_roles": _only("ZohoCRM.modules.contacts.DELETE"),
    "delete_contact_role": _only("ZohoCRM.modules.contacts.DELETE"),
    "list_deal_roles": _deal_roles("READ"),
    "get_deal_role": _deal_roles("READ"),
    "put_deal_roles": _deal_roles("UPDATE"),
    "put_deal_role": _deal_roles("UPDATE"),
    "delete_deal_roles": _deal_roles("DELETE"),
    "delete_deal_role": _deal_roles("DELETE"),
    **_settings(
        "settings.tags",
        read="list_tags count_tag mass_delete_tags_status",
        create="create_tags merge_tag",
        update="update_tags update_tag",
        delete="delete_tag mass_delete_tags",
    ),
    "add_tags": _tagging("UPDATE", "CREATE"),
    "add_tags_to_record": _tagging("UPDATE", "CREATE"),
    "remove_tags": _tagging("UPDATE"),
    "remove_tags_from_record": _tagging("UPDATE"),
    "send_mail": (("ZohoCRM.send_mail.all.CREATE", "ZohoCRM.send_mail.{module}.CREATE"),),
    "list_emails": (*_records("READ"), ("ZohoCRM.modules.emails.READ",)),
    "get_email": (*_records("READ"), ("ZohoCRM.modules.emails.READ",)),
    "download_email_attachments": (*_records("READ"), ("ZohoCRM.modules.emails.READ",)),
    "list_from_addresses": _only("ZohoCRM.settings.emails.READ"),
    "list_email_templates": _only("ZohoCRM.templates.email.READ"),
    "get_email_template": _only("ZohoCRM.templates.email.READ"),
    "list_inventory_templates": _only("ZohoCRM.templates.inventory.READ"),
    "get_inventory_template": _only("ZohoCRM.templates.inventory.READ"),
    "list_drafts": _records("READ"),
    "get_draft": _records("READ"),
    "create_draft": _records("CREATE"),
    "update_draft": _records("UPDATE"),
    "delete_draft": _records("DELETE"),
    **_settings(
        "notifications",
        read="list_notifications",
        create="enable_notifications",
        update="replace_notifications change_notifications",
        delete="disable_notifications",
    ),
    "composite": _only("ZohoCRM.composite_requests.CUSTOM"),
    "create_bulk_read": _only("ZohoCRM.bulk.READ"),
    "get_bulk_read": _only("ZohoCRM.bulk.READ"),
    "download_bulk_read": _only("ZohoCRM.bulk.READ"),
    "create_bulk_write": _only("ZohoCRM.bulk.CREATE"),
    "get_bulk_write": _only("ZohoCRM.bulk.CREATE"),
    "download_bulk_write": _only("ZohoCRM.bulk.CREATE"),
    "upload_bulk_file": _only("ZohoFiles.files.ALL"),
    "list_modules": _only("ZohoCRM.settings.modules.READ"),
    "get_module": _only("ZohoCRM.settings.modules.READ"),
    "list_fields": _only("ZohoCRM.settings.fields.READ"),
    "get_field": _only("ZohoCRM.settings.fields.READ"),
    "create_fields": _only("ZohoCRM.settings.fields.CREATE"),
    "update_fields": _only("ZohoCRM.settings.fields.UPDATE"),
    "update_field": _only("ZohoCRM.settings.fields.UPDATE"),
    "delete_field": _only("ZohoCRM.settings.fields.DELETE"),
    "create_modules": _only("ZohoCRM.settings.modules.CREATE"),
    "update_modules": _only("ZohoCRM.settings.modules.UPDATE"),
    "update_module": _only("ZohoCRM.settings.modules.UPDATE"),
    "list_choices": _only("ZohoCRM.settings.fields.READ"),
    **_settings(
        "settings.layouts",
        read="list_layouts get_layout",
        create="activate_layout",
        update="update_layout",
        delete="delete_layout deactivate_layout",
    ),
    **_settings(
        "settings.global_picklist",
        read="list_global_picklists get_global_picklist list_replaced_values list_picklist_fields",
        create="create_global_picklist",
        update="update_global_picklist",
        delete="delete_global_picklist",
        all="replace_picklist_values list_picklist_uses",
    ),
    **_settings(
        "settings.map_dependency",
        read="list_map_dependencies get_map_dependency",
        create="create_map_dependency",
        update="update_map_dependency",
        delete="delete_map_dependency",
    ),
    **_settings(
        "settings.duplicate_check_preference",
        read="get_duplicate_check",
        create="create_duplicate_check",
        update="update_duplicate_check",
        delete="delete_duplicate_check",
    ),
    **_settings(
        "settings.record_locking_configurations",
        read="list_locking_configurations get_locking_configuration",
        create="create_locking_configuration",
        update="update_locking_configurations update_locking_configuration",
        delete="delete_locking_configurations delete_locking_configuration",
    ),
    "get_call_preferences": _only("ZohoCRM.settings.modules.READ"),
    "update_call_preferences": _only("ZohoCRM.settings.modules.UPDATE"),
    **_settings("settings.cadences", read="list_cadences"),
    **_settings("settings.clientportal", read="list_portals get_portal"),
    **_settings("settings.unsubscribe", read="list_unsubscribe_links get_unsubscribe_link"),
    **_settings("settings.wizards", read="list_wizards"),
    **_settings(
        "settings.pipeline",
        read="list_pipelines get_pipeline",
        create="create_pipeline transfer_pipeline",
        update="update_pipelines update_pipeline patch_pipelines patch_pipeline",
    ),
    **_settings("apis", read="list_apis"),
    **_settings("features", read="list_features get_feature"),
    **_settings(
        "settings.custom_views",
        read="list_custom_views get_custom_view",
        update="sort_custom_views sort_custom_view",
    ),
    **_settings("settings.related_lists", read="list_related_lists get_related_list"),
    **_settings(
        "settings.roles",
        read="list_roles get_role",
        create="create_roles",
        update="update_roles update_role",
        delete="delete_role",
    ),
    **_settings(
        "settings.profiles",
        read="list_profiles get_profile",
        create="clone_profile",
        update="update_profile",
        delete="delete_profile",
    ),
    **_settings(
        "settings.user_groups",
        read="list_user_groups get_user_group list_group_sources count_group_sources list_group_associations"
        " count_group_users list_groups_of_user",
        create="create_user_group",
        update="update_user_group",
        delete="delete_user_group",
    ),
    **_settings(
        "users",
        read="list_users get_user count_users",
        create="create_user transfer_and_delete transfer_and_delete_user",
        update="update_user update_users",
        delete="delete_user",
    ),
    **_settings("change_owner", read="transfer_status validate_transfer", create="transfer_user"),
    "transfer_and_delete_status": (("ZohoCRM.users.DELETE",), ("ZohoCRM.users.READ",)),
    **_settings("org", read="get_org get_org_photo", create="upload_org_photo", delete="delete_org_photo"),
    **_settings(
        "settings.currencies",
        read="list_currencies get_currency",
        create="create_currencies enable_currencies",
        update="update_currencies update_currency update_base_currency",
    ),
    **_settings("settings.assignment_rules", read="list_assignment_rules get_assignment_rule"),
    **_settings(
        "settings.automation_actions",
        read="list_field_updates get_field_update list_webhooks get_webhook list_webhook_modules"
        " list_webhook_failures report_webhook_usage list_automation_tasks get_automation_task",
        create="create_field_updates create_webhooks create_automation_tasks",
        update="update_field_update update_webhooks update_webhook update_automation_task",
        delete="delete_field_updates delete_field_update delete_webhooks delete_webhook"
        " delete_automation_tasks delete_automation_task",
    ),
    **_settings(
        "settings.scoring_rules",
        read="list_scoring_rules get_scoring_rule",
        create="create_scoring_rules clone_scoring_rule",
        update="update_scoring_rules update_scoring_rule activate_scoring_rule deactivate_scoring_rule",
        delete="delete_scoring_rules delete_scoring_rule",
    ),
    **dict.fromkeys(
        ("list_entity_scores", "get_entity_scores"),
        (("ZohoCRM.modules.entity_scores.READ", "ZohoCRM.settings.modules.READ"),),
    ),
    **_settings(
        "settings.workflow_rules",
        read="list_workflow_rules get_workflow_rule count_workflow_actions count_rules_of_modules"
        " count_workflow_rules workflow_rule_usage",
        create="create_workflow_rules",
        update="update_workflow_rules update_workflow_rule reorder_workflow_rules",
        delete="delete_workflow_rules delete_workflow_rule",
    ),
    **_settings("settings.fiscal_year", read="get_fiscal_year", update="update_fiscal_year"),
    **_settings(
        "settings.business_hours",
        read="get_business_hours list_shift_hours get_shift_hour list_holidays get_holiday",
        create="create_business_hours create_shift_hours create_holidays",
        update="update_business_hours update_shift_hours update_shift_hour update_holidays update_holiday",
        delete="delete_shift_hour delete_holiday",
    ),
    **_settings(
        "settings.territories",
        read="list_territories get_territory list_child_territories count_territory_users",
        create="create_territories",
        update="update_territories update_territory",
        delete="delete_territories delete_territory transfer_territories transfer_territory",
    ),
    **_members("READ", "list_territory_users get_territory_user list_user_territories get_user_territory"),
    **_members("ALL", "add_territory_users add_territory_user remove_territory_users remove_territory_user"),
    **_members("UPDATE", "add_user_territories"),
    **_members("DELETE", "remove_user_territories remove_user_territory"),
    "assign_territories": _records("UPDATE"),
    "assign_territories_one": _records("UPDATE"),
    "remove_territories": _records("UPDATE"),
    "remove_territories_one": _records("UPDATE"),
    **_settings(
        "settings.variables",
        read="list_variables get_variable",
        create="create_variables",
        update="update_variables update_variable",
        delete="delete_variables delete_variable",
    ),
    **_settings(
        "settings.variable_groups",
        read="list_variable_groups get_variable_group",
        update="update_variable_groups update_variable_group",
    ),
}
"""Route name to what it demands before the body is read. `{module}` is the one in the path, `{relation}` the related list's
(Notes and Attachments have scopes of their own). What only a body names, such as COQL's base module, the route itself
demands."""
