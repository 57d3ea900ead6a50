"""Questions: nothing may be written, and the answer must be right."""

from __future__ import annotations

from datetime import timedelta

from crm_evals.task import Agent, Case, Wanted, task
from crm_evals.world import World

OPEN = "Stage NOT IN ('Closed Won', 'Closed Lost', 'Closed Lost to Competition')"


@task(write=False)
def new_leads_of_a_source(org: World) -> Case:
    sql = "SELECT COUNT(*) AS n FROM Leads WHERE Lead_Source = 'Web Form' AND Lead_Status = 'New' AND Converted__s = 0"
    for place in range(3):
        org.plant(
            "Leads",
            Last_Name=f"Abara{place}",
            Full_Name=f"Abara{place}",
            Company="Abara & Sons",
            Lead_Source="Web Form",
            Lead_Status="New",
            Converted__s=False,
        )
    right = org.one(sql)["n"]

    async def solve(agent: Agent) -> str:
        rows = await agent.coql(
            "select count(id) from Leads where Lead_Source = 'Web Form' and Lead_Status = 'New' and Converted__s = false"
        )
        return f"{next(iter(rows[0].values()))} leads"

    return Case(
        "How many leads that came in by web form are still New? Leave out the converted ones.",
        Wanted(says=(right,)),
        solve,
    )


@task(write=False)
def value_of_a_stage(org: World) -> Case:
    right = org.one(
        "SELECT SUM(Amount) AS total, COUNT(*) AS n FROM Deals WHERE Stage = 'Negotiation/Review'"
    )

    async def solve(agent: Agent) -> str:
        rows = await agent.coql(
            "select count(id) as n, sum(Amount) as total from Deals where Stage = 'Negotiation/Review'"
        )
        return f"{rows[0]['n']} deals, {rows[0]['total']} in all"

    return Case(
        "What are the deals in Negotiation/Review worth together, and how many are there?",
        Wanted(says=(float(right["total"]), right["n"])),
        solve,
    )


@task(write=False)
def largest_open_deals(org: World) -> Case:
    top = org.rows(
        f"SELECT Deal_Name, Amount FROM Deals WHERE {OPEN} AND Amount IS NOT NULL ORDER BY Amount DESC LIMIT 4"
    )
    org_top = top[:3] if top[2]["Amount"] != top[3]["Amount"] else top[:2]

    async def solve(agent: Agent) -> str:
        rows = await agent.coql(
            f"select Deal_Name, Amount from Deals where {OPEN.lower().replace('stage', 'Stage').replace('closed', 'Closed').replace('won', 'Won').replace('lost', 'Lost').replace('competition', 'Competition')} order by Amount desc limit 3"
        )
        return "; ".join(f"{row['Deal_Name']}: {row['Amount']}" for row in rows)

    says = tuple(one for row in org_top for one in (str(row["Deal_Name"]), float(row["Amount"])))
    return Case(
        "Which are our three largest open deals? Names and amounts, please.", Wanted(says=says), solve
    )


@task(write=False)
def best_seller_of_last_year(org: World) -> Case:
    year = org.today.year - 1
    rows = org.rows(
        "SELECT u.full_name AS name, SUM(Amount) AS total FROM Deals d JOIN Users u ON u.id = d.Owner WHERE Stage = 'Closed Won'"
        " AND Closing_Date BETWEEN ? AND ? GROUP BY d.Owner ORDER BY total DESC LIMIT 2",
        f"{year}-01-01",
        f"{year}-12-31",
    )

    async def solve(agent: Agent) -> str:
        found = await agent.coql(
            f"select Owner.last_name, Owner.first_name, sum(Amount) as total from Deals where Stage = 'Closed Won' and Closing_Date between '{year}-01-01' and '{year}-12-31' group by Owner.last_name, Owner.first_name"
        )
        best = max(found, key=lambda row: row["total"])
        return f"{best['Owner.first_name']} {best['Owner.last_name']} with {best['total']}"

    return Case(
        f"Who won the most in {year}, by amount of deals Closed Won, and how much was it?",
        Wanted(says=(rows[0]["name"], float(rows[0]["total"]))),
        solve,
    )


