"""Records are put into a related list and taken out of it."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput


@pytest.mark.evidence("related.link", "related.unlink")
async def test_a_product_is_linked_to_a_deal_unlinked_and_linked_again_by_undo(crm: AsyncClient, some):
    (deal,), (product,) = await some("Deals"), await some("Products")
    asked = {"module": "Deals", "id": deal, "related_list": "products", "to": [product]}
    assert (await crm.call("link_records", asked)).status in ("applied", "unchanged")
    assert product in [
        r.id for r in (await reads.related(crm.org, "Deals", deal, "Products", ["Product_Name"], 200)).records
    ]
    gone = await crm.call("link_records", {**asked, "remove": True})
    assert gone.status == "applied"
    assert (await crm.undo_change(change_id=gone.records[0].change_id)).status == "applied"
    assert product in [
        r.id for r in (await reads.related(crm.org, "Deals", deal, "Products", ["Product_Name"], 200)).records
    ]


async def test_an_unknown_related_list_is_refused_with_the_nearest(crm: AsyncClient, some):
    (deal,) = await some("Deals")
    with pytest.raises(InvalidInput) as caught:
        await crm.link_records(module="Deals", id=deal, related_list="Product", to=[deal])
    assert caught.value.problem.closest == "Products"
