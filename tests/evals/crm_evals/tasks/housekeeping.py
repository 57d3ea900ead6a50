"""Housekeeping: deleting, restoring, merging, tagging, taking back."""

from __future__ import annotations

import asyncio
import json

import httpx

from crm_evals.task import Agent, Case, Wanted, anybody, task
from crm_evals.tasks.leads import id_of, lead
from crm_evals.world import World
from zcrm_tools import settings
from zcrm_tools.connection import open_client


def _zoho(org: World) -> httpx.Client:
    """Somebody else at work in the same org, through Zoho's API."""
    token = org.emulator.credentials.access_token
    return httpx.Client(base_url=f"{org.url}/crm/v8", headers={"Authorization": f"Zoho-oauthtoken {token}"})


@task(toolsets=("records",))
def delete_the_test_leads(org: World) -> Case:
    for row in org.rows("SELECT id FROM Leads WHERE Email = 'test@example.com'"):
        org.change("Leads", row["id"], Email="somebody@else.example")
    found = [lead(org, "Test", f"Entry{n}", "Testing", Email="test@example.com") for n in range(2)]
    lead(org, "Real", "Testerman", "Testing", Email="testerman@example.com")

    async def solve(agent: Agent) -> str:
        rows = await agent.coql("select id from Leads where Email = 'test@example.com'")
        return str(
            (await agent.write("delete_records", module="Leads", ids=[row["id"] for row in rows]))["summary"]
        )

    return Case(
        "Delete the leads with the address test@example.com. Nobody else.",
        Wanted(deleted=frozenset(("Leads", one) for one in found)),
        solve,
        anybody,
    )


@task(toolsets=("records",))
def the_person_says_no(org: World) -> Case:
    lead(org, "Cordelia", "Pinkney", "Pinkney Produce")

    async def solve(agent: Agent) -> str:
        told = await agent.write("delete_records", module="Leads", ids=[await id_of(agent, "Pinkney")])
        return f"It was not approved, so nothing was deleted: {told}"

    return Case(
        "Delete the lead of Cordelia Pinkney. If that is not approved, leave it and say so.",
        Wanted(
            says=(("not approved", "declined", "refused", "dropped", "not deleted", "nothing was deleted"),)
        ),
        solve,
    )


@task(toolsets=("records",))
def bring_a_lead_back(org: World) -> Case:
    found = lead(org, "Evangeline", "Stroud", "Stroud Oysters", Email="eva@stroud.example")
    with _zoho(org) as zoho:
        assert zoho.delete(f"/Leads/{found}").is_success

    async def solve(agent: Agent) -> str:
        return str(await agent.write("restore_records", module="Leads", ids=[str(found)]))

    return Case(
        f"Somebody deleted the lead of Evangeline Stroud by mistake (its id was {found}). Bring it back.",
        Wanted(created=(("Leads", {"id": found, "Last_Name": "Stroud", "Email": "eva@stroud.example"}),)),
        solve,
        anybody,
    )


@task()
def take_back_the_last_change(org: World) -> Case:
    found = lead(org, "Thaddeus", "Woolcombe", "Woolcombe Cheese", Rating="Active")
    asyncio.run(_earlier_session(org, found))

    async def solve(agent: Agent) -> str:
        changes = await agent.call("list_changes")
        newest = changes["changes"][0]
        return str((await agent.write("undo_change", change_id=newest["change_id"]))["summary"])

    return Case(
        "The last thing that was changed through this connection was a mistake. Take it back.",
        Wanted(updated={("Leads", found): {"Lead_Status": "Contacted", "Rating": "Active"}}),
        solve,
        anybody,
    )


async def _earlier_session(org: World, found: int) -> None:
    """The same connection, used an hour ago."""
    async with await open_client(settings.from_environment(org.environment), write=True) as crm:
        fields = {"Lead_Status": "Junk Lead", "Rating": "Shut Down"}
        done = await crm.update_records(module="Leads", records=[{"id": str(found), "fields": fields}])
        assert done.status == "applied", done


