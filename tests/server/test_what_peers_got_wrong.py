"""Faults seen in other servers for CRMs, each of them looked for in this one."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from packaging.requirements import Requirement
from starlette.types import ASGIApp, Receive, Scope, Send

import zcrm_server
import zcrm_tools
from zcrm_server.app import build
from zcrm_tools import datacenters, settings
from zcrm_tools.auth import profiles
from zcrm_tools.connection import Connector
from zcrm_tools.emulator.serve import serving
from zcrm_tools.testing import ZohoOrg


@dataclass
class Watched:
    """A server in this process and an org behind a socket, with a look at every request between them."""

    client: Client
    org: ZohoOrg
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    async def call(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        result = await self.client.call_tool(name, arguments)
        assert result.structured_content is not None
        return {**result.structured_content, "is_error": bool(result.is_error)}

    def paths(self, part: str) -> list[str]:
        return [path for _, path, _ in self.asked if part in path]


def watching(app: ASGIApp, asked: list[tuple[str, str, str]]) -> ASGIApp:
    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked.append((scope["method"], scope["path"], scope["query_string"].decode()))
        await app(scope, receive, send)

    return watched


@pytest.fixture
def behind_a_socket(zoho_org: ZohoOrg) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    asked: list[tuple[str, str, str]] = []
    with serving(watching(zoho_org.app, asked)) as url:
        yield url, asked


@pytest.fixture
async def watched(
    zoho_org: ZohoOrg, behind_a_socket: tuple[str, list[tuple[str, str, str]]], tmp_path: Path
) -> AsyncIterator[Watched]:
    url, asked = behind_a_socket
    held = zoho_org.credentials
    chosen = settings.from_environment(
        {
            "ZCRM_HOME": str(tmp_path),
            "ZCRM_CLIENT_ID": held.client_id,
            "ZCRM_CLIENT_SECRET": held.client_secret,
            "ZCRM_REFRESH_TOKEN": held.refresh_token,
            "ZCRM_API_URL": url,
            "ZCRM_ACCOUNTS_URL": url,
        }
    )
    connector = Connector(chosen, write=True)
    async with Client(build(connector, write=True)) as client:
        yield Watched(client, zoho_org, asked)
    await connector.aclose()


async def test_a_call_with_no_more_than_the_schema_requires_can_succeed(watched: Watched) -> None:
    """One made leads without the field that its org requires: no call could ever have been right."""
    for tool in (await watched.client.list_tools()).tools:
        if not tool.input_schema.get("required"):
            told = await watched.call(tool.name)
            assert not told["is_error"], (tool.name, told)
    made = await watched.call("create_lead", last_name="Rao", company="Ice & Sons")
    assert made["status"] == "applied"


async def test_no_argument_is_lost_on_the_way(watched: Watched) -> None:
    """One dropped its filter silently and answered with everything."""
    everything = await watched.call("search_leads", limit=200)
    statuses = {row[everything["columns"].index("Lead_Status")] for row in everything["rows"]}
    wanted = next(status for status in sorted(statuses, key=str) if status)
    some = await watched.call("search_leads", status=wanted, limit=200)
    assert 0 < some["count"] < everything["count"]
    assert {row[some["columns"].index("Lead_Status")] for row in some["rows"]} == {wanted}
    misspelt = await watched.call("search_leads", stats=wanted)
    assert misspelt["is_error"]
    assert misspelt["problems"][0]["code"] == "UNKNOWN_ARGUMENT"


async def test_many_calls_use_one_token_and_no_secret_is_in_an_address(watched: Watched) -> None:
    """One asked for a token with each call, which Zoho stops after ten; another put the secret into the URL."""
    for _ in range(5):
        await watched.call("search_leads", limit=1)
    assert len(watched.paths("/oauth/v2/token")) == 1
    held = watched.org.credentials
    for _, path, query in watched.asked:
        assert not ("/oauth/" in path and query)
        for secret in (held.client_secret, held.refresh_token, held.access_token):
            assert secret not in f"{path}?{query}"


@pytest.mark.parametrize(
    ("status", "code"), [(400, "INVALID_DATA"), (403, "NO_PERMISSION"), (500, "INTERNAL_ERROR")]
)
async def test_a_refusal_by_zoho_is_an_error_and_says_what_was_not_done(
    watched: Watched, status: int, code: str
) -> None:
    """Three wrapped Zoho's error in a success."""
    lead = (await watched.call("search_leads", limit=1))["rows"][0][0]
    watched.org.emulator.faults.lay(
        {"kind": "refuse", "method": "PUT", "status": status, "code": code, "message": "no", "times": None},
        frozenset(),
    )
    asked = {"module": "Leads", "records": [{"id": lead, "fields": {"Designation": "Chief"}}]}
    told = await watched.call("update_records", **asked)
    assert told["is_error"] or told["status"] in ("refused", "unknown")
    assert "applied" not in json.dumps(told)
    if told["is_error"]:
        assert all(problem["not_done"] for problem in told["problems"])


