"""Source text to tokens, in one pass and in linear time. Nothing is refused here: what does not belong becomes a
STRAY token, so that the parser reports faults in reading order.

One pattern splits the text into tokens and the space between them; what a token is follows from its own text. Both
passes run in C: `split` finds the tokens, and a mapping that remembers names it has met says their kinds.
"""

from __future__ import annotations

import re
from itertools import accumulate

from zcrm_tools.coql.frozen import Span, new
from zcrm_tools.coql.tokens import END, NUMBER, PATH, PLACEHOLDER, RESERVED, STRAY, TEXT, WORD, Token

# Quantifiers over unbounded text are possessive (`*+`): an unclosed quote must neither backtrack nor end early.
# The first line is what most tokens are; the rest are tried only for what is left.
_TOKEN = re.compile(
    r"""
    (?=\S) ( [A-Za-z_] \w*+ (?: (?: \. | -> ) [^\W\d] \w*+ )*+ | [(),*] | ' [^']*+ (?: '' [^']*+ )*+ '
    |   !? [^\W\d] \w*+ (?: (?: \. | -> ) [^\W\d] \w*+ )*+
    |   " [^"]*+ (?: "" [^"]*+ )*+ "
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
        first = text[0]
        if first in "'\"":
            return STRAY if text.count(first) % 2 else TEXT
        if first in "0123456789":
            return NUMBER
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
_KINDS = _Kinds({"": END})


class Tokens:
    """All tokens of a text, kind by kind and text by text; the last is END, and only the last. Where each stands is
    worked out when somebody first asks: of a query that is right, nobody does.
    """

    __slots__ = ("_offsets", "_parts", "kinds", "texts")

    def __init__(self, source: str) -> None:
        self._parts = parts = _TOKEN.split(source)  # space, token, space, …, token, space
        parts.append("")
        self._offsets = [0]
        self.texts = parts[1::2]
        self.kinds = list(map(_KINDS.__getitem__, self.texts))

    def span(self, first: int, last: int) -> Span:
        """From the start of one token to the end of another."""
        offsets, reach = self._offsets, 2 * last + 2
        known = len(offsets) - 1
        if known < reach:
            offsets += accumulate(map(len, self._parts[known:reach]), initial=offsets.pop())
        return new(Span, (offsets[2 * first + 1], offsets[reach]))


def tokenize(source: str) -> list[Token]:
    """The same as values, one a token."""
    tokens = Tokens(source)
    told = enumerate(zip(tokens.kinds, tokens.texts, strict=True))
    return [new(Token, (kind, text, *tokens.span(at, at))) for at, (kind, text) in told]


def is_bare(name: str) -> bool:
    """Whether a column or value can be written without quotes and is read back as the same single token."""
    return (
        not name.startswith("!")
        and name != ""
        and _TOKEN.fullmatch(name) is not None
        and (_kind(name) in (WORD, PATH))
    )


def quoted(text: str) -> str:
    """A text value or an alias, as COQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def unquoted(text: str) -> str:
    """The content of a quoted token."""
    inner = text[1:-1]
    quote = text[0]
    return inner.replace(quote * 2, quote) if quote in inner else inner
