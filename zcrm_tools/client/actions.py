"""Every action as a method of both clients, one line each: they share these lines, and each gets its own exact type.

The default set is loaded with the client; the others when they are first asked for, as sixty models take half a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zcrm_tools.actions import registry
from zcrm_tools.actions.catalogue.add_note import add_note
from zcrm_tools.actions.catalogue.convert_lead import convert_lead
from zcrm_tools.actions.catalogue.create_lead import create_lead
from zcrm_tools.actions.catalogue.create_records import create_records
from zcrm_tools.actions.catalogue.create_task import create_task
from zcrm_tools.actions.catalogue.describe_module import describe_module
from zcrm_tools.actions.catalogue.get_connection import get_connection
from zcrm_tools.actions.catalogue.get_record import get_record
from zcrm_tools.actions.catalogue.list_changes import list_changes
from zcrm_tools.actions.catalogue.run_coql import run_coql
from zcrm_tools.actions.catalogue.search_leads import search_leads
from zcrm_tools.actions.catalogue.search_records import search_records
from zcrm_tools.actions.catalogue.summarize_pipeline import summarize_pipeline
from zcrm_tools.actions.catalogue.undo_change import undo_change
from zcrm_tools.actions.catalogue.update_deal_stage import update_deal_stage
from zcrm_tools.actions.catalogue.update_records import update_records
from zcrm_tools.coql.spelling import nearest

if TYPE_CHECKING:
    from zcrm_tools.actions.catalogue.attach_file import attach_file
    from zcrm_tools.actions.catalogue.call_api import call_api
    from zcrm_tools.actions.catalogue.change_owner import change_owner
    from zcrm_tools.actions.catalogue.change_tags import change_tags
    from zcrm_tools.actions.catalogue.clone_record import clone_record
    from zcrm_tools.actions.catalogue.complete_task import complete_task
    from zcrm_tools.actions.catalogue.create_bulk_read import create_bulk_read
    from zcrm_tools.actions.catalogue.create_event import create_event
    from zcrm_tools.actions.catalogue.create_field import create_field
    from zcrm_tools.actions.catalogue.create_module import create_module
    from zcrm_tools.actions.catalogue.delete_attachment import delete_attachment
    from zcrm_tools.actions.catalogue.delete_note import delete_note
    from zcrm_tools.actions.catalogue.delete_records import delete_records
    from zcrm_tools.actions.catalogue.find_duplicates import find_duplicates
    from zcrm_tools.actions.catalogue.get_blueprint import get_blueprint
    from zcrm_tools.actions.catalogue.get_bulk_read import get_bulk_read
    from zcrm_tools.actions.catalogue.get_email import get_email
    from zcrm_tools.actions.catalogue.get_org import get_org
    from zcrm_tools.actions.catalogue.link_records import link_records
    from zcrm_tools.actions.catalogue.list_activities import list_activities
    from zcrm_tools.actions.catalogue.list_attachments import list_attachments
    from zcrm_tools.actions.catalogue.list_custom_views import list_custom_views
    from zcrm_tools.actions.catalogue.list_deleted import list_deleted
    from zcrm_tools.actions.catalogue.list_emails import list_emails
    from zcrm_tools.actions.catalogue.list_endpoints import list_endpoints
    from zcrm_tools.actions.catalogue.list_from_addresses import list_from_addresses
    from zcrm_tools.actions.catalogue.list_layouts import list_layouts
    from zcrm_tools.actions.catalogue.list_modules import list_modules
    from zcrm_tools.actions.catalogue.list_notes import list_notes
    from zcrm_tools.actions.catalogue.list_pipelines import list_pipelines
    from zcrm_tools.actions.catalogue.list_profiles import list_profiles
    from zcrm_tools.actions.catalogue.list_records import list_records
    from zcrm_tools.actions.catalogue.list_related_lists import list_related_lists
    from zcrm_tools.actions.catalogue.list_roles import list_roles
    from zcrm_tools.actions.catalogue.list_tags import list_tags
    from zcrm_tools.actions.catalogue.list_users import list_users
    from zcrm_tools.actions.catalogue.list_workflow_rules import list_workflow_rules
    from zcrm_tools.actions.catalogue.log_call import log_call
    from zcrm_tools.actions.catalogue.mass_update import mass_update
    from zcrm_tools.actions.catalogue.merge_records import merge_records
    from zcrm_tools.actions.catalogue.read_api import read_api
    from zcrm_tools.actions.catalogue.read_attachment import read_attachment
    from zcrm_tools.actions.catalogue.restore_records import restore_records
    from zcrm_tools.actions.catalogue.send_email import send_email
    from zcrm_tools.actions.catalogue.take_transition import take_transition
    from zcrm_tools.actions.catalogue.update_note import update_note
    from zcrm_tools.actions.catalogue.upsert_records import upsert_records


class Actions:
    get_connection = get_connection
    describe_module = describe_module
    search_leads = search_leads
    search_records = search_records
    get_record = get_record
    run_coql = run_coql
    summarize_pipeline = summarize_pipeline
    list_changes = list_changes
    create_lead = create_lead
    create_records = create_records
    update_records = update_records
    update_deal_stage = update_deal_stage
    convert_lead = convert_lead
    add_note = add_note
    create_task = create_task
    undo_change = undo_change

    if TYPE_CHECKING:
        list_records = list_records
        list_deleted = list_deleted
        find_duplicates = find_duplicates
        upsert_records = upsert_records
        clone_record = clone_record
        merge_records = merge_records
        link_records = link_records
        delete_records = delete_records
        restore_records = restore_records
        list_activities = list_activities
        create_event = create_event
        log_call = log_call
        complete_task = complete_task
        list_notes = list_notes
        update_note = update_note
        delete_note = delete_note
        list_attachments = list_attachments
        read_attachment = read_attachment
        attach_file = attach_file
        delete_attachment = delete_attachment
        create_bulk_read = create_bulk_read
        get_bulk_read = get_bulk_read
        list_modules = list_modules
        list_layouts = list_layouts
        list_pipelines = list_pipelines
        list_custom_views = list_custom_views
        list_related_lists = list_related_lists
        get_org = get_org
        list_users = list_users
        list_roles = list_roles
        list_profiles = list_profiles
        get_blueprint = get_blueprint
        take_transition = take_transition
        list_tags = list_tags
        change_tags = change_tags
        change_owner = change_owner
        mass_update = mass_update
        list_workflow_rules = list_workflow_rules
        list_emails = list_emails
        get_email = get_email
        list_from_addresses = list_from_addresses
        send_email = send_email
        create_field = create_field
        create_module = create_module
        list_endpoints = list_endpoints
        read_api = read_api
        call_api = call_api

    else:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name not in registry.all_names():
                near = nearest(name, (known for known in dir(self) if known[0] != "_"))
                hint = f". Did you mean {near}?" if near and name[0] != "_" else ""
                raise AttributeError(
                    f"{type(self).__name__!r} has no attribute {name!r}{hint}", name=name, obj=self
                )
            return registry.action(name).__get__(self, type(self))

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *registry.all_names()})
