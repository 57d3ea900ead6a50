"""The token of a server on this machine: made at each start, shown to whoever started it, kept in a file of theirs.

A port on 127.0.0.1 is open to every program and user of the machine, and through DNS rebinding to web pages too.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from mcp.server.auth.provider import AccessToken

from zcrm_server import access
from zcrm_tools.auth import private_file


class LocalToken:
    """A verifier that knows one token. Its bearer may do all that the server offers."""

    def __init__(self) -> None:
        self.value = secrets.token_urlsafe(32)

    async def verify_token(self, token: str) -> AccessToken | None:
        if not hmac.compare_digest(token.encode(), self.value.encode()):
            return None
        return AccessToken(token=token, client_id="local", scopes=list(access.SCOPES), subject="local")


@contextmanager
def kept(folder: Path, url: str, token: str) -> Iterator[Path]:
    """A 0600 file with address and token, one a port, as long as the server runs: for scripts and hosts' configurations."""
    path = folder / f"{urlsplit(url).port}.json"
    private_file.write(path, json.dumps({"url": url, "token": token, "pid": os.getpid()}).encode())
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
