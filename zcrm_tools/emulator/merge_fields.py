"""Merge fields: `${!Leads.Email}` in a text becomes the record's value. Webhooks and templates have them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from zcrm_tools.emulator.channels import shown_values

if TYPE_CHECKING:
    from zcrm_tools.emulator.store import Store

MERGE: Final = re.compile(r"\$\{!?([A-Za-z_]\w*)\.([A-Za-z_]\w*)\}")
IDS: Final = frozenset({"Id", "id"})


def named(texts: Iterable[str]) -> set[tuple[str, str]]:
    """The modules and fields that texts name."""
    return {(found[1], found[2]) for text in texts for found in MERGE.finditer(text)}


def filler(
    store: Store, user: int, module: str, record_id: int, texts: Iterable[str], *, gone: bool = False
) -> Callable[[str], str]:
    """Fills texts with the values of one record, as a user sees them. Of one that is `gone`, only its id is known."""
    fields = {field for owner, field in named(texts) if owner == module}
    known = fields & store.modules[module].fields.keys() - IDS
    values: dict[str, Any] = {} if gone else shown_values(store, user, module, record_id, known)
    values |= dict.fromkeys(IDS, str(record_id))

    def value(found: re.Match[str]) -> str:
        return plain(values.get(found[2])) if found[1] == module else ""

    return lambda text: MERGE.sub(value, text)


def plain(value: Any) -> str:
    """A value as a text: a lookup by its name, nothing as nothing."""
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
