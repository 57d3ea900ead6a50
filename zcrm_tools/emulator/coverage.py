"""Which documented endpoints are served, found by asking the routes themselves; the others say so when called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.endpoints import Endpoint, behaviours, documented, pattern
from zcrm_tools.emulator.schema import standard_modules

if TYPE_CHECKING:
    from starlette.routing import Route

    from zcrm_tools.emulator.replies import Refusal

PAGE = "/__emulator__/coverage"
_PLAIN_LISTS = frozenset({"Notes"})
"""Related lists that a documented path spells out and the general route serves."""

_OF_DEALS = "contact roles"
"""Documented for any module, and only deals have them."""


@dataclass(frozen=True, slots=True)
class Line:
    """`route` names what serves the endpoint; empty when nothing does."""

    endpoint: Endpoint
    route: str


def lines(routes: Iterable[Route]) -> list[Line]:
    """Every documented endpoint, in the order of its groups."""
    found: dict[tuple[str, int], list[Route]] = {}
    for route in routes:
        for method in route.methods or ():
            found.setdefault((method, len(_parts(route))), []).append(route)
    return [
        Line(endpoint, _served_by(endpoint, found.get((endpoint.method, len(endpoint.segments)), ())))
        for endpoint in documented()
    ]


def undocumented(routes: Iterable[Route], covered: Iterable[Line]) -> list[Route]:
    """Routes that answer to no endpoint of Zoho's list, such as those of blueprints, which it leaves out."""
    named = {line.route for line in covered}
    return [route for route in routes if route.name not in named]


def _served_by(endpoint: Endpoint, routes: Iterable[Route]) -> str:
    """The route that is meant for an endpoint. `/{module}/{id}` fits `/settings/portals` and is not meant for it."""
    meant = (route for route in routes if _fits(endpoint, route))
    best = min(meant, key=lambda route: variables(route.path), default=None)
    return "" if best is None else best.name


def _parts(route: Route) -> list[str]:
    return route.path.strip("/").split("/")


def _fits(endpoint: Endpoint, route: Route) -> bool:
    ours, theirs = _parts(route), endpoint.segments
    if endpoint.group == _OF_DEALS and theirs[0].startswith("{"):
        theirs = ("Deals", *theirs[1:])
    return all(_same(mine, given, at) for at, (mine, given) in enumerate(zip(ours, theirs, strict=True)))


def _same(mine: str, given: str, at: int) -> bool:
    if not mine.startswith("{"):
        return mine == given
    if given.startswith("{"):
        return True
    return (at == 0 and given in standard_modules()) or (at == 2 and given in _PLAIN_LISTS)


class NotCovered:
    """The documented endpoints that nothing serves."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._patterns: dict[tuple[str, int], list[tuple[Endpoint, re.Pattern[str]]]] = {}
        for line in lines(routes):
            if not line.route:
                key = (line.endpoint.method, len(line.endpoint.segments))
                self._patterns.setdefault(key, []).append((line.endpoint, pattern(line.endpoint)))

    def find(self, method: str, path: str) -> Endpoint | None:
        """The endpoint a call means, if it is one of these; `path` follows the version."""
        found = self._patterns.get((method, path.count("/")), ())
        fits = (endpoint for endpoint, expression in found if expression.fullmatch(path))
        return min(fits, key=lambda endpoint: variables(endpoint.path), default=None)


def variables(path: str) -> list[bool]:
    """For each segment whether it is a parameter; of two paths that fit, the smaller is meant."""
    return [part.startswith("{") for part in path.strip("/").split("/")]


def says_so(what: str, operation: str) -> Refusal:
    return refusals.not_covered(what, operation=operation, coverage=PAGE)


def report(covered: Iterable[Line]) -> list[Mapping[str, object]]:
    """For JSON: one object an endpoint."""
    return [
        {
            "method": line.endpoint.method,
            "path": line.endpoint.path,
            "operation": line.endpoint.operation,
            "group": line.endpoint.group,
            "served": bool(line.route),
            "route": line.route or None,
            "grade": line.endpoint.grade,
            "source": line.endpoint.source,
            "behaviours": behaviours().get(line.endpoint.group, {}),
        }
        for line in covered
    ]
