"""A place in a list of tokens: what stands here, step over it, demand it, and say what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from zcrm_tools.coql.diagnostics import CoqlError, Diagnostic, Edit
from zcrm_tools.coql.lexer import tokenize
from zcrm_tools.coql.nodes import Span
from zcrm_tools.coql.tokens import END
from zcrm_tools.coql.unexpected import called, split_text, syntax, unexpected

if TYPE_CHECKING:
    from collections.abc import Callable

    from zcrm_tools.coql.tokens import Token

T = TypeVar("T")


class Cursor:
    """Methods that make a fault return it, and the grammar raises it: `raise self.unexpected("a column")`."""

    __slots__ = ("at", "source", "token", "tokens")

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = tokenize(source)
        self.at = 0
        self.token = self.tokens[0]

    def advance(self) -> Token:
        """Step over the current token, which must not be END."""
        token = self.token
        self.at += 1
        self.token = self.tokens[self.at]
        return token

    def take(self, kind: str) -> bool:
        if self.token.kind != kind:
            return False
        self.advance()
        return True

    def need(self, kind: str, expected: str) -> Token:
        if self.token.kind != kind:
            raise self.unexpected(expected)
        return self.advance()

    def peek(self) -> str:
        """The kind of the token after the current one."""
        return self.tokens[self.at + 1].kind if self.token.kind != END else END

    def listed(self, read: Callable[[], T], *after: str) -> tuple[T, ...]:
        """One or more, parted by commas. `after` are the kinds that may follow the list."""
        items = [read()]
        while self.take(","):
            if self.token.kind in after or self.token.kind == END:
                comma = self.tokens[self.at - 1]
                message = f"There is a comma too many before {called(self.token)}."
                raise self.fault(self.token, message, edits=(Edit(comma.span, ""),), span=comma.span)
            items.append(read())
        return tuple(items)

    def since(self, start: int) -> Span:
        """From `start` to the end of the last token read."""
        return Span(start, self.tokens[self.at - 1].end)

    def refused(self, diagnostic: Diagnostic) -> CoqlError:
        return CoqlError(self.source, diagnostic)

    def unexpected(self, expected: str, *, column: bool = False) -> CoqlError:
        """The current token is not what should stand here."""
        if self.at and (split := split_text(self.source, self.tokens[self.at - 1], self.token)):
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
    ) -> CoqlError:
        return self.refused(syntax(self.source, token, message, advice=advice, edits=edits, span=span))
