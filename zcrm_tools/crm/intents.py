"""What a create carries so that it can be found again: a key of ours, in a field that the org set aside for it.

The field is custom, unique and of text (a single line of 50 characters or more, with "do not allow duplicate values"
ticked), and has the name that the settings say (`ZCRM_KEY_FIELD`); an org without it works too, by values and times
(`reconcile`). A create with a key may be repeated: Zoho refuses the second row as DUPLICATE_DATA.
It is a create and no upsert: an upsert also looks at every other unique field, and so could change somebody else's
record where a create is refused (https://www.zoho.com/crm/developer/docs/api/v8/upsert-records.html).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Create, Write
from zcrm_tools.errors import ZcrmError


@dataclass(frozen=True, slots=True)
class Keys:
    """Which field of which module holds a key, and the key of each write by its place; empty without one."""

    fields: Mapping[str, str] = field(default_factory=dict)
    values: Sequence[str] = ()

    def of(self, place: int, write: Write) -> tuple[str, str] | None:
        """Field and key of one write."""
        name = self.fields.get(write.module) if isinstance(write, Create) else None
        return (name, self.values[place]) if name and not write.values.get(name) else None  # type: ignore[union-attr]


NO_KEYS = Keys()


async def keys(org: Org, plan: str, writes: Sequence[Write]) -> Keys:
    """A key for each create of a plan whose module has the field. They follow from the plan's id, so a crash loses none."""
    fields: dict[str, str] = {}
    name = org.key_field
    for module in {w.module for w in writes if isinstance(w, Create)}:
        if name and await _has(org, module, name):
            fields[module] = name
    return Keys(fields, [f"{plan}-{place}" for place in range(len(writes))]) if fields else NO_KEYS


async def _has(org: Org, module: str, name: str) -> bool:
    try:
        known = (await org.catalogue.fields(module)).get(name)
    except ZcrmError:  # without metadata there is no key, and the create is still possible
        return False
    return known is not None and known.custom and bool(known.unique) and known.data_type == "text"
