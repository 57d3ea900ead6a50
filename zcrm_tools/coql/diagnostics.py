"""What is said about a query: data first, then text. Every fault the parser or a check finds is a `Diagnostic`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from zcrm_tools.coql.frozen import Frozen, Span
from zcrm_tools.errors import NOTHING_SENT, Problem, QueryRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

Severity = Literal["error", "warning"]

WIDTH = 100
"""Columns of source shown around a fault; longer lines are cut on both sides."""

LISTED = 12
"""Allowed values named in a rendering."""


class Edit(Frozen):
    """Put `text` in place of `span`; an empty span inserts."""

    __slots__ = ()
    span: Span
    text: str


class Diagnostic(Frozen):
    """One fault, or one doubt (`severity="warning"`, which never refuses a query).

    `code` is Zoho's for syntax and ours (UPPER_CASE) for checks. `details` and `zoho_message` are the parts of Zoho's
    own error body, filled for syntax. `edits`, when not empty, is the offered replacement; see `fixed`. `sure`: the
    replacement means what was written, so that a rewrite may make it by itself.
    """

    __slots__ = ()
    code: str
    message: str
    span: Span
    help: str = ""
    edits: tuple[Edit, ...] = ()
    severity: Severity = "error"
    allowed: tuple[str, ...] = ()
    closest: str = ""
    details: Mapping[str, object] = MappingProxyType({})
    zoho_message: str = ""
    sure: bool = False

    @property
    def replacement(self) -> str:
        """The text offered for `span`, or "" when nothing is offered or the edit lies elsewhere."""
        return self.edits[0].text if len(self.edits) == 1 and self.edits[0].span == self.span else ""

    def _repr_html_(self) -> str:
        """Without the query, which is not a part of it: `render` shows both."""
        from zcrm_tools.screens import page

        said = Problem(
            self.code, self.message, next_step=self.help, allowed=self.allowed, closest=self.closest
        )
        return page.problems(f"{self.severity} at character {self.span.start + 1}", [said])

    def __getnewargs__(self) -> tuple[object, ...]:
        """For pickle, which takes no read-only mapping."""
        return tuple(dict(value) if isinstance(value, MappingProxyType) else value for value in self)


class CoqlError(QueryRefused):
    """The text is not a COQL query. `diagnostic` says why; `str` is its rendering."""

    def __init__(self, source: str, diagnostic: Diagnostic) -> None:
        super().__init__(to_problem(source, diagnostic))
        self.source = source
        self.diagnostic = diagnostic

    def __str__(self) -> str:
        return render(self.source, self.diagnostic)


def line_column(source: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    before = source[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def fixed(source: str, *diagnostics: Diagnostic) -> str:
    """`source` with the offered edits made. An edit that overlaps one already made is left out."""
    edits = sorted({edit for diagnostic in diagnostics for edit in diagnostic.edits})
    parts: list[str] = []
    done = 0
    for (start, end), text in edits:
        if start >= done:
            parts += source[done:start], text
            done = end
    return "".join([*parts, source[done:]])


def render(source: str, diagnostic: Diagnostic) -> str:
    """Three or four lines: what is wrong, the source line, a caret under the span, and the help if there is any."""
    line, column = line_column(source, diagnostic.span.start)
    shown, start, end = _window(source, diagnostic.span)
    lead = " " * _columns(shown[:start])
    carets = "^" * max(1, _columns(shown[start:end]))
    gutter = " " * len(str(line))
    lines = [
        f"{diagnostic.severity} {diagnostic.code} at line {line}, column {column}: {diagnostic.message}",
        f"{line} | {shown}".rstrip(),
        f"{gutter} | {lead}{carets}",
    ]
    advice = [_advice(source, diagnostic), _allowed(diagnostic)]
    if any(advice):
        lines.append(f"{gutter} = help: {' '.join(filter(None, advice))}")
    return "\n".join(lines)


def to_problem(source: str, diagnostic: Diagnostic) -> Problem:
    """The shape every surface renders. A refused query was not sent; a warning has nothing undone."""
    line, column = line_column(source, diagnostic.span.start)
    return Problem(
        code=diagnostic.code,
        message=diagnostic.message,
        not_done=NOTHING_SENT if diagnostic.severity == "error" else "",
        next_step=_advice(source, diagnostic),
        where=f"line {line}, column {column}",
        allowed=diagnostic.allowed,
        closest=diagnostic.closest,
    )


def _advice(source: str, diagnostic: Diagnostic) -> str:
    """The help, and the repaired query when there is one and it is short enough to read."""
    repaired = fixed(source, diagnostic) if diagnostic.edits else ""
    attempt = f"Try: {repaired}" if repaired and len(repaired) <= 500 else ""
    return " ".join(part for part in (diagnostic.help, attempt) if part)


def _allowed(diagnostic: Diagnostic) -> str:
    """What may stand there, when no single text is offered; `Problem` carries the whole list as data."""
    if diagnostic.edits or not diagnostic.allowed:
        return ""
    rest = len(diagnostic.allowed) - LISTED
    return f"Allowed: {', '.join(diagnostic.allowed[:LISTED])}{f' and {rest} more' if rest > 0 else ''}."


def _window(source: str, span: Span) -> tuple[str, int, int]:
    """The line the span starts in, cut to WIDTH around it, and the span within what is shown."""
    begin = source.rfind("\n", 0, span.start) + 1
    finish = source.find("\n", span.start)
    finish = len(source) if finish < 0 else finish
    start, end = span.start, min(max(span.end, span.start + 1), max(finish, span.start + 1))
    left = begin if finish - begin <= WIDTH else max(begin, start - WIDTH // 3)
    right = min(finish, left + WIDTH)
    before, after = "…" * (left > begin), "…" * (right < finish)
    text = "".join(char if char.isprintable() else " " for char in source[left:right])
    shift = len(before) - left
    return f"{before}{text}{after}", start + shift, min(end, right + 1) + shift


def _columns(text: str) -> int:
    """Terminal columns: East Asian wide characters take two."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
