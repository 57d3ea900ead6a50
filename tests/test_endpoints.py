from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools import endpoints
from zcrm_tools.endpoints import ENDPOINTS
from zcrm_tools.scopes import scope

GOLDEN = tomllib.loads((Path(__file__).parent / "evidence/scopes.toml").read_text("utf-8"))["scope"]


@pytest.mark.evidence("scopes.per-call", "scopes.search", "scopes.upsert")
def test_every_call_needs_the_scopes_of_its_page():
    """A new call needs an entry, with its source, in tests/evidence/scopes.toml."""
    needed = {name: [str(need[0]) for need in e.scopes("Leads")] for name, e in ENDPOINTS.items()}
    assert needed == {row["call"]: [n.format(module="leads") for n in row["needs"]] for row in GOLDEN}


def test_every_entry_of_the_golden_table_names_a_source():
    for row in GOLDEN:
        assert row.keys() - {"note"} == {"call", "needs", "source", "grade"}, row
        assert row["source"].startswith(
            ("https://www.zoho.com/crm/developer/docs/api/", "https://github.com/")
        ), row
        assert row["grade"] in ("documented", "sample", "inferred", "unknown"), row
        assert row["grade"] in ("documented", "sample") or row.get("note"), row


def test_custom_modules_share_a_scope():
    assert endpoints.LIST_RECORDS.scopes("Vehicles") == ((scope("ZohoCRM.modules.custom.READ"),),)


@pytest.mark.parametrize(
    ("endpoint", "parts", "url"),
    [
        (endpoints.LIST_RECORDS, {"module": "Leads"}, "/crm/v8/Leads"),
        (endpoints.GET_RECORD, {"module": "Deals", "id": "123"}, "/crm/v8/Deals/123"),
        (endpoints.UPSERT_RECORDS, {"module": "Leads"}, "/crm/v8/Leads/upsert"),
        (
            endpoints.LIST_RELATED,
            {"module": "Deals", "id": "1", "related": "Contact_Roles"},
            "/crm/v8/Deals/1/Contact_Roles",
        ),
        (endpoints.COQL, {}, "/crm/v8/coql"),
        (endpoints.COQL, {"module": "Leads"}, "/crm/v8/coql"),
    ],
)
def test_the_parts_go_into_the_path(endpoint, parts, url):
    assert endpoint.url(**parts) == url


@given(st.text())
def test_no_part_ever_leaves_its_place_in_the_path(text):
    try:
        url = endpoints.GET_RECORD.url(module=text, id="1")
    except ValueError:
        return
    assert url.split("/") == ["", "crm", "v8", text, "1"]
    assert text.isprintable()
    assert not set(" ?#%\\") & set(url)
    assert text not in (".", "..", "")


def test_a_part_that_is_left_out_is_named():
    with pytest.raises(ValueError, match="get_record needs id"):
        endpoints.GET_RECORD.url(module="Leads")


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=lambda e: e.name)
def test_what_an_endpoint_does_agrees_with_its_method_and_page(endpoint):
    reads = endpoint.method == "GET" or endpoint is endpoints.COQL
    assert (endpoint.effect == "read") is reads
    assert bool(endpoint.batch) is not reads
    assert endpoint.documentation.startswith("https://www.zoho.com/crm/developer/docs/api/v8/")
    assert endpoint.documentation.endswith(".html")
