"""All routes of `routes/`, put together once in a process: the CRM API, its bulk part and the upload server."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from zcrm_tools.emulator import accounts, devices, enhancement, routes
from zcrm_tools.emulator.coverage import NotCovered
from zcrm_tools.emulator.dispatch import CrmApi
from zcrm_tools.emulator.needs import NEEDS

if TYPE_CHECKING:
    from starlette.routing import Route
    from starlette.types import Scope

ACCOUNTS: tuple[Route, ...] = (*accounts.routes, *devices.routes, *enhancement.routes)
_BULK = re.compile(r"/crm/bulk/[^/]+")
_CONTENT = re.compile(r"/v[^/]+/crm/[^/]+")
_MAIN = re.compile(r"/crm/[^/]+")


def crm_routes(kind: str = "routes") -> list[Route]:
    """The routes in the lists of this name. One without a line in the scope table is a mistake, found here and not in a call."""
    found: list[Route] = []
    for module in pkgutil.iter_modules(routes.__path__, f"{routes.__name__}."):
        found += getattr(importlib.import_module(module.name), kind, ())
    unguarded = sorted({route.name for route in found} - NEEDS.keys())
    if unguarded:
        raise RuntimeError(f"emulator/needs.py says no scopes for these routes: {', '.join(unguarded)}")
    return found


@dataclass(frozen=True, slots=True)
class Apis:
    main: CrmApi
    bulk: CrmApi
    content: CrmApi
    routes: Sequence[Route]

    @property
    def names(self) -> frozenset[str]:
        """Of all routes that are Zoho's, as fault plans may give them."""
        return frozenset(route.name for route in (*self.routes, *ACCOUNTS))

    def describe(self, scope: Scope) -> Mapping[str, str]:
        """What a fault plan may ask about a request: its route, module, method and path."""
        path, method = scope["path"], scope["method"]
        route, module = "", ""
        for api, base in ((self.bulk, _BULK), (self.main, _MAIN), (self.content, _CONTENT)):
            if found := base.match(path):
                route, module = api.named(method, path[found.end() :])
                break
        else:
            named = (one.name for one in ACCOUNTS if one.path == path and method in (one.methods or ()))
            route = next(named, "")
        return {"route": route, "module": module, "method": method, "path": path}


@cache
def apis() -> Apis:
    main, bulk, content = (crm_routes(kind) for kind in ("routes", "bulk_routes", "content_routes"))
    every = [*main, *bulk, *content]
    return Apis(CrmApi(main, NotCovered(every)), CrmApi(bulk), CrmApi(content), every)
