"""The synchronous side: the same operations, waiting; and pages that cross the thread one at a time."""

from __future__ import annotations

import asyncio
import inspect
import pydoc
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import zcrm_tools
from zcrm_tools.actions.tables import Table
from zcrm_tools.client import AsyncClient, Client, submit
from zcrm_tools.client.attached import AttachedOperations
from zcrm_tools.client.module import AsyncModule, Module, ModuleOperations
from zcrm_tools.client.org_wide import OrgWideOperations
from zcrm_tools.client.sides import operation, stream
from zcrm_tools.client.standard import Modules
from zcrm_tools.client.unchecked import Raw, RawOperations
from zcrm_tools.errors import InvalidInput, NotAllowed
from zcrm_tools.settings import Settings
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


def test_ctrl_c_in_a_list_is_ctrl_c_however_long_its_pages_take_to_close(one_thread: Client):
    waits, closed = threading.Event(), threading.Event()

    class Watched(Module):
        @stream
        async def watched(self):
            try:
                waits.set()
                await asyncio.Event().wait()
                yield (1,)
            finally:
                for _ in range(5):
                    await asyncio.sleep(0)
                closed.set()

    def press() -> None:
        """Again where Python was about to wait and did not see it, as a person would."""
        waits.wait()
        while not closed.wait(0.3):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Thread(target=press).start()
    with pytest.raises(KeyboardInterrupt):
        next(Watched(one_thread.reach, "Leads").watched())
    assert closed.wait(5)


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
            assert made._awaited.__name__ == made._waiting.__name__ == name


def test_every_module_is_an_attribute_of_both_clients(one_thread: Client):
    for name in (n for n in vars(Modules) if not n.startswith("_")):
        module = getattr(one_thread, name)
        assert isinstance(module, Module)
        assert module.name.lower() == name


def test_an_operation_keeps_its_name_and_words(one_thread: Client):
    assert one_thread.leads.create.__name__ == "create"
    assert "same create within ten minutes" in (one_thread.leads.create.__doc__ or "")


def test_an_operation_tells_an_editor_what_it_takes_and_gives(one_thread: Client):
    leads = one_thread.leads
    assert str(inspect.signature(leads.get)) == "(id: 'str') -> 'Record'"
    assert list(inspect.signature(leads.create).parameters) == ["plan_id", "repeat", "fields"]
    assert str(inspect.signature(leads.notes)) == "(id: 'str') -> 'Generator[Record]'"
    assert inspect.signature(one_thread.search_leads).return_annotation is Table
    assert not inspect.iscoroutinefunction(leads.get)
    assert inspect.iscoroutinefunction(AsyncModule(leads.reach, "Leads").get)


def test_help_shows_every_operation_with_its_arguments_and_a_sentence():
    shown = {
        Client: [OrgWideOperations],
        Module: [ModuleOperations, AttachedOperations],
        Raw: [RawOperations],
    }
    for face, each in ((face, each) for face, several in shown.items() for each in several):
        told = pydoc.plain(pydoc.render_doc(face))
        for name, made in vars(each).items():
            if isinstance(made, operation | stream):
                assert f" |  {name}(self" in told
                assert made.__doc__, f"{each.__name__}.{name} says nothing"


SCRIPT = """
import zcrm_tools
crm = zcrm_tools.connect(demo=True)
leads = crm.leads.all(fields=["Last_Name"])
print(next(leads).module)
"""


def test_a_script_that_leaves_a_list_half_read_and_the_client_open_ends():
    """Python takes the list apart when it ends, and there is no loop any more to wait for."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True
    )
    assert (ended.stdout, ended.stderr) == ("Leads\n", "")


def test_a_list_that_is_thrown_away_on_the_loop_thread_is_closed_there(one_thread: Client):
    """The garbage collector runs on whatever thread makes the garbage too many."""
    closed = threading.Event()

    class Watched(Module):
        @stream
        async def watched(self):
            try:
                yield (1, 2)
            finally:
                closed.set()

    left = [Watched(one_thread.reach, "Leads").watched()]
    assert next(left[0]) == 1

    async def collect() -> None:
        left.clear()

    submit(collect()).result()
    assert closed.wait(5)


def test_what_waits_for_a_person_is_approved_and_done_in_python(one_thread: Client):
    made = one_thread.leads.create(last_name="Gone", company="Soon")
    with pytest.raises(NotAllowed, match="it costs 1 credit\\.") as waiting:
        one_thread.leads.delete(made.id)
    plan = waiting.value.plan_id
    assert f'crm.approve("{plan}"' in waiting.value.problem.next_step
    assert f"zcrm approve {plan}" in waiting.value.problem.next_step
    assert one_thread.approve(plan, by="tester")
    assert one_thread.leads.delete(made.id, plan_id=plan)[0].status == "done"


def test_a_closed_client_says_so_whatever_it_is_asked():
    crm = zcrm_tools.connect(demo=True, write=True)
    crm.leads.fields()
    crm.close()
    crm.close()
    for call in (
        crm.leads.page,
        crm.leads.all,
        crm.get_connection,
        lambda: crm.leads.create(last_name="Late"),
    ):
        with pytest.raises(InvalidInput, match="This connection is closed"):
            call()


async def test_a_closed_asynchronous_client_says_so_too():
    crm = await zcrm_tools.open_client(Settings(home=Path("nowhere"), demo=1), write=True)
    await crm.leads.fields()
    await crm.aclose()
    calls = (
        crm.leads.page,
        crm.get_connection,
        crm.list_changes,
        lambda: crm.leads.create(last_name="Late"),
        lambda: crm.leads.note("554023000000000001", "late"),
    )
    for call in calls:
        with pytest.raises(InvalidInput, match="This connection is closed"):
            await call()


def test_fields_may_be_one_text_and_a_count_is_by_one_thing(one_thread: Client):
    (record,) = one_thread.leads.page("Last_Name, Company", per_page=1)
    assert set(record) == {"id", "Last_Name", "Company"}
    with pytest.raises(zcrm_tools.errors.InvalidInput, match="one thing at a time; 2 were given"):
        one_thread.leads.count(word="a", email="b@c.example")


def test_parts_of_the_library_need_no_import_of_their_own():
    told = "import zcrm_tools; print(zcrm_tools.errors.NotAllowed.__name__, zcrm_tools.coql.parse.__name__)"
    ended = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert ended.stdout == "NotAllowed parse\n"
