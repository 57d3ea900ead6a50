"""Activities and notes: what was done, what is to be done, and when."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from crm_evals.task import Agent, Case, Wanted, anybody, task
from crm_evals.tasks.deals import deal
from crm_evals.tasks.leads import id_of, lead
from crm_evals.world import World


@task()
def note_on_a_lead(org: World) -> Case:
    found = lead(org, "Gwendolyn", "Ashgrove", "Ashgrove Insulin Services")
    text = "Asked for a data sheet of the Trace 2 and a visit in March."

    async def solve(agent: Agent) -> str:
        told = await agent.write(
            "add_note", module="Leads", record_id=await id_of(agent, "Ashgrove"), content=text, title="Call"
        )
        return str(told["summary"])

    return Case(
        f"Put a note on Gwendolyn Ashgrove's lead, title Call: {text}",
        Wanted(created=(("Notes", {"Note_Title": "Call", "Note_Content": text, "Parent_Id": found}),)),
        solve,
        anybody,
    )


@task()
def follow_up_task_on_a_deal(org: World) -> Case:
    found = deal(org, "Kestrel Vaccines: 24 pharmacy fridges", "Proposal Sent")
    due = str(org.today + timedelta(days=7))

    async def solve(agent: Agent) -> str:
        rows = await agent.coql(
            "select id from Deals where Deal_Name = 'Kestrel Vaccines: 24 pharmacy fridges'"
        )
        told = await agent.write(
            "create_task",
            subject="Ask about the proposal",
            due_date=due,
            module="Deals",
            record=rows[0]["id"],
            priority="High",
        )
        return str(told["summary"])

    return Case(
        f"Remind me on {due} to 'Ask about the proposal' for the deal 'Kestrel Vaccines: 24 pharmacy fridges'. High priority.",
        Wanted(
            created=(
                (
                    "Tasks",
                    {
                        "Subject": "Ask about the proposal",
                        "Due_Date": due,
                        "Priority": "High",
                        "What_Id": found,
                    },
                ),
            )
        ),
        solve,
        anybody,
    )


@task(toolsets=("activities",))
def log_yesterdays_call(org: World) -> Case:
    contact = org.plant(
        "Contacts",
        First_Name="Ottoline",
        Last_Name="Fairweather",
        Full_Name="Ottoline Fairweather",
        Email="ottoline@fairweather.example",
    )
    began = datetime.combine(org.today - timedelta(days=1), time(15, 30), org.zone)

    async def solve(agent: Agent) -> str:
        rows = await agent.coql("select id from Contacts where Email = 'ottoline@fairweather.example'")
        told = await agent.write(
            "log_call",
            subject="Calibration contract",
            module="Contacts",
            record=rows[0]["id"],
            type="Outbound",
            start=began.isoformat(),
            minutes=20,
        )
        return str(told.get("summary", told))

    return Case(
        f"Log yesterday's call: I called Ottoline Fairweather at {began:%H:%M} about the 'Calibration contract', 20 minutes.",
        Wanted(
            created=(
                (
                    "Calls",
                    {
                        "Subject": "Calibration contract",
                        "Who_Id": contact,
                        "Call_Type": "Outbound",
                        "Call_Start_Time": int(began.astimezone(UTC).timestamp()),
                    },
                ),
            )
        ),
        solve,
        anybody,
    )


@task(toolsets=("activities",))
def meeting_next_week(org: World) -> Case:
    contact = org.plant(
        "Contacts",
        First_Name="Barnaby",
        Last_Name="Quince",
        Full_Name="Barnaby Quince",
        Email="barnaby@quince.example",
    )
    start = datetime.combine(org.today + timedelta(days=7), time(11), org.zone)
    end = start + timedelta(minutes=45)

    async def solve(agent: Agent) -> str:
        rows = await agent.coql("select id from Contacts where Email = 'barnaby@quince.example'")
        told = await agent.write(
            "create_event",
            title="Cold chain review",
            start=start.isoformat(),
            end=end.isoformat(),
            module="Contacts",
            record=rows[0]["id"],
        )
        return str(told.get("summary", told))

    return Case(
        f"Put a meeting 'Cold chain review' with Barnaby Quince into the CRM for {start:%Y-%m-%d}, {start:%H:%M} to {end:%H:%M} our time.",
        Wanted(
            created=(
                (
                    "Events",
                    {
                        "Event_Title": "Cold chain review",
                        "Start_DateTime": int(start.timestamp()),
                        "End_DateTime": int(end.timestamp()),
                        "Who_Id": contact,
                    },
                ),
            )
        ),
        solve,
        anybody,
    )


@task()
def finish_a_task(org: World) -> Case:
    found = org.plant(
        "Tasks",
        Subject="Ship the replacement gateway to Foxglove",
        Status="In Progress",
        Due_Date=str(org.today),
    )

    async def solve(agent: Agent) -> str:
        rows = await agent.coql(
            "select id from Tasks where Subject = 'Ship the replacement gateway to Foxglove'"
        )
        return str(
            (
                await agent.write(
                    "update_records",
                    module="Tasks",
                    records=[{"id": rows[0]["id"], "fields": {"Status": "Completed"}}],
                )
            )["summary"]
        )

    return Case(
        "The task 'Ship the replacement gateway to Foxglove' is done. Tick it off.",
        Wanted(updated={("Tasks", found): {"Status": "Completed"}}),
        solve,
        anybody,
    )


@task()
def tasks_for_every_new_lead_of_a_firm(org: World) -> Case:
    names = [("Rowena", "Marchbanks"), ("Leopold", "Marchbanks")]
    found = [lead(org, first, last, "Marchbanks Ice Cream", Lead_Status="New") for first, last in names]
    due = str(org.today + timedelta(days=2))

    async def solve(agent: Agent) -> str:
        leads = await agent.call("search_leads", text="Marchbanks", status="New")
        place = leads["columns"].index("id")
        for row in leads["rows"]:
            await agent.write(
                "create_task", subject="First call", due_date=due, module="Leads", record=row[place]
            )
        return "done"

    return Case(
        f"For each New lead at Marchbanks Ice Cream make a task 'First call', due {due}.",
        Wanted(
            created=tuple(
                ("Tasks", {"Subject": "First call", "Due_Date": due, "What_Id": one}) for one in found
            )
        ),
        solve,
        anybody,
    )
