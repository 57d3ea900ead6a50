"""Who is likely the same person. The candidates are real leads of an emulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.connection import open_client
from zcrm_tools.crm import duplicates
from zcrm_tools.settings import Settings

JOSE = {
    "Last_Name": "Núñez",
    "First_Name": "José",
    "Company": "Faro del Norte S.A.",
    "Email": "jose@faro.example",
    "Phone": "+34 600 555 0123",
}


@pytest.fixture
async def crm(tmp_path: Path):
    async with await open_client(Settings(home=tmp_path, demo=True), write=True) as client:
        await client.create_lead(
            last_name=JOSE["Last_Name"],
            first_name=JOSE["First_Name"],
            company=JOSE["Company"],
            email=JOSE["Email"],
            phone=JOSE["Phone"],
        )
        yield client


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"Last_Name": "X", "Email": "JOSE@FARO.EXAMPLE"}, "same e-mail"),
        ({"Last_Name": "X", "Mobile": "0034600555-0123"}, "same phone"),
        ({"Last_Name": "Núñez", "First_Name": "Jose", "Company": "faro del norte"}, "same name and company"),
        (JOSE, "same e-mail and same phone and same name and company"),
    ],
)
async def test_likely_matches_say_why(crm: AsyncClient, values: dict[str, str], why: str):
    found = await duplicates.likely(crm.org, values)
    assert [(d["name"], d["why"]) for d in found] == [("José Núñez", why)]


@pytest.mark.parametrize(
    "values",
    [
        {"Last_Name": "Núñez", "First_Name": "Lucía", "Company": "Faro del Norte"},
        {"Last_Name": "Núñez", "First_Name": "José", "Company": "Otra Empresa"},
        {"Last_Name": "X", "Phone": "+34 611 555 0123"},
        {"Last_Name": "X"},
    ],
)
async def test_different_people_are_let_through(crm: AsyncClient, values: dict[str, str]):
    assert await duplicates.likely(crm.org, values) == []
