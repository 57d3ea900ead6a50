"""The server as a resource server: real signatures, an issuer over HTTP, both protocol eras."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from zcrm_server import access, http
from zcrm_server.app import build_for
from zcrm_server.offers import USUAL, Offer
from zcrm_server.profiles import Profiles, Served
from zcrm_server.resource_auth import FRESH, PAUSE, STALE, IssuerKeys, Resource, TokenCheck
from zcrm_server.tools import Desk
from zcrm_tools.connection import Connector
from zcrm_tools.errors import AuthError, NotConfigured
from zcrm_tools.http.inprocess import InProcess

ISSUER = "https://login.example/tenant"
HERE = "https://crm.example/mcp"
METADATA = "https://crm.example/.well-known/oauth-protected-resource/mcp"


class Issuer:
    """Keys, the documents that publish them, and tokens."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {"one": rsa.generate_private_key(public_exponent=65537, key_size=2048)}
        self.asked: list[str] = []
        self.down = False
        self.published: dict[str, Any] = {}
        self.strange: list[Any] = [
            {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
            {"kty": "RSA", "kid": "odd", "alg": [1], "n": "AQ", "e": "AQ"},
            "rubbish",
        ]
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = asyncio.Event()
        self.document: dict[str, Any] = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
        self.transport = InProcess(
            Starlette(
                routes=[
                    Route("/tenant/.well-known/openid-configuration", self._told),
                    Route("/tenant/keys", self._keys),
                ]
            )
        )

    def _told(self, _request: Request) -> JSONResponse:
        self.asked.append("document")
        return JSONResponse(self.document, status_code=503 if self.down else 200)

    async def _keys(self, request: Request) -> JSONResponse:
        self.asked.append(f"keys {request.url.query}".rstrip())
        self.waiting.set()
        await self.open.wait()
        kinds = {
            rsa.RSAPrivateKey: jwt.algorithms.RSAAlgorithm,
            ec.EllipticCurvePrivateKey: jwt.algorithms.ECAlgorithm,
        }
        shown = []
        for kid, key in self.keys.items():
            kind = next(k for base, k in kinds.items() if isinstance(key, base))
            shown.append({**json.loads(kind.to_jwk(key.public_key())), "kid": kid, "use": "sig"})
        return JSONResponse({"keys": [*shown, *self.strange]} | self.published)

    def token(self, scope: str = access.READ, /, kid: str = "one", alg: str = "RS256", **claims: Any) -> str:
        said = {
            "iss": ISSUER,
            "aud": HERE,
            "sub": "priya",
            "client_id": "claude",
            "exp": int(time.time()) + 300,
            "scope": scope,
            **claims,
        }
        return jwt.encode(
            {k: v for k, v in said.items() if v is not None},
            self.keys[kid],
            algorithm=alg,
            headers={"kid": kid},
        )


@pytest.fixture(scope="module")
def a_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def check(issuer: Issuer) -> TokenCheck:
    return TokenCheck(Resource(HERE, ISSUER), IssuerKeys(ISSUER, transport=issuer.transport))


Post = Callable[..., Any]


@asynccontextmanager
async def serving(
    connector: Connector, check: TokenCheck, offer: Offer = USUAL
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a writing server, by HTTP."""
    desk = Desk(Profiles((Served("default", connector, write=True),)), beside=False)
    server = build_for(desk, offer, filtered=True)
    app = http.asgi(server, http.Door(check, Resource(HERE, ISSUER)))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="https://crm.example") as client,
    ):
        yield client


@pytest.fixture
async def served(connector: Connector, check: TokenCheck) -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(connector, check) as client:
        yield client


def call(name: str, arguments: dict[str, Any], era: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Body and headers of one tool call."""
    params: dict[str, Any] = {"name": name, "arguments": arguments}
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": era}
    if era == "2026-07-28":
        params["_meta"] = {
            "io.modelcontextprotocol/protocolVersion": era,
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        headers |= {"mcp-method": "tools/call", "mcp-name": name}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}, headers


async def posted(
    served: httpx2.AsyncClient, token: str, name: str = "get_connection", era: str = "2026-07-28"
) -> httpx2.Response:
    arguments = {"last_name": "Rao", "company": "Ice & Sons"} if name == "create_lead" else {}
    body, headers = call(name, arguments, era)
    return await served.post(
        "/mcp", json=body, headers={**headers, "authorization": f"Bearer {token}".encode("latin-1")}
    )


async def test_the_metadata_says_where_tokens_come_from_and_which_scopes_there_are(
    served: httpx2.AsyncClient,
) -> None:
    told = (await served.get("/.well-known/oauth-protected-resource/mcp")).json()
    assert told["resource"] == HERE
    assert told["authorization_servers"] == [ISSUER]
    assert told["scopes_supported"] == ["zcrm:read", "zcrm:write"]
    assert told["bearer_methods_supported"] == ["header"]


async def test_without_a_token_the_challenge_names_metadata_and_scope_and_no_error(
    served: httpx2.AsyncClient,
) -> None:
    body, headers = call("get_connection", {}, "2026-07-28")
    answer = await served.post("/mcp", json=body, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == f'Bearer scope="zcrm:read", resource_metadata="{METADATA}"'


async def test_a_token_in_the_address_is_no_token(served: httpx2.AsyncClient, issuer: Issuer) -> None:
    body, headers = call("get_connection", {}, "2026-07-28")
    answer = await served.post(f"/mcp?access_token={issuer.token()}", json=body, headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize("era", ["2026-07-28", "2025-11-25"])
async def test_a_good_token_is_served(served: httpx2.AsyncClient, issuer: Issuer, era: str) -> None:
    answer = await posted(served, issuer.token(), era=era)
    assert answer.status_code == 200
    assert '"mode":"read and write"' in answer.text.replace(" ", "").replace("readandwrite", "read and write")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://crm.example/other"},
        {"aud": "https://crm.example/mcp/read-only"},
        {"aud": "https://crm.example"},
        {"aud": None},
        {"iss": "https://login.example/other"},
        {"iss": None},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"nbf": int(time.time()) + 36_000},
        {"sub": None},
    ],
)
async def test_a_token_for_another_place_time_or_nobody_is_refused(
    served: httpx2.AsyncClient, issuer: Issuer, claims: dict[str, Any]
) -> None:
    answer = await posted(served, issuer.token(access.WRITE, **claims))
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_token_of_the_read_only_endpoint_opens_nothing_at_the_writing_one(
    connector: Connector, served: httpx2.AsyncClient, issuer: Issuer
) -> None:
    """The same issuer, the same person, another address."""
    reading = Resource("https://crm.example/read", ISSUER)
    keys = IssuerKeys(ISSUER, transport=issuer.transport)
    token = issuer.token(access.READ, aud=reading.url)
    assert await TokenCheck(reading, keys).verify_token(token) is not None
    assert (await posted(served, token)).status_code == 401


async def test_forged_tokens_are_refused(
    served: httpx2.AsyncClient, issuer: Issuer, a_key: rsa.RSAPrivateKey
) -> None:
    good = issuer.token(access.WRITE)
    head, body, signature = good.split(".")
    claims = jwt.decode(good, options={"verify_signature": False})
    public = issuer.keys["one"].public_key()
    for forged in (
        jwt.encode(claims, a_key, algorithm="RS256", headers={"kid": "one"}),
        jwt.encode(claims, None, algorithm="none", headers={"kid": "one"}),
        jwt.encode(
            claims,
            json.dumps(jwt.algorithms.RSAAlgorithm.to_jwk(public)),
            algorithm="HS256",
            headers={"kid": "one"},
        ),
        jwt.encode(claims, "secret" * 8, algorithm="HS256", headers={"kid": "shared"}),
        jwt.encode(
            claims, issuer.keys["one"], algorithm="RS256", headers={"kid": "one", "typ": "logout+jwt"}
        ),
        jwt.encode(
            claims, issuer.keys["one"], algorithm="RS256", headers={"kid": "one", "crit": ["x"], "x": 1}
        ),
        f"{head}.{body}.{signature[::-1]}",
        f"{head}.{body}.",
        "not.a.token",
        "x",
        "",
        "é",
    ):
        assert (await posted(served, forged)).status_code == 401, forged


async def test_a_signature_of_another_kind_than_the_key_it_names_is_refused_and_breaks_nothing(
    served: httpx2.AsyncClient, issuer: Issuer, a_key: rsa.RSAPrivateKey
) -> None:
    elliptic = ec.generate_private_key(ec.SECP256R1())
    issuer.keys["two"] = ec.generate_private_key(ec.SECP256R1())
    for forged in (
        jwt.encode({}, elliptic, algorithm="ES256", headers={"kid": "one"}),
        jwt.encode({}, a_key, algorithm="RS256", headers={"kid": "two"}),
        jwt.encode({}, a_key, algorithm="PS256", headers={"kid": "two"}),
        _with_header(issuer.token(), {"alg": ["RS256"], "kid": "one"}),
    ):
        assert (await posted(served, forged)).status_code == 401, forged


async def test_a_key_too_short_to_be_trusted_opens_nothing(
    served: httpx2.AsyncClient, issuer: Issuer
) -> None:
    issuer.keys["one"] = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = issuer.token()
    assert (await posted(served, token)).status_code == 401


def _with_header(token: str, header: dict[str, Any]) -> str:
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return ".".join((head, *token.split(".")[1:]))


async def test_one_scope_short_is_answered_by_a_challenge_for_all_that_is_needed(
    served: httpx2.AsyncClient, issuer: Issuer
) -> None:
    for era in ("2026-07-28", "2025-11-25"):
        answer = await posted(served, issuer.token(access.READ), "create_lead", era)
        assert answer.status_code == 403
        challenge = answer.headers["www-authenticate"]
        assert 'error="insufficient_scope"' in challenge
        assert 'scope="zcrm:read zcrm:write"' in challenge
        assert f'resource_metadata="{METADATA}"' in challenge
        assert (await posted(served, issuer.token(access.WRITE), "create_lead", era)).status_code == 200
    none = await posted(served, issuer.token("openid profile"))
    assert none.status_code == 403
    assert 'scope="zcrm:read"' in none.headers["www-authenticate"]


async def test_a_call_dressed_up_so_that_the_door_cannot_read_it_is_refused_further_in(
    served: httpx2.AsyncClient, issuer: Issuer
) -> None:
    """Two names in one object: the door and the SDK both take the last, and if they did not, the tool is refused still."""
    body, headers = call("create_lead", {"last_name": "Rao"}, "2025-11-25")
    text = json.dumps(body).replace('"name":', '"name": "get_connection", "name":', 1)
    for sent in (text, text.replace("tools/call", "tools\\/call"), f"[{text}]"):
        answer = await served.post(
            "/mcp",
            content=sent,
            headers={
                **headers,
                "content-type": "application/json",
                "authorization": f"Bearer {issuer.token()}",
            },
        )
        assert answer.status_code == 403


async def test_a_body_is_as_long_as_the_longest_call_that_its_token_may_make(
    connector: Connector, check: TokenCheck, issuer: Issuer
) -> None:
    lead = await (await connector.client()).search_leads(limit=1)
    file = {"name": "scan.pdf", "base64": base64.b64encode(bytes(3_300_000)).decode()}
    body, headers = call(
        "attach_file", {"module": "Leads", "record_id": lead.rows[0][0], **file}, "2026-07-28"
    )
    posting = json.dumps(body).encode()

    read: list[int] = []

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(posting), 1_000_000):
            read.append(start)
            yield posting[start : start + 1_000_000]

    async def answer(scope: str, content: Any, **more: str) -> httpx2.Response:
        said = {"authorization": f"Bearer {issuer.token(scope)}", "content-type": "application/json", **more}
        return await client.post("/mcp", content=content, headers={**headers, **said})

    async with serving(connector, check, Offer(("core", "notes_files"))) as client:
        for content in (posting, in_pieces()):
            refused = await answer(access.READ, content)
            assert refused.status_code == 413
            assert "more than the 4,010,000 bytes" in refused.json()["error"]["message"]
        assert len(read) == 5
        told = {"content-length": str(len(posting))}
        assert (await answer(access.READ, in_pieces(), **told)).status_code == 413
        assert len(read) == 5, "what says how long it is is not read at all"
        written = await answer(access.WRITE, posting)
        assert written.json()["result"]["structuredContent"]["status"] == "applied"


