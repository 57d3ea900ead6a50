"""Layouts, by section."""

from __future__ import annotations

from zcrm_tools.client import AsyncClient


async def test_the_layout_of_leads_has_its_sections_and_mandatory_fields(crm: AsyncClient):
    shown = await crm.list_layouts(module="leads")
    (layout,) = shown.layouts
    assert layout.name == "Standard"
    assert "Last_Name" in layout.mandatory
    assert "Company" in layout.sections["Lead Information"]
    assert "Administrator" in layout.profiles
