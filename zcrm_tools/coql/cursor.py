"""A place in a list of tokens: what stands here, step over it, demand it, and say what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from zcrm_tools.coql.diagnostics import CoqlError, Diagnostic, Edit
from zcrm_tools.coql.frozen import Span, new
from zcrm_tools.coql.lexer import Tokens
from zcrm_tools.coql.tokens import END, Token
from zcrm_tools.coql.unexpected import called, split_text, syntax, unexpected

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Cursor:
    """`kind` is the current token's. Methods that make a fault return it, and the grammar raises it:
    `raise self.unexpected("a column")`.
    """

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
            raise self.unexpected(expected)
        self.advance()

    def taken(self) -> Token:
        """The current token, stepped over."""
        token = self.token
        self.advance()
        return token

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
            comma = self.token_at(at - 1)
            message = f"There is a comma too many before {called(self.token)}."
            edits = (Edit(comma.span, ""),)
            raise self.fault(self.token, message, edits=edits, span=comma.span, sure=True)

    def since(self, first: int) -> Span:
        """From the start of a token to the end of the last one read."""
        return self.tokens.span(first, self.at - 1)

    def refused(self, diagnostic: Diagnostic) -> CoqlError:
        return CoqlError(self.source, diagnostic)

    def unexpected(self, expected: str, *, column: bool = False) -> CoqlError:
        """The current token is not what should stand here."""
        if self.at and (split := split_text(self.source, self.token_at(self.at - 1), self.token)):
            return self.refused(split)
        return self.refused(unexpected(self.source, self.token, expected, column=column))

    def fault(
        self,
        token: Token,
        message: str,
        *,
        advice: str = "",
        edits: tuple[Edit, ...] = (),
        span: Span | None = None,
        sure: bool = False,
    ) -> CoqlError:
        found = syntax(self.source, token, message, advice=advice, edits=edits, span=span, sure=sure)
        return self.refused(found)
