"""Fault plans: what goes wrong with which request, how often, and whether it ever did.

A plan takes the requests it fits, in the order plans were laid, until it is used up; one request meets one plan.
Breaking the connection works alike in-process and on a socket (`wire.py`). Delays are real time, since a client's
patience is.
"""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal[
    "refuse", "throttle", "drop_request", "drop_reply", "reset", "slow", "bad_gateway", "token_error",
    "stale_index", "skew", "repeat",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)

MEANINGS: Mapping[str, str] = {
    "refuse": "answer with `status`, `code`, `message` and `details`; nothing happens",
    "throttle": "answer 429, with `retry_after` seconds in Retry-After when given; nothing happens",
    "drop_request": "hang up before the request is looked at",
    "drop_reply": "do what was asked, then hang up without an answer",
    "reset": "do what was asked, answer, and hang up after `bytes` of the body",
    "slow": "wait `seconds` before the first byte, and as long again in mid-body when `trickle` is true",
    "bad_gateway": "answer 502 with a page of HTML, as a proxy would; nothing happens",
    "token_error": 'answer 200 with {"error": `code`}, as Zoho Accounts refuses; nothing happens',
    "stale_index": "search and count see no write younger than `seconds`",
    "skew": "the server's clock is off by `seconds` for this request: its Date header and every time it stores",
    "repeat": "deliver the request twice, as a network that lost the first answer would; the second answer is sent",
}
"""What each kind does, in words for the control plane."""


class BadPlan(ValueError):
    """A fault plan that means nothing; the text says why."""


@dataclass(slots=True)
class Plan:
    """`times` None means every request that fits; `skip` of them are let pass first."""

    id: int
    kind: Kind
    route: str | None = None
    method: str | None = None
    path: str | None = None
    module: str | None = None
    times: int | None = 1
    skip: int = 0
    status: int = 400
    code: str = ""
    message: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    retry_after: int | None = None
    seconds: float = 0
    bytes: int = 100
    trickle: bool = False
    seen: int = 0
    used: int = 0

    @property
    def open(self) -> bool:
        return self.times is None or self.used < self.times

    def fits(self, request: Mapping[str, str]) -> bool:
        """`request` has `route`, `module`, `method` and `path`."""
        return (
            self.route in (None, request["route"])
            and self.module in (None, request["module"])
            and self.method in (None, request["method"])
            and (self.path is None or fnmatch.fnmatchcase(request["path"], self.path))
        )

    def report(self) -> dict[str, Any]:
        chosen = {
            name: value
            for name in ("route", "method", "path", "module", *_SAYS[self.kind])
            if (value := getattr(self, name)) is not None
        }
        left = None if self.times is None else self.times - self.used
        return {
            "id": self.id,
            "kind": self.kind,
            **chosen,
            "times": self.times,
            "skip": self.skip,
            "fitted": self.seen,
            "used": self.used,
            "left": left,
        }


_SAYS: Mapping[str, Sequence[str]] = {
    "refuse": ("status", "code", "message", "details"),
    "throttle": ("retry_after", "code", "message"),
    "reset": ("bytes",),
    "slow": ("seconds", "trickle"),
    "token_error": ("code",),
    "stale_index": ("seconds",),
    "skew": ("seconds",),
    **dict.fromkeys(("drop_request", "drop_reply", "bad_gateway", "repeat"), ()),
}
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "route": str, "method": str, "path": str, "module": str, "code": str, "message": str, "details": dict,
    "status": int, "retry_after": int, "bytes": int, "skip": int, "seconds": (int, float), "trickle": bool,
}  # fmt: skip
_BOUNDS: Mapping[str, tuple[int, int]] = {
    "status": (400, 599),
    "retry_after": (0, 86_400),
    "bytes": (0, 10**9),
    "skip": (0, 10**6),
    "seconds": (-(10**9), 10**9),
}


class Faults:
    """The plans of one emulator, in the order they were laid. They belong to the process, not to the org's file."""

    def __init__(self) -> None:
        self._plans: list[Plan] = []
        self._ids = itertools.count(1)

    def lay(self, given: Mapping[str, Any], routes: frozenset[str]) -> Plan:
        """Add a plan from its JSON; `routes` are the names a plan may give. Raises BadPlan."""
        plan = _read(given, next(self._ids), routes)
        self._plans.append(plan)
        return plan

    def report(self) -> list[dict[str, Any]]:
        return [plan.report() for plan in self._plans]

    def clear(self, number: int | None = None) -> bool:
        """Drop one plan or all; whether there was one."""
        before = len(self._plans)
        self._plans = [] if number is None else [plan for plan in self._plans if plan.id != number]
        return len(self._plans) < before

    @property
    def waiting(self) -> bool:
        return any(plan.open for plan in self._plans)

    def take(self, request: Mapping[str, str]) -> Plan | None:
        """The plan this request meets, now used once more."""
        for plan in self._plans:
            if plan.open and plan.fits(request):
                plan.seen += 1
                if plan.seen > plan.skip:
                    plan.used += 1
                    return plan
        return None


def _read(given: Mapping[str, Any], number: int, routes: frozenset[str]) -> Plan:
    kind = given.get("kind")
    if kind not in KINDS:
        raise BadPlan(f'"kind" is one of {", ".join(KINDS)}, not {kind!r}.')
    allowed = {"kind", "route", "method", "path", "module", "times", "skip", *_SAYS[kind]}
    for name, value in given.items():
        if name not in allowed:
            raise BadPlan(f"A {kind} plan has no {name!r}; it may have {', '.join(sorted(allowed))}.")
        if name in _TYPES:
            _check(name, value)
    times = given.get("times", 1)
    if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
        raise BadPlan('"times" is a number from 1, or null for every request that fits.')
    route = given.get("route")
    if route is not None and route not in routes:
        raise BadPlan(f"No route is called {route!r}; the coverage page lists them.")
    if kind == "slow" and given.get("seconds", 0) < 0:
        raise BadPlan('"seconds" of a slow plan is not negative.')
    if kind == "token_error" and not given.get("code"):
        raise BadPlan('A token_error plan needs a "code", such as invalid_code.')
    chosen = {name: value for name, value in given.items() if name not in ("kind", "times")}
    if "method" in chosen:
        chosen["method"] = chosen["method"].upper()
    return Plan(number, kind, times=times, **{**_DEFAULTS.get(kind, {}), **chosen})


def _check(name: str, value: Any) -> None:
    expected: Any = _TYPES[name]
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        raise BadPlan(f'"{name}" has the wrong type.')
    low, high = _BOUNDS.get(name, (None, None))
    if low is not None and high is not None and not low <= value <= high:
        raise BadPlan(f'"{name}" lies between {low} and {high}.')


_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "refuse": {"code": "INTERNAL_ERROR", "message": "Internal Server Error", "status": 500},
    "throttle": {
        "status": 429,
        "code": "TOO_MANY_REQUESTS",
        "message": "Number of API requests for the 24 hour period is exceeded or the concurrency limit of the user"
        " for the app is exceeded",
    },
}
