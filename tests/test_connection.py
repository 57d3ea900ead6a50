"""From settings to a client: once, shared, and with a next step when it cannot be."""

from __future__ import annotations

import asyncio
import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

import zcrm_tools
from zcrm_tools.client import AsyncClient, Client, run
from zcrm_tools.connection import Connector, open_client
from zcrm_tools.errors import InvalidInput, LoginRequired, NotAllowed
from zcrm_tools.settings import Settings, from_environment


async def test_many_callers_share_one_opening(tmp_path: Path):
    connector = Connector(Settings(home=tmp_path, demo=True), write=False)
    clients = await asyncio.gather(*(connector.client() for _ in range(10)))
    assert len({id(c) for c in clients}) == 1
    await connector.aclose()


async def test_a_caller_that_gives_up_does_not_lose_the_opening(tmp_path: Path):
    connector = Connector(Settings(home=tmp_path, demo=True), write=False)
    first = asyncio.ensure_future(connector.client())
    await asyncio.sleep(0)
    first.cancel()
    assert isinstance(await connector.client(), AsyncClient)
    await connector.aclose()


async def test_without_a_sign_in_the_error_says_what_to_do_and_is_not_remembered(tmp_path: Path):
    connector = Connector(Settings(home=tmp_path), write=False)
    for _ in range(2):
        with pytest.raises(LoginRequired) as caught:
            await connector.client()
        assert "zcrm login" in caught.value.problem.next_step
        assert "zcrm demo" in caught.value.problem.next_step
    await connector.aclose()


async def test_a_client_of_one_loop_is_refused_on_another_by_name(tmp_path: Path):
    client = await open_client(Settings(home=tmp_path, demo=True))
    with pytest.raises(RuntimeError, match="another event loop"):
        await asyncio.to_thread(asyncio.run, client.list_changes())
    await client.aclose()


def test_the_synchronous_client_reads_and_writes():
    with zcrm_tools.connect(demo=True, write=True) as crm:
        made = crm.create_lead(last_name="Zzyzx", company="Nowhere Lighthouses")
        assert made.status == "applied"
        assert crm.search_leads(text="Lighthouses").count == 1
        assert "write" in repr(crm)
        with pytest.raises(TypeError, match=r"keyword arguments only: search_leads\(text=…, "):
            crm.search_leads("Lighthouses")


def test_slips_of_the_first_minutes_are_told_what_would_be_right(tmp_path: Path):
    (tmp_path / "new.csv").write_text("Last_Name,Company\nDoe,Acme\n", "utf-8")
    with zcrm_tools.connect(demo=True, write=True) as crm:
        assert repr(crm.leads) == "<Module Leads>"
        with pytest.raises(AttributeError, match=r"no attribute 'dealz'\. Did you mean deals\?"):
            crm.dealz  # noqa: B018
        made = crm.write(str(tmp_path / "new.csv"), "Leads")
        assert made.counts["created"] == 1
        lead = made.rows[0].id
        assert crm.leads.get(int(lead)).id == lead
        with pytest.raises(InvalidInput, match=r"no mode 'upset'\. Did you mean upsert\?"):
            crm.write([{"Last_Name": "Doe"}], "Leads", mode="upset")


def test_the_synchronous_client_refuses_to_wait_for_itself():
    with zcrm_tools.connect(demo=True) as crm:

        async def inside() -> None:
            crm.list_changes()

        with pytest.raises(RuntimeError, match="its own loop thread"):
            run(inside())


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit])
def test_the_loop_outlives_a_task_that_wants_to_end_the_program(ending):
    async def stopped() -> None:
        raise ending

    async def working() -> str:
        return "still here"

    with pytest.raises(ending):
        run(stopped())
    assert run(working()) == "still here"


def _child(answers: multiprocessing.Queue, parents: Client) -> None:
    for call in (parents.get_connection, parents.leads.page, parents.leads.all):
        with pytest.raises(InvalidInput, match="Connect again in the child"):
            call()
    parents.close()
    with zcrm_tools.connect(demo=True) as crm:
        answers.put(crm.get_connection().mode)


