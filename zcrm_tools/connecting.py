"""`zcrm_tools.connect()`: a connected client; in a notebook where nobody is signed in, the widget to sign in with."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.util import find_spec

from zcrm_tools import connection
from zcrm_tools.client import Client
from zcrm_tools.errors import LoginRequired, NotConfigured
from zcrm_tools.settings import from_environment


def connect(
    *, demo: int = 0, profile: str = "", write: bool = False, max_credits: int | None = None
) -> Client:
    """A connected client for scripts and notebooks: by profile, by the environment, or on the demo org (`demo=True`; `demo=2` is another company).

    `max_credits` are all that it may spend: a call beyond them raises NotAllowed and is not made.
    In a notebook without a sign-in it shows the Connect widget and returns at once: the client works as soon as somebody
    has signed in there, and raises LoginRequired until then. In a script LoginRequired is raised here.
    """
    try:
        return connection.connect(demo=demo, profile=profile, write=write, max_credits=max_credits)
    except (LoginRequired, NotConfigured) as nobody:
        asked_for_here = isinstance(nobody, LoginRequired) or nobody.problem.code == "NO_KEY"
        if not (asked_for_here and _draws_widgets()):
            raise
    from IPython.display import display

    from zcrm_tools.widgets.connect import Connect

    settings = from_environment().of(profile)
    chosen = replace(
        settings,
        max_credits=settings.max_credits if max_credits is None else max_credits,
    )
    panel = Connect(chosen, write=write)
    display(panel)  # type: ignore[no-untyped-call]
    return panel.client


def _draws_widgets() -> bool:
    """Whether this is a notebook's kernel with what widgets need."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel") and find_spec("anywidget") is not None
