"""What one person's day holds."""

from __future__ import annotations

from collections.abc import Mapping

from zcrm_server.prompts.prompt import Argument, Choices, Prompt, Sheet, one_line, records


async def fill(sheet: Sheet, given: Mapping[str, str]) -> str:
    who = given.get("owner") or "me"
    mine = await sheet.of_owner(who)
    these = await sheet.open_stages()
    found = await sheet.look(
        records(
            "Meetings today",
            "Events",
            "Event_Title, Start_DateTime, End_DateTime, Venue, Who_Id, What_Id",
            f"Start_DateTime = TODAY{mine}",
            "order by Start_DateTime",
        ),
        records(
            "Tasks due today or earlier, not completed",
            "Tasks",
            "Subject, Due_Date, Priority, Status, Who_Id, What_Id",
            f"Due_Date <= TODAY and Status != 'Completed'{mine}",
            "order by Due_Date desc limit 30",
        ),
        records(
            "Deals closing within seven days, or overdue",
            "Deals",
            "Deal_Name, Stage, Amount, Closing_Date, Account_Name",
            f"{these} and Closing_Date <= NEXT 7 DAYS{mine}",
            "order by Amount desc limit 20",
        ),
        records(
            "Leads since yesterday",
            "Leads",
            "Last_Name, First_Name, Company, Lead_Source, Lead_Status, Email, Phone",
            f"Created_Time >= YESTERDAY and Converted__s = 'false'{mine}",
            "order by Created_Time desc limit 20",
        ),
    )
    if not given.get("owner") and not any(answer is None or answer.get("count") for answer in found):
        sheet.say(
            "Nothing of it is theirs",
            "Who signed in owns no record that the day asks about. Say so in one sentence, and offer a colleague's brief: "
            "this prompt takes an owner.",
        )
    whose = "my" if who.lower() == "me" else f"{one_line(who)}'s"
    return f"""\
Write {whose} morning brief, short enough to read over coffee.

Begin with the one thing that matters most today and why. Then the day in order of time: meetings with what to know \
before each. Then the calls and tasks that are due, grouped so that they can be done in one go. Then deals and new leads \
that should not wait, with the next step for each. Leave out what is empty. Give record names; put ids only where an \
action needs them. Write nothing into the CRM; offer what you could do next."""


morning_brief = Prompt(
    "morning_brief",
    "Morning brief",
    "Today's meetings, due tasks, deals about to close and new leads of one person.",
    (Argument("owner", "Whose day; empty for me", choices=Choices("owner")),),
    fill,
)
