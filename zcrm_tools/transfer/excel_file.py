"""The first sheet of an Excel file. Its cells have types, so numbers and days need no telling how they are written."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from zcrm_tools.errors import ZcrmError
from zcrm_tools.metadata.habits import Mark
from zcrm_tools.transfer import forms, tables, workbook
from zcrm_tools.transfer.raw import REASON, SURPLUS, Raw, unreadable
from zcrm_tools.untrusted import clean

UNPACKED = 1_000_000_000
"""Bytes of XML in a workbook."""


@dataclass(frozen=True, slots=True)
class ExcelFile:
    path: Path
    place: str
    digest: str
    headers: tuple[str, ...]
    first: int
    """Row of the names."""
    mark: Mark = ""

    def rows(self) -> Iterator[tuple[int, Raw]]:
        for number, cells in self._lines():
            row: dict[str, Any] = dict(zip(self.headers, cells, strict=False))
            if any(extra := cells[len(self.headers) :]):
                row[SURPLUS] = list(extra)
            yield number, row

    def write_refused(self, target: Path, reasons: Mapping[int, str]) -> None:
        library = tables.library("openpyxl")
        book = library.Workbook(write_only=True)
        sheet = book.create_sheet()
        kept = [at for at, header in enumerate(self.headers) if header != REASON]

        def cell(value: Any) -> Any:
            if not isinstance(value, str):
                return value
            made = library.cell.WriteOnlyCell(sheet, workbook.escaped(value))
            made.data_type = "s"  # or a text that begins with = would be a formula
            return made

        sheet.append([*(cell(self.headers[at]) for at in kept), REASON])
        for number, cells in self._lines():
            if number in reasons:
                own = [cell(cells[at] if at < len(cells) else None) for at in kept]
                sheet.append([*own, cell(reasons[number]), *map(cell, cells[len(self.headers) :])])
        with forms.private(target) as file:
            book.save(file)

    def _lines(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        with _sheet(self.path, formulas=False) as sheet:
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                if number > self.first and any(cell not in (None, "") for cell in cells):
                    yield number, tuple(workbook.unescaped(c) if isinstance(c, str) else c for c in cells)


def open_excel(path: Path, place: str, digest: str) -> ExcelFile:
    """Raises InvalidInput for what is no workbook or is too big, and where a cell has no value to read: an error, or a
    formula that was never calculated.
    """
    try:
        _within_bounds(path)
        headers, first = _looked_through(path)
    except (ZcrmError, MemoryError):
        raise
    except Exception as wrong:  # noqa: BLE001 — a damaged workbook fails wherever its reader happens to be
        raise unreadable(
            "NOT_EXCEL",
            f"{path.name} is no Excel workbook, is damaged, or a password protects it ({clean(str(wrong), 200)}).",
            "Save it as .xlsx without a password.",
        ) from None
    if not headers:
        raise unreadable("NO_HEADERS", f"{path.name} has no row of column names in its first sheet.")
    twice = sorted({h for h in headers if h and headers.count(h) > 1})
    if twice:
        raise unreadable("HEADER_TWICE", f"{path.name} has more than one column {twice[0]!r}.")
    return ExcelFile(path, place, digest, headers, first)


def _within_bounds(path: Path) -> None:
    """A file of a megabyte may unpack to thousands. The sizes it gives can be relied on: reading ends at them."""
    with zipfile.ZipFile(path) as packed:
        unpacked = sum(part.file_size for part in packed.infolist())
    if unpacked > UNPACKED:
        raise _too_big(path, f"{unpacked:,} bytes when it is unpacked, more than {UNPACKED:,}")


def _too_big(path: Path, what: str) -> Exception:
    return unreadable("TOO_BIG", f"{path.name} has {what}.", "Save it as CSV, or in parts.")


def _looked_through(path: Path) -> tuple[tuple[str, ...], int]:
    """The names and their row."""
    headers: tuple[str, ...] = ()
    first = 0
    with _sheet(path, formulas=False) as sheet, _sheet(path, formulas=True) as written:
        rows = zip(sheet.iter_rows(), written.iter_rows(), strict=True)
        for number, (cells, formulas) in enumerate(rows):
            if number > workbook.ROWS:  # rows that a file leaves out are counted up to the next that it has
                raise _too_big(path, f"more than the {workbook.ROWS + 1:,} rows that Excel has")
            for cell, formula in zip(cells, formulas, strict=True):
                if cell.data_type == "e":
                    raise _no_value(path, cell, f"is an error ({cell.value})", "Mend it.")
                if formula.data_type == "f" and cell.value is None:
                    why = "is a formula that was never calculated"
                    raise _no_value(path, formula, why, "Open it in a spreadsheet and save it.")
            if not first and any(cell.value not in (None, "") for cell in cells):
                names = [_name(cell.value) for cell in cells]
                while names and not names[-1]:
                    names.pop()
                headers, first = tuple(names), cells[0].row
    return headers, first


@contextmanager
def _sheet(path: Path, *, formulas: bool) -> Iterator[Any]:
    library = tables.library("openpyxl")
    with path.open("rb") as file:  # given a path, it leaves the file of a damaged workbook open
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of decoration that it does not know
            book = library.load_workbook(file, read_only=True, data_only=not formulas)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # which some programs write wrongly
            yield sheet
        finally:
            book.close()


def _no_value(path: Path, cell: Any, why: str, next_step: str) -> Exception:
    return unreadable("NO_VALUE", f"Cell {cell.coordinate} of {path.name} {why}.", next_step)


def _name(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return "" if value is None else workbook.unescaped(str(value))