@task(write=False)
def phone_of_a_contact(org: World) -> Case:
    person = org.one(
        "SELECT c.Full_Name, c.Phone, c.Title, a.Account_Name FROM Contacts c JOIN Accounts a ON a.id = c.Account_Name WHERE c.Phone IS NOT NULL"
        " AND c.Title IS NOT NULL AND (SELECT COUNT(*) FROM Contacts x WHERE x.Full_Name = c.Full_Name) = 1 ORDER BY c.id DESC LIMIT 1"
    )

    async def solve(agent: Agent) -> str:
        rows = await agent.coql(
            f"select Full_Name, Phone, Title from Contacts where Full_Name = '{person['Full_Name'].replace(chr(39), chr(39) * 2)}'"
        )
        return f"{rows[0]['Title']}, {rows[0]['Phone']}"

    return Case(
        f"I need to call {person['Full_Name']} of {person['Account_Name']}. What is the number, and what is the job title?",
        Wanted(says=(person["Phone"], person["Title"])),
        solve,
    )


@task(write=False)
def duplicate_leads(org: World) -> Case:
    pairs = [("Ingrid", "Solheim", "Nordlys Biobank"), ("Tomás", "Quevedo", "Frigoríficos del Sur")]
    for first, last, company in pairs:
        for spelling in (str.lower, str.title):
            org.plant(
                "Leads",
                First_Name=first,
                Last_Name=last,
                Full_Name=f"{first} {last}",
                Company=company,
                Email=spelling(f"{last}@{company.split()[0]}.example"),
                Lead_Status="New",
                Converted__s=False,
            )
    org.plant(
        "Leads",
        First_Name="Ingrid",
        Last_Name="Solbakken",
        Full_Name="Ingrid Solbakken",
        Company="Fjordkjøl",
        Email="solbakken@fjordkjol.example",
        Lead_Status="New",
        Converted__s=False,
    )

    async def solve(agent: Agent) -> str:
        rows = await agent.coql(
            "select Full_Name, Email from Leads where Email is not null and Converted__s = false limit 2000"
        )
        seen: dict[str, list[str]] = {}
        for row in rows:
            seen.setdefault(row["Email"].lower(), []).append(row["Full_Name"])
        return "\n".join(f"{mail}: {', '.join(names)}" for mail, names in seen.items() if len(names) > 1)

    return Case(
        "Who are our duplicate leads, judged by e-mail address? Upper and lower case mean nothing. Leave out the converted ones.",
        Wanted(says=("solheim@nordlys.example", "quevedo@frigorificos.example"), never_says=("solbakken@",)),
        solve,
    )


@task(write=False)
def brief_on_an_account(org: World) -> Case:
    account = org.one(
        f"SELECT a.id, a.Account_Name, COUNT(*) AS n FROM Accounts a JOIN Deals d ON d.Account_Name = a.id WHERE {OPEN}"
        " AND (SELECT COUNT(*) FROM Accounts x WHERE x.Account_Name = a.Account_Name) = 1 GROUP BY a.id ORDER BY n DESC, a.id LIMIT 1"
    )
    org.plant(
        "Cases",
        Subject="Gateway drops off at night",
        Status="New",
        Account_Name=account["id"],
        Priority="High",
    )
    deals = [
        row["Deal_Name"]
        for row in org.rows(f"SELECT Deal_Name FROM Deals WHERE Account_Name = ? AND {OPEN}", account["id"])
    ]

    async def solve(agent: Agent) -> str:
        name = account["Account_Name"].replace("'", "''")
        found = await agent.coql(
            f"select Deal_Name, Amount, Stage from Deals where Account_Name.Account_Name = '{name}' and Stage not in ('Closed Won', 'Closed Lost', 'Closed Lost to Competition')"
        )
        cases = await agent.coql(
            f"select Subject, Status from Cases where Account_Name.Account_Name = '{name}' and Status != 'Closed'"
        )
        return "\n".join([*(row["Deal_Name"] for row in found), *(row["Subject"] for row in cases)])

    return Case(
        f"I am meeting {account['Account_Name']} this afternoon. Which deals are open with them, and which support cases?",
        Wanted(says=(*deals, "Gateway drops off at night")),
        solve,
    )


