"""A place in a list of tokens: what stands here, step over it, demand it."""

from __future__ import annotations

from zcrm_tools.coql.frozen import TYPE_CHECKING, Span, new
from zcrm_tools.coql.lexer import Tokens
from zcrm_tools.coql.tokens import END, Token

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from zcrm_tools.coql.faults import Faults

    T = TypeVar("T")


class Cursor:
    """`kind` is the current token's."""

    __slots__ = ("at", "kind", "kinds", "source", "texts", "tokens")

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = tokens = Tokens(source)
        self.kinds, self.texts = tokens.kinds, tokens.texts
        self.at = 0
        self.kind = self.kinds[0]

    @property
    def token(self) -> Token:
        return self.token_at(self.at)

    def token_at(self, at: int) -> Token:
        return new(Token, (self.kinds[at], self.texts[at], *self.tokens.span(at, at)))

    def advance(self) -> None:
        """Step over the current token, which must not be END."""
        self.at = at = self.at + 1
        self.kind = self.kinds[at]

    def take(self, kind: str) -> bool:
        if self.kind != kind:
            return False
        self.at = at = self.at + 1
        self.kind = self.kinds[at]
        return True

    def need(self, kind: str, expected: str) -> None:
        if self.kind != kind:
            raise self.faults.unexpected(expected)
        self.at = at = self.at + 1
        self.kind = self.kinds[at]

    def peek(self) -> str:
        """The kind of the token after the current one."""
        return self.kinds[self.at + 1] if self.kind != END else END

    def listed(self, read: Callable[[], T], *after: str) -> tuple[T, ...]:
        """One or more, parted by commas. `after` are the kinds that may follow the list."""
        items = [read()]
        while self.kind == ",":
            self.comma(*after)
            items.append(read())
        return tuple(items)

    def comma(self, *after: str) -> None:
        """Step over a comma, which neither `after` nor the end may follow."""
        self.at = at = self.at + 1
        self.kind = kind = self.kinds[at]
        if kind in after or kind == END:
            raise self.faults.comma_too_many()

    def since(self, first: int) -> Span:
        """From the start of a token to the end of the last one read."""
        return self.tokens.span(first, self.at - 1)

    @property
    def faults(self) -> Faults:
        """What is to be said of the current token, for the grammar to raise."""
        # Most queries are right, and this takes, with the errors it brings, 5 ms to load.
        from zcrm_tools.coql.faults import Faults

        return Faults(self)
