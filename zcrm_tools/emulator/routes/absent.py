"""What an org of the emulator has none of, and has no way to get: lists of it are empty, which Zoho answers with 204.

Making such things is not covered. https://www.zoho.com/crm/developer/docs/api/v8/status-codes.html
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.replies import nothing


def none_there(_call: Call) -> Response:
    return nothing()


routes: list[Route] = [
    route("/settings/automation/cadences", none_there, "list_cadences"),
    route("/settings/portals", none_there, "list_portals"),
    route("/settings/portals/{portal}", none_there, "get_portal"),
    route("/settings/unsubscribe_links", none_there, "list_unsubscribe_links"),
    route("/settings/unsubscribe_links/{id}", none_there, "get_unsubscribe_link"),
    route("/settings/wizards", none_there, "list_wizards"),
]
