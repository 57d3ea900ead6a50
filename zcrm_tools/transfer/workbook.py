"""An Excel workbook of one sheet. Every text is typed as text, so that no id is rounded and no formula is run; numbers,
days and moments are typed too. Moments are as the clock of the org shows them, since Excel knows no zones.

Pages are kept as rows of the sheet's XML, one a line, and put together by copying.
https://learn.microsoft.com/openspecs/office_standards/ms-xlsx
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, tzinfo
from math import isfinite
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from zcrm_tools.transfer.columns import Column, plain_rows

ROWS = 1_048_575
"""Beside the names."""
CHARACTERS = 32_767
"""In one cell; a longer text is left empty and counted."""
EXACT = 10**15
"""Whole numbers from here on are text, as Excel keeps 15 digits."""
_EPOCH = date(1899, 12, 30)
_FIRST_DAY = date(1900, 3, 1)
"""Excel believes in the 29th of February 1900, and numbers the days before it otherwise."""
_UNWRITABLE = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_WRITTEN = re.compile("_x([0-9A-Fa-f]{4})_")
_ID = re.compile(rb"<t[^>]*>(\d+)</t>")
_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_NAMESPACE}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Records" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_NAMESPACE}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font/><font><b/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="4"><xf xfId="0"/><xf xfId="0" numFmtId="164" applyNumberFormat="1"/>'
    '<xf xfId="0" numFmtId="165" applyNumberFormat="1"/><xf xfId="0" fontId="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_SHEET = (
    f'{_HEAD}<worksheet xmlns="{_NAMESPACE}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>\n'
)
_END = "</sheetData></worksheet>"
_EMPTY = "<c/>"


def lines(
    columns: Sequence[Column], rows: Sequence[dict[str, Any]], zone: tzinfo | None
) -> tuple[bytes, int]:
    """The rows of a sheet, one a line, and how many texts were too long."""
    writers: list[Callable[[Any], str]] = [_writer(column, zone) for column in columns]
    cells = plain_rows(columns, rows)
    long = sum(isinstance(cell, str) and len(cell) > CHARACTERS for row in cells for cell in row)
    return "".join(
        map(_line, ([write(c) for write, c in zip(writers, row, strict=True)] for row in cells))
    ).encode(), long


def ids(data: bytes) -> list[int]:
    """Those of some lines, whose first cell is the id."""
    return [int(found[1]) for line in data.splitlines() if (found := _ID.search(line))]


def escaped(text: str) -> str:
    """With what XML cannot hold as Excel writes it: `_x0007_`."""
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescaped(text: str) -> str:
    return _WRITTEN.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class Workbook:
    """A workbook being written: the same lines give the same bytes."""

    def __init__(self, file: BinaryIO, names: Sequence[str]) -> None:
        self._file = file
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        for name, content in _PARTS.items():
            self._zip.writestr(_entry(name), _HEAD + content)
        self._sheet = self._zip.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True)
        self._sheet.write((_SHEET + _line([_text(name, style=3) for name in names])).encode())

    def add(self, data: bytes, skip: int) -> None:
        self._sheet.write(b"".join(data.splitlines(keepends=True)[skip:]) if skip else data)

    def close(self) -> None:
        self._sheet.write(_END.encode())
        self.abandon()

    def abandon(self) -> None:
        self._sheet.close()
        self._zip.close()
        self._file.close()


def _entry(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)  # of the first day that ZIP knows
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


def _line(cells: Sequence[str]) -> str:
    return f"<row>{''.join(cells)}</row>\n"


def _writer(column: Column, zone: tzinfo | None) -> Callable[[Any], str]:
    match column.kind:
        case "integer" | "number":
            return _number
        case "boolean":
            return lambda cell: (
                f'<c t="b"><v>{int(cell == "true")}</v></c>' if cell in ("true", "false") else _text(cell)
            )
        case "date":
            return _day
        case "datetime" if zone is not None:
            return lambda cell: _moment(cell, zone)
    return _text


def _text(cell: Any, style: int = 0) -> str:
    if cell in (None, ""):
        return _EMPTY
    text = str(cell)
    if len(text) > CHARACTERS:
        return _EMPTY
    safe = escape(escaped(text), {"\n": "&#10;"})
    styled = f' s="{style}"' if style else ""
    return f'<c t="inlineStr"{styled}><is><t xml:space="preserve">{safe}</t></is></c>'


def _number(cell: Any) -> str:
    try:
        value = cell if isinstance(cell, int | float) else float(cell) if "." in cell else int(cell)
    except (TypeError, ValueError):
        return _text(cell)
    return f"<c><v>{value!r}</v></c>" if isfinite(value) and abs(value) < EXACT else _text(cell)


def _day(cell: Any) -> str:
    try:
        found = date.fromisoformat(cell)
    except (TypeError, ValueError):
        return _text(cell)
    return f'<c s="1"><v>{(found - _EPOCH).days}</v></c>' if found >= _FIRST_DAY else _text(cell)


def _moment(cell: Any, zone: tzinfo) -> str:
    """As text where the clock of the zone shows the same twice."""
    try:
        found = datetime.fromisoformat(cell).astimezone(zone)
    except (TypeError, ValueError, OverflowError):
        return _text(cell)
    twice = found.replace(fold=0).utcoffset() != found.replace(fold=1).utcoffset()
    if twice or found.date() < _FIRST_DAY:
        return _text(cell)
    since = found.replace(tzinfo=UTC) - datetime(_EPOCH.year, _EPOCH.month, _EPOCH.day, tzinfo=UTC)
    return f'<c s="2"><v>{since.days + since.seconds / 86_400!r}</v></c>'
