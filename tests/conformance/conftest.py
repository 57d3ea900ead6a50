"""Servers as processes, for tools that look at them from outside."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from zcrm_server import access
from zcrm_tools.emulator.serve import serving

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Running:
    url: str
    token: str = ""
    foreign: str = ""


Launch = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    started: list[subprocess.Popen[str]] = []

    def go(*arguments: str, **streams: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            encoding="utf-8",
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)},
            **streams,
        )
        started.append(process)
        return process

    yield go
    for process in started:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def under_suite(launch: Launch) -> Callable[..., str]:
    """`under_suite()` serves the app as it ships, `under_suite("--fixtures")` with what the suite calls; gives the URL."""

    def go(*flags: str) -> str:
        process = launch(str(HERE / "serve.py"), *flags, stdout=subprocess.PIPE)
        assert process.stdout is not None
        return process.stdout.readline().strip()

    return go


def listening(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    said = process.stderr.readline()
    found = re.search(r"listening on ([^\s;]+)", said)
    assert found, said
    return found[1]


@pytest.fixture
def local(launch: Launch, tmp_path: Path) -> Running:
    """`zcrm-mcp --http` on this machine."""
    url = listening(
        launch("-m", "zcrm_server", "--demo", "--write", "--http", "--port", "0", stderr=subprocess.PIPE)
    )
    (file,) = (tmp_path / ".zcrm" / "servers").iterdir()
    return Running(url, json.loads(file.read_text())["token"])


@dataclass
class Issuer:
    """An OpenID issuer on loopback: what a resource server and a client read of one, and tokens."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    url: str = ""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._document),
                Route("/.well-known/oauth-authorization-server", self._document),
                Route("/keys", self._keys),
            ]
        )

    def _document(self, _request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "registration_endpoint": f"{self.url}/register",
                "jwks_uri": f"{self.url}/keys",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "client_id_metadata_document_supported": True,
                "authorization_response_iss_parameter_supported": True,
                "scopes_supported": list(access.SCOPES),
            }
        )

    def _keys(self, _request: Request) -> JSONResponse:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return JSONResponse({"keys": [{**public, "kid": "one", "use": "sig"}]})

    def token(self, audience: str) -> str:
        claims = {"iss": self.url, "aud": audience, "sub": "priya", "client_id": "lab", "scope": access.READ}
        return jwt.encode(
            {**claims, "exp": int(time.time()) + 600}, self.key, algorithm="RS256", headers={"kid": "one"}
        )


@pytest.fixture
def behind_issuer(launch: Launch) -> Iterator[Running]:
    """`zcrm-mcp --http --issuer …`: the public address names the port, so the port is chosen first."""
    issuer = Issuer()
    with serving(Starlette()) as free:
        url = f"{free}/mcp"
    with serving(issuer.app()) as issuer.url:
        process = launch(
            *("-m", "zcrm_server", "--demo", "--write", "--http", "--port", free.rsplit(":", 1)[1]),
            *("--issuer", issuer.url, "--public-url", url),
            stderr=subprocess.PIPE,
        )
        assert listening(process) == free
        yield Running(url, issuer.token(url), issuer.token(f"{free}/another"))
