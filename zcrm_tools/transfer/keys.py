"""Which records have which values of a key field, by COQL, which sees what was just written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zcrm_tools.coql.build import field, select
from zcrm_tools.crm import reads
from zcrm_tools.crm.org import Org
from zcrm_tools.models.metadata import FieldInfo
from zcrm_tools.models.record import naming_field
from zcrm_tools.transfer.fitting import ID

VALUES = 50
"""In one IN, by the stricter of Zoho's pages."""
ROWS = 200
"""Come for one credit."""


def folded(value: Any) -> str:
    """Values that Zoho takes for equal are equal: it ignores case, and blanks at the ends."""
    return str(value).strip().casefold()


async def holders(
    org: Org, module: str, key: FieldInfo | None, values: Sequence[Any]
) -> dict[str, list[str]]:
    """Folded value → the ids of the records that have it; absent where none has. `key` None asks for ids themselves."""
    if key is None:
        ids = [str(v) for v in values if str(v).isascii() and str(v).isdigit() and 15 <= len(str(v)) <= 19]
        known = await reads.get_many(org, module, ids, [naming_field(module)])
        return {one: [one] for one in known}
    found: dict[str, list[str]] = {}
    for start in range(0, len(values), VALUES):
        some = list(values[start : start + VALUES])
        query = select(ID, key.api_name).from_(module).where(field(key.api_name).one_of(some))
        page = await reads.query(org, str(query.limit(ROWS)), module)
        if page.more:
            page = await reads.query(org, str(query.limit(2_000)), module, price=3)
        for record in page.records:
            found.setdefault(folded(record.get(key.api_name)), []).append(record.id)
    return found


def price(rows: int, key: FieldInfo | None) -> int:
    """Credits of looking so many up."""
    return -(-rows // (VALUES if key else reads.IDS_PER_CALL))
