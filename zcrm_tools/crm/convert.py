"""Converting a lead into a contact, an account and, if wished, a deal. It cannot be undone.

https://www.zoho.com/crm/developer/docs/api/v8/convert-lead.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zcrm_tools import operations
from zcrm_tools.crm import items, reads
from zcrm_tools.crm.org import Org


@dataclass(frozen=True, slots=True)
class Converted:
    """Ids of what the lead became; "" for what was not made."""

    contact: str
    account: str
    deal: str


async def convert(
    org: Org,
    lead: str,
    *,
    deal: Mapping[str, Any] | None = None,
    contact: str = "",
    account: str = "",
    owner: str = "",
    notify: bool = False,
    **options: Any,
) -> Converted:
    """`deal` holds the new deal's fields; `contact` and `account` are records that exist and take the lead in.

    Costs 5 credits. Other keys of Zoho's, such as move_attachments_to, go through `options`.
    """
    body: dict[str, Any] = {"notify_lead_owner": notify, "notify_new_entity_owner": notify, **options}
    for key, value in (("Contacts", contact), ("Accounts", account), ("assign_to", owner)):
        if value:
            body[key] = {"id": reads.record_id(value)}
    if deal is not None:
        body["Deals"] = dict(deal)
    reply = await org.session.call(
        operations.CONVERT_LEAD, id=reads.record_id(lead), module="Leads", json={"data": [body]}
    )
    made = items.done(reply)
    contact_id, account_id, deal_id = (
        str((made.get(module) or {}).get("id", "")) for module in ("Contacts", "Accounts", "Deals")
    )
    return Converted(contact_id, account_id, deal_id)


async def options(org: Org, lead: str) -> Mapping[str, Any]:
    """The contacts and accounts that a lead may be taken into; empty when there is nothing to choose."""
    reply = await org.session.call(operations.CONVERSION_OPTIONS, id=reads.record_id(lead), module="Leads")
    return dict((reply.body or {}).get("__conversion_options") or {})