@task(write=False)
def overdue_tasks(org: World) -> Case:
    owner = org.one(
        "SELECT Owner AS id, full_name FROM Tasks JOIN Users u ON u.id = Owner GROUP BY Owner ORDER BY COUNT(*) DESC, Owner LIMIT 1"
    )
    late, later = org.today - timedelta(days=4), org.today + timedelta(days=4)
    org.plant(
        "Tasks",
        Subject="Send the calibration certificates",
        Due_Date=str(late),
        Status="Not Started",
        Owner=owner["id"],
    )
    org.plant(
        "Tasks",
        Subject="Book the spring trade fair",
        Due_Date=str(later),
        Status="Not Started",
        Owner=owner["id"],
    )
    org.plant(
        "Tasks", Subject="Return the demo loggers", Due_Date=str(late), Status="Completed", Owner=owner["id"]
    )

    async def solve(agent: Agent) -> str:
        first, last = owner["full_name"].split(" ", 1)
        rows = await agent.coql(
            f"select Subject, Due_Date from Tasks where Owner.first_name = '{first}' and Owner.last_name = '{last}' and Status != 'Completed' and Due_Date < '{org.today}'"
        )
        return "\n".join(f"{row['Subject']} ({row['Due_Date']})" for row in rows)

    return Case(
        f"Which tasks of {owner['full_name']} are overdue?",
        Wanted(
            says=("Send the calibration certificates",),
            never_says=("Book the spring trade fair", "Return the demo loggers"),
        ),
        solve,
    )


@task(write=False)
def share_of_deals_won(org: World) -> Case:
    counted = org.one(
        "SELECT SUM(Stage = 'Closed Won') AS won, COUNT(*) AS closed FROM Deals WHERE Lead_Source = 'Trade Show' AND Stage LIKE 'Closed %'"
    )
    right = round(100 * counted["won"] / counted["closed"], 1)

    async def solve(agent: Agent) -> str:
        rows = await agent.coql(
            "select Stage, count(id) as n from Deals where Lead_Source = 'Trade Show' and Stage in ('Closed Won', 'Closed Lost', 'Closed Lost to Competition') group by Stage"
        )
        won = sum(row["n"] for row in rows if row["Stage"] == "Closed Won")
        share = 100 * won / sum(row["n"] for row in rows)
        return f"{share:.1f} %"

    return Case(
        "Of the closed deals that came from a trade show, what percentage did we win? One decimal, please.",
        Wanted(says=(right,)),
        solve,
    )


@task(write=False)
def last_note_on_a_lead(org: World) -> Case:
    lead = org.plant(
        "Leads",
        First_Name="Bettina",
        Last_Name="Achterberg",
        Full_Name="Bettina Achterberg",
        Company="Achterberg Frischdienst",
        Lead_Status="Contacted",
        Converted__s=False,
    )
    now = org.emulator.store.clock.now()
    for days, text in (
        (9, "Wants a quote for 40 probes."),
        (2, "Budget is frozen until February; call again then."),
    ):
        org.plant(
            "Notes",
            Note_Title="Call",
            Note_Content=text,
            Parent_Id=("Leads", lead),
            Created_Time=now - timedelta(days=days),
            Modified_Time=now - timedelta(days=days),
        )

    async def solve(agent: Agent) -> str:
        found = await agent.call("search_leads", text="Achterberg")
        place = found["columns"].index("id")
        whole = await agent.call("get_record", module="Leads", id=found["rows"][0][place], include=["Notes"])
        notes = whole["related"]["Notes"]
        rows = (
            [dict(zip(notes["columns"], row, strict=True)) for row in notes["rows"]]
            if isinstance(notes, dict)
            else notes
        )
        return str(max(rows, key=lambda note: note["Created_Time"])["Note_Content"])

    return Case(
        "What did we last note about Bettina Achterberg?",
        Wanted(says=("February",), never_says=("40 probes",)),
        solve,
    )


