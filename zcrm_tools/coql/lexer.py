"""Source text to tokens, in one pass and in linear time. Nothing is refused here: what does not belong becomes a
STRAY token, so that the parser reports faults in reading order.

One pattern splits the text into tokens and the space between them; what a token is follows from its own text. Both
passes run in C: `split` finds the tokens, and a mapping that remembers names it has met says their kinds.
"""

from __future__ import annotations

import re
from itertools import accumulate

from zcrm_tools.coql.frozen import new
from zcrm_tools.coql.tokens import END, NUMBER, PATH, PLACEHOLDER, RESERVED, STRAY, TEXT, WORD, Token

# Quantifiers over unbounded text are possessive (`*+`): an unclosed quote must neither backtrack nor end early.
_TOKEN = re.compile(
    r"""
    (?=\S) (   !? [^\W\d] \w*+ (?: (?: \. | -> ) [^\W\d] \w*+ )*+
    |   ' [^']*+ (?: '' [^']*+ )*+ ' | " [^"]*+ (?: "" [^"]*+ )*+ "
    |   -- [^\n]*+ | /\* .*? (?: \*/ | \Z ) | // [^\n]*+
    |   == | && | \|\|
    |   ` [^`]*+ `? | \[ [^\]\n]*+ \]?
    |   [‘’“”] [^‘’“”]*+ [‘’“”]?
    |   ['"] .*+
    |   [-+]? [0-9] [\w.:]*+ (?: [-+] [0-9] [\w.:]*+ )*+
    |   <> | != | >= | <= | -> | \$ \{ \w*+ \}
    |   \S
    )
    """,
    re.VERBOSE | re.DOTALL,
)

_MARKS = frozenset({"<>", "!=", ">=", "<=", "->", *"=<>(),.*#"})

REMEMBERED = 4096
"""Names whose kind is kept; values are not."""


class _Kinds(dict[str, str]):
    """The kind of a token by its text."""

    def __missing__(self, text: str) -> str:
        if (quote := text[0]) in "'\"":
            return STRAY if text.count(quote) % 2 else TEXT
        kind = _kind(text)
        if len(self) < REMEMBERED and len(text) < 100 and kind not in (NUMBER, STRAY):
            self[text] = kind
        return kind


def _kind(text: str) -> str:
    """Of anything but a text in quotes."""
    first = text[0]
    if text in _MARKS:
        return text
    if first.isdecimal() or (first in "+-" and text[1:2].isdecimal()):
        return NUMBER if text.lstrip("+-")[0] in "0123456789" else STRAY
    if first == "$":
        return PLACEHOLDER if len(text) > 1 else STRAY
    if first == "!" and len(text) > 1:
        return PATH
    if first != "_" and not first.isalpha() and not _TOKEN_START.match(text):
        return STRAY
    if "." in text or "->" in text:
        return PATH
    lowered = text.lower()
    return lowered if lowered in RESERVED else WORD


_TOKEN_START = re.compile(r"[^\W\d]")
_KINDS = _Kinds()

Tokens = tuple[list[str], list[str], list[int], list[int]]
"""Kinds, texts, starts and ends, token by token."""


def scan(source: str) -> Tokens:
    """All tokens of `source`; the last is END, and only the last."""
    parts = _TOKEN.split(source)  # space, token, space, …, token, space
    offsets = list(accumulate(map(len, parts)))
    starts, ends, texts = offsets[::2], offsets[1::2], parts[1::2]
    kinds = list(map(_KINDS.__getitem__, texts))
    kinds.append(END)
    texts.append("")
    ends.append(starts[-1])
    return kinds, texts, starts, ends


def tokenize(source: str) -> list[Token]:
    """The same as values, one a token."""
    return [new(Token, token) for token in zip(*scan(source), strict=True)]


def is_bare(name: str) -> bool:
    """Whether a column or value can be written without quotes and is read back as the same single token."""
    return (
        not name.startswith("!")
        and name != ""
        and _TOKEN.fullmatch(name) is not None
        and (_kind(name) in (WORD, PATH))
    )
