"""The emulator answers as an independent engine does: generated questions, asked of both."""

from __future__ import annotations

import asyncio
import importlib.util
import random
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from zcrm_tools.client import Client, run
from zcrm_tools.coql.checks import check
from zcrm_tools.coql.parser import parse
from zcrm_tools.emulator.app import Emulator, open_emulator
from zcrm_tools.emulator.clock import FrozenClock
from zcrm_tools.metadata.schema import schema_for

pytest.importorskip("duckdb")

QUESTIONS = 240


def _oracle_module():
    """Test files are not importable from each other; this one is code, not tests."""
    spec = importlib.util.spec_from_file_location("oracle", Path(__file__).with_name("oracle.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


oracle = _oracle_module()


class Api:
    """A client that is not ours."""

    def __init__(self, emulator: Emulator) -> None:
        token = emulator.credentials.access_token
        self.headers = {"Authorization": f"Zoho-oauthtoken {token}"}
        self.app = emulator.app

    def call(self, method, path, **kwargs):
        async def sent():
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
                return await http.request(method, f"/crm/v8/{path}", headers=self.headers, **kwargs)

        response = asyncio.run(sent())
        return response.json() if response.content else {}

    def coql(self, text):
        return self.call("POST", "coql", json={"select_query": text})


def exported(api, module):
    """Every record over REST."""
    if module == "Users":
        return api.call("GET", "users", params={"type": "AllUsers", "per_page": "200"})["users"]
    found, page = [], 1
    while True:
        params = {"fields": ",".join(oracle.COLUMNS[module]), "page": str(page), "per_page": "200"}
        if module == "Leads":
            params["converted"] = "both"
        body = api.call("GET", module, params=params)
        found += body.get("data", [])
        if not body.get("info", {}).get("more_records"):
            return found
        page += 1


@pytest.fixture(scope="module")
def both():
    emulator = open_emulator(clock=FrozenClock(datetime(2026, 11, 24, 9, tzinfo=UTC)))
    store = emulator.store
    # Nothing else in the demo org has a multi-select picklist.
    for at, (product,) in enumerate(store.fetch('SELECT id FROM "Products"', ())):
        store.update("Products", product, {"Tax": ["VAT", "VAT;City tax", None, "City tax"][at % 4]})
    api = Api(emulator)
    yield api, oracle.Oracle({module: exported(api, module) for module in oracle.COLUMNS})
    emulator.close()


@pytest.mark.parametrize("seed", range(QUESTIONS))
@pytest.mark.evidence(
    "emulator_coql.joins", "emulator_coql.aggregates", "emulator_coql.operators", "emulator_coql.case"
)
def test_the_emulator_answers_as_the_oracle_does(seed, both):
    api, engine = both
    question = oracle.Question(random.Random(seed), engine)
    records = api.coql(question.coql).get("data", [])
    rows = [
        [oracle.raw(kind, record[key]) for key, kind in zip(question.keys, question.kinds, strict=True)]
        for record in records
    ]
    assert question.compared(rows) == question.compared(engine.answer(question.sql)), question.coql


def test_the_questions_ask_about_everything_and_most_have_answers(both):
    _, engine = both
    questions = [oracle.Question(random.Random(seed), engine) for seed in range(QUESTIONS)]
    texts = [question.coql for question in questions]
    parts = (
        " group by ", "Owner.last_name", "Account_Name.Parent_Account.", " is null", "+05:30'", "-07:00'", "Tax = ",
        " not in (select", "limit 2, 40", " desc, id",
    )  # fmt: skip
    assert [part for part in parts if not any(part in text for text in texts)] == []
    assert len(set(texts)) == QUESTIONS
    assert sum(bool(engine.answer(question.sql)) for question in questions) > QUESTIONS * 0.6


def test_the_checker_finds_no_fault_in_what_the_emulator_answers(both, crm: Client):
    _, engine = both
    for seed in range(QUESTIONS):
        text = oracle.Question(random.Random(seed), engine).coql
        tree = parse(text)
        schema = run(schema_for(crm._asynchronous.org.catalogue, tree))
        assert [d for d in check(tree, schema) if d.severity == "error"] == [], text
