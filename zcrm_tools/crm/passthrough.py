"""Any other call to the API, guarded: only to the profile's own host, with scopes checked where the tables know them.

What Zoho answers comes back as it is. A write is not repeated when its answer is lost, and is in no journal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

from zcrm_tools import operations
from zcrm_tools.crm.org import Org
from zcrm_tools.endpoints import API_VERSION, VERSIONS, Effect, Endpoint
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.http.weight import Params

if TYPE_CHECKING:  # to list tools loads no HTTP client
    from zcrm_tools.http.session import Files, Reply

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
_EFFECTS: Mapping[str, Effect] = {"GET": "read", "POST": "create", "DELETE": "delete"}
_PATH = re.compile(r"/(?P<base>crm/bulk/|crm/)(?P<version>v[\d.]+)/(?P<rest>[^/]+(?:/[^/]+)*)")
_ODD = re.compile(r"[^\w./@~:;,()\-]")
REFERENCE = re.compile(r"@\{\w+:\$[\w.\[\]]*\}")


async def request(
    org: Org,
    method: str,
    path: str,
    *,
    params: Params | None = None,
    json: Any = None,
    headers: Mapping[str, str] | None = None,
    files: Files | None = None,
) -> Reply:
    """Call `/crm/v8/…` or `/crm/bulk/v8/…`; a path without them means `/crm/v8/`. Raises as every call does.

    A call that the tables do not know is counted as one credit, which may be too few.
    """
    endpoint, module, version = meant(method, path)
    try:
        return await org.session.call(
            endpoint,
            module=module,
            params=params,
            json=json,
            headers=_allowed(headers),
            files=files,
            version=version,
        )
    finally:
        if endpoint.effect != "read" and endpoint.path.split("/")[0] in _SHAPES_THE_ORG:
            org.catalogue.forget()  # also when no answer came: it may have happened


_SHAPES_THE_ORG = frozenset({"settings", "users", "org"})


def meant(method: str, path: str) -> tuple[Endpoint, str, str]:
    """What a call is: an endpoint for this very path, the module and the version. InvalidInput for a path not allowed."""
    verb = method.upper()
    if verb not in get_args(Method):
        raise _refused("BAD_METHOD", f"{method!r} is not a method of Zoho's API.", allowed=get_args(Method))
    whole = normalised(path)
    found = _PATH.fullmatch(whole)
    if found is None:
        raise _refused("BAD_PATH", f"{path!r} is no path of the CRM API.")
    base, version, rest = found.group("base", "version", "rest")
    known = operations.find(verb, whole)
    endpoint, module = known or (_unknown(verb, rest), "")
    literal = rest.replace("{", "{{").replace("}", "}}")
    return _at(endpoint, literal, base), module, version


def normalised(path: str, *, references: bool = False) -> str:
    """The path from `/crm/` on. Refused when it could mean another host or another place than it seems to."""
    plain = REFERENCE.sub("0", path) if references else path
    parts = plain.removeprefix("/").split("/")
    if (
        _ODD.search(plain)
        or "" in parts
        or any(part.strip(".") == "" for part in parts)
        or not plain.isascii()
    ):
        raise _refused(
            "BAD_PATH",
            f"{path!r} is not a plain path: no host, no empty or dotted parts, no query, no percent signs.",
            next_step="Write it as /crm/v8/Leads, and give what belongs behind a ? as params.",
        )
    whole = "/" + path.removeprefix("/")
    if parts[0] != "crm":
        whole = f"/crm/{API_VERSION}{whole}"
    version = next((part for part in whole.split("/")[2:4] if re.fullmatch(r"v\d[\d.]*", part)), "")
    if version not in VERSIONS:
        raise _refused("BAD_VERSION", f"{path!r} names no version of the API.", allowed=VERSIONS)
    return whole


def _unknown(method: str, path: str) -> Endpoint:
    return Endpoint(f"{method} {path}", method, path, (), _EFFECTS.get(method, "update"), "")  # type: ignore[arg-type]


def _at(endpoint: Endpoint, path: str, base: str) -> Endpoint:
    """The same call with the path spelled out, so that no part has to be named."""
    return Endpoint(
        endpoint.name,
        endpoint.method,
        path,
        endpoint.needs,
        endpoint.effect,
        endpoint.page,
        endpoint.credits,
        endpoint.batch,
        "crm/bulk/" if base == "crm/bulk/" else "crm/",
        endpoint.upload,
    )


def _allowed(headers: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Zoho's own headers; never those that say who asks, or whom."""
    for name in headers or ():
        if name.lower() in ("authorization", "host", "cookie", "content-length", "transfer-encoding"):
            raise _refused("BAD_HEADER", f"The header {name} is not yours to set.")
    return headers


def _refused(code: str, message: str, *, next_step: str = "", allowed: tuple[str, ...] = ()) -> InvalidInput:
    return InvalidInput(Problem(code, message, NOTHING_SENT, next_step, allowed=allowed))