async def test_a_refusal_of_one_record_inside_a_success_is_told(watched: Watched) -> None:
    """Zoho answers 200 or 202 and refuses in the body; two peers reported that as done."""
    lead = (await watched.call("search_leads", limit=1))["rows"][0][0]
    told = await watched.call(
        "update_records",
        module="Leads",
        records=[
            {"id": lead, "fields": {"Designation": "Chief"}},
            {"id": "554023000099999999", "fields": {"Designation": "Chief"}},
        ],
    )
    assert told["is_error"] or told["status"] != "applied"


async def test_nothing_found_is_an_answer_at_once(watched: Watched) -> None:
    """One retried for seven seconds when Zoho answered that there is nothing (204)."""
    await watched.call("search_records", module="Leads", text="warm up the metadata")
    before = len(watched.asked)
    found = await watched.call("search_records", module="Leads", text="no such person anywhere")
    assert found["count"] == 0
    assert not found["is_error"]
    assert len([path for _, path, _ in watched.asked[before:] if path.endswith("/search")]) == 1


async def test_nothing_of_the_server_leaks_into_a_schema(watched: Watched) -> None:
    """One asked the model for its own context object."""
    for tool in (await watched.client.list_tools()).tools:
        names = set(tool.input_schema["properties"])
        assert not names & {"ctx", "context", "self", "session", "kwargs", "args"}, tool.name


def test_the_sdk_is_pinned_to_the_line_that_this_was_written_for() -> None:
    """Two servers on PyPI break on a fresh install, as they take whatever SDK there is."""
    (mcp,) = [found for one in requires("zcrm-tools") or () if (found := Requirement(one)).name == "mcp"]
    assert not mcp.specifier.contains("3.0.0")
    assert not mcp.specifier.contains("2.2.9")
    assert mcp.specifier.contains("2.3.0")


@pytest.mark.parametrize("code", sorted(datacenters.DATA_CENTERS))
def test_tokens_are_asked_for_where_the_person_lives(code: str, tmp_path: Path) -> None:
    """Two asked the American accounts server whatever the data centre of the API."""
    chosen = settings.from_environment(
        {
            "ZCRM_HOME": str(tmp_path),
            "ZCRM_DATA_CENTER": code,
            "ZCRM_CLIENT_ID": "1000.X",
            "ZCRM_CLIENT_SECRET": "s",
            "ZCRM_REFRESH_TOKEN": "1000.r.t",
        }
    )
    profile, dc = profiles.resolve(chosen), datacenters.data_center(code)
    assert (profile.accounts_url, profile.api_url) == (dc.accounts, dc.api())


def test_no_address_but_zohos_is_in_the_code() -> None:
    """One shipped a customer's webhook. Addresses in prose, and of documents that an error points at, are no addressees, and a namespace of
    XML is a name."""
    ours = re.compile(
        r"https?://([a-z]+\.)*(zoho|zohoapis|zohocloud)\.[a-z.]+(/|$)|http://(127\.0\.0\.1|localhost|\[|$|emulator\.test)"
        r"|http://schemas\.openxmlformats\.org/"
    )
    for package in (zcrm_tools, zcrm_server):
        for path in Path(str(package.__file__)).parent.rglob("*.py"):
            if {"emulator", "hosts"} & set(path.parts):  # the pages of the programs that `zcrm install` knows
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and re.fullmatch(
                    r"https?://[^/\s]+\.[a-z]{2,}(/\S*)?", str(node.value)
                ):
                    assert ours.match(str(node.value)), f"{path.name}: {node.value}"


GUARDED = """
import sys
def watch(event, details):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        raise SystemExit(f"touched the network: {event} {details}")
sys.addaudithook(watch)
from zcrm_server.__main__ import main
main(sys.argv[1:])
"""


def test_nobody_is_told_that_it_is_used(start: Callable[..., Any]) -> None:
    """Telemetry would need the network, which the demo org does not."""
    wire = start("--demo", "--write", through=("-c", GUARDED))
    wire.greet()
    wire.ask("tools/list")
    made = wire.ask(
        "tools/call", {"name": "create_lead", "arguments": {"last_name": "Rao", "company": "Ice"}}
    )
    assert made["structuredContent"]["status"] == "applied"
    assert wire.close() == ("", "")
    assert wire.process.returncode == 0


def test_the_server_is_installed_with_its_command() -> None:
    """One wheel had no module in it."""
    assert (Path(str(zcrm_server.__file__)).parent / "__main__.py").is_file()
    assert sys.modules["zcrm_server"] is zcrm_server
