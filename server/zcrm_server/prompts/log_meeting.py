"""A meeting that took place, into the CRM."""

from __future__ import annotations

from collections.abc import Mapping

from zcrm_server.prompts.prompt import Argument, Look, Prompt, Sheet, one_line

_WRITING = ("create_event", "log_call", "create_task", "add_note", "update_deal_stage", "update_records")


async def fill(sheet: Sheet, given: Mapping[str, str]) -> str:
    who = one_line(given["about"])
    await sheet.look(
        *(
            Look(f"{module} that fit", "search_records", {"module": module, "text": who, "limit": 5})
            for module in ("Contacts", "Accounts", "Deals", "Leads")
        ),
        Look("Who I am", "get_connection"),
    )
    tools = [name for name in _WRITING if sheet.can(name)]
    how = (
        f"Write by these tools, each with dry_run first: {', '.join(tools)}. Show the plan in plain words and wait for a "
        "yes before you apply it by its plan_id."
        if tools
        else "This server is read-only: write the note and the tasks out, ready to be pasted, and say that nothing was saved."
    )
    said = f"What I remember: {given['notes']}\n\n" if given.get("notes") else ""
    return f"""\
Log my meeting about {who}.

{said}Find the records it belongs to among those below; when it is not clear which, ask. Ask me for what you lack: when it \
was, who was there, what was decided, what was promised by whom until when. Then write one note with the outcome first, a \
task for each promise of ours, and propose a new stage or closing date only where the meeting changed it. {how}"""


log_meeting = Prompt(
    "log_meeting",
    "Log a meeting",
    "Finds the records, asks for what is missing, and writes the note and the follow-ups after your yes.",
    (
        Argument("about", "With whom or about what: a person, a company, a deal", required=True),
        Argument("notes", "What you remember, in any form"),
    ),
    fill,
)
