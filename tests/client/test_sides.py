"""The synchronous side: the same operations, waiting; and pages that cross the thread one at a time."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

from zcrm_tools.client import AsyncClient, Client
from zcrm_tools.client.attached import AttachedOperations
from zcrm_tools.client.module import AsyncModule, Module, ModuleOperations
from zcrm_tools.client.org_wide import OrgWideOperations
from zcrm_tools.client.sides import operation, stream
from zcrm_tools.client.standard import Modules
from zcrm_tools.client.unchecked import RawOperations
from zcrm_tools.testing import ZohoOrg


def test_a_script_writes_and_reads_without_await(one_thread: Client):
    made = one_thread.leads.create(last_name="Sync", company="Plain")
    assert one_thread.leads.get(made.id)["Company"] == "Plain"
    assert [r.id for r in one_thread.leads.search(last_name="Sync")] == [made.id]
    assert one_thread.leads.raw.delete([made.id])[0].status == "done"
    assert one_thread.module("lead").find(made.id) is None
    assert one_thread.request("GET", "org").body["org"]


def pages_asked(org: ZohoOrg) -> int:
    return sum(r["path"].endswith("/Leads") for r in org.requests())


@pytest.mark.zoho(seed="empty")
def test_no_page_is_asked_for_that_is_not_needed_next(one_thread: Client, zoho_emulator: ZohoOrg):
    """Whoever takes one page pays for one; whoever goes on has the next one waiting."""
    zoho_emulator.seed("Leads", ({"Last_Name": f"L{n}"} for n in range(1_050)))
    leads = one_thread.leads.all(fields=["Last_Name"])
    assert pages_asked(zoho_emulator) == 0
    for _ in range(200):
        next(leads)
    assert pages_asked(zoho_emulator) == 1
    next(leads)
    assert 2 <= pages_asked(zoho_emulator) <= 3
    leads.close()
    assert next(leads, None) is None
    assert 2 <= pages_asked(zoho_emulator) <= 3


@pytest.mark.zoho(seed="empty")
def test_breaking_off_closes_the_pages(one_thread: Client, zoho_emulator: ZohoOrg):
    zoho_emulator.seed("Leads", ({"Last_Name": f"L{n}"} for n in range(450)))
    closed: list[str] = []

    class Watched(Module):
        @stream
        async def watched(self):
            try:
                async for record in AsyncModule(self.reach, self.name).all(["Last_Name"]):
                    yield (record,)
            finally:
                closed.append("pages")

    for number, _ in enumerate(Watched(one_thread.reach, "Leads").watched()):
        if number == 3:
            break
    assert closed == ["pages"]


async def test_breaking_off_closes_the_pages_on_the_asynchronous_side_too(crm: AsyncClient):
    closed: list[str] = []

    class Watched(AsyncModule):
        @stream
        async def watched(self):
            try:
                yield (1, 2, 3)
            finally:
                closed.append("pages")

    numbers = Watched(crm.reach, "Leads").watched()
    assert await anext(numbers) == 1
    await numbers.aclose()
    assert closed == ["pages"]


async def test_many_calls_run_at_once(crm: AsyncClient):
    found = await asyncio.gather(*(crm.leads.page(["Last_Name"], per_page=5) for _ in range(20)))
    assert {len(page) for page in found} == {5}


@pytest.mark.parametrize("kind", [ModuleOperations, AttachedOperations, RawOperations, OrgWideOperations])
def test_every_operation_says_what_it_is_on_both_sides(kind: type[Any]):
    for name, made in vars(kind).items():
        if isinstance(made, operation | stream):
            assert not inspect.iscoroutinefunction(getattr(kind, name))
            assert made._do.__name__ == name


def test_every_module_is_an_attribute_of_both_clients(one_thread: Client):
    for name in (n for n in vars(Modules) if not n.startswith("_")):
        module = getattr(one_thread, name)
        assert isinstance(module, Module)
        assert module.name.lower() == name


def test_an_operation_keeps_its_name_and_words(one_thread: Client):
    assert one_thread.leads.create.__name__ == "create"
    assert "same create within ten minutes" in (one_thread.leads.create.__doc__ or "")
