"""What a bearer token may do at this server, and who its bearer is. On stdio there is no token: the host's user is trusted.

A token is for this server alone. It is never Zoho's, and never passed on to Zoho.
"""

from __future__ import annotations

from collections.abc import Iterable

from mcp.server.auth.middleware.auth_context import get_access_token

READ = "zcrm:read"
WRITE = "zcrm:write"

SCOPES = (READ, WRITE)
_IMPLIES = {WRITE: (READ, WRITE)}


def covered(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes together with those that they imply: who may write may read."""
    return frozenset(implied for scope in scopes for implied in _IMPLIES.get(scope, (scope,)))


def held() -> frozenset[str] | None:
    """The scopes of the request being served; None on stdio, where nothing limits them."""
    token = get_access_token()
    return None if token is None else covered(token.scopes)


def principal() -> str:
    """Who the request being served is from: the token's subject, or its client where it names nobody. "" on stdio."""
    token = get_access_token()
    return "" if token is None else token.subject or token.client_id
