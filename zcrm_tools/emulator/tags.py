"""The tags of a module, and the tags on its records.

A record keeps its tags as `[{"name", "id", "color_code"}]`; the table here says which tags exist and who made them.
https://www.zoho.com/crm/developer/docs/api/v8/create-tag.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.call import as_id
from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.store import epoch, quoted

if TYPE_CHECKING:
    from zcrm_tools.emulator.schema import ModuleDef
    from zcrm_tools.emulator.store import Store

COLORS = (
    "#F17574",
    "#F48435",
    "#E7A826",
    "#A8C026",
    "#63C57E",
    "#1DB9B4",
    "#57B1FD",
    "#879BFC",
    "#D297EE",
    "#FD87BD",
    "#969696",
    "#658BA8",
    "#B88562",
)
MAX_NAME = 25
MAX_PER_RECORD = 10
MAX_PER_MODULE = 100
_FORBIDDEN = re.compile("[<>,\U0001f000-\U0001faff\u2600-\u27bf]")
"""What a name may not hold: these three characters, and emojis."""


@dataclass(frozen=True, slots=True)
class Tag:
    id: int
    module: str
    name: str
    color: str | None
    created_by: int
    created_time: int
    modified_by: int
    modified_time: int

    def on_record(self) -> dict[str, Any]:
        return {"name": self.name, "id": str(self.id), "color_code": self.color}


def ensure(store: Store) -> None:
    store.execute(
        "CREATE TABLE IF NOT EXISTS _tag (id INTEGER PRIMARY KEY, module TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE,"
        " color TEXT, created_by INTEGER NOT NULL, created_time INTEGER NOT NULL, modified_by INTEGER NOT NULL,"
        " modified_time INTEGER NOT NULL, UNIQUE (module, name))"
    )


def all_of(store: Store, module: ModuleDef) -> list[Tag]:
    """The module's tags, oldest first."""
    adopt(store, module)
    rows = store.fetch("SELECT * FROM _tag WHERE module = ? ORDER BY created_time, id", (module.api_name,))
    return [Tag(*row) for row in rows]


def by_id(store: Store, tag_id: int | None) -> Tag | None:
    ensure(store)
    found = store.fetch("SELECT * FROM _tag WHERE id = ?", (tag_id,))
    return Tag(*found[0]) if found else None


def by_name(store: Store, module: ModuleDef, name: str) -> Tag | None:
    adopt(store, module)
    found = store.fetch("SELECT * FROM _tag WHERE module = ? AND name = ?", (module.api_name, name))
    return Tag(*found[0]) if found else None


def adopt(store: Store, module: ModuleDef) -> None:
    """Learn the tags of records that were loaded and not written, when the module has none yet."""
    ensure(store)
    if "Tag" not in module.fields or store.fetch(
        "SELECT 1 FROM _tag WHERE module = ? LIMIT 1", (module.api_name,)
    ):
        return
    sql = f"SELECT id, Tag, Created_By FROM {quoted(module.api_name)} WHERE Tag IS NOT NULL"  # noqa: S608 - schema name
    known: dict[str, Tag] = {}
    for record_id, text, by in store.fetch(sql):
        loaded = json.loads(text)
        for tag in loaded:
            key = tag["name"].lower()
            if key not in known:
                known[key] = _insert(
                    store, module, tag["name"], tag.get("color_code"), by or 0, as_id(tag.get("id"))
                )
        store.update(module.api_name, record_id, {"Tag": _text([known[t["name"].lower()] for t in loaded])})


def create(store: Store, module: ModuleDef, name: Any, color: Any, by: int, path: str) -> Tag:
    """A new tag; refused when the name is taken, too long or holds what it may not."""
    name = _name(name, f"{path}.name")
    _color(color, f"{path}.color_code")
    existing = by_name(store, module, name)
    if existing is not None:
        if color is not None and color != existing.color:
            details = {"api_name": "color_code", "json_path": f"{path}.color_code"}
            raise Refusal("MAPPING_MISMATCH", "Given tag present with different color already", details)
        details = {"api_name": "name", "json_path": f"{path}.name", "id": str(existing.id)}
        raise Refusal("DUPLICATE_DATA", "duplicate data", details)
    if len(all_of(store, module)) >= MAX_PER_MODULE:
        raise refusals.over_limit(path.partition("[")[0], MAX_PER_MODULE)
    return _insert(store, module, name, color, by)


