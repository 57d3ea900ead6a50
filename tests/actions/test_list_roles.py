"""Roles."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient


async def test_roles_say_who_they_report_to(crm: AsyncClient):
    shown = {row["name"]: row["reports_to"] for row in (await crm.list_roles()).dicts()}
    assert shown["CEO"] is None
    assert "CEO" in shown.values()
