"""Every query that Zoho's pages, OpenAPI files or customers' code show, run by the emulator: accepted or refused, with the
code that is documented. The checker is held to the same list in tests/coql/test_documented.py.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from zcrm_tools.emulator.app import open_emulator
from zcrm_tools.emulator.clock import FrozenClock

FILE = Path(__file__).parents[1] / "coql" / "documented.jsonl"
CASES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]

CONFLICTS = {
    "Account_Name.Parent_Account.Account_Name, Vendor_Name.Vendor_Name": "ok",
}
"""Where Zoho's pages disagree: a part of the query, and what the emulator answers. The query page refuses a third join,
the limits page of v7 and v8 allows five and fifteen: see the evidence row coql.join-count-conflict.
"""
VIEW = "2276164000000091501"


@pytest.fixture(scope="module")
def ask():
    emulator = open_emulator(clock=FrozenClock(datetime(2026, 11, 24, 9, tzinfo=UTC)))
    prepared(emulator.store)
    headers = {"Authorization": f"Zoho-oauthtoken {emulator.credentials.access_token}"}
    view = str(emulator.store.modules["Leads"].view_id)

    def asked(query, include_meta):
        body = {"select_query": query.replace(VIEW, view)}
        if include_meta:
            body["include_meta"] = include_meta

        async def sent():
            transport = httpx.ASGITransport(app=emulator.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
                return await http.post("/crm/v8/coql", headers=headers, json=body)

        response = asyncio.run(sent())
        return response.status_code, response.json() if response.content else {}

    yield asked
    emulator.close()


def prepared(store):
    """The fields and modules of the orgs that the examples were written in."""
    text = store.modules["Leads"].fields["Company"]
    moment = store.modules["Leads"].fields["Last_Activity_Time"]
    several = store.modules["Products"].fields["Tax"]
    lookup = store.modules["Contacts"].fields["Account_Name"]
    either = store.modules["Tasks"].fields["What_Id"]

    def called(field, name, **changes):
        return replace(
            field, api_name=name, label=name, id=store.next_id(), custom=True, mandatory=False, **changes
        )

    store.add_field("Leads", called(text, "Last_Note_Added"))
    store.add_field("Leads", called(moment, "Last_Note_Added_On"))
    store.add_field("Contacts", called(several, "Languages_Known"))
    store.add_field("Contacts", called(text, "External"))
    store.add_field("Contacts", called(lookup, "Data_Processing_Basis_Details", data_type="consent_lookup"))
    pattern = store.modules["Vendors"]
    for name, field in (
        ("Services", called(moment, "VisitedDateTime")),
        ("Appointments__s", called(either, "Appointment_For")),
    ):
        fields = {**{f.api_name: f for f in pattern.fields.values() if not f.custom}, field.api_name: field}
        names = {"api_name": name, "module_name": name, "singular": name, "plural": name}
        store.add_module(replace(pattern, id=store.next_id(), fields=fields, layout=store.next_id(), **names))


def query(case):
    return case["query"]


@pytest.mark.parametrize("case", CASES, ids=query)
@pytest.mark.evidence("coql.documented-queries", "emulator_coql.refusals", "coql.join-count-conflict")
def test_the_emulator_answers_a_documented_query_as_documented(case, ask):
    status, body = ask(case["query"], case.get("include_meta"))
    documented = next((answer for part, answer in CONFLICTS.items() if part in case["query"]), case["zoho"])
    assert body.get("code", "ok") == documented, body
    assert status in ((200, 204) if documented == "ok" else (400,))


def test_each_conflict_is_about_a_documented_query():
    assert all(any(part in case["query"] for case in CASES) for part in CONFLICTS)