@pytest.mark.filterwarnings(
    "ignore:This process:DeprecationWarning"
)  # forking beside threads is what is tested
def test_a_forked_child_has_a_loop_of_its_own_and_leaves_the_parents_connection_alone():
    with zcrm_tools.connect(demo=True) as crm:
        context = multiprocessing.get_context("fork")
        answers = context.Queue()
        child = context.Process(target=_child, args=(answers, crm))
        child.start()
        assert answers.get(timeout=30) == "read-only"
        child.join(10)
        assert child.exitcode == 0
        assert crm.leads.page(["Last_Name"], per_page=1)


async def test_each_number_is_a_demo_org_of_its_own():
    companies = set()
    for number in ("1", "2", "yes"):
        async with await open_client(from_environment({"ZCRM_DEMO": number})) as crm:
            companies.add((await crm.get_connection()).org)
    assert len(companies) == 2


async def test_a_run_spends_no_more_credits_than_it_may(tmp_path: Path):
    settings = Settings(home=tmp_path, demo=1, max_credits=100)
    async with await open_client(settings, write=True, max_credits=5) as crm:
        assert (crm.credits.spent, crm.credits.most, crm.credits.left_today) == (0, 5, None)
        await crm.leads.page(["Last_Name"])
        assert crm.credits.spent == 2
        rows = [{"Last_Name": f"L{n}"} for n in range(101)]
        with pytest.raises(NotAllowed, match="11 credits, and 2 of this run's 5 are spent") as too_dear:
            await crm.leads.raw.create(rows)
        assert too_dear.value.problem.code == "CREDIT_BUDGET"
        assert crm.credits.spent == 2
        with pytest.raises(NotAllowed, match="50 credits"):
            await crm.leads.count()


async def test_a_plan_that_costs_more_than_is_left_is_not_begun(tmp_path: Path):
    async with await open_client(Settings(home=tmp_path, demo=1), write=True) as crm:
        rows = [{"Last_Name": f"Quay {n}", "Company": "C"} for n in range(20)]
        await crm.leads.create_many(rows[:1])
        crm.org.session.line.spending.most = crm.credits.spent + 1
        with pytest.raises(NotAllowed, match="2 credits"):
            await crm.leads.create_many(rows)
        crm.org.session.line.spending.most = None
        found = [r async for r in crm.query("select id from Leads where Last_Name like 'Quay %'")]
        assert len(found) == 1


@pytest.mark.parametrize(("name", "keyed"), [("Import_Id", True), ("none", False), ("", False)])
async def test_a_create_leaves_a_key_in_the_field_that_the_settings_name(
    tmp_path: Path, name: str, keyed: bool
):
    chosen = from_environment({"ZCRM_HOME": str(tmp_path), "ZCRM_DEMO": "1", "ZCRM_KEY_FIELD": name})
    field = {
        "field_label": "Import Id",
        "data_type": "text",
        "length": 60,
        "unique": {"casesensitive": False},
    }
    async with await open_client(chosen, write=True) as crm:
        await crm.request("POST", "settings/fields", params={"module": "Leads"}, json={"fields": [field]})
        made = await crm.leads.create(last_name="Zzyzx", company="C")
        assert bool((await crm.leads.get(made.id))["Import_Id"]) is keyed


WINDOWS = """
import os, select, sys
for name in ("register_at_fork", "fork", "geteuid", "getuid"):
    delattr(os, name)
del select.poll
for name in ("termios", "fcntl", "pwd", "grp", "resource"):
    sys.modules[name] = None
from zcrm_tools.auth import private_file
private_file._POSIX = False
import zcrm_tools
from zcrm_tools.cli import COMMANDS, zcrm
assert all(zcrm.get_command(None, name) for name in COMMANDS)
with zcrm_tools.connect(demo=True, write=True) as crm:
    print(crm.leads.create(last_name="Redmond", company="W").status, len(crm.leads.page(["Last_Name"], per_page=3)))
"""


def test_nothing_that_only_unix_has_is_needed():
    """Windows has none of these; a stand-in for it where there is no Windows to test on."""
    ended = subprocess.run(
        [sys.executable, "-c", WINDOWS], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "done 3\n"), ended.stderr
