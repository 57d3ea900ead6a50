"""Whatever another Zoho CRM tool for assistants can do can be done here: by an action, or by a call of the passthrough.

The names on the left are the peers' own tools; what they do was read in their sources and documents.
"""

from __future__ import annotations

from zcrm_tools.actions import registry, zoho_v8

ACTIONS = {
    "Zoho's own hosted servers": {
        "getRecords": "list_records", "getRecord": "get_record", "getRecordCount": "run_coql", "searchRecords": "search_records",
        "createRecords": "create_records", "updateRecords": "update_records", "upsertRecords": "upsert_records",
        "deleteRecords": "delete_records", "massUpdateRecords": "mass_update", "getRelatedRecords": "get_record",
        "executeCOQLQuery": "run_coql", "getModules": "list_modules", "getModuleByApiName": "describe_module",
        "getFields": "describe_module", "getLayouts": "list_layouts", "createFields": "create_field",
        "getOrganization": "get_org", "getWorkflowRules": "list_workflow_rules",
    },
    "zoho-crm-mcp-server": {"get_leads": "search_leads", "get_contacts": "list_records", "get_deals": "list_records", "create_lead": "create_lead", "search_records": "search_records"},
    "zoho-crm-mcp": {"get_contact_by_email": "search_records", "create_contact": "create_records", "get_deal_by_name": "search_records", "create_deal": "create_records", "update_contact": "update_records", "list_open_deals": "summarize_pipeline", "get_user_info": "get_connection"},
    "LokiMCPUniverse": {"list_records": "list_records", "get_record": "get_record", "delete_record": "delete_records", "get_module": "describe_module", "list_users": "list_users", "coql_query": "run_coql", "list_related_records": "get_record"},
    "hemichaeli": {
        "deleted": "list_deleted", "bulk read": "create_bulk_read", "bulk read status": "get_bulk_read", "custom views": "list_custom_views",
        "related lists": "list_related_lists", "currencies": "get_org", "profiles": "list_profiles", "roles": "list_roles",
        "pipelines": "list_pipelines", "timeline": "get_record", "blueprint": "get_blueprint", "blueprint update": "take_transition",
        "activities": "list_activities", "convert lead": "convert_lead", "change owner": "change_owner", "send email": "send_email",
        "tags": "change_tags", "notes": "add_note", "attachments": "attach_file",
    },
    "arushk1/zoho-cli": {"clone": "clone_record", "merge": "merge_records", "query": "run_coql", "notes": "list_notes", "note update": "update_note", "note delete": "delete_note", "attachments": "list_attachments", "attachment get": "read_attachment", "attachment delete": "delete_attachment", "email list": "list_emails", "fields": "describe_module"},
    "Workato, Paragon, Composio": {"upsert_record": "upsert_records", "bulk_update_records_by_id": "update_records", "list_related_records": "get_record", "WRITE_COQL_QUERY": "run_coql", "convert lead": "convert_lead", "describe fields": "describe_module"},
    "HubSpot": {"get_user_details": "get_connection", "get_organization_details": "get_org", "discover_schema": "describe_module", "search_crm_objects": "search_records", "query_crm_data": "run_coql", "manage_crm_objects": "create_records"},
    "table stakes": {"restore": "restore_records", "log a call": "log_call", "meeting": "create_event", "task": "create_task", "task done": "complete_task", "link": "link_records", "undo": "undo_change", "journal": "list_changes", "module": "create_module"},
}  # fmt: skip

CALLS = {
    "hemichaeli": {
        "territories": ("GET", "/crm/v8/settings/territories"), "scoring": ("GET", "/crm/v8/settings/automation/scoring_rules"),
        "assignment": ("GET", "/crm/v8/settings/automation/assignment_rules"), "wizards": ("GET", "/crm/v8/settings/wizards"),
        "photo": ("GET", "/crm/v8/{module}/{record}/photo"), "workflow rules": ("POST", "/crm/v8/settings/automation/workflow_rules"),
        "notifications": ("POST", "/crm/v8/actions/watch"), "composite": ("POST", "/crm/v8/__composite_requests"),
        "users": ("POST", "/crm/v8/users"), "bulk write": ("POST", "/crm/bulk/v8/write"),
    },
    "Zoho's own hosted servers": {
        "updateField": ("PATCH", "/crm/v8/settings/fields/{fieldId}"), "updateLayout": ("PATCH", "/crm/v8/settings/layouts/{id}"),
        "getWorkflowConfigurations": ("GET", "/crm/v8/workflow_configurations"), "createFieldUpdates": ("POST", "/crm/v8/settings/automation/field_updates"),
        "webhooks": ("POST", "/crm/v8/settings/automation/webhooks"),
    },
    "arushk1/zoho-cli": {"mass-delete": ("POST", "/crm/v8/{module}/actions/mass_delete"), "count": ("GET", "/crm/v8/{module}/actions/count")},
    "official SDK": {"record locking": ("POST", "/crm/v8/{moduleName}/{recordId}/Locking_Information__s"), "audit log": ("POST", "/crm/v8/settings/audit_log_export"), "email templates": ("GET", "/crm/v8/settings/email_templates"), "business hours": ("GET", "/crm/v8/settings/business_hours"), "variables": ("GET", "/crm/v8/settings/variables")},
}  # fmt: skip


def test_every_tool_of_a_peer_has_an_action_that_does_it():
    wanted = {ours for tools in ACTIONS.values() for ours in tools.values()}
    assert wanted <= set(registry.all_names())


def test_the_rest_of_what_peers_do_is_in_the_passthroughs_table():
    known = {(row.method, _bare(row.path)) for row in zoho_v8.rows()}
    absent = {
        (peer, tool): call
        for peer, tools in CALLS.items()
        for tool, call in tools.items()
        if (call[0], _bare(call[1])) not in known
    }
    assert absent == {}


def _bare(path: str) -> str:
    """Without the names of its variable parts."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))
