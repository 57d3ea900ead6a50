"""A small org made by hand, and a client of it that is not ours."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from zcrm_tools.emulator.app import Emulator, open_emulator
from zcrm_tools.emulator.clock import FrozenClock

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@dataclass
class Api:
    """Calls `/crm/{version}{path}` with a token that may do everything."""

    emulator: Emulator
    http: httpx.AsyncClient
    ids: dict[str, int]
    version: str = "v8"

    async def call(self, method: str, path: str, *, version: str = "", **kwargs: Any) -> httpx.Response:
        return await self.http.request(method, f"/crm/{version or self.version}{path}", **kwargs)

    async def get(
        self, path: str, *, version: str = "", headers: Any = None, **params: Any
    ) -> httpx.Response:
        return await self.call("GET", path, version=version, headers=headers, params=params)

    async def write(
        self, method: str, path: str, *rows: Any, version: str = "", **beside: Any
    ) -> httpx.Response:
        headers = beside.pop("headers", None)
        body = {"data": list(rows), **beside}
        return await self.call(method, path, version=version, json=body, headers=headers)

    async def coql(self, query: str, *, version: str = "", **beside: Any) -> httpx.Response:
        return await self.call("POST", "/coql", version=version, json={"select_query": query, **beside})

    def stored(self, module: str, record_id: int | str) -> dict[str, Any] | None:
        return self.emulator.store.get(module, int(record_id))


@pytest.fixture(scope="session")
def official():
    """Zoho's own OpenAPI, a checkout of which ZOHO_OAS names; None without one."""
    checkout = os.environ.get("ZOHO_OAS")
    if not checkout:
        return None
    spec = importlib.util.spec_from_file_location("official", Path(__file__).with_name("official.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["official"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Official(Path(checkout))


@pytest.fixture
def held_to_schemas(official):
    """For a client's `event_hooks`: every successful JSON reply of v8 is held to Zoho's schema of it, if there is one."""

    async def hold(reply: httpx.Response) -> None:
        await reply.aread()
        path = reply.request.url.path
        if "/v8" in path and reply.status_code < 300 and "json" in reply.headers.get("content-type", ""):
            said = official.complaints(reply.request.method, path, reply.status_code, reply.json())
            assert not said, said

    return {"response": [] if official is None else [hold]}


@pytest.fixture
def api(held_to_schemas):
    """An org with one administrator and one salesperson; two accounts, three contacts, four leads, three deals."""
    emulator = open_emulator(seed="empty", clock=FrozenClock(NOW))
    store = emulator.store
    (admin,) = (row[0] for row in store.fetch('SELECT id FROM "Users"'))
    (standard,) = (row[0] for row in store.fetch("SELECT id FROM \"__profiles\" WHERE name = 'Standard'"))
    (manager,) = (row[0] for row in store.fetch("SELECT id FROM \"__roles\" WHERE name = 'Manager'"))
    seller = store.next_id()
    store.load_users(
        [
            {
                "id": seller,
                "first_name": "Sam",
                "last_name": "Seller",
                "email": "sam@example.com",
                "role": manager,
                "profile": standard,
                "time_zone": "Asia/Kolkata",
            }
        ]
    )
    ids = {"admin": admin, "seller": seller, "standard": standard}

    def add(module: str, key: str, **row: Any) -> None:
        ids[key] = row["id"] = store.next_id()
        at = NOW - timedelta(days=10) + timedelta(hours=len(ids))
        stamps = {"Created_By": admin, "Modified_By": admin, "Created_Time": at, "Modified_Time": at}
        store.load(module, [{"Owner": admin, **stamps, **row}])

    add("Accounts", "acme", Account_Name="Acme Works", Industry="ERP", Employees=40)
    add("Accounts", "bolt", Account_Name="Bolt Ltd", Parent_Account=ids["acme"], Owner=seller)
    for first, last, account in (
        ("Ada", "Boyle", "acme"),
        ("Kris", "Marrs", "bolt"),
        ("Leota", "Dilly", "bolt"),
    ):
        add(
            "Contacts",
            last.lower(),
            First_Name=first,
            Last_Name=last,
            Full_Name=f"{first} {last}",
            Email=f"{first.lower()}@example.com",
            Account_Name=ids[account],
        )
    leads = (
        ("Anna", "Smith", "New", 100_000, "+49 30 1234", False),
        ("Bo", "Smithson", "Contacted", 250_000.5, None, False),
        ("Cy", "Ünal", None, None, "555-1234", False),
        ("Di", "Gone", "Contacted", 10, None, True),
    )
    for first, last, status, revenue, phone, converted in leads:
        add(
            "Leads",
            last.lower(),
            First_Name=first,
            Last_Name=last,
            Full_Name=f"{first} {last}",
            Company=f"{last}, Inc (Berlin)",
            Email=f"{first.lower()}@lead.example",
            Lead_Status=status,
            Annual_Revenue=revenue,
            Phone=phone,
            Converted__s=converted,
            Description=f"Met {first} at the fair",
        )
    deals = (
        ("Pumps", "Qualification", 10, 1_000, "acme", "2026-12-01"),
        ("Valves", "Closed Won", 100, 5_000.25, "bolt", "2026-11-01"),
        ("Hoses", "Closed Won", 100, None, "bolt", "2026-10-01"),
    )
    for name, stage, probability, amount, account, closing in deals:
        add(
            "Deals",
            name.lower(),
            Deal_Name=name,
            Stage=stage,
            Pipeline="Standard (Standard)",
            Probability=probability,
            Amount=amount,
            Account_Name=ids[account],
            Closing_Date=closing,
        )
    add("Tasks", "task", Subject="Ring back", What_Id=("Deals", ids["pumps"]), Who_Id=ids["boyle"])
    add("Tasks", "task2", Subject="Look up", What_Id=("Leads", ids["smith"]))
    token = emulator.credentials.access_token
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=emulator.app),
        base_url="http://emulator.test",
        headers={"Authorization": f"Zoho-oauthtoken {token}"},
        event_hooks=held_to_schemas,
    )
    yield Api(emulator, http, ids)
    emulator.close()


@pytest.fixture
def refused():
    """Checks that a reply is Zoho's error body with a code; gives back its details."""

    def check(reply: httpx.Response, code: str, status: int = 400) -> dict[str, Any]:
        assert reply.status_code == status, reply.text
        body = reply.json()
        assert body["status"] == "error"
        assert body["code"] == code, body
        assert body["message"]
        details: dict[str, Any] = body["details"]
        return details

    return check