@pytest.mark.parametrize("era", ["2026-07-28", "2025-11-25"])
async def test_plan_and_audit_name_the_tokens_subject(
    served: httpx2.AsyncClient, issuer: Issuer, connector: Connector, era: str
) -> None:
    answer = await posted(served, issuer.token(access.WRITE, sub="meera"), "create_lead", era)
    assert answer.status_code == 200
    state = (await connector.client()).gate.state
    written = [sealed.entry for sealed in state.audited() if sealed.entry.action == "create_lead"]
    assert written
    assert {entry.principal for entry in written} == {"meera"}
    plan = state.plan(written[-1].plan)
    assert plan is not None
    assert plan.principal == "meera"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_reader_is_offered_what_a_reader_may_call(
    served: httpx2.AsyncClient, issuer: Issuer, mode: str
) -> None:
    names = {}
    for scope in (access.READ, access.WRITE, f"{access.READ} {access.WRITE}"):
        served.headers["authorization"] = f"Bearer {issuer.token(scope)}"
        async with Client(streamable_http_client(HERE, http_client=served), mode=mode) as client:
            names[scope] = [t.name for t in (await client.list_tools()).tools]
    assert "search_leads" in names[access.READ]
    assert "create_lead" not in names[access.READ]
    assert "create_lead" in names[access.WRITE]
    assert names[access.WRITE] == names[f"{access.READ} {access.WRITE}"]


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"scope": "zcrm:read"}, ["zcrm:read"]),
        ({"scope": None, "scp": "zcrm:read zcrm:write"}, ["zcrm:read", "zcrm:write"]),
        ({"scope": None, "scp": ["zcrm:write"]}, ["zcrm:write"]),
        ({"scope": "api://crm/zcrm:read"}, ["zcrm:read"]),
        ({"scope": "notzcrm:read"}, ["notzcrm:read"]),
    ],
)
async def test_scopes_are_read_in_the_dialect_of_the_issuer(
    check: TokenCheck, issuer: Issuer, claims: dict[str, Any], scopes: list[str]
) -> None:
    found = await check.verify_token(issuer.token("", **claims))
    assert found is not None
    assert found.scopes == scopes


