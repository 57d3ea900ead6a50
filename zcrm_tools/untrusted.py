"""Text that strangers typed: cleaned and capped before a model or a screen sees it.

Everything in a CRM record may come from a web form. Cleaning removes what a reader cannot see but a model or a
terminal obeys. This is hygiene; the boundary is policy: what grant, operator and person allow.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

# Controls (tab and newline stay), soft hyphen, zero-width and bidi marks, invisible operators, variation selectors,
# interlinear annotations, object replacement, tag characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# A zero-width joiner inside an emoji or an Indic or Arabic word is spelling, not hiding.
_JOINER = re.compile("(?<=[\u0600-\u06ff\u0900-\u0dff\u2600-\u27bf\U0001f000-\U0001faff])[\u200c\u200d](?=[\u0600-\u06ff\u0900-\u0dff\u2600-\u27bf\U0001f000-\U0001faff])")  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")
_PLACEHOLDER = {"\u200c": "\U000f0001", "\u200d": "\U000f0002"}
_BACK = {v: k for k, v in _PLACEHOLDER.items()}

LIMIT = 2_000
"""Characters kept of one value unless told otherwise."""


def clean(text: str, limit: int = LIMIT) -> str:
    """Remove what is invisible, and cap the length with a note of how much was cut."""
    kept = _JOINER.sub(lambda m: _PLACEHOLDER[m[0]], text)
    kept = _SURROGATE.sub("\ufffd", _INVISIBLE.sub("", kept.replace("\r\n", "\n").replace("\r", "\n")))
    for mark, joiner in _BACK.items():
        kept = kept.replace(mark, joiner)
    if len(kept) <= limit:
        return kept
    return f"{kept[:limit]}… [{len(kept) - limit} characters cut]"


def clean_value(value: Any, limit: int = LIMIT) -> Any:
    """`clean` every text inside a JSON value; keys too, since custom fields have names."""
    if isinstance(value, str):
        return clean(value, limit)
    if isinstance(value, Mapping):
        return {clean(str(k), 200): clean_value(v, limit) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean_value(v, limit) for v in value]
    return value


def fenced(text: str, nonce: str = "") -> str:
    """Text between two lines that say it is data. What is inside cannot write the closing line: it does not know the nonce."""
    mark = nonce or secrets.token_hex(4)
    return f"<data {mark}>\n{text}\n</data {mark}>"
