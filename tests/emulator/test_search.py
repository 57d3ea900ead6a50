"""Search: criteria, email, phone, word."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools.emulator.query.criteria import Criterion, Joined, parse
from zcrm_tools.emulator.replies import Refusal


@pytest.fixture
def found(api):
    """The last names a criteria finds among the leads, in order."""

    async def search(criteria, module="Leads", **params):
        reply = await api.get(f"/{module}/search", criteria=criteria, **params)
        if reply.status_code == 204:
            assert reply.content == b""
            return []
        assert reply.status_code == 200, reply.text
        return [row.get("Last_Name") or row.get("Deal_Name") for row in reply.json()["data"]]

    return search


@pytest.mark.evidence("search.criteria", "search.equals-contains")
async def test_operators_do_what_their_names_say(found, api):
    cases = {
        "(Last_Name:equals:smith)": ["Smithson", "Smith"],  # on text, equals is contains
        "(Lead_Status:equals:New)": ["Smith"],
        "(Lead_Status:equals:Ne)": [],  # on picklists it is not
        "(Last_Name:starts_with:Smiths)": ["Smithson"],
        "(Last_Name:not_equal:Smith)": ["Ünal", "Smithson"],
        "(Lead_Status:in:New,Contacted)": ["Smithson", "Smith"],
        "(Annual_Revenue:equals:100000)": ["Smith"],
        "(Annual_Revenue:greater_equal:100000)": ["Smithson", "Smith"],
        "(Annual_Revenue:greater_than:100000)": ["Smithson"],
        "(Annual_Revenue:less_than:100000)": [],
        "(Annual_Revenue:less_equal:100000.0)": ["Smith"],
        "(Annual_Revenue:between:1,200000)": ["Smith"],
        "(Email_Opt_Out:equals:false)": ["Ünal", "Smithson", "Smith"],
        f"(Owner:equals:{api.ids['admin']})": ["Ünal", "Smithson", "Smith"],
        f"(id:in:{api.ids['smith']},1)": ["Smith"],
        "(Created_Time:greater_than:2026-11-24T09:00:00%2B00:00)".replace("%2B", "+"): [],
    }
    for criteria, expected in cases.items():
        assert await found(criteria) == expected, criteria
    assert await found("(Closing_Date:between:2026-10-01,2026-11-30)", "Deals") == ["Hoses", "Valves"]
    assert await found(f"(Account_Name:equals:{api.ids['bolt']})", "Deals") == ["Hoses", "Valves"]


@pytest.mark.evidence("search.criteria")
async def test_criteria_nest(found):
    both = "((Last_Name:starts_with:Smith)and(Lead_Status:equals:New))"
    assert await found(both) == ["Smith"]
    assert await found(f"({both}or(Phone:equals:555-1234))") == ["Ünal", "Smith"]
    assert await found(f"{both} or (Phone:equals:555-1234)") == ["Ünal", "Smith"]


@pytest.mark.evidence("search.escapes")
async def test_brackets_commas_and_backslashes_in_values_are_escaped(found, api):
    assert await found(r"(Company:starts_with:Smith\, Inc \(Berlin\))") == ["Smith"]
    assert await found(r"(Company:in:Smith\, Inc \(Berlin\),X)") == ["Smith"]
    api.emulator.store.update("Leads", api.ids["smith"], {"Company": "back\\"})
    assert await found("(Company:equals:back\\\\)") == ["Smith"]
    api.emulator.store.update("Leads", api.ids["smith"], {"Company": "100%_a"})
    assert await found("(Company:equals:0%_)") == ["Smith"], "no wildcards"
    assert await found("(Company:equals:0_%)") == []


@pytest.mark.evidence("search.refusals")
async def test_a_criteria_zoho_would_refuse_is_refused(api, refused):
    wrong = {
        "Last_Name:equals:x": None,
        "(Last_Name:equals:x": None,
        "(Last_Name:equals:x))": None,
        "((Last_Name:equals:x)(City:equals:y))": None,
        "(Last_Name;equals;x)": None,
        "(Nope:equals:x)": "Nope",
        "(Last_Name:contains:x)": "Last_Name",
        "(Last_Name:greater_than:x)": "Last_Name",
        "(Email_Opt_Out:in:true)": "Email_Opt_Out",
        "(Annual_Revenue:equals:lots)": "Annual_Revenue",
        "(Annual_Revenue:between:1)": "Annual_Revenue",
        "(Created_Time:equals:2026-01-01)": "Created_Time",
        "(Owner:equals:Ada)": "Owner",
        "(Tag:equals:hot)": "Tag",
        f"(Last_Name:in:{','.join('a' * 101)})": "Last_Name",
    }
    for criteria, field in wrong.items():
        details = refused(await api.get("/Leads/search", criteria=criteria), "INVALID_QUERY")
        assert field is None or details["api_name"] == field, criteria
    many = "and".join(["(City:equals:x)"] * 11)
    refused(await api.get("/Leads/search", criteria=many), "CRITERIA_LIMIT_EXCEEDED")


@pytest.mark.evidence("search.precedence")
async def test_only_the_first_of_criteria_email_phone_word_counts(api, refused):
    async def names(**params):
        reply = await api.get("/Leads/search", fields="Last_Name", **params)
        return [row["Last_Name"] for row in reply.json()["data"]] if reply.status_code == 200 else []

    assert await names(email="Anna@lead.example") == ["Smith"]
    assert await names(phone="555-1234") == ["Ünal"]
    assert await names(word="fair") == ["Ünal", "Smithson", "Smith"]
    assert await names(word="air") == [], "a word is found from its beginning"
    assert await names(criteria="(Last_Name:equals:Smithson)", email="anna@lead.example") == ["Smithson"]
    assert await names(email="anna@lead.example", phone="555-1234") == ["Smith"]
    assert await names(phone="555-1234", word="Smith") == ["Ünal"]
    details = refused(await api.get("/Leads/search"), "EXPECTED_PARAM_MISSING")
    assert details == {"param_names": ["criteria", "email", "phone", "word"]}
    for word in ("a", "x%", "(ab)"):
        refused(await api.get("/Leads/search", word=word), "INVALID_DATA")
    assert (await api.get("/Deals/search", email="a@example.com")).status_code == 204


@pytest.mark.evidence("search.pages")
async def test_search_pages_up_to_two_thousand_and_sorts_in_v8(api, found, refused):
    first = await api.get("/Leads/search", criteria="(Last_Name:starts_with:S)", per_page=1)
    assert first.json()["info"] == {"per_page": 1, "count": 1, "page": 1, "more_records": True}
    assert "Full_Name" in first.json()["data"][0], "without fields, all of them"
    second = await api.get("/Leads/search", criteria="(Last_Name:starts_with:S)", per_page=1, page=2)
    assert second.json()["info"]["more_records"] is False
    assert await found("(Last_Name:starts_with:S)", sort_by="id", sort_order="asc") == ["Smith", "Smithson"]
    details = refused(await api.get("/Leads/search", word="fair", page=11), "LIMIT_REACHED")
    assert details == {"limit": "2000"}


async def test_a_write_is_found_at_once_and_converted_leads_only_when_asked(api, found):
    await api.write("POST", "/Leads", {"Last_Name": "Smithers"})
    assert "Smithers" in await found("(Last_Name:starts_with:Smith)")
    assert await found("(Last_Name:equals:Gone)") == []
    assert await found("(Last_Name:equals:Gone)", converted="true") == ["Gone"]


def escaped(value):
    return "".join(f"\\{char}" if char in "(),\\" else char for char in value)


LEAVES = st.builds(
    Criterion,
    st.sampled_from(["Last_Name", "City"]),
    st.sampled_from(["equals", "in"]),
    st.lists(st.text(max_size=6), min_size=1, max_size=3).map(tuple),
)
TREES = st.recursive(
    LEAVES, lambda inner: st.builds(Joined, st.sampled_from(["and", "or"]), inner, inner), max_leaves=8
)


def written(tree):
    if isinstance(tree, Joined):
        return f"({written(tree.left)}{tree.operator}{written(tree.right)})"
    return f"({tree.field}:{tree.operator}:{','.join(map(escaped, tree.values))})"


@given(TREES)
def test_what_is_written_is_read_back(tree):
    assert parse(written(tree)) == tree


@given(st.text(alphabet="()andor:,\\ ab_", max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(Refusal):
        parse(text)
