"""What Zoho Accounts remembers: clients, authorization codes, grants and access tokens, in the emulator's database.

Secrets and tokens are kept as SHA-256 only; the plain text exists in the reply that issues it. Times are epoch seconds
of the emulator's clock. Scopes are stored here and judged in `access.py`.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zcrm_tools.emulator.store import Store

CODE_SECONDS = 120
TOKEN_SECONDS = 3600
MINTS = 10
MINT_WINDOW_SECONDS = 600

Origin = Literal["consent", "self", "control"]
"""How a grant came about: the browser's consent page, a self client's code, or the emulator itself."""

_TABLES = (
    """CREATE TABLE IF NOT EXISTS oauth_client (
        id TEXT PRIMARY KEY, secret TEXT NOT NULL, name TEXT NOT NULL, redirect_uris TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS oauth_code (
        code TEXT PRIMARY KEY, client TEXT NOT NULL, user INTEGER NOT NULL, scopes TEXT NOT NULL,
        redirect_uri TEXT, offline INTEGER NOT NULL, fresh INTEGER NOT NULL, expires INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS oauth_grant (
        id INTEGER PRIMARY KEY, refresh TEXT UNIQUE, client TEXT NOT NULL, user INTEGER NOT NULL,
        scopes TEXT NOT NULL, origin TEXT NOT NULL, created INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS oauth_token (
        token TEXT PRIMARY KEY, grant_id INTEGER NOT NULL, refreshed INTEGER NOT NULL,
        created INTEGER NOT NULL, expires INTEGER NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS oauth_token_grant ON oauth_token (grant_id, created)",
)


class TokenRefused(Exception):
    """`error` is the word Zoho Accounts puts into the body."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Throttled(Exception):
    """More than 10 access tokens from one refresh token within 10 minutes."""


@dataclass(frozen=True, slots=True)
class Client:
    id: str
    name: str
    redirect_uris: tuple[str, ...]
    secret_hash: str

    def has_secret(self, secret: str) -> bool:
        return secrets.compare_digest(_hash(secret), self.secret_hash)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom an access token speaks for, and what they let the client do."""

    client_id: str
    user_id: int
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Freshly issued. `refresh_token` is empty when the reply must not carry one."""

    access_token: str
    refresh_token: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to. `redirect_uri` is None for a self client's code; `fresh` is `prompt=consent`."""

    holder: Holder
    redirect_uri: str | None = None
    offline: bool = True
    fresh: bool = False


class Grants:
    """The tables lie beside the org's; emptying the org leaves them, so that printed credentials keep working."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.transaction():
            for statement in _TABLES:
                store.execute(statement)

    def register(self, name: str, redirect_uris: Iterable[str]) -> tuple[str, str]:
        """Add a client; returns its id and its secret."""
        alphabet = string.ascii_uppercase + string.digits
        client_id = "1000." + "".join(secrets.choice(alphabet) for _ in range(30))
        secret = secrets.token_hex(21)
        self._store.execute(
            "INSERT INTO oauth_client (id, secret, name, redirect_uris) VALUES (?, ?, ?, ?)",
            (client_id, _hash(secret), name, json.dumps(list(redirect_uris))),
        )
        return client_id, secret

    def client(self, client_id: str) -> Client | None:
        row = self._one("SELECT name, redirect_uris, secret FROM oauth_client WHERE id = ?", client_id)
        return Client(client_id, row[0], tuple(json.loads(row[1])), row[2]) if row else None

    def new_code(self, consent: Consent) -> str:
        code, holder = _token(), consent.holder
        self._store.execute(
            "INSERT INTO oauth_code (code, client, user, scopes, redirect_uri, offline, fresh, expires)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                _hash(code),
                holder.client_id,
                holder.user_id,
                " ".join(holder.scopes),
                consent.redirect_uri,
                consent.offline,
                consent.fresh,
                self._now() + CODE_SECONDS,
            ),
        )
        return code

    def redeem(self, code: str, client_id: str, redirect_uri: str) -> Tokens:
        """Exchange a code, once. Raises TokenRefused; a wrong redirect URI does not use the code up."""
        with self._store.transaction():
            row = self._one(
                "SELECT user, scopes, redirect_uri, offline, fresh FROM oauth_code"
                " WHERE code = ? AND client = ? AND expires > ?",
                _hash(code),
                client_id,
                self._now(),
            )
            if row is None:
                raise TokenRefused("invalid_code")
            user_id, scopes, bound_to, offline, fresh = row
            if bound_to is not None and bound_to != redirect_uri:
                raise TokenRefused("invalid_redirect_uri")
            self._store.execute("DELETE FROM oauth_code WHERE code = ?", (_hash(code),))
            holder = Holder(client_id, user_id, tuple(scopes.split()))
            if bound_to is None:
                return self._issue(holder, "self", lasting=bool(offline))
            lasting = bool(offline) and (bool(fresh) or not self._consented(holder))
            return self._issue(holder, "consent", lasting=lasting)

    def issue(self, holder: Holder) -> Tokens:
        """Both tokens with no code in between: the emulator's own doing, not a flow of Zoho's."""
        with self._store.transaction():
            return self._issue(holder, "control", lasting=True)

    def refresh(self, refresh_token: str, client_id: str) -> Tokens:
        """A new access token. Raises TokenRefused (`invalid_code`) or Throttled."""
        with self._store.transaction():
            row = self._one(
                "SELECT id, scopes FROM oauth_grant WHERE refresh = ? AND client = ?",
                _hash(refresh_token),
                client_id,
            )
            if row is None:
                raise TokenRefused("invalid_code")
            minted = self._store.fetch(
                "SELECT 1 FROM oauth_token WHERE grant_id = ? AND refreshed AND created > ?",
                (row[0], self._now() - MINT_WINDOW_SECONDS),
            )
            if len(minted) >= MINTS:
                raise Throttled
            return Tokens(self._mint(row[0], refreshed=True), "", tuple(row[1].split()))

    def holder(self, access_token: str) -> Holder | None:
        """Whom a live access token speaks for; None when it is unknown, expired or revoked."""
        row = self._one(
            "SELECT g.client, g.user, g.scopes FROM oauth_token t JOIN oauth_grant g ON g.id = t.grant_id"
            " WHERE t.token = ? AND t.expires > ?",
            _hash(access_token),
            self._now(),
        )
        return Holder(row[0], row[1], tuple(row[2].split())) if row else None

    def revoke(self, token: str) -> bool:
        """Kill an access token, or a refresh token with every access token it minted. False when unknown."""
        hashed = _hash(token)
        with self._store.transaction():
            if self._store.execute("DELETE FROM oauth_token WHERE token = ?", (hashed,)):
                return True
            row = self._one("SELECT id FROM oauth_grant WHERE refresh = ?", hashed)
            if row is None:
                return False
            self._store.execute("DELETE FROM oauth_token WHERE grant_id = ?", row)
            self._store.execute("DELETE FROM oauth_grant WHERE id = ?", row)
            return True

    def _consented(self, holder: Holder) -> bool:
        return bool(
            self._one(
                "SELECT 1 FROM oauth_grant"
                " WHERE client = ? AND user = ? AND origin = 'consent' AND refresh IS NOT NULL",
                holder.client_id,
                holder.user_id,
            )
        )

    def _issue(self, holder: Holder, origin: Origin, *, lasting: bool) -> Tokens:
        refresh_token = _token() if lasting else ""
        ((grant_id,),) = self._store.fetch(
            "INSERT INTO oauth_grant (refresh, client, user, scopes, origin, created)"
            " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            (
                _hash(refresh_token) if lasting else None,
                holder.client_id,
                holder.user_id,
                " ".join(holder.scopes),
                origin,
                self._now(),
            ),
        )
        return Tokens(self._mint(grant_id, refreshed=False), refresh_token, holder.scopes)

    def _mint(self, grant_id: int, *, refreshed: bool) -> str:
        access_token, now = _token(), self._now()
        self._store.execute(
            "INSERT INTO oauth_token (token, grant_id, refreshed, created, expires) VALUES (?, ?, ?, ?, ?)",
            (_hash(access_token), grant_id, refreshed, now, now + TOKEN_SECONDS),
        )
        return access_token

    def _one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        return next(iter(self._store.fetch(sql, values)), None)

    def _now(self) -> int:
        return int(self._store.clock.now().timestamp())


def _token() -> str:
    return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