async def test_only_registered_clients_are_served_where_the_operator_names_them(issuer: Issuer) -> None:
    keys = IssuerKeys(ISSUER, transport=issuer.transport)
    check = TokenCheck(Resource(HERE, ISSUER, clients=("claude", "codex")), keys)
    assert await check.verify_token(issuer.token(client_id=None, azp="codex")) is not None
    assert await check.verify_token(issuer.token(client_id="stranger")) is None
    assert await check.verify_token(issuer.token(client_id=None)) is None


async def test_an_issuer_that_names_the_server_otherwise_is_taken_at_the_operators_word(
    issuer: Issuer,
) -> None:
    keys = IssuerKeys(ISSUER, transport=issuer.transport)
    check = TokenCheck(Resource(HERE, ISSUER, audience="api://zcrm"), keys)
    assert await check.verify_token(issuer.token(aud=["api://zcrm", "other"])) is not None
    assert await check.verify_token(issuer.token(aud=HERE)) is None


async def test_keys_are_fetched_once_and_a_new_one_is_found_without_a_restart(issuer: Issuer) -> None:
    clock = [0.0]
    check = TokenCheck(
        Resource(HERE, ISSUER), IssuerKeys(ISSUER, transport=issuer.transport, now=lambda: clock[0])
    )
    for _ in range(5):
        assert await check.verify_token(issuer.token()) is not None
    assert issuer.asked == ["document", "keys"]

    issuer.keys["two"] = ec.generate_private_key(ec.SECP256R1())
    clock[0] += PAUSE
    assert await check.verify_token(issuer.token(kid="two", alg="ES256")) is not None
    assert issuer.asked.count("keys") == 2

    del issuer.keys["one"]
    old = Issuer()
    old.keys = {"made-up": old.keys["one"]}
    for _ in range(20):
        assert await check.verify_token(old.token(kid="made-up")) is None
    assert issuer.asked.count("keys") == 2, "a flood of unknown keys is not passed on"
    clock[0] += PAUSE
    assert await check.verify_token(old.token(kid="made-up")) is None
    assert issuer.asked.count("keys") == 3


