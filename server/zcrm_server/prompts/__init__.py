"""The prompts, one a file, and their way into the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.mcpserver.prompts import Prompt as ServedPrompt
from mcp.server.mcpserver.prompts.base import PromptArgument
from mcp.types import INVALID_PARAMS
from mcp.types import Prompt as Listed

from zcrm_server.profiles import ARGUMENT, Profiles
from zcrm_server.prompts.account_brief import account_brief
from zcrm_server.prompts.data_quality_audit import data_quality_audit
from zcrm_server.prompts.lead_triage import lead_triage
from zcrm_server.prompts.log_meeting import log_meeting
from zcrm_server.prompts.morning_brief import morning_brief
from zcrm_server.prompts.pipeline_review import pipeline_review
from zcrm_server.prompts.prompt import Argument, Prompt, Sheet, written
from zcrm_server.prompts.write_coql import write_coql
from zcrm_server.reading import Readers
from zcrm_tools.errors import InvalidInput

PROMPTS: Final[tuple[Prompt, ...]] = (
    morning_brief,
    pipeline_review,
    lead_triage,
    account_brief,
    log_meeting,
    write_coql,
    data_quality_audit,
)


def add(
    server: MCPServer[Any], readers: Readers, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> None:
    """Where there are several profiles, each prompt asks which."""
    which = [_which(readers.profiles)] if readers.profiles.several else []
    for prompt in PROMPTS:
        server.add_prompt(
            ServedPrompt(
                name=prompt.name,
                title=prompt.title,
                description=prompt.description,
                arguments=[
                    PromptArgument(name=a.name, description=a.description, required=a.required)
                    for a in (*which, *prompt.arguments)
                ],
                fn=_filling(prompt, readers, now),
                context_kwarg=None,
            )
        )


def _which(profiles: Profiles) -> Argument:
    return Argument(ARGUMENT, profiles.argument("read")["description"], required=True)


def refuse(known: Sequence[Listed], name: str, given: Mapping[str, Any]) -> None:
    """Raise -32602 for a prompt or an argument that is not there, where the SDK would answer an internal error."""
    prompt = next((each for each in known if each.name == name), None)
    if prompt is None:
        names = ", ".join(each.name for each in known)
        raise MCPError(INVALID_PARAMS, f"There is no prompt {name!r}; there are {names}.")
    takes = {argument.name: argument.required for argument in prompt.arguments or ()}
    if absent := [a for a, needed in takes.items() if needed and not str(given.get(a, "")).strip()]:
        raise MCPError(INVALID_PARAMS, f"{name} needs {', '.join(absent)}.")
    if strange := sorted(given.keys() - takes.keys()):
        has = ", ".join(takes) or "none"
        raise MCPError(INVALID_PARAMS, f"{name} has no argument {', '.join(strange)}; it has {has}.")


def _filling(prompt: Prompt, readers: Readers, now: Callable[[], datetime]) -> Callable[..., Any]:
    async def fill(**given: str) -> str:
        try:
            reader, rest = readers.pick({name: value.strip() for name, value in given.items()})
            return await written(prompt, Sheet(reader, now()), rest)
        except InvalidInput as wrong:
            raise MCPError(INVALID_PARAMS, str(wrong)) from wrong

    return fill
