"""Smoke tests of the versions v7 and v2 through Zoho's SDKs of those versions."""

from __future__ import annotations

import pytest


@pytest.mark.evidence("sdk.v2-lookup-module", "sdk.v2-territories")
@pytest.mark.parametrize(("version", "name"), [("v7", "Seven"), ("v2", "Two")])
def test_an_older_sdk_creates_reads_lists_updates_searches_queries_and_deletes(sdk, version, name):
    answers = sdk(version, "smoke")
    answers.data("create", 201)
    (lead,) = answers.data("get")
    assert lead["Last_Name"] == name
    assert len(answers.data("list")) == 3
    assert answers.data("update")
    assert [found["Last_Name"] for found in answers.data("search")] == [name]
    assert [found["Last_Name"] for found in answers.data("coql")] == [name]
    assert answers.data("delete")
    assert answers.steps["refused"]["status"] >= 207 or answers.steps["refused"]["status"] == 400
    paths = [asked["path"] for asked in answers.org.requests() if asked["path"].startswith("/crm/")]
    assert paths
    assert all(path.startswith(f"/crm/{version}/") for path in paths)


def test_v7_reads_modules_and_fields(sdk):
    answers = sdk("v7", "smoke")
    assert {"Leads", "Deals"} <= {module["api_name"] for module in answers.ok("modules")["modules"]}
    assert "Last_Name" in {field["api_name"] for field in answers.ok("fields")["fields"]}
    assert answers.steps["complaints"] == []
