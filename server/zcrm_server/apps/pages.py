"""The pages of the apps, as resources."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from mcp.server.apps import APP_MIME_TYPE, Apps
from mcp.server.mcpserver.resources import Resource

from zcrm_server.apps import APPS, App
from zcrm_tools import screens
from zcrm_tools.screens.linking import joined

HERE = Path(__file__).parent


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