async def test_a_slow_issuer_keeps_nobody_waiting_whose_key_is_known(issuer: Issuer) -> None:
    clock = [0.0]
    keys = IssuerKeys(ISSUER, transport=issuer.transport, now=lambda: clock[0], within=60)
    check = TokenCheck(Resource(HERE, ISSUER), keys)
    known = issuer.token()
    assert await check.verify_token(known) is not None

    issuer.keys["two"] = ec.generate_private_key(ec.SECP256R1())
    issuer.open.clear()
    issuer.waiting.clear()
    clock[0] += PAUSE
    new = [asyncio.create_task(check.verify_token(issuer.token(kid="two", alg="ES256"))) for _ in range(20)]
    new[0].cancel()
    await issuer.waiting.wait()
    clock[0] += FRESH
    assert await check.verify_token(known) is not None
    issuer.open.set()
    assert all(await asyncio.gather(*new[1:]))
    assert issuer.asked.count("keys") == 2, "one fetch for all of them, which outlives the one that began it"


async def test_a_key_that_went_while_nobody_came_opens_nothing(issuer: Issuer) -> None:
    clock = [0.0]
    keys = IssuerKeys(ISSUER, transport=issuer.transport, now=lambda: clock[0])
    check = TokenCheck(Resource(HERE, ISSUER), keys)
    old = issuer.token()
    assert await check.verify_token(old) is not None
    issuer.keys = {"two": issuer.keys["one"]}
    clock[0] += STALE
    assert await check.verify_token(old) is None


