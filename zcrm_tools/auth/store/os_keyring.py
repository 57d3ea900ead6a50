"""Secrets in the operating system's own store: macOS Keychain, Windows Credential Manager, Secret Service.

Only these backends are used, by name. keyring itself takes whichever installed plugin claims the highest priority, and
some of those write plain files. A locked or absent service can hang for ever, so every call has three seconds, in a
thread that does not keep the process alive. One secret per entry: Windows holds 1,280 characters in one.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import SecretStr

from zcrm_tools.errors import NotConfigured, Problem
from zcrm_tools.http.secret import SecretText
from zcrm_tools.models.grant import Credentials, Profile

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "zcrm-tools"
LIMIT = 3.0
_ENTRIES = ("client_secret", "refresh_token")
T = TypeVar("T")


class OsKeyring:
    """`backend` is for a store chosen on purpose, as tests do; otherwise this system's own is opened."""

    kind = "keyring"

    def __init__(self, backend: KeyringBackend | None = None, *, limit: float = LIMIT) -> None:
        self._limit = limit
        self._backend = self._timed(_system_backend) if backend is None else backend

    def check(self) -> None:
        """Write, read and delete a trial entry; NotConfigured when the store does not keep it."""
        self._write("trial", SecretStr("kept"))
        kept = self._read("trial")
        self._erase("trial")
        if kept != "kept":
            raise _unusable("it did not give back what was written")

    def load(self, profile: Profile) -> Credentials | None:
        key = profile.identity
        secret, token = self._read(f"{key}/client_secret"), self._read(f"{key}/refresh_token")
        if not secret or not (token or profile.soid):
            return None
        return Credentials(
            client_id=profile.client_id, client_secret=SecretStr(secret), refresh_token=SecretStr(token or "")
        )

    def save(self, profile: Profile, credentials: Credentials) -> None:
        key = profile.identity
        self._write(f"{key}/client_secret", credentials.client_secret)
        if credentials.refresh_token.get_secret_value():
            self._write(f"{key}/refresh_token", credentials.refresh_token)

    def delete(self, profile: Profile) -> None:
        for entry in _ENTRIES:
            self._erase(f"{profile.identity}/{entry}")

    def _read(self, entry: str) -> str | None:
        kept = self._timed(lambda: self._backend.get_password(SERVICE, entry))
        return None if kept is None else SecretText(kept)

    def _write(self, entry: str, secret: SecretStr) -> None:
        self._timed(lambda: self._backend.set_password(SERVICE, entry, secret.get_secret_value()))

    def _erase(self, entry: str) -> None:
        def erase() -> None:
            if self._backend.get_password(SERVICE, entry) is not None:
                self._backend.delete_password(SERVICE, entry)

        self._timed(erase)

    def _timed(self, work: Callable[[], T]) -> T:
        """Run in a thread of its own; NotConfigured when it fails or takes too long."""
        answers: queue.Queue[tuple[T | None, str]] = queue.Queue()

        def run() -> None:
            try:
                answers.put((work(), ""))
            except Exception as error:  # noqa: BLE001 (backends raise what their system's library raises)
                # The text of an error while writing might hold what was written; opening has nothing to tell.
                said = f": {error}" if work is _system_backend else ""
                answers.put((None, f"{type(error).__name__}{said}"))

        threading.Thread(target=run, name="zcrm-keyring", daemon=True).start()
        try:
            result, fault = answers.get(timeout=self._limit)
        except queue.Empty:
            raise _unusable(f"it did not answer in {self._limit:g} seconds; it may be locked") from None
        if fault:
            raise _unusable(fault)
        return result  # type: ignore[return-value]


def _system_backend() -> KeyringBackend:
    """The one store of this system. Raises whatever keyring raises where there is none."""
    backend: Any
    if sys.platform == "darwin":
        from keyring.backends import macOS

        backend = macOS.Keyring
    elif sys.platform == "win32":
        from keyring.backends import Windows

        backend = Windows.WinVaultKeyring
    else:
        from keyring.backends import SecretService

        backend = SecretService.Keyring
    _ = backend.priority  # raises RuntimeError where the service is not there
    made: KeyringBackend = backend()
    return made


def _unusable(why: str) -> NotConfigured:
    return NotConfigured(
        Problem(
            "NO_KEYRING",
            f"The operating system's credential store cannot be used: {why}.",
            not_done="Nothing was saved.",
            next_step=(
                "Unlock it, or run without it: set ZCRM_CLIENT_ID, ZCRM_CLIENT_SECRET, ZCRM_REFRESH_TOKEN and "
                "ZCRM_DATA_CENTER in the environment."
            ),
            fix_by="person",
        )
    )
