"""The sub-requests of a composite request: read, checked, put in order, and their references to one another filled in.

https://www.zoho.com/crm/developer/docs/api/v8/composite-api.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.replies import Json, Refusal

MAX_REQUESTS: Final = 5
MAX_ROWS: Final = 25
ID: Final = r"[a-zA-Z0-9][a-zA-Z0-9_]*"
URI: Final = r"/crm(/.*)?/v[0-9]+([.][0-9]+)?/.*"
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_REFERENCE: Final = re.compile(r"@\{([^:{}]*):([^{}]*)\}")
_STEP: Final = re.compile(r"\.([A-Za-z_$][\w$]*)|\[(\d+)\]|\['([^']*)'\]")
_RESTRICTED: Final = frozenset({"authorization", "x-crm-org"})
KEY: Final = "__composite_requests"

_SETTINGS: Final = "|".join(
    "modules fields layouts related_lists custom_views roles profiles variables variable_groups tags assignment_rules"
    " pipeline wizards custom_links emails/actions/from_addresses".split()
)
_ALLOWED: Final[tuple[tuple[str, str, int | None], ...]] = (
    ("GET", r"org", None),
    ("GET", r"settings/(territories|email_templates|inventory_templates)(/.*)?", MAX_ROWS),
    (
        "GET",
        rf"settings/({_SETTINGS})(/.*)?",
        None,
    ),
    ("GET", r"org/currencies(/.*)?", None),
    ("POST PUT", r"settings/(roles|pipeline)(/.*)?", None),
    ("POST PUT DELETE", r"settings/variables(/.*)?", 1),
    ("POST PUT", r"settings/tags(/.*)?", 1),
    ("POST PUT", r"org/currencies(/.*)?", 1),
    ("GET", r"users(/[^/]+)?", MAX_ROWS),
    ("POST PUT DELETE", r"users(/[^/]+)?", 1),
    ("GET", r"actions/watch", MAX_ROWS),
    ("POST PUT PATCH", r"actions/watch", 1),
    ("DELETE", r"actions/watch", None),
    ("POST", r"coql", MAX_ROWS),
    ("GET", r"[^/]+/(search|deleted)", MAX_ROWS),
    ("GET", r"[^/]+/actions/count", None),
    ("POST", r"[^/]+/upsert", 1),
    ("POST", r"[^/]+/[^/]+/actions/(convert|add_tags|remove_tags)", None),
    ("GET PUT", r"[^/]+/[^/]+/actions/blueprint", None),
    ("GET", r"[^/]+/[^/]+/(Attachments|actions/share)", None),
    ("DELETE", r"[^/]+/[^/]+/photo", None),
    ("GET", r"(?!settings|org|users|actions|files)[^/]+(/[^/]+(/[^/]+)?)?", MAX_ROWS),
    ("POST PUT", r"(?!settings|org|users|actions|files)[^/]+(/[^/]+(/[^/]+(/[^/]+)?)?)?", 1),
    ("DELETE", r"(?!settings|org|users|actions|files)[^/]+/[^/]+(/[^/]+/[^/]+)?", 1),
)
"""Methods, path after the version, and how many records: read at most, or given at most. The first that fits counts."""


@dataclass(slots=True)
class Sub:
    """One sub-request and what came of it. `error` None: it was called and `answer` is its body."""

    number: int
    id: str
    method: str = ""
    uri: str = ""
    params: Json = field(default_factory=dict)
    headers: Json = field(default_factory=dict)
    body: Any = None
    limit: int | None = None
    needs: tuple[str, ...] = ()
    error: Json | None = None
    status: int = 0
    answer: Any = None
    sent: Json = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"$.{KEY}[{self.number}]"

    @property
    def called(self) -> bool:
        return self.status > 0

    @property
    def good(self) -> bool:
        return self.called and self.status < 400

    def item(self) -> Json:
        if self.error is not None:
            return self.error
        response = {"headers": self.sent, "status_code": self.status, "body": self.answer}
        message = "composite sub request executed successfully"
        return {"code": "SUCCESS", "details": {"response": response}, "message": message, "status": "success"}


def asked(raw: bytes) -> tuple[bool, bool, list[Any]]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise refusals.unreadable_body() from None
    if not isinstance(body, dict):
        raise refusals.unreadable_body()
    flags = {}
    for key in ("rollback_on_fail", "parallel_execution"):
        flags[key] = body.get(key)
        if flags[key] is not None and not isinstance(flags[key], bool):
            raise refusals.wrong_type(f"$.{key}", "boolean")
    if flags["rollback_on_fail"] and flags["parallel_execution"]:
        due_to = [{"api_name": key, "json_path": f"$.{key}"} for key in flags]
        message = "Ambiguity while processing the request"
        raise Refusal("AMBIGUITY_DURING_PROCESSING", message, {"ambiguity_due_to": due_to})
    listed = body.get(KEY)
    if listed is None:
        raise refusals.missing_key(f"$.{KEY}")
    if not isinstance(listed, list) or not listed:
        raise refusals.wrong_type(f"$.{KEY}", "jsonarray")
    if len(listed) > MAX_REQUESTS:
        raise refusals.too_long(f"$.{KEY}", MAX_REQUESTS)
    rollback = bool(flags["rollback_on_fail"])
    parallel = not rollback if flags["parallel_execution"] is None else bool(flags["parallel_execution"])
    return rollback, parallel, listed


def read(number: int, given: Any, version: tuple[int, int]) -> Sub:
    """A sub-request, or the error it is answered with."""
    sub = Sub(number, str(number + 1))
    try:
        _fill(sub, given, version)
    except Refusal as refusal:
        sub.error = refusal.item()
    return sub


def _fill(sub: Sub, given: Any, version: tuple[int, int]) -> None:
    if not isinstance(given, dict):
        raise refusals.wrong_type(sub.path, "jsonobject")
    named = given.get("sub_request_id")
    if named is not None:
        if not isinstance(named, str) or not re.fullmatch(ID, named):
            raise refusals.bad_value(f"{sub.path}.sub_request_id", regex=ID)
        sub.id = named
    for key in ("method", "uri"):
        if not isinstance(given.get(key), str):
            raise refusals.missing_key(f"{sub.path}.{key}")
    sub.method, sub.uri, sub.body = given["method"], given["uri"], given.get("body")
    if sub.method not in _METHODS:
        raise refusals.not_listed(f"{sub.path}.method", _METHODS)
    if not re.fullmatch(URI, sub.uri):
        raise (
            refusals.missing_key(f"{sub.path}.uri")
            if not sub.uri
            else refusals.bad_value(f"{sub.path}.uri", regex=URI)
        )
    for key in ("params", "headers"):
        value = given.get(key) or {}
        if not isinstance(value, dict):
            raise refusals.wrong_type(f"{sub.path}.{key}", "jsonobject")
        setattr(sub, key, value)
    if sub.body is not None and not isinstance(sub.body, dict):
        raise refusals.wrong_type(f"{sub.path}.body", "jsonobject")
    if any(str(name).lower() in _RESTRICTED for name in sub.headers):
        raise refusals.bad_value(f"{sub.path}.headers", restricted_headers=sorted(_RESTRICTED))
    _check_allowed(sub, version)
    text = json.dumps([sub.uri, sub.params, sub.headers, sub.body])
    sub.needs = tuple(dict.fromkeys(found[0] for found in _REFERENCE.findall(text)))


def _check_allowed(sub: Sub, version: tuple[int, int]) -> None:
    found = re.fullmatch(r"/crm/v([0-9]+)(?:[.]([0-9]+))?/(.*)", sub.uri.partition("?")[0])
    if found is None:
        raise Refusal("NOT_SUPPORTED", "The API is not supported in a composite request", {"uri": sub.uri})
    if (int(found[1]), int(found[2] or 0)) > version:
        details = {"sub_request_version": int(found[1]), "composite_request_version": version[0]}
        raise Refusal("NOT_ALLOWED", "The version of the sub request is higher", details)
    path = unquote(found[3]).strip("/")
    for methods, pattern, limit in _ALLOWED:
        if sub.method in methods.split() and re.fullmatch(pattern, path):
            sub.limit = limit
            return
    raise Refusal("NOT_SUPPORTED", "The API is not supported in a composite request", {"uri": sub.uri})


def check_ids(subs: Sequence[Sub]) -> None:
    for sub in subs:
        same = [other.number for other in subs if other.id == sub.id]
        if len(same) > 1 and sub.error is None:
            details = {"api_name": "sub_request_id", "json_path": f"{sub.path}.sub_request_id"}
            details_all: Json = {**details, "sub_request_indexes": same}
            sub.error = Refusal("DUPLICATE_DATA", "duplicate data", details_all).item()


def check_references(subs: Sequence[Sub], *, parallel: bool) -> None:
    """References to itself, to nobody, to a later one in sequence, or in a circle."""
    by_id = {sub.id: sub for sub in subs}
    for sub in subs:
        for name in sub.needs:
            later = not parallel and name in by_id and by_id[name].number > sub.number
            if (name not in by_id or name == sub.id or later) and sub.error is None:
                sub.error = _bad_reference(sub, name).item()
    if not parallel:
        return
    for sub in subs:
        if sub.error is None and _reaches(by_id, sub.id, sub.needs, set()):
            data = [
                {"sub_request_id": one.id, "referred_sub_request_ids": list(one.needs)}
                for one in subs
                if one.needs
            ]
            message = "The sub requests refer to each other"
            sub.error = Refusal("LOOPING_FOUND", message, {"dependent_data": data}).item()


def _reaches(by_id: Mapping[str, Sub], target: str, names: Sequence[str], seen: set[str]) -> bool:
    for name in names:
        if name == target:
            return True
        if name not in seen and name in by_id:
            seen.add(name)
            if _reaches(by_id, target, by_id[name].needs, seen):
                return True
    return False


def _bad_reference(sub: Sub, reference: str) -> Refusal:
    details = {"reference": reference, "api_name": KEY, "json_path": sub.path}
    return Refusal("INVALID_REFERENCE", "The reference is invalid", details)


def ordered(subs: Sequence[Sub]) -> list[Sub]:
    """Those first that others need; circles were found before."""
    by_id = {sub.id: sub for sub in subs}
    found: list[Sub] = []

    def visit(sub: Sub) -> None:
        if sub in found:
            return
        if sub.error is None:
            for name in sub.needs:
                visit(by_id[name])
        if sub not in found:
            found.append(sub)

    for sub in subs:
        visit(sub)
    return found


# ---- references


def filled(value: Any, sub: Sub, subs: Sequence[Sub]) -> Any:
    """A value with its references replaced; one that is nothing but a reference keeps the type of what it names."""
    if isinstance(value, dict):
        return {key: filled(inner, sub, subs) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, sub, subs) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole is not None:
        return _referred(whole, sub, subs)
    return _REFERENCE.sub(lambda found: as_text(_referred(found, sub, subs)), value)


def _referred(found: re.Match[str], sub: Sub, subs: Sequence[Sub]) -> Any:
    source = next((one for one in subs if one.id == found[1]), None)
    if source is None or not source.good or not found[2].startswith("$"):
        raise _bad_reference(sub, found[0])
    value, at, path = source.answer, 1, found[2]
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise _bad_reference(sub, found[0])
        try:
            value = value[int(step[2])] if step[2] is not None else value[step[1] or step[3]]
        except (KeyError, IndexError, TypeError):
            raise _bad_reference(sub, found[0]) from None
        at = step.end()
    if value is None:
        raise _bad_reference(sub, found[0])
    return value


def as_text(value: Any) -> str:
    """A value as it stands in a parameter or an address."""
    return value if isinstance(value, str) else json.dumps(value)
