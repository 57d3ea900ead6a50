"""Deals: along the pipeline, one or many, and what stands in the way."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from crm_evals.task import Agent, Case, Wanted, anybody, task
from crm_evals.world import World

CLOSED = "'Closed Won', 'Closed Lost', 'Closed Lost to Competition'"


def deal(org: World, name: str, stage: str, **values: Any) -> int:
    usual = {
        "Amount": 12_000,
        "Closing_Date": str(org.today + timedelta(days=30)),
        "Pipeline": "Standard (Standard)",
    }
    return org.plant("Deals", Deal_Name=name, Stage=stage, **{**usual, **values})


def seller(org: World) -> dict[str, Any]:
    """Whoever has the most open deals."""
    return org.one(
        f"SELECT u.id, u.full_name, u.first_name, u.last_name FROM Users u JOIN Deals d ON d.Owner = u.id WHERE Stage NOT IN ({CLOSED}) AND u.full_name NOT LIKE '%''%'"
        " GROUP BY u.id ORDER BY COUNT(*) DESC, u.id LIMIT 1"
    )


@task()
def move_a_deal(org: World) -> Case:
    found = deal(org, "Larkspur Labs: 14 ULT freezers", "Needs Analysis")

    async def solve(agent: Agent) -> str:
        return str(
            (
                await agent.write(
                    "update_deal_stage", deal="Larkspur Labs: 14 ULT freezers", stage="Value Proposition"
                )
            )["summary"]
        )

    return Case(
        "Move 'Larkspur Labs: 14 ULT freezers' on to Value Proposition.",
        Wanted(updated={("Deals", found): {"Stage": "Value Proposition"}}),
        solve,
        anybody,
    )


@task()
def win_a_deal_with_its_final_price(org: World) -> Case:
    found = deal(org, "Pemberley Foods: 30 reefer trailers", "Negotiation/Review", Amount=21_000)
    today = str(org.today)

    async def solve(agent: Agent) -> str:
        told = await agent.write(
            "update_deal_stage",
            deal="Pemberley Foods: 30 reefer trailers",
            stage="Closed Won",
            amount=19_750,
            closing_date=today,
        )
        return str(told["summary"])

    return Case(
        f"We won 'Pemberley Foods: 30 reefer trailers' today ({today}), at 19750 in the end. Please record that.",
        Wanted(updated={("Deals", found): {"Stage": "Closed Won", "Amount": 19_750, "Closing_Date": today}}),
        solve,
        anybody,
    )


@task()
def move_the_stuck_deals_of_a_quarter(org: World) -> Case:
    who = seller(org)
    for row in org.rows("SELECT id FROM Deals WHERE Owner = ? AND Stage = 'Proposal/Price Quote'", who["id"]):
        org.change("Deals", row["id"], Stage="Needs Analysis")
    year = org.today.year + 1
    stuck = [
        deal(
            org,
            f"Quarter job {n}",
            "Proposal/Price Quote",
            Owner=who["id"],
            Closing_Date=f"{year}-0{7 + n % 3}-1{n}",
        )
        for n in range(5)
    ]
    deal(org, "Quarter job, too late", "Proposal/Price Quote", Owner=who["id"], Closing_Date=f"{year}-10-01")
    deal(org, "Quarter job of another", "Proposal/Price Quote", Closing_Date=f"{year}-08-15")

    async def solve(agent: Agent) -> str:
        rows = await agent.coql(
            f"select id from Deals where Owner.first_name = '{who['first_name']}' and Owner.last_name = '{who['last_name']}' and Stage = 'Proposal/Price Quote'"
            f" and Closing_Date between '{year}-07-01' and '{year}-09-30'"
        )
        records = [{"id": row["id"], "fields": {"Stage": "Negotiation/Review"}} for row in rows]
        return str((await agent.write("update_records", module="Deals", records=records))["summary"])

    return Case(
        f"All deals of {who['full_name']} that close in the third calendar quarter of {year} and are stuck in Proposal/Price Quote: move them to Negotiation/Review.",
        Wanted(updated={("Deals", one): {"Stage": "Negotiation/Review"} for one in stuck}),
        solve,
        anybody,
    )


@task()
def postpone_overdue_deals(org: World) -> Case:
    who = seller(org)
    for row in org.rows(
        f"SELECT id FROM Deals WHERE Owner = ? AND Stage NOT IN ({CLOSED}) AND Closing_Date < ?",
        who["id"],
        str(org.today),
    ):
        org.change("Deals", row["id"], Closing_Date=str(org.today + timedelta(days=60)))
    late = [
        deal(
            org,
            f"Slipped {n}",
            "Negotiation/Review",
            Owner=who["id"],
            Closing_Date=str(org.today - timedelta(days=3 + n)),
        )
        for n in range(3)
    ]
    new = str(date(org.today.year + 1, 3, 31))

    async def solve(agent: Agent) -> str:
        rows = await agent.coql(
            f"select id from Deals where Owner.first_name = '{who['first_name']}' and Owner.last_name = '{who['last_name']}' and Closing_Date < '{org.today}'"
            f" and Stage not in ({CLOSED})"
        )
        records = [{"id": row["id"], "fields": {"Closing_Date": new}} for row in rows]
        return str((await agent.write("update_records", module="Deals", records=records))["summary"])

    return Case(
        f"The open deals of {who['full_name']} whose closing date has passed: put the closing date to {new}.",
        Wanted(updated={("Deals", one): {"Closing_Date": new} for one in late}),
        solve,
        anybody,
    )


@task()
def two_deals_of_one_name(org: World) -> Case:
    for stage in ("Qualification", "Value Proposition"):
        deal(org, "Harrowgate Clinic: pilot", stage)

    async def solve(agent: Agent) -> str:
        told = await agent.call("update_deal_stage", deal="Harrowgate Clinic: pilot", stage="Needs Analysis")
        return str(told["problems"])

    return Case(
        "Move 'Harrowgate Clinic: pilot' to Needs Analysis. If it is not clear which deal I mean, change nothing and tell me what there is.",
        Wanted(says=("Qualification", "Value Proposition")),
        solve,
        anybody,
    )


@task()
def a_stage_that_is_none(org: World) -> Case:
    deal(org, "Quillfeather Pharma: mapping study", "Proposal Sent")

    async def solve(agent: Agent) -> str:
        told = await agent.call(
            "update_deal_stage", deal="Quillfeather Pharma: mapping study", stage="Contract Countersigned"
        )
        return str(told["problems"])

    return Case(
        "Set 'Quillfeather Pharma: mapping study' to the stage Contract Countersigned. If there is no such stage, change nothing and tell me which there are.",
        Wanted(says=("Negotiation/Review", "Closed Won")),
        solve,
        anybody,
    )


@task()
def why_it_cannot_be_closed(org: World) -> Case:
    found = deal(org, "Ravensworth: blood bank monitoring", "Negotiation/Review")
    _lock(org, found)

    async def solve(agent: Agent) -> str:
        told = await agent.write(
            "update_deal_stage", deal="Ravensworth: blood bank monitoring", stage="Closed Won"
        )
        return f"It was not closed: {told}"

    return Case(
        "I cannot close 'Ravensworth: blood bank monitoring' as won. Try it, and if it does not work tell me why.",
        Wanted(says=("lock",)),
        solve,
        anybody,
    )


def _lock(org: World, record: int) -> None:
    """As somebody at Zoho's own screen would have locked it."""
    import httpx

    answer = httpx.post(
        f"{org.url}/crm/v8/Deals/{record}/Locking_Information__s",
        headers={"Authorization": f"Zoho-oauthtoken {org.emulator.credentials.access_token}"},
        json={"data": [{"Locked_Reason__s": "Contract is being checked"}]},
    )
    assert answer.is_success, answer.text


