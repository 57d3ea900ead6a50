"""Zoho CRM for AI assistants, notebooks and scripts.

    crm = zcrm_tools.connect(demo=True)
    crm.search_leads(text="cold storage")

Names are loaded when first used (PEP 562), so that importing this costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # `typing` itself takes 2.5 ms to import; type checkers know the name

if TYPE_CHECKING:
    from typing import Any

    from zcrm_tools import coql as coql
    from zcrm_tools import errors as errors
    from zcrm_tools.auth.web import authorization_url as authorization_url
    from zcrm_tools.auth.web import exchange as exchange
    from zcrm_tools.client import AsyncClient as AsyncClient
    from zcrm_tools.client import Client as Client
    from zcrm_tools.connecting import connect as connect
    from zcrm_tools.connection import open_client as open_client
    from zcrm_tools.errors import Problem as Problem
    from zcrm_tools.errors import ZcrmError as ZcrmError
    from zcrm_tools.login_cell import login as login

__version__ = "0.1.0"

_HOME = {
    "AsyncClient": "client",
    "Client": "client",
    "Problem": "errors",
    "ZcrmError": "errors",
    "authorization_url": "auth.web",
    "connect": "connecting",
    "exchange": "auth.web",
    "login": "login_cell",
    "open_client": "connection",
}

_PARTS = ("coql", "errors", "plots", "widgets")
"""Modules that need no import of their own: `except zcrm_tools.errors.NotAllowed`."""

__all__ = [
    "AsyncClient",
    "Client",
    "Problem",
    "ZcrmError",
    "authorization_url",
    "connect",
    "exchange",
    "login",
    "open_client",
]


def __getattr__(name: str) -> Any:
    if name in _PARTS:
        return import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
