"""Templates for mail and for printed orders. No call of Zoho's makes one: they come with the demo org and through the control plane."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from zcrm_tools.emulator import documents, merge_fields
from zcrm_tools.emulator.schema import ORG_PREFIX, USERS
from zcrm_tools.emulator.store import epoch

if TYPE_CHECKING:
    from zcrm_tools.emulator.replies import Json
    from zcrm_tools.emulator.store import Store

EMAIL: Final = "email_template"
INVENTORY: Final = "inventory_template"
_FIRST: Final = ORG_PREFIX + 450_001


def load(store: Store, rows: Iterable[Mapping[str, Any]]) -> list[int]:
    """Keep templates: `name`, `module` and `content`, `subject` for mail; `kind` is email or inventory. Their ids."""
    ((author,),) = store.fetch(f'SELECT min(id) FROM "{USERS}"')  # noqa: S608 - a constant
    made = {"at": epoch(store.clock.now()), "by": author}
    keys = []
    for row in rows:
        kind = INVENTORY if row.get("kind") == "inventory" else EMAIL
        body = {"subject": None, "folder": "Public Templates", **row, **made}
        taken = store.fetch("SELECT max(id) FROM _documents WHERE kind IN (?, ?)", (EMAIL, INVENTORY))[0][0]
        keys.append(documents.add(store, kind, body, parent=str(row["module"]), key=(taken or _FIRST) + 2))
    return keys


def filled(store: Store, template: Json, module: str, record_id: int, user_id: int) -> tuple[str, str]:
    """The subject and the text of a mail template for one record."""
    texts = (str(template["subject"] or ""), str(template["content"]))
    fill = merge_fields.filler(store, user_id, module, record_id, texts)
    return fill(texts[0]), fill(texts[1])
