"""The control plane under `/__emulator__/`: everything about the emulator that Zoho has nothing of.

It asks for no credentials, so the server binds to this machine only, and a request that a web page of another origin
sends is refused.
"""

from __future__ import annotations

from zcrm_tools.emulator import openapi
from zcrm_tools.emulator.control import accounts, machine, org, sent, shape
from zcrm_tools.emulator.control.index import index

_named = [
    *org.routes,
    *shape.routes,
    *machine.routes,
    *accounts.routes,
    *sent.routes,
    *openapi.routes,
]
routes = [*_named, *index(_named)]
