"""Read by mypy, never run: what the Python face's calls are typed as, on both sides."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, assert_type

from zcrm_tools import AsyncClient, Client
from zcrm_tools.actions.catalogue.list_activities import Activities
from zcrm_tools.actions.tables import Table
from zcrm_tools.actions.written import Written
from zcrm_tools.client.module import AsyncModule, Module
from zcrm_tools.crm.bulk_read import BulkRead
from zcrm_tools.crm.convert import Converted
from zcrm_tools.crm.writes import Outcome
from zcrm_tools.http.session import Reply
from zcrm_tools.models.record import Lookup, Record
from zcrm_tools.safety.plan import Result
from zcrm_tools.transfer.outcome import Report


async def awaited(crm: AsyncClient) -> None:
    assert_type(crm.leads, AsyncModule)
    assert_type(crm.module("Vehicles"), AsyncModule)
    assert_type(await crm.leads.get("1"), Record)
    assert_type(await crm.leads.find("1"), Record | None)
    assert_type(await crm.leads.search(email="x@y.example"), tuple[Record, ...])
    assert_type(crm.leads.all(fields=["Last_Name"]), AsyncGenerator[Record])
    async for record in crm.leads.all():
        assert_type(record, Record)
    assert_type(await crm.deals.update("1", stage="Closed Won"), Result)
    assert_type(await crm.deals.create_many([{"deal_name": "x"}]), tuple[Result, ...])
    assert_type(await crm.deals.raw.upsert([{"Deal_Name": "x"}], ["Deal_Name"]), tuple[Outcome, ...])
    assert_type(await crm.leads.convert("1", deal={"Deal_Name": "x"}), Converted)
    assert_type(crm.query("select id from Leads"), AsyncGenerator[Record])
    assert_type(await crm.request("GET", "org"), Reply)
    assert_type(await crm.bulk_read("1"), BulkRead)
    assert_type(await crm.write([{"Last_Name": "x"}], "Leads"), Report)
    await crm.leads.get(1)  # type: ignore[arg-type]
    await crm.leads.get()  # type: ignore[call-arg]
    await crm.leads.searhc("x")  # type: ignore[attr-defined]
    await crm.leads.count(name="x")  # type: ignore[call-arg]


def waited_for(crm: Client) -> None:
    assert_type(crm.contacts, Module)
    assert_type(crm.module("Vehicles"), Module)
    assert_type(crm.leads.get("1"), Record)
    assert_type(crm.leads.all(), Generator[Record])
    assert_type([record.id for record in crm.accounts.all()], list[str])
    assert_type(crm.deals.delete("1"), tuple[Result, ...])
    assert_type(crm.deals.raw.delete(["1"]), tuple[Outcome, ...])
    assert_type(crm.query("select id from Leads"), Generator[Record])
    assert_type(crm.leads.download("1", "2", Path("x")), Path)
    assert_type(crm.leads.may_fire("create"), tuple[str, ...] | str)  # type: ignore[assert-type]
    assert_type(crm.write(Path("leads.csv"), "Leads", mode="upsert", key="Email"), Report)
    crm.write([], "Leads", mode="insert")  # type: ignore[arg-type]
    crm.leads.may_fire("read")  # type: ignore[arg-type]


def typed(record: Record) -> None:
    assert_type(record["anything"], Any)
    assert_type(record.id, str)
    assert_type(record.owner, Lookup | None)
    assert_type(record.created_time, datetime | None)
    assert_type(record.date("Closing_Date"), date | None)
    assert_type(record.money("Amount"), Decimal | None)
    assert_type(record.choices("Colours"), tuple[str, ...])
    assert_type(record.rows("Lines"), tuple[Record, ...])


async def actions(crm: AsyncClient, blocking: Client) -> None:
    """Those that are loaded late are typed as exactly as the others."""
    assert_type(await crm.search_leads(text="Rao"), Table)
    assert_type(await crm.list_activities(owner="me"), Activities)
    assert_type(blocking.mass_update(module="Leads", where="City = 'Oslo'", fields={"City": None}), Written)
    assert_type(await crm.tools.call("search_leads", {}), dict[str, Any])
    await crm.delete_records(module="Leads", ids=["1"], force=True)  # type: ignore[call-arg]
    blocking.get_org(module="Leads")  # type: ignore[call-arg]
