"""The server as an OAuth 2.1 resource server: tokens of one issuer, made for this server's URL, and no others.

Any OIDC issuer whose access tokens are JWTs will do (RFC 9068, and the older dialects of Entra, Okta and Auth0). PyJWT
verifies; what is here is where its keys come from and what must be true of a token. RFC 9728's metadata document tells
a client which issuer to go to and which scopes there are.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import jwt
from mcp.server.auth.provider import AccessToken

from zcrm_server import access
from zcrm_tools.datacenters import is_loopback
from zcrm_tools.errors import NOTHING_SENT, AuthError, NotConfigured, Problem, ZcrmError
from zcrm_tools.http import wire
from zcrm_tools.http.wire import Transport

_log = logging.getLogger(__name__)

ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Signatures that only the issuer can make. A shared secret would let this server make tokens too."""

_KEY_OF = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
"""The kind of key that each family of them is made with: PyJWT trips over another."""

LEEWAY = 30.0
"""Seconds that the two clocks may differ."""

FRESH = 3600.0
"""Seconds for which the issuer's keys are not asked for again."""

STALE = 2 * FRESH
"""Seconds after which they are asked for before a token is checked: nobody came for an hour, and a key may have gone."""

PAUSE = 30.0
"""Seconds between two requests for a key that is not known: a flood of made-up ones is not passed on to the issuer."""

