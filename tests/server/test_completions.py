"""Completion of arguments from the org's own metadata."""

from __future__ import annotations

import pytest
from mcp import Client
from mcp.types import PromptReference, ResourceTemplateReference

from zcrm_server.app import build
from zcrm_server.completions import MOST, fitting
from zcrm_tools import settings
from zcrm_tools.connection import Connector

MODULE = ResourceTemplateReference(type="ref/resource", uri="zcrm://modules/{module}")
RECORD = ResourceTemplateReference(type="ref/resource", uri="zcrm://records/{module}/{id}")


def prompt(name):
    return PromptReference(type="ref/prompt", name=name)


async def completed(client, ref, name, typed, **others):
    return (
        await client.complete(ref, {"name": name, "value": typed}, context_arguments=others or None)
    ).completion


@pytest.fixture
async def client(reading):
    async with Client(reading) as opened:
        yield opened


@pytest.mark.parametrize("ref", [MODULE, RECORD], ids=["modules", "records"])
async def test_modules_complete_the_addresses_of_resources(crm, ref):
    assert (await completed(crm, ref, "module", "le")).values[0] == "Leads"


async def test_labels_lead_to_api_names(client):
    assert "Sales_Orders" in (await completed(client, MODULE, "module", "sales o")).values


@pytest.mark.parametrize(
    ("name", "argument", "typed", "first"),
    [
        ("data_quality_audit", "module", "con", "Contacts"),
        ("data_quality_audit", "field", "last_n", "Last_Name"),
        ("lead_triage", "source", "trade", "Trade Show"),
        ("lead_triage", "source", "x (tw", "Twitter"),
        ("lead_triage", "status", "junk", "Junk Lead"),
        ("pipeline_review", "stage", "nego", "Negotiation/Review"),
        ("pipeline_review", "owner", "court", "Courtney Tate"),
        ("pipeline_review", "owner", "m", "me"),
        ("morning_brief", "owner", "tate", "Courtney Tate"),
    ],
)
async def test_arguments_of_prompts_complete_from_the_org(client, name, argument, typed, first):
    assert (await completed(client, prompt(name), argument, typed)).values[0] == first


async def test_fields_are_those_of_the_module_that_was_chosen(client):
    found = await completed(client, prompt("data_quality_audit"), "field", "deal", module="Deals")
    assert "Deal_Name" in found.values
    assert not (
        await completed(client, prompt("data_quality_audit"), "field", "deal_n", module="Leads")
    ).values


async def test_nothing_typed_offers_everything_and_counts_it(client):
    found = await completed(client, MODULE, "module", "")
    assert len(found.values) == found.total > 20
    assert not found.has_more


@pytest.mark.parametrize(
    ("ref", "argument"),
    [(prompt("account_brief"), "account"), (prompt("nowhere"), "owner"), (RECORD, "id"), (MODULE, "colour")],
)
async def test_what_nothing_is_known_about_completes_to_nothing(client, ref, argument):
    assert (await completed(client, ref, argument, "a")).values == []


async def test_a_module_that_is_not_there_has_no_fields_to_offer(client):
    assert (await completed(client, prompt("data_quality_audit"), "field", "a", module="Leeds")).values == []


async def test_without_a_sign_in_or_without_its_tool_nothing_is_offered(connector):
    nobody = Connector(settings.from_environment({}), write=False)
    for server in (build(nobody), build(connector, exclude=("describe_module",))):
        async with Client(server) as client:
            assert (await completed(client, prompt("pipeline_review"), "owner", "")).values == []


async def test_asking_again_reads_nothing_again(zoho_emulator):
    org = zoho_emulator
    connector = Connector(
        settings.from_environment(
            {
                "ZCRM_API_URL": org.url,
                "ZCRM_ACCOUNTS_URL": org.accounts_url,
                "ZCRM_CLIENT_ID": org.credentials.client_id,
                "ZCRM_CLIENT_SECRET": org.credentials.client_secret,
                "ZCRM_REFRESH_TOKEN": org.credentials.refresh_token,
                "ZCRM_HOME": str(settings.from_environment().home),
            }
        ),
        write=False,
    )
    async with Client(build(connector)) as client:
        await completed(client, prompt("pipeline_review"), "owner", "c")
        before = len(org.requests())
        for typed in ("co", "cou", "cour"):
            assert (await completed(client, prompt("pipeline_review"), "owner", typed)).values == [
                "Courtney Tate"
            ]
    await connector.aclose()
    assert len(org.requests()) == before


def test_those_that_begin_so_come_before_those_that_hold_it_and_each_comes_once():
    known = [("Ex_Leads", "Former"), ("Leads", "Leads"), ("Leads", "Prospects"), ("Deals", "Deals")]
    assert fitting(known, "LEA") == ["Leads", "Ex_Leads"]


def test_no_more_is_given_than_the_protocol_allows():
    assert len(fitting([(f"v{n}", "") for n in range(500)], "")) == 500
    assert MOST == 100
