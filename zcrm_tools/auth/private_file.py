"""Files that only their owner may read, written whole or not at all. Nothing is trusted that another user could have made.

On Windows the folder's own access list protects them; modes and owners mean nothing there.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from zcrm_tools.errors import NotConfigured, Problem

_POSIX = os.name == "posix"
# Where the system has them; a pipe is not waited for.
_READING = sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY"))


def named(folder: Path, identity: str) -> Path:
    """One file for each identity; its name says nothing of whose it is."""
    return folder / f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.json"


def write(path: Path, data: bytes) -> None:
    """Replace the file in one step, after its bytes are on the disk. A killed process leaves the old one."""
    folder(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def read(path: Path) -> bytes | None:
    """None when there is no file. NotConfigured for a link, somebody else's file, or one that others may read."""
    try:
        handle = os.open(path, _READING)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(
            path, "it is a link" if path.is_symlink() else f"it cannot be opened ({error.strerror})"
        ) from None
    try:
        if _POSIX:
            _judge(path, os.fstat(handle))
        file = os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise
    with file:
        return file.read()


def folder(path: Path) -> None:
    """Make the folder, or check that it is ours, and close it to others. NotConfigured when it cannot be so."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _POSIX:
            if path.stat().st_uid != os.geteuid():
                raise _refused(path, "it belongs to another user")
            path.chmod(0o700)
    except OSError as error:
        raise unusable(path, error) from None


def unusable(folder: Path, error: OSError) -> NotConfigured:
    """The error for a folder that the system keeps us from."""
    return NotConfigured(
        Problem(
            "NO_FOLDER",
            f"The folder {folder} cannot be used: {error.strerror}.",
            not_done="Nothing was written.",
            next_step="Let this program's user read and write there, or set ZCRM_HOME to a folder where it may.",
            fix_by="person",
        )
    )


def damaged(path: Path) -> NotConfigured:
    """The error for a file of secrets that makes no sense."""
    return NotConfigured(
        Problem(
            "DAMAGED_FILE",
            f"{path} is not a stored sign-in.",
            not_done="Nothing was read.",
            next_step="Remove it and sign in again: zcrm login",
            fix_by="person",
        )
    )


def _judge(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _refused(path, "it is not a plain file")
    if found.st_uid != os.geteuid():
        raise _refused(path, "it belongs to another user")
    if found.st_mode & 0o077:
        raise _refused(path, f"others may read it (mode {stat.S_IMODE(found.st_mode):04o})")


def _sync_folder(path: Path) -> None:
    """So that the new name outlives a power cut; some systems cannot open a folder, and need not."""
    if not _POSIX:
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refused(path: Path, why: str) -> NotConfigured:
    return NotConfigured(
        Problem(
            "UNSAFE_FILE",
            f"{path} is not used: {why}.",
            not_done="Nothing was read from it or written to it.",
            next_step="Look at who made it. If it is yours, `chmod 600` it (a folder: `chmod 700`); otherwise remove it.",
            fix_by="person",
        )
    )
