"""Taking tokens and secrets out of text before a log or a terminal sees it.

A last net under code that keeps secrets in `SecretStr`: tracebacks of other libraries hold headers and URLs.
"""

from __future__ import annotations

import re
from typing import NoReturn


class NotPickled:
    """Base of what holds a secret: a pickle is a plain copy of it, in a cache, a queue or another process."""

    __slots__ = ()

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} holds a secret and is not pickled or copied")


STARS = "**********"

# Zoho's tokens and codes are `1000.` and two long runs of hex; a client id has one run and is no secret.
_TOKEN = re.compile(r"\b\d{4}\.[0-9A-Za-z]{16,}\.[0-9A-Za-z]{16,}")
_HEADER = re.compile(r"(?i)\b(zoho-oauthtoken|bearer)(\s+)[^\s'\",;]+")
# `code` only as in a form: a refusal of Zoho's has one too, which a person needs. Names of variables end in these as well.
_NAMED = re.compile(
    r"(?i)((?:client_secret|refresh_token|access_token|enhance_token|device_code|code_verifier|zcrm_key|zcrm_passphrase)"
    r"['\"]?\s*[=:]\s*['\"]?|\bcode=)[^\s&'\",;}]+"
)


def redact(text: str) -> str:
    """The text with every token, authorization header and named secret as stars."""
    text = _HEADER.sub(rf"\1\2{STARS}", text)
    text = _NAMED.sub(rf"\1{STARS}", text)
    return _TOKEN.sub(STARS, text)
