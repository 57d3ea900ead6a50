"""What to know about a customer before a meeting."""

from __future__ import annotations

from collections.abc import Mapping

from zcrm_server.prompts.prompt import Argument, Look, Prompt, Sheet, one_line, records
from zcrm_tools.coql.format import quoted


async def fill(sheet: Sheet, given: Mapping[str, str]) -> str:
    name = given["account"]
    (found,) = await sheet.look(
        Look("Accounts that fit", "search_records", {"module": "Accounts", "text": name, "limit": 5})
    )
    rows = [dict(zip(found["columns"], row, strict=True)) for row in found.get("rows", ())] if found else []
    exact = [row for row in rows if str(row.get("Account_Name", "")).casefold() == name.strip().casefold()]
    chosen = exact or rows
    if chosen:
        await _about(sheet, str(chosen[0]["id"]))
    doubt = (
        "Several accounts fit, and the first is briefed: say which, and name the others."
        if len(chosen) > 1
        else "No account of that name was found: say so, and ask for another spelling."
        if found and not chosen
        else "Say which account it is."
    )
    return f"""\
Brief me for a meeting with {one_line(name)}. {doubt}

One page: who they are; whom we know there and what each of them decides; what we are selling them, at which stage, for \
how much; what was said lately, with dates; what is promised and still open; cases that annoy them. End with three \
questions worth asking and the one outcome to aim for. Say where the CRM is silent instead of filling the gap."""


async def _about(sheet: Sheet, id: str) -> None:
    here = f"Account_Name = {quoted(id)}"
    await sheet.look(
        Look(
            "The account, its notes and its activities",
            "get_record",
            {"module": "Accounts", "id": id, "include": ["Notes", "Tasks", "Events", "Calls"]},
        ),
        records("People", "Contacts", "Full_Name, Title, Email, Phone", here, "limit 25"),
        records(
            "Deals",
            "Deals",
            "Deal_Name, Stage, Amount, Closing_Date, Owner, Next_Step",
            here,
            "order by Closing_Date desc limit 25",
        ),
        records(
            "Cases",
            "Cases",
            "Subject, Status, Priority, Created_Time",
            here,
            "order by Created_Time desc limit 10",
        ),
    )


account_brief = Prompt(
    "account_brief",
    "Account brief",
    "One page about a customer before a meeting: people, deals, open promises, cases.",
    (Argument("account", "The account's name, or a part of it", required=True),),
    fill,
)