@task(toolsets=("automation",))
def tag_the_webinar_guests(org: World) -> Case:
    found = [lead(org, f"Guest{n}", "Merriweather", "Merriweather Meals") for n in range(2)]

    async def solve(agent: Agent) -> str:
        leads = await agent.call("search_leads", text="Merriweather")
        place = leads["columns"].index("id")
        told = await agent.write(
            "change_tags", module="Leads", ids=[row[place] for row in leads["rows"]], add=["webinar-2026"]
        )
        return str(told.get("summary", told))

    return Case(
        "Tag the leads of Merriweather Meals with webinar-2026.",
        Wanted(updated={("Leads", one): {"Tag": _Tagged("webinar-2026")} for one in found}),
        solve,
        anybody,
    )


class _Tagged:
    """Equal to the stored tags of a record that has just this one."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return [tag["name"] for tag in json.loads(str(other or "[]"))] == [self.name]

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"the tag {self.name}"


@task()
def one_spelling_of_a_city(org: World) -> Case:
    names = ("Wrexley Warehousing", "Wrexley Frost", "Wrexley Lab Supply")
    found = [org.plant("Accounts", Account_Name=name, Billing_City="Copenhaguen") for name in names]

    async def solve(agent: Agent) -> str:
        rows = await agent.coql("select id from Accounts where Billing_City = 'Copenhaguen'")
        records = [{"id": row["id"], "fields": {"Billing_City": "Copenhagen"}} for row in rows]
        return str((await agent.write("update_records", module="Accounts", records=records))["summary"])

    return Case(
        "Some accounts have 'Copenhaguen' as their billing city. It should be Copenhagen; please correct all of them.",
        Wanted(updated={("Accounts", one): {"Billing_City": "Copenhagen"} for one in found}),
        solve,
        anybody,
    )


@task()
def fill_in_what_is_missing(org: World) -> Case:
    found = org.plant("Accounts", Account_Name="Balthazar Biofreeze", Website=None, Phone=None)
    org.plant(
        "Notes",
        Note_Title="From their letterhead",
        Note_Content="Phone (617) 555-0188, www.balthazar-biofreeze.example",
        Parent_Id=("Accounts", found),
    )

    async def solve(agent: Agent) -> str:
        rows = await agent.coql("select id from Accounts where Account_Name = 'Balthazar Biofreeze'")
        await agent.call("get_record", module="Accounts", id=rows[0]["id"], include=["Notes"])
        fields = {"Phone": "(617) 555-0188", "Website": "www.balthazar-biofreeze.example"}
        return str(
            (
                await agent.write(
                    "update_records", module="Accounts", records=[{"id": rows[0]["id"], "fields": fields}]
                )
            )["summary"]
        )

    return Case(
        "The account Balthazar Biofreeze has no phone and no website. There is a note on it that says both: please fill them in exactly as the note writes them.",
        Wanted(
            updated={
                ("Accounts", found): {"Phone": "(617) 555-0188", "Website": "www.balthazar-biofreeze.example"}
            }
        ),
        solve,
        anybody,
    )


@task()
def raise_a_case_priority(org: World) -> Case:
    found = org.plant(
        "Cases", Subject="Alarm came two hours late", Status="New", Priority="Low", Case_Origin="Email"
    )

    async def solve(agent: Agent) -> str:
        rows = await agent.coql("select id from Cases where Subject = 'Alarm came two hours late'")
        return str(
            (
                await agent.write(
                    "update_records",
                    module="Cases",
                    records=[{"id": rows[0]["id"], "fields": {"Priority": "High"}}],
                )
            )["summary"]
        )

    return Case(
        "The case 'Alarm came two hours late' is serious. Give it high priority.",
        Wanted(updated={("Cases", found): {"Priority": "High"}}),
        solve,
        anybody,
    )