async def test_an_issuer_that_never_answers_is_given_up(issuer: Issuer) -> None:
    issuer.open.clear()
    check = TokenCheck(Resource(HERE, ISSUER), IssuerKeys(ISSUER, transport=issuer.transport, within=0.01))
    with pytest.raises(AuthError, match=r"did not give its keys within 0\.01 seconds"):
        await check.verify_token(issuer.token())


@pytest.mark.parametrize("published", [None, 5, {"kid": "one"}])
async def test_what_is_no_list_of_keys_is_an_issuer_that_cannot_be_asked(
    check: TokenCheck, issuer: Issuer, published: Any
) -> None:
    issuer.published = {"keys": published}
    with pytest.raises(AuthError, match="publishes no list of keys"):
        await check.verify_token(issuer.token())


async def test_keys_may_be_at_an_address_with_a_query(check: TokenCheck, issuer: Issuer) -> None:
    """As Azure AD B2C publishes them, one policy of many by `?p=`."""
    issuer.document = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys?p=sign_in"}
    assert await check.verify_token(issuer.token()) is not None
    assert issuer.asked[-1] == "keys p=sign_in"


async def test_while_the_issuer_is_down_known_keys_serve_and_strangers_are_told_to_wait(
    served: httpx2.AsyncClient, issuer: Issuer
) -> None:
    issuer.down = True
    answer = await posted(served, issuer.token())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"

    issuer.down = False
    clock = [0.0]
    keys = IssuerKeys(ISSUER, transport=issuer.transport, now=lambda: clock[0])
    check = TokenCheck(Resource(HERE, ISSUER), keys)
    assert await check.verify_token(issuer.token()) is not None
    issuer.down = True
    clock[0] += STALE
    assert await check.verify_token(issuer.token()) is not None

    issuer.down = False
    issuer.keys["two"] = ec.generate_private_key(ec.SECP256R1())
    new = issuer.token(kid="two", alg="ES256")
    with pytest.raises(AuthError):
        await check.verify_token(new)
    clock[0] += PAUSE
    assert await check.verify_token(new) is not None


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://login.example/other", "jwks_uri": f"{ISSUER}/keys"},
        {"issuer": ISSUER, "jwks_uri": "http://login.example/keys"},
        {"issuer": ISSUER, "jwks_uri": "https://127.0.0.1/keys"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"},
        {"issuer": ISSUER, "jwks_uri": "https://[login.example/keys"},
        {"issuer": ISSUER},
    ],
)
async def test_an_issuers_document_that_points_elsewhere_is_not_followed(
    check: TokenCheck, issuer: Issuer, document: dict[str, Any]
) -> None:
    token = issuer.token()
    issuer.document = document
    with pytest.raises(AuthError):
        await check.verify_token(token)
    assert "keys" not in issuer.asked


@pytest.mark.parametrize(
    ("url", "by"),
    [
        ("http://crm.example/mcp", ISSUER),
        (HERE, "http://login.example"),
        ("crm.example", ISSUER),
        (f"{HERE}?a=b", ISSUER),
    ],
)
def test_addresses_without_tls_are_refused_at_the_start(url: str, by: str) -> None:
    with pytest.raises(NotConfigured):
        Resource(url, by)
