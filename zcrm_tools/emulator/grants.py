"""What Zoho Accounts remembers: clients, authorization codes, grants and access tokens, in the emulator's database.

Secrets and tokens are kept as SHA-256 only; the plain text exists in the reply that issues it. Times are epoch seconds
of the emulator's clock. Scopes are stored here and judged in `access.py`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from zcrm_tools.emulator.clock import unskewed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zcrm_tools.emulator.limits import Limits
    from zcrm_tools.emulator.store import Store

CODE_SECONDS = 120
TOKEN_SECONDS = 3600
MINT_WINDOW_SECONDS = 600

Origin = Literal["consent", "self", "device", "credentials", "control"]
"""How a grant came about: the browser's consent page, a self client's code, the device flow, client credentials, or
the emulator itself."""
ClientKind = Literal["server", "mobile", "device", "self", "any"]
"""As the API console asks; `any` is the emulator's own client, which may use every flow."""

_TABLES = (
    """CREATE TABLE IF NOT EXISTS oauth_client (
        id TEXT PRIMARY KEY, secret TEXT NOT NULL, name TEXT NOT NULL, redirect_uris TEXT NOT NULL,
        kind TEXT NOT NULL DEFAULT 'server')""",
    """CREATE TABLE IF NOT EXISTS oauth_code (
        code TEXT PRIMARY KEY, client TEXT NOT NULL, user INTEGER NOT NULL, scopes TEXT NOT NULL,
        redirect_uri TEXT, offline INTEGER NOT NULL, fresh INTEGER NOT NULL, expires INTEGER NOT NULL,
        challenge TEXT, location TEXT NOT NULL DEFAULT '')""",
    "CREATE TABLE IF NOT EXISTS oauth_asked (client TEXT NOT NULL, at INTEGER NOT NULL)",
    """CREATE TABLE IF NOT EXISTS oauth_grant (
        id INTEGER PRIMARY KEY, refresh TEXT UNIQUE, client TEXT NOT NULL, user INTEGER NOT NULL,
        scopes TEXT NOT NULL, origin TEXT NOT NULL, created INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS oauth_token (
        token TEXT PRIMARY KEY, grant_id INTEGER NOT NULL, refreshed INTEGER NOT NULL,
        created INTEGER NOT NULL, expires INTEGER NOT NULL, scopes TEXT NOT NULL)""",
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
    kind: ClientKind = "server"

    def has_secret(self, secret: str) -> bool:
        return secrets.compare_digest(hashed(secret), self.secret_hash)

    def may(self, *kinds: ClientKind) -> bool:
        return self.kind in ("any", *kinds)


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
    """What a person agreed to. `redirect_uri` is None for a self client's code; `fresh` is `prompt=consent`.

    `challenge` is a PKCE challenge with its method before it, `S256:…` or `plain:…`; `location` the data centre that
    may exchange the code, empty for any.
    """

    holder: Holder
    redirect_uri: str | None = None
    offline: bool = True
    fresh: bool = False
    challenge: str | None = None
    location: str = ""


def proves(verifier: str, challenge: str) -> bool:
    """Whether a PKCE verifier is the one behind a challenge."""
    method, _, expected = challenge.partition(":")
    if method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        verifier = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return secrets.compare_digest(verifier.encode(), expected.encode())


class Grants:
    """The tables lie beside the org's; emptying the org leaves them, so that printed credentials keep working."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store = store
        self._limits = limits
        with store.transaction():
            for statement in _TABLES:
                store.execute(statement)

    def register(
        self, name: str, redirect_uris: Iterable[str], kind: ClientKind = "server"
    ) -> tuple[str, str]:
        """Add a client; returns its id and its secret."""
        alphabet = string.ascii_uppercase + string.digits
        client_id = "1000." + "".join(secrets.choice(alphabet) for _ in range(30))
        secret = secrets.token_hex(21)
        self._store.execute(
            "INSERT INTO oauth_client (id, secret, name, redirect_uris, kind) VALUES (?, ?, ?, ?, ?)",
            (client_id, hashed(secret), name, json.dumps(list(redirect_uris)), kind),
        )
        return client_id, secret

    def client(self, client_id: str) -> Client | None:
        row = self._one("SELECT name, redirect_uris, secret, kind FROM oauth_client WHERE id = ?", client_id)
        return Client(client_id, row[0], tuple(json.loads(row[1])), row[2], row[3]) if row else None

    def may_ask(self, client_id: str) -> bool:
        """Count one more authorization of a client; False beyond so many in ten minutes."""
        with self._store.transaction():
            self._store.execute("DELETE FROM oauth_asked WHERE at <= ?", (self.now() - MINT_WINDOW_SECONDS,))
            ((asked,),) = self._store.fetch("SELECT count(*) FROM oauth_asked WHERE client = ?", (client_id,))
            if asked >= self._limits.settings.codes:
                return False
            self._store.execute("INSERT INTO oauth_asked VALUES (?, ?)", (client_id, self.now()))
        return True

    def new_code(self, consent: Consent) -> str:
        code, holder = new_token(), consent.holder
        self._store.execute(
            "INSERT INTO oauth_code (code, client, user, scopes, redirect_uri, offline, fresh, expires, challenge,"
            " location) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                hashed(code),
                holder.client_id,
                holder.user_id,
                " ".join(holder.scopes),
                consent.redirect_uri,
                consent.offline,
                consent.fresh,
                self.now() + CODE_SECONDS,
                consent.challenge,
                consent.location,
            ),
        )
        return code

    def redeem(
        self, code: str, client_id: str, redirect_uri: str, *, verifier: str = "", location: str = ""
    ) -> Tokens:
        """Exchange a code, once. Raises TokenRefused; a wrong redirect URI or verifier does not use the code up."""
        with self._store.transaction():
            row = self._one(
                "SELECT user, scopes, redirect_uri, offline, fresh, challenge FROM oauth_code"
                " WHERE code = ? AND client = ? AND expires > ? AND location IN ('', ?)",
                hashed(code),
                client_id,
                self.now(),
                location,
            )
            if row is None:
                raise TokenRefused("invalid_code")
            user_id, scopes, bound_to, offline, fresh, challenge = row
            if bound_to is not None and bound_to != redirect_uri:
                raise TokenRefused("invalid_redirect_uri")
            if challenge is not None and not proves(verifier, challenge):
                raise TokenRefused("invalid_code")
            self._store.execute("DELETE FROM oauth_code WHERE code = ?", (hashed(code),))
            holder = Holder(client_id, user_id, tuple(scopes.split()))
            if bound_to is None:
                return self._issue(holder, "self", lasting=bool(offline))
            return self.consented(holder, "consent", offline=bool(offline), fresh=bool(fresh))

    def consented(self, holder: Holder, origin: Origin, *, offline: bool, fresh: bool) -> Tokens:
        """Tokens after a person's consent; a refresh token once for a client and user, and again when asked `fresh`."""
        with self._store.transaction():
            return self._issue(
                holder, origin, lasting=offline and (fresh or not self._consented(holder, origin))
            )

    def for_client(self, holder: Holder) -> Tokens:
        """A client's own token, without a person. Raises Throttled as a refresh does."""
        with self._store.transaction():
            scopes = " ".join(holder.scopes)
            row = self._one(
                "SELECT id FROM oauth_grant WHERE client = ? AND user = ? AND scopes = ? AND origin = 'credentials'",
                holder.client_id,
                holder.user_id,
                scopes,
            )
            if row is None:
                return self._issue(holder, "credentials", lasting=False, refreshed=True)
            self._throttle(row[0])
            return Tokens(self._mint(row[0], holder.scopes, refreshed=True), "", holder.scopes)

    def issue(self, holder: Holder) -> Tokens:
        """Both tokens with no code in between: the emulator's own doing, not a flow of Zoho's."""
        with self._store.transaction():
            return self._issue(holder, "control", lasting=True)

    def refresh(self, refresh_token: str, client_id: str) -> Tokens:
        """A new access token. Raises TokenRefused (`invalid_code`) or Throttled."""
        with self._store.transaction():
            grant = self.grant_of(refresh_token, client_id)
            if grant is None:
                raise TokenRefused("invalid_code")
            grant_id, holder = grant
            self._throttle(grant_id)
            return Tokens(self._mint(grant_id, holder.scopes, refreshed=True), "", holder.scopes)

    def grant_of(self, refresh_token: str, client_id: str) -> tuple[int, Holder] | None:
        """What a refresh token stands for: the grant's number and whom it speaks for."""
        row = self._one(
            "SELECT id, user, scopes FROM oauth_grant WHERE refresh = ? AND client = ?",
            hashed(refresh_token),
            client_id,
        )
        return (row[0], Holder(client_id, row[1], tuple(row[2].split()))) if row else None

    def widen(self, grant_id: int, scopes: Iterable[str]) -> None:
        """Add scopes to a grant. Access tokens that were minted before keep what they had."""
        ((known,),) = self._store.fetch("SELECT scopes FROM oauth_grant WHERE id = ?", (grant_id,))
        held = " ".join(dict.fromkeys((*known.split(), *scopes)))
        self._store.execute("UPDATE oauth_grant SET scopes = ? WHERE id = ?", (held, grant_id))

    def _throttle(self, grant_id: int) -> None:
        minted = self._store.fetch(
            "SELECT 1 FROM oauth_token WHERE grant_id = ? AND refreshed AND created > ?",
            (grant_id, self.now() - MINT_WINDOW_SECONDS),
        )
        if len(minted) >= self._limits.settings.mints:
            raise Throttled

    def holder(self, access_token: str) -> Holder | None:
        """Whom a live access token speaks for; None when it is unknown, expired or revoked."""
        row = self._one(
            "SELECT g.client, g.user, t.scopes FROM oauth_token t JOIN oauth_grant g ON g.id = t.grant_id"
            " WHERE t.token = ? AND t.expires > ?",
            hashed(access_token),
            self.now(),
        )
        return Holder(row[0], row[1], tuple(row[2].split())) if row else None

    def revoke(self, token: str) -> bool:
        """Kill an access token, or a refresh token with every access token it minted. False when unknown."""
        key = hashed(token)
        with self._store.transaction():
            if self._store.execute("DELETE FROM oauth_token WHERE token = ?", (key,)):
                return True
            row = self._one("SELECT id FROM oauth_grant WHERE refresh = ?", key)
            if row is None:
                return False
            self._store.execute("DELETE FROM oauth_token WHERE grant_id = ?", row)
            self._store.execute("DELETE FROM oauth_grant WHERE id = ?", row)
            return True

    def _consented(self, holder: Holder, origin: Origin) -> bool:
        return bool(
            self._one(
                "SELECT 1 FROM oauth_grant WHERE client = ? AND user = ? AND origin = ? AND refresh IS NOT NULL",
                holder.client_id,
                holder.user_id,
                origin,
            )
        )

    def _issue(self, holder: Holder, origin: Origin, *, lasting: bool, refreshed: bool = False) -> Tokens:
        refresh_token = new_token() if lasting else ""
        ((grant_id,),) = self._store.fetch(
            "INSERT INTO oauth_grant (refresh, client, user, scopes, origin, created)"
            " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            (
                hashed(refresh_token) if lasting else None,
                holder.client_id,
                holder.user_id,
                " ".join(holder.scopes),
                origin,
                self.now(),
            ),
        )
        if lasting and origin != "control":
            self._evict_grants(holder)
        return Tokens(self._mint(grant_id, holder.scopes, refreshed=refreshed), refresh_token, holder.scopes)

    def _evict_grants(self, holder: Holder) -> None:
        """The oldest refresh tokens of a user at a client go silently, and their access tokens with them."""
        gone = self._store.fetch(
            "SELECT id FROM oauth_grant WHERE client = ? AND user = ? AND refresh IS NOT NULL"
            " AND origin <> 'control' ORDER BY id DESC LIMIT -1 OFFSET ?",
            (holder.client_id, holder.user_id, self._limits.settings.refresh_tokens),
        )
        for row in gone:
            self._store.execute("DELETE FROM oauth_token WHERE grant_id = ?", row)
            self._store.execute("DELETE FROM oauth_grant WHERE id = ?", row)

    def _mint(self, grant_id: int, scopes: Iterable[str], *, refreshed: bool) -> str:
        """A new access token; beyond so many live ones of a grant the oldest ends, and still counts as minted."""
        access_token, now = new_token(), self.now()
        self._store.execute(
            "INSERT INTO oauth_token (token, grant_id, refreshed, created, expires, scopes)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (hashed(access_token), grant_id, refreshed, now, now + TOKEN_SECONDS, " ".join(scopes)),
        )
        self._store.execute(
            "UPDATE oauth_token SET expires = 0 WHERE rowid IN (SELECT rowid FROM oauth_token"
            " WHERE grant_id = ? AND expires > ? ORDER BY rowid DESC LIMIT -1 OFFSET ?)",
            (grant_id, now, self._limits.settings.active_tokens),
        )
        return access_token

    def _one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        return next(iter(self._store.fetch(sql, values)), None)

    def now(self) -> int:
        """Epoch seconds. A skewed CRM server does not make tokens older: that is judged by Accounts' clock."""
        return int(unskewed(self._store.clock.now()).timestamp())


def new_token() -> str:
    return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
