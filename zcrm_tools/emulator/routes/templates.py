"""Templates for mail and for printed orders: the list of them, and one with its text.

https://www.zoho.com/crm/developer/docs/api/v8/get-email-templates.html
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents
from zcrm_tools.emulator.bodies import at, listed, names, path_id
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.render import module_reference
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.routes.metadata import module_param
from zcrm_tools.emulator.schema import USERS
from zcrm_tools.emulator.templates import EMAIL, INVENTORY


def _item(call: Call, one: Json, *, whole: bool = True) -> Json:
    """A template; its text only when it is asked for by its id."""
    person, moment = names(call.store, USERS).get(one["by"]), at(call, one["at"])
    return {
        "id": one["id"],
        "name": one["name"],
        "module": module_reference(call.store, one["module"]),
        "folder": {"name": one["folder"], "id": str(int(one["id"]) + 100_000)},
        "created_time": moment,
        "created_by": person,
        "modified_time": moment,
        "modified_by": person,
        "last_usage_time": None,
        "editor_mode": "rich_text",
        "category": "normal",
        "favorite": False,
        "content": one["content"] if whole else None,
        "mail_content": one["content"] if whole else None,
    }


def _mail(call: Call, one: Json, *, whole: bool = True) -> Json:
    return {
        **_item(call, one, whole=whole),
        "subject": one["subject"],
        "description": None,
        "attachments": [],
        "associated": False,
        "consent_linked": False,
        "last_version_statistics": dict.fromkeys(
            ("tracked", "delivered", "opened", "bounced", "sent", "clicked"), 0
        ),
    }


def _order(call: Call, one: Json, *, whole: bool = True) -> Json:
    return {**_item(call, one, whole=whole), "active": True}


def _kept(call: Call, kind: str) -> list[Json]:
    """All of a kind, or those of the module in the query."""
    module = module_param(call).api_name if call.query.get("module") else None
    return documents.every(call.store, kind, parent=module)


def _one(call: Call, key: str, kind: str, item: Callable[[Call, Json], Json]) -> Response:
    """The template in the path, as a list of one with its `info`."""
    found = documents.get(call.store, kind, path_id(call))
    return listed(call, key, [item(call, found)] if found else [])


def list_email_templates(call: Call) -> Response:
    return listed(call, "email_templates", [_mail(call, one, whole=False) for one in _kept(call, EMAIL)])


def get_email_template(call: Call) -> Response:
    return _one(call, "email_templates", EMAIL, _mail)


def list_inventory_templates(call: Call) -> Response:
    items = [_order(call, one, whole=False) for one in _kept(call, INVENTORY)]
    return listed(call, "inventory_templates", items)


def get_inventory_template(call: Call) -> Response:
    return _one(call, "inventory_templates", INVENTORY, _order)


routes: list[Route] = [
    route("/settings/email_templates", list_email_templates, "list_email_templates"),
    route("/settings/email_templates/{id}", get_email_template, "get_email_template"),
    route("/settings/inventory_templates", list_inventory_templates, "list_inventory_templates"),
    route("/settings/inventory_templates/{id}", get_inventory_template, "get_inventory_template"),
]
