"""From a lookup to the name of the record it leads to: `Account_Name` to `Account_Name.Account_Name`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.checks.paths import in_quotes
from zcrm_tools.coql.diagnostics import Edit
from zcrm_tools.coql.kinds import MULTI_MODULE
from zcrm_tools.coql.schema import module_of

if TYPE_CHECKING:
    from zcrm_tools.coql.checks.select import Select
    from zcrm_tools.coql.nodes import Column
    from zcrm_tools.coql.schema import FieldView


def to_the_name(column: Column, field: FieldView, select: Select) -> tuple[Edit, ...]:
    """The edit that compares the record's name in place of its id; none when the name's field is not known."""
    if field.data_type in MULTI_MODULE:
        return ()
    target = module_of(select.schema, field.lookup_module) if field.lookup_module else None
    if target is None or not target.name_field:
        return ()
    return (Edit(column.span, in_quotes(f"{column.text}.{target.name_field}", column)),)
