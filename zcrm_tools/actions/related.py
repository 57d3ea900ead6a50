"""Related lists of a module by the names that people use."""

from __future__ import annotations

from zcrm_tools.actions.action import Call
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.crm import setup
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem

ACTIVITIES = ("Tasks", "Events", "Calls")
OWN = ("Activities", "Emails", "Timeline")
"""Not lists of Zoho's, but what get_record calls so."""


async def list_named(call: Call, module: str, name: str, argument: str) -> tuple[str, str]:
    """A related list's API name and the module of its records, by API name or label. Raises InvalidInput."""
    if name in ACTIVITIES:
        return name, name
    lists = await setup.related_lists(call.org, module)
    wanted = name.strip().casefold().replace("_", " ")
    for one in lists:
        words = (str(one.get("api_name", "")), str(one.get("display_label", "")))
        if wanted in (word.casefold().replace("_", " ") for word in words):
            return words[0], str((one.get("module") or {}).get("api_name") or words[0])
    known = tuple(str(one.get("api_name", "")) for one in lists) + (OWN if argument == "include" else ())
    raise InvalidInput(
        Problem(
            "UNKNOWN_RELATED_LIST",
            f"{module} has no related list {name!r}.",
            NOTHING_SENT,
            field=argument,
            allowed=known,
            closest=nearest(name, known) or "",
        )
    )
