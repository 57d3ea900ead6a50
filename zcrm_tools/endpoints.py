"""One table: every call this library makes, with method, path, scopes, price, batch limit and Zoho's page.

Scopes are checked by hand against the documentation pages and not taken from the official OpenAPI, whose lists are
wrong in many places. `{module}` in a scope is Zoho's scope name of the module the call is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import Literal

from zcrm_tools import scopes
from zcrm_tools.scopes import Need

Effect = Literal["read", "create", "update", "delete", "send"]
Toolset = Literal["core", "records", "activities", "notes_files", "bulk", "metadata", "users", "automation", "email", "admin", "passthrough"]  # fmt: skip

API_VERSION = "v8"
VERSIONS = ("v2", "v2.1", "v3", "v4", "v5", "v6", "v7", "v8")
_DOCS = "https://www.zoho.com/crm/developer/docs/api/v8/"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call. `path` follows `/crm/v8/`, or `/crm/bulk/v8/`; `credits` is per call, or per started ten rows where
    there is a `batch` limit. `upload` calls go to the data centre's upload host.
    """

    name: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    needs: tuple[tuple[str, ...], ...]
    effect: Effect
    page: str
    credits: int = 1
    batch: int = 0
    base: Literal["crm/", "crm/bulk/", ""] = "crm/"
    upload: bool = False

    def url(self, *, version: str = API_VERSION, **parts: str) -> str:
        """The path with its parts filled in. ValueError for a part that is left out or would leave the path."""
        if version not in VERSIONS:
            raise ValueError(
                f"{version!r} is not a version of the API ({', '.join(VERSIONS)}) to call {self.path} in"
            )
        for name, value in parts.items():
            if not value.isprintable() or any(c in value for c in " /?#%\\") or value in ("", ".", ".."):
                raise ValueError(f"{value!r} cannot be the {name} in {self.path}")
        absent = [name for _, name, _, _ in Formatter().parse(self.path) if name and name not in parts]
        if absent:
            raise ValueError(f"{self.name} needs {' and '.join(absent)} for {self.path}")
        return f"/{self.base}{version}/{self.path.format(**parts)}"

    def scopes(self, module: str = "") -> tuple[Need, ...]:
        """What the call needs, for one module."""
        name = scopes.module_scope_name(module) if module else "custom"
        return tuple(tuple(scopes.scope(f"{s.format(module=name)}") for s in need) for need in self.needs)

    @property
    def documentation(self) -> str:
        return _DOCS + self.page


def _records(operation: str) -> tuple[str, ...]:
    return (f"ZohoCRM.modules.{{module}}.{operation}",)


_SEARCH = ("ZohoSearch.securesearch.READ",)
_COQL = ("ZohoCRM.coql.READ",)
_NOTES = "ZohoCRM.modules.notes."


def _setting(name: str) -> tuple[str, ...]:
    return (f"ZohoCRM.settings.{name}.READ",)


LIST_RECORDS = Endpoint("list_records", "GET", "{module}", (_records("READ"),), "read", "get-records.html")
GET_RECORD = Endpoint("get_record", "GET", "{module}/{id}", (_records("READ"),), "read", "get-records.html")
CREATE_RECORDS = Endpoint(
    "create_records", "POST", "{module}", (_records("CREATE"),), "create", "insert-records.html", batch=100
)
UPDATE_RECORDS = Endpoint(
    "update_records", "PUT", "{module}", (_records("UPDATE"),), "update", "update-records.html", batch=100
)
# CREATE alone lets an upsert change existing rows, so we ask for both: https://www.zoho.com/crm/developer/docs/api/v8/upsert-records.html
UPSERT_RECORDS = Endpoint(
    "upsert_records",
    "POST",
    "{module}/upsert",
    (_records("CREATE"), _records("UPDATE")),
    "update",
    "upsert-records.html",
    batch=100,
)
DELETE_RECORDS = Endpoint(
    "delete_records", "DELETE", "{module}", (_records("DELETE"),), "delete", "delete-records.html", batch=100
)
SEARCH_RECORDS = Endpoint(
    "search_records", "GET", "{module}/search", (_records("READ"), _SEARCH), "read", "search-records.html"
)
COQL = Endpoint(
    "coql", "POST", "coql", (_COQL, _records("READ")), "read", "Get-Records-through-COQL-Query.html"
)
LIST_RELATED = Endpoint(
    "list_related", "GET", "{module}/{id}/{related}", (_records("READ"),), "read", "get-related-records.html"
)
LIST_NOTES = Endpoint(
    "list_notes",
    "GET",
    "{module}/{id}/Notes",
    (_records("READ"), (_NOTES + "READ",)),
    "read",
    "get-notes.html",
)
CREATE_NOTE = Endpoint(
    "create_note",
    "POST",
    "{module}/{id}/Notes",
    (_records("READ"), (_NOTES + "CREATE",)),
    "create",
    "create-notes.html",
    batch=100,
)
LIST_MODULES = Endpoint(
    "list_modules", "GET", "settings/modules", (_setting("modules"),), "read", "modules-api.html"
)
LIST_FIELDS = Endpoint(
    "list_fields", "GET", "settings/fields", (_setting("fields"),), "read", "field-meta.html"
)
LIST_LAYOUTS = Endpoint(
    "list_layouts", "GET", "settings/layouts", (_setting("layouts"),), "read", "layouts-meta.html"
)
LIST_RELATED_LISTS = Endpoint(
    "list_related_lists",
    "GET",
    "settings/related_lists",
    (_setting("related_lists"),),
    "read",
    "related-list-meta.html",
)
LIST_PIPELINES = Endpoint(
    "list_pipelines", "GET", "settings/pipeline", (_setting("pipeline"),), "read", "get-pipelines.html"
)
LIST_USERS = Endpoint("list_users", "GET", "users", (("ZohoCRM.users.READ",),), "read", "get-users.html")
GET_ORG = Endpoint("get_org", "GET", "org", (("ZohoCRM.org.READ",),), "read", "get-org-data.html")
GET_FISCAL_YEAR = Endpoint(
    "get_fiscal_year",
    "GET",
    "settings/fiscal_year",
    (_setting("fiscal_year"),),
    "read",
    "get-fiscal-year.html",
)

ENDPOINTS: dict[str, Endpoint] = {
    e.name: e
    for e in (
        LIST_RECORDS,
        GET_RECORD,
        CREATE_RECORDS,
        UPDATE_RECORDS,
        UPSERT_RECORDS,
        DELETE_RECORDS,
        SEARCH_RECORDS,
        COQL,
        LIST_RELATED,
        LIST_NOTES,
        CREATE_NOTE,
        LIST_MODULES,
        LIST_FIELDS,
        LIST_LAYOUTS,
        LIST_RELATED_LISTS,
        LIST_PIPELINES,
        LIST_USERS,
        GET_ORG,
        GET_FISCAL_YEAR,
    )
}
