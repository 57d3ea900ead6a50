"""The SQL of one typed table per module: its columns, its indexes, and how a field is added to it later.

Pure text: nothing here touches a database. Every identifier comes from the schema.
"""

from __future__ import annotations

from collections.abc import Iterator

from zcrm_tools.emulator.schema import LINE_ITEMS, LINE_TAX, FieldDef, Kind, ModuleDef

_TYPES: dict[Kind, str] = {
    "text": "TEXT COLLATE NOCASE",  # Zoho compares text without regard to case
    "choices": "TEXT COLLATE NOCASE",
    "integer": "INTEGER",
    "number": "NUMERIC",  # keeps 1200.0 as 1200, which is how Zoho prints it
    "boolean": "INTEGER NOT NULL DEFAULT 0",
    "date": "TEXT",
    "datetime": "INTEGER",
    "lookup": "INTEGER",
    "user": "INTEGER",
    "any_lookup": "INTEGER",
    "json": "TEXT",
}


def quoted(name: str) -> str:
    """An identifier from the schema, quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def module_column(name: str) -> str:
    """The second column of a multi-module lookup: the API name of the module it points into."""
    return f"{name}__module"


def columns(f: FieldDef) -> list[str]:
    """The column definitions of a field: none when its values are rows elsewhere, two for a multi-module lookup.

    A formula is a generated column, so that no way of writing can leave it stale.
    """
    if not f.stored:
        return []
    formula = f.spec.get("formula")
    if formula:
        plain = _TYPES[f.kind].partition(" NOT NULL")[0]
        return [f"{quoted(f.api_name)} {plain} GENERATED ALWAYS AS ({formula['sql']}) VIRTUAL"]
    found = [f"{quoted(f.api_name)} {_TYPES[f.kind]}"]
    if f.kind == "any_lookup":
        found.append(f"{quoted(module_column(f.api_name))} TEXT")
    return found


def create(module: ModuleDef) -> Iterator[str]:
    """The statements that make a module's table and its indexes."""
    made = ["id INTEGER PRIMARY KEY"]
    for f in module.fields.values():
        if f.api_name != "id":
            made += columns(f)
    if module.api_name in LINE_ITEMS:
        made.append(f"{quoted(LINE_TAX)} TEXT")
    yield f"CREATE TABLE IF NOT EXISTS {quoted(module.api_name)} ({', '.join(made)})"
    if module.generated_type != "system":
        for f in module.fields.values():
            yield from index(module, f)


def index(module: ModuleDef, f: FieldDef) -> Iterator[str]:
    """An index on the fields that are joined on, checked for duplicates, or sorted by."""
    if not f.stored or not (
        f.kind == "any_lookup"
        or f.data_type in ("lookup", "email")
        or f.unique
        or f.api_name == module.duplicate_field
        or (module.generated_type == "linking" and f.kind == "user" and f.custom)
        or f.api_name in ("Modified_Time", "Created_Time")
    ):
        return
    column = quoted(f.api_name)
    # Most lookups are empty; times and names never are, and a partial index would not serve sorting by them.
    whole = f.kind == "datetime" or f.api_name == module.duplicate_field
    some = "" if whole else f" WHERE {column} IS NOT NULL"
    name = quoted(f"{module.api_name}.{f.api_name}")
    yield f"CREATE INDEX IF NOT EXISTS {name} ON {quoted(module.api_name)} ({column}){some}"


def add(module: ModuleDef, f: FieldDef) -> Iterator[str]:
    """The statements that add a field to a table with rows."""
    for column in columns(f):
        yield f"ALTER TABLE {quoted(module.api_name)} ADD COLUMN {column}"
    yield from index(module, f)


def drop(module: ModuleDef, f: FieldDef) -> Iterator[str]:
    """The statements that take a field and its values away."""
    yield f"DROP INDEX IF EXISTS {quoted(f'{module.api_name}.{f.api_name}')}"
    if f.stored:
        yield f"ALTER TABLE {quoted(module.api_name)} DROP COLUMN {quoted(f.api_name)}"
