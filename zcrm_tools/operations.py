"""The rest of Zoho's calls that the Python face makes, in the form of `endpoints`.

They are kept apart because a first sign-in asks for the scopes of `endpoints` alone: what is here is asked for by those
who use it. `find` is how the guarded pass-through learns what a path means.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from zcrm_tools.endpoints import ENDPOINTS, VERSIONS, Effect, Endpoint

_BULK: Literal["crm/bulk/"] = "crm/bulk/"
_Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
_MODULE = "ZohoCRM.modules.{module}."


def _call(
    name: str,
    method: _Method,
    path: str,
    page: str,
    *needs: str,
    credits: int = 1,
    effect: Effect | None = None,
    base: Literal["crm/", "crm/bulk/", ""] = "crm/",
    upload: bool = False,
) -> Endpoint:
    """`needs` are scopes without their service where that is ZohoCRM; alternatives are separated by |."""
    clauses = tuple(tuple(_scope(one) for one in need.split("|")) for need in needs)
    usual: dict[str, Effect] = {"GET": "read", "POST": "create", "DELETE": "delete"}
    return Endpoint(
        name,
        method,
        path,
        clauses,
        effect or usual.get(method, "update"),
        f"{page}.html",
        credits,
        base=base,
        upload=upload,
    )


def _scope(text: str) -> str:
    return text if text.startswith("Zoho") else f"ZohoCRM.{text}"


def _module(operation: str) -> str:
    return f"{_MODULE}{operation}"


_READ, _CREATE, _UPDATE, _DELETE = map(_module, ("READ", "CREATE", "UPDATE", "DELETE"))

# --- records
DELETED_RECORDS = _call("deleted_records", "GET", "{module}/deleted", "get-deleted-records", _READ)
COUNT_RECORDS = _call(
    "count_records", "GET", "{module}/actions/count", "get-record-count",
    _READ, "ZohoSearch.securesearch.READ", "settings.layouts.READ", credits=50,
)  # fmt: skip
CLONE_RECORD = _call("clone_record", "POST", "{module}/{id}/actions/clone", "record-clone", _CREATE)
MASS_UPDATE = _call("mass_update", "POST", "{module}/actions/mass_update", "mass-update-records", "mass_update.{module}.UPDATE", effect="update")  # fmt: skip
MASS_UPDATE_STATUS = _call("mass_update_status", "GET", "{module}/actions/mass_update", "mass-update-records", "mass_update.{module}.READ")  # fmt: skip
CHANGE_OWNER = _call("change_owner", "POST", "{module}/actions/change_owner", "change-owner", "change_owner.CREATE", effect="update")  # fmt: skip
CONVERT_LEAD = _call("convert_lead", "POST", "Leads/{id}/actions/convert", "convert-lead", "modules.leads.CREATE", credits=5)  # fmt: skip
CONVERSION_OPTIONS = _call("conversion_options", "GET", "Leads/{id}/__conversion_options", "lead-conversion-options", "modules.leads.READ")  # fmt: skip
GET_BLUEPRINT = _call("get_blueprint", "GET", "{module}/{id}/actions/blueprint", "blueprint-details", _READ)
UPDATE_BLUEPRINT = _call("update_blueprint", "PUT", "{module}/{id}/actions/blueprint", "update-blueprint", _UPDATE)  # fmt: skip
GET_TIMELINE = _call("get_timeline", "GET", "{module}/{id}/__timeline", "timeline-of-a-record", _READ)

MERGE_RECORDS = _call("merge_records", "POST", "{module}/{id}/actions/merge", "merge-records", f"{_CREATE}|{_UPDATE}", credits=50, effect="update")  # fmt: skip

# --- what hangs on a record
GET_RELATED = _call("get_related", "GET", "{module}/{id}/{related}/{to}", "get-related-records", _READ)
LINK_RELATED = _call("link_related", "PUT", "{module}/{id}/{related}", "update-related-records", "modules.{module}.UPDATE")  # fmt: skip
UNLINK_RELATED = _call("unlink_related", "DELETE", "{module}/{id}/{related}", "delink-related-records", "modules.{module}.DELETE")  # fmt: skip
UPDATE_NOTE = _call("update_note", "PUT", "Notes/{id}", "update-notes", "modules.notes.UPDATE")
DELETE_NOTE = _call("delete_note", "DELETE", "Notes/{id}", "delete-notes", "modules.notes.DELETE")
ADD_TAGS = _call("add_tags", "POST", "{module}/actions/add_tags", "add-tags", _UPDATE, effect="update")
REMOVE_TAGS = _call("remove_tags", "POST", "{module}/actions/remove_tags", "remove-tags", _UPDATE, effect="update")  # fmt: skip
LIST_TAGS = _call("list_tags", "GET", "settings/tags", "get-tag-list", "settings.tags.READ")
CREATE_TAGS = _call("create_tags", "POST", "settings/tags", "create-tag", "settings.tags.CREATE")
LIST_ATTACHMENTS = _call("list_attachments", "GET", "{module}/{id}/Attachments", "get-attachments", _READ, "modules.attachments.READ")  # fmt: skip
UPLOAD_ATTACHMENT = _call("upload_attachment", "POST", "{module}/{id}/Attachments", "upload-attachment", _CREATE, "modules.attachments.CREATE")  # fmt: skip
GET_ATTACHMENT = _call("get_attachment", "GET", "{module}/{id}/Attachments/{attachment}", "download-attachments", _READ, "modules.attachments.READ")  # fmt: skip
DELETE_ATTACHMENT = _call("delete_attachment", "DELETE", "{module}/{id}/Attachments/{attachment}", "delete-attachments", _DELETE, "modules.attachments.DELETE")  # fmt: skip
GET_PHOTO = _call("get_photo", "GET", "{module}/{id}/photo", "download-image", _READ)
UPLOAD_PHOTO = _call("upload_photo", "POST", "{module}/{id}/photo", "upload-image", _CREATE, effect="update")
DELETE_PHOTO = _call("delete_photo", "DELETE", "{module}/{id}/photo", "delete-image", _DELETE)
UPLOAD_FILES = _call("upload_files", "POST", "files", "upload-files-to-zfs", "files.CREATE")
GET_FILE = _call("get_file", "GET", "files", "download-files-from-zfs", "files.READ")
SEND_MAIL = _call("send_mail", "POST", "{module}/{id}/actions/send_mail", "send-mail", "send_mail.{module}.CREATE|send_mail.all.CREATE", credits=20, effect="send")  # fmt: skip
LIST_EMAILS = _call("list_emails", "GET", "{module}/{id}/Emails", "get-email-rel-list", _READ, "modules.emails.READ")  # fmt: skip
GET_EMAIL = _call("get_email", "GET", "{module}/{id}/Emails/{message}", "get-email-rel-list", _READ, "modules.emails.READ")  # fmt: skip
LIST_FROM_ADDRESSES = _call("list_from_addresses", "GET", "settings/emails/actions/from_addresses", "get-from-address", "settings.emails.READ")  # fmt: skip

# --- the org
GET_USER = _call("get_user", "GET", "users/{user}", "get-users", "users.READ")
LIST_ROLES = _call("list_roles", "GET", "settings/roles", "get-roles", "settings.roles.READ")
LIST_PROFILES = _call("list_profiles", "GET", "settings/profiles", "get-profiles", "settings.profiles.READ")
LIST_CURRENCIES = _call("list_currencies", "GET", "org/currencies", "get-currencies-data", "settings.currencies.READ")  # fmt: skip
LIST_WORKFLOW_RULES = _call("list_workflow_rules", "GET", "settings/automation/workflow_rules", "workflow-rules", "settings.workflow_rules.READ")  # fmt: skip
LIST_CUSTOM_VIEWS = _call("list_custom_views", "GET", "settings/custom_views", "custom-view-meta", "settings.custom_views.READ")  # fmt: skip
CREATE_FIELDS = _call(
    "create_fields", "POST", "settings/fields", "create-custom-field", "settings.fields.CREATE"
)
CREATE_MODULES = _call("create_modules", "POST", "settings/modules", "create-modules", "settings.modules.CREATE")  # fmt: skip
LIST_RECYCLED = _call("list_recycle_bin", "GET", "settings/recycle_bin", "get-recycle-bin", "settings.recycle_bin.READ")  # fmt: skip
GET_RECYCLED = _call("get_recycled", "GET", "settings/recycle_bin/{id}", "get-recycle-bin", "settings.recycle_bin.READ")  # fmt: skip
RESTORE_RECYCLED = _call("restore_recycle_bin", "POST", "settings/recycle_bin/actions/restore", "restore-recycle-bin-records", "settings.recycle_bin.UPDATE", effect="update")  # fmt: skip
DELETE_RECYCLED = _call("delete_recycle_bin", "DELETE", "settings/recycle_bin", "delete-recycle-bin-records", "settings.recycle_bin.DELETE")  # fmt: skip

# --- jobs, channels, several calls at once
CREATE_BULK_READ = _call("create_bulk_read", "POST", "read", "bulk-read/create-job", "bulk.READ", _READ, credits=50, effect="read", base=_BULK)  # fmt: skip
GET_BULK_READ = _call(
    "get_bulk_read", "GET", "read/{job}", "bulk-read/get-job-details", "bulk.READ", base=_BULK
)
DOWNLOAD_BULK_READ = _call("download_bulk_read", "GET", "read/{job}/result", "bulk-read/download-result", "bulk.READ", base=_BULK)  # fmt: skip
UPLOAD_BULK_FILE = _call(
    "upload_bulk_file", "POST", "upload", "bulk-write/upload-file", "ZohoFiles.files.ALL", upload=True
)
CREATE_BULK_WRITE = _call("create_bulk_write", "POST", "write", "bulk-write/create-job", "bulk.CREATE", _CREATE, credits=500, base=_BULK)  # fmt: skip
GET_BULK_WRITE = _call(
    "get_bulk_write", "GET", "write/{job}", "bulk-write/get-job-details", "bulk.CREATE", base=_BULK
)
DOWNLOAD_BULK_WRITE = _call("download_bulk_write", "GET", "crm/{org}/bulk-write/{job}/{file}", "bulk-write/download-result", "bulk.CREATE", base="")  # fmt: skip
COMPOSITE = _call("composite", "POST", "__composite_requests", "composite-api", "composite_requests.CUSTOM", effect="update")  # fmt: skip
LIST_CHANNELS = _call("list_notifications", "GET", "actions/watch", "notifications/get-details", "notifications.READ")  # fmt: skip
ENABLE_CHANNELS = _call("enable_notifications", "POST", "actions/watch", "notifications/enable", "notifications.CREATE")  # fmt: skip
REPLACE_CHANNELS = _call("replace_notifications", "PUT", "actions/watch", "notifications/update-details", "notifications.UPDATE")  # fmt: skip
CHANGE_CHANNELS = _call("change_notifications", "PATCH", "actions/watch", "notifications/update-info", "notifications.UPDATE")  # fmt: skip
DISABLE_CHANNELS = _call("disable_notifications", "DELETE", "actions/watch", "notifications/disable", "notifications.DELETE")  # fmt: skip

OPERATIONS: dict[str, Endpoint] = {e.name: e for e in tuple(globals().values()) if isinstance(e, Endpoint)}
"""Everything above, by name."""


def find(method: str, path: str) -> tuple[Endpoint, str] | None:
    """The call that a path such as `/crm/v8/Leads/1` means, with its module; None when the tables do not have it."""
    for endpoint, pattern in _patterns():
        found = pattern.fullmatch(path) if endpoint.method == method else None
        if found:
            return endpoint, found.groupdict().get("module") or ""
    return None


@cache
def _patterns() -> tuple[tuple[Endpoint, re.Pattern[str]], ...]:
    """Those with more fixed parts first, as `Leads/search` is no record called search."""
    every = [*ENDPOINTS.values(), *OPERATIONS.values()]
    every.sort(key=lambda e: sum(part.startswith("{") for part in e.path.split("/")))
    return tuple((endpoint, _pattern(endpoint)) for endpoint in every)


_PARTS = {
    "module": r"(?!(?:settings|users|org|files|actions|contacts|coql|upload|__\w+)(?:/|$))\w+",
    "id": r"\d+",
    "related": r"\w+",
}


def _pattern(endpoint: Endpoint) -> re.Pattern[str]:
    versions = "|".join(map(re.escape, VERSIONS))
    parts = (
        f"(?P<{part[1:-1]}>{_PARTS.get(part[1:-1], '[^/]+')})" if part.startswith("{") else re.escape(part)
        for part in endpoint.path.split("/")
    )
    return re.compile(f"/{endpoint.base}(?:{versions})/{'/'.join(parts)}")
