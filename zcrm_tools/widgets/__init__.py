"""Notebook widgets: sign in, explore, query, edit, approve and undo, and the pipeline, without leaving the cell.

    import zcrm_tools as z
    crm = z.connect()                # shows the Connect widget when nobody is signed in
    z.widgets.Explorer(crm)          # modules, fields, records, related lists
    z.widgets.Query(crm)             # a COQL editor that knows the org
    z.widgets.Edit(crm, "Deals", id) # a form that shows the difference before it writes
    z.widgets.Changes(crm)           # what waits for your approval, what was written, undo
    z.widgets.Board(crm)             # the pipeline; drag a deal
    z.widgets.Rows(frame)            # any frame or rows, paged from the kernel
    %load_ext zcrm_tools.widgets     # %coql and %%coql

Each is one widget whose halves talk in messages: rows, secrets, completions and answers are in no trait, so no saved
notebook holds them. Nothing is loaded from anywhere. Names load when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from zcrm_tools.widgets.board import Board as Board
    from zcrm_tools.widgets.changes import Changes as Changes
    from zcrm_tools.widgets.connect import Connect as Connect
    from zcrm_tools.widgets.edit import Edit as Edit
    from zcrm_tools.widgets.explorer import Explorer as Explorer
    from zcrm_tools.widgets.query import Query as Query
    from zcrm_tools.widgets.rows import Rows as Rows

_HOME = {
    "Board": "board",
    "Changes": "changes",
    "Connect": "connect",
    "Edit": "edit",
    "Explorer": "explorer",
    "Query": "query",
    "Rows": "rows",
}

__all__ = ["Board", "Changes", "Connect", "Edit", "Explorer", "Query", "Rows"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """`%load_ext zcrm_tools.widgets`"""
    from zcrm_tools.widgets import magics

    magics.register(shell)
