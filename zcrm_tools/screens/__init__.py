"""What people see, as plain JavaScript modules and one style sheet: notebook widgets and MCP Apps show the same screens.

Every screen is a module with `render(node, data, callbacks)`: it fills the node from JSON and gives `{update(data)}`.
Callbacks may be async; one that is not given takes its control off the screen. Record ids are strings. Text is put in
as text, never as HTML: all of it may be a stranger's. Nothing here fetches anything.

- `grid`: `{label, columns: [{name, label, kind}], rows, total, sort, descending}`. With `rows({start, count, sort,
  descending, filter})` giving `{rows, total}` it asks for what is scrolled to; without, `data.rows` is all there is.
  `open(row, number)`, `save(format)`.
- `record`: `{module, id, title, subtitle, sections: [{label, fields: [{name, label, value}]}], related: [{name, label}]}`.
  `related(name)` giving a grid's data, `timeline()` giving `[{at, who, what, fields: [{field, old, new}]}]`, `edit()`,
  `open(module, id)` for lookups.
- `approval`: the card of `safety.show.as_card`; `approve_label` where approving does not write at once.
  `approve(plan_id)`, `drop(plan_id)`.
- `board`: `{label, columns: [{id, label, note}], cards: [{id, column, title, lines}]}`. `move(card_id, column_id)`,
  `open(card_id)`.
- `diagnostics`: `{source, items: [{severity, code, message, line, column, width, help, allowed, fix}]}`. `fix(item)`.

`text(name)` is one self-contained module, to be inlined; its style sheet is `css()`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from zcrm_tools.screens.linking import link

HERE = Path(__file__).parent
NAMES = ("approval", "board", "diagnostics", "grid", "record")


def text(name: str) -> str:
    """A screen as one ES module without imports. KeyError for a name that is none."""
    if name not in NAMES:
        raise KeyError(f"there is no screen {name!r}; there are {', '.join(NAMES)}")
    return link(HERE / f"{name}.js")


@cache
def css() -> str:
    """The one style sheet. Every rule begins at `.zcrm`, so that it touches nothing else on a page."""
    return (HERE / "screens.css").read_text("utf-8")
