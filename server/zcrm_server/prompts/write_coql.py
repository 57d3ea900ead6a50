"""From a question to a query that runs."""

from __future__ import annotations

from collections.abc import Mapping

from zcrm_server.prompts.prompt import Argument, Choices, Look, Prompt, Sheet, one_line
from zcrm_tools.coql.guide import guide


async def fill(sheet: Sheet, given: Mapping[str, str]) -> str:
    sheet.say("The language", guide())
    if given.get("module"):
        await sheet.look(
            Look(f"The fields of {one_line(given['module'])}", "describe_module", {"module": given["module"]})
        )
    else:
        await sheet.look(Look("The modules of this org", "describe_module"))
    run = (
        "Run it by run_coql; when it is refused, mend what the refusal names and run it again."
        if sheet.can("run_coql")
        else "This server offers no run_coql: give the query and say that it was not run."
    )
    return f"""\
Answer this question by a COQL query: {" ".join(given["question"].split())}

Use only fields that exist here; describe_module tells a module's. {run} Then answer in a sentence, show the query as it \
was sent, and say what it leaves out (deleted records, converted leads, records you may not see). When the question can \
mean two things, say which one you took."""


write_coql = Prompt(
    "write_coql",
    "Write a COQL query",
    "Turns a question into a query that this org accepts, runs it and answers.",
    (
        Argument("question", "What you want to know", required=True),
        Argument("module", "Where to begin", choices=Choices("module")),
    ),
    fill,
)