@task()
def a_new_deal_for_a_customer(org: World) -> Case:
    account = org.one(
        "SELECT id, Account_Name FROM Accounts a WHERE (SELECT COUNT(*) FROM Accounts x WHERE x.Account_Name = a.Account_Name) = 1 AND Account_Name NOT LIKE '%''%' ORDER BY id LIMIT 1"
    )
    close = str(org.today + timedelta(days=90))

    async def solve(agent: Agent) -> str:
        found = await agent.coql(f"select id from Accounts where Account_Name = '{account['Account_Name']}'")
        row = {
            "Deal_Name": "Door sensors, second floor",
            "Stage": "Qualification",
            "Amount": 6400,
            "Closing_Date": close,
            "Account_Name": {"id": found[0]["id"]},
        }
        return str((await agent.write("create_records", module="Deals", records=[row]))["summary"])

    return Case(
        f"Open a deal 'Door sensors, second floor' for {account['Account_Name']}: 6400, closing {close}, stage Qualification.",
        Wanted(
            created=(
                (
                    "Deals",
                    {
                        "Deal_Name": "Door sensors, second floor",
                        "Stage": "Qualification",
                        "Amount": 6400,
                        "Closing_Date": close,
                        "Account_Name": account["id"],
                    },
                ),
            )
        ),
        solve,
        anybody,
    )


@task()
def raise_one_amount_among_many(org: World) -> Case:
    found = deal(org, "Thistlewood Seafoods: cold store", "Value Proposition", Amount=8_000)
    deal(org, "Thistlewood Seafoods: cold store, phase 2", "Qualification", Amount=8_000)

    async def solve(agent: Agent) -> str:
        rows = await agent.coql(
            "select id, Amount from Deals where Deal_Name = 'Thistlewood Seafoods: cold store'"
        )
        records = [{"id": rows[0]["id"], "fields": {"Amount": rows[0]["Amount"] * 1.15}}]
        return str((await agent.write("update_records", module="Deals", records=records))["summary"])

    return Case(
        "Raise the amount of 'Thistlewood Seafoods: cold store' by 15 percent. Only that one, not phase 2.",
        Wanted(updated={("Deals", found): {"Amount": 9_200.0}}),
        solve,
        anybody,
    )


@task()
def look_first_then_move(org: World) -> Case:
    found = deal(org, "Umber & Rye: 18 delivery vans", "Qualification", Amount=5_000)

    async def solve(agent: Agent) -> str:
        plan = await agent.call(
            "update_deal_stage", deal="Umber & Rye: 18 delivery vans", stage="Needs Analysis", dry_run=True
        )
        assert plan["status"] == "waiting", plan
        again = await agent.write(
            "update_deal_stage",
            deal="Umber & Rye: 18 delivery vans",
            stage="Needs Analysis",
            plan_id=plan["plan_id"],
        )
        return str(again["summary"])

    return Case(
        "Show me first what moving 'Umber & Rye: 18 delivery vans' to Needs Analysis would change, then do it.",
        Wanted(updated={("Deals", found): {"Stage": "Needs Analysis"}}),
        solve,
        anybody,
    )
