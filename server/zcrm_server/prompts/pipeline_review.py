"""Where the deals stand, and which need somebody."""

from __future__ import annotations

from collections.abc import Mapping

from zcrm_server.prompts.prompt import Argument, Choices, Prompt, Sheet, one_line, records
from zcrm_tools.coql.format import quoted

_DEAL = "Deal_Name, Stage, Amount, Closing_Date, Account_Name, Owner, Modified_Time"
_SUMS = "COUNT(id), SUM(Amount)"


async def fill(sheet: Sheet, given: Mapping[str, str]) -> str:
    stage, owner = given.get("stage", ""), given.get("owner", "")
    these = f"Stage = {quoted(stage)}" if stage else await sheet.open_stages()
    these += await sheet.of_owner(owner)
    overdue, soon = f"{these} and Closing_Date < TODAY", f"{these} and Closing_Date = NEXT 30 DAYS"
    quiet = f"{these} and Modified_Time < 30 DAYS AGO"
    await sheet.look(
        records("Deals by stage", "Deals", f"Stage, {_SUMS}", these, "group by Stage"),
        records("By owner", "Deals", f"Owner, {_SUMS}", these, "group by Owner"),
        records("Past their closing date", "Deals", _DEAL, overdue, "order by Amount desc limit 25"),
        records("Closing in the next 30 days", "Deals", _DEAL, soon, "order by Closing_Date limit 25"),
        records("Untouched for 30 days", "Deals", _DEAL, quiet, "order by Amount desc limit 25"),
    )
    which = (f" of {one_line(owner)}" if owner else "") + (f" in stage {one_line(stage)}" if stage else "")
    return f"""\
Review the open pipeline{which}.

1. Say in two sentences where it stands: how many deals, how much money, in which stages it sits.
2. List the deals that need somebody now, at most ten, the most money first: past their closing date, untouched, or \
closing soon and in an early stage. For each: name, amount, owner, what is wrong, one next step.
3. Name what the figures cannot tell.

Amounts are in the org's currency. Write nothing into the CRM; where a deal should change, propose it and wait."""


pipeline_review = Prompt(
    "pipeline_review",
    "Pipeline review",
    "Where the open deals stand and which of them need somebody now.",
    (
        Argument(
            "owner",
            "Whose deals: a name, an e-mail address, or me; empty for everybody",
            choices=Choices("owner"),
        ),
        Argument("stage", "One stage only", choices=Choices("stage")),
    ),
    fill,
)
