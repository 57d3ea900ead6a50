"""Source text to tokens, in one pass and in linear time. Nothing is refused here: what does not belong becomes a
STRAY token, so that the parser reports faults in reading order.

One pattern finds the tokens; what a token is follows from its own text, and of names that were met before it is
remembered.
"""

from __future__ import annotations

import re

from zcrm_tools.coql.frozen import Span, new
from zcrm_tools.coql.tokens import END, NUMBER, PATH, PLACEHOLDER, RESERVED, STRAY, TEXT, WORD, Token

# Quantifiers over unbounded text are possessive (`*+`): an unclosed quote must neither backtrack nor end early.
# The first two lines are what most tokens are; the rest are tried only for what is left.
_TOKEN = re.compile(
    r"""
    ( [A-Za-z_] \w*+ (?: (?: \. | -> ) [^\W\d] \w*+ )*+ | [(),*] | ' [^']*+ (?: '' [^']*+ )*+ '
    |   [0-9]++ (?! [-+\w.:] )
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
    ) \s*+
    """,
    re.VERBOSE | re.DOTALL,
)

_MARKS = frozenset({"<>", "!=", ">=", "<=", "->", *"=<>(),.*#"})

REMEMBERED = 4096
"""Names whose kind is kept; values are not."""


_BY_FIRST = {**dict.fromkeys("0123456789", NUMBER), **dict.fromkeys("'\"", TEXT)}
"""Values, of which there are too many to remember, by their first characters."""


def _learnt(text: str) -> str:
    """The kind of a token met for the first time."""
    kind = _kind(text)
    if len(_KINDS) < REMEMBERED and len(text) < 100 and kind not in (NUMBER, STRAY):
        _KINDS[text] = kind
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
_KINDS: dict[str, str] = {}


class Tokens:
    """All tokens of a text, kind by kind and text by text; the last is END, and only the last. Where each stands is
    worked out when somebody first asks: of a query that is right, nobody does.
    """

    __slots__ = ("_source", "_starts", "kinds", "texts")

    def __init__(self, source: str) -> None:
        self._source = source
        self._starts: list[int] = []
        self.texts = texts = _TOKEN.findall(source)
        known, by_first = _KINDS.get, _BY_FIRST.get
        self.kinds = kinds = [known(text) or by_first(text[0]) or _learnt(text) for text in texts]
        if texts and kinds[-1] == TEXT and texts[-1].count(texts[-1][0]) % 2:
            kinds[-1] = STRAY  # a quote that is never closed takes all the rest
        texts.append("")
        kinds.append(END)

    def span(self, first: int, last: int) -> Span:
        """From the start of one token to the end of another."""
        starts, texts = self._starts, self.texts
        at = starts[-1] + len(texts[len(starts) - 1]) if starts else 0
        for text in texts[len(starts) : last + 1]:
            at = self._source.index(text, at) if text else len(self._source)  # only space lies between
            starts.append(at)
            at += len(text)
        return new(Span, (starts[first], starts[last] + len(texts[last])))


def tokenize(source: str) -> list[Token]:
    """The same as values, one a token."""
    tokens = Tokens(source)
    told = enumerate(zip(tokens.kinds, tokens.texts, strict=True))
    return [new(Token, (kind, text, *tokens.span(at, at))) for at, (kind, text) in told]


def is_bare(name: str) -> bool:
    """Whether a column or value can be written without quotes and is read back as the same single token."""
    if name == "" or name.startswith("!"):
        return False
    found = _TOKEN.match(name)  # which takes the space behind a token along
    return found is not None and found[1] == name and _kind(name) in (WORD, PATH)


def quoted(text: str) -> str:
    """A text value or an alias, as COQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def unquoted(text: str) -> str:
    """The content of a quoted token."""
    inner = text[1:-1]
    quote = text[0]
    return inner.replace(quote * 2, quote) if quote in inner else inner
