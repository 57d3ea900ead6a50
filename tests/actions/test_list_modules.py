"""Modules, and what this user may do in them."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient


async def test_modules_are_listed_with_what_may_be_done(crm: AsyncClient):
    shown = {row["api_name"]: row for row in (await crm.list_modules()).dicts()}
    assert shown["Leads"]["may"] == "create, edit, delete"
    assert shown.keys() == (await crm.describe_module()).modules.keys()
