"""Completion of arguments from what the org says about itself: modules, fields, picklist values, stages, owners.

It reads the catalogue that the tools read, which keeps what it has read: at most the first letter costs a credit. A
completion is a convenience: what cannot be read completes nothing and fails nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mcp.server import MCPServer
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from zcrm_server.profiles import ARGUMENT
from zcrm_server.prompts import PROMPTS
from zcrm_server.prompts.prompt import Choices
from zcrm_server.reading import Reader, Readers
from zcrm_server.resources import MODULE, RECORD, address
from zcrm_tools import untrusted
from zcrm_tools.errors import ZcrmError

MOST = 100
"""The protocol's own limit."""
_DEFAULT_MODULE = "Leads"

_OF_PROMPTS = {(prompt.name, a.name): a.choices for prompt in PROMPTS for a in prompt.arguments}


def add(server: MCPServer[Any], readers: Readers) -> None:
    places = {address(each, path): each for each in readers.each() for path in (MODULE, RECORD)}

    async def known(
        ref: PromptReference | ResourceTemplateReference, name: str, given: Mapping[str, str]
    ) -> list[tuple[str, str]]:
        if isinstance(ref, ResourceTemplateReference):
            place = places.get(ref.uri)
            return await _known(place, Choices("module"), given) if place and name == "module" else []
        if name == ARGUMENT and readers.profiles.several:
            return [(one.name, "") for one in readers.profiles.served]
        wanted = _OF_PROMPTS.get((ref.name, name))
        if wanted is None:
            return []
        reader, rest = readers.pick(given)
        return await _known(reader, wanted, rest)

    async def complete(
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion | None:
        try:
            found = fitting(
                await known(ref, argument.name, (context and context.arguments) or {}), argument.value
            )
        except ZcrmError:
            return None
        return Completion(values=found[:MOST], total=len(found), has_more=len(found) > MOST)

    server.completion()(complete)  # type: ignore[no-untyped-call]  # the SDK leaves it bare


async def _known(reader: Reader, wanted: Choices, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """The values, each with the label people know it by."""
    if "describe_module" not in reader.offered:
        return []
    catalogue = (await reader.client()).org.catalogue
    if wanted.kind == "module":
        return [(name, m.plural) for name, m in (await catalogue.modules()).items()]
    if wanted.kind == "owner":
        users = (await catalogue.users()).values()
        return [("me", "me"), *((u.full_name, u.email) for u in users)]
    if wanted.kind == "stage":
        stages = [s for pipeline in await catalogue.pipelines() for s in pipeline.stages]
        return [(s.actual, s.display) for s in stages]
    module = (await catalogue.module(wanted.module or given.get("module") or _DEFAULT_MODULE)).api_name
    fields = await catalogue.fields(module)
    if wanted.kind == "field":
        return [(name, f.label) for name, f in fields.items()]
    field = fields.get(wanted.field)
    return [(c.actual, c.display) for c in field.offered] if field else []


def fitting(known: Iterable[tuple[str, str]], typed: str) -> list[str]:
    """Those that begin so come first, then those that hold it, by value or by label, in any case; each once."""
    wanted = typed.strip().casefold()
    ranked: dict[str, int] = {}
    for value, label in known:
        both = (value.casefold(), label.casefold())
        rank = 0 if any(b.startswith(wanted) for b in both) else 1 if any(wanted in b for b in both) else 2
        if rank < 2 and value:
            ranked.setdefault(untrusted.clean(value, 200), rank)
    return sorted(ranked, key=ranked.__getitem__)
