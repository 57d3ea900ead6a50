"""What a plot is: a title, a body of HTML, the numbers behind it, and the same as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

_STYLE = """\
.zcrm-plot { color-scheme: light dark; color: var(--jp-content-font-color1, light-dark(#1c2127, #e4e7eb)); font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif); max-width: 760px; margin: 4px 0 18px; }
[data-jp-theme-light="true"] .zcrm-plot { color-scheme: light; } [data-jp-theme-light="false"] .zcrm-plot { color-scheme: dark; }
.zcrm-plot figcaption { font-weight: 650; font-size: 15px; margin-bottom: 2px; } .zcrm-plot .zp-note { color: light-dark(#566069, #a9b2bc); margin: 0 0 8px; }
.zcrm-plot table { color: inherit; border-collapse: collapse; width: 100%; margin: 0; font-size: 13px; } .zcrm-plot tr { background: none; }
.zcrm-plot :is(th, td) { border: 0; padding: 3px 8px 3px 0; text-align: left; font-weight: 400; vertical-align: middle; max-width: none; }
.zcrm-plot thead th { color: light-dark(#566069, #a9b2bc); font-size: 12px; } .zcrm-plot .zp-n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.zcrm-plot .zp-b { width: 52%; } .zcrm-plot .zp-b div { display: flex; height: 16px; } .zcrm-plot .zp-b i { display: block; height: 100%; min-width: 1px; }
.zcrm-plot .zp-b i:first-child { border-radius: 3px 0 0 3px; } .zcrm-plot .zp-b i:last-child { border-radius: 0 3px 3px 0; } .zcrm-plot .zp-b i:only-child { border-radius: 3px; }
.zcrm-plot .zp-0 { background: light-dark(#0b5cab, #86bdf5); fill: light-dark(#0b5cab, #86bdf5); } .zcrm-plot .zp-1 { background: light-dark(#7fb2e0, #35648f); fill: light-dark(#7fb2e0, #35648f); }
.zcrm-plot .zp-2 { background: light-dark(#c3ccd6, #505b66); fill: light-dark(#c3ccd6, #505b66); } .zcrm-plot .zp-3 { background: light-dark(#c0392f, #f08a80); } .zcrm-plot .zp-key { display: flex; gap: 16px; margin: 6px 0 0; color: light-dark(#566069, #a9b2bc); font-size: 12px; }
.zcrm-plot .zp-key i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 5px; }
.zcrm-plot svg { display: block; width: 100%; height: auto; } .zcrm-plot text { fill: currentColor; font-size: 12px; } .zcrm-plot .zp-axis { fill: light-dark(#566069, #a9b2bc); } .zcrm-plot line { stroke: light-dark(#d8dde3, #3b434c); }
.zcrm-plot g[tabindex]:focus-visible { outline: 2px solid light-dark(#0b5cab, #86bdf5); outline-offset: 2px; }
.zcrm-plot .zp-heat td { text-align: center; padding: 0; height: 26px; min-width: 28px; border: 1px solid var(--jp-layout-color1, light-dark(#fff, #15181c)); font-size: 12px; } .zcrm-plot .zp-heat th { font-size: 12px; color: light-dark(#566069, #a9b2bc); }
.zcrm-plot .zp-bad { color: light-dark(#a4262c, #f5a3a3); } .zcrm-plot .zp-good { color: light-dark(#116236, #7fd6a3); }
"""


@dataclass(frozen=True)
class Plot:
    """Shown by a notebook as a picture and by a terminal as text; `data` holds the numbers, one dict a mark."""

    title: str
    note: str
    body: str = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)
    data: tuple[Mapping[str, Any], ...] = field(repr=False)

    @property
    def html(self) -> str:
        """For a page of one's own: no script, nothing fetched."""
        head = f"<figcaption>{escape(self.title)}</figcaption><p class='zp-note'>{escape(self.note)}</p>"
        return f"<figure class='zcrm-plot'><style>{_STYLE}</style>{head}{self.body}</figure>"

    def pandas(self) -> Any:
        """The numbers as a data frame. Needs pandas (the extra `notebooks`)."""
        import pandas as pd  # type: ignore[import-untyped, unused-ignore]

        return pd.DataFrame(list(self.data))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": str(self)}

    def __str__(self) -> str:
        return "\n".join([self.title, self.note, "", *self.lines])

    __repr__ = __str__


@dataclass(frozen=True)
class Bar:
    """One row of a bar table: `parts` are drawn one after the other, each in the colour of its place; `cells` are its numbers."""

    label: str
    parts: tuple[float, ...]
    cells: tuple[str, ...]


def bars(
    title: str,
    note: str,
    heads: Sequence[str],
    drawn: Sequence[Bar],
    data: Sequence[Mapping[str, Any]],
    key: Mapping[int, str] | None = None,
) -> Plot:
    """Horizontal bars in a table: what is read aloud, copied and selected is the table. `heads[0]` heads the labels; `key` names colours."""
    most = max((sum(bar.parts) for bar in drawn), default=0) or 1
    body = [
        _heading(heads),
        "<tbody>",
        *(_bar(bar, most) for bar in drawn),
        "</tbody></table>",
        _key(key or {}),
    ]
    return Plot(title, note, "".join(body), _as_text(drawn, most), tuple(data))


def _as_text(drawn: Sequence[Bar], most: float) -> tuple[str, ...]:
    width = max((len(bar.label) for bar in drawn), default=0)
    return tuple(
        f"{bar.label:<{width}}  {_blocks(bar.parts, most):<24}  {'  '.join(bar.cells)}".rstrip()
        for bar in drawn
    ) or ("(nothing)",)


def _blocks(parts: Sequence[float], most: float) -> str:
    """Each part ends where it does in the picture, whatever was rounded before it."""
    ends = [round(24 * sum(parts[: n + 1]) / most) for n in range(len(parts))]
    starts = [0, *ends]
    return "".join(mark * (end - start) for mark, start, end in zip("█▒░×", starts, ends, strict=False))


def _heading(heads: Sequence[str]) -> str:
    first, *others = heads
    cells = "".join(f"<th class='zp-n' scope='col'>{escape(head)}</th>" for head in others)
    return f"<table><thead><tr><th scope='col'>{escape(first)}</th><th aria-hidden='true'></th>{cells}</tr></thead>"


def _bar(bar: Bar, most: float) -> str:
    parts = "".join(
        f"<i class='zp-{place}' style='width:{100 * part / most:.2f}%'></i>"
        for place, part in enumerate(bar.parts)
        if part > 0
    )
    cells = "".join(f"<td class='zp-n'>{escape(cell)}</td>" for cell in bar.cells)
    return f"<tr><th scope='row'>{escape(bar.label)}</th><td class='zp-b' aria-hidden='true'><div>{parts}</div></td>{cells}</tr>"


def _key(names: Mapping[int, str]) -> str:
    if not names:
        return ""
    marks = "".join(f"<span><i class='zp-{n}'></i>{escape(name)}</span>" for n, name in names.items())
    return f"<div class='zp-key' aria-hidden='true'>{marks}</div>"


_WIDTH, _HEIGHT, _TOP, _LEFT, _FOOT = 720, 240, 16, 64, 24


def columns(
    title: str,
    note: str,
    drawn: Sequence[Bar],
    data: Sequence[Mapping[str, Any]],
    key: Mapping[int, str],
) -> Plot:
    """Stacked columns over time. Each can be reached with the Tab key and says its numbers."""
    most = max((sum(bar.parts) for bar in drawn), default=0) or 1
    top = nice(most)
    step = (_WIDTH - _LEFT) / max(1, len(drawn))
    marks = [_column(bar, place, step, top) for place, bar in enumerate(drawn)]
    view = f"0 0 {_WIDTH} {_TOP + _HEIGHT + _FOOT}"
    svg = f"<svg viewBox='{view}' role='group' aria-label='{escape(title, quote=True)}'>{_scale(top)}{''.join(marks)}</svg>"
    return Plot(title, note, svg + _key(key), _as_text(drawn, most), tuple(data))


def _scale(top: float) -> str:
    out = []
    for share in (0.0, 0.5, 1.0):
        y = _TOP + _HEIGHT * (1 - share)
        out.append(f"<line x1='{_LEFT}' x2='{_WIDTH}' y1='{y:.1f}' y2='{y:.1f}'/>")
        out.append(
            f"<text class='zp-axis' x='{_LEFT - 8}' y='{y + 4:.1f}' text-anchor='end'>{short(top * share)}</text>"
        )
    return "".join(out)


def _column(bar: Bar, place: int, step: float, top: float) -> str:
    x, y, parts = _LEFT + place * step + step * 0.14, float(_TOP + _HEIGHT), []
    for series, part in enumerate(bar.parts):
        height = _HEIGHT * part / top
        y -= height
        if part > 0:
            parts.append(
                f"<rect class='zp-{series}' x='{x:.1f}' y='{y:.1f}' width='{step * 0.72:.1f}' height='{height:.1f}' rx='2'/>"
            )
    said = escape(f"{bar.label}: {', '.join(bar.cells)}", quote=True)
    label = f"<text class='zp-axis' x='{x + step * 0.36:.1f}' y='{_TOP + _HEIGHT + 17}' text-anchor='middle'>{escape(bar.label)}</text>"
    return f"<g tabindex='0' role='img' aria-label='{said}'><title>{said}</title>{''.join(parts)}{label}</g>"


def nice(value: float) -> float:
    """The next round number for the top of a scale."""
    size = 10.0 ** (len(str(int(value))) - 1)
    return next(size * step for step in (1, 2, 2.5, 5, 10) if size * step >= value)


def short(value: float) -> str:
    """A number for an axis: 1.2M, 350k, 12."""
    for size, mark in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{mark}"
    return f"{value:.3g}"


def money(value: float) -> str:
    return f"{value:,.0f}"


def share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"
