"""The org."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient


async def test_the_org_has_its_zone_currency_and_fiscal_year(crm: AsyncClient):
    shown = await crm.get_org()
    assert (shown.time_zone, shown.currency, shown.edition) == ("America/New_York", "USD", "enterprise")
    assert shown.fiscal_year_begins_in_month == 1
    assert shown.note == ""
