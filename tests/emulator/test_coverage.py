"""Every documented endpoint is served, or says that it is not."""

from __future__ import annotations

from collections import Counter

import pytest

from zcrm_tools.emulator import coverage
from zcrm_tools.emulator.api import apis
from zcrm_tools.emulator.endpoints import documented

SERVED = frozenset(
    {
        "records", "query", "related lists", "notes", "attachments", "files", "photo", "tags", "timeline", "locking",
        "recycle bin", "mass actions", "convert lead", "contact roles", "mail", "modules", "fields", "layouts",
        "custom views", "pipelines", "users", "roles", "profiles", "org", "currencies", "territories", "variables",
        "fiscal year", "business hours", "assignment rules", "workflow rules", "apis and features", "bulk read",
        "bulk write", "composite", "notifications", "holidays", "layout changes", "global picklists", "webhooks", "shift hours", "user groups",
        "automation actions: field updates, tasks", "call preferences", "duplicate check preference", "inventory conversion",
        "map dependency", "record locking configuration", "record sharing", "scoring rules", "templates", "wizards",
    }
)  # fmt: skip
"""The groups the emulator promises whole."""
NOT_COVERED = {
    "Zia": 4,
    "appointments and services": 18,
    "audit log export": 3,
    "cadences": 2,
    "data sharing": 2,
    "email: sharing, drafts, linking": 13,
    "mail merge": 3,
    "meetings": 1,
    "portals": 16,
    "unsubscribe links": 5,
    "workflow configurations": 1,
}
"""Endpoints nobody serves, by group."""


@pytest.fixture(scope="module")
def lines():
    return coverage.lines(apis().routes)


def test_zohos_list_has_405_operations():
    assert len(documented()) == 405


def test_every_endpoint_of_a_promised_group_is_served(lines):
    assert [
        f"{line.endpoint.method} {line.endpoint.path}"
        for line in lines
        if line.endpoint.group in SERVED and not line.route
    ] == []


def test_the_others_are_not_covered_by_name_and_number(lines):
    assert Counter(line.endpoint.group for line in lines if not line.route) == NOT_COVERED


def test_no_route_serves_an_endpoint_it_was_not_made_for(lines):
    by_operation = {line.endpoint.operation: line.route for line in lines}
    assert by_operation["getPortals"] == "list_portals"
    assert by_operation["createPortal"] == ""
    assert by_operation["convertInventory"] == "convert_order"
    assert by_operation["convertLead"] == "convert_lead"


def sample(path):
    """An address of an endpoint, its parameters filled in."""
    parts = ["Quotes" if at == 0 else "554023000000000001" for at in range(9)]
    return "/" + "/".join(
        parts[at] if part.startswith("{") else part for at, part in enumerate(path.strip("/").split("/"))
    )


@pytest.mark.evidence("coverage.not-covered")
async def test_what_is_not_covered_says_so_and_never_succeeds(api, lines, refused):
    absent = [line.endpoint for line in lines if not line.route]
    assert absent
    for endpoint in absent:
        reply = await api.call(endpoint.method, sample(endpoint.path))
        details = refused(reply, "NOT_SUPPORTED")
        assert details["operation"] == endpoint.operation
        assert "does not cover" in reply.json()["message"]


@pytest.mark.evidence("coverage.none-there")
@pytest.mark.parametrize(
    "path",
    ["automation/cadences", "portals", "portals/demo", "unsubscribe_links", "unsubscribe_links/1", "wizards"],
)
async def test_a_list_of_what_an_org_cannot_have_is_empty(api, path):
    assert (await api.get(f"/settings/{path}")).status_code == 204


@pytest.mark.evidence("coverage.not-covered")
async def test_graphql_says_that_it_is_not_covered(api, refused):
    reply = await api.http.post(
        "/crm/graphql", json={"query": "{ Records { Leads { _data { id { value } } } } }"}
    )
    refused(reply, "NOT_SUPPORTED")
    assert "GraphQL" in reply.json()["message"]


async def test_the_coverage_page_lists_everything_as_html_and_as_json(api, lines):
    told = (await api.http.get("/__emulator__/coverage")).json()
    by_route = {line.route: line.endpoint.operation for line in lines}
    assert told["documented"] == 405
    assert told["served"] == sum(bool(line.route) for line in lines)
    assert {one["grade"] for one in told["endpoints"]} == {"documented", "sample"}
    (tagging,) = (one for one in told["endpoints"] if one["operation"] == by_route["add_tags"])
    assert tagging["behaviours"]["documented"] > 1
    assert "get_blueprint" in {one["route"] for one in told["beyond"]}
    page = (await api.http.get("/__emulator__/coverage", headers={"Accept": "text/html"})).text
    assert all(f"<td>{line.endpoint.operation}</td>" in page for line in lines)
    assert "Behaviours that tests hold: " in page
    assert page.count("not covered</td>") == told["documented"] - told["served"]
