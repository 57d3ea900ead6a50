"""The control plane under `/__emulator__/`: everything about the emulator that Zoho has nothing of.

It asks for no credentials, so the server binds to this machine only, and a request that a web page of another origin
sends is refused.
"""

from __future__ import annotations

from zcrm_tools.emulator import openapi
from zcrm_tools.emulator.control import accounts, machine, org, sent, shape

routes = [
    *machine.routes,
    *org.routes,
    *shape.routes,
    *sent.routes,
    *accounts.routes,
    *openapi.routes,
]
