"""Wrong queries of the kinds people post in public threads: what is offered in their place runs, and means what a query
written by hand means. Those whose offer is known to be poor say why, and fail here once they are no longer poor.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from zcrm_tools import coql
from zcrm_tools.client import Client, run
from zcrm_tools.coql import rewrite
from zcrm_tools.crm import reads
from zcrm_tools.crm.coql import _calendar
from zcrm_tools.crm.org import Org
from zcrm_tools.metadata.schema import schema_for

CASES = [json.loads(line) for line in Path(__file__).with_name("mistakes.jsonl").read_text().splitlines()]
GOOD = [case for case in CASES if "poor" not in case]
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def wrong(case: dict[str, str]) -> str:
    return case["wrong"]


async def mended(org: Org, text: str) -> str:
    """The text after taking every offer, as a reader in a hurry would; AssertionError when one is missing."""
    for _ in range(10):
        try:
            spelled = rewrite.spell(text)
        except coql.CoqlError as fault:
            if not fault.diagnostic.edits:
                raise AssertionError(str(fault)) from None
            text = coql.fixed(text, fault.diagnostic)
            continue
        schema = await schema_for(org.catalogue, coql.parse(spelled.text))
        calendar, _ = await _calendar(org, text, NOW)
        found = rewrite.fit(spelled, schema, calendar)
        offers = [d for d in found.problems if d.edits]
        if not offers:
            assert not found.faults, [d.message for d in found.faults]
            return found.text
        text = coql.fixed(found.text, offers[0])
    raise AssertionError(f"never came to an end: {text}")


async def rows(org: Org, text: str) -> list[list[object]]:
    found = await reads.query(org, text, coql.parse(text).module)
    return [list(record.values()) for record in found.records]


@pytest.mark.parametrize("case", GOOD, ids=wrong)
def test_the_offered_query_means_what_was_meant(case, crm: Client):
    org = crm._asynchronous.org
    offered = run(mended(org, case["wrong"]))
    meant = run(rows(org, case["meant"]))
    assert run(rows(org, offered)) == meant, offered
    assert meant


@pytest.mark.parametrize("case", [case for case in CASES if "poor" in case], ids=wrong)
def test_a_poor_offer_is_still_poor(case, crm: Client):
    with pytest.raises(AssertionError):
        run(mended(crm._asynchronous.org, case["wrong"]))


def test_there_are_forty_and_few_are_poor():
    assert len(CASES) >= 40
    assert len(GOOD) >= 36
