"""MCP Apps: the answer of a tool as a screen inside the conversation, for hosts that show such.

The screens are those of the notebook widgets; a file here turns an answer into what a screen takes. A page is one HTML text
with everything in it: it fetches nothing, and asks its host for no permission. A host without apps shows the same answer
as text.

A page can call tools through its host, and the server cannot tell such a call from the model's. A click in a page therefore
has no more power than the model: it applies a plan that policy already lets through, and never approves one that needs a
person. Those are asked about by the host's own dialog, or by `zcrm approve`, and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

from mcp.server.apps import APP_MIME_TYPE, Apps
from mcp.server.mcpserver.resources import Resource

from zcrm_tools import screens
from zcrm_tools.actions.action import AnyAction
from zcrm_tools.screens.linking import joined

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class App:
    name: str
    title: str
    description: str

    @property
    def uri(self) -> str:
        return f"ui://zcrm/{self.name}"


GRID = App("grid", "Rows", "Rows of a search or a query: sorted, filtered, and opened one by one.")
RECORD = App("record", "Record", "One record with its fields and related lists.")
APPROVAL = App("approval", "Change", "What would be written, field by field, or what was.")
BOARD = App("board", "Pipeline", "Open deals by stage; a card that is moved becomes a planned change.")
APPS: Final = (GRID, RECORD, APPROVAL, BOARD)


class AppPage(Resource):
    """Put together when it is first read: most sessions never show one."""

    app: Any

    async def read(self) -> str:
        return page(self.app)


def extension() -> Apps:
    """`io.modelcontextprotocol/ui`, with the pages as resources."""
    made = Apps()
    for app in APPS:
        made.add_resource(
            AppPage(
                uri=app.uri,
                name=app.name,
                title=app.title,
                description=app.description,
                mime_type=APP_MIME_TYPE,
                meta={"ui": {"prefersBorder": True}},
                app=app,
            )
        )
    return made


def app_of(action: AnyAction) -> App | None:
    """The page that shows what an action answers, by the kind of the answer."""
    from zcrm_tools.actions.catalogue.get_record import Whole
    from zcrm_tools.actions.catalogue.summarize_pipeline import Summary
    from zcrm_tools.actions.tables import Table
    from zcrm_tools.actions.written import Written

    kinds: Mapping[type, App] = {Table: GRID, Whole: RECORD, Written: APPROVAL, Summary: BOARD}
    return next((app for kind, app in kinds.items() if issubclass(action.gives, kind)), None)


def meta(action: AnyAction) -> dict[str, Any] | None:
    """What a tool's `_meta` says of its page."""
    app = app_of(action)
    return None if app is None else {"ui": {"resourceUri": app.uri}}


@cache
def page(app: App) -> str:
    code, scope = joined(HERE / f"show_{app.name}.js", screens.HERE)
    return _PAGE.format(title=escape(app.title), css=screens.css(), code=code, scope=scope)


_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
html {{ color-scheme: light dark; }}
html[data-theme="light"] {{ color-scheme: light; }}
html[data-theme="dark"] {{ color-scheme: dark; }}
body {{ margin: 0; padding: 12px; }}
{css}</style>
</head>
<body>
<main id="screen" aria-busy="true"></main>
<script type="module">
{code}
{scope}.start();
</script>
</body>
</html>
"""