def change(store: Store, module: ModuleDef, tag: Tag, row: dict[str, Any], by: int, path: str) -> None:
    """Rename or recolour a tag, on its records too."""
    name = _name(row["name"], f"{path}.name") if "name" in row else tag.name
    color = row.get("color_code", tag.color)
    _color(color, f"{path}.color_code")
    other = by_name(store, module, name)
    if other is not None and other.id != tag.id:
        details = {"api_name": "name", "json_path": f"{path}.name", "id": str(other.id)}
        raise Refusal("DUPLICATE_DATA", "duplicate data", details)
    store.execute(
        "UPDATE _tag SET name = ?, color = ?, modified_by = ?, modified_time = ? WHERE id = ?",
        (name, color, by, epoch(store.clock.now()), tag.id),
    )
    shown = {"name": name, "id": str(tag.id), "color_code": color}
    _rewrite(store, module, tag, lambda kept: [shown if one["id"] == str(tag.id) else one for one in kept])


def remove(store: Store, module: ModuleDef, tag: Tag) -> None:
    """Delete a tag; its records lose it."""
    store.execute("DELETE FROM _tag WHERE id = ?", (tag.id,))
    _rewrite(store, module, tag, lambda kept: [one for one in kept if one["id"] != str(tag.id)])


def merge(store: Store, module: ModuleDef, kept: Tag, gone: Tag) -> None:
    """Records of `gone` carry `kept` instead, once."""

    def swap(tags: list[dict[str, Any]]) -> list[dict[str, Any]]:
        swapped = [kept.on_record() if one["id"] == str(gone.id) else one for one in tags]
        return list({one["id"]: one for one in swapped}.values())

    store.execute("DELETE FROM _tag WHERE id = ?", (gone.id,))
    _rewrite(store, module, gone, swap)


def count(store: Store, module: ModuleDef, tag: Tag) -> int:
    return len(_tagged(store, module, tag))


def resolve(store: Store, module: ModuleDef, wanted: Sequence[Any], by: int, path: str) -> list[Tag]:
    """The tags that a body names, by id first and by name otherwise; names that are new become tags."""
    found: dict[int, Tag] = {}
    for number, one in enumerate(wanted):
        where = f"{path}[{number}]"
        if not isinstance(one, dict):
            raise refusals.wrong_type(where, "jsonobject")
        tag = by_id(store, as_id(one.get("id"))) if one.get("id") is not None else None
        if tag is not None and tag.module != module.api_name:
            tag = None
        if tag is None:
            if "name" not in one:
                if "id" in one:
                    raise refusals.bad_value(f"{where}.id", refusals.INVALID_ID)
                raise refusals.missing_key(f"{where}.name")
            name = _name(one["name"], f"{where}.name")
            tag = by_name(store, module, name)
            if tag is None:
                tag = create(store, module, name, one.get("color_code"), by, where)
        found[tag.id] = tag
    return list(found.values())


def on_record(store: Store, module: ModuleDef, wanted: Sequence[Any], by: int, path: str) -> str | None:
    """What a record's Tag column holds once it carries the tags a body names."""
    found = resolve(store, module, wanted, by, path)
    if len(found) > MAX_PER_RECORD:
        raise refusals.over_limit(path, MAX_PER_RECORD)
    return _text(found)


def text_of(tags: Sequence[dict[str, Any]]) -> str | None:
    return json.dumps(list(tags)) if tags else None


def _text(found: Sequence[Tag]) -> str | None:
    return text_of([tag.on_record() for tag in found])


def _insert(
    store: Store, module: ModuleDef, name: str, color: str | None, by: int, tag_id: int | None = None
) -> Tag:
    now = epoch(store.clock.now())
    tag = Tag(tag_id or store.next_id(), module.api_name, name, color, by, now, by, now)
    store.execute(
        "INSERT INTO _tag VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (tag.id, tag.module, name, color, by, now, by, now),
    )
    return tag


def _tagged(store: Store, module: ModuleDef, tag: Tag) -> list[tuple[int, str]]:
    table = quoted(module.api_name)
    sql = f"SELECT id, Tag FROM {table} WHERE Tag IS NOT NULL AND instr(Tag, ?)"  # noqa: S608 - schema name
    return [(row[0], row[1]) for row in store.fetch(sql, (f'"id": "{tag.id}"',))]


def _rewrite(
    store: Store, module: ModuleDef, tag: Tag, edit: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
) -> None:
    for record_id, text in _tagged(store, module, tag):
        store.update(module.api_name, record_id, {"Tag": text_of(edit(json.loads(text)))})


def _name(value: Any, path: str) -> str:
    if value is None or value == "":
        raise refusals.missing_key(path)
    if not isinstance(value, str) or any("\ud800" <= char <= "\udfff" for char in value):
        raise refusals.wrong_type(path, "string")
    if len(value) > MAX_NAME:
        raise refusals.too_long(path, MAX_NAME)
    if _FORBIDDEN.search(value) or not value.isprintable():
        raise refusals.bad_value(path)
    return value


def _color(value: Any, path: str) -> None:
    if value is not None and value not in COLORS:
        raise refusals.not_listed(path, COLORS)
