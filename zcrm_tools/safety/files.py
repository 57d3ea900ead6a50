"""Files that wait for their plan: private, named by their content, forgotten after a day."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from functools import cache
from pathlib import Path

KEPT_SECONDS = 24 * 3_600
"""A plan waits ten minutes; the rest is for finding out what became of one."""


def keep(folder: Path | None, content: bytes) -> tuple[str, str]:
    """Where it lies now, and its SHA-256. Removes those that nothing can be waiting for any more."""
    place = folder or _of_this_process()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    _forget(place)
    digest = hashlib.sha256(content).hexdigest()
    path = place / digest
    part = place / f"{digest}.{os.getpid()}"
    part.touch(mode=0o600)
    part.write_bytes(content)
    part.replace(path)
    return str(path), digest


def _forget(place: Path) -> None:
    for old in place.iterdir():
        if old.is_file() and time.time() - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)


@cache
def _of_this_process() -> Path:
    return Path(tempfile.mkdtemp(prefix="zcrm-"))
