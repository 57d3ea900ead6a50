"""The page that teaches COQL tells the truth."""

from __future__ import annotations

import pytest

from zcrm_tools import coql, settings
from zcrm_tools.connection import open_client
from zcrm_tools.coql import guide


@pytest.fixture
async def demo():
    async with await open_client(settings.from_environment({"ZCRM_DEMO": "1"})) as client:
        yield client


async def test_every_example_parses_checks_and_runs_as_it_stands(demo):
    for what, query in guide.EXAMPLES:
        limit = coql.parse(query).limit
        found = await demo.run_coql(query=query, max_rows=limit.count if limit else 200)
        assert found.sent == [query], what
        assert not found.rewrites, what
        assert not found.warnings, what
        assert found.count > 0 or what in EMPTY, what


EMPTY = ("Line items are a module of their own",)
"""The demo org has no quotes, so their lines are none either."""


async def test_what_is_said_to_be_rewritten_is(demo):
    for what, query in guide.REWRITTEN:
        assert (await demo.run_coql(query=query)).rewrites, what


def test_the_page_holds_every_example_and_is_one_page():
    page = guide.guide()
    assert all(query in page for _, query in (*guide.EXAMPLES, *guide.REWRITTEN))
    assert "{" not in page.replace("zcrm://modules/{module}", "")
    assert len(page.encode()) < 6_000


@pytest.mark.parametrize(
    ("said", "query"),
    [
        ("no JOIN", "select Deal_Name from Deals join Accounts on id = id where id is not null"),
        (
            "no HAVING",
            "select Stage, COUNT(id) from Deals where id is not null group by Stage having COUNT(id) > 1",
        ),
        ("no DISTINCT", "select distinct Stage from Deals where id is not null"),
        (
            "no UNION",
            "select id from Deals where id is not null union select id from Leads where id is not null",
        ),
    ],
)
def test_what_the_page_rules_out_is_refused(said, query):
    assert said.removeprefix("no ") in guide.guide()
    with pytest.raises(coql.CoqlError):
        coql.parse(query)
