"""Which hosts a request may go to: Zoho's, from the table of data centres, over https; or this machine.

A token sent elsewhere is a token given away, so nothing outside the table is accepted, whoever names it: a profile, a
callback's `accounts-server`, a token reply's `api_domain`.
"""

from __future__ import annotations

from typing import Literal, get_args
from urllib.parse import urlsplit

from zcrm_tools.datacenters import DATA_CENTERS, Environment, is_loopback, sandbox_of_older_guides
from zcrm_tools.errors import NOTHING_SENT, NotConfigured, Problem

Purpose = Literal["api", "accounts"]

_KNOWN: dict[Purpose, frozenset[str]] = {
    "api": frozenset(dc.api(env) for dc in DATA_CENTERS.values() for env in get_args(Environment)),
    "accounts": frozenset(dc.accounts for dc in DATA_CENTERS.values()),
}


def pinned(url: str, purpose: Purpose) -> str:
    """The origin (scheme, host, port) when requests may go there; NotConfigured otherwise."""
    origin = url.rstrip("/")
    if origin in _KNOWN[purpose] or (_is_origin(origin) and is_loopback(origin)):
        return origin
    raise NotConfigured(
        sandbox_of_older_guides(origin)
        or Problem(
            "HOST_NOT_ALLOWED",
            f"{origin!r} is not a Zoho {'API' if purpose == 'api' else 'Accounts'} host.",
            not_done=NOTHING_SENT,
            next_step="Sign in with the data centre's code; only an emulator on localhost may be named by URL.",
            fix_by="person",
        )
    )


def upload_origin(api_origin: str) -> str:
    """Where files go for bulk jobs, for a pinned API origin: the data centre's own host, or the emulator itself."""
    for dc in DATA_CENTERS.values():
        if api_origin in (dc.api(env) for env in get_args(Environment)):
            return dc.upload
    return api_origin


def _is_origin(url: str) -> bool:
    """Nothing but scheme, host and port: no user name that reads like a host, no path, no odd characters."""
    if not url.isascii() or any(c.isspace() or c in "\\@?#%" for c in url):
        return False
    parts = urlsplit(url)
    try:
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.path