WITHIN = 5.0
"""Seconds for all that a fetch of the keys takes: two or three requests."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What a token must say. `url` is this server's address as clients write it; `audience` is `url` unless the issuer
    names it otherwise. `clients`, when there are any, are the client ids that may ask here, registered beforehand.
    """

    url: str
    issuer: str
    audience: str = ""
    clients: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, value in (("--public-url", self.url), ("--issuer", self.issuer)):
            parts = urlsplit(value)
            if not parts.hostname or parts.query or parts.fragment:
                raise _not_usable(name, value, "it is not a plain https address")
            if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(value)):
                raise _not_usable(name, value, "tokens may not travel without TLS")

    @property
    def metadata_path(self) -> str:
        """RFC 9728 §3.1: the well-known part goes between host and path."""
        return f"/.well-known/oauth-protected-resource{urlsplit(self.url).path.rstrip('/')}"

    @property
    def metadata_url(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{self.metadata_path}"

    def metadata(self, scopes: Sequence[str]) -> dict[str, Any]:
        return {
            "resource": self.url,
            "resource_name": "Zoho CRM",
            "authorization_servers": [self.issuer],
            "scopes_supported": list(scopes),
            "bearer_methods_supported": ["header"],
        }


class IssuerKeys:
    """The issuer's public keys by id: fetched when first needed, kept an hour, fetched anew for a key not seen before.

    One fetch at a time, which only those wait for whose key is not known. While the issuer is slow, or cannot be reached,
    the keys that are known go on serving.
    """

    def __init__(
        self,
        issuer: str,
        *,
        transport: Transport | None = None,
        now: Callable[[], float] = time.monotonic,
        within: float = WITHIN,
    ) -> None:
        self._issuer = issuer
        self._transport = transport
        self._now = now
        self._within = within
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked = -math.inf
        self._failed: ZcrmError | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """None for a key that the issuer does not have. Raises AuthError when it cannot be asked and nothing is known."""
        found, age = self._find(kid), self._now() - self._asked
        if self._fetching is None and age >= (FRESH if found and not self._failed else PAUSE):
            self._fetching = asyncio.create_task(self._refresh())
        if self._fetching is not None and (found is None or age >= STALE):
            await asyncio.shield(self._fetching)  # a caller that gives up leaves it to the others
            found = self._find(kid)
        if found is None and self._failed is not None:
            raise AuthError(*self._failed.problems)
        return found

    def _find(self, kid: str) -> jwt.PyJWK | None:
        """A token that names no key is meant for the only one."""
        if kid:
            return self._keys.get(kid)
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    async def _refresh(self) -> None:
        failed: ZcrmError | None = None
        try:
            async with asyncio.timeout(self._within):
                self._keys = await self._fetch()
        except TimeoutError:
            failed = _silent(f"{self._issuer} did not give its keys within {self._within:g} seconds.")
        except ZcrmError as error:
            failed = error
        finally:
            self._asked, self._fetching = self._now(), None
        self._failed = failed
        if failed:
            _log.warning("the keys of %s could not be fetched: %s", self._issuer, failed)

    async def _fetch(self) -> dict[str, jwt.PyJWK]:
        told = await self._document()
        keys = await self._get(_place(str(told.get("jwks_uri", "")), self._issuer))
        listed = keys.get("keys")
        if not isinstance(listed, list):
            raise _silent(f"{self._issuer} publishes no list of keys.")
        usable: dict[str, jwt.PyJWK] = {}
        for place, one in enumerate(k for k in listed if isinstance(k, dict)):
            if one.get("use", "sig") != "sig" or one.get("kty") not in ("RSA", "EC", "OKP"):
                continue
            try:
                usable[str(one.get("kid", place))] = jwt.PyJWK(one)
            except (jwt.PyJWTError, TypeError):  # the latter for an "alg" that is no text
                _log.info("a key of %s is of a kind not known here", self._issuer)
        return usable

    async def _document(self) -> Mapping[str, Any]:
        """The issuer's own description: OpenID's address first, then RFC 8414's."""
        parts = urlsplit(self._issuer)
        path = parts.path.rstrip("/")
        origin = f"{parts.scheme}://{parts.netloc}"
        places = (
            f"{origin}{path}/.well-known/openid-configuration",
            f"{origin}/.well-known/oauth-authorization-server{path}",
        )
        told: Mapping[str, Any] = {}
        for place in places:
            try:
                told = await self._get(place)
            except AuthError:
                continue
            if told.get("issuer") == self._issuer:
                return told
        raise AuthError(
            Problem(
                "ISSUER_UNKNOWN",
                f"{self._issuer} has no description of itself"
                + (f": its document names {told['issuer']}." if told.get("issuer") else "."),
                not_done="No token can be checked.",
                next_step="Give --issuer exactly as the issuer's own document writes it.",
                fix_by="person",
            )
        )

    async def _get(self, url: str) -> Mapping[str, Any]:
        parts = urlsplit(url)
        client = wire.open_client(
            f"{parts.scheme}://{parts.netloc}", transport=self._transport, timeout=self._within
        )
        try:
            answer = await wire.send(
                client,
                client.build_request("GET", urlunsplit(("", "", parts.path, parts.query, ""))),
                repeatable=True,
            )
        finally:
            if self._transport is None:
                await client.aclose()
        try:
            said = answer.json()
        except ValueError:
            said = None
        if answer.status != 200 or not isinstance(said, dict):
            raise _silent(f"{url} answered {answer.status} without a document.")
        return said


class TokenCheck:
    """A verifier of the issuer's access tokens for one resource."""

    def __init__(self, resource: Resource, keys: IssuerKeys) -> None:
        self._resource = resource
        self._keys = keys

    async def verify_token(self, token: str) -> AccessToken | None:
        """None for a token that is not good here; the log says why, at level INFO, and never shows it.

        Raises AuthError when the issuer's keys cannot be had now.
        """
        try:
            claims = await self._claims(token)
        except jwt.PyJWTError as wrong:
            _log.info("a token was refused: %s", type(wrong).__name__)
            return None
        client = str(claims.get("client_id") or claims.get("azp") or claims.get("cid") or "")
        if self._resource.clients and client not in self._resource.clients:
            _log.info("a token was refused: it was given to another client")
            return None
        return AccessToken(
            token=token,
            client_id=client or "unknown",
            scopes=_scopes(claims),
            expires_at=int(claims["exp"]),
            resource=self._resource.url,
            subject=str(claims["sub"]),
            claims={"iss": claims["iss"]},
        )

    async def _claims(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        algorithm = str(header.get("alg"))
        if algorithm not in ALGORITHMS or "crit" in header:
            raise jwt.InvalidAlgorithmError("the algorithm is not accepted")
        if str(header.get("typ", "JWT")).lower().removeprefix("application/") not in ("jwt", "at+jwt"):
            raise jwt.InvalidTokenError("it is another kind of token")
        key = await self._keys.key(str(header.get("kid", "")))
        if key is None or key.key_type != _KEY_OF[algorithm[:2]]:
            raise jwt.InvalidKeyError("the issuer has no such key")
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            audience=self._resource.audience or self._resource.url,
            issuer=self._resource.issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "iss", "aud", "sub"], "enforce_minimum_key_length": True},
        )
        return claims


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    """`scope` as RFC 9068 has it, `scp` as Entra and Okta do; text or a list. A prefix as Entra writes it is dropped."""
    said = claims.get("scope", claims.get("scp", ""))
    names = said.split() if isinstance(said, str) else [str(one) for one in said]
    return [next((own for own in access.SCOPES if one.endswith(f"/{own}")), one) for one in names]


def _place(jwks_uri: str, issuer: str) -> str:
    """A document must not send the server to plain http, or from the internet to this machine."""
    try:
        scheme, here = urlsplit(jwks_uri).scheme, is_loopback(jwks_uri)
    except ValueError:
        scheme, here = "", False
    allowed = ("https", "http") if here else ("https",)
    if scheme in allowed and (not here or is_loopback(issuer)):
        return jwks_uri
    raise AuthError(
        Problem(
            "BAD_JWKS_URI", f"{issuer} says that its keys are at {jwks_uri!r}.", NOTHING_SENT, fix_by="person"
        )
    )


def _silent(said: str) -> AuthError:
    return AuthError(Problem("ISSUER_SILENT", said, "No token can be checked.", fix_by="wait"))


def _not_usable(option: str, value: str, why: str) -> NotConfigured:
    return NotConfigured(
        Problem("BAD_ADDRESS", f"{option} {value!r} cannot be used: {why}.", fix_by="person")
    )
