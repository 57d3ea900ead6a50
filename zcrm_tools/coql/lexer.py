"""Source text to tokens, in one pass and in linear time. Nothing is refused here: what does not belong becomes a
STRAY token, so that the parser reports faults in reading order.
"""

from __future__ import annotations

import re

from zcrm_tools.coql.tokens import END, PATH, RESERVED, STRAY, WORD, Token

# Quantifiers over unbounded text are possessive (`*+`): an unclosed quote must neither backtrack nor end early.
_TOKEN = re.compile(
    r"""
    \s*+ (?:
      (?P<WORD> [^\W\d] \w*+ (?! \. [^\W\d] | -> [^\W\d] ) )
    | (?P<PATH> !? [^\W\d] \w*+ (?: (?: \. | -> ) [^\W\d] \w*+ )*+ )
    | (?P<TEXT> ' [^']*+ (?: '' [^']*+ )*+ ' | " [^"]*+ (?: "" [^"]*+ )*+ " )
    | (?P<STRAY> -- [^\n]*+ | /\* .*? (?: \*/ | \Z ) | // [^\n]*+
               | == | && | \|\|
               | ` [^`]*+ `? | \[ [^\]\n]*+ \]?
               | [‘’“”] [^‘’“”]*+ [‘’“”]?
               | ['"] .*+ )
    | (?P<NUMBER> [-+]? [0-9] [\w.:]*+ (?: [-+] [0-9] [\w.:]*+ )*+ )
    | (?P<MARK> <> | != | >= | <= | [=<>(),.*#] | -> )
    | (?P<PLACEHOLDER> \$ \{ \w*+ \} )
    | (?P<END> \Z )
    | (?P<OTHER> . )
    )
    """,
    re.VERBOSE | re.DOTALL,
)


_KINDS = tuple(sorted(_TOKEN.groupindex, key=_TOKEN.groupindex.__getitem__))
"""The kind of each group of the pattern, in the pattern's order."""


def tokenize(source: str) -> list[Token]:
    """All tokens of `source`; the last is END, and only the last."""
    tokens: list[Token] = []
    append, reserved, kinds = tokens.append, RESERVED, _KINDS
    for match in _TOKEN.finditer(source):
        group = match.lastindex or 0  # numbers, not names: looking a group up by name takes twice the time
        kind, (start, end) = kinds[group - 1], match.span(group)
        text = source[start:end]
        if kind == WORD:
            lowered = text.lower()
            if lowered in reserved:
                kind = lowered
        elif kind == "MARK":
            kind = text
        elif kind == "OTHER":
            kind = STRAY
        append(Token(kind, text, start, end))
        if kind == END:
            break
    return tokens


def is_bare(name: str) -> bool:
    """Whether a column or value can be written without quotes and is read back as the same single token."""
    if name.startswith("!") or not name:
        return False
    match = _TOKEN.match(name)
    kind = match.lastgroup if match and match.end() == len(name) and not name[0].isspace() else None
    return kind == PATH or (kind == WORD and name.lower() not in RESERVED)
