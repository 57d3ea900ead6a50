"""Read by mypy beside the stub of the demo org: its fields and picklists are known, and nothing else is let through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_type, cast

import zcrm_tools

if TYPE_CHECKING:
    from my_org import AsyncOrg, DealsRecord, LeadsRecord, Org, VendorsRecord

    from zcrm_tools.safety.plan import Result

crm = cast("Org", zcrm_tools.connect(demo=True))

lead = crm.leads.get("1")
assert_type(lead, LeadsRecord)
assert_type(lead["Last_Name"], str | None)
assert_type(lead["No_of_Employees"], int | None)
assert_type(lead["no such field, which a custom one may be"], Any)
assert_type(lead.id, str)
if lead["Lead_Status"] == "Contaced":  # type: ignore[comparison-overlap]
    raise SystemExit

assert_type(crm.leads.create(last_name="Okafor", lead_status="Contacted"), Result)
crm.leads.create(last_name="Okafor", lead_status="Contaced")  # type: ignore[arg-type]
crm.leads.create(last_nmae="Okafor")  # type: ignore[call-arg]
crm.leads.update("1", No_of_Employees=3, city=None)
crm.leads.update("1", no_of_employees="three")  # type: ignore[arg-type]
assert_type(crm.module("Vendors").get("1"), VendorsRecord)
assert_type([deal["Amount"] for deal in crm.deals.all(fields=["Amount"])], list[float | None])


async def awaited(client: AsyncOrg) -> None:
    async for deal in client.deals.all():
        assert_type(deal, DealsRecord)
    await client.deals.update("1", stage="Closed Won", amount=12)
    await client.deals.update("1", stage="Won")  # type: ignore[arg-type]
