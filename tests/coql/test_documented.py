"""Every query that Zoho's pages, its OpenAPI files or its customers' code show, with what Zoho does to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zcrm_tools.coql.checks import check
from zcrm_tools.coql.diagnostics import CoqlError
from zcrm_tools.coql.format import format as printed
from zcrm_tools.coql.parser import parse

CASES = [json.loads(line) for line in Path(__file__).with_name("documented.jsonl").read_text().splitlines()]
PARSED = [case for case in CASES if "SYNTAX_ERROR" not in case["errors"]]
DOUBTFUL = ("Account_Name.Parent_Account.Account_Name, Vendor_Name.Vendor_Name", "Leads#1 ")
"""Zoho is said to refuse these: the first by one page of two, the second for a view only Zoho can look up."""


def query(case):
    return case["query"]


@pytest.mark.parametrize("case", CASES, ids=query)
@pytest.mark.evidence("coql.documented-queries")
def test_a_documented_query_is_judged_as_documented(case, schema):
    try:
        found = check(parse(case["query"]), schema)
    except CoqlError as refused:
        found = [refused.diagnostic]
    assert [d.code for d in found if d.severity == "error"] == case["errors"]
    assert [d.code for d in found if d.severity == "warning"] == case["warnings"]


@pytest.mark.parametrize("case", CASES, ids=query)
def test_the_checker_refuses_what_zoho_refuses_and_no_more(case):
    if any(part in case["query"] for part in DOUBTFUL):
        assert case["zoho"] != "ok"
        assert not case["errors"]
        assert case["warnings"]
    else:
        assert (case["zoho"] == "ok") == (not case["errors"])


@pytest.mark.parametrize("case", PARSED, ids=query)
def test_a_documented_query_is_the_same_after_formatting(case):
    tree = parse(case["query"])
    text = printed(tree)
    assert parse(text) == tree
    assert printed(parse(text)) == text


def test_no_documented_query_was_lost():
    assert len(CASES) == 56
    assert sum(case["zoho"] == "ok" for case in CASES) == 35
