"""A column path to the field it names, step by step through lookups, or the fault that stops it."""

from __future__ import annotations

from zcrm_tools.coql.frozen import TYPE_CHECKING, Frozen, new
from zcrm_tools.coql.kinds import MULTI_MODULE, REFERENCES
from zcrm_tools.coql.schema import A_LOOKUP, field_of, module_of

if TYPE_CHECKING:
    from zcrm_tools.coql.diagnostics import Diagnostic
    from zcrm_tools.coql.nodes import Column, Part
    from zcrm_tools.coql.schema import FieldView, ModuleView, Schema


class Found(Frozen):
    """`field` is None when the path is faulty (then `fault` says why) or leads where nothing is known."""

    __slots__ = ()
    field: FieldView | None = None
    module: ModuleView | None = None
    fault: Diagnostic | None = None


UNKNOWN = Found()


def resolve(column: Column, base: ModuleView | None, schema: Schema) -> Found:
    parts = column.parts
    here = base
    last = len(parts) - 1
    for index, part in enumerate(parts):
        if here is None:
            return UNKNOWN
        field = field_of(here, part.name)
        if field is None:
            if not here.complete:
                return UNKNOWN
            from zcrm_tools.coql.checks.paths import (
                no_such_field,  # loaded with the first fault, as all that is said
            )

            return new(Found, (None, None, no_such_field(column, index, here, base, schema)))
        if index == last and not part.target:
            return new(Found, (field, here, None))
        if index == last or not _leads_on(part, field, parts[index + 1]):
            from zcrm_tools.coql.checks.paths import no_way_on

            return new(Found, (None, None, no_way_on(column, index, field, schema)))
        here = _next(part, field, schema)
    return UNKNOWN


def _leads_on(part: Part, field: FieldView, step: Part) -> bool:
    """Whether the path may go from this field to a next step."""
    if field.data_type in MULTI_MODULE:
        if part.target:
            return not field.targets or part.target in field.targets
        return step.name == "module"
    return not part.target and (field.data_type in REFERENCES or field.lookup_module != "")


def _next(part: Part, field: FieldView, schema: Schema) -> ModuleView | None:
    """Where the path goes on; None when that is not known."""
    if field.data_type in MULTI_MODULE and not part.target:
        return A_LOOKUP
    target = part.target or field.lookup_module
    return module_of(schema, target) if target else None
