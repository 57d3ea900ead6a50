"""CSV as programs and the spreadsheets of every country write it: UTF-8, or UTF-16 with its mark; by comma, semicolon, tab
or bar; with or without Excel's line `sep=;`.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from zcrm_tools.metadata.habits import Mark
from zcrm_tools.transfer import forms, formulas
from zcrm_tools.transfer.raw import REASON, SURPLUS, Raw, unreadable

_DELIMITERS = ",;\t|"
_MARKED = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, slots=True)
class CsvFile:
    """`exact`: an apostrophe before what a spreadsheet would run is part of the text. `hinted`: its first line is `sep=`."""

    path: Path
    place: str
    digest: str
    headers: tuple[str, ...]
    delimiter: str
    exact: bool
    encoding: str
    hinted: bool

    @property
    def mark(self) -> Mark:
        """Where a comma stands between cells it seldom stands in numbers; elsewhere it may."""
        return "" if self.delimiter == "," else "?"

    def rows(self) -> Iterator[tuple[int, Raw]]:
        for number, cells in self._lines():
            texts = cells if self.exact else map(formulas.bare, cells)
            row: dict[str, Any] = dict(zip(self.headers, texts, strict=False))
            if any(extra := cells[len(self.headers) :]):
                row[SURPLUS] = extra
            yield number, row

    def write_refused(self, target: Path, reasons: Mapping[int, str]) -> None:
        width = len(self.headers)
        kept = [at for at, header in enumerate(self.headers) if header != REASON]

        def line(cells: Sequence[str], reason: str) -> bytes:
            own = [cells[at] if at < len(cells) else "" for at in kept]
            return forms.csv_text([[*own, reason, *cells[width:]]], self.delimiter)

        with forms.private(target) as file:
            file.write(b"" if self.encoding == "utf-8" else codecs.BOM_UTF8)
            file.write(line(self.headers, REASON))
            for number, cells in self._lines():
                if number in reasons:
                    file.write(line(cells, reasons[number]))

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        with _text(self.path, self.encoding) as text:
            if self.hinted:
                text.readline()
            reader = csv.reader(text, delimiter=self.delimiter)
            next(reader)
            for number, cells in enumerate(reader, start=2):
                if any(cells):
                    yield number, cells


def open_csv(path: Path, place: str, digest: str, *, exact: bool) -> CsvFile:
    with path.open("rb") as file:
        head = file.read(4)
    encoding = next((name for mark, name in _MARKED.items() if head.startswith(mark)), "utf-8")
    try:
        with _text(path, encoding) as text:
            first = text.readline()
            hint = first.rstrip("\r\n")
            hinted = len(hint) == 5 and hint.startswith("sep=")
            delimiter = hint[-1] if hinted else _between(first)
            if not hinted:
                text.seek(0)
            reader = csv.reader(text, delimiter=delimiter, strict=True)
            headers = next(reader, [])
            for _ in reader:  # what makes no sense further down is better found before anything is sent
                pass
    except csv.Error as wrong:
        raise unreadable(
            "NOT_CSV",
            f"{path.name} is no sound CSV up to line {reader.line_num}: {wrong}.",
            "A quotation mark without its partner, there or before, makes one cell of many.",
        ) from None
    except UnicodeDecodeError as wrong:
        raise unreadable(
            "NOT_UTF8",
            f"{path.name} is neither UTF-8 nor UTF-16 text: byte {wrong.start} of a block makes no sense.",
            'In Excel, save it as "CSV UTF-8".',
        ) from None
    twice = sorted({h for h in headers if headers.count(h) > 1 and h.strip()})
    if twice:
        raise unreadable("HEADER_TWICE", f"{path.name} has more than one column {twice[0]!r}.")
    if not any(h.strip() for h in headers):
        raise unreadable("NO_HEADERS", f"{path.name} has no line of column names.")
    return CsvFile(path, place, digest, tuple(headers), delimiter, exact, encoding, hinted)


def _between(line: str) -> str:
    """What makes most cells of the line of names."""
    return max(_DELIMITERS, key=lambda mark: len(next(csv.reader([line], delimiter=mark), [])))


def _text(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, newline="")
