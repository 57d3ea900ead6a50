"""How complete and how clean the records of a module are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from zcrm_server.prompts.prompt import Argument, Choices, Look, Prompt, Sheet, records

if TYPE_CHECKING:
    from zcrm_tools.models.metadata import FieldInfo

FIELDS_COUNTED = 8
PICKLISTS_COUNTED = 2
"""Each costs one credit."""
_WORTH_COUNTING = ("email", "phone", "picklist", "lookup", "currency", "date", "website")


async def fill(sheet: Sheet, given: Mapping[str, str]) -> str:
    from zcrm_tools.metadata.values import find_field

    catalogue = (await sheet.reader.client()).org.catalogue
    module = (await catalogue.module(given.get("module") or "Leads")).api_name
    fields = await catalogue.fields(module)
    one = find_field(given["field"], fields) if given.get("field") else None
    counted = [one] if one else _worth_counting(tuple(fields.values()))
    looks = [records(f"All {module}", module, "COUNT(id)", "id is not null")]
    looks += [records(f"Without {f.api_name}", module, "COUNT(id)", f"{f.api_name} is null") for f in counted]
    looks += [
        records(
            f"By {f.api_name}", module, f"{f.api_name}, COUNT(id)", "id is not null", f"group by {f.api_name}"
        )
        for f in counted
        if f.data_type == "picklist"
    ][:PICKLISTS_COUNTED]
    looks.append(Look("The fields, and what is mandatory", "describe_module", {"module": module}))
    await sheet.look(*looks)
    about = f"the field {one.api_name} of {module}" if one else module
    return f"""\
Audit the data quality of {about}.

A table first: field, how many records lack it, per cent, why that matters for selling or reporting. Then values outside \
the picklist or used almost never, and stages or statuses that seem to mean the same. Then how you would look for \
duplicates here, with the query (COQL has no HAVING: group, and read the counts). Then the three repairs with the best \
return, each as a query that finds the records and the change to make. Change nothing; propose."""


def _worth_counting(fields: tuple[FieldInfo, ...]) -> list[FieldInfo]:
    """A person can fill them in, reports group by them, and COQL can ask whether they are empty."""
    fit = [
        f for f in fields if f.data_type in _WORTH_COUNTING and f.operations.api_update and not f.mandatory
    ]
    return sorted(fit, key=lambda f: _WORTH_COUNTING.index(f.data_type))[:FIELDS_COUNTED]


data_quality_audit = Prompt(
    "data_quality_audit",
    "Data-quality audit",
    "What is missing, odd or double in one module, and the repairs that pay.",
    (
        Argument("module", "Which module; empty for Leads", choices=Choices("module")),
        Argument("field", "One field only", choices=Choices("field")),
    ),
    fill,
)
