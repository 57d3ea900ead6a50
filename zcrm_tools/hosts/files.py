"""Replacing somebody else's settings file: whole or not at all, with its old content kept beside it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from zcrm_tools.errors import NotConfigured, Problem

BACKUP = ".before-zcrm"


def read(path: Path) -> str:
    """Nothing where there is no file. Line ends stay as they are. Raises NotConfigured."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as wrong:
        problem = Problem(
            "CONFIG_UNREADABLE", f"{path} is not UTF-8 text.", "Nothing was written.", fix_by="person"
        )
        raise NotConfigured(problem) from wrong


def replace(path: Path, before: str, text: str) -> Path | None:
    """Write it through any link, with the old file's rights; gives the copy of the old one, if there was one.

    The copy may hold other servers' secrets, as the file itself does: it has the same rights. Raises NotConfigured when the
    file no longer holds `before`: a person may think for long, and the host writes too.
    """
    target = path.resolve()
    if read(target) != before:
        said = f"{path} was changed meanwhile."
        raise NotConfigured(
            Problem("CONFIG_CHANGED", said, "Nothing was written.", "Try again.", fix_by="person")
        )
    try:
        return _replace(target, text)
    except OSError as refused:
        said = f"{path} cannot be written: {refused.strerror or refused}."
        problem = Problem("CONFIG_NOT_WRITTEN", said, "The file is as it was.", fix_by="person")
        raise NotConfigured(problem) from refused


def _replace(target: Path, text: str) -> Path | None:
    target.parent.mkdir(parents=True, exist_ok=True)
    backup = None
    if target.exists():
        backup = target.with_name(target.name + BACKUP)
        shutil.copy2(target, backup)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if backup:
            shutil.copymode(target, name)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return backup
