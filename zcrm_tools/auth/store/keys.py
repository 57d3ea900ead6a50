"""Where the key of the encrypted file comes from: `ZCRM_KEY`, `ZCRM_KEY_FILE` or `ZCRM_PASSPHRASE`.

A key is 32 random bytes in base64: `python -c "import base64, os; print(base64.b64encode(os.urandom(32)).decode())"`.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from zcrm_tools.auth import private_file, sealing
from zcrm_tools.errors import NotConfigured, Problem
from zcrm_tools.redact import NotPickled
from zcrm_tools.settings import Settings

LENGTH = 32


class KeySource(Protocol):
    def key(self, salt: bytes) -> bytes:
        """32 bytes. A source that holds a whole key ignores the salt."""
        ...


@dataclass(frozen=True, slots=True)
class GivenKey(NotPickled):
    """A key as text; `name` says where it came from when it is refused."""

    text: SecretStr
    name: str = "ZCRM_KEY"

    def key(self, salt: bytes) -> bytes:
        del salt
        try:
            found = base64.b64decode(self.text.get_secret_value().strip(), validate=True)
        except ValueError:
            found = b""
        if len(found) != LENGTH:
            raise _unusable(f"{self.name} is not {LENGTH} bytes in base64.")
        return found


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file that only its owner may read, best on other storage than the sealed one."""

    path: Path

    def key(self, salt: bytes) -> bytes:
        data = private_file.read(self.path)
        if data is None:
            raise _unusable(f"The key file {self.path} is not there.")
        return GivenKey(SecretStr(data.decode("ascii", "replace")), f"The key file {self.path}").key(salt)


@dataclass(frozen=True, slots=True)
class Passphrase(NotPickled):
    text: SecretStr

    def key(self, salt: bytes) -> bytes:
        return sealing.stretched(self.text.get_secret_value(), salt)


def from_settings(settings: Settings) -> KeySource | None:
    """The source that the environment names; None when it names none. Two are refused: which is meant?"""
    named: list[tuple[str, KeySource]] = []
    if settings.key.get_secret_value():
        named.append(("ZCRM_KEY", GivenKey(settings.key)))
    if settings.key_file:
        named.append(("ZCRM_KEY_FILE", KeyFile(Path(settings.key_file).expanduser())))
    if settings.passphrase.get_secret_value():
        named.append(("ZCRM_PASSPHRASE", Passphrase(settings.passphrase)))
    if len(named) > 1:
        raise _unusable(
            f"{' and '.join(name for name, _ in named)} are both set; which one is meant is not known."
        )
    return named[0][1] if named else None


def _unusable(why: str) -> NotConfigured:
    return NotConfigured(
        Problem(
            "NO_KEY",
            why,
            not_done="Nothing was read or written.",
            next_step="Set one of ZCRM_KEY (32 bytes in base64), ZCRM_KEY_FILE and ZCRM_PASSPHRASE.",
            fix_by="person",
        )
    )
