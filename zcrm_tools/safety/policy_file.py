"""The operator's policy file: TOML, every key optional, every mistake named at once.

mode = "write"                       # or "read"; a file that says "read" cannot be overruled by a flag
row_cap = 20                         # more records than this in one plan need a person
most = 1000                          # and more than this are refused
mask = ["Email", "Leads.Mobile"]     # shown to assistants as tokens
approval = ["client", "page"]        # where a person may agree; also "terminal" and "python"

[effects]                            # "straight", "person" or "refuse"
update = "straight"
delete = "person"
send = "refuse"

[toolsets]                           # allow = […] or deny = […]
deny = ["admin", "passthrough"]
[modules]
allow = ["Leads", "Deals", "Tasks", "Notes"]
[fields]
deny = ["*.Owner", "Deals.Amount"]

[window]                             # of what no person agreed to: more records than this, by and by, need one
rows = 60
minutes = 60

[hours]                              # in the org's time zone
days = ["mon", "tue", "wed", "thu", "fri"]
from = "08:00"
to = "19:00"

[journal]
keep_days = 180                      # before-images, names and arguments are then forgotten
values = false                       # whether the audit log holds arguments

[profiles.production]                # the same keys again, for one profile
mode = "read"
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from pathlib import Path
from typing import Any, get_args

from zcrm_tools.coql.spelling import nearest
from zcrm_tools.endpoints import Toolset
from zcrm_tools.errors import NotConfigured, Problem
from zcrm_tools.safety.asker import WAYS, Way
from zcrm_tools.safety.policy import DAYS, WEIGHTS, Fields, Hours, Names, Policy, Rule, Window
from zcrm_tools.settings import Settings

_MODES = ("read", "write")
_RULES = get_args(Rule)
_TOOLSETS = get_args(Toolset)


def of(settings: Settings, profile: str = "") -> Policy:
    """What the operator allows in a profile: the policy file's word, otherwise what flag and setting say of writing.

    Raises NotConfigured with every mistake of the file.
    """
    if not settings.policy:
        return Policy(write=settings.write)
    return read(Path(settings.policy).expanduser(), profile or settings.profile, write=settings.write)


def read(path: Path, profile: str = "", *, write: bool = False) -> Policy:
    """`write` is what flag and setting ask for; it counts where the file says nothing of the mode.

    Raises NotConfigured with every mistake of the file, those in other profiles' parts too.
    """
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except OSError as failed:
        raise NotConfigured(_bad(path, "", f"cannot be read: {failed.strerror or failed}")) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise NotConfigured(_bad(path, "", f"is no TOML: {wrong}")) from None
    reading = _Reading(path)
    profiles = reading.table(told.pop("profiles", {}), "profiles")
    policy = reading.policy(Policy(write=write, source=str(path)), told, "")
    for name, own in profiles.items():
        special = reading.policy(policy, reading.table(own, f"profiles.{name}"), f"profiles.{name}.")
        policy_of = special if name == profile else None
        reading.chosen = policy_of or reading.chosen
    if reading.problems:
        raise NotConfigured(*reading.problems)
    return reading.chosen or policy


@dataclass
class _Reading:
    path: Path
    problems: list[Problem] = field(default_factory=list)
    chosen: Policy | None = None

    def policy(self, policy: Policy, told: Mapping[str, Any], at: str) -> Policy:
        """The policy with what one table says."""
        for key, value in told.items():
            part = _PARTS.get(key)
            if part is None:
                self.bad(f"{at}{key}", "is no key of a policy", allowed=tuple(_PARTS), given=key)
            else:
                policy = part(self, policy, value, f"{at}{key}")
        return policy

    def bad(self, where: str, said: str, *, allowed: tuple[str, ...] = (), given: object = None) -> None:
        near = nearest(str(given), list(allowed)) or "" if given is not None else ""
        self.problems.append(replace(_bad(self.path, where, said), allowed=allowed, closest=near))

    def table(self, value: Any, where: str) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self.bad(where, f"is {value!r}, and must be a table")
        return {}

    def keys(self, value: Any, where: str, allowed: tuple[str, ...]) -> dict[str, Any]:
        """The known keys of a table."""
        table = self.table(value, where)
        for key in table.keys() - set(allowed):
            self.bad(f"{where}.{key}", "is no key here", allowed=allowed, given=key)
        return {key: table[key] for key in allowed if key in table}

    def one_of(self, value: Any, where: str, allowed: tuple[str, ...]) -> str:
        if value not in allowed:
            self.bad(where, f"is {value!r}", allowed=allowed, given=value)
        return str(value)

    def texts(self, value: Any, where: str, known: tuple[str, ...] = ()) -> frozenset[str]:
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            self.bad(where, f"is {value!r}, and must be a list of names")
            return frozenset()
        for one in value if known else ():
            self.one_of(one, where, known)
        return frozenset(value)

    def names(self, value: Any, where: str, was: Names, known: tuple[str, ...] = ()) -> Names:
        table = self.keys(value, where, ("allow", "deny"))
        allow = self.texts(table["allow"], f"{where}.allow", known) if "allow" in table else was.allow
        deny = self.texts(table["deny"], f"{where}.deny", known) if "deny" in table else was.deny
        return Names(allow, deny)

    def number(self, value: Any, where: str, least: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        self.bad(where, f"is {value!r}, and must be a whole number from {least} on")
        return least

    def switch(self, value: Any, where: str) -> bool:
        if not isinstance(value, bool):
            self.bad(where, f"is {value!r}, and must be true or false")
        return value is True

    def clock(self, value: Any, where: str) -> time:
        try:
            return value if isinstance(value, time) else time.fromisoformat(str(value))
        except ValueError:
            self.bad(where, f"is {value!r}, and must be a time such as 08:00")
            return time()


def _mode(r: _Reading, policy: Policy, value: Any, where: str) -> Policy:
    return replace(policy, write=r.one_of(value, where, _MODES) == "write")


def _effects(r: _Reading, policy: Policy, value: Any, where: str) -> Policy:
    told: dict[Any, Any] = r.keys(value, where, WEIGHTS)
    for weight, rule in told.items():
        r.one_of(rule, f"{where}.{weight}", _RULES)
    return replace(policy, effects={**policy.effects, **told})


def _fields(r: _Reading, policy: Policy, value: Any, where: str) -> Policy:
    names = r.names(value, where, policy.fields.names)
    for one in (*(names.allow or ()), *names.deny):
        _of_module(r, one, where)
    return replace(policy, fields=Fields(names))


def _of_module(r: _Reading, name: str, where: str) -> None:
    module, dot, field_name = name.partition(".")
    if not (dot and module and field_name):
        r.bad(where, f"has {name!r}, and a field is written Module.Field, or *.Field for every module")


def _mask(r: _Reading, policy: Policy, value: Any, where: str) -> Policy:
    return replace(policy, mask=r.texts(value, where))


def _approval(r: _Reading, policy: Policy, value: Any, where: str) -> Policy:
    ways: frozenset[Any] = r.texts(value, where, get_args(Way)) & WAYS
    return replace(policy, approval=ways)


def _window(r: _Reading, policy: Policy, value: Any, where: str) -> Policy:
    told = r.keys(value, where, ("rows", "minutes"))
    rows = r.number(told.get("rows", policy.window.rows), f"{where}.rows", 0)
    minutes = r.number(told.get("minutes", policy.window.minutes), f"{where}.minutes", 1)
    return replace(policy, window=Window(rows, minutes))


def _hours(r: _Reading, policy: Policy, value: Any, where: str) -> Policy:
    told = r.keys(value, where, ("days", "from", "to"))
    days = r.texts(told.get("days", list(DAYS)), f"{where}.days", DAYS)
    since, until = (
        r.clock(told.get("from", "00:00"), f"{where}.from"),
        r.clock(told.get("to", "23:59:59.999999"), f"{where}.to"),
    )
    if since >= until:
        r.bad(where, f"ends at {until:%H:%M}, which is not after {since:%H:%M}; hours cannot span midnight")
    return replace(policy, hours=Hours(frozenset(DAYS.index(day) for day in days & set(DAYS)), since, until))


def _journal(r: _Reading, policy: Policy, value: Any, where: str) -> Policy:
    told = r.keys(value, where, ("keep_days", "values"))
    days = r.number(told.get("keep_days", policy.keep_days), f"{where}.keep_days", 0)
    return replace(
        policy,
        keep_days=days,
        keep_values=r.switch(told.get("values", policy.keep_values), f"{where}.values"),
    )


_PARTS: Mapping[str, Callable[[_Reading, Policy, Any, str], Policy]] = {
    "mode": _mode,
    "row_cap": lambda r, policy, value, where: replace(policy, row_cap=r.number(value, where, 0)),
    "most": lambda r, policy, value, where: replace(policy, most=r.number(value, where, 1)),
    "mask": _mask,
    "approval": _approval,
    "window": _window,
    "effects": _effects,
    "toolsets": lambda r, p, value, where: replace(p, toolsets=r.names(value, where, p.toolsets, _TOOLSETS)),
    "modules": lambda r, p, value, where: replace(p, modules=r.names(value, where, p.modules)),
    "fields": _fields,
    "hours": _hours,
    "journal": _journal,
}


def _bad(path: Path, where: str, said: str) -> Problem:
    what = f"{where} in {path}" if where else str(path)
    return Problem(
        "BAD_POLICY",
        f"{what} {said}.",
        "Nothing was opened: a policy that is not understood is not guessed at.",
        "Mend the file, or unset ZCRM_POLICY; `zcrm policy` checks it.",
        fix_by="person",
        where=where,
    )
