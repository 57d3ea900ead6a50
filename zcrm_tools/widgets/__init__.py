"""Notebook widgets: sign in, explore, query, edit, approve and undo, and the pipeline, without leaving the cell.

    import zcrm_tools as z
    crm = z.connect()                # shows the Connect widget when nobody is signed in
    z.widgets.Explorer(crm)          # modules, fields, records, related lists
    z.widgets.Rows(frame)            # any frame or rows, paged from the kernel

Each is one widget whose halves talk in messages: rows, secrets, completions and answers are in no trait, so no saved
notebook holds them. Nothing is loaded from anywhere. Names load when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zcrm_tools.widgets.connect import Connect as Connect
    from zcrm_tools.widgets.explorer import Explorer as Explorer
    from zcrm_tools.widgets.rows import Rows as Rows

_HOME = {
    "Connect": "connect",
    "Explorer": "explorer",
    "Rows": "rows",
}

__all__ = ["Connect", "Explorer", "Rows"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
