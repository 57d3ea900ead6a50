"""The kinds of answers a catalogue has: how long each is good, how it is found out of date, and its form on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from zcrm_tools.metadata.kept import Entry, Kept
from zcrm_tools.models.metadata import FieldInfo, Layout, ModuleInfo, OrgInfo, Pipeline, User

T = TypeVar("T")
Fields = Mapping[str, FieldInfo]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Kind(Generic[T]):
    """`changes`: what Zoho is asked for to learn whether an answer still holds; "" where it has no such question."""

    name: str
    type: Any
    life: timedelta = HOUR
    changes: Literal["modules", "users", ""] = ""
    kept: bool = True

    def key(self, module: str = "") -> str:
        return f"{self.name}.{module}" if module else self.name

    def read(self, kept: Kept, key: str) -> Entry | None:
        """From disk; None, and noted, when it makes no sense."""
        found = kept.read(key)
        if found is None:
            return None
        try:
            return replace(found, body=self._adapter.validate_python(found.body))
        except ValidationError as odd:
            kept.trouble[f"{key}.json"] = odd.errors(include_url=False, include_input=False)[0]["msg"]
            return None

    def write(self, kept: Kept, key: str, entry: Entry) -> None:
        body = self._adapter.dump_python(entry.body, mode="json", by_alias=True, exclude_defaults=True)
        kept.write(key, replace(entry, body=body))

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self.type)


MODULES = Kind[Mapping[str, ModuleInfo]]("modules", dict[str, ModuleInfo], changes="modules")
FIELDS = Kind[Fields]("fields", dict[str, FieldInfo], changes="modules")
LAYOUTS = Kind[tuple[Layout, ...]]("layouts", tuple[Layout, ...], changes="modules")
PIPELINES = Kind[tuple[Pipeline, ...]]("pipelines", tuple[Pipeline, ...], changes="modules")
USERS = Kind[Mapping[str, User]]("users", dict[str, User], changes="users")
ORG = Kind[OrgInfo]("org", OrgInfo, life=DAY)
FISCAL_START = Kind[int]("fiscal_start", int, life=DAY)
ME = Kind[User]("me", User, life=DAY, kept=False)
"""Never on disk: a sign-in from the environment may be another person's tomorrow, under the same name."""
KINDS: Mapping[str, Kind[Any]] = {
    kind.name: kind for kind in (MODULES, FIELDS, LAYOUTS, PIPELINES, USERS, ORG, FISCAL_START, ME)
}


def damaged(kept: Kept) -> Mapping[str, str]:
    """Files that make no sense → why. They are as good as none: what was in them is asked for again."""
    kept.trouble.clear()
    for key in kept.answers():
        kind = KINDS.get(key.partition(".")[0])
        if kind is not None:
            kind.read(kept, key)
        elif key == "changes":
            kept.changes()
    return dict(kept.trouble)
