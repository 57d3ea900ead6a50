"""What an org said of itself, kept on disk for the next process: one folder for each sign-in, one small file an answer.

Files are private and replaced whole, so processes share them without locks and a killed one leaves no half. A file that
makes no sense is as good as none: it is asked for again, and `damaged` names it for the doctor.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from zcrm_tools.auth import private_file
from zcrm_tools.errors import NotConfigured

FOLDER = "metadata"
FORMAT = 1
"""Raised when what is kept of an answer changes: older files are then asked for again."""
_KEY = re.compile(r"[A-Za-z0-9_]{1,100}(\.[A-Za-z0-9_]{1,100})?")


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer, when it was asked for, and when Zoho last said that it still holds."""

    body: Any
    fetched: datetime
    checked: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """Which modules changed when, as far as was asked: nothing before `since` and nothing after `checked` is known."""

    since: datetime
    checked: datetime
    modules: Mapping[str, datetime] = field(default_factory=dict)


class Kept:
    """The answers of one sign-in, made at `since`; what is older was told to an earlier one and does not count.

    Its verbs block; a file that cannot be written or read is noted in `trouble`.
    """

    def __init__(self, home: Path, identity: str, *, since: str = "") -> None:
        self.folder = folder(home, identity)
        self._since = _moment(since) if since else None
        self.trouble: dict[str, str] = {}
        """File name → why it was not used."""

    def read(self, key: str) -> Entry | None:
        found = self._load(key)
        try:
            entry = found and Entry(found["body"], _moment(found["fetched"]), _moment(found["checked"]))
        except (KeyError, TypeError, ValueError) as odd:
            self._noted(key, odd)
            return None
        return entry if entry and self._counts(entry.fetched) else None

    def write(self, key: str, entry: Entry) -> None:
        self._save(key, {"body": entry.body, "fetched": entry.fetched, "checked": entry.checked})

    def changes(self) -> Changes | None:
        found = self._load("changes")
        try:
            told = found and Changes(
                _moment(found["since"]),
                _moment(found["checked"]),
                {str(name): _moment(at) for name, at in found["modules"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as odd:
            self._noted("changes", odd)
            return None
        return told if told and self._counts(told.since) else None

    def write_changes(self, changes: Changes) -> None:
        self._save(
            "changes",
            {"since": changes.since, "checked": changes.checked, "modules": dict(changes.modules)},
        )

    def forget(self, *keys: str) -> None:
        """Drop these answers; without any, all of them."""
        names = [f"{key}.json" for key in keys if _KEY.fullmatch(key)] if keys else None
        for path in [*self.folder.glob("*.json")]:
            if names is None or path.name in names:
                path.unlink(missing_ok=True)

    def answers(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def _counts(self, fetched: datetime) -> bool:
        return self._since is None or fetched >= self._since

    def _load(self, key: str) -> dict[str, Any] | None:
        if not _KEY.fullmatch(key):
            return None
        try:
            data = private_file.read(self.folder / f"{key}.json")
            found = None if data is None else orjson.loads(data)
        except (NotConfigured, OSError, ValueError) as odd:
            self._noted(key, odd)
            return None
        if found is None:
            return None
        if not isinstance(found, dict):
            self._noted(key, ValueError("it is no object"))
            return None
        return found if found.get("format") == FORMAT else None

    def _save(self, key: str, what: dict[str, Any]) -> None:
        if not _KEY.fullmatch(key):
            return
        try:
            private_file.folder(self.folder.parent)
            private_file.write(self.folder / f"{key}.json", orjson.dumps({"format": FORMAT, **what}))
        except (NotConfigured, OSError) as odd:
            self._noted(key, odd)

    def _noted(self, key: str, why: Exception) -> None:
        self.trouble[f"{key}.json"] = str(why)


def folder(home: Path, identity: str) -> Path:
    return private_file.named(home / FOLDER, identity).with_suffix("")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return found.astimezone(UTC)
