"""Who we are connected as, and what the token may do."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from zcrm_tools.datacenters import Environment
from zcrm_tools.redact import NotPickled

StoreName = Literal["keyring", "encrypted-file", "plaintext-file"]


class Profile(BaseModel):
    """One named connection. Holds no secret, so it may be written to a file and shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Literal["zoho", "emulator"]
    accounts_url: str
    api_url: str
    environment: Environment = "production"
    client_id: str = ""
    scopes: str = ""
    """As granted, space separated; empty when unknown."""
    refused: str = ""
    """Scopes that Zoho has refused since, whatever `scopes` says; empty again after the next sign-in."""
    soid: str = ""
    """`ZohoCRM.<org id>` of a self client that asks in its own name; there is no refresh token then."""
    redirect_uri: str = ""
    """As registered with the client; empty for one that has none, which cannot be given more scopes later."""
    since: str = ""
    """When the person signed in, ISO 8601 in UTC; empty when it was not noted."""
    store: StoreName = "keyring"
    """Where its secrets were put when it signed in."""

    @property
    def identity(self) -> str:
        """What plans, changes and secrets belong to: the same name for another org or client is another identity."""
        return f"{self.name}/{urlsplit(self.accounts_url).netloc}/{self.client_id}/{self.environment}"


class Credentials(NotPickled, BaseModel):
    """What signs a profile in. Secret: repr shows stars."""

    model_config = ConfigDict(frozen=True)

    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr


class Grant(NotPickled, BaseModel):
    """A token reply, read. `scopes` is empty when the reply named none; `refresh_token` is None when it brought none."""

    model_config = ConfigDict(frozen=True)

    access_token: SecretStr
    expires_at: datetime
    refresh_token: SecretStr | None = None
    scopes: str = ""
    api_domain: str = ""