@task(write=False)
def allowed_values_of_a_field(org: World) -> Case:
    async def solve(agent: Agent) -> str:
        module = await agent.call("describe_module", module="Leads", detail="full")
        return str(module)

    return Case(
        "Which values can the status of a lead have here?",
        Wanted(
            says=(
                "Attempted to Contact",
                "Contact in Future",
                "Junk Lead",
                "Pre-Qualified",
                "Not Qualified",
                "New",
            )
        ),
        solve,
    )


@task(write=False)
def owner_of_an_account(org: World) -> Case:
    account = org.one(
        "SELECT a.Account_Name, u.full_name FROM Accounts a JOIN Users u ON u.id = a.Owner WHERE (SELECT COUNT(*) FROM Accounts x WHERE x.Account_Name = a.Account_Name) = 1"
        " ORDER BY a.id DESC LIMIT 1"
    )

    async def solve(agent: Agent) -> str:
        found = await agent.call("search_records", module="Accounts", text=account["Account_Name"])
        rows = [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]
        return str(next(row["Owner"] for row in rows if row["Account_Name"] == account["Account_Name"]))

    return Case(f"Who looks after {account['Account_Name']}?", Wanted(says=(account["full_name"],)), solve)


@task(write=False)
def deals_closing_this_month(org: World) -> Case:
    month = org.today.strftime("%Y-%m")
    org.plant(
        "Deals",
        Deal_Name="Halvorsen: harbour cold store",
        Stage="Negotiation/Review",
        Amount=41_300,
        Closing_Date=f"{month}-28",
        Pipeline="Standard (Standard)",
    )
    right = org.one(
        f"SELECT COUNT(*) AS n, SUM(Amount) AS total FROM Deals WHERE {OPEN} AND Closing_Date LIKE ?",
        f"{month}-%",
    )

    async def solve(agent: Agent) -> str:
        rows = await agent.coql(
            "select count(id) as n, sum(Amount) as total from Deals where Closing_Date = THIS MONTH and Stage not in ('Closed Won', 'Closed Lost', 'Closed Lost to Competition')"
        )
        return f"{rows[0]['n']} deals worth {rows[0]['total']}"

    return Case(
        "How many open deals are due to close this calendar month, and what are they worth?",
        Wanted(says=(right["n"], float(right["total"]))),
        solve,
    )


@task(write=False)
def pipeline_by_stage(org: World) -> Case:
    stages = org.rows(f"SELECT Stage, COUNT(*) AS n FROM Deals WHERE {OPEN} GROUP BY Stage")

    async def solve(agent: Agent) -> str:
        return str(await agent.call("summarize_pipeline"))

    says = tuple(one for row in stages for one in (row["Stage"], row["n"]))
    return Case("Give me the open pipeline: how many deals are in each stage?", Wanted(says=says), solve)


@task(write=False)
def meetings_tomorrow(org: World) -> Case:
    day = org.today + timedelta(days=1)
    from datetime import datetime, time

    def when(hour: int, on: object = day) -> datetime:
        return datetime.combine(on, time(hour), org.zone)  # type: ignore[arg-type]

    org.plant(
        "Events",
        Event_Title="Walk through the Rhinebeck freezer farm",
        Start_DateTime=when(10),
        End_DateTime=when(11),
    )
    org.plant(
        "Events",
        Event_Title="Renewal talk with Cobalt Clinics",
        Start_DateTime=when(23),
        End_DateTime=when(23) + timedelta(minutes=30),
    )
    org.plant(
        "Events",
        Event_Title="Dentist",
        Start_DateTime=when(9, day + timedelta(days=1)),
        End_DateTime=when(10, day + timedelta(days=1)),
    )

    async def solve(agent: Agent) -> str:
        start, end = when(0).isoformat(), (when(0) + timedelta(days=1)).isoformat()
        rows = await agent.coql(
            f"select Event_Title, Start_DateTime from Events where Start_DateTime >= '{start}' and Start_DateTime < '{end}'"
        )
        return "\n".join(row["Event_Title"] for row in rows)

    return Case(
        "Which meetings are in the CRM for tomorrow? Everybody's, all day, in our company's time zone.",
        Wanted(says=("Rhinebeck freezer farm", "Cobalt Clinics"), never_says=("Dentist",)),
        solve,
    )
