"""Text that must not show. A traceback that prints local variables prints their repr, and so does a log of a tuple."""

from __future__ import annotations

from pydantic import SecretStr

from zcrm_tools.redact import NotPickled


class SecretText(NotPickled, str):
    """A string whose repr is stars. `str()` and f-strings give the value: that is how a header is made."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'**********'"


def reveal(value: str | SecretStr) -> str:
    """The value itself, still hidden from repr when it was secret."""
    return SecretText(value.get_secret_value()) if isinstance(value, SecretStr) else value
