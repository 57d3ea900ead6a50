"""Settings objects of the org kept as JSON documents: custom views, territories, variables, rules, holidays and such.

One table for all kinds. Its name begins with `_`, so `Store.clear` empties it with the org. A document's `id` is its
own column and is added, as a string, when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from zcrm_tools.emulator.store import Store

TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS _documents (kind TEXT NOT NULL, id INTEGER NOT NULL, parent TEXT NOT NULL,"
    " body TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID"
)
Document = dict[str, Any]


def add(store: Store, kind: str, body: Mapping[str, Any], *, parent: str = "", key: int | None = None) -> int:
    """Keep a new document; its id, `key` when it was chosen before."""
    found = store.next_id() if key is None else key
    store.execute("INSERT INTO _documents VALUES (?, ?, ?, ?)", (kind, found, parent, _text(body)))
    return found


def put(store: Store, kind: str, key: int, body: Mapping[str, Any]) -> None:
    store.execute("UPDATE _documents SET body = ? WHERE kind = ? AND id = ?", (_text(body), kind, key))


def get(store: Store, kind: str, key: int | None) -> Document | None:
    rows = store.fetch("SELECT id, body FROM _documents WHERE kind = ? AND id = ?", (kind, key))
    return _document(rows[0]) if rows else None


def every(store: Store, kind: str, *, parent: str | None = None) -> list[Document]:
    """All documents of a kind, or those under one parent, oldest first."""
    rows = store.fetch(
        "SELECT id, body FROM _documents WHERE kind = ? AND parent = coalesce(?, parent) ORDER BY id",
        (kind, parent),
    )
    return [_document(row) for row in rows]


def remove(store: Store, kind: str, key: int) -> bool:
    """Whether it was there."""
    return store.execute("DELETE FROM _documents WHERE kind = ? AND id = ?", (kind, key)) > 0


def _text(body: Mapping[str, Any]) -> str:
    return json.dumps({key: value for key, value in body.items() if key != "id"}, ensure_ascii=False)


def _document(row: tuple[Any, ...]) -> Document:
    return {**json.loads(row[1]), "id": str(row[0])}
