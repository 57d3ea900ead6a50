from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools import scopes
from zcrm_tools.auth import presets
from zcrm_tools.endpoints import ENDPOINTS
from zcrm_tools.scopes import Scope, covers, minimal, missing, parse, scope

OPERATIONS = ("all", "read", "create", "update", "delete", "write")
PATHS = st.lists(st.sampled_from(["modules", "settings", "leads", "deals", "fields"]), min_size=1, max_size=3)
SCOPES = st.builds(
    Scope, st.sampled_from(["zohocrm", "zohosearch"]), PATHS.map(tuple), st.sampled_from(OPERATIONS)
)
NEEDS = st.lists(st.lists(SCOPES, min_size=1, max_size=3).map(tuple), max_size=6)
GRANTS = st.frozensets(SCOPES, max_size=6)
ORDINARY = st.builds(
    Scope, st.just("zohocrm"), PATHS.map(tuple), st.sampled_from(("read", "create", "update", "delete"))
)


@pytest.mark.evidence("scopes.grammar", "scopes.groups", "scopes.write")
@pytest.mark.parametrize(
    ("granted", "needed", "covered"),
    [
        ("ZohoCRM.modules.ALL", "ZohoCRM.modules.leads.READ", True),
        ("ZohoCRM.modules.READ", "ZohoCRM.modules.leads.READ", True),
        ("ZohoCRM.modules.READ", "ZohoCRM.modules.leads.CREATE", False),
        ("ZohoCRM.modules.leads.ALL", "ZohoCRM.modules.leads.DELETE", True),
        ("ZohoCRM.modules.leads.ALL", "ZohoCRM.modules.deals.READ", False),
        ("ZohoCRM.modules.leads.ALL", "ZohoCRM.modules.READ", False),
        ("ZohoCRM.modules.leads.WRITE", "ZohoCRM.modules.leads.CREATE", True),
        ("ZohoCRM.modules.leads.WRITE", "ZohoCRM.modules.leads.READ", False),
        ("ZohoCRM.modules.ALL", "ZohoCRM.coql.READ", False),
        ("ZohoCRM.modules.ALL", "ZohoSearch.securesearch.READ", False),
        ("ZohoCRM.settings.ALL", "ZohoCRM.settings.fields.READ", True),
        ("ZohoCRM.settings.fields.READ", "ZohoCRM.settings.layouts.READ", False),
        ("zohocrm.MODULES.Leads.all", "ZohoCRM.modules.leads.READ", True),
        ("ZohoCRM.modules.lead.READ", "ZohoCRM.modules.leads.READ", False),
    ],
)
def test_a_scope_covers_what_lies_under_it(granted, needed, covered):
    assert scope(granted).covers(scope(needed)) is covered


@pytest.mark.evidence("scopes.grammar")
def test_lists_are_read_with_commas_or_spaces_and_in_any_case():
    text = "ZohoCRM.modules.ALL, zohocrm.org.read\nZOHOCRM.MODULES.all"
    assert parse(text) == {scope("ZohoCRM.modules.ALL"), scope("ZohoCRM.org.READ")}
    assert parse("") == frozenset()


@pytest.mark.parametrize("text", ["", "ZohoCRM", "ZohoCRM.READ", "ZohoCRM..READ", ".modules.READ", "a.b."])
def test_what_is_not_a_scope_is_refused(text):
    with pytest.raises(ValueError, match="not a scope"):
        scope(text)


@given(SCOPES)
def test_a_scope_is_written_the_way_it_is_read(value):
    assert scope(str(value)) == value == scope(str(value).swapcase())
    assert value.covers(value)


@given(SCOPES, SCOPES, SCOPES)
def test_covering_is_passed_on(a, b, c):
    if a.covers(b) and b.covers(c):
        assert a.covers(c)


@given(SCOPES, ORDINARY)
def test_write_and_create_update_delete_cover_the_same_single_operations(a, need):
    write = Scope(a.service, a.path, "write")
    single = [Scope(a.service, a.path, op) for op in ("create", "update", "delete")]
    assert write.covers(need) is any(one.covers(need) for one in single)


@given(GRANTS, NEEDS)
def test_nothing_is_missing_exactly_when_every_need_is_covered(granted, needs):
    absent = missing(granted, needs)
    assert (not absent) is all(covers(granted, need) for need in needs)
    assert len(set(absent)) == len(absent)
    assert not missing(granted | set(absent), needs)


@given(GRANTS, SCOPES, NEEDS)
def test_a_wider_grant_never_misses_more(granted, more, needs):
    assert set(missing(granted | {more}, needs)) <= set(missing(granted, needs))


@given(NEEDS)
def test_the_minimal_set_covers_every_need_and_loses_something_with_each_one_taken_away(needs):
    wanted = minimal(needs)
    assert not missing(wanted, needs)
    assert list(wanted) == sorted(wanted)
    narrowest = [(need[0],) for need in needs]
    for one in wanted:
        assert missing([other for other in wanted if other != one], narrowest)


@pytest.mark.evidence("scopes.module-names")
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("Leads", "leads"),
        ("Price_Books", "pricebooks"),
        ("Sales_Orders", "salesorders"),
        ("Purchase_Orders", "purchaseorders"),
        ("Vehicles", "custom"),
        ("Vehicles__c", "custom"),
    ],
)
def test_modules_have_zohos_scope_names_and_custom_ones_share_one(module, name):
    assert scopes.module_scope_name(module) == name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ZohoCRM.modules.leads.READ", "see leads"),
        ("ZohoCRM.modules.ALL", "see, add, change and delete the records of every module"),
        ("ZohoCRM.modules.custom.CREATE", "add the records of custom modules"),
        ("ZohoCRM.users.READ", "see users"),
        ("ZohoCRM.coql.READ", "see the results of COQL queries"),
        ("ZohoSearch.securesearch.READ", "see search results"),
    ],
)
def test_a_scope_is_explained_in_words(text, words):
    assert scopes.explain(scope(text)) == words


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=lambda e: e.name)
def test_every_scope_that_is_asked_for_can_be_explained(endpoint):
    for need in endpoint.scopes("Leads"):
        assert all(scopes.explain(one) for one in need)


# --- what a first sign-in asks for


def test_the_read_only_list_reads_everything_and_writes_nothing():
    granted = presets.read_only()
    assert {one.operation for one in granted} == {"read"}
    for endpoint in ENDPOINTS.values():
        absent = missing(granted, endpoint.scopes("Leads"))
        assert bool(absent) is (endpoint.effect != "read"), endpoint.name


def test_the_other_list_covers_every_call_and_each_of_its_scopes_is_needed():
    granted = presets.read_write()
    needs = [need for e in ENDPOINTS.values() for need in e.scopes("Deals")]
    assert not missing(granted, needs)
    for one in granted:
        assert missing([other for other in granted if other != one], needs), str(one)
