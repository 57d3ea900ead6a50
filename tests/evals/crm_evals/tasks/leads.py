"""Leads: capture, correct, qualify, convert, hand over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from crm_evals.task import Agent, Case, Wanted, anybody, task
from crm_evals.world import World


def lead(org: World, first: str, last: str, company: str, **values: Any) -> int:
    usual = {"Lead_Status": "Contacted", "Lead_Source": "Web Form", "Converted__s": False}
    return org.plant(
        "Leads",
        First_Name=first,
        Last_Name=last,
        Full_Name=f"{first} {last}",
        Company=company,
        **{**usual, **values},
    )


async def id_of(agent: Agent, text: str) -> str:
    """The one lead that a search finds."""
    found = await agent.call("search_leads", text=text)
    assert found["count"] == 1, found
    return str(found["rows"][0][found["columns"].index("id")])


@task()
def lead_from_a_business_card(org: World) -> Case:
    async def solve(agent: Agent) -> str:
        told = await agent.write(
            "create_lead",
            first_name="Roswitha",
            last_name="Ehrenfeucht",
            company="Ehrenfeucht Kühllogistik GmbH",
            title="Head of Quality",
            email="r.ehrenfeucht@kuehllogistik.example",
            phone="+49 30 5550 1187",
            source="Trade Show",
        )
        return str(told["summary"])

    return Case(
        "I met somebody at the trade show. Please put her in as a lead: Roswitha Ehrenfeucht, Head of Quality, Ehrenfeucht Kühllogistik GmbH, "
        "r.ehrenfeucht@kuehllogistik.example, +49 30 5550 1187.",
        Wanted(
            created=(
                (
                    "Leads",
                    {
                        "First_Name": "Roswitha",
                        "Last_Name": "Ehrenfeucht",
                        "Company": "Ehrenfeucht Kühllogistik GmbH",
                        "Designation": "Head of Quality",
                        "Email": "r.ehrenfeucht@kuehllogistik.example",
                        "Lead_Source": "Trade Show",
                    },
                ),
            )
        ),
        solve,
        anybody,
    )


@task()
def three_leads_from_a_list(org: World) -> Case:
    people = [
        ("Oluwaseun", "Bamgbose", "Lagos Cold Hub", "seun@lagoscoldhub.example"),
        ("Marit", "Tveit", "Tveit Fiskeeksport", "marit@tveit.example"),
        ("Jiří", "Hnízdil", "Mrazírny Hnízdil", "hnizdil@mrazirny.example"),
    ]

    async def solve(agent: Agent) -> str:
        rows = [
            {"First_Name": f, "Last_Name": n, "Company": c, "Email": e, "Lead_Source": "Partner"}
            for f, n, c, e in people
        ]
        return str((await agent.write("create_records", module="Leads", records=rows))["summary"])

    listed = "\n".join(f"{f} {n}; {c}; {e}" for f, n, c, e in people)
    return Case(
        f"Our partner sent these three leads. Please add them; the source is Partner.\n{listed}",
        Wanted(
            created=tuple(
                (
                    "Leads",
                    {"First_Name": f, "Last_Name": n, "Company": c, "Email": e, "Lead_Source": "Partner"},
                )
                for f, n, c, e in people
            )
        ),
        solve,
        anybody,
    )


@task()
def a_lead_we_already_have(org: World) -> Case:
    lead(org, "Philippa", "Garrowby", "Garrowby Vaccines", Email="pippa@garrowby.example")

    async def solve(agent: Agent) -> str:
        told = await agent.call(
            "create_lead",
            first_name="Philippa",
            last_name="Garrowby",
            company="Garrowby Vaccines",
            email="PIPPA@garrowby.example",
        )
        known = told["likely_duplicates"][0]
        return f"She is there already: {known}. Nothing was written."

    return Case(
        "Add Philippa Garrowby of Garrowby Vaccines, PIPPA@garrowby.example, as a lead, but only if we do not have her yet. If we do, just tell me.",
        Wanted(says=("Garrowby", ("already", "exist", "duplicate"))),
        solve,
    )


@task()
def correct_a_phone_number(org: World) -> Case:
    found = lead(org, "Desmond", "Okonjo-Price", "Clearwater Trials", Phone="(617) 555-0111")

    async def solve(agent: Agent) -> str:
        records = [{"id": await id_of(agent, "Okonjo-Price"), "fields": {"Phone": "(617) 555-0199"}}]
        return str((await agent.write("update_records", module="Leads", records=records))["summary"])

    return Case(
        "Desmond Okonjo-Price has a new number: (617) 555-0199. Please change it on his lead.",
        Wanted(updated={("Leads", found): {"Phone": "(617) 555-0199"}}),
        solve,
        anybody,
    )


@task()
def a_status_said_loosely(org: World) -> Case:
    found = lead(org, "Svetlana", "Grushevskaya", "Polar Plasma", Lead_Status="Contacted")

    async def solve(agent: Agent) -> str:
        records = [{"id": await id_of(agent, "Grushevskaya"), "fields": {"Lead_Status": "Pre-Qualified"}}]
        return str((await agent.write("update_records", module="Leads", records=records))["summary"])

    return Case(
        "Please set Svetlana Grushevskaya to prequalified.",
        Wanted(updated={("Leads", found): {"Lead_Status": "Pre-Qualified"}}),
        solve,
        anybody,
    )


@task()
def empty_a_wrong_field(org: World) -> Case:
    found = lead(
        org, "Ambrose", "Tillinghast", "Tillinghast Dairies", Mobile="000000", Phone="(617) 555-0123"
    )

    async def solve(agent: Agent) -> str:
        records = [{"id": await id_of(agent, "Tillinghast"), "fields": {"Mobile": None}}]
        return str((await agent.write("update_records", module="Leads", records=records))["summary"])

    return Case(
        "The mobile number of Ambrose Tillinghast is rubbish. Remove it.",
        Wanted(updated={("Leads", found): {"Mobile": None}}),
        solve,
        anybody,
    )


@task()
def park_the_old_ones(org: World) -> Case:
    now = org.emulator.store.clock.now()
    for row in org.rows(
        "SELECT id FROM Leads WHERE Lead_Status = 'Not Contacted' AND Lead_Source = 'Seminar-Internal'"
    ):
        org.change("Leads", row["id"], Lead_Status="Contacted")
    old = [
        lead(
            org,
            "Old",
            f"Enquiry{n}",
            "Askew Freight",
            Lead_Status="Not Contacted",
            Lead_Source="Seminar-Internal",
            Created_Time=now - timedelta(days=120 + n),
        )
        for n in range(4)
    ]
    lead(
        org,
        "Fresh",
        "Enquiry9",
        "Askew Freight",
        Lead_Status="Not Contacted",
        Lead_Source="Seminar-Internal",
        Created_Time=now - timedelta(days=12),
    )

    async def solve(agent: Agent) -> str:
        since = (now - timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        rows = await agent.coql(
            f"select id from Leads where Lead_Source = 'Seminar-Internal' and Lead_Status = 'Not Contacted' and Created_Time < '{since}' and Converted__s = false"
        )
        records = [{"id": row["id"], "fields": {"Lead_Status": "Contact in Future"}} for row in rows]
        return str((await agent.write("update_records", module="Leads", records=records))["summary"])

    return Case(
        "Leads from the internal seminar that are still Not Contacted and are older than 90 days: set them to Contact in Future. Leave the newer ones.",
        Wanted(updated={("Leads", one): {"Lead_Status": "Contact in Future"} for one in old}),
        solve,
        anybody,
    )


@task()
def hand_leads_over(org: World) -> Case:
    giver, taker = org.rows(
        "SELECT id, full_name FROM Users WHERE role IN (SELECT role FROM Users GROUP BY role HAVING COUNT(*) = 3) AND status = 'active' ORDER BY id LIMIT 2"
    )
    for row in org.rows("SELECT id FROM Leads WHERE Lead_Status = 'New' AND Owner = ?", giver["id"]):
        org.change("Leads", row["id"], Lead_Status="Contacted")
    handed = [
        lead(org, "Handed", f"Over{n}", f"Firm {n}", Lead_Status="New", Owner=giver["id"]) for n in range(3)
    ]
    lead(org, "Stays", "Here", "Firm 9", Lead_Status="Contacted", Owner=giver["id"])

    async def solve(agent: Agent) -> str:
        found = await agent.call("search_leads", owner=giver["full_name"], status="New")
        place = found["columns"].index("id")
        records = [{"id": row[place], "fields": {"Owner": taker["full_name"]}} for row in found["rows"]]
        return str((await agent.write("update_records", module="Leads", records=records))["summary"])

    return Case(
        f"{giver['full_name']} is on leave. Give all of {giver['full_name']}'s leads with status New to {taker['full_name']}.",
        Wanted(updated={("Leads", one): {"Owner": taker["id"]} for one in handed}),
        solve,
        anybody,
    )


@task()
def qualify_and_convert(org: World) -> Case:
    found = lead(
        org,
        "Henrietta",
        "Vandersloot",
        "Vandersloot Biologics",
        Lead_Status="Pre-Qualified",
        Email="hv@vandersloot.example",
    )
    close = str(org.today + timedelta(days=45))

    async def solve(agent: Agent) -> str:
        told = await agent.write(
            "convert_lead",
            lead=await id_of(agent, "Vandersloot"),
            deal_name="Vandersloot: vaccine fridges",
            deal_amount=18_500,
            deal_closing_date=close,
            deal_stage="Qualification",
        )
        return str(told["summary"])

    return Case(
        f"Convert Henrietta Vandersloot of Vandersloot Biologics, with a deal 'Vandersloot: vaccine fridges' over 18500, closing {close}, in Qualification.",
        Wanted(
            updated={("Leads", found): CONVERTED},
            created=(
                ("Accounts", {"Account_Name": "Vandersloot Biologics"}),
                ("Contacts", {"Last_Name": "Vandersloot", "First_Name": "Henrietta"}),
                (
                    "Deals",
                    {
                        "Deal_Name": "Vandersloot: vaccine fridges",
                        "Amount": 18_500,
                        "Closing_Date": close,
                        "Stage": "Qualification",
                    },
                ),
            ),
        ),
        solve,
        anybody,
    )


class _Anything:
    """Equal to everything but nothing: for ids that Zoho chooses."""

    def __eq__(self, other: object) -> bool:
        return other is not None

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "some value"


SOME = _Anything()
CONVERTED = {"Converted__s": 1, "Converted_Account": SOME, "Converted_Contact": SOME, "Converted_Deal": SOME}


@task()
def contact_at_a_known_account(org: World) -> Case:
    account = org.one(
        "SELECT id, Account_Name FROM Accounts a WHERE (SELECT COUNT(*) FROM Accounts x WHERE x.Account_Name = a.Account_Name) = 1 AND Account_Name NOT LIKE '%''%' ORDER BY id DESC LIMIT 1"
    )

    async def solve(agent: Agent) -> str:
        found = await agent.coql(f"select id from Accounts where Account_Name = '{account['Account_Name']}'")
        row = {
            "First_Name": "Ebba",
            "Last_Name": "Lindqvist-Roy",
            "Email": "ebba.lindqvist@roy.example",
            "Title": "Lab Manager",
            "Account_Name": {"id": found[0]["id"]},
        }
        return str((await agent.write("create_records", module="Contacts", records=[row]))["summary"])

    return Case(
        f"Ebba Lindqvist-Roy, ebba.lindqvist@roy.example, is the new lab manager at {account['Account_Name']}. Add her as a contact of that account.",
        Wanted(
            created=(
                (
                    "Contacts",
                    {
                        "First_Name": "Ebba",
                        "Last_Name": "Lindqvist-Roy",
                        "Email": "ebba.lindqvist@roy.example",
                        "Account_Name": account["id"],
                    },
                ),
            )
        ),
        solve,
        anybody,
    )
